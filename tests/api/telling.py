"""What a PBX tells of made-up calls, in the words of events.py; the record grows from it as from real logs."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.events import Event
from telegraphone.interpret import Settings
from telegraphone.model import Agent, Queue, User
from telegraphone.record import Added, Batch, Log, append
from telegraphone.sql.directory import put_directory

SETTINGS = Settings(trunk_contexts=("from-trunk",), trunk_endpoints=("PJSIP/trunk",), country="FR")
SPRING = datetime(2016, 3, 31, 14, 44, 26, tzinfo=UTC)
"""When the documentation's example call began: 16:44:26 in Paris."""
BRIDGE = {"bridge_technology": "simple_bridge"}


class Teller:
    """Events of one call, in order; `at` is in seconds after its start."""

    def __init__(self, started_at: datetime, linked_id: str) -> None:
        self.started_at, self.linked_id, self.events = started_at, linked_id, list[Event]()

    def tell(self, at: float, kind: str, leg: str, channel: str = "", **more: object) -> None:
        self.events.append(Event(**{  # type: ignore[arg-type]
            "kind": kind, "at": self.started_at + timedelta(seconds=at), "leg": leg, "linked_id": self.linked_id, "channel": channel,
            "source": "asterisk-cel", "position": len(self.events) + 1, **more,
        }))  # fmt: skip

    def queue(self, at: float, kind: str, callid: str, queue: str, member: str, **detail: str) -> None:
        self.events.append(Event(**{  # type: ignore[arg-type]
            "kind": kind, "at": self.started_at + timedelta(seconds=at), "leg": callid, "queue": queue, "member": member, "detail": detail,
            "source": "asterisk-queue-log", "position": len(self.events) + 1,
        }))  # fmt: skip

    def attach(self, at: float, leg: str, channel: str, **pairs: str) -> None:
        for key, value in pairs.items():
            said = f"ATTACHED_DATA,{key}={value}"
            self.tell(at, "attached", leg, channel, app="CELGenUserEvent", app_data=said, detail={"key": key, "value": value})

    def end(self, at: float, *legs: tuple[str, str]) -> None:
        for leg, channel in legs:
            self.tell(at, "leg_hung_up", leg, channel, detail={"hangupcause": "16"})
            self.tell(at, "leg_ended", leg, channel)
        self.tell(at, "linked_id_ended", *legs[-1])


def queue_call(
    unique_id: str = "1459435466.286075", *, started_at: datetime = SPRING, caller: str = "loadtester", dialled: str = "73556",
    queue: str = "hotline", agent: str | None = "1564", wait_s: float = 4, talk_s: float = 192, **attached: str,
) -> list[Event]:  # fmt: skip
    """From outside into a queue; the agent answers, or with None nobody does and the caller gives up."""
    epoch, _, counter = unique_id.partition(".")
    there = f"{epoch}.{int(counter) + 1}"
    trunk, phone = "PJSIP/trunk-00000001", "PJSIP/1003-00000002"
    call = Teller(started_at, unique_id)
    who: dict[str, object] = {"number": caller, "name": caller, "exten": dialled, "context": "from-trunk", "dnid": dialled}
    call.tell(0, "leg_started", unique_id, trunk, **who)
    call.tell(0, "leg_answered", unique_id, trunk, **who, app="Answer")
    call.attach(0, unique_id, trunk, **attached)
    call.tell(0, "app_started", unique_id, trunk, **who, app="Queue", app_data=f"{queue},t,,,60")
    call.queue(0, "queue_entered", unique_id, queue, "NONE", verb="ENTERQUEUE", number=caller, position="1")
    call.tell(0.1, "leg_started", there, phone, number="1003", name="Dino", context="from-phones", exten="s")
    if agent is None:
        call.queue(wait_s, "queue_abandoned", unique_id, queue, "NONE", verb="ABANDON", position="1", wait_s=str(wait_s))
        call.end(wait_s, (there, phone), (unique_id, trunk))
        return call.events
    call.tell(wait_s, "leg_answered", there, phone, number="1003", context="from-phones", app="AppQueue", app_data="(Outgoing Line)")
    call.queue(
        wait_s, "queue_connected", unique_id, queue, f"Agent/{agent}", verb="CONNECT", hold_s=str(wait_s), leg=there, ring_s=str(wait_s)
    )
    for leg, channel in ((there, phone), (unique_id, trunk)):
        call.tell(wait_s, "bridge_entered", leg, channel, detail={"bridge_id": f"b-{unique_id}", **BRIDGE})
    end = wait_s + talk_s
    for leg, channel in ((unique_id, trunk), (there, phone)):
        call.tell(end, "bridge_left", leg, channel, detail={"bridge_id": f"b-{unique_id}", **BRIDGE})
    call.queue(end, "queue_completed", unique_id, queue, f"Agent/{agent}", verb="COMPLETECALLER", by="caller", hold_s="4", talk_s="192")
    call.end(end, (there, phone), (unique_id, trunk))
    return call.events


