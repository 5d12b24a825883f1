"""/coverage: how many calls that should have a recording have one, and which do not."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...model import CallId
from ...sql.recorded.coverage import Asking, By, Count, Lacking, asking_of, count_part, list_lacking
from ...web.endpoint import Asked
from ...web.fields import Instant, PageSize, instant_of


class CoverageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that started in this time; without `before` until now, without `since` the thirty days before that."""

    since: Instant | UnsetType = UNSET
    before: Instant | UnsetType = UNSET
    by: By = "day"


class MissingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The time as for the counts."""

    since: Instant | UnsetType = UNSET
    before: Instant | UnsetType = UNSET
    cursor: Annotated[str, Meta(pattern="^[0-9]{1,18}$")] | UnsetType = UNSET
    limit: PageSize = 50


class CoverageBody(msgspec.Struct, frozen=True, kw_only=True):
    """The time that was looked at, and the counts by key: days in the server's zone, a queue's name, an agent's number, a PBX.

    The empty key counts calls of no queue or of no agent; a call of two counts for both, and once in `total`.
    """

    since: datetime
    before: datetime
    by: By
    items: list[Count]
    total: Count


class MissingPage(msgspec.Struct, frozen=True, kw_only=True):
    """`next`: the cursor of the following page, null at the end. A page with few items, or none, need not be the last."""

    items: list[Lacking]
    next: str | None


async def get_coverage(asked: Asked[CoverageQuery, None]) -> CoverageBody:
    """How many calls should have a recording, and how many have one, by day, queue, agent or PBX."""
    asking, by = _asking(asked), asked.query.by
    counts, cursor = await asked.db.read(count_part, asked.actor, asking, by, asked.config.timezone)
    while cursor is not None:
        part, cursor = await asked.db.read(count_part, asked.actor, asking, by, asked.config.timezone, cursor)
        counts.add_all(part)
    return CoverageBody(since=asking.since, before=asking.before, by=by, items=counts.items, total=counts.total)


async def list_missing(asked: Asked[MissingQuery, None]) -> MissingPage:
    """The calls that should have a recording and have none, newest first, with the reason as far as it is known."""
    query = asked.query
    cursor = None if query.cursor is UNSET else CallId(int(query.cursor))
    items, next_ = await asked.db.read(list_lacking, asked.actor, _asking(asked), cursor, query.limit)
    return MissingPage(items=items, next=None if next_ is None else str(next_))


def _asking(asked: Asked[CoverageQuery, None] | Asked[MissingQuery, None]) -> Asking:
    since, before = instant_of(asked.query.since), instant_of(asked.query.before)
    return asking_of(asked.config.recording_policy, asked.now, since, before)
