"""Transfers, parking and forwards of a call.

Rules. BLINDTRANSFER is a transfer, whether or not anybody answers, unless it parks the transferee. ATTENDEDTRANSFER joins two calls, or
two bridges of one (by DTMF, through a Local channel): it is told of the call of the transferee, the older one where nobody says who that
is, and its number is what the transferer dialled in the other. Parking is no transfer; a parked call is retrieved by whom PARK_END names,
or, when it comes back, by whoever next talks to the parked person. A phone's forward has an event (FORWARD), one of the dial plan only
the number that it leaves as redirecting.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from ..events import Event
from ..model import Forward, Parking, Transfer
from .channels import HOLDING, Channel, Scene
from .clusters import Draft, Drafts
from .parties import NO_EXTEN, dialled_number, number_of
from .site import Site, interface_of

AT_ONCE = timedelta(seconds=2)
AGENTS = dict[str, str]
"""Channel id → number of the agent who talks on it."""


class Join(msgspec.Struct):
    """An attended transfer: the call that it is told of, the consultation when that is a call of its own, and who did it."""

    main: Draft
    other: Draft | None
    transferer: Channel | None
    to: str
    at: datetime


def joins(drafts: Drafts) -> list[Join]:
    """All attended transfers of a scene."""
    scene = drafts.scene
    events = [event for event in scene.moves if event.kind == "transferred_attended"]
    return [join for event in events if (join := _join(drafts, event)) is not None]


def _join(drafts: Drafts, event: Event) -> Join | None:
    channels = drafts.scene.channels
    first, second = channels.get(event.leg), channels.get(event.detail.get("channel2_uniqueid", ""))
    own, other = drafts.of(first), drafts.of(second)
    if own is None:
        return None
    if other is None or other is own:
        return Join(own, None, first, _target(drafts, event), event.at)
    transferee = channels.get(event.detail.get("transferee_channel_uniqueid", ""))
    main = drafts.of(transferee)
    if main is not own and main is not other:
        main = min(own, other, key=lambda one: one.started_at)
    if main is own:
        return Join(own, other, first, _consulted(other, second), event.at)
    return Join(other, own, second, _consulted(own, first), event.at)


def _consulted(consultation: Draft, transferer: Channel | None) -> str:
    """The number that led to the consultation: dialled by the transferer, or whoever called him meanwhile."""
    caller = consultation.caller
    if caller is None:
        return ""
    return dialled_number(consultation) if transferer is None or caller is transferer or not transferer.is_person else caller.number


def _target(drafts: Drafts, event: Event) -> str:
    """By DTMF the number stands in the name of the Local channel that was made for it, `Local/1002@from-phones-…`."""
    channel = drafts.scene.channels.get(event.detail.get("transfer_target_channel_uniqueid", ""))
    if channel is None:  # `N/A` when it has just gone: it was with the transferer in the second bridge
        company = drafts.scene.bridges.get(event.detail.get("bridge2_id", ""), ())
        channel = next((one for one, _ in company if one.id != event.leg), None)
    if channel is None:
        return ""
    if channel.name.startswith("Local/"):
        return channel.name.removeprefix("Local/").partition("@")[0]
    return next((row.exten for row in channel.rows if row.exten not in NO_EXTEN), channel.number)


def transfers(draft: Draft, drafts: Drafts, all_joins: list[Join], agents: AGENTS, site: Site) -> tuple[Transfer, ...]:
    """All transfers of a call, in order."""
    found = [_blind(event, drafts, agents, site) for event in draft.moves if event.kind == "transferred_blind" and not parks(event, drafts)]
    found += [_attended(join, agents, site) for join in all_joins if join.main is draft]
    found += _logged(draft, found, agents)
    return tuple(sorted(dict.fromkeys(found), key=lambda transfer: transfer.at))


def _blind(event: Event, drafts: Drafts, agents: AGENTS, site: Site) -> Transfer:
    by = drafts.scene.channels[event.leg]
    return Transfer("blind", number_of(by, site), event.detail.get("extension", ""), event.at, agents.get(by.id))


def _attended(join: Join, agents: AGENTS, site: Site) -> Transfer:
    by = join.transferer
    return Transfer("attended", number_of(by, site) if by else "", join.to, join.at, agents.get(by.id) if by else None)


def _logged(draft: Draft, found: list[Transfer], agents: AGENTS) -> Iterator[Transfer]:
    """What only the queue's log tells: it knows the target of a blind transfer, of an attended one nothing."""
    if any(event.kind.startswith("park_") for event in draft.moves):
        return
    for event in draft.queue:
        if event.kind != "queue_transferred" or event.detail.get("kind") != "blind":
            continue
        if not any(abs(transfer.at - event.at) <= AT_ONCE for transfer in found):
            agent = event.member.removeprefix("Agent/")
            yield Transfer("blind", "", event.detail.get("to", ""), event.at, agent if event.member.startswith("Agent/") else None)


