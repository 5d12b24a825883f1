"""What is kept for a time only."""

from datetime import datetime

from ..db import Db
from ..interpret import Settings
from ..sql.recorded.recording_news import remove_old_missing
from ..sql.server.changes import remove_old_changes
from ..sql.server.conditions import remove_old_conditions
from ..sql.server.deliveries import remove_old_deliveries


async def forget_changes(db: Db, settings: Settings, now: datetime) -> None:
    """Changes that were told a week ago."""
    await db.write(remove_old_changes, now)


async def forget_deliveries(db: Db, settings: Settings, now: datetime) -> None:
    """Messages to webhooks that were made a week ago."""
    await db.write(remove_old_deliveries, now)


async def forget_conditions(db: Db, settings: Settings, now: datetime) -> None:
    """Sources and machines that nobody looks at any more."""
    await db.write(remove_old_conditions, now)


async def forget_missing(db: Db, settings: Settings, now: datetime) -> None:
    """Recordings that did not come, and of which that was told a month ago."""
    await db.write(remove_old_missing, now)
