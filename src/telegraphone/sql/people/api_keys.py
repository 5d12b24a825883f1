"""API keys: names, rights and hashes. A revoked key is kept, so that the access log's names keep their meaning."""

import re
from collections.abc import Iterable
from datetime import datetime

import msgspec

from ...access import LIMITED_RIGHTS, RIGHTS, Actor, Right, Scope, require
from ...db import Row, Tx, micros, moment
from ...errors import Conflict, NotFound, invalid
from ...granting import check_scope
from .access_log import add_change
from .scopes import parse_scope, render_scope, resolved

RESERVED = ("token", "system", "unknown")
"""How the access log calls the configured token, the server itself, and whoever signed in in vain."""
NAME = r"[^\x00-\x1f\x7f-\x9f]{1,100}"
_COLUMNS = "id, name, rights, scope, created_at, revoked_at"


class ApiKey(msgspec.Struct, frozen=True):
    """A key without its secret. `scope` as it was given; None: all calls."""

    id: int
    name: str
    rights: tuple[Right, ...]
    created_at: datetime
    revoked_at: datetime | None
    scope: Scope | None = None


def add_key(tx: Tx, actor: Actor, name: str, rights: Iterable[str], sha256: str, now: datetime, scope: Scope | None = None) -> ApiKey:
    """Make a key known. A name is one key's: the access log calls it by that."""
    require(actor, "admin")
    wanted, limits = _checked(name, rights), check_scope(None, scope or Scope())
    if limits is not None and not LIMITED_RIGHTS.issuperset(wanted):
        raise invalid("rights", f"a key that is given some calls only may have {', '.join(sorted(LIMITED_RIGHTS))}")
    tx.lock("accounts")
    if tx.one("select 1 as one from api_keys where name = :name", name=name):
        raise Conflict(f"there is or was a key named {name!r}; choose another name")
    if tx.one("select 1 as one from accounts where name = :name", name=name.lower()):
        raise Conflict(f"there is a user named {name!r}; choose another name")
    row = tx.one(
        "insert into api_keys (name, sha256, rights, scope, created_at) values (:name, :sha256, :rights, :scope, :now)"
        f" returning {_COLUMNS}",
        name=name, sha256=sha256, rights=",".join(wanted), scope=render_scope(limits), now=micros(now),
    )  # fmt: skip
    assert row is not None
    add_change(tx, actor, "key_add", name, now)
    return _key(row)


def list_keys(tx: Tx, actor: Actor) -> list[ApiKey]:
    """All keys, revoked ones too, in the order in which they were made."""
    require(actor, "admin")
    return [_key(row) for row in tx.all(f"select {_COLUMNS} from api_keys order by id")]


def revoke_key(tx: Tx, actor: Actor, name: str, now: datetime) -> None:
    """The key stops working, here at once and in servers that have it in their cache within five seconds."""
    require(actor, "admin")
    if not tx.run("update api_keys set revoked_at = :now where name = :name and revoked_at is null", name=name, now=micros(now)):
        raise NotFound(f"there is no key named {name!r} that works")
    add_change(tx, actor, "key_revoke", name, now)


def revoke_key_by_id(tx: Tx, actor: Actor, id: int, now: datetime) -> None:
    """The same by number."""
    require(actor, "admin")
    row = tx.one("select name from api_keys where id = :id", id=id)
    if row is None:
        raise NotFound(f"there is no key {id}")
    revoke_key(tx, actor, row["name"], now)


def find_key(tx: Tx, sha256: str) -> ApiKey | None:
    """The key with this hash, unless it was revoked."""
    row = tx.one(f"select {_COLUMNS} from api_keys where sha256 = :sha256 and revoked_at is null", sha256=sha256)
    return _key(row) if row else None


def find_actor(tx: Tx, sha256: str) -> Actor | None:
    """Who asks with the key that has this hash."""
    key = find_key(tx, sha256)
    return Actor(key.name, frozenset(key.rights), scope=resolved(tx, key.scope)) if key else None


def look(tx: Tx) -> None:
    """Whether the database answers and has our tables: for readyz."""
    tx.one("select 1 as one from api_keys limit 1")


def _checked(name: str, rights: Iterable[str]) -> list[Right]:
    if not re.fullmatch(NAME, name) or name in RESERVED:
        raise invalid("name", f"must have 1 to 100 characters, none of them control characters, and be none of {', '.join(RESERVED)}")
    asked = set(rights)
    if not asked or not asked.issubset(RIGHTS):
        raise invalid("rights", f"must be one or more of {', '.join(RIGHTS)}")
    return [right for right in RIGHTS if right in asked]


def _key(row: Row) -> ApiKey:
    revoked = row["revoked_at"]
    return ApiKey(
        id=row["id"], name=row["name"], rights=tuple(row["rights"].split(",")),
        created_at=moment(row["created_at"]), revoked_at=None if revoked is None else moment(revoked), scope=parse_scope(row["scope"]),
    )  # fmt: skip
