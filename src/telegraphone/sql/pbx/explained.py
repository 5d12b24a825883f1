"""A call with all that was said of it, for `telegraphone explain`."""

from ...access import Actor, require
from ...db import Tx
from ...errors import NotFound
from ...events import Event, order
from ...model import Call, CallId
from ..calls import StoredCall, find_calls_with, get_call
from .clusters import list_events_of


def find_to_explain(tx: Tx, actor: Actor, wanted: str) -> list[tuple[Call, list[Event]]]:
    """The call of that number, or the calls with that unique id, each with the events of its channels in order."""
    require(actor, "admin")
    found = [get_call(tx, actor, CallId(int(wanted)))] if wanted.isdecimal() else find_calls_with(tx, actor, wanted)
    if not found:
        raise NotFound(f"there is no call with the unique id {wanted}")
    return [(stored.call, _events(tx, stored)) for stored in found]


def _events(tx: Tx, stored: StoredCall) -> list[Event]:
    """Of the events of a cluster those that name a leg of this call."""
    own = {*stored.call.unique_ids, stored.call.linked_id}
    events = list_events_of(tx, stored.id)
    return sorted((event for event in events if event.leg in own or event.linked_id == stored.call.linked_id), key=order)
