"""Who may see, hear, change what. The one place where that is decided."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from .errors import Forbidden

Right = Literal["read", "listen", "attach", "ingest", "admin"]
RIGHTS: tuple[Right, ...] = ("read", "listen", "attach", "ingest", "admin")
Profile = Literal["administrator", "supervisor", "teacher", "agent"]
PROFILES: Mapping[Profile, frozenset[Right]] = {
    "administrator": frozenset(RIGHTS),
    "supervisor": frozenset({"read", "listen", "attach"}),
    "teacher": frozenset({"read", "listen", "attach"}),
    "agent": frozenset({"read", "listen"}),
}
"""What each profile of people may do with the calls that it is given."""
LIMITED_RIGHTS: frozenset[Right] = frozenset({"read", "listen", "attach"})
"""Rights that can be given over some calls only: the others are about all of them, or about the server."""
EVERYTHING = "*"
"""Given as a queue: the calls of all queues and agents, and those of none."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Scope(msgspec.Struct, frozen=True):
    """The calls that somebody is given: those of these queues (by the PBX's names of them) and those in which these agents talked, that
    began in a span of time, `to` not included."""

    queues: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    from_: datetime | None = None
    to: datetime | None = None

    @property
    def is_everything(self) -> bool:
        """Whether only the span limits it."""
        return EVERYTHING in self.queues


class Actor(msgspec.Struct, frozen=True):
    """Whoever is asking now: somebody who signed in, an API key, the configured token, or the system itself.

    `address` is where the request came from. Without a scope all calls are given.
    """

    name: str
    rights: frozenset[Right] = frozenset()
    address: str = ""
    scope: Scope | None = None
    profile: Profile | Literal["key"] = "key"


SYSTEM = Actor("system", frozenset(RIGHTS))


class Given(msgspec.Struct, frozen=True):
    """Where the calls that are given are listed: the table with its short name, and what must hold of its rows."""

    table: str
    short: str
    where: str


def require(actor: Actor, right: Right) -> None:
    """Raise Forbidden when the actor lacks the right to this kind of action; `admin` includes all others."""
    if right not in actor.rights and "admin" not in actor.rights:
        raise Forbidden(f"{'this key has' if actor.profile == 'key' else 'you have'} no right to {right}")


def visible_calls(actor: Actor, call: str = "c") -> tuple[list[str], dict[str, object]]:
    """The SQL conditions on calls `c` from which every statement that reads calls starts, and their parameters.

    `call`: another short name of the table. A look-up of each call is compared, not `exists`, which a planner may make a join.
    """
    if not {"read", "admin"} & actor.rights:
        return ["1 = 0"], {}
    tables, args = given_lists(actor)
    looked_up = [f"(select 1 from {one.table} where {one.short}.call_id = {call}.id and {one.where} limit 1) = 1" for one in tables]
    conditions = [f"({' or '.join(looked_up)})"] if looked_up else []
    scope = actor.scope
    if scope is None:
        return [], {}
    if not (tables or scope.is_everything):
        return ["1 = 0"], {}
    for name, sign, at in (("seen_from", ">=", scope.from_), ("seen_to", "<", scope.to)):
        if at is not None:
            conditions, args[name] = [*conditions, f"{call}.started_at {sign} :{name}"], (at - _EPOCH) // timedelta(microseconds=1)
    return conditions, args


def given_lists(actor: Actor) -> tuple[list[Given], dict[str, object]]:
    """The lists in one of which every call stands that a limited actor may see, and their parameters; none: there are no such lists."""
    if actor.scope is None or actor.scope.is_everything:
        return [], {}
    found, args = list[Given](), dict[str, object]()
    tables = (("call_queues sq", "sq", "sq.queue", actor.scope.queues), ("call_agents sa", "sa", "sa.agent", actor.scope.agents))
    for table, short, column, values in tables:
        names = {f"seen_{short}{place}": value for place, value in enumerate(values)}
        if names:
            talked = " and sa.talked_at is not null" if short == "sa" else ""
            found.append(Given(table, short, f"{column} in ({', '.join(f':{name}' for name in names)}){talked}"))
            args |= names
    return found, args


def may_know(actor: Actor, kind: Literal["agents", "queues", "users"], key: str) -> bool:
    """Whether the directory tells this actor of an agent (by number), a queue (by the PBX's name) or someone with a telephone."""
    scope = actor.scope
    if scope is None or scope.is_everything:
        return True
    return {"agents": key in scope.agents, "queues": key in scope.queues, "users": False}[kind]
