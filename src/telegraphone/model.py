"""The nouns: plain frozen values, no SQL, no HTTP, no I/O. Moments are aware and UTC."""

from datetime import datetime
from typing import Literal, NewType

import msgspec

CallId = NewType("CallId", int)
"""Milliseconds of the call's start × 1024 + a tie-break: newest first is the primary key, and it stays below 2^53."""
FileId = NewType("FileId", str)
MediaKey = NewType("MediaKey", str)

Direction = Literal["incoming", "outgoing", "internal"]
Outcome = Literal["answered", "missed", "abandoned", "busy", "rejected", "unreachable", "failed", "voicemail", "cancelled", "ongoing"]
QueueOutcome = Literal[
    "answered",
    "abandoned",
    "timeout",
    "joinempty",
    "leaveempty",
    "full",
    "closed",
    "divert_ca_ratio",
    "divert_waittime",
    "unknown",
    "ongoing",
]
Role = Literal["caller", "callee", "agent", "transfer_target", "pickup", "conference", "voicemail"]
RecordingState = Literal["available", "expected", "missing", "empty", "expired", "erased"]


class Party(msgspec.Struct, frozen=True, gc=False):
    """A telephone number as the PBX told it, and the name that came with it."""

    number: str = ""
    name: str = ""


class AnsweredBy(msgspec.Struct, frozen=True, gc=False):
    """The first person who answered; `agent` is the agent's number when it was one."""

    number: str = ""
    name: str = ""
    agent: str | None = None


class QueuePassage(msgspec.Struct, frozen=True, gc=False):
    """One passage through a queue. `name` is the PBX's name of the queue; `number` is filled from the directory when read."""

    name: str
    entered_at: datetime
    outcome: QueueOutcome
    wait_s: float | None = None
    agent: str | None = None
    rang: tuple[str, ...] = ()
    number: str = ""


class AgentTalk(msgspec.Struct, frozen=True, gc=False):
    """An agent whom a queue connected. `number` is the agent's, or the member as written when it is no agent."""

    number: str
    from_: datetime = msgspec.field(name="from")
    to: datetime | None = None
    name: str = ""


class Leg(msgspec.Struct, frozen=True, gc=False):
    """One party's connection. `interface` is the phone (`PJSIP/1001`), without the running number of its channel."""

    unique_id: str
    interface: str
    role: Role
    number: str = ""
    name: str = ""
    started_at: datetime | None = None
    joined_at: datetime | None = None
    left_at: datetime | None = None


class Transfer(msgspec.Struct, frozen=True, gc=False):
    kind: Literal["blind", "attended"]
    by: str
    to: str
    at: datetime
    agent: str | None = None


class Hold(msgspec.Struct, frozen=True, gc=False):
    by: str
    from_: datetime = msgspec.field(name="from")
    to: datetime | None = None


class Parking(msgspec.Struct, frozen=True, gc=False):
    by: str
    slot: str
    at: datetime
    retrieved_by: str | None = None
    retrieved_at: datetime | None = None


class Forward(msgspec.Struct, frozen=True, gc=False):
    by: str
    to: str


class Muted(msgspec.Struct, frozen=True, gc=False):
    """A span of a recording that holds silence on purpose, in seconds from its beginning."""

    from_s: float
    to_s: float | None = None


class Announced(msgspec.Struct, frozen=True, gc=False):
    """A recording that the call's events speak of. `source` tells how: announced by attached data, or started on the PBX."""

    id: FileId
    started_at: datetime
    source: Literal["announced", "started"]
    muted: tuple[Muted, ...] = ()


class Attached(msgspec.Struct, frozen=True, gc=False):
    """One pair put on a call. Repeated keys are all kept in order; the last is shown."""

    key: str
    value: str
    at: datetime


CUT_OFF = "the PBX was started again: the call's end was not told"
"""What `certainty` says of the end of a call during which the PBX broke down."""


class Call(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One conversation, from the first ring to the last hangup, however many legs: what `interpret` derives from events.

    Its identity is (pbx, linked_id, run): unique ids may repeat after a restart of the PBX (calls.md, rule 5).
    `consultation_of` is the identity's (linked_id, run) of the main call in the same cluster. `is_closed`: no more events are due.
    """

    linked_id: str
    run: int = 0
    unique_ids: tuple[str, ...]
    direction: Direction
    outcome: Outcome
    caller: Party
    dialled: Party
    started_at: datetime
    answered_by: AnsweredBy | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    queues: tuple[QueuePassage, ...] = ()
    agents: tuple[AgentTalk, ...] = ()
    legs: tuple[Leg, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    holds: tuple[Hold, ...] = ()
    parked: tuple[Parking, ...] = ()
    forwarded: tuple[Forward, ...] = ()
    recordings: tuple[Announced, ...] = ()
    attached: tuple[Attached, ...] = ()
    consultation_of: tuple[str, int] | None = None
    certainty: dict[str, str] = {}
    is_closed: bool = False

    @property
    def wait_s(self) -> float | None:
        """Seconds from the start to the first person's answer, or to the end when nobody answered."""
        until = self.answered_at or self.ended_at
        return None if until is None else round((until - self.started_at).total_seconds(), 3)

    @property
    def talk_s(self) -> float | None:
        """Seconds from the first person's answer to the end; null when not answered or not ended."""
        if self.answered_at is None or self.ended_at is None:
            return None
        return round((self.ended_at - self.answered_at).total_seconds(), 3)

    @property
    def hold_s(self) -> float:
        """How much of the talk was hold; a hold that goes on counts to the end."""
        spans = ((h.to or self.ended_at or h.from_) - h.from_ for h in self.holds)
        return round(sum(span.total_seconds() for span in spans), 3)

    @property
    def is_cut_off(self) -> bool:
        """The PBX broke down during the call, and its recording with it."""
        return self.certainty.get("ended_at") == CUT_OFF

    @property
    def queue_status(self) -> str:
        """The XiVO dialect's word: `answered`, how the last queue lost the call, `missed`, or `ongoing` (api.md, search)."""
        if self.outcome in ("ongoing", "answered"):
            return self.outcome
        last = self.queues[-1].outcome if self.queues else "missed"
        return "missed" if last in ("answered", "unknown", "ongoing") else last


class Agent(msgspec.Struct, frozen=True, gc=False):
    """An agent as the directory knows him."""

    number: str
    name: str = ""
    firstname: str = ""
    lastname: str = ""
    interface: str = ""
    display_name: str = ""


class Queue(Agent, frozen=True):
    """A queue: `name` is the PBX's, `display_name` what people read."""


class User(Agent, frozen=True):
    """Someone with a telephone: `interface` is how the PBX calls the line (`PJSIP/q7r5te`)."""
