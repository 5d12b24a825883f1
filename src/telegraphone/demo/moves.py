"""What channels do, each in the order of rows in which Asterisk tells it: ring, answer, talk, transfer, hang up."""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from .centre import OUR_PREFIX, Customer, Phone, Queue
from .tape import USER_EVENT, Channel, Tape

LEG = "(Outgoing Line)"
NORMAL, BUSY, DECLINED, UNREGISTERED, CONGESTED, ELSEWHERE, GAVE_UP = 16, 17, 21, 20, 34, 26, 127
DIAL_OPTIONS, QUEUE_OPTIONS = "tTkKxX", "tTkKxX"


class Offer(msgspec.Struct):
    """A call that rings at a member's phone; `halves` are the Local channel between, `since` when it began."""

    member: Phone
    phone: Channel
    halves: tuple[Channel, Channel] | None
    since: float


# ---------------------------------------------------------------------------------------------------------------- the caller


def outside_caller(tape: Tape, customer: Customer, dialled: str) -> Channel:
    """A call comes in."""
    caller = tape.born("PJSIP/trunk").now(exten=OUR_PREFIX + dialled, context="from-trunk")
    return _begun(tape, caller.now(who=customer.name, number=customer.number or "anonymous"))


def inside_caller(tape: Tape, phone: Phone, dialled: str) -> Channel:
    """One of our phones dials."""
    return _begun(tape, tape.born(phone.interface).now(who=phone.name, number=phone.number, exten=dialled, context="from-phones"))


def _begun(tape: Tape, caller: Channel) -> Channel:
    tape.same(caller, "CHAN_START")
    return caller.now(ani=caller.number, dnid=caller.exten)


def attach(tape: Tape, caller: Channel, pairs: Mapping[str, str]) -> None:
    """The dial plan says what it knows of the call."""
    for key, value in pairs.items():
        caller.now(exten="s", context="sub-data")
        _user_event(tape, caller, f"{key}={value}")


def record(tape: Tape, caller: Channel, options: str) -> str:
    """The dial plan records the call and says so: the file's id."""
    file_id = f"demo-{caller.unique_id}"
    caller.now(exten="s", context="sub-record", app="MixMonitor", data=f"{file_id}.wav,{options}")
    tape.tell(caller, "APP_START")
    tape.tell(caller, "APP_END")
    _user_event(tape, caller, f"recording={file_id}")
    return file_id


def _user_event(tape: Tape, caller: Channel, payload: str) -> None:
    caller.now(app="CELGenUserEvent", data=f"{USER_EVENT},{payload}")
    tape.tell(caller, USER_EVENT, own_kind=USER_EVENT, extra={"extra": payload})


def answer_line(tape: Tape, caller: Channel, exten: str) -> None:
    """The PBX itself answers."""
    tape.tell(caller.now(exten=exten, context="queues", app="Answer", data=""), "ANSWER")


def play(tape: Tape, caller: Channel, app: str, sound: str, seconds: float) -> None:
    """Something is said to the caller."""
    tape.tell(caller.now(app=app, data=sound), "APP_START")
    listen(tape, caller, sound, seconds)
    tape.tell(caller, "APP_END")


def listen(tape: Tape, caller: Channel, sound: str, seconds: float) -> None:
    """A sound file is heard."""
    extra: dict[str, object] = {"sound": sound, "format": "slin", "language": "fr"}
    tape.tell(caller, "STREAM_BEGIN", own_kind="FILE_STREAM_BEGIN", extra=extra)
    tape.wait(seconds)
    tape.tell(caller, "STREAM_END", own_kind="FILE_STREAM_END")


def music(tape: Tape, caller: Channel, what: Literal["BEGIN", "END"]) -> None:
    """Waiting music."""
    tape.tell(caller, f"STREAM_{what}", own_kind=f"MOH_STREAM_{what}", extra={"class": "default"} if what == "BEGIN" else None)


# ---------------------------------------------------------------------------------------------------------------- ending


def hang_up(tape: Tape, channel: Channel, cause: int = NORMAL, by: str = "", status: str = "") -> None:
    """A channel is over."""
    tape.tell(channel, "HANGUP", extra={"hangupcause": cause, "hangupsource": by, "dialstatus": status})
    tape.same(channel, "CHAN_END")


def leave(tape: Tape, caller: Channel, cause: int = NORMAL, by: str = "dialplan/builtin", status: str = "") -> None:
    """The last channel of a call is over, and with it the call."""
    hang_up(tape, caller.now(app="", data=""), cause, by, status)
    tape.same(caller, "LINKEDID_END")


