"""What somebody may mean who has begun to type: agents, queues, keys and values of attached data. One statement, a few look-ups in indexes.

Only what stands in a call that the actor may see is suggested. To those who may not see all, of each name and value the newest calls are
looked at, and what only older ones have is not suggested.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from ...access import Actor, visible_calls
from ...db import Row, Tx
from ...names import folded, full_name

Field = Literal["agent", "queue", "key", "value"]
MOST = 10
_LOOKED_AT, _CANDIDATES, _NEWEST = 200, 100, 200
"""Keys or values that are passed; names of the directory; calls of one of them."""


class Suggestion(msgspec.Struct, frozen=True):
    """`value` is what a filter takes, `name` what people read."""

    value: str
    name: str


def list_suggestions(tx: Tx, actor: Actor, field: Field, text: str, key: str | None = None) -> list[Suggestion]:
    """At most ten, those first that begin with the text. A value is one of a `key`; without one there are none."""
    if field == "value" and key is None:
        return []
    statement = {"agent": _agents, "queue": _queues, "key": _keys, "value": _values}[field]
    seen, args = visible_calls(actor)
    args |= {"begins": f"{_escaped(text)}%", "part": f"%{_escaped(folded(text))}%", "text": text, "key": key or ""}
    rows = tx.all(statement(seen), **args)
    return _best((_suggestion(field, row) for row in rows), folded(text))


def _agents(seen: list[str]) -> str:
    """Those of the directory, and numbers that no directory has but calls had."""
    first = "case when number like :begins escape '!' or folded like :part escape '!' then 1 else 0 end"
    known = f"select number as value, firstname, lastname, name from agents where {first} = 1 order by number limit {_CANDIDATES}"
    told = _walk("call_agents", "agent", "", 2 * MOST)
    return (
        f"with recursive {told}, known as ({known}) select * from (select value, firstname, lastname, name from known"
        " union all select s.value, '', '', '' from steps s where s.value like :begins escape '!'"
        f" and not exists (select 1 from agents a where a.number = s.value)) f where {_visible(seen, 'call_agents', 'x.agent = f.value')}"
    )


def _queues(seen: list[str]) -> str:
    """A queue that a PBX spoke of is in the table, whether the directory has it or not."""
    return (
        "select case when f.number = '' then f.name else f.number end as value, f.name, f.display_name from"
        " (select number, name, display_name from queues where number like :begins escape '!' or folded like :part escape '!'"
        f" order by number, name limit {_CANDIDATES}) f where {_visible(seen, 'call_queues', 'x.queue = f.name')}"
    )


def _keys(seen: list[str]) -> str:
    walk = _walk("attached_data", "key", "is_current = 1", _LOOKED_AT, from_text=False)
    return _those_of(walk, _visible(seen, "attached_data", "x.is_current = 1 and x.key = s.value"))


def _values(seen: list[str]) -> str:
    """Values in order from the text on, and the first ones of all, among which those are looked for that have it in their middle."""
    own = "is_current = 1 and key = :key"
    near, first = _walk("attached_data", "value_key", own, 3 * MOST), _walk("attached_data", "value_key", own, _LOOKED_AT, from_text=False)
    both = f"{near.replace('steps', 'near')}, {first.replace('steps', 'first')}"
    steps = "steps (value) as (select value from near union select value from first)"
    seen_in = _visible(seen, "attached_data", "x.is_current = 1 and x.key = :key and x.value_key = s.value")
    return _those_of(f"{both}, {steps}", f"length(s.value) between 1 and 64 and {seen_in}")


def _walk(table: str, column: str, where: str, most: int, *, from_text: bool = True) -> str:
    """Different values of a column, each found by its index as the next after the last."""
    own = f"{where} and " if where else ""
    begin = f"select min({column}) from {table} where {own}{column} >= {':text' if from_text else _NOTHING}"
    following = f"select min(t.{column}) from {table} t where {own}t.{column} > steps.value"
    return (
        f"steps (value, n) as (select ({begin}), 1 union all select ({following}), n + 1 from steps where value is not null and n < {most})"
    )


_NOTHING = "''"


def _those_of(walk: str, where: str) -> str:
    return f"with recursive {walk} select s.value from steps s where s.value is not null and {where}"


def _visible(seen: list[str], table: str, where: str) -> str:
    """That one of the newest calls with it may be seen."""
    if not seen:
        return "1 = 1"
    newest = f"select x.call_id from {table} x where {where} order by x.call_id desc limit {_NEWEST}"
    return f"exists (select 1 from ({newest}) y join calls c on c.id = y.call_id where {' and '.join(seen)})"


def _suggestion(field: Field, row: Row) -> Suggestion:
    value = str(row["value"])
    if field == "agent":
        return Suggestion(value, full_name(row["firstname"], row["lastname"], row["name"]))
    return Suggestion(value, row["display_name"] or row["name"] if field == "queue" else value)


def _best(found: Iterable[Suggestion], text: str) -> list[Suggestion]:
    """Of all that fit those that begin so, in order; then those in which a word does, then the others."""
    ranked = []
    for one in found:
        value, name = folded(one.value), folded(one.name)
        if text in value or text in name:
            rank = 0 if value.startswith(text) or name.startswith(text) else 1 if f" {text}" in name else 2
            ranked.append((rank, one.value, one))
    return [one for _, _, one in sorted(ranked, key=lambda entry: entry[:2])][:MOST]


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
