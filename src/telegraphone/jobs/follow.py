"""Follow what the configuration names: each source is read by one worker at a time, the one that holds its lease.

The position is kept in the transaction of the events, and so is the proof that the lease is still held: what another worker has taken over
is not touched by one that was slow.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ..config.sources import RECORDINGS, FollowedSource
from ..db import Db, Tx
from ..ingest import tables
from ..ingest.ami.follow import AmiStream, Gap, StreamPlace, StreamStep
from ..ingest.follow_files import LogFile, Place, Step
from ..ingest.follow_tables import LogTable, RowPlace, RowStep
from ..interpret import Settings
from ..logs import get_log
from ..media import Media
from ..record import Batch, Log, append
from ..sql.pbx.gaps import SourceGap, put_gaps
from ..sql.pbx.sources import find_states
from ..sql.server.changes import Change, add_changes
from ..sql.server.leases import LEASE, release_lease, take_lease
from ..web.measures import count_gap
from .follow_folder import FolderFollower
from .watch import Watch

EVERY_S = 0.5
STREAM = "asterisk-ami"
TELLS_ALL = "asterisk-cel"
"""The source that has, sooner or later, all that a stream missed."""
Places = Place | RowPlace | StreamPlace
Steps = Step | RowStep | StreamStep
_log = get_log()


class Readable(Protocol):
    """One kind of log: how it is read on, and how its places were kept. The places that it takes are its own."""

    def place_of(self, kept: bytes) -> Places: ...

    def read_on(self, place: Any, now: float) -> Steps | None: ...

    def close(self) -> None: ...


class Follower:
    """One source, as one worker follows it."""

    every_s = EVERY_S

    def __init__(self, wanted: FollowedSource, holder: str, closed_by: str = "") -> None:
        zone, shown = ZoneInfo(wanted.timezone), _shown(wanted)
        self.log = Log(wanted.pbx, wanted.source, shown, zone.key)
        self.name = f"follow {wanted.pbx} {wanted.source} {shown}"
        self._readable = _readable(wanted, zone)
        self._holder, self._closed_by = holder, closed_by
        self._held_at: datetime | None = None
        self._refused_at: datetime | None = None
        self._place: Places | None = None
        self.watch = Watch(wanted.pbx, wanted.source, shown, self.is_ours)

    def is_ours(self) -> bool:
        """Whether it is this worker that reads it now, as far as it knows."""
        return self._held_at is not None

    async def work(self, db: Db, settings: Settings, now: datetime) -> bool:
        """Read one step if it is ours to read; whether there is more to read at once.

        What a PBX writes meanwhile waits for the next look: a call of which events come one by one is interpreted anew each time.
        """
        if not await self._holds(db, now):
            return False
        step = await asyncio.to_thread(self._readable.read_on, self._place, now.timestamp())
        if step is None:
            return False
        if step.is_lost:
            _log.warning("the place in a log is gone; it is read from its beginning", source=self.log.source, path=self.log.path)
        self._held_at = None  # if this fails, whatever is kept is the true place, and asked for again
        if not await db.write(self._keep, step, settings, now):
            return False
        self._place, self._held_at = step.place, now
        if isinstance(step, StreamStep):
            self._tell(step)
        return step.is_more

    async def end(self, db: Db) -> None:
        """Let another worker take over at once."""
        await asyncio.to_thread(self._readable.close)
        await db.write(release_lease, self.name, self._holder)

    async def _holds(self, db: Db, now: datetime) -> bool:
        """Whether the lease is ours; it is asked for now and then, and prolonged in good time."""
        if self._held_at is not None and abs(now - self._held_at) < LEASE / 3:
            return True
        if self._refused_at is not None and abs(now - self._refused_at) < LEASE / 10:
            return False
        is_new = self._held_at is None or abs(now - self._held_at) >= LEASE
        had = self._held_at is not None
        holds, place = await db.write(self._take, now)
        if had and not holds:  # whoever has it now needs no second connection beside
            await asyncio.to_thread(self._readable.close)
        self._held_at, self._refused_at = (now, None) if holds else (None, now)
        if holds and is_new:
            self._place = place
        return holds

    def _take(self, tx: Tx, now: datetime) -> tuple[bool, Places | None]:
        holds = take_lease(tx, self.name, self._holder, now)
        return holds, self._left_at(tx) if holds else None

    def _left_at(self, tx: Tx) -> Places | None:
        """The place that was kept; of a stream, what came meanwhile from another address of the same PBX was not missed."""
        readable, states = self._readable, find_states(tx, self.log.pbx, self.log.source)
        if isinstance(readable, AmiStream):
            places = {path: readable.place_of(state) for path, state in states.items()}
            return places.pop(self.log.path, StreamPlace()).after(places.values())
        state = states.get(self.log.path)
        return None if state is None else readable.place_of(state)

    def _keep(self, tx: Tx, step: Steps, settings: Settings, now: datetime) -> bool:
        """The step's events and its place, in one transaction, unless another holds the lease now."""
        if not take_lease(tx, self.name, self._holder, now):
            return False
        append(tx, Batch(self.log, step.items, step.place.position, step.place.kept()), settings, now)
        if isinstance(step, StreamStep):
            put_gaps(tx, [self._gap(gap) for gap in step.gaps])
        add_changes(tx, [self._told_of_gap(reason) for reason in _gaps_in(step)], now)
        return True

    def _gap(self, gap: Gap) -> SourceGap:
        log = self.log
        return SourceGap(
            pbx=log.pbx, source=log.source, path=log.path, from_at=gap.from_at, to_at=gap.to_at, closed_by=self._closed_by
        )  # fmt: skip

    def _told_of_gap(self, reason: str) -> Change:
        return Change("source.gap", self.log.pbx, None, {"source": self.log.source, "path": self.log.path, "reason": reason})

    def _tell(self, step: StreamStep) -> None:
        if step.hint:
            _log.warning("a source tells too little", pbx=self.log.pbx, path=self.log.path, reason=step.hint)
        for gap in step.gaps:
            seconds = (gap.to_at - gap.from_at).total_seconds()
            count_gap(self.log.pbx, self.log.source, seconds, is_closed=bool(self._closed_by))
            told = {"source": self.log.source, "path": self.log.path, "since": gap.from_at.isoformat(), "until": gap.to_at.isoformat()}
            _log.warning("nothing came from a source for a while", pbx=self.log.pbx, closed_by=self._closed_by or "nothing", **told)