def end_app(tape: Tape, caller: Channel) -> None:
    """The caller's application returns."""
    tape.tell(caller, "APP_END")


# ---------------------------------------------------------------------------------------------------------------- dialling


def dial(tape: Tape, caller: Channel, phone: Phone, exten: str, ring_s: int = 20) -> Channel | None:
    """The dial plan rings a phone: its channel, or None where no phone is plugged in."""
    tape.tell(caller.now(exten=exten, context="user", app="Dial", data=f"{phone.interface},{ring_s},{DIAL_OPTIONS}"), "APP_START")
    return _ringing(tape, phone).now(exten=exten, app="AppDial", data=LEG) if phone.is_plugged_in else None


def dial_out(tape: Tape, caller: Channel, number: str) -> Channel:
    """The dial plan calls somebody outside."""
    tape.tell(caller.now(exten=number, context="out", app="Dial", data=f"PJSIP/{number}@trunk,30,TK"), "APP_START")
    callee = tape.born("PJSIP/trunk").now(exten="s", context="from-trunk")
    tape.tell(callee, "CHAN_START")
    return callee.now(number=number, exten=number, app="AppDial", data=LEG)


def _ringing(tape: Tape, phone: Phone) -> Channel:
    channel = tape.born(phone.interface).now(who=phone.name, number=phone.number, exten="s", context="from-phones")
    tape.tell(channel, "CHAN_START")
    return channel


def pick_up(tape: Tape, caller: Channel, callee: Channel, *, is_up: bool = False) -> str:
    """The other side answers and both talk: the bridge. A caller who was transferred is up already."""
    tape.tell(heard_of(callee), "ANSWER")
    if not is_up:
        tape.tell(caller, "ANSWER")
    return meet(tape, caller, callee.now(exten=""))


def heard_of(callee: Channel) -> Channel:
    """A phone that answered in any way has said its number."""
    return callee.now(ani=callee.number if callee.who else "")


def meet(tape: Tape, caller: Channel, callee: Channel) -> str:
    """Two channels enter a bridge."""
    bridge = tape.bridge()
    enter(tape, callee, bridge)
    enter(tape, caller, bridge, peer=callee.name)
    return bridge


def enter(tape: Tape, channel: Channel, bridge: str, peer: str = "") -> None:
    """A channel enters a bridge."""
    tape.tell(channel, "BRIDGE_ENTER", peer=peer, extra={"bridge_id": bridge, "bridge_technology": "simple_bridge"})


def part(tape: Tape, channel: Channel, bridge: str, peer: str = "") -> None:
    """A channel leaves a bridge."""
    tape.tell(channel, "BRIDGE_EXIT", peer=peer, extra={"bridge_id": bridge, "bridge_technology": "simple_bridge"})


def talk_ends(tape: Tape, caller: Channel, callee: Channel, bridge: str, by: Channel) -> None:
    """Whoever hangs up leaves first; both go, and it is chance who is gone first."""
    other = callee if by is caller else caller
    part(tape, by, bridge, peer=other.name)
    part(tape, other, bridge)
    if is_callee_last := tape.rng.random() < 0.5:
        end_app(tape, caller)
        hang_up(tape, caller.now(app="", data=""), by=by.name, status="ANSWER")
    hang_up(tape, callee, by=by.name)
    if is_callee_last:
        tape.same(callee, "LINKEDID_END")
        return
    end_app(tape, caller)
    leave(tape, caller, by=by.name, status="ANSWER")


# ---------------------------------------------------------------------------------------------------------------- transfers


def send(tape: Tape, caller: Channel, phone: Channel, bridge: str, exten: str) -> None:
    """A phone transfers the caller blindly and is out of the call."""
    extra: dict[str, object] = {"extension": exten, "context": "from-phones", "bridge_id": bridge, "transferee_channel_name": caller.name}
    tape.tell(phone, "BLINDTRANSFER", extra=extra | {"transferee_channel_uniqueid": caller.unique_id})
    part(tape, caller.now(exten=exten, context="from-phones"), bridge, peer=phone.name)
    part(tape, phone, bridge)
    hang_up(tape, phone)
    end_app(tape, caller)
    caller.now(app="")


