"""The directory: agents, queues and users. Rows that nobody wrote but a PBX spoke of are marked `is_seen` and fill what it lacks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from ..access import Actor, may_know, require
from ..db import Row, Tx
from ..errors import FieldError, Invalid
from ..interpret import Settings, Site
from ..model import Agent, Queue, User
from ..names import folded, full_name
from .directory_names import put_edition

Kind = Literal["agents", "queues", "users"]
KINDS: Mapping[Kind, type[Agent]] = {"agents": Agent, "queues": Queue, "users": User}
_COLUMNS = ("number", "name", "firstname", "lastname", "interface", "display_name")
_KEY: Mapping[Kind, str] = {"agents": "number", "queues": "name", "users": "number"}


def list_directory(tx: Tx, actor: Actor, kind: Kind) -> list[Agent]:
    """What was put there, by number: all of it, or of the agents and queues those that a limited actor is given."""
    require(actor, "read")
    rows = tx.all(f"select {', '.join(_COLUMNS)} from {kind} where is_seen = 0 order by number, name")
    return [KINDS[kind](**row) for row in rows if may_know(actor, kind, row[_KEY[kind]])]


def put_directory(tx: Tx, actor: Actor, kind: Kind, entries: Sequence[Agent]) -> int:
    """Replace that kind whole; the number of its entries. A queue that is left out is still known by the PBX's name of it."""
    require(actor, "admin")
    _check(kind, entries)
    replaced = [] if kind != "queues" else tx.all("select name from queues where is_seen = 0")
    tx.run(f"delete from {kind} where is_seen = 0")
    tx.run_many(_upsert(kind, is_seen=False), [_row(kind, entry, is_seen=False) for entry in entries])
    add_seen(tx, kind, [Queue(number="", name=row["name"]) for row in replaced])
    put_edition(tx)
    return len(entries)


def add_seen(tx: Tx, kind: Kind, entries: Iterable[Agent]) -> None:
    """What a PBX spoke of, where the directory has nothing. It adds no name that would be shown otherwise, so the edition stays."""
    tx.run_many(_upsert(kind, is_seen=True), [_row(kind, entry, is_seen=True) for entry in entries])


def read_site(tx: Tx, settings: Settings) -> Site:
    """What interpretation needs to know of this installation."""
    users = tx.all("select number, interface from users where is_seen = 0")
    agents = tx.all("select number, interface from agents where is_seen = 0")
    queues = tx.all("select name, number from queues where is_seen = 0")
    return Site(
        trunk_contexts=settings.trunk_contexts,
        trunk_endpoints=settings.trunk_endpoints,
        users={row["interface"]: row["number"] for row in users if row["interface"]},
        queues={row["name"]: row["number"] for row in queues},
        agents=frozenset(row["number"] for row in agents),
        agent_interfaces={row["interface"]: row["number"] for row in agents if row["interface"]},
    )


def _check(kind: Kind, entries: Sequence[Agent]) -> None:
    seen: set[str] = set()
    key = _KEY[kind]
    for place, entry in enumerate(entries):
        value = getattr(entry, key)
        if not value:
            raise Invalid(f"{kind}[{place}].{key}: is required", FieldError(f"[{place}].{key}", "is required"))
        if value in seen:
            raise Invalid(f"{kind}[{place}].{key}: {value!r:.100} stands there twice", FieldError(f"[{place}].{key}", "stands there twice"))
        seen.add(value)


def _upsert(kind: Kind, *, is_seen: bool) -> str:
    columns = (*_COLUMNS, "folded", "is_seen")
    key = _KEY[kind]
    update = ", ".join(f"{c} = excluded.{c}" for c in columns if c != key)
    action = "do nothing" if is_seen else f"do update set {update}"
    return (
        f"insert into {kind} ({', '.join(columns)}) values ({', '.join(f':{c}' for c in columns)})"
        f" on conflict ({key}) {action}"
    )  # fmt: skip


def _row(kind: Kind, entry: Agent, *, is_seen: bool) -> Row:
    row: Row = {column: getattr(entry, column) for column in _COLUMNS}
    parts = (full_name(entry.firstname, entry.lastname, entry.name), entry.name, entry.display_name)
    row["folded"] = folded("\n".join(dict.fromkeys(part for part in parts if part)))
    return {**row, "is_seen": int(is_seen)}
