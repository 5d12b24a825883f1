"""Finding the ids of a page of calls, with bounded work whatever is asked.

A planner that is told `order by id desc limit 50` walks the newest calls in the hope that some fit, because it takes a rare number or value
for a common one. So we choose ourselves, by trying: for each condition, those that find fewest first, the calls that its index lists are
looked at, newest first, until the page is full, and `BOUND` of them at most. Most pages are full after some fifty, or the list is at its
end. A list without an order is read when it is short; when it is not, a sample of the newest calls tells how many of them hold a page, and
these are walked if that is cheaper. Only when nothing else led there is a list followed to its end, or are all calls walked.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec

from ..access import Actor
from ..db import Dialect, Row, Tx
from .call_filter import Asked, CallFilter, Stream, asked
from .number_ends import SPAN
from .number_patterns import HEARD

BOUND = 10_000
"""So many calls of a list are looked at before another way is tried."""
GLANCE = 500
"""So far lists are measured before one of several is chosen."""
SAMPLE, NEAR = 2_000, 20_000
"""So many of the newest calls are looked at to guess how many must be walked, and so many are worth it before a long list is read that
has no order."""
MANY = 40_000
"""So many numbers are looked at for when they were last heard of."""
WALKED = 50_000
"""So many of the newest calls are looked at to count those that fit."""
QUIET = 8
"""A night's calls take so much longer to come than those of the sample."""
ENDLESS = 2**40
Ids = list[int]


class Page(NamedTuple):
    """`clause` begins a statement that reads `page.id`, the ids of some calls; `args` are its parameters."""

    clause: str
    args: Row


def page_of(tx: Tx, actor: Actor, wanted: CallFilter) -> Page | None:
    """The calls of one page; None if there are none. They are found by the statement that reads them; where conditions have lists, a few
    small ones find their ids before."""
    what = asked(tx, actor, wanted)
    if not (what.ranked or what.is_empty):
        return _page(walk(what, wanted.limit, wanted.offset), what.args)
    return page_with(tx.dialect, find_ids(tx, what, wanted.limit, wanted.offset))


def page_with(dialect: Dialect, ids: Sequence[int]) -> Page | None:
    """The calls with these ids; None without any."""
    return _page(f"select k.value as id from {dialect.each('ids', 'bigint')}", {"ids": dialect.list_argument(list(ids))}) if ids else None


def _page(select: str, args: Row) -> Page:
    return Page(f"with page as materialized ({select})", args)


def walk(asked: Asked, limit: int, offset: int = 0) -> str:
    """A select of the ids of a page by walking from the newest call on. Limits stand in the text: a planner must know them."""
    where = [*asked.ids.conditions("c.id"), *(text.format(id="c.id") for text in asked.looked_up.values()), *asked.where.values()]
    return f"select c.id from calls c{where_all(where)} order by c.id desc limit {limit} offset {offset}"


def find_ids(tx: Tx, asked: Asked, limit: int, offset: int = 0, bound: int = BOUND) -> Ids:
    """The ids of a page, newest first."""
    if asked.is_empty:
        return []
    reach = limit + offset
    for ids in _ways(tx, asked, reach, max(bound, reach)):
        if ids is not None:
            return ids[offset:]
    return [row["id"] for row in tx.all(walk(asked, limit, offset), **asked.args)]


def _ways(tx: Tx, asked: Asked, reach: int, bound: int) -> Iterator[Ids | None]:
    """The newest `reach`, by one way after the other, the cheap ones first; None where a way did not lead there."""
    measured = _measured(tx, asked)
    ranked = sorted(asked.ranked, key=lambda name: measured.get(name, GLANCE))
    lists, streams = [name for name in ranked if name in asked.lists], [name for name in ranked if name in asked.streams]
    glance = min(GLANCE, bound)
    for name in lists:
        yield _from_short(tx, asked, name, reach, glance, 2 * bound)
    for name in streams:
        yield _from_streams(tx, asked, name, reach, bound, is_short=measured.get(name, GLANCE) < glance)
    if lists and not streams:  # what is in so many calls that there is no list of them is in some of the newest
        yield _from_newest(tx, asked, reach)
    for name in lists:  # its calls are read at once: one costs less than one that is walked to
        yield _from_numbers(tx, asked, name, reach, 2 * bound) or _from_list(tx, asked, name, reach, 2 * bound)
    if streams:
        yield newest_of(followed(tx, asked, streams[0], reach, ENDLESS), reach)
    elif lists:  # many, but not of late: the last ones are looked at, then their list is read, before the whole store is walked
        yield _from_last(tx, asked, reach, 5 * bound)
        for name in lists:
            yield _from_list(tx, asked, name, reach, 20 * bound)


