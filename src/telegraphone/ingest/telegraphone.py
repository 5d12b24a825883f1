"""Our own events, as JSON: one object for each, with the fields of `events.Event`. For PBXs that have no reader here, and for copies."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ..events import Event, Unreadable
from .rows import Repetitions, Row, as_text, clean, numbered, too_long, unreadable
from .times import Clock

SOURCE = "telegraphone"
FIELDS = frozenset(field.name for field in msgspec.structs.fields(Event)) - {"source", "position", "repetition"}


def read(lines: Iterable[str], *, zone: ZoneInfo, columns: Sequence[str] | None = None) -> Iterator[Event | Unreadable]:
    """The events of a file of JSON lines. A position is a line's number, counted from 1."""
    reader = _Reader(zone)
    for position, line, is_unfinished in numbered(lines):
        text = line.strip()
        if not text:
            continue
        try:
            row = msgspec.json.decode(text, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            if not is_unfinished:
                yield unreadable(position, text, f"is not a JSON object: {error}")
        else:
            yield reader.event(position, row)


def read_rows(rows: Iterable[tuple[int, Row]], *, zone: ZoneInfo) -> Iterator[Event | Unreadable]:
    """The same from objects that were read already: each with its place."""
    reader = _Reader(zone)
    for position, row in rows:
        yield reader.event(position, row)


class _Reader:
    def __init__(self, zone: ZoneInfo) -> None:
        self._clock, self._repetitions = Clock(zone), Repetitions()

    def event(self, position: int, row: Row) -> Event | Unreadable:
        if unknown := sorted(row.keys() - FIELDS):
            return unreadable(position, dict(row), f"unknown field {unknown[0]}")
        try:
            event = self._event(position, row)
        except (ValueError, TypeError, OverflowError, msgspec.ValidationError) as error:
            return unreadable(position, dict(row), str(error))
        return unreadable(position, dict(row), reason) if (reason := too_long(event)) else event

    def _event(self, position: int, row: Row) -> Event:
        told = row.get("at")
        at = self._clock.moment(told, as_text(row.get("leg")), row.get("kind") == "leg_started")
        cleaned = {key: _clean(value) for key, value in row.items()}
        event = msgspec.convert({**cleaned, "at": at}, Event)
        is_queue = event.kind.startswith("queue_") or event.kind == "pbx_started"
        said = (
            int(at.timestamp()) if is_queue else at, event.kind, event.leg, event.queue, event.member, event.app, event.app_data[:100],
            event.detail.get("bridge_id", ""), event.detail.get("verb", ""),
        )  # fmt: skip
        return msgspec.structs.replace(event, source=SOURCE, position=position, repetition=self._repetitions.count(said))


def _clean(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(key): _clean(told) for key, told in value.items()}
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value
