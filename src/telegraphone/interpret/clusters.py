"""Which channels make one call, and which clusters of linked ids belong together.

Rules. One linked id is one call: the channels born with it, and those that move into it. A channel that picks up, or that retrieves a
parked call, is no call of its own but part of the call that it enters; so is a channel that was alone in its linked id and moved to where
a called channel of another had been. What the queue's log tells of a unique id belongs to the call of that channel; without such a
channel the unique id itself is the call. Clusters are tied by every unique id and bridge that their events name, and by a phone that
begins a call while it holds another.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from ..events import Event
from .channels import HOLDING, OUTGOING_LEG, Channel, Scene, read
from .movements import HoldTrace, hold_traces
from .order import in_order
from .site import interface_of

PICKUP_APPS = ("pickup", "pickupchan", "parkedcall")
QUEUE_MAKES_CALL = frozenset({
    "queue_entered", "queue_connected", "queue_completed", "queue_abandoned", "queue_timed_out", "queue_emptied",
    "queue_key_pressed", "queue_refused", "queue_not_answered", "queue_transferred",
})  # fmt: skip
NO_CALL = frozenset({"", "NONE", "MANAGER", "REALTIME"})
HOLD_SLACK = timedelta(seconds=2)
_IDS = (
    "transferee_channel_uniqueid", "transfer_target_channel_uniqueid", "channel2_uniqueid", "local_two_uniqueid",
    "pickup_channel_uniqueid",
)  # fmt: skip
_TELLING_IDS = frozenset({"transferred_blind", "transferred_attended", "local_optimizing", "local_optimized", "picked_up"})


class Tie(msgspec.Struct, frozen=True):
    """Two clusters that share a key while their spans overlap belong together; None is without end."""

    key: str
    from_: datetime | None = None
    to: datetime | None = None


class Draft(msgspec.Struct):
    """A call in the making: `legs` were born in it, `guests` moved into it."""

    linked_id: str
    legs: list[Channel] = []
    guests: list[Channel] = []
    queue: list[Event] = []
    told: list[Event] = []
    moves: list[Event] = []

    @property
    def channels(self) -> list[Channel]:
        return [*self.legs, *self.guests]

    @property
    def persons(self) -> list[Channel]:
        return [channel for channel in self.channels if channel.is_person]

    @property
    def caller(self) -> Channel | None:
        """Whoever began it: the first phone or trunk, even where a Local channel was there before (click to call)."""
        people = [leg for leg in self.legs if leg.is_person] or self.legs
        return next((leg for leg in people if leg.id == self.linked_id), people[0] if people else None)

    @property
    def started_at(self) -> datetime:
        caller = self.caller
        return caller.started_at if caller else self.queue[0].at


class Drafts(msgspec.Struct):
    """All calls of a scene, and the call of each linked id."""

    scene: Scene
    all: list[Draft] = []
    by_linked: dict[str, Draft] = {}

    def of(self, channel: Channel | None, at: datetime | None = None) -> Draft | None:
        """The call of a channel: where it was born, or where it was then."""
        if channel is None:
            return None
        return self.by_linked.get(channel.home if at is None else channel.linked_at(at))

    def is_in(self, channel: Channel, draft: Draft, at: datetime) -> bool:
        return self.by_linked.get(channel.linked_at(at)) is draft

    def gone_from(self, channel: Channel, draft: Draft) -> datetime | None:
        """When a channel left this call: moved to another, or ended."""
        inside = False
        for since, linked_id in channel.linked:
            is_this = self.by_linked.get(linked_id) is draft
            if inside and not is_this:
                return since
            inside = inside or is_this
        return channel.ended_at


def draft(scene: Scene) -> Drafts:
    """The calls of a scene."""
    drafts = Drafts(scene)
    _date_transfers(scene)
    into = _absorbed(scene)
    for channel in scene.channels.values():
        _of(drafts, _root(into, channel.home)).legs.append(channel)
    for linked_id in into:
        drafts.by_linked[linked_id] = _of(drafts, _root(into, linked_id))
    for channel in scene.channels.values():
        for _, linked_id in channel.linked[1:]:
            home = drafts.by_linked.get(linked_id)
            if home is not None and channel not in home.legs and channel not in home.guests:
                home.guests.append(channel)
    _spread(drafts)
    drafts.all.sort(key=lambda one: (one.started_at, one.linked_id))
    return drafts


def _date_transfers(scene: Scene) -> None:
    """Whoever was transferred to is in the other call from then on, even where his next row, which tells it, comes much later."""
    for event in scene.moves:
        if event.kind == "transferred_attended":
            target = scene.channels.get(event.detail.get("transfer_target_channel_uniqueid", ""))
            if target is not None:
                target.linked = [(event.at if at > event.at and to == event.linked_id else at, to) for at, to in target.linked]


def _of(drafts: Drafts, linked_id: str) -> Draft:
    found = drafts.by_linked.get(linked_id)
    if found is None:
        found = drafts.by_linked[linked_id] = Draft(linked_id)
        drafts.all.append(found)
    return found


def _spread(drafts: Drafts) -> None:
    """Give each call what was told of it."""
    scene = drafts.scene
    for events, name in ((scene.told, "told"), (scene.moves, "moves")):
        for event in events:
            one = drafts.by_linked.get(event.linked_id) or drafts.of(scene.channels.get(event.leg))
            if one is not None:
                getattr(one, name).append(event)
    for leg, events in scene.queue.items():
        one = drafts.of(scene.channels.get(leg)) or drafts.by_linked.get(leg)
        if one is None and leg not in NO_CALL and any(event.kind in QUEUE_MAKES_CALL for event in events):
            one = _of(drafts, leg)
        if one is not None:
            one.queue.extend(events)


def _absorbed(scene: Scene) -> dict[str, str]:
    """Linked ids that are part of another call, and of which."""
    into: dict[str, str] = {}
    for channel, target in _entering(scene):
        if target and target != channel.home:
            into.setdefault(channel.home, target)
    population: dict[str, int] = {}
    for channel in scene.channels.values():
        population[channel.home] = population.get(channel.home, 0) + 1
    for channel in scene.channels.values():
        if len(channel.linked) > 1 and population[channel.home] == 1 and channel.linked[-1][1] in population and _stands_in(channel):
            into.setdefault(channel.home, channel.linked[-1][1])
    return into


def _stands_in(channel: Channel) -> bool:
    """Whether a channel that called is now where a called one was: what a pickup makes of it."""
    return any(row.app_data == OUTGOING_LEG for row in channel.rows)


def _entering(scene: Scene) -> Iterator[tuple[Channel, str]]:
    """Channels that pick up or retrieve, and the linked id of what they take."""
    for event in scene.moves:
        if event.kind == "picked_up":
            taker = scene.channels.get(event.detail.get("pickup_channel_uniqueid", ""))
        elif event.kind == "park_ended":
            taker = scene.find(event.detail.get("retriever", ""), event.at)
        else:
            continue
        if taker is not None:
            yield taker, event.linked_id
    for channel in scene.channels.values():
        if len(channel.linked) > 1 and any(True for _ in channel.ran(*PICKUP_APPS)):
            yield channel, channel.linked[-1][1]


def _root(into: dict[str, str], linked_id: str) -> str:
    seen = {linked_id}
    while (further := into.get(linked_id)) is not None and further not in seen:
        linked_id = further
        seen.add(further)
    return linked_id


def ties(events: Iterable[Event]) -> frozenset[Tie]:
    """What ties these events to other clusters. Too much does no harm, too little does."""
    events = list(events)
    keys: set[str] = set()
    begun: dict[str, Event] = {}
    bridged: dict[str, datetime] = {}
    may_hold = False
    for event in events:
        kind = event.kind
        if event.leg and event.leg not in NO_CALL:
            keys.add(event.leg)
        if event.linked_id:
            keys.add(event.linked_id)
        if kind == "leg_started":
            if event.leg == event.linked_id:
                begun[event.leg] = event
        elif kind == "bridge_entered":
            bridged[event.leg] = min(event.at, bridged.get(event.leg, event.at))
        elif kind == "held":
            may_hold = True
        elif kind in _TELLING_IDS:
            keys.update(value for key in _IDS if (value := event.detail.get(key)) and value != "N/A")
    found = {Tie("id:" + key) for key in keys}
    found.update(Tie("bridge:" + bridge) for bridge in _bridges(events))
    found.update(_begun(event) for event in begun.values() if not event.channel.startswith("Local/"))
    if may_hold or any(e.kind == "stream_started" and e.leg in bridged and e.at >= bridged[e.leg] for e in events):
        found.update(_holding(trace) for trace in hold_traces(read(in_order(events))))
    return frozenset(found)


def _bridges(events: Iterable[Event]) -> set[str]:
    """Bridges that hold conversations; a parking lot ties nothing."""
    return {
        bridge for event in events
        if event.kind in ("bridge_entered", "bridge_left") and event.detail.get("bridge_technology") != HOLDING
        and (bridge := event.detail.get("bridge_id"))
    }  # fmt: skip


def _begun(event: Event) -> Tie:
    return Tie("hold:" + interface_of(event.channel), event.at, event.at)


def _holding(trace: HoldTrace) -> Tie:
    return Tie("hold:" + trace.holder.interface, trace.from_ - HOLD_SLACK, trace.to)
