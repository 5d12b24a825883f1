"""Finding the ids of a page of calls in one statement whose work is bounded whatever is asked.

A planner that is told `order by id desc limit 50` walks the newest calls in the hope that some fit, because it takes a rare number or value
for a common one. So the statement itself looks: the candidates of each condition are counted, up to a bound. A short list is taken and each
of its calls looked at; only when all lists are long are calls walked from the newest on, and then a page is soon full.
"""

from collections.abc import Iterable, Sequence

from ..db import Dialect
from .call_filter import Asked, Candidate

BOUND = 10_000
"""A list of more calls is long."""


def page_of_ids(dialect: Dialect, asked: Asked, bound: int = BOUND) -> str:
    """A select of the ids of a page, newest first. Parameters: `limit`, `offset`, and `reach`, their sum."""
    if not asked.candidates:
        return f"select c.id from calls c{_where(_on_calls(asked))} order by c.id desc limit :limit offset :offset"
    lists, ways = _ways(dialect, asked, bound, " order by {id} desc limit :reach")
    return f"with {lists} select id from ({ways}) as found order by id desc limit :limit offset :offset"


def bounded_ids(dialect: Dialect, asked: Asked, bound: int = BOUND) -> str:
    """A select of `reach` ids at most, in any order."""
    if not asked.candidates:
        return f"select c.id from calls c{_where(_on_calls(asked))} limit :reach"
    lists, ways = _ways(dialect, asked, bound, " limit :reach")
    return f"with {lists} {ways}"


def _ways(dialect: Dialect, asked: Asked, bound: int, rest: str) -> tuple[str, str]:
    """The lists of candidates, and the ways to the calls one of which is taken."""
    lists, ways, gates = [], [], list[str]()
    for place, (name, candidates) in enumerate(asked.candidates.items()):
        lists.append(f"list{place} as materialized ({_list(candidates, asked.ids)} limit {bound + 1})")
        count = f"(select count(*) from list{place})"
        ways.append(_by_list(place, [*gates, f"{count} <= {bound}"], asked, name, rest))
        gates.append(f"{count} > {bound}")
    ways.append(_by_walk(dialect, gates, asked, rest))
    return ", ".join(lists), " union all ".join(f"select * from ({way}) as way{n}" for n, way in enumerate(ways))


def _list(candidates: Iterable[Candidate], ids: Sequence[str]) -> str:
    return " union all ".join(
        f"select {listed.id} as id from {listed.table}{_where([*listed.conditions, *(text.format(id=listed.id) for text in ids)])}"
        for listed in candidates
    )


def _gate(conditions: Sequence[str]) -> str:
    """A row when they hold, else none: first of the tables, so that nothing else is read then."""
    return f"(select 1 as one where {' and '.join(conditions)}) as gate cross join"


def _by_list(place: int, gates: Sequence[str], asked: Asked, name: str, rest: str) -> str:
    """A subselect that is compared, rather than `exists`, is not made a join: it stays a look-up by id."""
    others = [condition for other, condition in asked.where.items() if other != name]
    look = f" where (select 1 from calls c{_where(['c.id = k.id', *others])}) = 1" if others else ""
    return f"select k.id from {_gate(gates)} (select distinct id from list{place} order by id desc) as k{look}{rest.format(id='k.id')}"


def _by_walk(dialect: Dialect, gates: Sequence[str], asked: Asked, rest: str) -> str:
    """The gate as a table would cost SQLite the order of the primary key; as a limit it would make PostgreSQL guess how many are wanted."""
    if dialect.constants_first:
        return f"select c.id from calls c{_where([*gates, *_on_calls(asked)])}{rest.format(id='c.id')}"
    limit = f"case when {' and '.join(gates)} then :reach else 0 end"
    return f"select c.id from calls c{_where(_on_calls(asked))}{rest.format(id='c.id').replace(':reach', limit)}"


def _on_calls(asked: Asked) -> list[str]:
    return [*(text.format(id="c.id") for text in asked.ids), *asked.where.values()]


def _where(conditions: Sequence[str]) -> str:
    return f" where {' and '.join(conditions)}" if conditions else ""
