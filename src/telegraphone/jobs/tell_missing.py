"""Recordings that were announced and whose audio did not come within a day of the end of their call are missing; each is told once."""

from datetime import datetime

from ..db import Db
from ..interpret import Settings
from ..sql.recording_news import BATCH, put_missing


async def tell_missing_recordings(db: Db, settings: Settings, now: datetime) -> bool:
    """Some of them; whether there may be more."""
    return await db.write(put_missing, now) == BATCH
