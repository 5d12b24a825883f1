"""What is told of recordings: that one came, that it is not as it should be, that none will come."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ..db import Row, Tx, micros, moment
from ..model import CallId
from .changes import Change, Kind, add_changes, is_news

PATIENCE = timedelta(days=1)
"""How long after the end of its call a recording is expected; then it is missing."""
BATCH = 500


def tell_recordings(tx: Tx, files: Sequence[str], now: datetime) -> None:
    """Tell of audio that has come and belongs to a call, unless that ended longer ago than audio is waited for."""
    if not files:
        return
    rows = tx.all(
        "select r.id, r.pbx, r.call_id, r.state, r.flaws, c.outcome, c.started_at, c.ended_at from recordings r"
        f" join calls c on c.id = r.call_id where {tx.dialect.any_of('r.id', 'files')} and r.sha256 is not null order by r.id",
        files=tx.dialect.list_argument(sorted(set(files))),
    )  # fmt: skip
    add_changes(tx, [_change(kind, row) for row in rows if _is_news(row, now) for kind in _kinds(row)], now)


def _is_news(row: Row, now: datetime) -> bool:
    ended_at = None if row["ended_at"] is None else moment(row["ended_at"])
    return is_news(moment(row["started_at"]), ended_at, now, PATIENCE)


def _kinds(row: Row) -> list[Kind]:
    kinds: list[Kind] = ["recording.available"] if row["state"] == "available" else []
    return [*kinds, "recording.flawed"] if row["flaws"] or row["state"] == "empty" else kinds


def _change(kind: Kind, row: Row) -> Change:
    facts = {"recording": row["id"], "state": row["state"], "flaws": row["flaws"].split(",") if row["flaws"] else []}
    return Change(kind, row["pbx"], CallId(row["call_id"]), facts)


def put_missing(tx: Tx, now: datetime, limit: int = BATCH) -> int:
    """Make recordings `missing` whose calls have been over for a day; how many.

    Each is told once, if it was ever waited for: those of calls of long ago, out of an old log, never were. Ids of calls grow with their
    start, so the calls that are looked at are nearly those that are due.
    """
    day_ago = micros(now - PATIENCE)
    rows = tx.all(
        "select r.id, r.pbx, r.call_id, r.flaws, r.updated_at, coalesce(c.ended_at, c.started_at) as ended_at"
        " from recordings r join calls c on c.id = r.call_id"
        " where r.state = 'expected' and r.call_id < :ids and c.outcome <> 'ongoing' and coalesce(c.ended_at, c.started_at) <= :day_ago"
        " order by r.call_id limit :limit",
        ids=(day_ago // 1000 + 1) * 1024, day_ago=day_ago, limit=limit,
    )  # fmt: skip
    taken = _take_missing(tx, [row["id"] for row in rows])
    patience = micros(now) - day_ago
    waited = [{**row, "state": "missing"} for row in rows if row["id"] in taken and row["updated_at"] < row["ended_at"] + patience]
    add_changes(tx, [_change("recording.missing", row) for row in waited], now)
    return len(rows)


def _take_missing(tx: Tx, files: Sequence[str]) -> set[str]:
    """Those whose audio did not come at this very moment."""
    if not files:
        return set()
    sql = f"update recordings set state = 'missing' where {tx.dialect.any_of('id', 'ids')} and state = 'expected' returning id"
    return {row["id"] for row in tx.all(sql, ids=tx.dialect.list_argument(files))}
