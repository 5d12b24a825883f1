"""The filters of /calls, which its pages and its export share."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

from ...errors import invalid
from ...model import CallId, Outcome
from ...sql.calls import CallFilter
from ...web.fields import Instant, Moment, Text, given, instant_of, moment_of

_QueueStatus = Literal[
    "abandoned", "answered", "divert_ca_ratio", "divert_waittime", "closed", "full", "joinempty", "leaveempty", "timeout"
]


class CallsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """All that is given must hold. `start` and `end` as in XiVO's search (starting or ending since), `since` and `before` on the start
    alone; in `callee`, `caller` and `number` (either side), `%` stands for any run of characters; `min_duration` and
    `max_duration` in seconds of talk."""

    agent: Text | UnsetType = UNSET
    queue: Text | UnsetType = UNSET
    start: Moment | UnsetType = UNSET
    end: Moment | UnsetType = UNSET
    since: Instant | UnsetType = UNSET
    before: Instant | UnsetType = UNSET
    callee: Text | UnsetType = UNSET
    caller: Text | UnsetType = UNSET
    number: Text | UnsetType = UNSET
    direction: Literal["incoming", "outgoing", "internal", "all"] = "all"
    queue_call_status: _QueueStatus | UnsetType = field(default=UNSET, name="queueCallStatus")
    key: Text | UnsetType = UNSET
    value: Text | UnsetType = UNSET
    unique_id: Text | UnsetType = UNSET
    pbx: Text | UnsetType = UNSET
    outcome: Outcome | UnsetType = UNSET
    recorded: Literal["any", "yes", "no"] = "any"
    reviewed: Literal["any", "yes", "no"] = "any"
    min_duration: Annotated[float, Meta(ge=0, le=1e9)] | UnsetType = UNSET
    max_duration: Annotated[float, Meta(ge=0, le=1e9)] | UnsetType = UNSET


def filter_of(query: CallsWanted, zone: ZoneInfo, cursor: CallId | None, limit: int) -> CallFilter:
    """What to look for, one page of it; `zone` is that of moments without an offset."""
    if query.value is not UNSET and query.key is UNSET:
        raise invalid("value", "needs a key")
    conditions = given(
        agent=query.agent, queue=query.queue, callee=query.callee, caller=query.caller, number=query.number,
        start=moment_of(query.start, zone), end=moment_of(query.end, zone),
        since=instant_of(query.since), before=instant_of(query.before),
        direction=None if query.direction == "all" else query.direction,
        queue_status=query.queue_call_status, key=query.key, value=query.value,
        unique_id=query.unique_id, pbx=query.pbx, outcome=query.outcome, min_duration=query.min_duration,
        max_duration=query.max_duration,
        recorded=None if query.recorded == "any" else query.recorded == "yes",
        reviewed=None if query.reviewed == "any" else query.reviewed == "yes",
    )  # fmt: skip
    return CallFilter(cursor=cursor, limit=limit, **conditions)
