"""Who last spoke to this caller: one index look-up, since a dialplan asks it while the caller waits."""

from datetime import datetime

from ..access import Actor, visible_calls
from ..db import Tx, micros


def find_last_agent(tx: Tx, actor: Actor, caller_key: str, since: datetime) -> str | None:
    """The agent who last began to talk in a call from this number (`numbers.canonical`), not before `since`."""
    where, args = visible_calls(actor)
    seen = f" and exists (select 1 from calls c where c.id = a.call_id and {' and '.join(where)})" if where else ""
    row = tx.one(
        "select a.agent from call_agents a where a.caller_key = :caller_key and a.talked_at is not null and a.talked_at >= :since"
        f"{seen} order by a.talked_at desc, a.call_id desc limit 1",
        caller_key=caller_key, since=micros(since), **args,
    )  # fmt: skip
    return row["agent"] if row else None
