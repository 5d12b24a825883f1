"""A manager's stream, followed: what came since the last time, and the gaps in which nothing could come.

The stream is not kept anywhere, so what is sent while there is no connection is lost: such a time is told as a gap. The place that is kept
has the last moment up to which nothing was missed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from ...errors import Unavailable
from ...events import Event, Unreadable
from ..asterisk_ami import Reader
from ..times import EPOCH
from .client import Arrival, Client, Times, parse_address

PAGE = 2000
ALIVE_S = 30.0
"""How often the place is kept when nothing comes."""
SAME_START = timedelta(seconds=3)
"""A start of the PBX is reckoned from the whole seconds that it is up, at each login anew."""


class StreamPlace(msgspec.Struct, frozen=True, omit_defaults=True):
    """How many packets were taken, in all connections; up to when nothing was missed; when the PBX was started last."""

    position: int = 0
    alive_at: float = 0.0
    started_at: datetime | None = None

    def kept(self) -> bytes:
        """As it is kept with the position."""
        return msgspec.msgpack.encode(self)

    def after(self, others: "Iterable[StreamPlace]") -> "StreamPlace":
        """This place, if those were reached at other addresses: what was heard there was not missed. Packets are counted by address."""
        last = max((self, *others), key=lambda place: place.alive_at)
        return msgspec.structs.replace(self, alive_at=last.alive_at, started_at=last.started_at)


class Gap(msgspec.Struct, frozen=True):
    """A time of which nothing came."""

    from_at: datetime
    to_at: datetime


class StreamStep(msgspec.Struct, frozen=True):
    """What came, and the place that is reached. Nothing of the stream is ever read again, so that no place is lost.
    `hint` says, once, what is wrong with what comes; `is_more`: more has come already.
    """

    items: Sequence[Event | Unreadable]
    place: StreamPlace
    gaps: Sequence[Gap] = ()
    hint: str = ""
    is_lost: bool = False
    is_more: bool = False


class AmiStream:
    """What is followed. The connection is made when it is first read, and let go by `close`."""

    def __init__(self, url: str, zone: ZoneInfo, times: Times | None = None) -> None:
        self._address, self._zone, self._times = parse_address(url), zone, times
        self._client: Client | None = None
        self._reader = Reader(zone)
        self._base = 0
        self._is_hinted = False
        self._step: StreamStep | None = None

    def place_of(self, kept: bytes) -> StreamPlace:
        """The place that was kept."""
        return msgspec.msgpack.decode(kept, type=StreamPlace)

    def close(self) -> None:
        """Let the connection go; what was not kept is a gap of whoever goes on."""
        if self._client is not None:
            self._client.stop()
        self._client = self._step = None

    def read_on(self, place: StreamPlace | None, now: float) -> StreamStep | None:
        """The next step from a place, or None if there is nothing new. Unavailable if there is no connection."""
        place = place or StreamPlace()
        client = self._connected(place)
        if self._step is not None and place.position < self._step.place.position:
            return self._step  # it could not be kept, and is given once more as it was
        alive_at, is_in = client.alive_at, client.is_in
        arrivals = client.take(place.position - self._base, PAGE)
        if arrivals:
            self._step = self._read(place, arrivals, arrivals[-1].at if len(arrivals) == PAGE else max(alive_at, arrivals[-1].at))
            return self._step
        if not is_in and client.refusal:
            raise Unavailable(client.refusal)
        hint = client.hint if not self._is_hinted else ""
        if is_in and (hint or alive_at - place.alive_at >= ALIVE_S):
            self._is_hinted = self._is_hinted or bool(hint)
            return StreamStep((), msgspec.structs.replace(place, alive_at=alive_at), hint=hint)
        return None

    def _connected(self, place: StreamPlace) -> Client:
        """The connection that leads on from a place: if another worker was there meanwhile, ours has no place any more."""
        reached = self._step.place.position if self._step is not None else self._base
        if self._client is not None and not self._base <= place.position <= reached:
            self.close()
        if self._client is None:
            self._base, self._reader = place.position, Reader(self._zone)
            self._client = Client(self._address, self._times)
            self._client.start()
        return self._client

    def _read(self, place: StreamPlace, arrivals: Sequence[Arrival], alive_at: float) -> StreamStep:
        items: list[Event | Unreadable] = []
        gaps: list[Gap] = []
        started_at = place.started_at
        for arrival in arrivals:
            number = self._base + arrival.number
            if arrival.packet is None:
                gaps += _gap(arrival.alive_at or place.alive_at, arrival.at)
                continue
            for item in self._reader.items(number, arrival.packet):
                if isinstance(item, Event) and item.kind == "pbx_started":
                    if started_at is not None and abs(item.at - started_at) <= SAME_START:
                        continue
                    started_at = item.at
                items.append(item)
        reached = StreamPlace(self._base + arrivals[-1].number, alive_at, started_at)
        return StreamStep(items, reached, gaps, is_more=len(arrivals) == PAGE)


def _gap(since: float, until: float) -> list[Gap]:
    """Nothing was missed before the very first connection; a clock that was set back makes no gap."""
    moments = [EPOCH + timedelta(seconds=seconds) for seconds in (since, until)]
    return [Gap(*moments)] if 0 < since < until else []
