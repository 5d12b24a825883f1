"""Who called, what was dialled, which way, who answered, when it ended.

Rules. The caller is the first phone or trunk, as it came in; the literal `anonymous` is nobody's number. What was dialled is the
extension at the first row, or, when the PBX itself began the call (click to call, exten `s`), the first one that the dial plan reached. A
call is incoming when its first channel came from outside, outgoing when it is a user's and a trunk was dialled before anybody answered
(not by a queue), else internal. A person answered when another person's channel enters a conversation of this call; a queue, a menu or a
mailbox that answers the caller's channel is no person; a conference is one as soon as another is in it. The call ends with the caller's
channel; when the caller transferred or parked the others, with the last of those. A consultation ends with its caller, whoever goes on
talking elsewhere.
"""

from datetime import datetime, timedelta

import msgspec

from ..model import Direction, Party
from .channels import CONFERENCE, HOLDING, OUTGOING_LEG, Channel
from .clusters import Draft, Drafts
from .site import Site

NO_NUMBER = frozenset({"anonymous", "unknown", "restricted", "unavailable", "asterisk", "<unknown>"})
NO_EXTEN = frozenset({"", "s", "h", "i", "t", "o", "a"})
ORIGINATED = "AppDial2"
SLACK = timedelta(milliseconds=500)


class Answer(msgspec.Struct):
    """The first person who answered; `by` is unknown when only a queue's log tells of it."""

    at: datetime
    by: Channel | None


def plain(number: str) -> str:
    """A number, or nothing where the PBX writes a word for a hidden one."""
    return "" if number.lower() in NO_NUMBER else number


def number_of(channel: Channel, site: Site) -> str:
    """The number of a phone, or of somebody outside."""
    return site.users.get(channel.interface) or plain(channel.number)


def dialled_number(draft: Draft) -> str:
    """What the caller dialled, as dialled."""
    channel = draft.caller
    if channel is None:
        return ""
    if (originated := originated_in(draft)) is not None:
        return next((run.exten for run in originated.apps if run.app != ORIGINATED and run.exten not in NO_EXTEN), "")
    first = channel.rows[0]
    if first.exten not in NO_EXTEN and first.kind == "leg_started":
        return first.exten
    dnid = next((row.dnid for row in channel.rows if row.dnid), "")
    if dnid:
        return dnid
    return next((row.exten for row in channel.rows if row.exten not in NO_EXTEN), "")


def originated_in(draft: Draft) -> Channel | None:
    """The channel that the PBX itself called to begin this call, on somebody's click."""
    return next((leg for leg in draft.legs if any(True for _ in leg.ran(ORIGINATED.lower()))), None)


def caller_of(draft: Draft) -> Party:
    caller = draft.caller
    if caller is None:
        number = next((e.detail.get("number", "") for e in draft.queue if e.kind == "queue_entered"), "")
        return Party(plain(number))
    return Party(plain(caller.number), caller.caller_name)


def is_outside(channel: Channel, site: Site) -> bool:
    return site.is_outside(channel.interface, channel.context, channel.number)


def direction_of(draft: Draft, answer: Answer | None, site: Site) -> tuple[Direction, str]:
    """Which way, and where no event tells it, from what that was inferred."""
    caller = draft.caller
    if caller is None:
        is_user = caller_of(draft).number in site.users.values()
        return "internal" if is_user else "incoming", "only the queue's log tells of this call: inferred from the caller's number"
    told = {event.detail.get("verb", "") for event in draft.told if event.kind == "user_event"}
    if "XIVO_INCALL" in told:
        return "incoming", ""
    if "XIVO_OUTCALL" in told:
        return "outgoing", ""
    note = "" if site.knows_trunks else "no trunk is configured: inferred from known phones and numbers"
    if is_outside(caller, site):
        return "incoming", note
    until = answer.at if answer else None
    dialled = (leg for leg in draft.legs if leg.is_person and leg is not caller and is_outside(leg, site))
    if any((until is None or leg.started_at <= until) and not _queued(caller, leg.started_at) for leg in dialled):
        return "outgoing", note
    return "internal", note


def _queued(caller: Channel, at: datetime) -> bool:
    return any(run.covers(at) for run in caller.ran("queue"))


def first_answer(draft: Draft, drafts: Drafts) -> Answer | None:
    """The first person to answer, as the channels tell it."""
    caller = draft.caller
    if caller is None:
        return None
    others = [one for one in draft.persons if one is not caller]
    found = [answer for one in others if (answer := _joined(one, draft, drafts)) is not None] + _company(caller, draft, drafts)
    found = found or [Answer(one.answered_at, one) for one in others if one.answered_at is not None and _was_called(one)]
    limit = caller.ended_at
    found = [answer for answer in found if limit is None or answer.at <= limit + SLACK]
    return min(found, key=lambda answer: answer.at, default=None)


def _was_called(channel: Channel) -> bool:
    return any(row.app_data == OUTGOING_LEG for row in channel.rows)


def _joined(channel: Channel, draft: Draft, drafts: Drafts) -> Answer | None:
    for stay in channel.stays:
        if stay.technology != HOLDING and drafts.is_in(channel, draft, stay.from_):
            return Answer(stay.from_, channel)
    return None


def _company(caller: Channel, draft: Draft, drafts: Drafts) -> list[Answer]:
    """Persons of other calls who are in a conference with the caller."""
    found = []
    for stay in caller.stays:
        if stay.technology != CONFERENCE:
            continue
        for other, its in drafts.scene.bridges.get(stay.bridge, ()):
            at = max(stay.from_, its.from_)
            if other is not caller and other.is_person and stay.covers(at) and its.covers(at):
                found.append(Answer(at, other))
    return found


def ended_at(draft: Draft, drafts: Drafts, went_away: bool) -> datetime | None:
    """The end of a call that is over; None when nobody tells it."""
    caller = draft.caller
    if caller is None:
        return next((e.at for e in reversed(draft.queue) if e.kind in ("queue_completed", "queue_abandoned")), None)
    end = caller.ended_at or _linked_end(draft, drafts)
    if end is None or not went_away:
        return end
    gone = (drafts.gone_from(channel, draft) for channel in draft.persons)
    return max((at for at in gone if at is not None), default=end)


def _linked_end(draft: Draft, drafts: Drafts) -> datetime | None:
    """The caller's own end was lost, but not that of its linked id."""
    return drafts.scene.linked_ends.get(draft.linked_id)