def _measured(tx: Tx, asked: Asked) -> dict[str, int]:
    """How long each of several lists is, up to `GLANCE`: one that is nearly empty says it all. Longer ones stay as they are ranked."""
    streams = [name for name in asked.ranked if name in asked.streams and name != "given"]  # what somebody is given is hardly ever short
    if len(streams) < 2:
        return {}
    each = (
        f"select {place} as place, n from ({lengths(tx.dialect, asked, name, GLANCE)}) as list{place}" for place, name in enumerate(streams)
    )
    return {streams[row["place"]]: row["n"] or 0 for row in tx.all(" union all ".join(each), **asked.args)}


def _from_streams(tx: Tx, asked: Asked, name: str, reach: int, bound: int, *, is_short: bool) -> Ids | None:
    """By the ordered lists of a condition; None if what was found is not surely the newest."""
    lists = followed(tx, asked, name, reach, bound)
    found = newest_of(lists, reach)
    if is_short or not others_of(asked, name) or all(len(ids) >= reach for ids in lists):
        return found
    passed, args = _near(tx.dialect, asked, found[-1]) if len(found) == reach else (asked, asked.args)
    longest = tx.one(lengths(tx.dialect, passed, name, bound + 1), **args)
    return found if longest is None or (longest["n"] or 0) <= bound else None


def _from_newest(tx: Tx, asked: Asked, reach: int) -> Ids | None:
    """Those that fit of the newest calls, of as many as it takes if a sample tells that this is the cheapest way; None if it is not."""
    places = {"newest": nth(asked, 0), "oldest": nth(asked, SAMPLE - 1), "first": nth(asked, 0, "asc")}
    ends = tx.one(f"select {', '.join(f'({id}) as {name}' for name, id in places.items())}", **asked.args)
    if ends is None or ends["oldest"] is None:
        return None  # a small store, or a short span: its lists are short as well
    found = since(tx, asked, reach, ends["oldest"])
    if len(found) < reach and _is_near(len(found), reach, (ends["newest"] - ends["first"]) / (ends["newest"] - ends["oldest"])):
        span = (ends["newest"] - ends["oldest"]) * reach // len(found)
        found = since(tx, asked, reach, ends["newest"] - QUIET * span)
    return found if len(found) == reach else None


def _from_last(tx: Tx, asked: Asked, reach: int, calls: int) -> Ids | None:
    """Those that fit of so many of the newest calls; None if they do not fill the page."""
    oldest = tx.one(f"select ({nth(asked, calls - 1)}) as id", **asked.args)
    if oldest is None or oldest["id"] is None:
        return None
    found = since(tx, asked, reach, oldest["id"])
    return found if len(found) == reach else None


def _from_short(tx: Tx, asked: Asked, name: str, reach: int, glance: int, bound: int) -> Ids | None:
    """By a list without an order, if it is short, or that of a few numbers."""
    numbers = asked.lists[name][0].numbers
    heard = _heard(tx, asked, numbers, glance) if numbers else []
    if heard is None or (numbers and not heard):
        return None if heard is None else []
    if sum(count for _, count in heard) > 2 * reach:
        return _from_heard(tx, asked, name, reach, heard, bound)
    found = _from_list(tx, asked, name, reach, glance)
    if found is None and heard:  # few, and often heard of
        return _since(tx, asked, name, reach, (heard[0][0] - spans for spans in (0, 4, 16)), bound)
    return found


