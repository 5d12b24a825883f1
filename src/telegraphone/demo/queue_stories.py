"""Calls that come to a queue, each told to its end."""

import msgspec

from . import moves
from .centre import Phone, Queue
from .scene import Scene
from .tape import Channel

LONG_S = 300
"""How long a queue usually keeps a caller."""
WORDS = {
    "closed": "CLOSED", "joinempty": "JOINEMPTY", "full": "FULL", "divert_ca_ratio": "DIVERT_CA_RATIO",
    "divert_waittime": "DIVERT_HOLDTIME",
}  # fmt: skip
"""What the dial plan writes to the queue's log when it turns a caller away."""


class Connection(msgspec.Struct):
    """A caller and the member who took him; `hold_s` is how long he waited, `since` when that was over."""

    queue: Queue
    member: Phone
    phone: Channel
    bridge: str
    hold_s: int
    since: int


def answered(s: Scene) -> None:
    """Somebody takes the call."""
    caller, queue = _arrived(s)
    found = _connected(s, caller, queue)
    s.talk()
    _completed(s, caller, found)


def held(s: Scene) -> None:
    """Somebody takes the call and puts the caller on hold for a while."""
    caller, queue = _arrived(s)
    found = _connected(s, caller, queue)
    s.talk(0.4)
    s.hold(caller)
    s.talk(0.4)
    _completed(s, caller, found)


def overflowed(s: Scene) -> None:
    """Nobody at the first queue; the second takes the call."""
    caller, first = _arrived(s)
    _in_vain(s, caller, first, s.rng.choice((20, 30)))
    second = s.rng.choice(_others(s, first))
    found = _connected(s, caller, second)
    s.talk()
    _completed(s, caller, found)


def to_phone(s: Scene) -> None:
    """The agent passes the caller on to a colleague."""
    caller, queue = _arrived(s)
    found = _connected(s, caller, queue)
    s.talk(0.4)
    colleague = s.colleague()
    _sent(s, caller, found, colleague.number)
    s.tell_data(caller)
    callee = moves.dial(s.tape, caller, colleague, colleague.number)
    assert callee is not None
    s.tape.wait(s.rng.uniform(2, 9))
    bridge = moves.pick_up(s.tape, caller, callee, is_up=True)
    s.talk(0.5)
    moves.talk_ends(s.tape, caller, callee, bridge, by=s.rng.choice((caller, callee)))


def to_queue(s: Scene) -> None:
    """The agent passes the caller on to another queue."""
    caller, queue = _arrived(s)
    found = _connected(s, caller, queue)
    s.talk(0.3)
    other = s.rng.choice(_others(s, queue))
    _sent(s, caller, found, other.number)
    found = _connected(s, caller, other)
    s.talk(0.5)
    _completed(s, caller, found)


def attended(s: Scene) -> None:
    """The agent asks a colleague first, then joins the two; what they said to each other is a call of its own."""
    caller, queue = _arrived(s)
    found = _connected(s, caller, queue)
    s.talk(0.3)
    moves.music(s.tape, caller, "BEGIN")
    colleague, aside = s.colleague(), s.later()
    asking = moves.inside_caller(aside, found.member, colleague.number)
    asked = moves.dial(aside, asking, colleague, colleague.number)
    assert asked is not None
    aside.wait(s.rng.uniform(2, 6))
    second = moves.pick_up(aside, asking, asked)
    aside.wait(s.rng.uniform(6, 25))
    s.tape.at = aside.at
    _log_left(s, found, "ATTENDEDTRANSFER", "BRIDGE", found.bridge)
    moves.join(s.tape, caller, found.phone, (asking, asked), (found.bridge, second))
    s.talk(0.5)
    moves.talk_ends(s.tape, caller, asked, found.bridge, by=caller)


def abandoned(s: Scene) -> None:
    """The caller has no patience."""
    caller, queue = _arrived(s)
    moves.enter_queue(s.tape, caller, queue, LONG_S)
    since = int(s.tape.at.timestamp())
    s.tape.wait(_patience(s))
    offers = [moves.offer(s.tape, caller, queue, member) for member in s.members(queue)]
    s.tape.wait(s.rng.uniform(1, queue.ring_s - 1))
    moves.music(s.tape, caller, "END")
    for offer in offers:
        _log_rang(s, caller, queue, offer, "RINGCANCELED")
        moves.withdraw(s.tape, offer)
    s.tape.log(caller.linked_id, queue.name, "NONE", "ABANDON", 1, 1, int(s.tape.at.timestamp()) - since)
    moves.end_app(s.tape, caller)
    moves.leave(s.tape, caller, 0, caller.name, "CANCEL")


def timed_out(s: Scene) -> None:
    """Nobody has time; the caller is sent away."""
    caller, queue = _arrived(s)
    _in_vain(s, caller, queue, s.rng.choice((30, 45, 60)))
    _sorry(s, caller, "NOANSWER", is_in_queue=True)


def left_empty(s: Scene) -> None:
    """The last agent leaves while the caller waits."""
    caller, queue = _arrived(s)
    moves.enter_queue(s.tape, caller, queue, LONG_S)
    since = int(s.tape.at.timestamp())
    _unanswered(s, caller, queue, queue.ring_s)
    moves.music(s.tape, caller, "END")
    s.tape.log(caller.linked_id, queue.name, "NONE", "EXITEMPTY", 1, 1, int(s.tape.at.timestamp()) - since)
    s.tape.log(caller.linked_id, queue.name, "NONE", "LEAVEEMPTY")
    _sorry(s, caller, "NOANSWER", is_in_queue=True)


