"""Calls of which only call detail records tell, and what those add to calls that others tell.

Rules. The rows of one linked id are one call; a row is none. Rows that only halves of Local channels or called phones wrote belong to the
call that names these channels. The caller is the channel whose id is the linked id, else the first that is neither. A person answered
when a row says ANSWERED and names a phone or a line on the other side: a queue, a menu or a mailbox names nobody, and a Local half is
nobody. The row of a Local half tells when; where the PBX had taken the line before, the row tells too early a time, though phones that
stopped ringing at once show it. `dst` is the last extension that the caller's channel reached: a transfer by the other side puts its target
there. An answered row that another one of the same channel follows at once was transferred blindly, unless the call was parked; to somebody
whom the transferer called meanwhile, it was an attended transfer. A call that a phone begins within another of its calls is a consultation.
The channels and the queue's log are better witnesses: where they tell of a call, its records add what those do not tell.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from ..events import Event
from ..model import AgentTalk, AnsweredBy, Call, Direction, Leg, Outcome, Party, QueueOutcome, QueuePassage, Role, Transfer
from .channels import MACHINES
from .clusters import Tie
from .outcome import DIALS, MAILBOXES
from .parties import NO_EXTEN, plain
from .queues import LEFT
from .recorded import recordings
from .site import SHORT, Site, interface_of

SILENCE = timedelta(hours=4)
SECOND = timedelta(seconds=1)
"""Records have whole seconds."""
CONFERENCES = ("confbridge", "meetme")
PARKS = ("park", "parkandannounce", "parkedcall")
CALLED = ("appdial", "appdial2")
"""What stands for an application in the row of a phone that was called."""
TALKING = (*DIALS, *CONFERENCES, "queue")
LAST_DIGITS = "0123456789"


class CdrRow(msgspec.Struct, frozen=True):
    """One record, with its times."""

    event: Event
    app: str
    end: datetime
    answer: datetime | None

    @property
    def at(self) -> datetime:
        return self.event.at

    @property
    def channel(self) -> str:
        return self.event.channel

    @property
    def peer(self) -> str:
        return self.event.peer

    @property
    def is_called(self) -> bool:
        """Whether its channel is a phone that was called."""
        return self.app in CALLED

    @property
    def tells_when(self) -> bool:
        """Whether the line was not taken before anybody answered."""
        return self.answer is not None and self.answer > self.at


class Group(msgspec.Struct):
    """A call in the making. `own` are the rows of the caller's channel, oldest first."""

    linked_id: str
    rows: list[CdrRow]
    own: list[CdrRow] = []

    @property
    def first(self) -> CdrRow:
        return self.own[0] if self.own else self.rows[0]

    @property
    def channel(self) -> str:
        return self.own[0].channel if self.own else ""


class Answer(msgspec.Struct, frozen=True):
    """A person took a line: `row` says so, and whether `at` is the moment itself."""

    at: datetime
    is_early: bool
    channel: str
    row: CdrRow
