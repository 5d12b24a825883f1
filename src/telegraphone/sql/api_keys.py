"""API keys: names, rights and hashes. A revoked key is kept, so that the access log's names keep their meaning."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from ..access import RIGHTS, Actor, Right, require
from ..db import Row, Tx, micros, moment
from ..errors import Conflict, NotFound, invalid

RESERVED = ("token", "system")
"""How the access log calls the configured token and the server itself."""


class ApiKey(msgspec.Struct, frozen=True):
    """A key without its secret."""

    id: int
    name: str
    rights: tuple[Right, ...]
    created_at: datetime
    revoked_at: datetime | None


def add_key(tx: Tx, actor: Actor, name: str, rights: Iterable[str], sha256: str, now: datetime) -> ApiKey:
    """Make a key known. A name is one key's: the access log calls it by that."""
    require(actor, "admin")
    wanted = _checked(name, rights)
    tx.lock("api_keys")
    if tx.one("select 1 as one from api_keys where name = :name", name=name):
        raise Conflict(f"there is or was a key named {name!r}; choose another name")
    row = tx.one(
        "insert into api_keys (name, sha256, rights, created_at) values (:name, :sha256, :rights, :now)"
        " returning id, name, rights, created_at, revoked_at",
        name=name, sha256=sha256, rights=",".join(wanted), now=micros(now),
    )  # fmt: skip
    assert row is not None
    return _key(row)


def list_keys(tx: Tx, actor: Actor) -> list[ApiKey]:
    """All keys, revoked ones too, in the order in which they were made."""
    require(actor, "admin")
    return [_key(row) for row in tx.all("select id, name, rights, created_at, revoked_at from api_keys order by id")]


def revoke_key(tx: Tx, actor: Actor, name: str, now: datetime) -> None:
    """The key stops working, here at once and in servers that have it in their cache within five seconds."""
    require(actor, "admin")
    if not tx.run("update api_keys set revoked_at = :now where name = :name and revoked_at is null", name=name, now=micros(now)):
        raise NotFound(f"there is no key named {name!r} that works")


def find_key(tx: Tx, sha256: str) -> ApiKey | None:
    """The key with this hash, unless it was revoked."""
    row = tx.one(
        "select id, name, rights, created_at, revoked_at from api_keys where sha256 = :sha256 and revoked_at is null", sha256=sha256
    )
    return _key(row) if row else None


def look(tx: Tx) -> None:
    """Whether the database answers and has our tables: for readyz."""
    tx.one("select 1 as one from api_keys limit 1")


def _checked(name: str, rights: Iterable[str]) -> list[Right]:
    if not (0 < len(name) <= 100 and name.isprintable()) or name in RESERVED:
        raise invalid("name", f"must have 1 to 100 printable characters and be none of {', '.join(RESERVED)}")
    asked = set(rights)
    if not asked or not asked.issubset(RIGHTS):
        raise invalid("rights", f"must be one or more of {', '.join(RIGHTS)}")
    return [right for right in RIGHTS if right in asked]


def _key(row: Row) -> ApiKey:
    revoked = row["revoked_at"]
    return ApiKey(
        id=row["id"], name=row["name"], rights=tuple(row["rights"].split(",")),
        created_at=moment(row["created_at"]), revoked_at=None if revoked is None else moment(revoked),
    )  # fmt: skip
