"""What can be given to whom: profiles and scopes that fit each other, and what another server's groups mean here."""

import re
from collections.abc import Sequence

import msgspec

from .access import EVERYTHING, Profile, Scope
from .errors import invalid

GIVEN, MOST_GIVEN = r"[^\x00-\x1f\x7f-\x9f]{1,200}", 500
"""What a queue or agent may be called, and how many may be given."""


class Identity(msgspec.Struct, frozen=True):
    """Who somebody is, as another server says it, whatever it speaks. `subject`: what never changes there and is nobody else's."""

    subject: str
    name: str
    full_name: str = ""
    groups: tuple[str, ...] = ()
    language: str = ""


class Grant(msgspec.Struct, frozen=True):
    """What members of a group are given here."""

    group: str
    profile: Profile
    scope: Scope = Scope()


def granted(groups: Sequence[str], grants: Sequence[Grant]) -> Grant | None:
    """The first grant to one of the groups, in the order in which the grants are written."""
    return next((grant for grant in grants if grant.group in groups), None)


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
