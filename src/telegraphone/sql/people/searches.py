"""Searches that people keep, each under a name of their own. Nobody sees another's."""

from datetime import datetime

import msgspec

from ...access import Actor, require
from ...db import Row, Tx, micros, moment
from ...errors import Conflict, NotFound

MOST_SEARCHES = 200
"""Of one owner."""


class SavedSearch(msgspec.Struct, frozen=True):
    """`query`: the parameters of an address, as they stand behind its `?`."""

    name: str
    query: str
    saved_at: datetime


def list_searches(tx: Tx, actor: Actor) -> list[SavedSearch]:
    """The actor's own, by name."""
    require(actor, "read")
    rows = tx.all("select name, query, saved_at from saved_searches where owner = :owner order by name", owner=actor.name)
    return [_search(row) for row in rows]


def get_search(tx: Tx, actor: Actor, name: str) -> SavedSearch:
    require(actor, "read")
    row = tx.one("select name, query, saved_at from saved_searches where owner = :owner and name = :name", owner=actor.name, name=name)
    if row is None:
        raise _no_search(name)
    return _search(row)


def put_search(tx: Tx, actor: Actor, name: str, query: str, now: datetime) -> SavedSearch:
    """Keep it; what had this name before is replaced."""
    require(actor, "read")
    tx.lock(f"searches of {actor.name}")
    others = tx.one("select count(*) as n from saved_searches where owner = :owner and name <> :name", owner=actor.name, name=name)
    if others and others["n"] >= MOST_SEARCHES:
        raise Conflict(f"there are {MOST_SEARCHES} saved searches already; remove one first")
    tx.run(
        "insert into saved_searches (owner, name, query, saved_at) values (:owner, :name, :query, :now)"
        " on conflict (owner, name) do update set query = excluded.query, saved_at = excluded.saved_at",
        owner=actor.name, name=name, query=query, now=micros(now),
    )  # fmt: skip
    return SavedSearch(name, query, now)


def remove_search(tx: Tx, actor: Actor, name: str) -> None:
    require(actor, "read")
    if not tx.run("delete from saved_searches where owner = :owner and name = :name", owner=actor.name, name=name):
        raise _no_search(name)


def _search(row: Row) -> SavedSearch:
    return SavedSearch(row["name"], row["query"], moment(row["saved_at"]))


def _no_search(name: str) -> NotFound:
    return NotFound(f"no search of yours is named {name!r:.150}")
