"""Calls made by hand, for tests of what is found in them."""

from datetime import UTC, datetime, timedelta

from telegraphone.db import Db
from telegraphone.model import AgentTalk, Call, CallId, Leg, Party, QueuePassage
from telegraphone.sql.pbx.put_calls import ToPut, put_calls

DAY = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return DAY + timedelta(seconds=seconds)


def made(n: int, **more: object) -> Call:
    """An internal call from 1 to 2 that nobody answered, at second `n` of the day."""
    return Call(**{  # type: ignore[arg-type]
        "linked_id": f"{n}.0", "unique_ids": (f"{n}.0",), "direction": "internal", "outcome": "missed", "caller": Party("1"),
        "dialled": Party("2"), "started_at": at(n), "ended_at": at(n), **more,
    })  # fmt: skip


def put(db: Db, *calls: Call, pbx: str = "pbx1", country: str = "FR") -> list[CallId]:
    """Each in a cluster of its own; their numbers, in order."""
    numbers = []
    with db.transaction() as tx:
        for call in calls:
            numbers += put_calls(tx, pbx, [ToPut(hash((pbx, call.linked_id)) % 2**32, (call,))], country, DAY)
    return numbers


def answered_by_agent(n: int, agent: str, caller: str = "0612345678", talked_at: float | None = None) -> Call:
    begins = at(n if talked_at is None else talked_at)
    return made(
        n, direction="incoming", outcome="answered", caller=Party(caller), answered_at=begins, ended_at=at(n + 60),
        queues=(QueuePassage("hotline", at(n), "answered", 1.0, agent, ("2009", agent)),), agents=(AgentTalk(agent, begins, at(n + 60)),),
        legs=(
            Leg(f"{n}.0", "PJSIP/trunk", "caller", caller, joined_at=begins), Leg(f"{n}.1", "PJSIP/1009", "agent", "1009"),
            Leg(f"{n}.2", "PJSIP/1003", "agent", "1003", joined_at=begins),
        ),
    )  # fmt: skip
