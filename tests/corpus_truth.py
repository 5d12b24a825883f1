"""What a call was, as the people at the phones know it (`truth.json` of a scenario), against the call that was made of its events."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from telegraphone.model import Call

TOLERANCE_S = 1.0
Difference = tuple[str, object, object]


def differences(truth: dict[str, Any], call: Call) -> list[Difference]:
    """Each field that is not as it was: its name, what was, what is told. Moments and durations may be a second off."""
    skipped = set(truth.get("not_compared", ()))
    compared = (*_parties(truth, call), *_times(truth, call), *_people(truth, call), *_queues(truth, call), *_things(truth, call))
    return [found for found in compared if found[0] not in skipped]


def _parties(truth: dict[str, Any], call: Call) -> Iterator[Difference]:
    yield from _equal("direction", truth["direction"], call.direction)
    yield from _equal("caller", truth["source_number"] or "", call.caller.number)
    yield from _equal("dialled", truth["dialed_number"], call.dialled.number)
    yield from _equal("answered", truth["answered"], call.outcome == "answered")
    yield from _equal("outcome", truth.get("outcome") or call.outcome, call.outcome)
    yield from _equal("unique_ids", set(), set(truth.get("uniqueids") or ()) - set(call.unique_ids))
    yield from _equal("consultation", bool(truth.get("consultation")), call.consultation_of is not None)


def _times(truth: dict[str, Any], call: Call) -> Iterator[Difference]:
    for field in ("started_at", "answered_at", "ended_at"):
        at = getattr(call, field)
        yield from _near(field, _epoch(truth.get(field)), at.timestamp() if at else None)
    if truth["answered"] and truth.get("ended_at"):
        yield from _near("talk_s", truth["talk_seconds"], call.talk_s)


def _people(truth: dict[str, Any], call: Call) -> Iterator[Difference]:
    who, by = truth.get("who_answered") or "", call.answered_by
    if truth["answered"] and who.startswith("Agent/"):
        yield from _equal("answered_by", _last(who), by.agent if by else None)
    elif truth["answered"] and who.isdigit() and len(who) <= 5:
        yield from _equal("answered_by", who, by.number if by else None)
    yield from _equal("agents", [agent["number"] for agent in truth["agents"]], [talk.number for talk in call.agents])
    yield from _equal("transfers", [(t["kind"], _last(t["to"])) for t in truth["transfers"]], [(t.kind, t.to) for t in call.transfers])


def _queues(truth: dict[str, Any], call: Call) -> Iterator[Difference]:
    was = [(q["number"], _lost(q["outcome"]), _last(q.get("agent"))) for q in truth["queues"]]
    told = [(q.number, _lost(q.outcome), _last(q.agent)) for q in call.queues]
    yield from _equal("queues", was, told)
    for passage, known in zip(call.queues, truth["queues"], strict=False):
        if was == told and known.get("wait_s") is not None:
            yield from _near("queue wait_s", known["wait_s"], passage.wait_s)


def _things(truth: dict[str, Any], call: Call) -> Iterator[Difference]:
    was = truth.get("hold_seconds") or [_epoch(hold["to"] or hold["from_"]) - _epoch(hold["from_"]) for hold in truth["holds"]]  # type: ignore[operator]
    told = [(hold.to - hold.from_).total_seconds() if hold.to else 0.0 for hold in call.holds]
    if len(was) != len(told) or any(abs(a - b) > TOLERANCE_S for a, b in zip(was, told, strict=True)):
        yield "holds", was, told
    spoken_of = [r["file_id"] for r in truth["recordings"] if not _is_found_by_name(r)]
    yield from _equal("recordings", sorted(spoken_of), sorted(recording.id for recording in call.recordings))
    last = {key: value[-1] if isinstance(value, list) else value for key, value in truth["attached_data"].items() if key != "recording"}
    yield from _equal("attached_data", last, {pair.key: pair.value for pair in call.attached if pair.key != "recording"})


def _is_found_by_name(recording: dict[str, Any]) -> bool:
    """A file that somebody started from outside the dial plan: no event tells of it, only its name."""
    return recording.get("announced") is False and "started_at" in recording


def _equal(field: str, was: object, told: object) -> Iterator[Difference]:
    if was != told:
        yield field, was, told


def _near(field: str, was: float | None, told: float | None) -> Iterator[Difference]:
    if (was is None) != (told is None) or (was is not None and told is not None and abs(was - told) > TOLERANCE_S):
        yield field, was, told


def _epoch(text: str | None) -> float | None:
    return datetime.fromisoformat(text).timestamp() if text else None


def _last(member: str | None) -> str | None:
    return member.rsplit("/", 1)[-1] if member else None


def _lost(outcome: str) -> str:
    return "abandoned" if outcome in ("unknown", "ongoing") else outcome
