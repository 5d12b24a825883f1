"""Follow a folder of recordings: each file is kept once it is complete.

The system tells what changes (ingest/watch_folder.py), and walks through the whole folder at intervals find what it did not tell. A walk
reads no file that is known by its place, size and time. Nothing is concluded from a file that is not there: the folder may be unmounted.
"""

import asyncio
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from heapq import nlargest
from itertools import islice
from pathlib import Path

from ..config.sources import RECORDINGS as SOURCE
from ..config.sources import FollowedSource
from ..db import Db, Tx
from ..errors import TelegraphoneError, Unavailable
from ..events import Unreadable
from ..ingest.growth import Pending, first_seen, is_old
from ..ingest.recordings import AudioFile, look, readable, walk
from ..ingest.watch_folder import FolderWatch, identity
from ..interpret import Settings
from ..keep_all import keep_all
from ..logs import get_log
from ..media import Media
from ..recordings import Kept, keep_complete
from ..sql.pbx.sources import find_position, put_position, put_unreadable
from ..sql.recorded.folder_files import CallState, Place, list_call_states, list_known
from .lease import Lease
from .troubles import Troubles
from .watch import Watch

PIECE = 1000
"""Files of a walk that are looked up with one statement."""
BATCH, BATCH_BYTES = 1024, 48 * 1024 * 1024
"""Files that are kept in a step, and their bytes: after each step the lease can be prolonged, and new files get their turn."""
EVERY_S = 0.25
"""A look at nothing costs nothing, and a file is waited for from one look to another: until it is told, quiet, and kept."""
RETRY = timedelta(seconds=5)
"""How long nothing is tried after something did not work."""
SEEN = timedelta(minutes=1)
"""How often it is written down that the folder was walked through, if nothing else changes."""
LEAST, MOST, SHARE = timedelta(seconds=5), timedelta(minutes=5), 50
"""Between two walks lies this many times what one took, within these bounds: walking costs a fiftieth of the time."""
_log = get_log()


