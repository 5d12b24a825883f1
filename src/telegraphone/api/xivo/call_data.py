"""/call_data: data that a dialplan or a CRM attaches to a call."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ...access import Actor
from ...db import Tx
from ...errors import Conflict, FieldError, NotFound
from ...model import CallId
from ...sql.attached_data import attach, find_call_to_attach
from ...web.endpoint import Asked
from ...web.fields import AttachedKey, AttachedValue, check_value, parse_call_id


class AttachedPair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One pair. The last value of a key wins; all changes are kept."""

    key: AttachedKey
    value: AttachedValue


Pairs = Annotated[list[AttachedPair], Meta(min_length=1, max_length=100)]


class AttachedAnswer(msgspec.Struct, frozen=True):
    """The number of the call, and all of its attached data."""

    id: int
    attached_data: dict[str, str]


async def attach_by_id(asked: Asked[None, list[AttachedPair]]) -> AttachedAnswer:
    """Attach data to the call with this number in our database; an id with a dot is an Asterisk unique id."""
    subject = asked.path("call_data_id")
    if "." in subject:
        return await _attach_by_unique_id(asked, subject)
    call_id = parse_call_id(subject)
    return AttachedAnswer(call_id, await asked.db.write(attach, asked.actor, call_id, _pairs(asked.body), asked.now))


async def attach_by_unique_id(asked: Asked[None, list[AttachedPair]]) -> AttachedAnswer:
    """Attach data to the call one of whose channels has this Asterisk unique id."""
    return await _attach_by_unique_id(asked, asked.path("call_id"))


async def _attach_by_unique_id(asked: Asked[None, list[AttachedPair]], unique_id: str) -> AttachedAnswer:
    if not unique_id.isprintable() or len(unique_id) > 255:
        raise NotFound("there is no such call")
    return await asked.db.write(_attach_found, asked.actor, unique_id, _pairs(asked.body), asked.now)


def _attach_found(tx: Tx, actor: Actor, unique_id: str, pairs: Sequence[tuple[str, str]], now: datetime) -> AttachedAnswer:
    """Looking for the call and attaching to it is one transaction."""
    found = find_call_to_attach(tx, actor, unique_id)
    call_id = _only(unique_id, found)
    return AttachedAnswer(call_id, attach(tx, actor, call_id, pairs, now))


def _only(unique_id: str, found: list[tuple[CallId, str]]) -> CallId:
    if not found:
        raise NotFound(f"there is no call with the unique id {unique_id}")
    if len(found) > 1:
        which = tuple(FieldError(str(call_id), f"a call of {pbx}") for call_id, pbx in found)
        raise Conflict(f"{len(found)} calls have the unique id {unique_id}; attach by their numbers", *which)
    return found[0][0]


def _pairs(pairs: list[AttachedPair]) -> list[tuple[str, str]]:
    for place, pair in enumerate(pairs):
        check_value(f"[{place}].value", pair.value)
    return [(pair.key, pair.value) for pair in pairs]
