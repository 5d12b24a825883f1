"""How many calls there were, how many were answered, and how long people waited: by day, by queue, by agent.

Counted from the calls each time, so that a call which is understood otherwise later counts as what it is. All that is needed of a call
stands in one index (`calls_figures`); of a long span so many of the newest calls are counted, and the answer says from when on.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from ..access import Actor, visible_calls
from ..db import Dialect, Row, Tx, micros, moment
from ..names import full_name
from ..zones import offsets
from .search.id_ranges import id_range

By = Literal["day", "queue", "agent"]
USUAL, LONGEST = timedelta(days=30), timedelta(days=1100)
BOUND = 500_000
"""Calls that are counted for one answer."""
MOST_ROWS = 1000
"""Queues or agents, those of most calls."""
SOON_S = 20
_DAY = 86_400_000_000


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that started in this time, of this direction and through this queue if one is given; days are those of the zone."""

    since: datetime
    before: datetime
    zone: ZoneInfo
    direction: str | None = None
    queue: str | None = None


class Figures(msgspec.Struct, kw_only=True):
    """`calls`: for a queue its passages, for an agent the calls that rang at him or that he had. `wait_s` is the average of the answered,
    of which nine in ten waited no longer than `wait_p90_s` (to the second below a minute, then to 5 s, from ten minutes on to the minute),
    and `soon` no longer than 20 s. `talk_s`: all together. `recorded`: of the answered, those that have a recording."""

    key: str = ""
    name: str = ""
    calls: int = 0
    answered: int = 0
    abandoned: int = 0
    ongoing: int = 0
    soon: int = 0
    wait_s: float | None = None
    wait_p90_s: int | None = None
    talk_s: float = 0.0
    recorded: int = 0


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """`since`: from when on it is whole. `total`: of the days; none where a call may count twice."""

    since: datetime
    items: list[Figures]
    total: Figures | None


def span_of(since: datetime | None, before: datetime | None, now: datetime, zone: ZoneInfo) -> Span:
    """Without `before` until now, without `since` the thirty days before that; never more than three years, and nothing before 1970."""
    until = max(min(before or now, now + timedelta(days=366)), datetime(1980, 1, 1, tzinfo=UTC))
    earliest = max(until - LONGEST, datetime(1970, 1, 2, tzinfo=UTC))
    return Span(since=max(since or until - USUAL, earliest), before=until, zone=zone)


def count_calls_by(tx: Tx, actor: Actor, span: Span, by: By, bound: int = BOUND) -> Overview:
    """The figures of each day in order, or of each queue or agent, those of most calls first. One statement."""
    if span.since >= span.before:
        return Overview(since=span.since, items=[], total=Figures() if by == "day" else None)
    statement, args = _statement(tx.dialect, actor, span, by)
    rows = tx.all(statement, bound=bound, **args)
    counted = [row for row in rows if row["key"] is not None]
    items = _by_key(counted)
    since = moment(rows[0]["edge"])
    if by == "day":
        return Overview(since=since, items=sorted(items, key=lambda one: one.key), total=_figures("", "", counted))
    return Overview(since=since, items=sorted(items, key=lambda one: (-one.calls, one.key))[:MOST_ROWS], total=None)


_EDGE = "select coalesce((select c.started_at + 1 from calls c where {where} order by c.id desc limit 1 offset :bound), :since) as edge"
"""From when on calls are counted: all of the span, or the newest of them."""
_WAIT = "case when w < 60000 then w / 1000 when w < 600000 then 48 + w / 5000 else 158 + w / 60000 end"
"""The place of a wait among those that are told apart: 60 of a second, 108 of five, then minutes."""
_FACTS = {
    "day": ("c.outcome", "c.answered_at - c.started_at", "c.talk_ms", "1"),
    "queue": ("q.outcome", "coalesce(q.wait_ms * 1000, c.answered_at - c.started_at)", "c.talk_ms", "1"),
    "agent": (
        "case when a.talked_at is null then 'missed' else 'answered' end", "a.talked_at - c.started_at", "coalesce(a.talk_ms, c.talk_ms)",
        "case when a.seen_as = '' then 0 else 1 end",
    ),
}  # fmt: skip
"""For each `by`: the outcome, the wait in microseconds if it was answered, the talk, and what a row counts: an agent may talk twice."""
_FROM = {
    "day": "calls c",
    "queue": "calls c cross join call_queues q",
    "agent": "calls c cross join call_agents a",
}
"""SQLite keeps to the order of a cross join: calls first, from their index, which has far smaller rows than the table."""
_NAMES = {
    "day": ("'' as name, '' as firstname, '' as lastname", ""),
    "queue": ("d.display_name as name, '' as firstname, '' as lastname", " left join queues d on d.name = g.key"),
    "agent": ("d.name, d.firstname, d.lastname", " left join agents d on d.number = g.key"),
}


