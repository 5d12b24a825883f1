"""The history of a phone or of an agent: one line per call, newest first (api.md, POST /history)."""

from datetime import datetime
from functools import lru_cache

import msgspec

from ..access import Actor, visible_calls
from ..db import Row, Tx, micros, moment


class HistoryLine(msgspec.Struct, frozen=True):
    """One call as seen from that phone or agent; `status` is emitted, answered, missed or ongoing. Unknown names are None."""

    started_at: datetime
    duration_ms: int | None
    src_num: str
    dst_num: str
    status: str
    src_firstname: str | None
    src_lastname: str | None
    dst_firstname: str | None
    dst_lastname: str | None


@lru_cache(4096)
def same_interface(interface: str) -> str:
    """`PJSIP/x` and `SIP/x` are the same phone, seen by two channel drivers."""
    technology, slash, line = interface.partition("/")
    return f"SIP/{line}" if slash and technology.upper() == "PJSIP" else interface


def list_history(
    tx: Tx, actor: Actor, *, interface: str | None = None, agent: str | None = None, since: datetime | None, limit: int
) -> list[HistoryLine]:
    where, args = visible_calls(actor)
    if since is not None:
        where, args = [*where, "c.started_at >= :since"], {**args, "since": micros(since)}
    seen, subject = _seen_by(interface, agent)
    conditions = " and ".join([seen, "s.seen_as <> ''", *where])
    rows = tx.all(_statement("call_legs" if agent is None else "call_agents", conditions), subject=subject, limit=limit, **args)
    return [_line(row) for row in rows]


def _seen_by(interface: str | None, agent: str | None) -> tuple[str, str]:
    if agent is not None:
        return "s.agent = :subject", agent
    return "s.interface = :subject", same_interface(interface or "")


def _statement(seen: str, conditions: str) -> str:
    """A queue's display name stands before a user's name: what was dialled led to the queue."""
    return f"""
        select c.started_at, c.talk_ms, c.caller_number, c.dialled_number, s.seen_as,
            su.firstname as src_firstname, su.lastname as src_lastname, su.name as src_name,
            du.firstname as dst_firstname, du.lastname as dst_lastname, du.name as dst_name,
            (select coalesce(nullif(q.display_name, ''), cq.queue) from call_queues cq
                left join queues q on q.name = cq.queue where cq.call_id = c.id and cq.position = 0) as queue_name
        from {seen} s
        join calls c on c.id = s.call_id
        left join users su on su.number = c.caller_number
        left join users du on du.number = c.dialled_number
        where {conditions}
        order by s.call_id desc limit :limit"""


def _line(row: Row) -> HistoryLine:
    queue = row["queue_name"]
    return HistoryLine(
        started_at=moment(row["started_at"]),
        duration_ms=row["talk_ms"],
        src_num=row["caller_number"],
        dst_num=row["dialled_number"],
        status=row["seen_as"],
        src_firstname=row["src_firstname"] or None,
        src_lastname=row["src_lastname"] or row["src_name"] or None,
        dst_firstname=None if queue else row["dst_firstname"] or None,
        dst_lastname=queue or row["dst_lastname"] or row["dst_name"] or None,
    )
