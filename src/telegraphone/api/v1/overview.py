"""/overview: how many calls, how many answered, how long people waited."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...sql.overview import By, Figures, Span, count_calls_by, span_of
from ...web.endpoint import Asked, Endpoint
from ...web.fields import Instant, Text, ZoneName, instant_of, zone_of


class OverviewQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that started in this time; without `before` until now, without `since` the thirty days before that, and three years at most.

    `queue`: by the PBX's name of it. `timezone`: whose days are meant, if not the server's.
    """

    since: Instant | UnsetType = UNSET
    before: Instant | UnsetType = UNSET
    by: By = "day"
    direction: Literal["incoming", "outgoing", "internal", "all"] = "all"
    queue: Annotated[Text, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    timezone: ZoneName | UnsetType = UNSET


class OverviewBody(msgspec.Struct, frozen=True, kw_only=True):
    """`items`: days with calls in order (`key` is the date), or queues (their name) or agents (their number), those of most calls first.

    `since`: from when on calls are counted; it is later than what was asked when `is_whole` is false. `total`: of all days; null otherwise,
    since a call counts for each of its queues and agents.
    """

    since: datetime
    before: datetime
    is_whole: bool
    by: By
    timezone: str
    items: list[Figures]
    total: Figures | None


async def get_overview(asked: Asked[OverviewQuery, None]) -> OverviewBody:
    """The figures of calls by day, queue or agent."""
    query = asked.query
    span = _span(asked)
    found = await asked.db.read(count_calls_by, asked.actor, span, query.by)
    return OverviewBody(
        since=found.since, before=span.before, is_whole=found.since == span.since, by=query.by, timezone=span.zone.key,
        items=found.items, total=found.total,
    )  # fmt: skip


def _span(asked: Asked[OverviewQuery, None]) -> Span:
    query = asked.query
    zone = zone_of(query.timezone, asked.config.timezone)
    span = span_of(instant_of(query.since), instant_of(query.before), asked.now, zone)
    direction = None if query.direction == "all" else query.direction
    return msgspec.structs.replace(span, direction=direction, queue=None if query.queue is UNSET else query.queue)


ENDPOINTS = (
    Endpoint(method="GET", path="/overview", function=get_overview, right="read", query=OverviewQuery, answer=OverviewBody),
)  # fmt: skip
