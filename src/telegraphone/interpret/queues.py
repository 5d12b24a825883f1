"""Passages through queues, and the agents whom queues connected.

Rules. The queue's log is the better witness: it says how each passage ended and names the member. The channels say when, to the
microsecond, and tell most of it alone: a channel that runs Queue() is in that queue; if it enters a bridge meanwhile it was answered by
whoever is there; if it hangs up it abandoned; if Queue() ended at once, without music or ringing, it was refused; if it ended after the
time that Queue() was given, that was the timeout, and before it the queue had become empty (or a key was pressed: the caller left by
himself, which is told as abandoned). Both are matched in order and by name. QueueLog lines of the dial plan (CLOSED, FULL, JOINEMPTY,
DIVERT_…) stand for a refused passage of 0 s, LEAVEEMPTY for the exit before it. An agent talked if he was on the line when the queue
connected; if another phone picked the call up, the queue still credits the member, but he is no agent who talked.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from ..events import Event
from ..model import AgentTalk, QueueOutcome, QueuePassage
from .channels import AppRun, Channel, Scene
from .clusters import Draft, Drafts
from .site import Site

AT_ONCE = timedelta(milliseconds=300)
"""A refusal by Queue() takes a millisecond."""
NEAR = timedelta(seconds=3)
REASONS: dict[str, QueueOutcome] = {
    "closed": "closed", "full": "full", "joinempty": "joinempty",
    "divert_ca_ratio": "divert_ca_ratio", "divert_waittime": "divert_waittime",
}  # fmt: skip
LEFT: dict[str, QueueOutcome] = {
    "queue_abandoned": "abandoned", "queue_timed_out": "timeout", "queue_emptied": "leaveempty", "queue_key_pressed": "abandoned",
}  # fmt: skip


class Passage(msgspec.Struct):
    """One passage as far as it is known; `line` is the channel that an answer came from."""

    queue: str
    at: datetime
    channel: Channel | None = None
    outcome: QueueOutcome | None = None
    left_at: datetime | None = None
    wait_s: float | None = None
    member: str = ""
    rang: list[str] = []
    line: Channel | None = None
    talked_until: datetime | None = None
    is_sure: bool = True


def passages(draft: Draft, drafts: Drafts, site: Site) -> list[Passage]:
    """All passages of a call in order, from both witnesses."""
    seen = [passage for channel in draft.channels for passage in _seen(channel, draft, drafts, site)]
    seen.sort(key=lambda passage: passage.at)
    logged = list(_logged(draft.queue))
    for passage in logged:
        other = _same(passage, seen)
        if other is not None:
            seen.remove(other)
            _complete(passage, other)
    return sorted([*logged, *seen], key=lambda passage: passage.at)


def _same(logged: Passage, seen: list[Passage]) -> Passage | None:
    """The passage of the channels that a logged one is: the same queue, at that time, or else the first of that queue."""
    same = [passage for passage in seen if passage.queue == logged.queue]
    near = [passage for passage in same if abs(passage.at - logged.at) <= NEAR]
    return next(iter(near or same), None)


def _complete(logged: Passage, seen: Passage) -> None:
    """The log says what happened, the channels when."""
    logged.at, logged.channel, logged.line = seen.at, seen.channel, seen.line
    if len(seen.rang) > len(logged.rang):  # the log names no one who rang beside the one who answered; the channels know only phones
        answered = seen.line.interface if seen.line else ""
        logged.rang += [member for member in seen.rang if member not in logged.rang and member not in (answered, seen.member)]
    if logged.outcome is None:
        logged.outcome, logged.wait_s, logged.is_sure = seen.outcome, seen.wait_s, seen.is_sure
        logged.member = logged.member or (seen.member if seen.outcome == "answered" else "")
    elif logged.outcome == seen.outcome or logged.outcome in ("abandoned", "timeout", "leaveempty"):
        logged.wait_s = seen.wait_s if seen.wait_s is not None else logged.wait_s
    logged.left_at = seen.left_at or logged.left_at


def _logged(events: Iterable[Event]) -> Iterator[Passage]:
    """What the queue's log tells of one call."""
    current: Passage | None = None
    for event in events:
        begun = _begun(current, event)
        if begun is not None:
            if current is not None:
                yield current
            current = begun
        if current is not None:
            _log(current, event)
    if current is not None:
        yield current


