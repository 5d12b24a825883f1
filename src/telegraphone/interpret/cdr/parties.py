"""Who called whom, which way, who answered, when and how it ended, as far as call detail records tell.

Rules. A person answered when a row says ANSWERED and names a phone or a line on the other side: a queue, a menu or a mailbox names nobody,
and a Local half is nobody. `dst` is the last extension that the caller's channel reached, so what was dialled is known only where the row
has a `did`; a transfer by the other side puts its target there. The disposition of the last Dial tells how a call was lost; when something
else followed it, the PBX gave up, else the caller did.
"""

from collections.abc import Iterator
from datetime import datetime

from ...model import AnsweredBy, Direction, Leg, Outcome, Role, Transfer
from ..outcome import DIALS, MAILBOXES
from ..parties import NO_EXTEN, plain
from ..site import interface_of
from .known import CONFERENCES, NOTES, TALKING, Known, is_outside, number_of
from .rows import Answer, Record, first_answer, half, is_person

ALONE: dict[str, Outcome] = {"busy": "busy", "congestion": "failed", "hangup": "missed"}
"""How a call ended for which nobody was called, by its last application; else the caller hung up."""
DISPOSITIONS: dict[str, Outcome] = {"BUSY": "busy", "CONGESTION": "failed"}


def answer_of(known: Known) -> Answer | None:
    """Whoever answered first; in a conference, also whoever else is said to have been with the caller."""
    group = known.group
    answer = first_answer(row for row in group.rows if row.app in TALKING or row.is_called)
    company = [row for row in _company(known) if row.answer and is_person(row.channel)]
    if answer is None and company:
        answer = Answer(max(group.first.at, company[0].at), company[0].channel, company[0])
    if answer is not None:
        known.notes["answered_at"] = NOTES["early" if answer.is_early else "answered_at"]
    return answer


def _company(known: Known) -> list[Record]:
    """Records of other calls that name the caller as somebody in their conference."""
    name = known.group.channel
    others = (group for group in known.near if group is not known.group)
    return [row for group in others for row in group.rows if name and row.peer == name and row.app in CONFERENCES]


def answered_by(known: Known) -> AnsweredBy | None:
    """The first person who answered."""
    if known.answer is None:
        return None
    channel = known.answer.channel
    name = next((row.event.name for row in known.group.rows if row.channel == channel), "")
    member = next((passage.member for passage in known.passages if passage.answer and passage.answer.channel == channel), "")
    return AnsweredBy(number_of(channel, known), name, known.site.agent_of(member) if member else None)


def ended_at(known: Known) -> datetime | None:
    """The latest end, if the caller's channel left a record."""
    if not known.group.own:
        known.notes["ended_at"] = NOTES["ended_at"]
        return None
    return max(row.end for row in [*known.group.rows, *_company(known)])


def direction_of(known: Known) -> Direction:
    """Which way, by whoever called and whom he had called, queues apart, until somebody answered."""
    group, site, first = known.group, known.site, known.group.first.event
    if not group.own:
        known.notes["direction"] = NOTES["unseen"]
    elif not site.trunk_endpoints:
        known.notes["direction"] = NOTES["direction"]
    if is_outside(group.channel, first.context, first.number, site):
        return "incoming"
    until = known.answer.row.at if known.answer else None
    dials = [row for row in group.rows if row.app in DIALS and is_person(row.peer) and (until is None or row.at <= until)]
    queued = {half(row.peer) for row in group.own if row.app == "queue"}
    goes_out = any(is_outside(row.peer, "", row.event.exten, site) for row in dials if half(row.channel) not in queued)
    return "outgoing" if goes_out else "internal"


def dialled_of(known: Known, moved: tuple[Transfer, ...]) -> str:
    """What was dialled: the `did`, else the first extension that is left."""
    own = known.group.own
    if did := next((row.event.detail["did"] for row in own if "did" in row.event.detail), ""):
        return did
    if not own:
        known.notes["dialled"] = NOTES["unseen"]
        return ""
    exten = own[0].event.exten
    if moved and moved[0].kind == "blind" and moved[0].to == exten:
        known.notes["dialled"] = NOTES["overwritten"]
        return known.site.queues.get(known.passages[0].queue, "") if own[0].app == "queue" else moved[0].by
    known.notes["dialled"] = NOTES["dialled"]
    return "" if exten in NO_EXTEN else exten


def outcome_of(known: Known, direction: Direction) -> Outcome:
    """How a call that is over ended."""
    rows = known.group.own
    if known.answer is not None:
        return "answered"
    known.notes["outcome"] = NOTES["outcome"]
    if any(row.app in MAILBOXES for row in rows):
        return "voicemail"
    if known.passages:
        return "abandoned" if known.passages[-1].is_last else "missed"
    dials = [row for row in rows if row.app in DIALS]
    if dials:
        return _unanswered(dials[-1], direction, is_given_up=rows[-1].app not in DIALS)
    return ALONE.get(rows[-1].app, "abandoned") if rows else "missed"


def _unanswered(row: Record, direction: Direction, *, is_given_up: bool) -> Outcome:
    said = row.event.detail.get("disposition", "").upper()
    if said == "FAILED":
        return "failed" if row.peer else "unreachable"
    return DISPOSITIONS.get(said) or ("missed" if is_given_up or direction == "incoming" else "cancelled")


def legs(known: Known, moved: tuple[Transfer, ...]) -> Iterator[Leg]:
    """The caller, and every person whom a row names. Who left no row has no unique id: the channel's name stands there."""
    group, first = known.group, known.group.first
    if group.own:
        joined = known.answer.at if known.answer else None
        left = max(row.end for row in group.own)
        yield Leg(
            first.event.leg, interface_of(first.channel), "caller", plain(first.event.number), first.event.name, first.at, joined, left
        )
    names = dict.fromkeys(name for row in group.rows for name in (row.channel if row.is_called else "", row.peer))
    for name in names:
        if is_person(name) and name != group.channel:
            yield _leg(name, known, moved)


def _leg(name: str, known: Known, moved: tuple[Transfer, ...]) -> Leg:
    rows = [row for row in known.group.rows if name == row.peer or (row.is_called and row.channel == name)]
    own = next((row.event for row in known.group.rows if row.channel == name), None)
    answer = first_answer(rows)
    return Leg(
        own.leg if own else name, interface_of(name), _role(name, rows[0], known, moved), number_of(name, known), own.name if own else "",
        rows[0].at, answer.at if answer else None, max(row.end for row in rows),
    )  # fmt: skip


def _role(name: str, row: Record, known: Known, moved: tuple[Transfer, ...]) -> Role:
    if name in known.agents:
        return "agent"
    if row.app in CONFERENCES:
        return "conference"
    return "transfer_target" if any(transfer.at <= row.at for transfer in moved) else "callee"
