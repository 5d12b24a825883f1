"""What PBXs write → events. One file for each dialect; `SOURCES` is the table of them.

A source is read from lines of text, or from rows: of the PBX's own table, or JSON objects. What is not understood is an Unreadable value,
with its place and the reason; nothing that stands in a log raises.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import msgspec

from ..errors import invalid
from ..events import Event, Unreadable
from . import asterisk_ami, asterisk_cdr, asterisk_cel, asterisk_queue_log, telegraphone
from .rows import Row


class Read(Protocol):
    """Lines → events. `zone` is that of times without one; `columns` are those of a file that does not name them."""

    def __call__(self, lines: Iterable[str], *, zone: ZoneInfo, columns: Sequence[str] | None = None) -> Iterator[Event | Unreadable]: ...


class ReadRows(Protocol):
    """Rows with their places → events."""

    def __call__(self, rows: Iterable[tuple[int, Row]], *, zone: ZoneInfo) -> Iterator[Event | Unreadable]: ...


class Source(msgspec.Struct, frozen=True):
    """One PBX dialect. `table` is the usual name of its table, if a PBX keeps one."""

    name: str
    read: Read
    read_rows: ReadRows
    table: str = ""


SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source("asterisk-cel", asterisk_cel.read, asterisk_cel.read_rows, "cel"),
        Source("asterisk-queue-log", asterisk_queue_log.read, asterisk_queue_log.read_rows, "queue_log"),
        Source("asterisk-cdr", asterisk_cdr.read, asterisk_cdr.read_rows, "cdr"),
        Source("asterisk-ami", asterisk_ami.read, asterisk_ami.read_rows),
        Source("telegraphone", telegraphone.read, telegraphone.read_rows),
    )
}


def find_source(name: str) -> Source:
    """The source of that name; Invalid, naming those that there are, if there is none."""
    if (source := SOURCES.get(name)) is None:
        raise invalid("source", f"{name} is not one of {', '.join(SOURCES)}")
    return source


def read_file(path: Path, source: str, zone: ZoneInfo, columns: Sequence[str] | None = None) -> Iterator[Event | Unreadable]:
    """The events of one log file, whatever bytes are in it."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        yield from find_source(source).read(lines, zone=zone, columns=columns)


def events_from_objects(objects: Iterable[tuple[int, Row]], source: str, zone: ZoneInfo) -> Iterator[Event | Unreadable]:
    """The events that JSON objects tell: each with its line, with the source's own columns by name."""
    return find_source(source).read_rows(objects, zone=zone)