def _begun(current: Passage | None, event: Event) -> Passage | None:
    """The passage that begins with this line, if one does."""
    if event.kind == "queue_entered":
        return Passage(event.queue, event.at)
    if event.kind == "queue_refused" or _is_second_voice(event):
        if current is not None and _restates(current, event):
            return None
        outcome = REASONS.get(event.detail.get("reason", ""), "leaveempty")
        return Passage(event.queue, event.at, outcome=outcome, left_at=event.at, wait_s=0.0 if event.kind == "queue_refused" else None)
    is_new = event.kind != "queue_told" and (current is None or current.queue != event.queue)
    return Passage(event.queue, event.at) if is_new else None  # its beginning was lost


def _is_second_voice(event: Event) -> bool:
    """LEAVEEMPTY is what the dial plan adds to the queue's own EXITEMPTY."""
    return event.kind == "queue_told" and event.detail.get("verb") == "LEAVEEMPTY"


def _restates(current: Passage, event: Event) -> bool:
    """Whether a line of the dial plan tells how the current passage ended, once more or for the first time."""
    if current.queue != event.queue or current.outcome == "answered":
        return False
    if event.kind == "queue_refused":
        return current.outcome == REASONS.get(event.detail.get("reason", ""))
    if current.outcome is None:
        current.outcome, current.left_at = "leaveempty", event.at
    return current.outcome == "leaveempty"


def _log(passage: Passage, event: Event) -> None:
    kind, detail = event.kind, event.detail
    if kind == "queue_connected":
        passage.outcome, passage.member, passage.left_at = "answered", event.member, event.at
        passage.wait_s = _seconds(detail.get("hold_s"))
        _rang(passage, event.member)
    elif kind == "queue_not_answered":
        _rang(passage, event.member)
    elif kind in ("queue_completed", "queue_transferred"):
        if passage.outcome is None:  # its CONNECT was lost
            passage.outcome, passage.member, passage.wait_s = "answered", event.member, _seconds(detail.get("hold_s"))
        passage.talked_until = event.at
    elif kind in LEFT:
        passage.outcome, passage.left_at = LEFT[kind], event.at
        waited = _seconds(detail.get("wait_s"))
        passage.wait_s = waited if waited is not None else (event.at - passage.at).total_seconds()


def _rang(passage: Passage, member: str) -> None:
    if member and member != "NONE" and member not in passage.rang:
        passage.rang.append(member)


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isdecimal() else None


def _seen(channel: Channel, draft: Draft, drafts: Drafts, site: Site) -> Iterator[Passage]:
    """What a channel's own rows tell of the queues that it was in."""
    for run in channel.ran("queue"):
        if not drafts.is_in(channel, draft, run.from_):
            continue
        passage = Passage(run.data.partition(",")[0], run.from_, channel)
        stay = next((s for s in channel.stays if run.covers(s.from_) or s.from_ == run.to), None)
        passage.rang = _ringing(draft, channel, run, stay.from_ if stay else run.to, site)
        if stay is not None:
            passage.outcome, passage.left_at = "answered", stay.from_
            passage.line = next(iter(drafts.scene.together(channel, stay.from_)), None) or _soon(drafts.scene, channel, stay.from_)
            passage.member = _member(drafts.scene, channel, stay.from_, passage.line)
            passage.wait_s = (stay.from_ - run.from_).total_seconds()
        elif run.to is not None:
            passage.outcome, passage.is_sure = _left(channel, run, bool(passage.rang))
            passage.left_at = run.to
            passage.wait_s = 0.0 if passage.outcome == "joinempty" else (run.to - run.from_).total_seconds()
        yield passage


def _soon(scene: Scene, channel: Channel, at: datetime) -> Channel | None:
    """The caller's row may come a moment before the member's."""
    return next(iter(scene.together(channel, at + AT_ONCE / 6)), None)


def _member(scene: Scene, channel: Channel, at: datetime, line: Channel | None) -> str:
    """The member as a queue would write its interface: the Local channel or the phone that the caller was bridged with."""
    stay = channel.stay_at(at)
    company = scene.bridges.get(stay.bridge, ()) if stay else ()
    one = next((one for one, its in company if one is not channel and abs(its.from_ - at) <= AT_ONCE), line)
    return one.interface if one is not None else ""


