"""Recordings that did not come within a day of the end of their call are missing, announced ones and those that the policy wants; each is
told once.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from ..db import Db
from ..interpret import Settings
from ..policy import Policy
from ..sql.recorded.lacking import put_lacking
from ..sql.recorded.recording_news import BATCH, put_missing


async def tell_missing_recordings(db: Db, settings: Settings, now: datetime) -> bool:
    """Some of those that were announced; whether there may be more."""
    return await db.write(put_missing, now) == BATCH


def telling_lacking(policy: Policy) -> Callable[[Db, Settings, datetime], Awaitable[bool]]:
    """The work of telling of calls of which nothing was announced, by this policy."""

    async def tell_lacking_calls(db: Db, _: Settings, now: datetime) -> bool:
        return await db.write(put_lacking, policy, now) == BATCH

    return tell_lacking_calls
