"""A record that explains itself: the timeline of a call, and line by line which event of its PBX led to what.

The text of `explain` is made to be sent: `--mask` puts other digits and names in the place of the real ones, alike everywhere in the text,
and `events_of` reads it back, so that a test can be pasted from it.
"""

import json
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from .events import Event
from .model import Call

_WORDS = (
    "leg", "linked_id", "channel", "number", "name", "ani", "rdnis", "dnid", "exten", "context", "app",
    "app_data", "peer", "queue", "member",
)  # fmt: skip
_PLAIN = re.compile(r"[^\s\"\\=→]+")
_PAIR = re.compile(r'([a-z0-9_]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)')
_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\S+) ([a-z_]+)((?: .*)?)")
_NUMBER = re.compile(r"(?<![\d.\w-])\+?\d{4,15}(?![\d\w]|\.\d)")
_NAMES = ("name",)


class Happening(msgspec.Struct, frozen=True):
    """Something that happened in a call: `kind` is a word of the call's own fields, `who` a number, an agent or a queue."""

    at: datetime
    kind: str
    who: str = ""
    detail: str = ""


def timeline(call: Call) -> tuple[Happening, ...]:
    """What happened, in order; the end is last, though the last channels go some milliseconds after the caller's hangup."""
    return tuple(sorted(_moments(call), key=lambda it: (it.kind == "ended", it.at, _ORDER.index(it.kind))))


_ORDER = (
    "started", "queue_entered", "rang", "forwarded", "answered", "joined", "queue_left", "recording", "attached", "held", "unheld",
    "parked",
    "retrieved", "transferred", "left", "ended",
)  # fmt: skip


def _moments(call: Call) -> Iterator[Happening]:
    yield Happening(call.started_at, "started", call.caller.number, f"dialled {call.dialled.number}" if call.dialled.number else "")
    yield from _of_queues(call)
    yield from _of_legs(call)
    if call.answered_at and call.answered_by:
        yield Happening(call.answered_at, "answered", call.answered_by.number or call.answered_by.agent or "", call.answered_by.name)
    for hold in call.holds:
        yield Happening(hold.from_, "held", hold.by)
        if hold.to:
            yield Happening(hold.to, "unheld", hold.by)
    for parking in call.parked:
        yield Happening(parking.at, "parked", parking.by, f"slot {parking.slot}")
        if parking.retrieved_at:
            yield Happening(parking.retrieved_at, "retrieved", parking.retrieved_by or "")
    yield from (Happening(t.at, "transferred", t.by, f"{t.kind} to {t.to}") for t in call.transfers)
    yield from (Happening(r.started_at, "recording", r.id, r.source) for r in call.recordings)
    yield from (Happening(a.at, "attached", a.key, a.value[:200]) for a in call.attached)
    if call.ended_at:
        yield Happening(call.ended_at, "ended", "", call.outcome)


def _of_queues(call: Call) -> Iterator[Happening]:
    for passage in call.queues:
        yield Happening(passage.entered_at, "queue_entered", passage.name)
        if passage.wait_s is not None:
            left = passage.entered_at + timedelta(seconds=passage.wait_s)
            yield Happening(left, "queue_left", passage.name, passage.outcome)


def _of_legs(call: Call) -> Iterator[Happening]:
    for leg in call.legs:
        who = leg.number or leg.interface
        if leg.started_at and leg.role != "caller":
            yield Happening(leg.started_at, "rang", who, leg.role)
        if leg.joined_at:
            yield Happening(leg.joined_at, "joined", who, leg.role)
        if leg.left_at:
            yield Happening(leg.left_at, "left", who, leg.role)


def explain(call: Call, events: Iterable[Event]) -> str:
    """Each event on a line, in order, and under it what of the call has its moment there."""
    moments = list(timeline(call))
    lines = [f"call {call.linked_id} {call.direction} {call.outcome}"]
    for event in events:
        lines.append(_told(event))
        while moments and moments[0].at <= event.at:
            lines.append(f"    → {_meant(moments.pop(0))}")
    lines += [f"    → {_meant(moment)}" for moment in moments]
    lines += [f"    ? {field}: {why}" for field, why in call.certainty.items()]
    return "\n".join(lines) + "\n"


def _told(event: Event) -> str:
    said = [(word, getattr(event, word)) for word in _WORDS if getattr(event, word)]
    said += [(f"detail_{key}", value) for key, value in event.detail.items()]
    said += [("source", event.source), ("position", str(event.position))]
    if event.repetition:
        said.append(("repetition", str(event.repetition)))
    pairs = " ".join(f"{key}={_quoted(value)}" for key, value in said)
    return f"{event.at.isoformat(timespec='microseconds').replace('+00:00', 'Z')} {event.kind} {pairs}"


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def _meant(moment: Happening) -> str:
    return " ".join(part for part in (moment.kind, moment.who, moment.detail and f"({moment.detail})") if part)


def events_of(text: str) -> list[Event]:
    """The events of an explained call, for a test that is pasted from it."""
    return [_event(*found.groups()) for line in text.splitlines() if (found := _LINE.fullmatch(line.strip()))]


def _event(at: str, kind: str, rest: str) -> Event:
    pairs = {key: json.loads(value) if value.startswith('"') else value for key, value in _PAIR.findall(rest)}
    detail = {key.removeprefix("detail_"): value for key, value in pairs.items() if key.startswith("detail_")}
    plain = {key: value for key, value in pairs.items() if key in _WORDS or key == "source"}
    numbers = {key: int(pairs[key]) for key in ("position", "repetition") if key in pairs}
    return msgspec.convert({"kind": kind, "at": at, "detail": detail, **plain, **numbers}, Event)


def masked(call: Call, events: Iterable[Event]) -> tuple[Call, list[Event]]:
    """The same with other digits in its telephone numbers and other names, each alike wherever it stands; unique ids stay."""
    mask = _mask(secrets.token_bytes(16))
    hidden = [_masked_event(event, mask) for event in events]
    plain = msgspec.to_builtins(call)
    return msgspec.convert(_masked_value(plain, mask, ""), Call), hidden


def _mask(salt: bytes) -> Callable[[str], str]:
    def other(found: re.Match[str]) -> str:
        number = found[0]
        drawn = int.from_bytes(blake2b(number.lstrip("+").encode(), key=salt, digest_size=16).digest())
        return "".join(c if c == "+" else str(drawn // 10**place % 10) for place, c in enumerate(number))

    return lambda text: _NUMBER.sub(other, text)


def _masked_event(event: Event, mask: Callable[[str], str]) -> Event:
    words = {word: mask(getattr(event, word)) for word in _WORDS if word not in ("leg", "linked_id", "name")}
    detail: Mapping[str, str] = {key: _hidden(key, value, mask) for key, value in event.detail.items()}
    return msgspec.structs.replace(event, **words, name=_nickname(event.name), detail=dict(detail))


def _hidden(key: str, value: str, mask: Callable[[str], str]) -> str:
    return mask(value) if key != "value" else f"({len(value)} characters)"


def _nickname(name: str) -> str:
    return f"Name {blake2b(name.encode(), digest_size=2).hexdigest()}" if name else ""


def _masked_value(value: object, mask: Callable[[str], str], key: str) -> object:
    if isinstance(value, dict):
        return {k: _masked_value(v, mask, k) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked_value(v, mask, key) for v in value]
    if not isinstance(value, str) or key in ("linked_id", "unique_ids", "unique_id", "direction", "outcome", "kind") or key.endswith("_at"):
        return value
    return _nickname(value) if key in _NAMES else _hidden(key, value, mask)
