"""Who may see, hear, change what. The one place where that is decided."""

from typing import Literal

import msgspec

from .errors import Forbidden

Right = Literal["read", "listen", "attach", "ingest", "admin"]
RIGHTS: tuple[Right, ...] = ("read", "listen", "attach", "ingest", "admin")


class Actor(msgspec.Struct, frozen=True):
    """Whoever is asking now: an API key, the configured token, or the system itself. `address` is where the request came from."""

    name: str
    rights: frozenset[Right] = frozenset()
    address: str = ""


SYSTEM = Actor("system", frozenset(RIGHTS))


def require(actor: Actor, right: Right) -> None:
    """Raise Forbidden when the actor lacks the right to this kind of action; `admin` includes all others."""
    if right not in actor.rights and "admin" not in actor.rights:
        raise Forbidden(f"this key has no right to {right}")


def visible_calls(actor: Actor) -> tuple[list[str], dict[str, object]]:
    """The SQL conditions on calls `c` from which every statement that reads calls starts, and their parameters."""
    return ([] if {"read", "admin"} & actor.rights else ["1 = 0"]), {}
