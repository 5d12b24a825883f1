"""Calls from one telephone to another, each told to its end: from outside, to the outside, and within the house."""

from collections.abc import Callable

from . import moves
from .centre import AGENT_PHONES, OFFICE_PHONES, PHONES, Phone
from .scene import Scene
from .tape import Channel

Ending = Callable[[Scene, Channel, Channel | None], None]
"""What becomes of a call when it has been dialled: the caller, and the phone that rings."""


def incoming(s: Scene) -> None:
    """Somebody outside calls somebody's own number."""
    callee = _callee(s)
    caller = moves.outside_caller(s.tape, s.customer, callee.number)
    s.tell_data(caller)
    s.record(caller)
    _ending(s)(s, caller, moves.dial(s.tape, caller, callee, callee.number))


def outgoing(s: Scene) -> None:
    """One of us calls somebody outside."""
    number = s.customer.number or "0639980000"
    caller = moves.inside_caller(s.tape, s.pick(AGENT_PHONES), f"0{number}")
    s.tell_data(caller)
    s.record(caller)
    _ending(s)(s, caller, moves.dial_out(s.tape, caller, number))


def internal(s: Scene) -> None:
    """Two of us."""
    caller_phone = s.pick(PHONES)
    callee = _callee(s)
    caller = moves.inside_caller(s.tape, caller_phone, callee.number)
    s.record(caller)
    _ending(s)(s, caller, moves.dial(s.tape, caller, callee, callee.number))


def _callee(s: Scene) -> Phone:
    if s.plan.kind.endswith("unreachable"):
        return next(phone for phone in PHONES if not phone.is_plugged_in)
    return s.pick(OFFICE_PHONES)


def _ending(s: Scene) -> Ending:
    return ENDINGS[s.plan.kind.partition("_")[2]]


def _answered(s: Scene, caller: Channel, callee: Channel | None) -> None:
    assert callee is not None
    s.tape.wait(s.rng.uniform(2, 14))
    bridge = moves.pick_up(s.tape, caller, callee)
    s.talk()
    moves.talk_ends(s.tape, caller, callee, bridge, by=s.rng.choice((caller, callee)))


def _given_up(s: Scene, caller: Channel, callee: Channel | None) -> None:
    s.tape.wait(s.rng.uniform(3, 17))
    _silent(s, callee, moves.GAVE_UP)
    moves.end_app(s.tape, caller)
    moves.leave(s.tape, caller, moves.GAVE_UP, caller.name, "CANCEL")


def _no_answer(s: Scene, caller: Channel, callee: Channel | None) -> None:
    s.tape.wait(20 if caller.context == "user" else 30)
    moves.end_app(s.tape, caller)
    _silent(s, callee, 0)
    moves.leave(s.tape, caller, status="NOANSWER")


def _voicemail(s: Scene, caller: Channel, callee: Channel | None) -> None:
    """Nobody answers, but the mailbox does."""
    s.tape.wait(20)
    moves.end_app(s.tape, caller)
    _silent(s, callee, 0)
    s.tape.tell(caller.now(app="VoiceMail", data=f"{caller.exten}@default,us"), "APP_START")
    s.tape.tell(caller, "ANSWER")
    moves.listen(s.tape, caller, "vm-intro", 5.5)
    moves.listen(s.tape, caller, "beep", 0.4)
    s.tape.wait(s.rng.uniform(4, 40))
    moves.end_app(s.tape, caller)
    moves.leave(s.tape, caller, moves.NORMAL, caller.name, "NOANSWER")


def _busy(s: Scene, caller: Channel, callee: Channel | None) -> None:
    s.tape.wait(s.rng.uniform(0.2, 1.5))
    moves.end_app(s.tape, caller)
    s.tape.tell(caller.now(app="Busy", data="1"), "APP_START")
    _silent(s, callee, moves.BUSY, by_itself=True)
    s.tape.wait(1)
    moves.end_app(s.tape, caller)
    moves.leave(s.tape, caller, moves.BUSY, caller.name, "BUSY")


def _failed(s: Scene, caller: Channel, callee: Channel | None) -> None:
    s.tape.wait(s.rng.uniform(0.1, 0.6))
    _silent(s, callee, moves.CONGESTED, by_itself=True)
    moves.end_app(s.tape, caller)
    s.tape.tell(caller.now(app="Congestion", data="1"), "APP_START")
    moves.end_app(s.tape, caller)
    moves.leave(s.tape, caller, moves.CONGESTED, caller.name, "CONGESTION")


def _rejected(s: Scene, caller: Channel, callee: Channel | None) -> None:
    s.tape.wait(s.rng.uniform(2, 9))
    moves.end_app(s.tape, caller)
    _silent(s, callee, moves.DECLINED, by_itself=True)
    moves.leave(s.tape, caller, moves.UNREGISTERED, status="HANGUP")


def _unreachable(s: Scene, caller: Channel, callee: Channel | None) -> None:
    assert callee is None
    moves.end_app(s.tape, caller)
    moves.leave(s.tape, caller, moves.UNREGISTERED)


def _silent(s: Scene, callee: Channel | None, cause: int, *, by_itself: bool = False) -> None:
    """The phone that was called is not called any more."""
    assert callee is not None
    moves.hang_up(s.tape, moves.heard_of(callee), cause, by=callee.name if by_itself else "")


ENDINGS: dict[str, Ending] = {
    "": _answered, "given_up": _given_up, "no_answer": _no_answer, "voicemail": _voicemail, "busy": _busy, "failed": _failed,
    "rejected": _rejected, "unreachable": _unreachable,
}  # fmt: skip