class FolderFollower:
    """One folder, as one worker follows it."""

    every_s = EVERY_S

    def __init__(self, wanted: FollowedSource, media: Media, holder: str) -> None:
        self.path, self.pbx = Path(wanted.path), wanted.pbx
        self.name = f"follow {wanted.pbx} {SOURCE} {wanted.path}"
        self._media, self._lease = media, Lease(self.name, holder)
        self._watch: FolderWatch | None = None
        self._failed: tuple[TelegraphoneError, datetime] | None = None
        self._is_ours = False
        self.watch = Watch(wanted.pbx, SOURCE, wanted.path, lambda: self._is_ours)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._pending: dict[str, Pending] = {}
        self._complete: dict[str, AudioFile] = {}
        self._walk: Walk | None = None
        self._next_walk: datetime | None = None
        self._troubles = Troubles(self.pbx, self.path)
        self._held, self._is_told_empty = 0, False
        self._written_at: datetime | None = None

    async def work(self, db: Db, _: Settings, now: datetime) -> bool:
        """One step, if the folder is ours to follow; whether there is more to do at once."""
        if not await self._holds(db, now):
            return False
        if self._failed is not None and abs(now - self._failed[1]) < RETRY:
            raise self._failed[0]
        try:
            is_more = await self._step(db, now)
        except TelegraphoneError as error:
            self._walk, self._failed = None, (error, now)
            raise
        self._failed = None
        return is_more

    async def end(self, db: Db) -> None:
        """Let another worker follow at once."""
        await self._stop_watching()
        await self._lease.release(db)

    async def _holds(self, db: Db, now: datetime) -> bool:
        """Whether the lease is ours. Who just got it knows nothing of what the one before him saw."""
        holds = await self._lease.holds(db, now)
        if holds and not self._is_ours:
            self._begin_anew()
            position: int | None = await db.read(find_position, self.pbx, SOURCE, str(self.path))
            self._held = position or 0
            await self._troubles.load(db)
        if not holds and self._is_ours:
            await self._stop_watching()
        self._is_ours = holds
        return holds

    async def _stop_watching(self) -> None:
        if self._watch is not None:
            await asyncio.to_thread(self._watch.end)
            self._watch = None

    async def _step(self, db: Db, now: datetime) -> bool:
        """What changed and what is due first: a walk through a large folder keeps nobody waiting."""
        await self._note_changes(db, now)
        await self._look_at_due(db, now)
        await self._keep_some(db, now)
        return bool(self._complete) or await self._walk_on(db, now)

    async def _note_changes(self, db: Db, now: datetime) -> None:
        """What the system told. Files that are pending are looked at when they are due."""
        paths = self._watch.take() if self._watch is not None else set()
        new = sorted(paths - self._pending.keys())
        if new:
            found = [file for file in await asyncio.to_thread(_look_at, new) if isinstance(file, AudioFile)]
            await self._note_new(db, found, now)

    async def _note_new(self, db: Db, found: Sequence[AudioFile], now: datetime) -> None:
        """Files that are not known become pending, or, if they are old, complete: few at a time, since the newest are looked for."""
        known: set[Place] = await db.read(list_known, found) if found else set()
        for file in found:
            if file.place in known or file.where in self._complete:
                continue
            before = self._pending.pop(file.where, None)
            if len(self._complete) < PIECE and is_old(file, now):
                self._complete[file.where] = file
            else:
                self._pending[file.where] = before.seen(file, now) if before is not None else first_seen(file, now)

    async def _look_at_due(self, db: Db, now: datetime) -> None:
        """Find out which of the files that are due are complete."""
        due = list(islice((one for one in self._pending.values() if one.is_due(now)), PIECE))
        seen = await self._seen_again(due, now)
        asked = [one.file.file_id for one in seen if one.is_quiet(now) and not is_old(one.file, now)]
        states: dict[str, CallState] = await db.read(list_call_states, self.pbx, asked) if asked else {}
        for one in seen:
            state, where = states.get(one.file.file_id), one.file.where
            if one.is_complete(state, now):
                self._complete[where] = self._pending.pop(where).file
            elif one.is_due(now):
                self._pending[where] = one.later(state, now)

    async def _seen_again(self, due: Sequence[Pending], now: datetime) -> list[Pending]:
        """As they are now, without those that are gone."""
        young = [one.file.where for one in due if not is_old(one.file, now)]
        found = dict(zip(young, await asyncio.to_thread(_look_at, young), strict=True)) if young else {}
        seen = []
        for one in due:
            file = found.get(one.file.where, one.file)
            if isinstance(file, AudioFile):
                self._pending[file.where] = one.seen(file, now)
                seen.append(self._pending[file.where])
            else:
                del self._pending[one.file.where]
        return seen

    async def _keep_some(self, db: Db, now: datetime) -> None:
        """The newest first: somebody may wait for them. What does not work for another's fault is tried again."""
        some = sorted(_newest(self._complete.values()), key=lambda file: file.where)
        if not some:
            return
        try:
            kept = await keep_all(db, self._media, some, self.pbx, now)
        except Unavailable:
            raise
        except TelegraphoneError:  # of one of them; which?
            kept = [await self._keep_alone(db, file, now) for file in some]
        for file, one in zip(some, kept, strict=True):
            del self._complete[file.where]
            await self._note_kept(db, file, one, now)

    async def _keep_alone(self, db: Db, file: AudioFile, now: datetime) -> Kept:
        try:
            return await keep_complete(db, self._media, file, self.pbx, now)
        except Unavailable:
            raise
        except TelegraphoneError as error:
            return Kept("unreadable", problem=error.detail)

    async def _note_kept(self, db: Db, file: AudioFile, kept: Kept, now: datetime) -> None:
        """What could not be kept is found again by the next walk."""
        if kept.outcome == "growing":
            self._pending[file.where] = first_seen(file, now)
        elif kept.outcome == "clash":
            _log.warning("another file had this name", path=file.source_path, kept_as=kept.id)
        elif kept.outcome == "unreadable" and kept.id is not None:
            await db.write(put_unreadable, self.pbx, SOURCE, file.source_path, [Unreadable(0, file.file_id, kept.problem)], now)
        elif kept.outcome == "unreadable" and await asyncio.to_thread(os.path.lexists, file.where):
            await self._troubles.note(db, Unreadable(0, file.source_path, kept.problem), now)

    async def _walk_on(self, db: Db, now: datetime) -> bool:
        """The next piece of a walk, if it is time for one; whether there is more."""
        if self._walk is None:
            if self._next_walk is not None and timedelta(0) < self._next_walk - now < 2 * MOST:
                return False
            await self._watch_this()
            self._walk = Walk(self.path)
        piece = await asyncio.to_thread(self._walk.next_piece)
        for trouble in (one for one in piece if isinstance(one, Unreadable)):
            await self._troubles.note(db, trouble, now)
        found = [one for one in piece if isinstance(one, AudioFile)]
        self._walk.files += len(found)
        began = time.monotonic()
        await self._note_new(db, found, now)
        self._walk.took_s += time.monotonic() - began
        if not piece:
            await self._end_walk(db, self._walk, now)
        return bool(piece)

    async def _watch_this(self) -> None:
        """Watch what is at the path now: another folder may have been mounted there."""
        if self._watch is not None and self._watch.problem:
            _log.warning("a folder cannot be watched; it is walked through only", path=str(self.path), reason=self._watch.problem)
            self._watch.problem = ""
        now = await asyncio.to_thread(identity, self.path)
        if self._watch is None or self._watch.of != now:
            await self._stop_watching()
            self._watch = await asyncio.to_thread(FolderWatch, self.path) if now is not None else None

    async def _end_walk(self, db: Db, walk: "Walk", now: datetime) -> None:
        self._walk = None
        self._next_walk = now + min(max(LEAST, timedelta(seconds=walk.took_s * SHARE)), MOST)
        await self._troubles.settle(db)
        self._tell_empty(walk.files)
        if walk.files and (walk.files != self._held or self._written_at is None or abs(now - self._written_at) > SEEN):
            self._held, self._written_at = walk.files, now
            await db.write(self._put_position, now)

    def _tell_empty(self, files: int) -> None:
        """A folder that held recordings and holds none was emptied, or is not mounted: who knows?"""
        is_empty = bool(self._held and not files)
        if is_empty and not self._is_told_empty:
            _log.warning("a folder of recordings is empty; is it mounted?", path=str(self.path), held=self._held)
        if self._is_told_empty and not is_empty:
            _log.warning("a folder of recordings is empty no more", path=str(self.path))
        self._is_told_empty = is_empty

    def _put_position(self, tx: Tx, now: datetime) -> None:
        put_position(tx, self.pbx, SOURCE, str(self.path), self._held, now)


