"""The right to do something alone, kept as long as it is asked for in time."""

from datetime import datetime

from ..db import Db
from ..sql.server.leases import LEASE, release_lease, take_lease


class Lease:
    """One name, as one holder asks for it."""

    def __init__(self, name: str, holder: str) -> None:
        self._name, self._holder = name, holder
        self._held_at: datetime | None = None
        self._refused_at: datetime | None = None

    async def holds(self, db: Db, now: datetime) -> bool:
        """Whether it is ours. The database is asked now and then, and in good time to prolong it."""
        if self._held_at is not None and abs(now - self._held_at) < LEASE / 3:
            return True
        if self._refused_at is not None and abs(now - self._refused_at) < LEASE / 10:
            return False
        self._held_at = None  # if asking fails, nobody knows
        holds = await db.write(take_lease, self._name, self._holder, now)
        self._held_at, self._refused_at = (now, None) if holds else (None, now)
        return holds

    async def release(self, db: Db) -> None:
        """Let another take it at once."""
        self._held_at = None
        await db.write(release_lease, self._name, self._holder)