def _statement(dialect: Dialect, actor: Actor, span: Span, by: By) -> tuple[str, Row]:
    where, args = visible_calls(actor)
    args |= {"since": micros(span.since), "before": micros(span.before)}
    ids, more = id_range(dialect, None, None, span.since, span.before, None)
    within = ["c.started_at >= :since", "c.started_at < :before", *ids.conditions("c.id")]
    where, args = [*where, *within, "c.started_at >= (select edge from bounds)"], args | more
    if by != "day":
        listed = "q.call_id" if by == "queue" else "a.call_id"
        where += [f"{listed} = c.id", *ids.conditions(listed)]
    for name, condition in (("direction", "c.direction = :direction"), ("queue", _OF_QUEUE if by != "queue" else "q.queue = :queue")):
        if (value := getattr(span, name)) is not None:
            where, args[name] = [*where, condition], value
    key, zone_args = _day(span) if by == "day" else ("q.queue" if by == "queue" else "a.agent", {})
    edge = _EDGE.format(where=" and ".join(within))
    return f"with bounds as materialized ({edge}) {_grouped(by, key, where)}", args | zone_args


_OF_QUEUE = "(select 1 from call_queues o where o.call_id = c.id and o.queue = :queue limit 1) = 1"


def _grouped(by: By, key: str, where: Sequence[str]) -> str:
    outcome, wait, talk, count = _FACTS[by]
    names, directory = _NAMES[by]
    facts = (
        f"select {key} as key, {outcome} as outcome, {talk} as talk_ms, {count} as n, c.is_recorded,"
        f" case when {outcome} = 'answered' then ({wait}) / 1000 end as w from {_FROM[by]} where {' and '.join(where)}"
    )
    groups = (
        f"select key, {_WAIT} as wait, sum(n) as calls, sum(case when outcome = 'answered' then n else 0 end) as answered,"
        " sum(case when outcome = 'abandoned' then n else 0 end) as abandoned,"
        " sum(case when outcome = 'ongoing' then n else 0 end) as ongoing,"
        " sum(w) as wait_ms, sum(talk_ms) as talk_ms, sum(case when outcome = 'answered' then n * is_recorded else 0 end) as recorded"
        f" from ({facts}) f group by 1, 2"
    )
    return f"select b.edge, {names}, g.* from bounds b left join ({groups}) g on 1 = 1{directory}"


def _day(span: Span) -> tuple[str, Row]:
    """The day of the zone as a number since 1970: the offset changes a few times in a span."""
    changes = offsets(span.since, span.before, span.zone)
    args: Row = {f"offset{n}": offset // timedelta(microseconds=1) for n, (_, offset) in enumerate(changes)}
    args |= {f"change{n}": micros(at) for n, (at, _) in enumerate(changes) if n}
    later = "".join(f" when c.started_at >= :change{n} then :offset{n}" for n in range(len(changes) - 1, 0, -1))
    offset = f"case{later} else :offset0 end" if later else ":offset0"
    return f"(c.started_at + {offset}) / {_DAY}", args


def _by_key(rows: Iterable[Row]) -> list[Figures]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["key"], []).append(row)
    return [
        _figures(_key(key), full_name(of[0]["firstname"] or "", of[0]["lastname"] or "", of[0]["name"] or ""), of)
        for key, of in found.items()
    ]


def _key(key: int | str) -> str:
    return (date(1970, 1, 1) + timedelta(days=key)).isoformat() if isinstance(key, int) else key


def _figures(key: str, name: str, rows: Sequence[Row]) -> Figures:
    sums = {column: sum(int(row[column] or 0) for row in rows) for column in _SUMS}
    answered = sums["answered"]
    waits = sorted((row["wait"], int(row["answered"])) for row in rows if row["wait"] is not None)
    return Figures(
        key=key, name=name, calls=sums["calls"], answered=answered, abandoned=sums["abandoned"], ongoing=sums["ongoing"],
        soon=sum(n for place, n in waits if place < SOON_S), wait_s=round(sums["wait_ms"] / 1000 / answered, 1) if answered else None,
        wait_p90_s=_ninth(waits), talk_s=sums["talk_ms"] / 1000, recorded=sums["recorded"],
    )  # fmt: skip


_SUMS = ("calls", "answered", "abandoned", "ongoing", "wait_ms", "talk_ms", "recorded")


def _ninth(waits: Sequence[tuple[int, int]]) -> int | None:
    """The wait in seconds that nine in ten did not exceed, at the upper end of its place."""
    left = 0.9 * sum(n for _, n in waits)
    for place, n in waits:
        left -= n
        if left <= 1e-9:
            return place + 1 if place < 60 else (place - 47) * 5 if place < 168 else (place - 157) * 60
    return None
