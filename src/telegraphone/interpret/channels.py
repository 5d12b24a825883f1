"""What channels and bridges did: the model that all fields of a call are read from.

Rules. A channel's rows tell, beside what happened, in which application it is: an application begins with the first row that names it and
ends with its APP_END, with another application, or with the channel (cel.conf may log no APP_START at all, and Asterisk writes none from
one Queue() to the next). A channel is in a bridge from BRIDGE_ENTER to BRIDGE_EXIT of that bridge; rows step back by a millisecond and
may be lost, so entering another bridge ends a stay too. Halves of a Local channel carry sound through: whoever is in the bridge of the
one half is together with whoever is in the bridge of the other. Persons are channels that are not Local; announcers are neither.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from ..events import Event
from .site import interface_of

JITTER = timedelta(milliseconds=50)
MACHINES = ("Local/", "CBAnn/", "CBRec/", "Announcer/", "Recorder/", "Message/", "Surrogate/", "Bridge/")
HOLDING = "holding_bridge"
CONFERENCE = "softmix"
OUTGOING_LEG = "(Outgoing Line)"
"""What stands for application data in the rows of a channel that was called."""


class Span(msgspec.Struct):
    """From one moment to another; `to` is None while it goes on or when nobody told."""

    from_: datetime
    to: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return self.from_ <= at and (self.to is None or at < self.to)


class Stay(Span):
    """A channel's time in a bridge."""

    bridge: str = ""
    technology: str = ""
    is_left: bool = False


class AppRun(Span):
    """A channel's time in a dial plan application; `exten` is the extension that ran it."""

    app: str = ""
    data: str = ""
    exten: str = ""
    is_over: bool = False


class Channel(msgspec.Struct):
    """One channel of the PBX, with what its rows told."""

    id: str
    name: str = ""
    interface: str = ""
    is_person: bool = True
    rows: list[Event] = []
    linked: list[tuple[datetime, str]] = []
    stays: list[Stay] = []
    apps: list[AppRun] = []
    music: list[Span] = []
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    cause: str = ""
    hung_up_by: str = ""
    dial_status: str = ""

    @property
    def started_at(self) -> datetime:
        return self.rows[0].at

    @property
    def home(self) -> str:
        """The linked id that the channel was born with."""
        return self.linked[0][1] if self.linked else self.id

    def linked_at(self, at: datetime) -> str:
        """The linked id that the channel had then."""
        home = self.home
        for since, linked_id in self.linked:
            if since <= at:
                home = linked_id
        return home

    @property
    def number(self) -> str:
        """The first number that its rows tell."""
        return next((row.number for row in self.rows if row.number), "")

    @property
    def caller_name(self) -> str:
        return next((row.name for row in self.rows if row.name), "")

    @property
    def context(self) -> str:
        return self.rows[0].context

    def ran(self, *apps: str) -> Iterator[AppRun]:
        """Its times in one of these applications."""
        return (run for run in self.apps if run.app.lower() in apps)

    def stay_at(self, at: datetime) -> Stay | None:
        return next((stay for stay in self.stays if stay.covers(at)), None)


class Scene(msgspec.Struct):
    """All channels of one run of the PBX in a cluster, and what was told of no single channel."""

    channels: dict[str, Channel] = {}
    named: dict[str, list[Channel]] = {}
    bridges: dict[str, list[tuple[Channel, Stay]]] = {}
    moves: list[Event] = []
    told: list[Event] = []
    held: list[Event] = []
    queue: dict[str, list[Event]] = {}
    linked_ends: dict[str, datetime] = {}
    pbx_starts: list[datetime] = []

    def together(self, channel: Channel, at: datetime) -> list[Channel]:
        """The persons who hear this channel then, nearest first: in its bridge, or behind Local channels in it."""
        found: list[Channel] = []
        seen = {channel.id}
        waiting = [channel]
        while waiting:
            one = waiting.pop(0)
            for other in self._beside(one, at):
                if other.id not in seen:
                    seen.add(other.id)
                    waiting.append(other)
                    if other.is_person:
                        found.append(other)
        return found

    def _beside(self, channel: Channel, at: datetime) -> Iterator[Channel]:
        stay = channel.stay_at(at)
        if stay is not None and stay.technology != HOLDING:
            yield from (other for other, its in self.bridges.get(stay.bridge, ()) if its.covers(at))
        half = self.other_half(channel)
        if half is not None:
            yield half

    def other_half(self, channel: Channel) -> Channel | None:
        """`…;2` of `…;1` and the reverse."""
        if channel.name[-2:] not in (";1", ";2"):
            return None
        return self.find(channel.name[:-1] + ("2" if channel.name[-1] == "1" else "1"), channel.started_at)

    def find(self, name: str, at: datetime) -> Channel | None:
        """The channel that had this name then: names begin again with every start of the PBX."""
        same = self.named.get(name, ())
        return next((one for one in reversed(same) if one.started_at <= at + JITTER), None) if len(same) > 1 else next(iter(same), None)


_MOVES = frozenset({"transferred_blind", "transferred_attended", "picked_up", "forwarded", "park_started", "park_ended"})
_TOLD = frozenset({"attached", "recording_started", "user_event", "muted", "unmuted"})


def read(ordered: Iterable[Event]) -> Scene:
    """The scene that these events tell; events that repeat change nothing."""
    scene = Scene()
    before: Event | None = None
    for event in ordered:
        if event is before:
            continue
        before = event
        kind = event.kind
        if kind.startswith("queue_"):
            scene.queue.setdefault(event.leg, []).append(event)
        elif kind == "pbx_started":
            scene.pbx_starts.append(event.at)
        elif event.leg and kind != "cdr":
            _row(scene, event, kind)
    for event in scene.moves:
        _exchange(scene, event)
    for channel in scene.channels.values():
        _settle(channel)
    return scene