def turned_away(s: Scene) -> None:
    """The queue does not take the call at all. Whether it is full or empty only the queue itself knows."""
    caller, queue = _arrived(s)
    why = s.plan.kind.removeprefix("queue_")
    caller.now(exten=queue.number, context="queues")
    if why in ("joinempty", "full"):
        s.tape.tell(moves.queued(caller, queue, LONG_S), "APP_START")
        moves.end_app(s.tape, caller)
    s.tape.log(caller.linked_id, queue.name, "NONE", WORDS[why])
    _sorry(s, caller, "")


def _arrived(s: Scene) -> tuple[Channel, Queue]:
    queue = s.queue()
    caller = moves.outside_caller(s.tape, s.customer, queue.number)
    moves.answer_line(s.tape, caller, queue.number)
    s.tell_data(caller)
    s.record(caller, "b")
    return caller, queue


def _patience(s: Scene) -> float:
    """Everybody may be busy at first."""
    return 0.0 if s.rng.random() < 0.55 else min(90.0, s.rng.expovariate(1 / 25))


def _others(s: Scene, queue: Queue) -> list[Queue]:
    return [other for _ in range(12) if (other := s.queue()) is not queue] or [queue]


def _connected(s: Scene, caller: Channel, queue: Queue) -> Connection:
    """The caller waits until somebody takes the call; now and then the first member does not."""
    moves.enter_queue(s.tape, caller, queue, LONG_S)
    since = int(s.tape.at.timestamp())
    s.tape.wait(_patience(s))
    if queue.way != "ringall" and s.rng.random() < 0.15:
        _unanswered(s, caller, queue, queue.ring_s)
        s.tape.wait(1)
    first, *others = [moves.offer(s.tape, caller, queue, member) for member in s.members(queue)]
    rang = int(s.tape.at.timestamp())
    s.tape.wait(min(s.rng.lognormvariate(1.5, 0.5), queue.ring_s - 1))
    bridge, named = moves.take(s.tape, caller, first, others)
    now = int(s.tape.at.timestamp())
    s.tape.log(caller.linked_id, queue.name, f"Agent/{first.member.agent}", "CONNECT", now - since, named.unique_id, now - rang)
    return Connection(queue, first.member, first.phone, bridge, now - since, now)


def _unanswered(s: Scene, caller: Channel, queue: Queue, ring_s: float) -> None:
    """Members are rung in vain."""
    offers = [moves.offer(s.tape, caller, queue, member) for member in s.members(queue)]
    s.tape.wait(ring_s)
    for offer in offers:
        _log_rang(s, caller, queue, offer, "RINGNOANSWER")
        moves.withdraw(s.tape, offer)


def _in_vain(s: Scene, caller: Channel, queue: Queue, limit_s: int) -> None:
    """The caller waits as long as the queue lets him."""
    moves.enter_queue(s.tape, caller, queue, limit_s)
    since = s.tape.at
    until = since.timestamp() + limit_s
    while (left := until - s.tape.at.timestamp()) > 1:
        _unanswered(s, caller, queue, min(left, queue.ring_s))
        s.tape.wait(max(0.0, min(1.0, until - s.tape.at.timestamp())))
    moves.music(s.tape, caller, "END")
    s.tape.log(caller.linked_id, queue.name, "NONE", "EXITWITHTIMEOUT", 1, 1, limit_s)


def _log_rang(s: Scene, caller: Channel, queue: Queue, offer: moves.Offer, event: str) -> None:
    rang_ms = int((s.tape.at.timestamp() - offer.since) * 1000)
    s.tape.log(caller.linked_id, queue.name, f"Agent/{offer.member.agent}", event, rang_ms)


def _log_left(s: Scene, found: Connection, event: str, *data: object) -> None:
    """The member is no more in the call."""
    talked = int(s.tape.at.timestamp()) - found.since
    s.tape.log(s.tape.linked_id, found.queue.name, f"Agent/{found.member.agent}", event, *data, found.hold_s, talked, 1)


def _completed(s: Scene, caller: Channel, found: Connection) -> None:
    is_caller = s.rng.random() < 0.7
    _log_left(s, found, "COMPLETECALLER" if is_caller else "COMPLETEAGENT")
    moves.talk_ends(s.tape, caller, found.phone, found.bridge, by=caller if is_caller else found.phone)


def _sent(s: Scene, caller: Channel, found: Connection, exten: str) -> None:
    """The agent transfers the caller blindly."""
    _log_left(s, found, "BLINDTRANSFER", exten, "from-phones")
    moves.send(s.tape, caller, found.phone, found.bridge, exten)


def _sorry(s: Scene, caller: Channel, status: str, *, is_in_queue: bool = False) -> None:
    """An announcement, and the PBX hangs up."""
    if is_in_queue:
        moves.end_app(s.tape, caller)
    moves.play(s.tape, caller, "Playback", "sorry", s.rng.uniform(2, 5))
    moves.leave(s.tape, caller, status=status)
