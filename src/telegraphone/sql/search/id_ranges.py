"""Dates as ranges of ids. A call's number is its start (put_calls), so the primary key knows where a span of time lies.

Some calls were numbered before their start was known exactly; those that are off by more than a minute are looked up in an index that holds
nothing else, and widen the range. So do calls that lasted more than four hours, when it is asked what ended since.
"""

from datetime import datetime

import msgspec

from ...db import Dialect, Row, Tx, micros
from ...model import CallId

_SLACK_MS, _LONG_MS = 60_000, 14_400_000
_OFF = "x.id / 1024 - x.started_at / 1000"
EARLY, LATE, LONG = f"{_OFF} < -60000", f"{_OFF} > 60000", "x.ended_at - x.started_at > 14400000000"


class IdRange(msgspec.Struct, frozen=True):
    """Ids from `lower` on and below `upper`: one expression each, since SQLite walks by one bound and only filters by another."""

    lower: str | None = None
    upper: str | None = None

    def conditions(self, column: str) -> list[str]:
        return [*([f"{column} < {self.upper}"] if self.upper else []), *([f"{column} >= {self.lower}"] if self.lower else [])]

    def narrowed(self, dialect: Dialect, lower: str) -> "IdRange":
        """The part from this id on."""
        return IdRange(_all_of(dialect.greatest, [lower, *([self.lower] if self.lower else [])]), self.upper)


def id_range(
    dialect: Dialect, start: datetime | None, end: datetime | None, since: datetime | None, before: datetime | None, cursor: CallId | None
) -> tuple[IdRange, Row]:
    """The ids of all calls of these dates (others may be there, too), before that of the cursor; and the parameters."""
    lower, upper, args = list[str](), list[str](), Row()
    if cursor is not None:
        upper, args["cursor"] = [":cursor"], cursor
    for name, at in (("end", end), ("before", before)):
        if at is not None:
            args[f"{name}_id"] = (micros(at) // 1000 + _SLACK_MS + 1) * 1024
            upper.append(f"{dialect.greatest}(:{name}_id, {_extreme('max', LATE, f'x.started_at < :{name}', name)} + 1)")
    for name, at, late_ms in (("since", since, 0), ("start", start, _LONG_MS)):
        if at is not None:
            args[f"{name}_id"] = (micros(at) // 1000 - _SLACK_MS - 1 - late_ms) * 1024
            lower.append(f"{dialect.least}({', '.join(_lowest(name))})")
    return IdRange(_all_of(dialect.greatest, lower), _all_of(dialect.least, upper)), args


def plain_range(tx: Tx, ids: IdRange, args: Row) -> tuple[IdRange, Row]:
    """The same with bounds that are looked up now: a planner takes their look-up for long, and plans it anew wherever they stand."""
    bounds = {name: bound for name, bound in (("id_from", ids.lower), ("id_to", ids.upper)) if bound}
    row = tx.one(f"select {', '.join(f'{bound} as {name}' for name, bound in bounds.items())}", **args) if bounds else None
    return IdRange(*(f":{name}" if name in bounds else None for name in ("id_from", "id_to"))), row or {}


def _all_of(which: str, bounds: list[str]) -> str | None:
    """The bound that includes all of these."""
    return f"{which}({', '.join(bounds)})" if len(bounds) > 1 else bounds[0] if bounds else None


def _lowest(name: str) -> list[str]:
    bounds = [f":{name}_id", _extreme("min", EARLY, f"(x.started_at >= :{name} or x.ended_at >= :{name})", name)]
    return [*bounds, _extreme("min", LONG, f"x.ended_at >= :{name}", name)] if name == "start" else bounds


def _extreme(which: str, few: str, condition: str, name: str) -> str:
    """`+ 0`: else PostgreSQL walks the primary key to the first such call instead of reading the few."""
    return f"coalesce((select {which}(x.id + 0) from calls x where {few} and {condition}), :{name}_id)"