def parks(event: Event, drafts: Drafts) -> bool:
    """Whether this blind transfer parks the transferee."""
    transferee = drafts.scene.channels.get(event.detail.get("transferee_channel_uniqueid", ""))
    if transferee is None:
        return False
    starts = (move.at for move in drafts.scene.moves if move.kind == "park_started" and move.leg == transferee.id)
    stays = (stay.from_ for stay in transferee.stays if stay.technology == HOLDING)
    return any(timedelta(seconds=-1) <= at - event.at <= AT_ONCE for at in (*starts, *stays))


def parkings(draft: Draft, drafts: Drafts, site: Site) -> tuple[Parking, ...]:
    """Each time that somebody of this call was parked."""
    scene = drafts.scene
    ends = [move for move in draft.moves if move.kind == "park_ended"]
    found = []
    for event in draft.moves:
        if event.kind == "park_started":
            end = next((one for one in ends if one.leg == event.leg and one.at >= event.at), None)
            found.append(_parking(event, end, scene, site))
    return tuple(found)


def _parking(start: Event, end: Event | None, scene: Scene, site: Site) -> Parking:
    by = _phone(start.detail.get("parker_dial_string", ""), scene, site)
    if end is None:
        return Parking(by, start.detail.get("parking_space", ""), start.at)
    taker, at = _retriever(scene.channels[start.leg], end, scene)
    slot = start.detail.get("parking_space", "") or end.detail.get("parking_space", "") or _slot(taker)
    return Parking(by, slot, start.at, number_of(taker, site) if taker else None, at)


def _retriever(parked: Channel, end: Event, scene: Scene) -> tuple[Channel | None, datetime | None]:
    taker = scene.find(end.detail.get("retriever", ""), end.at)
    if taker is not None:
        return taker, end.at
    for stay in parked.stays:  # it came back, or somebody took it whom nobody named
        if stay.from_ >= end.at and stay.technology != HOLDING:
            company = [(max(stay.from_, its.from_), one) for one, its in scene.bridges[stay.bridge] if one is not parked and one.is_person]
            if company:
                at, taker = min(company, key=lambda pair: pair[0])
                return taker, at
    return None, None


def _slot(taker: Channel | None) -> str:
    """`ParkedCall(default,701)` tells the slot."""
    run = next(taker.ran("parkedcall"), None) if taker else None
    return "" if run is None else run.data.rpartition(",")[2]


def _phone(interface: str, scene: Scene, site: Site) -> str:
    interface = interface_of(interface) if interface in scene.named else interface
    known = next((one.number for one in scene.channels.values() if one.interface == interface and one.number), "")
    return site.users.get(interface) or known or interface


def forwards(draft: Draft) -> tuple[Forward, ...]:
    """By whom the call was sent on, and where to."""
    told = [Forward(event.rdnis or event.exten, event.detail.get("forward", "")) for event in draft.moves if event.kind == "forwarded"]
    caller = draft.caller
    if told or caller is None:
        return tuple(dict.fromkeys(told))
    for run in caller.ran("dial"):
        by = next((row.rdnis for row in caller.rows if row.rdnis), "")
        if by and run.exten and run.exten != by:
            return (Forward(by, run.exten),)
    return ()
