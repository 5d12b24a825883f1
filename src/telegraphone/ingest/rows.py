"""What the readers of all sources share: clean text, equal rows counted, lines that nobody understands."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..events import Event, Unreadable

NEAR = 1000
"""Equal rows are repetitions of each other when no more rows than this stand between them: more is never seen, and memory has a bound."""
LONGEST_ID = 255
LOOKED_UP = ("leg", "linked_id", "channel", "number", "exten", "context", "queue", "member")
DETAILS_LOOKED_UP = frozenset({"key", "extension", "forward", "to", "number", "leg", "parker_dial_string", "parking_space", "retriever"})
LONGEST_TOLD = 2000
"""Characters that are kept of a line that could not be understood."""


def numbered(lines: Iterable[str]) -> Iterator[tuple[int, str, bool]]:
    """Lines with their numbers, counted from 1, and whether it is perhaps still being written: others ended, it does not."""
    has_ends = False
    for number, line in enumerate(lines, 1):
        text = line.rstrip("\r\n")
        is_ended = len(text) < len(line)
        if number == 1:
            text = text.lstrip("\ufeff")
        yield number, clean(text) if not text.isascii() or "\0" in text else text, has_ends and not is_ended
        has_ends = has_ends or is_ended


def too_long(event: Event) -> str:
    """Why an event cannot be kept: what is looked up by (ids, numbers, names) is in an index, and that has a bound. Empty if it can."""
    for name in LOOKED_UP:
        if len(getattr(event, name)) > LONGEST_ID:
            return f"{name} is longer than {LONGEST_ID} characters"
    for name, value in event.detail.items():
        if len(value) > LONGEST_ID and (name in DETAILS_LOOKED_UP or name.endswith("id")):
            return f"{name} is longer than {LONGEST_ID} characters"
    return ""


class Repetitions:
    """Tells equal events of one source apart: 0 for the first, 1 for the next… What makes them equal is what `events.digest` looks at."""

    def __init__(self) -> None:
        self._seen: dict[tuple[object, ...], tuple[int, int]] = {}
        self._rows = 0

    def count(self, said: tuple[object, ...]) -> int:
        """How many events with these words stood shortly before."""
        self._rows += 1
        times, row = self._seen.get(said, (-1, self._rows))
        times = times + 1 if self._rows - row <= NEAR else 0
        self._seen[said] = (times, self._rows)
        if self._rows % NEAR == 0:
            self._seen = {words: seen for words, seen in self._seen.items() if self._rows - seen[1] <= NEAR}
        return times


def unreadable(position: int, row: object, reason: str) -> Unreadable:
    """A row that could not be understood, as a value."""
    text = row if isinstance(row, str) else json.dumps(row, ensure_ascii=False, default=str)
    return Unreadable(position, clean(text[:LONGEST_TOLD]), clean(reason[:LONGEST_TOLD]))


def clean(text: str) -> str:
    """The same text, without what no database keeps: NUL and halves of surrogate pairs."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def as_text(value: object) -> str:
    """A value out of a table or a JSON object, as the CSV file would have it."""
    if isinstance(value, str):
        return clean(value)
    if value is None:
        return ""
    if isinstance(value, bytes):
        return clean(value.decode("utf-8", "replace"))
    if isinstance(value, bool | dict | list):
        return clean(json.dumps(value, ensure_ascii=False))
    return clean(str(value))


def plain_name(column: str) -> str:
    """A column's name without what differs between the modules that write it: `cid_num`, `cidnum`, `CID_Num`."""
    return column.strip().strip('"').lower().replace("_", "").replace(" ", "")


Row = Mapping[str, Any]
Item = Event | Unreadable
