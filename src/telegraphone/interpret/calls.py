"""One call from what its channels and its queues tell: each field in a function of its own, elsewhere; here they come together.

Rules. A call goes on until its channels ended or its linked id did. It cannot be going on after a start of its PBX or after four hours in
which nothing was heard of it: then it is closed, and what nobody told is null. What only a queue's log tells is over when the log says
so. An internal call that an attended transfer joins, or that a phone begins while it holds another call, is a consultation of that.
"""

from datetime import datetime, timedelta

import msgspec

from ..model import CUT_OFF, AnsweredBy, Call, Direction, Hold, Leg, Outcome, Party, Role
from .channels import Channel
from .clusters import HOLD_SLACK, PICKUP_APPS, Draft, Drafts
from .movements import HoldTrace
from .outcome import lost
from .parties import Answer, caller_of, dialled_number, direction_of, ended_at, first_answer, number_of
from .queues import Passage, agent_lines, passages, talks, told
from .recorded import attached, recordings
from .site import Site
from .transfers import Join, forwards, parkings, parks, transfers

SILENCE = timedelta(hours=4)
OVER_BY_LOG = frozenset({"queue_completed", "queue_abandoned"})


class Known(msgspec.Struct):
    """What the calls of a scene must know of each other."""

    drafts: Drafts
    site: Site
    now: datetime
    holds: list[HoldTrace]
    joins: list[Join]
    passages: dict[str, list[Passage]] = {}
    lines: dict[str, dict[str, str]] = {}
    all_lines: dict[str, str] = {}


def calls_of(drafts: Drafts, site: Site, now: datetime, holds: list[HoldTrace], joins: list[Join]) -> list[Call]:
    """All calls of a scene."""
    known = Known(drafts, site, now, holds, joins)
    for draft in drafts.all:
        found = known.passages[draft.linked_id] = passages(draft, drafts, site)
        lines = known.lines[draft.linked_id] = agent_lines(found, drafts, site)
        known.all_lines.update(lines)
    calls = [_call(draft, known) for draft in drafts.all]
    return [_consultation(draft, call, known) for draft, call in zip(drafts.all, calls, strict=True)]


def _call(draft: Draft, known: Known) -> Call:
    drafts, site = known.drafts, known.site
    found, lines = known.passages[draft.linked_id], known.lines[draft.linked_id]
    certainty: dict[str, str] = {}
    is_over = _is_over(draft, drafts)
    is_closed = is_over or _is_cut(draft, known, certainty)
    answer = _answer(draft, found, drafts)
    direction, note = direction_of(draft, answer, site)
    if note:
        certainty["direction"] = note
    if any(not passage.is_sure for passage in found):
        certainty["queues"] = "no queue log tells how the queue was left: inferred from channels"
    return Call(
        linked_id=draft.linked_id, unique_ids=_unique_ids(draft), direction=direction,
        outcome=_outcome(draft, answer, found, direction, is_closed=is_closed),
        caller=caller_of(draft), dialled=Party(dialled_number(draft)),
        started_at=draft.started_at,
        answered_by=_answered_by(answer, found, lines, site), answered_at=answer.at if answer else None,
        ended_at=ended_at(draft, drafts, _went_away(draft, known)) if is_closed else None,
        queues=tuple(told(passage, site, is_over=is_closed) for passage in found),
        agents=talks(draft, found, known.all_lines, drafts, site),
        legs=tuple(_leg(channel, draft, known, answer) for channel in draft.persons),
        transfers=transfers(draft, drafts, known.joins, {**known.all_lines, **lines}, site),
        holds=tuple(_holds(draft, known)), parked=parkings(draft, drafts, site), forwarded=forwards(draft),
        recordings=recordings(draft.told, drafts.scene.channels), attached=attached(draft.told), certainty=certainty, is_closed=is_closed,
    )  # fmt: skip


def _unique_ids(draft: Draft) -> tuple[str, ...]:
    born = sorted(draft.channels, key=lambda channel: channel.started_at)
    return tuple(channel.id for channel in born) or (draft.linked_id,)


def _is_over(draft: Draft, drafts: Drafts) -> bool:
    if not draft.channels:
        return any(event.kind in OVER_BY_LOG for event in draft.queue)
    here = [channel for channel in draft.channels if drafts.of(channel, channel.rows[-1].at) is draft]
    if all(channel.ended_at is not None for channel in here):
        return True
    end = drafts.scene.linked_ends.get(draft.linked_id)
    return end is not None and all(channel.ended_at or channel.rows[-1].at <= end for channel in here)


