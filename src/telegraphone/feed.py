"""PBX logs and recordings into the record, in batches that are each one transaction: what `telegraphone ingest` and the demonstration do.

Stopped at any moment and run again, nothing is lost and nothing is there twice: a batch and the position that it reaches are kept together.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from .audio_child import end_children
from .config.sources import RECORDINGS
from .db import Db
from .errors import Invalid
from .events import Event, Unreadable
from .ingest import SOURCES, read_file, tables
from .ingest.recordings import walk
from .interpret import Settings
from .media import Media
from .record import Batch, Log, append
from .recordings import keep_file
from .sql.pbx.sources import put_unreadable

BATCH = 2000
"""Items in a transaction: enough that committing costs little, few enough that others can write in between."""
TOLD = 20
"""How many troubles are told one by one."""


class Trouble(msgspec.Struct, frozen=True):
    """One thing that was read and could not be used as it is: where, and why."""

    path: str
    position: int
    reason: str

    def text(self) -> str:
        """For people."""
        return f"{self.path}{f' line {self.position}' if self.position else ''}: {self.reason}"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to read: as `telegraphone ingest` has it from its command line. `columns` and `move` are each for one source only."""

    source: str
    paths: tuple[str, ...]
    pbx: str
    zone: ZoneInfo
    columns: tuple[str, ...] | None = None
    move: bool = False


class Tally(msgspec.Struct):
    """What became of what was read: `new`, `known`, `unreadable`, `grown` since it was kept, or `waiting` for a file that still grows."""

    source: str = ""
    path: str = ""
    read: int = 0
    new: int = 0
    known: int = 0
    unreadable: int = 0
    unmatched: int = 0
    clashes: int = 0
    grown: int = 0
    waiting: int = 0
    is_interrupted: bool = False
    troubles: list[Trouble] = []

    @property
    def is_clean(self) -> bool:
        """Everything was understood and has its place."""
        return not (self.unreadable or self.unmatched or self.clashes)

    def text(self) -> str:
        """For people."""
        what = "files" if self.source == RECORDINGS else "events"
        known = "known already" if self.source == RECORDINGS else "known already or of no call"
        counts = [(self.read, "read"), (self.new, "new"), (self.known, known), (self.unreadable, "unreadable")]
        if self.source == RECORDINGS:
            counts += [(self.unmatched, "without a call"), (self.clashes, "with another's name")]
            counts += [(self.grown, "longer than before"), (self.waiting, "still growing")]
        lines = [f"{count:>9,} {what} {word}" for count, word in counts]
        lines += [f"  {trouble.text()}" for trouble in self.troubles[:TOLD]]
        if len(self.troubles) > TOLD:
            lines.append(f"  … and {len(self.troubles) - TOLD:,} more; `telegraphone check` lists what is kept of them")
        if self.is_interrupted:
            lines.append("Stopped. Run the same command again to go on.")
        return "\n".join(lines)


Tell = Callable[[Tally], None]
"""Called after each batch or file, to show progress."""


def feed(db: Db, media: Media, settings: Settings, wanted: Wanted, tell: Tell) -> Tally:
    """Read all that is wanted, or as much as there is time for before SIGINT."""
    _check(wanted)
    tally = Tally(source=wanted.source)
    try:
        for tally.path in wanted.paths:
            if wanted.source == RECORDINGS:
                asyncio.run(feed_recordings(db, media, Path(tally.path), tally, tell, pbx=wanted.pbx, move=wanted.move))
            else:
                items, place = _items(wanted, tally.path)
                feed_events(db, items, Log(wanted.pbx, wanted.source, place, wanted.zone.key), settings, tally, tell)
    except KeyboardInterrupt:
        tally.is_interrupted = True
    return tally


def _check(wanted: Wanted) -> None:
    """Before anything is read: what cannot be meant."""
    if wanted.source != RECORDINGS and wanted.source not in SOURCES:
        raise Invalid(f"{wanted.source!r:.80} is no source; there are {', '.join([*SOURCES, RECORDINGS])}")
    if wanted.move and wanted.source != RECORDINGS:
        raise Invalid("--move is for recordings alone")
    for path in wanted.paths:
        if not (wanted.source != RECORDINGS and tables.is_table(path)) and not Path(path).exists():
            raise Invalid(f"{path}: there is no such {'folder or file' if wanted.source == RECORDINGS else 'file'}")


def _items(wanted: Wanted, path: str) -> tuple[Iterator[Event | Unreadable], str]:
    """What stands in a file or a table, and how that is called in the list of what was read."""
    if not tables.is_table(path):
        return read_file(Path(path), wanted.source, wanted.zone, wanted.columns), str(Path(path).absolute())
    source = SOURCES[wanted.source]
    if not source.table:
        raise Invalid(f"{wanted.source}: is read from files alone")
    return source.read_rows(tables.rows_of(path, source.table), zone=wanted.zone), tables.shown(path)


def feed_events(db: Db, items: Iterable[Event | Unreadable], log: Log, settings: Settings, tally: Tally, tell: Tell) -> None:
    """Everything that one log holds."""
    for batch in _batches(items):
        with db.transaction() as tx:
            position = max(item.position for item in batch)
            added = append(tx, Batch(log, batch, position), settings, datetime.now(UTC))
        tally.read += len(batch)
        tally.new += added.accepted
        tally.known += added.known
        tally.unreadable += len(added.unreadable)
        tally.troubles += [Trouble(log.path, line.position, line.reason) for line in added.unreadable]
        tell(tally)


async def feed_recordings(db: Db, media: Media, top: Path, tally: Tally, tell: Tell, *, pbx: str, move: bool = False) -> None:
    """The audio files of a folder, one after the other: which of two files with one id came first must not be chance."""
    try:
        for file in walk(top):
            now = datetime.now(UTC)
            if isinstance(file, Unreadable):
                await db.write(put_unreadable, pbx, RECORDINGS, file.text, [file], now)
                _count(tally, "unreadable", Trouble(file.text, 0, file.reason))
            else:
                kept = await keep_file(db, media, file, pbx, now, move=move)
                if kept.outcome == "unreadable":
                    found = Unreadable(0, str(file.file_id), kept.problem)
                    await db.write(put_unreadable, pbx, RECORDINGS, str(file.path), [found], now)
                _count(tally, kept.outcome, _trouble(str(file.path), kept.outcome, kept.id, kept.problem))
            tell(tally)
    finally:
        end_children()


def _batches(items: Iterable[Event | Unreadable]) -> Iterator[list[Event | Unreadable]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _count(tally: Tally, outcome: str, trouble: Trouble | None) -> None:
    tally.read += 1
    tally.new += outcome in ("new", "unmatched", "clash")
    tally.known += outcome == "known"
    tally.unreadable += outcome == "unreadable"
    tally.unmatched += outcome == "unmatched"
    tally.clashes += outcome == "clash"
    tally.grown += outcome == "grown"
    tally.waiting += outcome == "growing"
    if trouble is not None:
        tally.troubles.append(trouble)


def _trouble(path: str, outcome: str, id: str | None, problem: str) -> Trouble | None:
    reasons = {
        "unreadable": problem,
        "unmatched": "belongs to no call that is known; it is kept, and waits for one",
        "clash": f"another file has this name and other bytes; this one is kept as {id}",
        "growing": "is still being written; run ingest again when its call is over",
    }
    return Trouble(path, 0, reasons[outcome]) if outcome in reasons else None
