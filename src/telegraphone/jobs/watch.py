"""What becomes of the jobs that follow sources, for who asks whether all is well: written down when it changes, and now and then."""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta

from ..db import Db, Tx
from ..errors import Unavailable
from ..logs import get_log
from ..sql.server.changes import Change, Kind, add_changes
from ..sql.server.conditions import Seen, put_condition

BEHIND = timedelta(minutes=1)
"""A source whose end was not reached for so long is behind."""
EVERY = timedelta(seconds=5)
_KINDS: dict[str, Kind] = {"following": "source.following", "behind": "source.behind", "failing": "source.failing"}
_log = get_log()


class Watch:
    """One source. `is_ours`: whether it is this worker that follows it; what others do is for them to tell."""

    def __init__(self, pbx: str, source: str, path: str, is_ours: Callable[[], bool]) -> None:
        self.pbx, self.source, self.path, self._is_ours = pbx, source, path, is_ours
        self._reached_at: datetime | None = None
        self._told: tuple[str, str] | None = None
        self._told_at: datetime | None = None

    async def well(self, db: Db, is_more: bool, now: datetime) -> None:
        """A step went well; `is_more`: its end is not reached."""
        if not self._is_ours():
            self._reached_at = self._told = None
            return
        if not is_more or self._reached_at is None or now < self._reached_at:  # or a clock that was set back
            self._reached_at = now
        lag = now - self._reached_at
        await self._tell(db, "behind" if lag > BEHIND else "following", "", lag, now)

    async def failing(self, db: Db, reason: str, now: datetime) -> None:
        """It cannot be read."""
        if self._is_ours():
            await self._tell(db, "failing", reason, now - min(self._reached_at or now, now), now)

    async def _tell(self, db: Db, state: str, reason: str, lag: timedelta, now: datetime) -> None:
        if self._told == (state, reason) and self._told_at is not None and abs(now - self._told_at) < EVERY:
            return
        with contextlib.suppress(Unavailable):  # then nobody can be told; it is tried again at the next step
            await db.write(self._put, state, reason, lag, now)
            self._told, self._told_at = (state, reason), now

    def _put(self, tx: Tx, state: str, reason: str, lag: timedelta, now: datetime) -> None:
        facts = {"lag_s": round(lag.total_seconds(), 1)}
        name = "\n".join((self.pbx, self.source, self.path))
        before = put_condition(tx, Seen(kind="source", name=name, state=state, reason=reason, facts=facts), now)
        if state == before or (before is None and state == "following"):
            return
        about = {"source": self.source, "path": self.path, "reason": reason}
        add_changes(tx, [Change(_KINDS[state], self.pbx, None, about)], now)
        if "behind" in (state, before) and state != "failing":
            _log.warning("a source is behind" if state == "behind" else "a source has caught up", pbx=self.pbx, **about)
