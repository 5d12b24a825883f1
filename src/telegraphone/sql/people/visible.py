"""Whether a call is the actor's to see, for statements that write about it."""

from ...access import Actor, visible_calls
from ...db import Tx
from ...errors import NotFound
from ...model import CallId


def check_visible(tx: Tx, actor: Actor, call_id: CallId) -> None:
    """NotFound when there is no such call, or it is not this actor's to see."""
    where, args = visible_calls(actor)
    if tx.one(f"select c.id from calls c where {' and '.join(['c.id = :id', *where])}", id=call_id, **args) is None:
        raise no_call(call_id)


def no_call(call_id: CallId) -> NotFound:
    return NotFound(f"there is no call {call_id}")
