"""The history of an earlier system into the record: `telegraphone import`."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from .db import Db, Tx
from .events import Unreadable
from .ingest.earlier_calls import read_earlier
from .interpret import Settings
from .model import Call
from .sql.import_calls import import_calls, is_empty, put_on_indexes, take_off_indexes

CHUNK = 10_000
TOLD = 20
Items = Iterator[tuple[int, Call | Unreadable]]


class Imported(msgspec.Struct):
    """What became of the rows. `faults`: the first ones that told no call, with their lines."""

    path: str
    read: int = 0
    new: int = 0
    unreadable: int = 0
    faults: list[Unreadable] = []

    @property
    def known(self) -> int:
        """Rows of calls that were there."""
        return self.read - self.new - self.unreadable

    def text(self) -> str:
        """For people."""
        counts = ((self.read, "read"), (self.new, "new"), (self.known, "known already"), (self.unreadable, "unreadable"))
        lines = [f"{count:>9,} calls {word}" for count, word in counts]
        lines += [f"  {self.path} line {fault.position}: {fault.reason}" for fault in self.faults]
        if self.unreadable > len(self.faults):
            lines.append(f"  … and {self.unreadable - len(self.faults):,} more")
        return "\n".join(lines)


Tell = Callable[[Imported], None]


def import_earlier(db: Db, path: Path, pbx: str, zone: ZoneInfo, settings: Settings, now: datetime, tell: Tell) -> Imported:
    """Read a file of calls. Into an empty store in one transaction, with indexes built after; else in one for each chunk of it."""
    done, items = Imported(str(path)), read_earlier(path, zone)

    def put(tx: Tx, calls: list[Call], is_first: bool) -> None:
        done.new += import_calls(tx, pbx, calls, settings.country, now, is_first=is_first)

    with db.transaction() as tx:
        if is_empty(tx):
            indexes = take_off_indexes(tx)
            for calls in _chunks(items, done, tell):
                put(tx, calls, True)
            put_on_indexes(tx, indexes)
    for calls in _chunks(items, done, tell):
        with db.transaction() as tx:
            put(tx, calls, False)
    return done


def _chunks(items: Items, done: Imported, tell: Tell) -> Iterator[list[Call]]:
    while chunk := list(islice(items, CHUNK)):
        faults = [item for _, item in chunk if isinstance(item, Unreadable)]
        done.read += len(chunk)
        done.unreadable += len(faults)
        done.faults += faults[: TOLD - len(done.faults)]
        yield [item for _, item in chunk if isinstance(item, Call)]
        tell(done)
