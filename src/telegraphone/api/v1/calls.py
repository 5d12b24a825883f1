"""/calls: every call, recorded or not."""

from typing import Annotated, Literal, cast

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...access import Actor
from ...db import Tx
from ...errors import invalid
from ...model import CallId
from ...sql.attached_data import attach, remove_attached
from ...sql.calls import CallFilter, Count, StoredCall, count_calls, get_rendered, list_rendered
from ...sql.search.longest import Compared, list_longest
from ...web.endpoint import Asked
from ...web.fields import (
    AttachedValue,
    PageSize,
    check_key,
    check_value,
    parse_call_id,
)
from ...web.narrowing import Words, or_narrower
from .call_bodies import CallBody, CallInList, in_list, listed_json, whole, whole_json
from .call_query import CallsWanted, filter_of

WORDS = Words("since", "before")
COUNTED = 10_000
"""Nobody waits for an exact million: beyond this a count says only that there are more."""


class CallsQuery(CallsWanted, frozen=True, kw_only=True):
    """All that is given must hold. `start` and `end` as in XiVO's search (starting or ending since), `since` and `before` on the start
    alone; in `callee`, `caller` and `number` (either side), `%` stands for any run of characters; `min_duration` in seconds of talk.

    `order=longest`: one page of those in which people talked longest, among the newest 20 000 that fit; it has no cursor."""

    cursor: Annotated[str, Meta(pattern="^[0-9]{1,18}$")] | UnsetType = UNSET
    limit: PageSize = 50
    count: bool = False
    order: Literal["newest", "longest"] = "newest"


class CallsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`next`: the cursor of the following page, null at the end. `count`, if asked for: there are at least so many calls, up to 10 000,
    and no more if `count_is_exact`.
    `compared`, with `order=longest`: how many calls were, and if that was not all of them, from when on."""

    items: list[CallInList]
    next: str | None
    count: int | UnsetType = UNSET
    count_is_exact: bool | UnsetType = UNSET
    compared: Compared | UnsetType = UNSET


class AttachedValueBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value of one key."""

    value: AttachedValue


class AttachedBody(msgspec.Struct, frozen=True):
    """The call's number, and all of its attached data."""

    id: CallId
    attached_data: dict[str, str]


async def list_calls_page(asked: Asked[CallsQuery, None]) -> CallsPage:
    """A page of calls, newest first, or the longest."""
    query = asked.query
    if query.order == "longest":
        return await _list_longest(asked)
    cursor = None if query.cursor is UNSET else CallId(int(query.cursor))
    wanted = filter_of(query, asked.config.timezone, cursor, query.limit + 1)
    found, count = await or_narrower(asked.db.read(_page, asked.actor, wanted, query.count), wanted, WORDS)
    items = [in_list(call, asked.now) if isinstance(call, StoredCall) else cast(CallInList, call) for _, call in found[: query.limit]]
    next_ = str(found[query.limit - 1][0]) if len(found) > query.limit else None
    if count is None:
        return CallsPage(items=items, next=next_)
    return CallsPage(items=items, next=next_, count=max(count.calls, len(items)), count_is_exact=count.is_exact)


async def _list_longest(asked: Asked[CallsQuery, None]) -> CallsPage:
    query = asked.query
    for name, is_given in (("cursor", query.cursor is not UNSET), ("count", query.count)):
        if is_given:
            raise invalid(name, "does not go with order=longest")
    wanted = filter_of(query, asked.config.timezone, None, query.limit)
    found, compared = await or_narrower(asked.db.read(list_longest, asked.actor, wanted), wanted, WORDS)
    return CallsPage(items=[in_list(call, asked.now) for call in found], next=None, compared=compared)


async def get_one_call(asked: Asked[None, None]) -> CallBody:
    """One call, whole."""
    found = await asked.db.read(get_rendered, asked.actor, parse_call_id(asked.path("id")), whole_json)
    return whole(found, asked.now) if isinstance(found, StoredCall) else cast(CallBody, found)


async def put_attached_value(asked: Asked[None, AttachedValueBody]) -> AttachedBody:
    """Attach one value. What the key had before is kept in the call's history."""
    call_id, key = parse_call_id(asked.path("id")), check_key(asked.path("key"))
    check_value("value", asked.body.value)
    return AttachedBody(call_id, await asked.db.write(attach, asked.actor, call_id, [(key, asked.body.value)], asked.now))


async def remove_attached_value(asked: Asked[None, None]) -> None:
    """Take a key off the call. That it was there stays known."""
    call_id, key = parse_call_id(asked.path("id")), check_key(asked.path("key"))
    await asked.db.write(remove_attached, asked.actor, call_id, key, asked.now)


def _page(tx: Tx, actor: Actor, wanted: CallFilter, with_count: bool) -> tuple[list[tuple[CallId, msgspec.Raw | StoredCall]], Count | None]:
    found = list_rendered(tx, actor, wanted, listed_json)
    if not with_count:
        return found, None
    return found, count_calls(tx, actor, msgspec.structs.replace(wanted, cursor=None), COUNTED)
