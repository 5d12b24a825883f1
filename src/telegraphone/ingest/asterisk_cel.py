"""Asterisk's channel event log: CSV as cel_custom writes it, or rows of a `cel` table.

A file may begin with a header line; else its columns are named by the caller, or they are those of Asterisk's sample configuration.
cel_custom cuts a row at 1024 characters, its closing quote too, so a line is taken by itself unless what follows is no row of its own.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from ..events import Event, Unreadable
from .cel_rows import COLUMNS, NAMES, CelRow, Reader
from .rows import Row, as_text, numbered, plain_name, unreadable
from .times import looks_like_a_time

SAMPLE = (
    "eventtype", "eventtime", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid", "exten", "context", "channame",
    "appname", "appdata", "amaflags", "accountcode", "uniqueid", "linkedid", "peer", "userfield", "userdeftype", "extra",
)  # fmt: skip
"""The order of columns in the sample of cel_custom.conf that comes with Asterisk."""
MOST_LINES = 100
"""How far a value with newlines in it is followed."""
HEADINGS = frozenset(NAMES) | {""}
"""What the first cell of a header line may be: any column, without underscores."""


def read(lines: Iterable[str], *, zone: ZoneInfo, columns: Sequence[str] | None = None) -> Iterator[Event | Unreadable]:
    """The events that the lines of a CSV file tell. A position is a line's number, counted from 1."""
    layout = _Layout(columns or SAMPLE)
    reader = Reader(zone)
    for position, text in _rows(lines, layout):
        try:
            fields = next(csv.reader((text,)), [])
        except csv.Error as error:
            yield unreadable(position, text, str(error))
            continue
        if fields and plain_name(fields[0]) in HEADINGS and _is_header(fields):
            layout.begin(fields, is_told=columns is not None)
        elif fields:
            yield reader.event(position, layout.row(fields), text)


def read_rows(rows: Iterable[tuple[int, Row]], *, zone: ZoneInfo) -> Iterator[Event | Unreadable]:
    """The same from rows of a table, or JSON objects: each with its place, columns by name."""
    reader = Reader(zone)
    for position, row in rows:
        columns, told = columns_of(row)
        yield reader.event(position, columns, row, told)


def columns_of(row: Row) -> tuple[CelRow, object]:
    """The columns of a row by name, and its time as it is in the row."""
    named = {NAMES.get(plain_name(name), ""): value for name, value in row.items()}
    return CelRow(*(as_text(named.get(name)) for name in COLUMNS)), named.get("eventtime")


class _Layout:
    """Where each column stands in a line."""

    def __init__(self, names: Sequence[str]) -> None:
        self._place(names)

    def begin(self, header: Sequence[str], is_told: bool) -> None:
        """A header line was read; a layout that the caller told stands."""
        if not is_told:
            self._place(header)

    def _place(self, names: Sequence[str]) -> None:
        known = [NAMES.get(plain_name(name), "") for name in names]
        self.width = len(known)
        self.seen = 0
        self._places = [known.index(name) if name in known else self.width for name in COLUMNS]
        self._time = self._places[COLUMNS.index("eventtime")]

    def row(self, fields: list[str]) -> CelRow:
        """The fields of a line in our order; what a line lacks is empty."""
        self.seen = len(fields)
        fields = fields[: self.width] + [""] * max(1, self.width + 1 - len(fields))
        return CelRow(*[fields[place] for place in self._places])

    def is_row(self, text: str) -> bool:
        """Whether a line looks like a row of its own."""
        fields = _fields(text)
        return len(fields) > self._time and looks_like_a_time(fields[self._time])

    def is_whole(self, text: str) -> bool:
        """Whether a line that has no end yet has all that it needs: as many columns as the one before, and no open value."""
        return text.count('"') % 2 == 0 and len(_fields(text)) >= self.seen


def _fields(text: str) -> list[str]:
    try:
        return next(csv.reader((text,)), [])
    except csv.Error:
        return []


def _is_header(fields: Sequence[str]) -> bool:
    known = {NAMES.get(plain_name(field), "") for field in fields}
    return {"eventtype", "eventtime"} <= known


def _rows(lines: Iterable[str], layout: _Layout) -> Iterator[tuple[int, str]]:
    """One row each, with the number of its first line: lines are joined only where a quoted value goes on in the next.

    A row that Asterisk is still writing is left for the next time.
    """
    begun: list[str] = []
    first = 0
    for number, text, is_unfinished in numbered(lines):
        if is_unfinished and (begun or not layout.is_whole(text)):
            return
        is_open = text.count('"') % 2 == 1
        if begun and (layout.is_row(text) or len(begun) >= MOST_LINES):
            yield first, "\n".join(begun)
            begun = []
        if begun:
            begun.append(text)
            if is_open:
                yield first, "\n".join(begun)
                begun = []
        elif is_open:
            begun, first = [text], number
        elif text and not text.isspace():
            yield number, text
    if begun:
        yield first, "\n".join(begun)
