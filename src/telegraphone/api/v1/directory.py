"""/directory: who the agents and users are, and how the queues are called."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from ...db import Tx
from ...errors import Conflict, FieldError
from ...model import Agent
from ...sql.directory import KINDS, Kind, list_directory, put_directory
from ...sql.people.access_log import add_change
from ...web.endpoint import Asked, Endpoint, Function
from ...web.fields import SomeText, Text

_Name = Annotated[Text, Meta(max_length=200)]
_Key = Annotated[SomeText, Meta(max_length=200)]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the entries of all kinds have: the columns of `telegraphone directory load`."""

    number: _Name = ""
    name: _Name = ""
    firstname: _Name = ""
    lastname: _Name = ""
    interface: _Name = ""
    display_name: _Name = ""


class AgentEntry(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agent, known by his number."""

    kind: Literal["agent"] = "agent"
    number: _Key


class QueueEntry(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A queue, known by the name that the PBX has for it."""

    kind: Literal["queue"] = "queue"
    name: _Key


class UserEntry(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Someone with a telephone, known by his number."""

    kind: Literal["user"] = "user"
    number: _Key


ENTRIES: dict[Kind, type[Entry]] = {"agents": AgentEntry, "queues": QueueEntry, "users": UserEntry}
KEYS: dict[Kind, str] = {"agents": "number", "queues": "name", "users": "number"}


def endpoints_of(kind: Kind, get: Function, put: Function, entry: type[Entry]) -> tuple[Endpoint, Endpoint]:
    """GET and PUT of one kind."""
    path, entries = f"/directory/{kind}", list[entry]  # type: ignore[valid-type]
    return (
        Endpoint(method="GET", path=path, function=get, right="read", answer=entries),
        Endpoint(method="PUT", path=path, function=put, right="admin", body=entries, answer=entries, also=(409,)),
    )


async def get_agents(asked: Asked[None, None]) -> list[Entry]:
    """The agents, by number."""
    return await _get(asked, "agents")


async def get_queues(asked: Asked[None, None]) -> list[Entry]:
    """The queues, by number."""
    return await _get(asked, "queues")


async def get_users(asked: Asked[None, None]) -> list[Entry]:
    """The users, by number."""
    return await _get(asked, "users")


async def put_agents(asked: Asked[None, list[Entry]]) -> list[Entry]:
    """Replace all agents by these."""
    return await _put(asked, "agents")


async def put_queues(asked: Asked[None, list[Entry]]) -> list[Entry]:
    """Replace all queues by these."""
    return await _put(asked, "queues")


async def put_users(asked: Asked[None, list[Entry]]) -> list[Entry]:
    """Replace all users by these."""
    return await _put(asked, "users")


async def _get(asked: Asked[None, None], kind: Kind) -> list[Entry]:
    return [_entry(kind, agent) for agent in await asked.db.read(list_directory, asked.actor, kind)]


async def _put(asked: Asked[None, list[Entry]], kind: Kind) -> list[Entry]:
    _check_once(kind, asked.body)
    await asked.db.write(_replace, asked, kind)
    return asked.body


def _replace(tx: Tx, asked: Asked[None, list[Entry]], kind: Kind) -> None:
    put_directory(tx, asked.actor, kind, [KINDS[kind](**_columns(entry)) for entry in asked.body])
    add_change(tx, asked.actor, "directory", kind, asked.now)


def _check_once(kind: Kind, entries: list[Entry]) -> None:
    seen: set[str] = set()
    for place, entry in enumerate(entries):
        key = getattr(entry, KEYS[kind])
        if key in seen:
            raise Conflict(f"[{place}]: {key!r:.200} stands there twice", FieldError(f"[{place}].{KEYS[kind]}", "stands there twice"))
        seen.add(key)


def _entry(kind: Kind, agent: Agent) -> Entry:
    return ENTRIES[kind](**_columns(agent))


def _columns(one: Agent | Entry) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Entry.__struct_fields__}
