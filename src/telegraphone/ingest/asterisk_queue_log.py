"""Asterisk's queue_log: the file, or rows of a `queue_log` table.

A line is `epoch|callid|queue|agent|event|data1|…|data5`; what the data mean depends on the event.
"""

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from ..events import Event, Kind, Unreadable
from .rows import Repetitions, Row, as_text, numbered, plain_name, too_long, unreadable
from .times import Clock

SOURCE = "asterisk-queue-log"
NOBODY = frozenset({"NONE", "MANAGER", "REALTIME"})
"""Written where there is no call, no queue or no member."""
_LEFT = ("position", "original_position", "wait_s")

KINDS: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "QUEUESTART": ("pbx_started", ()),
    "ENTERQUEUE": ("queue_entered", ("url", "number", "position")),
    "CONNECT": ("queue_connected", ("hold_s", "leg", "ring_s")),
    "COMPLETEAGENT": ("queue_completed", ("hold_s", "talk_s", "position")),
    "COMPLETECALLER": ("queue_completed", ("hold_s", "talk_s", "position")),
    "ABANDON": ("queue_abandoned", _LEFT),
    "EXITWITHTIMEOUT": ("queue_timed_out", _LEFT),
    "EXITEMPTY": ("queue_emptied", _LEFT),
    "EXITWITHKEY": ("queue_key_pressed", ("key", "position", "original_position", "wait_s")),
    "RINGNOANSWER": ("queue_not_answered", ("rang_ms",)),
    "RINGCANCELED": ("queue_not_answered", ("rang_ms",)),
    "TRANSFER": ("queue_transferred", ("to", "context", "hold_s", "talk_s", "position")),
    "BLINDTRANSFER": ("queue_transferred", ("to", "context", "hold_s", "talk_s", "position")),
    "ATTENDEDTRANSFER": ("queue_transferred", ()),
    "CLOSED": ("queue_refused", ()),
    "FULL": ("queue_refused", ()),
    "JOINEMPTY": ("queue_refused", ()),
    "DIVERT_CA_RATIO": ("queue_refused", ()),
    "DIVERT_HOLDTIME": ("queue_refused", ()),
}
"""Each event, and what its data mean; the rest is `queue_told`, its data by their number."""
FIXED: dict[str, dict[str, str]] = {
    "COMPLETEAGENT": {"by": "agent"}, "COMPLETECALLER": {"by": "caller"},
    "TRANSFER": {"kind": "blind"}, "BLINDTRANSFER": {"kind": "blind"}, "ATTENDEDTRANSFER": {"kind": "attended"},
    "CLOSED": {"reason": "closed"}, "FULL": {"reason": "full"}, "JOINEMPTY": {"reason": "joinempty"},
    "DIVERT_CA_RATIO": {"reason": "divert_ca_ratio"}, "DIVERT_HOLDTIME": {"reason": "divert_waittime"},
}  # fmt: skip
DATA = ("data1", "data2", "data3", "data4", "data5")


def read(lines: Iterable[str], *, zone: ZoneInfo, columns: Sequence[str] | None = None) -> Iterator[Event | Unreadable]:
    """The events that the lines of the file tell; its columns are always the same. A position is a line's number, counted from 1."""
    reader = Reader(zone)
    for position, line, is_unfinished in numbered(lines):
        text = line.strip()
        fields = text.split("|")
        if not text or (is_unfinished and (len(fields) < 5 or fields[4] not in KINDS)):
            continue
        if len(fields) < 5:
            yield unreadable(position, text, "a line of queue_log has at least five columns")
        else:
            yield reader.event(position, fields[0], fields[1:5], fields[5:], text)


def read_rows(rows: Iterable[tuple[int, Row]], *, zone: ZoneInfo) -> Iterator[Event | Unreadable]:
    """The same from rows of a table, or JSON objects: each with its place, columns by name."""
    reader = Reader(zone)
    for position, row in rows:
        named = {plain_name(name): value for name, value in row.items()}
        who = [as_text(named.get(name)) for name in ("callid", "queuename", "agent", "event")]
        who[1] = who[1] or as_text(named.get("queue"))
        data = [as_text(named.get(name)) for name in DATA]
        if not any(data):
            # Older tables have one column for all.
            data = as_text(named.get("data")).split("|")
        told = named.get("time", named.get("eventtime"))
        yield reader.event(position, told if not isinstance(told, str) else told.strip(), who, data, row)


class Reader:
    """Reads the lines of one log, from the first to the last."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._clock, self._repetitions = Clock(zone), Repetitions()

    def event(self, position: int, told: object, who: Sequence[str], data: Sequence[str], written: object) -> Event | Unreadable:
        callid, queue, agent, verb = ("" if word in NOBODY else word.strip() for word in who)
        if not verb or len(verb) > 80 or not verb.isprintable():
            return unreadable(position, written, "there is no event")
        try:
            at = self._clock.moment(told, callid)
        except (ValueError, OverflowError) as error:
            return unreadable(position, written, f"the time is not understood: {error}")
        kind, names = KINDS.get(verb, ("queue_told", ()))
        detail = {"verb": verb, **FIXED.get(verb, {}), **_data(names, data)}
        said = (int(at.timestamp()), kind, callid, queue, agent, verb)
        event = Event(
            kind=kind, at=at, leg=callid, queue=queue, member=agent, detail=detail,
            source=SOURCE, position=position, repetition=self._repetitions.count(said),
        )  # fmt: skip
        return unreadable(position, written, reason) if (reason := too_long(event)) else event


def _data(names: Sequence[str], data: Sequence[str]) -> dict[str, str]:
    """The data that were written, by meaning, and by number where they have none (a transfer has both)."""
    meant = {name: value for name, value in zip(names, data, strict=False) if value}
    if names and "to" not in names:
        return meant
    return meant | {name: value for name, value in zip(DATA, data, strict=False) if value}
