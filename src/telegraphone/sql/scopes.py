"""What people and keys are given to see, as it is kept: queues by number or name, agents by number, a span of time."""

import re

import msgspec

from ..access import EVERYTHING, Profile, Scope
from ..db import Tx
from ..errors import invalid

GIVEN, MOST_GIVEN = r"[^\x00-\x1f\x7f-\x9f]{1,200}", 500
"""What a queue or agent may be called, and how many may be given."""


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


def check_scope(profile: Profile | None, scope: Scope) -> Scope | None:
    """The scope as this profile has it, or Invalid; without a profile it is a key's. None: without limits."""
    _check_texts(scope)
    if scope.from_ is not None and scope.to is not None and scope.from_ >= scope.to:
        raise invalid("to", "must be after from")
    if profile is None:
        return _of_key(scope)
    if profile == "administrator":
        if scope != Scope():
            raise invalid("profile", "an administrator sees everything: no queues, agents, from or to")
        return None
    if profile == "teacher":
        _refuse("agents", "a teacher is given queues", bool(scope.agents))
        _refuse("from", "a teacher is given queues within a span of time: from and to", scope.from_ is None)
        _refuse("to", "a teacher is given queues within a span of time: from and to", scope.to is None)
    if profile == "agent":
        _refuse("queues", "an agent sees the calls of the numbers in agents", bool(scope.queues))
    return scope


def _of_key(scope: Scope) -> Scope | None:
    if scope == Scope():
        return None
    return scope if scope.queues or scope.agents else msgspec.structs.replace(scope, queues=(EVERYTHING,))


def _refuse(field: str, reason: str, is_wrong: bool) -> None:
    if is_wrong:
        raise invalid(field, reason)


def _check_texts(scope: Scope) -> None:
    for field, values in (("queues", scope.queues), ("agents", scope.agents)):
        if len(values) > MOST_GIVEN:
            raise invalid(field, f"must have at most {MOST_GIVEN} entries")
        for place, value in enumerate(values):
            if not re.fullmatch(GIVEN, value):
                raise invalid(f"{field}[{place}]", "must have 1 to 200 characters, no control characters among them")