def _from_numbers(tx: Tx, asked: Asked, name: str, reach: int, bound: int) -> Ids | None:
    """By the numbers that were heard of last, if they can be listed."""
    numbers = asked.lists[name][0].numbers
    heard = _heard(tx, asked, numbers, MANY) if numbers else None
    return _from_heard(tx, asked, name, reach, heard, bound) if heard else None


def _from_heard(tx: Tx, asked: Asked, name: str, reach: int, heard: Sequence[tuple[int, int]], bound: int) -> Ids | None:
    """First a few more numbers than a page has calls, then more, then all; None where their calls are too many."""
    spans = (_after_enough(heard, enough * reach) for enough in (2, 16))
    return _since(tx, asked, name, reach, spans, bound) or _from_list(tx, asked, name, reach, bound)


def _since(tx: Tx, asked: Asked, name: str, reach: int, spans: Iterable[int], bound: int) -> Ids | None:
    """By the numbers that were heard of since one of these spans: who was not has no call since. None if they do not fill the page."""
    for last in dict.fromkeys(spans):
        near, args = _near(tx.dialect, asked, last * SPAN)
        found = _from_list(tx, msgspec.structs.replace(near, args={**args, HEARD: last}), name, reach, bound)
        if found is None or len(found) == reach:
            return found
    return None


def _heard(tx: Tx, asked: Asked, numbers: str, many: int) -> list[tuple[int, int]] | None:
    """When these numbers were last heard of in the time that is asked for, the latest first, and of how many that is surely so: others were
    heard of later, too. None if there are more than `many`.
    """
    upper = f"({asked.ids.upper}) / {SPAN}" if asked.ids.upper else f"{ENDLESS}"
    counted = f"sum(case when e.newest <= {upper} then 1 else 0 end) as fit, count(*) as n"
    some = f"(select newest from ({numbers}) of_all limit {many + 1}) e"
    rows = tx.all(f"select {tx.dialect.least}(e.newest, {upper}) as newest, {counted} from {some} group by 1 order by 1 desc", **asked.args)
    return [(row["newest"], row["fit"]) for row in rows] if sum(row["n"] for row in rows) <= many else None


def _after_enough(heard: Sequence[tuple[int, int]], enough: int) -> int:
    """Since when so many were heard of, or all."""
    so_many = accumulate(count for _, count in heard)
    return next((last for (last, _), count in zip(heard, so_many, strict=True) if count >= enough), heard[-1][0])


