"""Packets of Asterisk's manager interface → events: CEL as `cel_manager` sends it, and what queues, holds and recordings tell beside it.

A CEL packet has its time in whole seconds, local and without a zone. With `timestampevents=yes` there is the moment at which it was sent,
too: the last moment before it with the same second of a minute is when it happened. So the same event has another time here than in
cel_custom's file, which `interpret/echoes.py` knows. Queue packets become the lines that `queue_log` would have.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from ..events import AMI, Event, Kind, Unreadable
from . import cel_rows
from .ami.packets import parse_packet
from .asterisk_cel import columns_of
from .asterisk_queue_log import Reader as QueueReader
from .rows import Row, as_text, clean, numbered, too_long, unreadable
from .times import EPOCH, Clock

RECEIVED = "Received"
"""A key of our own: when a packet came, in seconds since 1970, for a PBX that does not put a time on it."""
KINDS: Mapping[str, Kind] = {"Hold": "held", "Unhold": "unheld"}
COMPLETED = {"caller": "COMPLETECALLER", "agent": "COMPLETEAGENT"}
QUEUES: Mapping[str, tuple[str, ...]] = {
    "QueueCallerJoin": ("ENTERQUEUE", "", "CallerIDNum", "Position"),
    "AgentConnect": ("CONNECT", "HoldTime", "DestUniqueid", "RingTime"),
    "AgentComplete": ("", "HoldTime", "TalkTime"),
    "AgentRingNoAnswer": ("RINGNOANSWER", "RingTime"),
}
"""What queues tell: the event of `queue_log`, and the keys that hold its data. QueueCallerAbandon is not here: it is sent as well when the
caller's time was over, or the queue had become empty. How a passage ended that nobody answered, CEL tells better.
"""
STREAMS = ("stream_started", "stream_stopped")
MOST_STREAMS = 10_000
WANTED = frozenset({"CEL", "FullyBooted", "MixMonitorMute", *KINDS, *QUEUES})


def read(lines: Iterable[str], *, zone: ZoneInfo, columns: Sequence[str] | None = None) -> Iterator[Event | Unreadable]:
    """The events of a recorded stream. A position is that of a packet's first line, counted from 1."""
    reader = Reader(zone)
    begun: list[str] = []
    first = 1
    for position, line, is_unfinished in numbered(lines):
        if line:
            first = first if begun else position
            begun += [] if is_unfinished else [line]
        elif begun:
            yield from reader.items(first, parse_packet("\r\n".join(begun)))
            begun = []
    if begun:
        yield from reader.items(first, parse_packet("\r\n".join(begun)))


def read_rows(rows: Iterable[tuple[int, Row]], *, zone: ZoneInfo) -> Iterator[Event | Unreadable]:
    """The same from packets: each with its place."""
    reader = Reader(zone)
    for position, row in rows:
        yield from reader.items(position, {key: as_text(value) for key, value in row.items()})


class Reader:
    """Reads the packets of one PBX, from the first to the last."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._cel, self._queue, self._clock = cel_rows.Reader(zone), QueueReader(zone), Clock(zone)
        self._streams: dict[str, str] = {}

    def items(self, position: int, packet: Mapping[str, str]) -> Iterator[Event | Unreadable]:
        """What a packet tells: one event, or none."""
        name = packet.get("Event", "")
        if name not in WANTED:
            return
        item = self._item(position, name, {key: clean(value) for key, value in packet.items()})
        if item is not None:
            yield msgspec.structs.replace(item, source=AMI) if isinstance(item, Event) else item

    def _item(self, position: int, name: str, packet: Mapping[str, str]) -> Event | Unreadable | None:
        if name == "CEL":
            return self._cel_item(position, packet)
        return self._queue_item(position, name, packet) if name in QUEUES else self._other(position, name, packet)

    def _cel_item(self, position: int, packet: Mapping[str, str]) -> Event | Unreadable:
        row, _ = columns_of({**packet, "Event": packet.get("EventName", "")})
        item = self._cel.event(position, row, packet, happened(packet))
        return self._with_stream(item) if isinstance(item, Event) and item.kind in STREAMS else item

    def _with_stream(self, event: Event) -> Event:
        """The end of a stream is sent without its name: it is the one that began on that leg."""
        if event.kind == "stream_started":
            if len(self._streams) >= MOST_STREAMS:
                self._streams.clear()
            self._streams[event.leg] = event.detail.get("verb", "").partition("_")[0]
            return event
        stream = self._streams.pop(event.leg, "")
        named = {**event.detail, "verb": f"{stream}_STREAM_END"} if stream and "verb" not in event.detail else event.detail
        return msgspec.structs.replace(event, detail=named)

    def _queue_item(self, position: int, name: str, packet: Mapping[str, str]) -> Event | Unreadable | None:
        verb, *keys = QUEUES[name]
        verb = verb or COMPLETED.get(packet.get("Reason", ""), "")
        if not verb:  # a transfer: where to, only the log tells
            return None
        who = [packet.get("Uniqueid", ""), packet.get("Queue", ""), packet.get("MemberName", ""), verb]
        data = [value if (value := packet.get(key, "")) != "<unknown>" else "" for key in keys]
        return self._queue.event(position, sent(packet), who, data, packet)

    def _other(self, position: int, name: str, packet: Mapping[str, str]) -> Event | Unreadable | None:
        """The start of the PBX, a hold, or silence in a recording."""
        if sent(packet) is None and name == "FullyBooted":  # the answer to a login, in a recorded stream
            return None
        try:
            at = self._clock.moment(sent(packet))
            if name == "FullyBooted":
                return Event(kind="pbx_started", at=at - timedelta(seconds=int(packet.get("Uptime") or 0)), position=position)
        except (ValueError, OverflowError) as error:
            return unreadable(position, packet, f"the time is not understood: {error}")
        kind = KINDS.get(name) or ("muted" if packet.get("State") == "1" else "unmuted")
        detail = {"direction": packet["Direction"]} if packet.get("Direction") else {}
        event = Event(
            kind=kind, at=at, leg=packet.get("Uniqueid", ""), linked_id=packet.get("Linkedid", ""), channel=packet.get("Channel", ""),
            detail=detail, position=position,
        )  # fmt: skip
        return unreadable(position, packet, reason) if (reason := too_long(event)) else event


def sent(packet: Mapping[str, str]) -> str | None:
    """When a packet was sent, or came, in seconds since 1970."""
    return packet.get("Timestamp") or packet.get(RECEIVED)


def happened(packet: Mapping[str, str]) -> datetime | None:
    """When a CEL event happened, if the packet has the moment at which it was sent."""
    written = packet.get("EventTime", "")
    try:
        seconds, _, fraction = packet["Timestamp"].partition(".")
        at = EPOCH + timedelta(0, int(seconds), int(fraction.ljust(6, "0")[:6]))
        late = (at.second - int(written[17:19])) % 60
    except (KeyError, ValueError, OverflowError):
        return None
    return at if not late else at.replace(microsecond=999_999) - timedelta(seconds=late)
