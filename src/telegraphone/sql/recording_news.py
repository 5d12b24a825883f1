"""What is told of recordings: that one came, that it is not as it should be, that none will come."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ..db import Row, Tx, micros, moment
from ..model import CallId
from .changes import Change, Kind, add_changes, is_news

PATIENCE = timedelta(days=1)
"""How long after the end of its call a recording is expected; then it is missing."""
BATCH = 500
KEPT = timedelta(days=30)
"""How long it is known what was told as missing."""
_UNANNOUNCED = ""
"""Stands in `missing` for the file id of a recording that nobody announced."""


def tell_recordings(tx: Tx, files: Sequence[str], now: datetime) -> None:
    """Tell of audio that has come and belongs to a call, unless that ended longer ago than audio is waited for, and nobody was told that
    it is missing.
    """
    if not files:
        return
    rows = tx.all(
        "select r.id, r.pbx, r.call_id, r.state, r.flaws, c.outcome, c.started_at, c.ended_at,"
        " exists (select 1 from missing m where m.call_id = r.call_id and m.file_id in (r.id, :unannounced)) as was_missing"
        f" from recordings r join calls c on c.id = r.call_id where {tx.dialect.any_of('r.id', 'files')} and r.sha256 is not null"
        " order by r.id",
        files=tx.dialect.list_argument(sorted(set(files))), unannounced=_UNANNOUNCED,
    )  # fmt: skip
    told = [row for row in rows if row["was_missing"] or _is_news(row, now)]
    add_changes(tx, [_change(kind, row) for row in told for kind in _kinds(row)], now)
    came = [{"call": row["call_id"], "file": file} for row in rows if row["was_missing"] for file in (row["id"], _UNANNOUNCED)]
    tx.run_many("delete from missing where call_id = :call and file_id = :file", came)


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
        "select r.id, r.pbx, r.call_id, r.updated_at, coalesce(c.ended_at, c.started_at) as over_at"
        " from recordings r join calls c on c.id = r.call_id"
        " where r.state = 'expected' and r.call_id < :ids and c.outcome <> 'ongoing' and coalesce(c.ended_at, c.started_at) <= :day_ago"
        " order by r.call_id limit :limit",
        ids=(day_ago // 1000 + 1) * 1024, day_ago=day_ago, limit=limit,
    )  # fmt: skip
    taken = _take_missing(tx, [row["id"] for row in rows])
    tell_missing(tx, [row for row in rows if row["id"] in taken and was_waited_for(row)], now)
    return len(rows)


def _take_missing(tx: Tx, files: Sequence[str]) -> set[str]:
    """Those whose audio did not come at this very moment."""
    if not files:
        return set()
    sql = f"update recordings set state = 'missing' where {tx.dialect.any_of('id', 'ids')} and state = 'expected' returning id"
    return {row["id"] for row in tx.all(sql, ids=tx.dialect.list_argument(files))}


def was_waited_for(row: Row) -> bool:
    """Whether it was known, as it is now, before its time was over."""
    return bool(row["updated_at"] < row["over_at"] + PATIENCE // timedelta(microseconds=1))


def tell_missing(tx: Tx, rows: Sequence[Row], now: datetime) -> None:
    """Tell of recordings that did not come, by `pbx`, `call_id` and `id`; of a call without one that was announced, the id is None."""
    add_changes(tx, [_missing(row) for row in rows], now)
    tx.run_many(
        "insert into missing (call_id, file_id, told_at) values (:call, :file, :now) on conflict (call_id, file_id) do nothing",
        [{"call": row["call_id"], "file": row["id"] or _UNANNOUNCED, "now": micros(now)} for row in rows],
    )


def _missing(row: Row) -> Change:
    why = "policy" if row["id"] is None else "announced"
    facts = {"recording": row["id"], "state": "missing", "flaws": [], "why": why}
    return Change("recording.missing", row["pbx"], CallId(row["call_id"]), facts)


def find_told_missing(tx: Tx, calls: Iterable[CallId]) -> set[CallId]:
    """Those of these calls of which it was told that they have no recording."""
    ids = tx.dialect.list_argument(sorted(calls))
    rows = tx.all(f"select call_id from missing where {tx.dialect.any_of('call_id', 'ids')}", ids=ids)
    return {CallId(row["call_id"]) for row in rows}


def count_missing(tx: Tx) -> dict[str, int]:
    """How many recordings were told as missing within some weeks and have not come, by why they should be there."""
    row = tx.one("select count(*) as n, coalesce(sum(case when file_id = :none then 1 else 0 end), 0) as p from missing", none=_UNANNOUNCED)
    assert row is not None
    return {"announced": int(row["n"] - row["p"]), "policy": int(row["p"])}


def remove_old_missing(tx: Tx, now: datetime) -> int:
    """Forget what was told some weeks ago: what comes now is no news to anybody."""
    return tx.run("delete from missing where told_at < :before", before=micros(now - KEPT))
