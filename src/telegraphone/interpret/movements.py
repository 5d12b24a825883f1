"""How people moved within a call: holds, transfers, parking, forwards.

Rules. Music that begins for somebody in the middle of a conversation is a hold by whoever he was talking to: CEL has no other trace of
it. It is none while the other is in a menu of his keys (a transfer by DTMF: he has just pressed keys, or hears `pbx-transfer`), in a
conference, or while parked. BLINDTRANSFER is a transfer, whether or not anybody answers, unless the transferee is parked by it.
ATTENDEDTRANSFER joins two calls, or two bridges of one call (by DTMF): it is told of the call of the transferee, and the number is what
the transferer dialled.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from .channels import CONFERENCE, Channel, Scene

FINGERS = timedelta(milliseconds=700)
"""Music that starts so soon after a key was pressed belongs to what the keys asked for."""
NO_ID = ("", "N/A")


class HoldTrace(msgspec.Struct):
    """Somebody was held by somebody."""

    held: Channel
    holder: Channel
    from_: datetime
    to: datetime | None


def hold_traces(scene: Scene) -> list[HoldTrace]:
    """All holds of a scene, in order."""
    found = [*_told(scene)] if scene.held else []
    for channel in scene.channels.values():
        for span in channel.music:
            holder = _holder(scene, channel, span.from_)
            if holder is not None and not any(_is_same(trace, channel, span.from_) for trace in found):
                found.append(HoldTrace(channel, holder, span.from_, _until(channel, span.from_, span.to)))
    return sorted(found, key=lambda trace: trace.from_)


def _is_same(trace: HoldTrace, held: Channel, at: datetime) -> bool:
    """Whether music is what is heard of a hold that is known already."""
    return trace.held is held and trace.from_ - FINGERS <= at and (trace.to is None or at <= trace.to)


def _holder(scene: Scene, channel: Channel, at: datetime) -> Channel | None:
    stay = channel.stay_at(at)
    if stay is None or stay.technology == CONFERENCE:
        return None
    others = scene.together(channel, at)
    return others[0] if others and not any(_presses_keys(other, at) for other in others) else None


def _presses_keys(channel: Channel, at: datetime) -> bool:
    for row in channel.rows:
        if row.kind == "dtmf" and at - FINGERS <= row.at <= at:
            return True
        if row.kind == "stream_started" and at - FINGERS <= row.at <= at + FINGERS and "transfer" in row.detail.get("sound", ""):
            return True
    return False


def _until(channel: Channel, since: datetime, to: datetime | None) -> datetime | None:
    """A hold ends with the conversation that it interrupts."""
    stay = channel.stay_at(since)
    end = stay.to if stay is not None else None
    return min((x for x in (to, end) if x is not None), default=None)


def _told(scene: Scene) -> Iterator[HoldTrace]:
    """Holds that the PBX told outright: the leg is the holder's."""
    open_: dict[str, HoldTrace] = {}
    for event in scene.held:
        holder = scene.channels[event.leg]
        if event.kind == "unheld":
            if (trace := open_.pop(event.leg, None)) is not None:
                trace.to = event.at
        elif event.leg not in open_:
            others = scene.together(holder, event.at)
            if others:
                open_[event.leg] = HoldTrace(others[0], holder, event.at, holder.ended_at)
                yield open_[event.leg]