def _ringing(draft: Draft, channel: Channel, run: AppRun, until: datetime | None, site: Site) -> list[str]:
    """Members whom the queue offered the call: channels that were born for it; a phone behind a Local channel is not one more."""
    home = channel.linked_at(run.from_)  # whoever picks up was born with another
    born = [
        one for one in draft.legs
        if one is not channel and run.from_ <= one.started_at and (until is None or one.started_at <= until) and one.home == home
    ]  # fmt: skip
    locals_ = [one for one in born if one.name.endswith(";1")]
    direct = [one for one in born if one.is_person and not any(half.started_at <= one.started_at for half in locals_)]
    offered = sorted([*locals_, *direct], key=lambda one: one.started_at)
    return list(dict.fromkeys(agent or one.interface for one in offered for agent in [site.agent_of(one.interface)]))


def _left(channel: Channel, run: AppRun, rang: bool) -> tuple[QueueOutcome, bool]:
    """How an unanswered passage ended, and whether that is beyond doubt."""
    assert run.to is not None
    waited = run.to - run.from_
    music = any(run.covers(span.from_) for span in channel.music)
    limit = (run.data.split(",") + [""] * 5)[4]
    # the PBX counts whole seconds, so its timeout may come almost one early
    was_limit = limit.isdecimal() and 0 < int(limit) < waited.total_seconds() + 1.1
    if channel.ended_at is not None and channel.ended_at - run.to <= timedelta(milliseconds=5) and _by_itself(channel, was_limit):
        return "abandoned", True
    if waited <= AT_ONCE and not rang and not music:
        return "joinempty", False
    if any(row.kind == "dtmf" and timedelta() <= run.to - row.at <= timedelta(seconds=1) for row in channel.rows):
        return "abandoned", False
    if was_limit or not limit.isdecimal() or int(limit) == 0:
        return "timeout", was_limit
    return "leaveempty", False


def _by_itself(channel: Channel, was_limit: bool) -> bool:
    """Whether the caller hung up. The dial plan says so when it does; when nobody does, the dial plan may have come to its end."""
    return not channel.hung_up_by.startswith("dialplan/") if channel.hung_up_by else not was_limit


def told(passage: Passage, site: Site, *, is_over: bool) -> QueuePassage:
    """A passage as the record shows it."""
    outcome: QueueOutcome = passage.outcome or ("unknown" if is_over else "ongoing")
    rang = tuple(dict.fromkeys(site.member(member) for member in passage.rang))
    return QueuePassage(
        name=passage.queue, entered_at=passage.at, outcome=outcome,
        wait_s=None if passage.wait_s is None or passage.outcome is None else round(passage.wait_s, 3),
        agent=site.member(passage.member) if outcome == "answered" and passage.member else None,
        rang=rang, number=site.queues.get(passage.queue, ""),
    )  # fmt: skip


def agent_lines(found: list[Passage], drafts: Drafts, site: Site) -> dict[str, str]:
    """Channel id → agent, for those whom a queue connected and who talked."""
    takers = {event.detail.get("pickup_channel_uniqueid", "") for event in drafts.scene.moves if event.kind == "picked_up"}
    lines = {}
    for passage in found:
        line = passage.line
        if passage.outcome == "answered" and line is not None and passage.member and not _picked(line, takers):
            lines[line.id] = site.member(passage.member)
    return lines


def _picked(line: Channel, takers: set[str]) -> bool:
    return line.id in takers or any(True for _ in line.ran("pickup", "pickupchan"))


def talks(draft: Draft, found: list[Passage], all_lines: dict[str, str], drafts: Drafts, site: Site) -> tuple[AgentTalk, ...]:
    """The agents of a call in order; one who came by an attended transfer was connected by the queue of the consultation."""
    told_: list[AgentTalk] = []
    here: set[str] = set()
    for passage in found:
        line = passage.line
        if passage.outcome != "answered" or not passage.member or (line is not None and line.id not in all_lines):
            continue
        here.add(line.id if line is not None else "")
        until = drafts.gone_from(line, draft) if line is not None else None
        number = site.member(passage.member)
        told_.append(AgentTalk(number=number, from_=passage.left_at or passage.at, to=until or passage.talked_until))
    for guest in draft.guests:
        if guest.id in all_lines and guest.id not in here:
            since = next((at for at, linked_id in guest.linked if drafts.by_linked.get(linked_id) is draft), guest.started_at)
            told_.append(AgentTalk(number=all_lines[guest.id], from_=since, to=guest.ended_at))
    return tuple(sorted(told_, key=lambda talk: talk.from_))
