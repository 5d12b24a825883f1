"""/keys: what lets programs in."""

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from ....access import Right, Scope
from ....credentials import new_key
from ....errors import NotFound
from ....sql.people.api_keys import ApiKey, add_key, list_keys, revoke_key_by_id
from ....web.endpoint import Asked
from ....web.people import KeyName, ScopeBody, ScopeWanted, scope_body


class KeyWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new key. With a scope it may only have the rights read, listen and attach."""

    name: KeyName
    rights: Annotated[list[Right], Meta(min_length=1, max_length=10)]
    scope: ScopeWanted | None = None


class KeyBody(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret. `scope` null: all calls."""

    id: int
    name: str
    rights: tuple[Right, ...]
    scope: ScopeBody | None
    created_at: datetime
    revoked_at: datetime | None


class NewKeyBody(KeyBody, frozen=True, kw_only=True):
    """A key with its secret, which is told this once."""

    key: str


class KeysBody(msgspec.Struct, frozen=True):
    """All of them: `next` is null."""

    items: list[KeyBody]
    next: None = None


async def get_keys(asked: Asked[None, None]) -> KeysBody:
    """All keys, revoked ones too, in the order in which they were made."""
    return KeysBody([KeyBody(**_shared(key)) for key in await asked.db.read(list_keys, asked.actor)])


async def add_one_key(asked: Asked[None, KeyWanted]) -> NewKeyBody:
    """Make a key. Its secret is in this answer and nowhere else."""
    body = asked.body
    secret, sha256 = new_key()
    scope = Scope() if body.scope is None else body.scope.scope()
    added = await asked.db.write(add_key, asked.actor, body.name, body.rights, sha256, asked.now, scope)
    return NewKeyBody(**_shared(added), key=secret)


async def revoke_one_key(asked: Asked[None, None]) -> None:
    """Let a key open nothing any more, here at once and in other workers within five seconds."""
    text = asked.path("id")
    if not re.fullmatch("[0-9]{1,18}", text):
        raise NotFound(f"there is no key {text[:100]!r}")
    await asked.db.write(revoke_key_by_id, asked.actor, int(text), asked.now)
    asked.services.keys.forget()


def _shared(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id, "name": key.name, "rights": key.rights, "scope": scope_body(key.scope), "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }  # fmt: skip