def _exchange(scene: Scene, event: Event) -> None:
    """A transfer to somebody who is still in an application (ringing, in a queue) puts the transferee in the transferer's place there;
    what the transferer's channel seems to run after that is what the transferee left."""
    spent = scene.channels.get(event.detail.get("channel2_uniqueid", "")) if "app" in event.detail else None
    if spent is not None:
        spent.apps = [run for run in spent.apps if run.from_ <= event.at]


def _row(scene: Scene, event: Event, kind: str) -> None:
    channel = scene.channels.get(event.leg)
    if channel is None:
        channel = _born(scene, event)
    elif not channel.name and event.channel:
        _name(scene, channel, event.channel)
    channel.rows.append(event)
    if kind == "linked_id_ended":
        scene.linked_ends[event.linked_id] = event.at
        return
    linked_id = event.linked_id
    if linked_id and (not channel.linked or channel.linked[-1][1] != linked_id):
        channel.linked.append((event.at, linked_id))
    if event.app:
        _app(channel, event, kind)
    happened = _HAPPENED.get(kind)
    if happened is not None:
        happened(scene, channel, event)
    elif kind in _MOVES:
        scene.moves.append(event)
    if kind in _TOLD or (event.app == "MixMonitor" and kind == "app_started"):
        scene.told.append(event)


def _born(scene: Scene, event: Event) -> Channel:
    channel = scene.channels[event.leg] = Channel(event.leg)
    if event.kind == "linked_id_ended" and event.linked_id:
        channel.linked.append((event.at, event.linked_id))
    _name(scene, channel, event.channel)
    return channel


def _name(scene: Scene, channel: Channel, name: str) -> None:
    channel.name, channel.interface = name, interface_of(name)
    channel.is_person = not name.startswith(MACHINES)
    if name:
        scene.named.setdefault(name, []).append(channel)


def _app(channel: Channel, event: Event, kind: str) -> None:
    last = channel.apps[-1] if channel.apps else None
    is_same = last is not None and last.app == event.app and last.data == event.app_data
    if last is not None and is_same:
        if not last.is_over:
            if kind == "app_ended":
                last.to, last.is_over = event.at, True
            return
        if kind != "app_started" and last.to is not None and event.at - last.to <= JITTER:
            return
    if last is not None and not last.is_over:
        last.to = event.at
    channel.apps.append(AppRun(event.at, app=event.app, data=event.app_data, exten=event.exten))
    if kind == "app_ended":
        channel.apps[-1].to, channel.apps[-1].is_over = event.at, True


def _entered(scene: Scene, channel: Channel, event: Event) -> None:
    bridge = event.detail.get("bridge_id", "")
    for stay in channel.stays:
        if not stay.is_left:
            if stay.bridge == bridge:
                return
            stay.to = event.at
    _stay(scene, channel, Stay(event.at, bridge=bridge, technology=event.detail.get("bridge_technology", "")))


def _left(scene: Scene, channel: Channel, event: Event) -> None:
    bridge = event.detail.get("bridge_id", "")
    for stay in reversed(channel.stays):
        if stay.bridge == bridge:
            if not stay.is_left:
                stay.to, stay.is_left = event.at, True
            return
    since = channel.stays[-1].to if channel.stays else None  # its entering was lost
    technology = event.detail.get("bridge_technology", "")
    _stay(scene, channel, Stay(since or channel.answered_at or channel.started_at, event.at, bridge, technology, True))


def _stay(scene: Scene, channel: Channel, stay: Stay) -> None:
    channel.stays.append(stay)
    scene.bridges.setdefault(stay.bridge, []).append((channel, stay))


def _answered(_: Scene, channel: Channel, event: Event) -> None:
    channel.answered_at = channel.answered_at or event.at


def _hung_up(_: Scene, channel: Channel, event: Event) -> None:
    channel.ended_at = event.at
    channel.cause = event.detail.get("hangupcause", "")
    channel.hung_up_by = event.detail.get("hangupsource", "")
    channel.dial_status = event.detail.get("dialstatus", "")


def _ended(_: Scene, channel: Channel, event: Event) -> None:
    channel.ended_at = event.at


def _stream_started(_: Scene, channel: Channel, event: Event) -> None:
    if event.detail.get("verb", "").startswith("MOH") and not (channel.music and channel.music[-1].to is None):
        channel.music.append(Span(event.at))


def _stream_stopped(_: Scene, channel: Channel, event: Event) -> None:
    if event.detail.get("verb", "").startswith("MOH") and channel.music and channel.music[-1].to is None:
        channel.music[-1].to = event.at


def _held(scene: Scene, _: Channel, event: Event) -> None:
    scene.held.append(event)


_HAPPENED = {
    "bridge_entered": _entered, "bridge_left": _left, "leg_answered": _answered, "leg_hung_up": _hung_up, "leg_ended": _ended,
    "stream_started": _stream_started, "stream_stopped": _stream_stopped, "held": _held, "unheld": _held,
}  # fmt: skip


def _settle(channel: Channel) -> None:
    """What goes on at the end of a channel ends with it."""
    end = channel.ended_at
    if end is None:
        return
    for stay in channel.stays:
        stay.to = stay.to or end
    for span in channel.music:
        span.to = span.to or end
    if channel.apps and channel.apps[-1].to is None:
        channel.apps[-1].to = end