def direct_call(
    unique_id: str, *, started_at: datetime, caller: str = "1001", interface: str = "PJSIP/az9kf7", dialled: str = "1002",
    to: str = "PJSIP/q7r5te", ring_s: float = 2, talk_s: float | None = 18, is_over: bool = True, **attached: str,
) -> list[Event]:  # fmt: skip
    """From one phone to another; with `talk_s=None` nobody answers, and with `is_over=False` they still talk."""
    epoch, _, counter = unique_id.partition(".")
    there = f"{epoch}.{int(counter) + 1}"
    ours, theirs = f"{interface}-00000001", f"{to}-00000002"
    call = Teller(started_at, unique_id)
    who: dict[str, object] = {"number": caller, "exten": dialled, "context": "from-phones", "dnid": dialled}
    call.tell(0, "leg_started", unique_id, ours, **who)
    call.attach(0, unique_id, ours, **attached)
    call.tell(0, "app_started", unique_id, ours, **who, app="Dial", app_data=to)
    call.tell(0, "leg_started", there, theirs, number=dialled, context="from-phones", exten="s")
    if talk_s is None:
        call.end(ring_s, (there, theirs), (unique_id, ours))
        return call.events
    call.tell(ring_s, "leg_answered", there, theirs, number=dialled, context="from-phones", app="AppDial")
    call.tell(ring_s, "leg_answered", unique_id, ours, **who, app="Dial", app_data=to)
    for leg, channel in ((there, theirs), (unique_id, ours)):
        call.tell(ring_s, "bridge_entered", leg, channel, detail={"bridge_id": f"b-{unique_id}", **BRIDGE})
    if is_over:
        for leg, channel in ((unique_id, ours), (there, theirs)):
            call.tell(ring_s + talk_s, "bridge_left", leg, channel, detail={"bridge_id": f"b-{unique_id}", **BRIDGE})
        call.end(ring_s + talk_s, (there, theirs), (unique_id, ours))
    return call.events


def feed(db: Db, events: Iterable[Event], *, pbx: str = "pbx1", now: datetime = datetime(2016, 4, 1, 12, tzinfo=UTC)) -> Added:
    """Through the same door as everything."""
    with db.transaction() as tx:
        return append(tx, Batch(Log(pbx, "tests", ""), list(events), 0), SETTINGS, now)


def put_people(db: Db) -> None:
    """Agents, queues and users whom the calls above name."""
    agents = [Agent("1564", "Dino Falconetti", "Dino", "Falconetti"), Agent("2000", "Emma Lefèvre", "Emma", "Lefèvre")]
    queues = [Queue("3556", "hotline", display_name="hotline"), Queue("3000", "cars", display_name="Cars")]
    users = [User("1001", "", "Poste", "Poste 1001", "PJSIP/az9kf7"), User("1002", "", "Bob", "Durand", "PJSIP/q7r5te")]
    with db.transaction() as tx:
        for kind, entries in (("agents", agents), ("queues", queues), ("users", users)):
            put_directory(tx, SYSTEM, kind, entries)  # type: ignore[arg-type]
