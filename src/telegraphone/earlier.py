"""The history of an earlier system into the record: `telegraphone import`.

To understand a row takes about as long as to put it: a large file is read by a process of its own, a chunk ahead.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from datetime import datetime
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from signal import SIG_IGN, SIGINT, signal
from zoneinfo import ZoneInfo

import msgspec

from .db import Db, Tx
from .errors import Invalid, Unavailable
from .events import Unreadable
from .ingest.earlier_calls import read_earlier
from .interpret import Settings
from .model import Call
from .numbers import canonical
from .sql.bodies import encode_call
from .sql.pbx.import_calls import Told, import_calls, is_empty, put_on_indexes, take_off_indexes
from .sql.search.number_ends import fill_numbers

CHUNK = 10_000
TOLD = 20
SMALL_BYTES = 1_000_000
"""A file that is read before another process is there."""


class Chunk(msgspec.Struct, frozen=True):
    """Some rows: the calls that they tell, and those that tell none. `refused`: why no row can be read at all."""

    calls: list[Told] = []
    faults: list[Unreadable] = []
    refused: str = ""


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
    done = Imported(str(path))

    def put(tx: Tx, calls: list[Told], is_first: bool) -> None:
        done.new += import_calls(tx, pbx, calls, now, is_first=is_first)

    with closing(_chunks(path, zone, settings.country)) as chunks:
        with db.transaction() as tx:
            if is_empty(tx):
                indexes = take_off_indexes(tx)
                for calls in _counted(chunks, done, tell):
                    put(tx, calls, True)
                fill_numbers(tx)
                put_on_indexes(tx, indexes)
        for calls in _counted(chunks, done, tell):
            with db.transaction() as tx:
                put(tx, calls, False)
    return done


def _counted(chunks: Iterator[Chunk], done: Imported, tell: Tell) -> Iterator[list[Told]]:
    for chunk in chunks:
        if chunk.refused:
            raise Invalid(chunk.refused)
        done.read += len(chunk.calls) + len(chunk.faults)
        done.unreadable += len(chunk.faults)
        done.faults += chunk.faults[: TOLD - len(done.faults)]
        yield chunk.calls
        tell(done)


def _chunks(path: Path, zone: ZoneInfo, country: str) -> Generator[Chunk, None, None]:
    if path.stat().st_size <= SMALL_BYTES:
        yield from read_chunks(path, zone, country)
        return
    ours, theirs = get_context("spawn").Pipe(duplex=False)
    reader = get_context("spawn").Process(target=_read_ahead, args=(theirs, path, zone, country), daemon=True)
    reader.start()
    theirs.close()  # so that its end is seen
    try:
        yield from received(ours)
    finally:
        ours.close()
        reader.terminate()
        reader.join()


def read_chunks(path: Path, zone: ZoneInfo, country: str) -> Iterator[Chunk]:
    """What a file says, in order."""
    try:
        items = read_earlier(path, zone)
        while rows := [item for _, item in islice(items, CHUNK)]:
            calls = [Told(encode_call(item), canonical(item.caller.number, country)) for item in rows if isinstance(item, Call)]
            yield Chunk(calls, [item for item in rows if isinstance(item, Unreadable)])
    except Invalid as error:
        yield Chunk(refused=error.detail)


def _read_ahead(out: Connection, path: Path, zone: ZoneInfo, country: str) -> None:
    """In the other process, which ends with the first. The last message is empty: without it, the reader has died."""
    signal(SIGINT, SIG_IGN)  # it is told to both, and the first one sees to the other
    with suppress(BrokenPipeError):
        for chunk in read_chunks(path, zone, country):
            out.send_bytes(_ENCODER.encode(chunk))
        out.send_bytes(b"")


def received(ours: Connection) -> Iterator[Chunk]:
    """What the other process sends, to its end."""
    try:
        while told := ours.recv_bytes():
            yield _DECODER.decode(told)
    except EOFError:
        raise Unavailable("the process that read the file has ended before its end") from None


_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Chunk)
