"""What can be asked of a list of calls, ordered or not, and of all calls from the newest on."""

from collections.abc import Sequence
from typing import Any

import msgspec

from ...db import Dialect, Row, Tx
from .call_filter import Asked, Stream

Ids = list[int]


def walk(asked: Asked, limit: int, offset: int = 0) -> str:
    """A select of the ids of a page by walking from the newest call on. Limits stand in the text: a planner must know them."""
    where = [*asked.ids.conditions("c.id"), *(text.format(id="c.id") for text in asked.looked_up.values()), *asked.where.values()]
    return f"select c.id from calls c{where_all(where)} order by c.id desc limit {limit} offset {offset}"


def nth(asked: Asked, place: int, order: str = "desc") -> str:
    """The id of a call by its place, the newest first."""
    return f"select x.id from calls x{where_all(asked.ids.conditions('x.id'))} order by x.id {order} limit 1 offset {place}"


def since(tx: Tx, asked: Asked, reach: int, id: int) -> Ids:
    """The newest of the calls from this one on."""
    part = near(tx.dialect, asked, id)
    return [row["id"] for row in tx.all(walk(part, reach), **part.args)]


def near(dialect: Dialect, asked: Asked, id: int, more: Row | None = None) -> Asked:
    """The same of the calls from this one on, with other parameters beside."""
    return msgspec.structs.replace(asked, ids=asked.ids.narrowed(dialect, ":near"), args={**asked.args, "near": id, **(more or {})})


def followed(tx: Tx, asked: Asked, name: str, reach: int, bound: int) -> list[Ids]:
    """The newest of each key."""
    return [_ids(row["ids"]) for row in tx.all(newest(tx.dialect, asked, name, reach, bound), **asked.args)]


def newest_of(lists: Sequence[Ids], reach: int) -> Ids:
    """The newest of several lists together."""
    return sorted({id for ids in lists for id in ids}, reverse=True)[:reach]


def from_list(tx: Tx, asked: Asked, name: str, reach: int, bound: int) -> Ids | None:
    """The newest of a list without an order; None if there are more than `bound` in it."""
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
