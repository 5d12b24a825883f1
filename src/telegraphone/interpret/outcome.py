"""How a call ended, when no person answered it.

Rules. A mailbox that answers makes it `voicemail`. After a queue: `abandoned` when the caller hung up in the last one, else the queue
lost it: `missed`. After a Dial the hangup causes of the phones that it called decide where they agree (21 is declined, 17 busy), then its
status, then causes again: 34 and the like are failures of the line. An outside caller who gives up while it rings was missed, an inside
one cancelled. The phone of somebody who clicked to call may itself be busy, decline, or be missed. Without either, in a menu or an
announcement: `abandoned` when the caller hung up, else what the cause of the dial plan's hangup says.
"""

from ..model import Direction, Outcome
from .channels import Channel
from .clusters import Draft
from .parties import originated_in
from .queues import Passage

BUSY, DECLINED, FORWARDED = "17", "21", "23"
FAILED = frozenset({"34", "38", "41", "42", "44", "47", "58", "63", "102", "111"})
UNREACHABLE = frozenset({"1", "2", "3", "18", "20", "22", "27", "28"})
DIALS = ("dial", "dialgroup", "followme", "page")
MAILBOXES = ("voicemail", "vm", "minivmrecord")


def lost(draft: Draft, passages: list[Passage], direction: Direction) -> Outcome:
    """The outcome of a call that is over and that nobody answered."""
    if any(True for channel in draft.channels for _ in channel.ran(*MAILBOXES)):
        return "voicemail"
    if passages:
        return "abandoned" if passages[-1].outcome == "abandoned" else "missed"
    caller = draft.caller
    if caller is None:
        return "missed"
    phones = [leg for leg in draft.legs if leg.is_person and leg is not caller]
    if phones or any(True for _ in caller.ran(*DIALS)):
        return _dialled(caller, phones, direction)
    if originated_in(draft) is not None:
        return "busy" if caller.cause == BUSY else "rejected" if caller.cause == DECLINED else "missed"
    return _alone(caller)


def _dialled(caller: Channel, phones: list[Channel], direction: Direction) -> Outcome:
    status = caller.dial_status
    causes = {phone.cause for phone in _last_called(caller, phones) if phone.cause != FORWARDED}
    if causes == {DECLINED}:
        return "rejected"
    if status == "BUSY" or causes == {BUSY} or any(True for _ in caller.ran("busy")):
        return "busy"
    if status == "NOANSWER":
        return "missed"
    if status == "CANCEL":
        return "missed" if direction == "incoming" else "cancelled"
    if DECLINED in causes:
        return "rejected"
    if BUSY in causes:
        return "busy"
    if status == "CONGESTION" or causes & FAILED:
        return "failed"
    if status in ("CHANUNAVAIL", "INVALIDARGS") or not phones or causes & UNREACHABLE:
        return "unreachable"
    return "missed" if direction == "incoming" or caller.hung_up_by.startswith("dialplan/") else "cancelled"


def _last_called(caller: Channel, phones: list[Channel]) -> list[Channel]:
    """The phones that the last Dial called."""
    since = max((run.from_ for run in caller.ran(*DIALS)), default=caller.started_at)
    return [phone for phone in phones if phone.started_at >= since] or phones


def _alone(caller: Channel) -> Outcome:
    """Nobody was called: a menu, an announcement, a refusal."""
    cause = caller.cause
    if any(True for _ in caller.ran("busy")):
        return "busy"
    if any(True for _ in caller.ran("congestion")):
        return "failed"
    if not caller.hung_up_by.startswith("dialplan/"):
        return "abandoned"
    if cause in UNREACHABLE:
        return "unreachable"
    if cause == BUSY:
        return "busy"
    if cause == DECLINED:
        return "rejected"
    return "failed" if cause in FAILED else "missed"