def _is_cut(draft: Draft, known: Known, certainty: dict[str, str]) -> bool:
    """Whether it cannot be going on any more, though nobody told its end."""
    last = max([channel.rows[-1].at for channel in draft.channels] + [event.at for event in draft.queue])
    if any(start > last for start in known.drafts.scene.pbx_starts):
        certainty["ended_at"] = CUT_OFF
    elif known.now - last >= SILENCE:
        certainty["ended_at"] = "nothing was heard of the call for hours: its end was not told"
    else:
        return False
    return True


def _answer(draft: Draft, found: list[Passage], drafts: Drafts) -> Answer | None:
    """The first person's answer; a queue's log can tell it where the channels do not."""
    answer = first_answer(draft, drafts)
    logged = next((p for p in found if p.outcome == "answered" and p.line is None and p.left_at), None)
    if answer is None and logged is not None and logged.left_at is not None:
        return Answer(logged.left_at, None)
    return answer


def _outcome(draft: Draft, answer: Answer | None, found: list[Passage], direction: Direction, *, is_closed: bool) -> Outcome:
    if not is_closed and (draft.channels or not found or found[-1].outcome is None):
        return "ongoing"
    if answer is not None:
        return "answered"
    return lost(draft, found, direction)


def _answered_by(answer: Answer | None, found: list[Passage], lines: dict[str, str], site: Site) -> AnsweredBy | None:
    if answer is None:
        return None
    if answer.by is None:
        member = next((passage.member for passage in found if passage.outcome == "answered"), "")
        agent = site.agent_of(member)
        return AnsweredBy(number="" if agent else member, agent=agent)
    line = lines.get(answer.by.id)
    agent = line if line is not None and any(site.agent_of(p.member) == line for p in found if p.line is answer.by) else None
    return AnsweredBy(number_of(answer.by, site), answer.by.caller_name, agent)


def _went_away(draft: Draft, known: Known) -> bool:
    """Whether the caller left the others to each other: transferred or parked them. A consultation's others go on elsewhere."""
    caller = draft.caller
    if caller is None:
        return False
    if any(join.main is draft and join.transferer is caller for join in known.joins):
        return True
    blind = any(move.kind == "transferred_blind" and move.leg == caller.id for move in draft.moves)
    parked = any(
        move.kind == "park_started" and move.leg != caller.id and move.detail.get("parker_dial_string", "") == caller.interface
        for move in draft.moves
    )
    return blind or parked


def _holds(draft: Draft, known: Known) -> list[Hold]:
    return [
        Hold(number_of(trace.holder, known.site), trace.from_, trace.to)
        for trace in known.holds if known.drafts.of(trace.held, trace.from_) is draft
    ]  # fmt: skip


def _leg(channel: Channel, draft: Draft, known: Known, answer: Answer | None) -> Leg:
    here = [stay for stay in channel.stays if known.drafts.is_in(channel, draft, stay.from_)]
    return Leg(
        channel.id, channel.interface, _role(channel, draft, known),
        number_of(channel, known.site), channel.caller_name, channel.started_at,
        here[0].from_ if here else (answer.at if answer and channel is draft.caller else None),
        known.drafts.gone_from(channel, draft),
    )  # fmt: skip


def _role(channel: Channel, draft: Draft, known: Known) -> Role:
    if channel is draft.caller:
        return "caller"
    if channel.id in known.all_lines:
        return "agent"
    if any(True for _ in channel.ran(*PICKUP_APPS)) or (channel.home != draft.linked_id and channel in draft.legs):
        return "pickup"
    if any(True for _ in channel.ran("confbridge", "meetme")):
        return "conference"
    blind = (move for move in draft.moves if move.kind == "transferred_blind" and not parks(move, known.drafts))
    if channel in draft.guests or any(move.at <= channel.started_at for move in blind):
        return "transfer_target"
    return "callee"


def _consultation(draft: Draft, call: Call, known: Known) -> Call:
    """Mark a call that was made to prepare a transfer of another."""
    main = _consulted_for(draft, call, known)
    if main is None:
        return call
    joined = any(join.other is draft for join in known.joins)
    certainty = call.certainty if joined else {**call.certainty, "consultation_of": "begun by a phone while it held the other call"}
    return msgspec.structs.replace(call, consultation_of=(main.linked_id, 0), certainty=certainty)


def _consulted_for(draft: Draft, call: Call, known: Known) -> Draft | None:
    if call.direction != "internal" or draft.caller is None:
        return None
    joined = next((join.main for join in known.joins if join.other is draft), None)
    if joined is not None:
        return joined
    begun, interface = draft.started_at, draft.caller.interface
    for trace in known.holds:
        if trace.holder.interface == interface and trace.from_ - HOLD_SLACK <= begun and (trace.to is None or begun <= trace.to):
            other = known.drafts.of(trace.held, trace.from_)
            if other is not None and other is not draft and other.started_at < begun:
                return other
    return None