class Walk:
    """One walk through a folder, and how long it took without what was kept meanwhile."""

    def __init__(self, top: Path) -> None:
        self._found: Iterator[AudioFile | Unreadable] = walk(top)
        self._top = readable(str(top))
        self.files, self.took_s = 0, 0.0

    def next_piece(self) -> list[AudioFile | Unreadable]:
        """Some more of it; nothing at the end. What vanished just now is no trouble; Unavailable if the folder itself cannot be read."""
        began = time.monotonic()
        piece: list[AudioFile | Unreadable] = []
        while not piece and (more := list(islice(self._found, PIECE))):
            piece = [one for one in more if isinstance(one, AudioFile) or self._is_trouble(one)]
        self.took_s += time.monotonic() - began
        return piece

    def _is_trouble(self, one: Unreadable) -> bool:
        if one.text == self._top:
            raise Unavailable(f"{one.text}: {one.reason}")
        return os.path.lexists(one.text)


def _newest(files: Iterable[AudioFile]) -> list[AudioFile]:
    """As many as fit into a step, one at least."""
    some: list[AudioFile] = []
    size = 0
    for file in nlargest(BATCH, files, key=lambda file: file.mtime):
        size += file.bytes
        if some and size > BATCH_BYTES:
            break
        some.append(file)
    return some


def _look_at(paths: Sequence[str]) -> list[AudioFile | Unreadable | None]:
    return [look(path) for path in paths]
