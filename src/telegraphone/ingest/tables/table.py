"""One table of a PBX, opened: rows by their number, or by their time where they have no number (FreePBX's `cdr`).

A number is a column `id` or `acctid`; SQLite numbers every row. A time is handled as the text that the database makes of it: whatever the
column's type, it can be compared with that. The first `MINUTES` of its characters are ten minutes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ...errors import Invalid
from .drivers import SCHEMES, Driver

NUMBERS = ("id", "acctid")
TIMES = ("calldate", "start", "eventtime", "time")
"""Columns by which rows are found where they have no number."""
MINUTES = len("2026-11-24 10:0")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
WITHIN = 1000
"""How many rows of one second have numbers of their own."""
PbxRow = Mapping[str, Any]


class Timed(NamedTuple):
    """A row of a table without numbers: a number out of its time, and the time as text."""

    number: int
    time: str
    row: PbxRow


class Table:
    """What is read. `number` and `time`: the column that orders it, and the other empty. Not for two threads at one time."""

    def __init__(self, driver: Driver, name: str) -> None:
        self._driver, self.name = driver, name
        self.number, self.time, self.is_kept = driver.number, "", driver.is_kept
        if not self.number:
            columns = {column.lower(): column for column in driver.ask(f"select * from {name} where 1 = 0")[0]}
            self.number = next((columns[one] for one in NUMBERS if one in columns), "")
            self.time = "" if self.number else next((columns[one] for one in TIMES if one in columns), "")
        if not self.number and not self.time:
            raise Invalid(f"{driver.name}: {name} has none of the columns {', '.join([*NUMBERS, *TIMES])} by which it could be read")

    def close(self) -> None:
        self._driver.close()

    def after(self, number: int, limit: int) -> list[tuple[int, PbxRow]]:
        """The next rows behind a number, with theirs."""
        key, mark = self.number, self._driver.mark
        found = self._driver.ask(f"select t.{key}, t.* from {self.name} as t where t.{key} > {mark} order by t.{key} limit {limit}", number)
        return [(row[0], named) for row, named in zip(found[1], _named(found[0][1:], [row[1:] for row in found[1]]), strict=True)]

    def since(self, time: str, limit: int) -> tuple[list[Timed], str]:
        """The next rows from a time on, and the time from which there are more, if there are. All rows of one time come together."""
        while True:
            rows = self._ask_times(f"order by {self.time} limit {limit}", time)
            if len(rows) < limit:
                return rows, ""
            if whole := [row for row in rows if row.time != rows[-1].time]:
                return whole, rows[-1].time
            limit *= 2

    def counted(self, time: str) -> dict[str, int]:
        """How many rows there are in each ten minutes, from a time on."""
        part = f"left({self._driver.as_text(self.time)}, {MINUTES})"
        condition = f"where {self.time} >= {self._driver.mark} " if time else ""
        found = self._driver.ask(
            f"select {part}, count(*) from {self.name} {condition}group by {part} order by 1", *([time] if time else [])
        )
        return {str(minutes): int(count) for minutes, count in found[1] if minutes is not None}

    def within(self, time: str, minutes: str) -> list[Timed]:
        """The rows of some ten minutes, all of which are at or behind a time."""
        part = f"left({self._driver.as_text(self.time)}, {MINUTES}) = {self._driver.mark}"
        return self._ask_times(f"and {part} order by {self.time}", time, minutes)

    def _ask_times(self, rest: str, time: str, *others: str) -> list[Timed]:
        condition = f"{self.time} >= {self._driver.mark}" if time else f"{self.time} is not null"
        first = f"{self._driver.as_text(self.time)} as t_time"
        statement = f"select {first}, t.* from {self.name} as t where {condition} {rest}"
        names, rows = self._driver.ask(statement, *([time] if time else []), *others)
        return list(_numbered([str(row[0]) for row in rows], _named(names[1:], [row[1:] for row in rows])))


def seconds_of(time: str) -> int | None:
    """A time as the database wrote it, in seconds, whatever its zone; None if it is none that we know."""
    if time[:10].isdigit():
        return int(time[:10])
    try:
        return int(datetime.fromisoformat(time[:19]).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def _numbered(times: Sequence[str], rows: Sequence[PbxRow]) -> Iterator[Timed]:
    """A number that grows with the time, and within a second with the place."""
    seconds, place = 0, 0
    for time, row in zip(times, rows, strict=True):
        found = seconds_of(time) or 0
        seconds, place = found, place + 1 if found == seconds else 0
        yield Timed(seconds * WITHIN + place, time, row)


def _named(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[PbxRow]:
    return [dict(zip(names, row, strict=True)) for row in rows]


def open_table(url: str, usual: str) -> Table:
    """The table of a URL: `?table=`, or else the usual one. Invalid says why not, without a password."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  a ValueError, if it is none
    except ValueError as error:
        raise Invalid(f"{shown(url)}: {error}") from None
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    name = query.pop("table", usual)
    if not _NAME.fullmatch(name):
        raise Invalid(f"{name!r:.80} is no name of a table")
    driver = SCHEMES[parts.scheme](parts, query, shown(url))
    try:
        return Table(driver, name)
    except BaseException:
        driver.close()
        raise


def shown(url: str) -> str:
    """The URL without its password: so it is kept with the position, and told."""
    scheme, mark, rest = url.partition("://")
    address, question, query = rest.partition("?")
    who, at, where = address.rpartition("@")
    told = "&".join(pair for pair in query.split("&") if not pair.startswith("password="))
    return f"{scheme}{mark}{who.partition(':')[0]}{at}{where}{question if told else ''}{told}"
