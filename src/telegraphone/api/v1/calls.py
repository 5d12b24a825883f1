"""/calls: every call, recorded or not."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from ...access import Actor
from ...db import Tx
from ...errors import invalid
from ...explain import Happening, timeline
from ...model import (
    AgentTalk,
    AnsweredBy,
    CallId,
    Direction,
    Forward,
    Hold,
    Leg,
    Outcome,
    Parking,
    Party,
    QueueOutcome,
    QueuePassage,
    Role,
    Transfer,
)
from ...sql.attached_data import attach, remove_attached
from ...sql.calls import CallFilter, Count, StoredCall, count_calls, get_call, list_calls
from ...sql.longest import Compared, list_longest
from ...sql.reviews import Review
from ...web.endpoint import Asked
from ...web.fields import (
    AttachedValue,
    PageSize,
    check_key,
    check_value,
    parse_call_id,
)
from ...web.narrowing import Words, or_narrower
from ...web.sound import RecordingBody, recording_body
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


class QueueBody(msgspec.Struct, frozen=True, kw_only=True):
    """One passage through a queue."""

    number: str
    name: str
    entered_at: datetime
    outcome: QueueOutcome
    wait_s: float | None
    agent: str | None
    rang: tuple[str, ...]


class AgentBody(msgspec.Struct, frozen=True, kw_only=True):
    """An agent whom a queue connected."""

    number: str
    name: str
    from_: datetime = field(name="from")
    to: datetime | None


class LegBody(msgspec.Struct, frozen=True, kw_only=True):
    """One party's connection."""

    number: str
    name: str
    interface: str
    role: Role
    joined_at: datetime | None
    left_at: datetime | None


class CallInList(msgspec.Struct, frozen=True, kw_only=True):
    """A call as lists have it. `review`: who has reviewed it, if anybody; `notes`: how many notes there are on it."""

    id: CallId
    pbx: str
    linked_id: str
    unique_ids: tuple[str, ...]
    direction: Direction
    outcome: Outcome
    caller: Party
    dialled: Party
    answered_by: AnsweredBy | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    wait_s: float | None
    talk_s: float | None
    hold_s: float
    queues: list[QueueBody]
    agents: list[AgentBody]
    parked: tuple[Parking, ...]
    recordings: list[RecordingBody]
    attached_data: dict[str, str]
    forwarded: tuple[Forward, ...]
    consultation_of: CallId | None
    certainty: dict[str, str]
    review: Review | None
    notes: int
    updated_at: datetime


class CallBody(CallInList, frozen=True, kw_only=True):
    """A call, whole. `timeline`: what happened in it, in order."""

    legs: list[LegBody]
    transfers: tuple[Transfer, ...]
    holds: tuple[Hold, ...]
    timeline: tuple[Happening, ...]


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
    items = [_in_list(call, asked.now) for call in found[: query.limit]]
    next_ = str(items[-1].id) if len(found) > query.limit else None
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
    return CallsPage(items=[_in_list(call, asked.now) for call in found], next=None, compared=compared)


async def get_one_call(asked: Asked[None, None]) -> CallBody:
    """One call, whole."""
    stored = await asked.db.read(get_call, asked.actor, parse_call_id(asked.path("id")))
    return CallBody(
        **_shared(stored, asked.now), legs=[_leg(leg) for leg in stored.call.legs], transfers=stored.call.transfers,
        holds=stored.call.holds, timeline=timeline(stored.call),
    )  # fmt: skip


async def put_attached_value(asked: Asked[None, AttachedValueBody]) -> AttachedBody:
    """Attach one value. What the key had before is kept in the call's history."""
    call_id, key = parse_call_id(asked.path("id")), check_key(asked.path("key"))
    check_value("value", asked.body.value)
    return AttachedBody(call_id, await asked.db.write(attach, asked.actor, call_id, [(key, asked.body.value)], asked.now))


async def remove_attached_value(asked: Asked[None, None]) -> None:
    """Take a key off the call. That it was there stays known."""
    call_id, key = parse_call_id(asked.path("id")), check_key(asked.path("key"))
    await asked.db.write(remove_attached, asked.actor, call_id, key, asked.now)


def _page(tx: Tx, actor: Actor, wanted: CallFilter, with_count: bool) -> tuple[list[StoredCall], Count | None]:
    found = list_calls(tx, actor, wanted)
    if not with_count:
        return found, None
    return found, count_calls(tx, actor, msgspec.structs.replace(wanted, cursor=None), COUNTED)


def _in_list(stored: StoredCall, now: datetime) -> CallInList:
    return CallInList(**_shared(stored, now))


def _shared(stored: StoredCall, now: datetime) -> dict[str, Any]:
    call = stored.call
    return {
        "id": stored.id, "pbx": stored.pbx, "linked_id": call.linked_id, "unique_ids": call.unique_ids, "direction": call.direction,
        "outcome": call.outcome, "caller": call.caller, "dialled": call.dialled, "answered_by": call.answered_by,
        "started_at": call.started_at, "answered_at": call.answered_at, "ended_at": call.ended_at, "wait_s": call.wait_s,
        "talk_s": call.talk_s, "hold_s": call.hold_s, "queues": [_queue(passage) for passage in call.queues],
        "agents": [_agent(talk) for talk in call.agents], "parked": call.parked,
        "recordings": [recording_body(recording, now) for recording in stored.recordings],
        "attached_data": stored.attached_data, "forwarded": call.forwarded, "consultation_of": stored.consultation_of,
        "certainty": call.certainty, "review": stored.review, "notes": stored.notes, "updated_at": stored.updated_at,
    }  # fmt: skip


def _queue(passage: QueuePassage) -> QueueBody:
    return QueueBody(
        number=passage.number, name=passage.name, entered_at=passage.entered_at, outcome=passage.outcome, wait_s=passage.wait_s,
        agent=passage.agent, rang=passage.rang,
    )  # fmt: skip


def _agent(talk: AgentTalk) -> AgentBody:
    return AgentBody(number=talk.number, name=talk.name, from_=talk.from_, to=talk.to)


def _leg(leg: Leg) -> LegBody:
    return LegBody(number=leg.number, name=leg.name, interface=leg.interface, role=leg.role, joined_at=leg.joined_at, left_at=leg.left_at)
