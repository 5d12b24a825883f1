"""What people and keys are given to see, as it is kept: queues by number or name, agents by number, a span of time."""

import msgspec

from ...access import Scope
from ...db import Tx


def render_scope(scope: Scope | None) -> str:
    """The text of the column; empty: without limits."""
    return "" if scope is None else msgspec.json.encode(scope).decode()


def parse_scope(text: str) -> Scope | None:
    """What `render_scope` wrote."""
    return msgspec.json.decode(text, type=Scope) if text else None


def resolved(tx: Tx, scope: Scope | None) -> Scope | None:
    """The scope with the names that the directory has now for the numbers of queues. Everything at any time is no limit."""
    if scope is None or (scope.is_everything and scope.from_ is None and scope.to is None):
        return None
    if not scope.queues or scope.is_everything:
        return scope
    numbers = tx.dialect.list_argument(scope.queues)
    named = tx.all(f"select name from queues where {tx.dialect.any_of('number', 'numbers')} order by name", numbers=numbers)
    return msgspec.structs.replace(scope, queues=tuple(dict.fromkeys((*scope.queues, *(row["name"] for row in named)))))
