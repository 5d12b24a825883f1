"""/events: what a PBX told, as JSON lines of any length, kept batch by batch."""

from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, UnsetType

from ....db import Tx
from ....events import Event, Unreadable
from ....ingest import events_from_objects
from ....record import Added, Batch, Log, append
from ....web.endpoint import Asked
from ....web.fields import Text, ZoneName, zone_of

LONGEST_LINE = 1024 * 1024
BATCH_LINES, BATCH_BYTES = 2000, 4 * 1024 * 1024
MOST_TOLD = 10_000
"""So many unreadable lines are told in the answer; all of them are kept."""
PATH = "POST /api/v1/events"
Line = tuple[int, bytes]


class EventsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`source`: whose columns the objects have; `telegraphone` are our own events. `timezone`: of moments without an offset; if not given,
    the server's."""

    pbx: Annotated[Text, Meta(min_length=1, max_length=100)] = "pbx1"
    source: Literal["asterisk-cel", "asterisk-queue-log", "asterisk-cdr", "telegraphone"]
    timezone: ZoneName | UnsetType = msgspec.UNSET


class UnreadableLine(msgspec.Struct, frozen=True):
    """A line that could not be understood, counted from 1, and why."""

    line: int
    reason: str


class EventsAdded(msgspec.Struct):
    """Lines that were new, lines that were known already or belong to no call, and lines that nobody understands."""

    accepted: int = 0
    known: int = 0
    unreadable: list[UnreadableLine] = []


class _Reader:
    """One for the whole request: what is repeated, and which of two equal hours is meant, is told by all lines so far."""

    def __init__(self, source: str, zone: ZoneInfo) -> None:
        self._waiting: deque[tuple[int, dict[str, Any]]] = deque()
        self._events = events_from_objects(iter(self._waiting.popleft, None), source, zone)

    def read(self, lines: Iterable[Line]) -> Iterator[Event | Unreadable]:
        """One item for each line: a source reads an object only when it is asked for the next event."""
        for number, text in lines:
            told = _object(number, text)
            if isinstance(told, Unreadable):
                yield told
            else:
                self._waiting.append((number, told))
                yield next(self._events)


async def add_events(asked: Asked[EventsQuery, None]) -> EventsAdded:
    """Add events, one JSON object a line. Each batch of lines is kept by itself; sent again, they are known."""
    reader = _Reader(asked.query.source, _zone(asked))
    told = EventsAdded()
    async for lines in _batches(_lines(asked.request.stream())):
        added = await asked.db.write(_append, asked, lines, reader)
        told.accepted += added.accepted
        told.known += added.known
        told.unreadable += [UnreadableLine(line.position, line.reason) for line in added.unreadable][: MOST_TOLD - len(told.unreadable)]
    return told


def _zone(asked: Asked[EventsQuery, None]) -> ZoneInfo:
    return zone_of(asked.query.timezone, asked.config.timezone)


def _append(tx: Tx, asked: Asked[EventsQuery, Any], lines: list[Line], reader: _Reader) -> Added:
    items = list(reader.read(lines))
    # each request is a log of its own: its line numbers begin at 1
    log = Log(asked.query.pbx, asked.query.source, f"{PATH} {asked.now.isoformat()}", _zone(asked).key)
    return append(tx, Batch(log, items, None), asked.services.settings, asked.now)


def _object(number: int, text: bytes) -> dict[str, Any] | Unreadable:
    if len(text) > LONGEST_LINE:
        return Unreadable(number, text[:200].decode(errors="replace"), f"the line is longer than {LONGEST_LINE} bytes")
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Unreadable(number, text[:2000].decode(errors="replace"), f"is not a JSON object: {error}"[:500])


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[Line]:
    """Numbered lines that say something. Of one that is too long only the beginning is kept: memory has a bound, lines do not."""
    number, rest = 0, bytearray()
    async for chunk in chunks:
        pieces = chunk.split(b"\n")
        for piece in pieces[:-1]:
            rest += piece
            number += 1
            if line := bytes(rest).strip():
                yield number, line
            rest.clear()
        rest += pieces[-1]
        del rest[LONGEST_LINE + 1 :]
    if line := bytes(rest).strip():
        yield number + 1, line


async def _batches(lines: AsyncIterator[Line]) -> AsyncIterator[list[Line]]:
    batch: list[Line] = []
    size = 0
    async for line in lines:
        batch.append(line)
        size += len(line[1])
        if len(batch) >= BATCH_LINES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
