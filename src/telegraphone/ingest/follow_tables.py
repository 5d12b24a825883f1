"""A PBX's own table that grows: the rows that came since the last time, those that were committed late too.

Numbers are given when a row is inserted, but rows are seen when they are committed: one with a lower number may come later. So the last
`WINDOW` numbers are asked for each time, and what was not there before is taken. A table without numbers is followed by its time, which in
`cdr` is the start of a call that may have lasted for hours: the rows of each ten minutes of the last day are counted, and where the count
is another, they are read again; the record knows those that it has.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from ..errors import Invalid
from ..events import Event, Unreadable
from . import find_source
from .tables import MINUTES, Table, Timed, open_table, seconds_of

WINDOW, PAGE = 500, 2000
DAY_S, HOUR_S = 86_400, 3600
"""How long after its time a row may come, in a table without numbers."""
DAY_COUNTED_EVERY_S = 20.0
"""How often the rows of the whole day are counted; those of the last hour always are. It is the PBX's database."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
"""How long is waited before a database that cannot be reached is asked again: twice as long each time."""


class RowPlace(msgspec.Struct, frozen=True, omit_defaults=True):
    """The highest number that was read, and which of the last ones were there. Without numbers: the time from which on rows are looked for,
    how many there were in each ten minutes, and whether the end of the table was reached once. What was there is not kept with the
    position: in doubt rows are read again.
    """

    position: int = 0
    seen: frozenset[int] = frozenset()
    since: str = ""
    counts: Mapping[str, int] = {}
    is_at_end: bool = False

    def kept(self) -> bytes:
        """As it is kept with the position."""
        return msgspec.msgpack.encode(RowPlace(self.position, since=self.since))


class RowStep(msgspec.Struct, frozen=True):
    """What was read, and the place that is reached. `is_lost`: the table was emptied, and begins anew. `is_more`: there may be more."""

    items: Sequence[Event | Unreadable]
    place: RowPlace
    is_lost: bool = False
    is_more: bool = True


class LogTable:
    """What is followed, over one connection that is made anew when it broke."""

    def __init__(self, url: str, source: str, zone: ZoneInfo) -> None:
        self._url, self._source, self._zone = url, find_source(source), zone
        self._table: Table | None = None
        self._refusal: Invalid | None = None
        self._refused_at = self._wait_s = self._day_counted_at = 0.0

    def place_of(self, kept: bytes) -> RowPlace:
        """The place that was kept."""
        return msgspec.msgpack.decode(kept, type=RowPlace)

    def close(self) -> None:
        """Let the connection go."""
        if self._table is not None:
            with suppress(Invalid):
                self._table.close()
        self._table = None

    def read_on(self, place: RowPlace | None, now: float) -> RowStep | None:
        """The next step from a place (None: the beginning), or None if there is nothing new. Invalid if the table cannot be read now."""
        if not self._source.table:
            raise Invalid(f"{self._source.name}: is read from files alone")
        if self._refusal is not None and abs(now - self._refused_at) < self._wait_s:
            raise self._refusal
        try:
            step = self._read_again(place or RowPlace(), now)
        except Invalid as error:
            self.close()
            self._wait_s = min(LONGEST_WAIT_S, 2 * self._wait_s or FIRST_WAIT_S)
            self._refusal, self._refused_at = error, now - random.random() * self._wait_s / 4  # not all followers at one moment
            raise
        self._refusal, self._wait_s = None, 0.0
        return step

    def _read_again(self, place: RowPlace, now: float) -> RowStep | None:
        """Over the connection that there is; if it broke (the database was restarted, say), over a new one."""
        if self._table is not None:
            try:
                return self._read(self._table, place, now)
            except Invalid:
                self.close()
        self._table = table = open_table(self._url, self._source.table)
        try:
            return self._read(table, place, now)
        finally:
            if not table.is_kept:
                self.close()

    def _read(self, table: Table, place: RowPlace, now: float) -> RowStep | None:
        if table.number:
            return self._by_number(table, place)
        return self._by_counts(table, place, now) if place.is_at_end else self._by_time(table, place, now)

    def _by_number(self, table: Table, place: RowPlace) -> RowStep | None:
        rows = table.after(max(0, place.position - WINDOW), WINDOW + PAGE)
        if not rows and place.position:
            return RowStep((), RowPlace(), is_lost=True)
        numbers = [number for number, _ in rows]
        if place.seen.issuperset(numbers):
            return None
        # All rows are given to the reader: equal ones are told apart by those before them.
        items = [item for item in self._source.read_rows(rows, zone=self._zone) if item.position not in place.seen]
        last = max(place.position, numbers[-1])
        reached = RowPlace(last, frozenset(number for number in numbers if number > last - WINDOW))
        return RowStep(items, reached, is_more=len(rows) == WINDOW + PAGE)

    def _by_time(self, table: Table, place: RowPlace, now: float) -> RowStep | None:
        """The way to the end of a table without numbers."""
        rows, further = table.since(place.since, PAGE)
        if not rows:
            return None
        counts = Counter(place.counts)
        counts.update(row.time[:MINUTES] for row in rows)
        return self._step(rows, place, counts, now, further=further)

    def _by_counts(self, table: Table, place: RowPlace, now: float) -> RowStep | None:
        """The rows of the first ten minutes in which there are not as many as there were."""
        is_day = abs(now - self._day_counted_at) >= DAY_COUNTED_EVERY_S
        since = place.since if is_day else max(place.since, _before(place.counts, now, HOUR_S))
        counted = table.counted(since)
        changed = next((minutes for minutes, count in counted.items() if place.counts.get(minutes) != count), None)
        if changed is None:
            self._day_counted_at = now if is_day else self._day_counted_at
            return None
        rows = table.within(since, changed)
        return self._step(rows, place, {**place.counts, changed: len(rows)}, now)

    def _step(self, rows: Sequence[Timed], place: RowPlace, counts: Mapping[str, int], now: float, further: str = "") -> RowStep:
        items = list(self._source.read_rows(((row.number, row.row) for row in rows), zone=self._zone))
        position = max([place.position, *(row.number for row in rows)])
        day = _before(counts, now, DAY_S)
        left = {minutes: count for minutes, count in counts.items() if minutes >= day[:MINUTES]}
        return RowStep(items, RowPlace(position, since=further or day, counts=left, is_at_end=not further))


def _before(counts: Mapping[str, int], now: float, seconds: int) -> str:
    """The ten minutes so long before the last row; rows of a future that cannot be do not count. Empty if no time is understood."""
    ends = {minutes: seconds_of(minutes if minutes.isdigit() else f"{minutes}0:00") for minutes in counts}
    known = {minutes: end for minutes, end in ends.items() if end is not None and end < now + 2 * DAY_S}
    if not known:
        return ""
    last = max(known, key=lambda minutes: known[minutes])
    before = known[last] - seconds
    return str(before) if last.isdigit() else f"{datetime.fromtimestamp(before, UTC):%Y-%m-%d %H:%M}"[:MINUTES] + "0:00"
