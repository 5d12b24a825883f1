"""Calls that lack a recording which nobody announced, and which the policy wants: found once each, a day after their end.

What is seen goes on from a place among the ends of the calls, kept with what was told. So a step touches some hundred calls however many
there are, and whoever is killed in it told nothing.
"""

from collections.abc import Sequence
from datetime import datetime

from ...access import SYSTEM
from ...db import Row, Tx, micros
from ...model import CallId
from ...policy import Policy, should_be_recorded
from ..calls import read_calls
from .recording_news import BATCH, find_told_missing, tell_missing, was_waited_for
from .recording_rows import PATIENCE

_PLACE = "calls without a recording"
_END = "coalesce(ended_at, started_at)"


def put_lacking(tx: Tx, policy: Policy, now: datetime, limit: int = BATCH) -> int:
    """Tell of the next calls that ended a day ago and lack their recording; how many calls were looked at.

    It begins with calls that end now: of those before, nobody waited for anything. Of calls without an end the start counts.
    """
    tx.lock(_PLACE)
    place = tx.one("select at, id from positions where name = :name", name=_PLACE)
    if place is None:
        _put_place(tx, micros(now - PATIENCE), 0)
        return 0
    rows = list_over(tx, place, micros(now - PATIENCE), limit)
    lacking = _lacking(tx, [row for row in rows if was_waited_for(row)], policy)
    tell_missing(tx, [{**row, "id": None} for row in rows if row["call_id"] in lacking], now)
    if rows:
        _put_place(tx, rows[-1]["over_at"], rows[-1]["call_id"])
    return len(rows)


def list_over(tx: Tx, place: Row, until: int, limit: int) -> list[Row]:
    """The calls without a recording that ended after this place and not after `until`, in that order."""
    return tx.all(
        f"select id as call_id, pbx, updated_at, {_END} as over_at from calls where is_recorded = 0 and outcome <> 'ongoing'"
        f" and {_END} >= :at and {_END} <= :until and ({_END} > :at or id > :id) order by {_END}, id limit :limit",
        at=place["at"], id=place["id"], until=until, limit=limit,
    )  # fmt: skip


def _lacking(tx: Tx, rows: Sequence[Row], policy: Policy) -> set[CallId]:
    """Those that should have a recording, have none, and were not told of."""
    found = read_calls(tx, SYSTEM, [row["call_id"] for row in rows])
    lacking = {one.id for one in found if not one.recordings and should_be_recorded(one.call, policy)}
    return lacking - find_told_missing(tx, lacking) if lacking else lacking


def _put_place(tx: Tx, at: int, id: int) -> None:
    tx.run(
        "insert into positions (name, at, id) values (:name, :at, :id) on conflict (name) do update set at = excluded.at, id = excluded.id",
        name=_PLACE, at=at, id=id,
    )  # fmt: skip