def join(tape: Tape, caller: Channel, phone: Channel, aside: tuple[Channel, Channel], bridges: tuple[str, str]) -> None:
    """A phone that asked aside joins the asked one with the caller; its own two channels are over."""
    (asking, asked), (first, second) = aside, bridges
    music(tape, caller, "END")
    part(tape, asked, second, peer=asking.name)
    part(tape, phone, first, peer=caller.name)
    enter(tape, asked.now(linked_id=caller.linked_id), first, peer=caller.name)
    extra: dict[str, object] = {
        "bridge1_id": first, "channel2_name": asking.name, "channel2_uniqueid": asking.unique_id, "bridge2_id": second,
        "transferee_channel_name": caller.name, "transferee_channel_uniqueid": caller.unique_id,
        "transfer_target_channel_name": asked.name, "transfer_target_channel_uniqueid": asked.unique_id,
    }  # fmt: skip
    tape.tell(phone, "ATTENDEDTRANSFER", extra=extra)
    part(tape, asking, second)
    hang_up(tape, phone)
    end_app(tape, asking)
    leave(tape, asking, by="", status="ANSWER")


# ---------------------------------------------------------------------------------------------------------------- queues


def enter_queue(tape: Tape, caller: Channel, queue: Queue, limit_s: int) -> None:
    """The caller begins to wait. From one queue straight to the next there is no row of the application."""
    is_next = caller.app == "Queue"
    queued(caller, queue, limit_s)
    if not is_next:
        tape.tell(caller, "APP_START")
    music(tape, caller, "BEGIN")
    tape.log(caller.linked_id, queue.name, "NONE", "ENTERQUEUE", "", caller.number, 1)


def queued(caller: Channel, queue: Queue, limit_s: int) -> Channel:
    """The caller's channel at Queue()."""
    return caller.now(exten=queue.number, context="queues", app="Queue", data=f"{queue.name},{QUEUE_OPTIONS},,,{limit_s}")


def offer(tape: Tape, caller: Channel, queue: Queue, member: Phone) -> Offer:
    """The queue rings a member."""
    since = tape.at.timestamp()
    if queue.way != "local":
        phone = _ringing(tape, member).now(exten=queue.number, app="AppQueue", data=LEG)
        return Offer(member, phone, None, since)
    one, two = tape.born_local(f"Local/{member.agent}@agentcallback")
    for half in (one, two):
        tape.tell(half.now(exten=member.agent, context="agentcallback"), "CHAN_START")
    two.now(who=caller.who, number=caller.number, ani=caller.number, app="Dial", data=f"{member.interface},,tT")
    tape.tell(two, "APP_START")
    phone = _ringing(tape, member).now(exten=member.agent, app="AppDial", data=LEG)
    one.now(who=member.name, number=member.number, exten=queue.number, app="AppQueue", data=LEG)
    return Offer(member, phone, (one, two), since)


def withdraw(tape: Tape, offered: Offer, cause: int = 0) -> None:
    """The phone stops ringing."""
    if offered.halves is not None:
        one, two = offered.halves
        hang_up(tape, one, 0)
        end_app(tape, two)
        hang_up(tape, two.now(app="", data=""), 0, status="CANCEL")
        cause = NORMAL
    hang_up(tape, heard_of(offered.phone), cause)


def take(tape: Tape, caller: Channel, offered: Offer, others: Iterable[Offer] = ()) -> tuple[str, Channel]:
    """A member answers, others stop ringing: the bridge in which he talks to the caller, and the channel that the queue's log names."""
    phone = heard_of(offered.phone)
    tape.tell(phone, "ANSWER")
    if offered.halves is None:
        music(tape, caller, "END")
        for other in others:
            withdraw(tape, other, ELSEWHERE)
        return meet(tape, caller, phone), phone
    one, two = offered.halves
    tape.tell(two, "ANSWER")
    inner = meet(tape, two, phone.now(exten=""))
    tape.tell(one, "ANSWER")
    music(tape, caller, "END")
    outer = meet(tape, caller, one)
    _shorten(tape, caller, offered.phone, (one, two), (inner, outer))
    return outer, one


def _shorten(tape: Tape, caller: Channel, phone: Channel, halves: tuple[Channel, Channel], bridges: tuple[str, str]) -> None:
    """The PBX takes the Local channel out of the way."""
    (one, two), (inner, outer) = halves, bridges
    extra: dict[str, object] = {"local_two": two.name, "local_two_uniqueid": two.unique_id}
    tape.wait(0.012)
    tape.tell(one, "LOCAL_OPTIMIZE_BEGIN", extra=extra)
    part(tape, phone, inner, peer=two.name)
    part(tape, one, outer, peer=caller.name)
    enter(tape, phone, outer, peer=caller.name)
    tape.tell(one, "LOCAL_OPTIMIZE", extra=extra)
    part(tape, two, inner)
    hang_up(tape, one)
    end_app(tape, two)
    hang_up(tape, two.now(app="", data=""), status="ANSWER")
