"""A call as this dialect tells it, in lists and whole; as JSON that is kept as long as its row stays the same."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import field

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
from ...sql.calls import StoredCall
from ...sql.reviews import Review
from ...web.sound import RecordingBody, recording_body


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


def in_list(stored: StoredCall, now: datetime) -> CallInList:
    return CallInList(**_shared(stored, now))


def whole(stored: StoredCall, now: datetime) -> CallBody:
    return CallBody(
        **_shared(stored, now), legs=[_leg(leg) for leg in stored.call.legs], transfers=stored.call.transfers,
        holds=stored.call.holds, timeline=timeline(stored.call),
    )  # fmt: skip


def listed_json(stored: StoredCall) -> msgspec.Raw | StoredCall:
    """JSON of `in_list`; the call itself, if time alone changes what is told of it."""
    return stored if _waits(stored) else msgspec.Raw(msgspec.json.encode(in_list(stored, stored.updated_at)))


def whole_json(stored: StoredCall) -> msgspec.Raw | StoredCall:
    """The same of `whole`."""
    return stored if _waits(stored) else msgspec.Raw(msgspec.json.encode(whole(stored, stored.updated_at)))


def _waits(stored: StoredCall) -> bool:
    """A recording that is expected is missing one day."""
    return any(recording.state == "expected" for recording in stored.recordings)


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
