"""Calls of which nothing was heard for hours are over, even if nobody said so."""

from datetime import datetime

from ..db import Db
from ..interpret import Settings
from ..record import close_silent


async def close_silent_calls(db: Db, settings: Settings, now: datetime) -> None:
    """Bring them up to date."""
    await db.write(close_silent, settings, now)
