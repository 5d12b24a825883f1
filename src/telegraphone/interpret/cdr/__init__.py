"""Calls of which only call detail records tell, and what records add to calls that others tell.

Rules. The rows of one linked id are one call; a row is none. Rows that only halves of Local channels or called phones wrote, without a
linked id, belong to the call that names these channels. The caller is the channel whose id is the linked id, else the first that is
neither. Channels and the queue's log are better witnesses. Where channels tell of a call, records add only a recording that nobody else
told. Where only the queue's log does, its queues and agents stand, and its time of the answer where the records' is too early. Everything
else that a record tells is the best that can be inferred, and is marked in `certainty`: the rules stand in each module.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec

from ...model import Call, Outcome, Party
from ..channels import Scene
from ..parties import plain
from ..recorded import recordings
from ..site import Site, interface_of
from .known import NOTES, Known
from .parties import answer_of, answered_by, dialled_of, direction_of, ended_at, legs, outcome_of
from .queues import passages, talks, told
from .rows import Group, Record, groups_of, overlap
from .transfers import parkings, transfers

SILENCE = timedelta(hours=4)
ONLY_RECORDS = ("queues", "agents", "outcome")
"""What is beyond doubt as soon as a queue's log tells of the call."""


def with_records(calls: list[Call], scene: Scene, rows: Sequence[Record], site: Site, now: datetime) -> list[Call]:
    """The calls that channels and queues tell, and what call detail records add to them: fields, or whole calls."""
    if not rows:
        return calls
    found, logged = _by_witness(calls, scene)
    groups = groups_of(rows)
    made = []
    for group in groups:
        same = [call for call in found if group.ids & {call.linked_id, *call.unique_ids}]
        if same:
            best = next((call for call in same if call.linked_id == group.linked_id), same[0])
            found[found.index(best)] = _with_recordings(best, group)
        else:
            near = [other for other in groups if overlap(other.rows, group.rows)]
            made.append((group, _call(Known(group, near, site), scene.pbx_starts, now)))
    for group, call in made:
        logs = [logged.pop(id_) for id_ in sorted(group.ids & logged.keys())]
        found.append(_with_logs(_consultation(group, call, made), logs))
    return sorted([*found, *logged.values()], key=lambda call: (call.started_at, call.linked_id))


def _by_witness(calls: list[Call], scene: Scene) -> tuple[list[Call], dict[str, Call]]:
    """The calls of which channels tell, and by their ids those of which only a queue's log does."""
    found: list[Call] = []
    logged: dict[str, Call] = {}
    for call in calls:
        if scene.channels.keys().isdisjoint(call.unique_ids):
            logged[call.linked_id] = call
        else:
            found.append(call)
    return found, logged


def _with_recordings(call: Call, group: Group) -> Call:
    known = {recording.id for recording in call.recordings}
    more = tuple(one for one in recordings(group.told()) if one.id not in known and one.source == "announced")
    return msgspec.structs.replace(call, recordings=call.recordings + more) if more else call


def _call(known: Known, starts: list[datetime], now: datetime) -> Call:
    group, site = known.group, known.site
    last = max(row.end for row in group.rows)
    is_closed = bool(group.own) or now - last >= SILENCE or any(start > last for start in starts)
    known.answer = answer_of(known)
    known.passages = list(passages(group))
    known.agents.update({p.answer.channel: site.member(p.member) for p in known.passages if p.answer})
    direction, moved = direction_of(known), tuple(transfers(known))
    return Call(
        linked_id=group.linked_id, unique_ids=group.unique_ids, direction=direction,
        outcome=outcome_of(known, direction) if is_closed else "ongoing",
        caller=Party(plain(group.first.event.number), group.first.event.name), dialled=Party(dialled_of(known, moved)),
        started_at=group.first.at, answered_by=answered_by(known), answered_at=known.answer.at if known.answer else None,
        ended_at=ended_at(known) if is_closed else None,
        queues=tuple(told(passage, site) for passage in known.passages), agents=tuple(talks(known)),
        legs=tuple(legs(known, moved)), transfers=moved, parked=tuple(parkings(known)),
        recordings=recordings(group.told()), certainty=known.notes, is_closed=is_closed,
    )  # fmt: skip


def _with_logs(call: Call, logs: list[Call]) -> Call:
    """The queue's log knows how queues were left, and when somebody answered in them."""
    if not logs:
        return call
    is_closed = call.is_closed or all(log.is_closed for log in logs)
    ends = [log.ended_at for log in logs if log.ended_at] if is_closed else []
    return _outcome(
        msgspec.structs.replace(
            call, is_closed=is_closed, ended_at=call.ended_at or max(ends, default=None),
            queues=tuple(sorted((passage for log in logs for passage in log.queues), key=lambda passage: passage.entered_at)),
            agents=tuple(sorted((talk for log in logs for talk in log.agents), key=lambda talk: talk.from_)),
            transfers=call.transfers or tuple(transfer for log in logs for transfer in log.transfers),
            certainty={field: note for field, note in call.certainty.items() if field not in ONLY_RECORDS},
        ),
        next((log for log in sorted(logs, key=lambda log: log.started_at) if log.answered_at), None),
    )  # fmt: skip


def _outcome(call: Call, answered: Call | None) -> Call:
    """Who answered, in a queue if the log says so, and so how the call ended."""
    if answered is not None and answered.answered_by is not None:
        by = call.answered_by or answered.answered_by
        call = msgspec.structs.replace(call, answered_by=msgspec.structs.replace(by, agent=by.agent or answered.answered_by.agent))
        if call.answered_at is None or call.certainty.get("answered_at") == NOTES["early"]:
            certainty = {field: note for field, note in call.certainty.items() if field != "answered_at"}
            call = msgspec.structs.replace(call, answered_at=answered.answered_at, certainty=certainty)
    outcome: Outcome = call.outcome
    if not call.is_closed:
        outcome = "ongoing"
    elif call.answered_at is not None:
        outcome = "answered"
    elif call.queues and outcome != "voicemail":
        outcome = "abandoned" if call.queues[-1].outcome == "abandoned" else "missed"
    return msgspec.structs.replace(call, outcome=outcome)


def _consultation(group: Group, call: Call, made: Iterable[tuple[Group, Call]]) -> Call:
    """Mark a call that a phone began within another of its calls."""
    if call.direction != "internal" or not group.own:
        return call
    interface, begun = interface_of(group.channel), call.started_at
    for other, main in sorted(made, key=lambda pair: (pair[1].started_at, pair[1].linked_id)):
        talking = (name for row in other.rows if row.answer and row.at <= begun < row.end for name in (row.channel, row.peer))
        if main.started_at < begun and any(name != group.channel and interface_of(name) == interface for name in talking):
            certainty = {**call.certainty, "consultation_of": NOTES["consultation_of"]}
            return msgspec.structs.replace(call, consultation_of=(main.linked_id, 0), certainty=certainty)
    return call