def _is_near(found: int, reach: int, samples: float) -> bool:
    """Whether so many that fit are among few enough calls, or else their list is far too long to be read; `samples` make the whole span."""
    return found > 0 and (SAMPLE * reach // found <= NEAR or found * samples > 4 * BOUND)


def nth(asked: Asked, place: int, order: str = "desc") -> str:
    """The id of a call by its place, the newest first."""
    return f"select x.id from calls x{where_all(asked.ids.conditions('x.id'))} order by x.id {order} limit 1 offset {place}"


def since(tx: Tx, asked: Asked, reach: int, id: int) -> Ids:
    near, args = _near(tx.dialect, asked, id)
    return [row["id"] for row in tx.all(walk(near, reach), **args)]


def _near(dialect: Dialect, asked: Asked, id: int) -> tuple[Asked, Row]:
    """The same of the calls from this one on."""
    return msgspec.structs.replace(asked, ids=asked.ids.narrowed(dialect, ":near")), {**asked.args, "near": id}


def followed(tx: Tx, asked: Asked, name: str, reach: int, bound: int) -> list[Ids]:
    """The newest of each key."""
    return [_ids(row["ids"]) for row in tx.all(newest(tx.dialect, asked, name, reach, bound), **asked.args)]


def newest_of(lists: Sequence[Ids], reach: int) -> Ids:
    return sorted({id for ids in lists for id in ids}, reverse=True)[:reach]


def _from_list(tx: Tx, asked: Asked, name: str, reach: int, bound: int) -> Ids | None:
    row = tx.one(shortlist(tx.dialect, asked, name, reach, bound), **asked.args)
    return None if row is None or row["n"] > bound else _ids(row["ids"])


def newest(dialect: Dialect, asked: Asked, name: str, reach: int, bound: int) -> str:
    """For each key the newest `reach` that fit, looked for among `bound` of them."""
    others = others_of(asked, name)
    return " union all ".join(
        f"select (select {_json(dialect)} from ({_fitting(dialect, asked, stream, others, reach, bound)}) t) as ids"
        f" from {dialect.each(stream.keys)}"
        for stream in asked.streams[name]
    )


def lengths(dialect: Dialect, asked: Asked, name: str, most: int) -> str:
    """The length of the longest of the lists, up to `most`."""
    return f"select max(n) as n from ({each_length(dialect, asked, name, most)}) as each_of_them"


def each_length(dialect: Dialect, asked: Asked, name: str, most: int) -> str:
    """The length of the list of each key, up to `most`."""
    return " union all ".join(
        f"select (select count(*) from ({_ordered(dialect, asked, stream)} limit {most}) t) as n from {dialect.each(stream.keys)}"
        for stream in asked.streams[name]
    )


def shortlist(dialect: Dialect, asked: Asked, name: str, reach: int, bound: int) -> str:
    """How many there are in a list without an order, up to `bound` + 1, and if they are no more than `bound` the newest that fit."""
    lists = [f"select {one.id} as id from {one.table}{where_all([one.where, *asked.ids.conditions(one.id)])}" for one in asked.lists[name]]
    count = "(select count(*) from list)"
    look = where_all([f"{count} <= {bound}", *others_of(asked, name)])
    fitting = f"select s.id from (select distinct id from list order by id desc) s{look} order by s.id desc limit {reach}"
    return (
        f"with list as materialized ({' union all '.join(lists)} limit {bound + 1})"
        f" select {count} as n, (select {_json(dialect)} from ({fitting}) t) as ids"
    )


def _json(dialect: Dialect) -> str:
    return f"cast({dialect.json_rows}(t.id) as text)"


def _fitting(dialect: Dialect, asked: Asked, stream: Stream, others: Sequence[str], reach: int, bound: int) -> str:
    """The order is told as the list has it: an engine that knows it stops at the last of the page, and sorts nothing."""
    ordered = _ordered(dialect, asked, stream)
    if not others:
        return f"{ordered} limit {reach}"
    keys = "".join(f"s.key{place} desc, " for place in range(len(stream.leading))) if dialect.orders_by_key else ""
    return f"select s.id from ({ordered} limit {bound}) s{where_all(others)} order by {keys}s.id desc limit {reach}"


def _ordered(dialect: Dialect, asked: Asked, stream: Stream) -> str:
    """The calls of the key, the newest first. The engine must take them from the index that has them so, wherever they are."""
    columns, values = zip(*stream.leading, strict=True)
    within = dialect.range_of(columns, values, stream.id, asked.ids.lower, asked.ids.upper)
    ordering = columns if dialect.orders_by_key else ()
    order = ", ".join(f"{column} desc" for column in (*ordering, stream.id))
    names = "".join(f"{column} as key{place}, " for place, column in enumerate(ordering))
    return f"select distinct {names}{stream.id} as id from {stream.table}{where_all([within, stream.where])} order by {order}"


def others_of(asked: Asked, name: str) -> list[str]:
    """What else must hold, as look-ups of `s.id`. A subselect that is compared, rather than `exists`, is not made a join."""
    plain = [condition for other, condition in asked.where.items() if other != name]
    listed = [condition.format(id="s.id") for other, condition in asked.looked_up.items() if other != name]
    return [*listed, f"(select 1 from calls c{where_all(['c.id = s.id', *plain])}) = 1"] if plain else listed


def _ids(value: Any) -> Ids:
    found: Ids = (msgspec.json.decode(value) if isinstance(value, str) else value) or []
    return sorted(found, reverse=True)


def where_all(conditions: Sequence[str]) -> str:
    return f" where {' and '.join(conditions)}" if conditions else ""