def followers_of(sources: Sequence[FollowedSource], media: Media) -> tuple[Follower | FolderFollower, ...]:
    """A follower for each source, under a name of this worker that no other has. Recordings go to the media store."""
    holder = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(4)}"
    logs = {one.pbx: _shown(one) for one in reversed(sources) if one.source == TELLS_ALL}
    return tuple(
        FolderFollower(one, media, holder) if one.source == RECORDINGS
        else Follower(one, holder, logs.get(one.pbx, "") if one.source == STREAM else "")
        for one in sources
    )  # fmt: skip


def _readable(wanted: FollowedSource, zone: ZoneInfo) -> Readable:
    if wanted.source == STREAM:
        return AmiStream(wanted.url, zone)
    if wanted.url:
        return LogTable(wanted.url, wanted.source, zone)
    return LogFile(Path(wanted.path), wanted.source, zone, wanted.columns or None)


def _shown(wanted: FollowedSource) -> str:
    """Where it is, without a password."""
    return tables.shown(wanted.url) if wanted.url else wanted.path


def _gaps_in(step: Steps) -> list[str]:
    """What may be missing of a source now, in words."""
    lost = ["the place in it is gone; it is read from its beginning"] if step.is_lost else []
    gaps = step.gaps if isinstance(step, StreamStep) else ()
    return [*lost, *(f"nothing came from {gap.from_at.isoformat()} to {gap.to_at.isoformat()}" for gap in gaps)]
