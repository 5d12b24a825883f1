"""A PBX's own table that grows: the rows that came since the last time, those that were committed late too.

Numbers are given when a row is inserted, but rows are seen when they are committed: one with a lower number may come later. So the last
`WINDOW` numbers are asked for each time, and what was not there before is taken.
"""

from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from zoneinfo import ZoneInfo

import msgspec

from ..errors import Invalid
from ..events import Event, Unreadable
from . import find_source, tables

WINDOW, PAGE = 500, 2000


class RowPlace(msgspec.Struct, frozen=True, omit_defaults=True):
    """The highest number that was read, and which of the last ones were there. These are not kept: in doubt rows are read again."""

    position: int = 0
    seen: frozenset[int] = frozenset()

    def kept(self) -> bytes:
        """As it is kept with the position."""
        return msgspec.msgpack.encode(RowPlace(self.position))


class RowStep(msgspec.Struct, frozen=True):
    """What was read, and the place that is reached. `is_lost`: the table was emptied, and begins anew."""

    items: Sequence[Event | Unreadable]
    place: RowPlace
    is_lost: bool = False


class LogTable(msgspec.Struct, frozen=True):
    """What is followed."""

    url: str
    source: str
    zone: ZoneInfo

    def place_of(self, kept: bytes) -> RowPlace:
        """The place that was kept."""
        return msgspec.msgpack.decode(kept, type=RowPlace)

    def read_on(self, place: RowPlace | None, now: float) -> RowStep | None:
        """The next step from a place (None: the beginning), or None if there is nothing new."""
        source = find_source(self.source)
        if not source.table:
            raise Invalid(f"{self.source}: is read from files alone")
        place = place or RowPlace()
        with closing(tables.rows_of(self.url, source.table, max(0, place.position - WINDOW), WINDOW + PAGE)) as found:
            rows = list(islice(found, WINDOW + PAGE))
        if not rows and place.position:
            return RowStep((), RowPlace(), is_lost=True)
        numbers = [number for number, _ in rows]
        if place.seen.issuperset(numbers):
            return None
        # All rows are given to the reader: equal ones are told apart by those before them.
        items = [item for item in source.read_rows(rows, zone=self.zone) if item.position not in place.seen]
        last = max(place.position, numbers[-1])
        return RowStep(items, RowPlace(last, frozenset(number for number in numbers if number > last - WINDOW)))
