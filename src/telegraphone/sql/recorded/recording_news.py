"""What is told of recordings: that one came, that it is not as it should be, that none will come."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import msgspec

from ...db import Row, Tx, micros
from ...model import CallId
from ..bodies import decode_call
from ..server.changes import Change, Kind, add_changes
from .recording_rows import PATIENCE, Recording, recording_columns, recordings_of

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
    of_files = f"(select f.call_id from recordings f where {tx.dialect.any_of('f.id', 'files')} and f.sha256 is not null)"
    is_news = "(coalesce(c.ended_at, c.started_at) > :day_ago or exists (select 1 from missing m where m.call_id = c.id))"
    args = {"files": tx.dialect.list_argument(sorted(set(files))), "day_ago": micros(now - PATIENCE)}
    _tell(tx, f"c.id in {of_files} and {is_news}", args, set(files), now)


def tell_flaws(tx: Tx, calls: Sequence[CallId], now: datetime) -> None:
    """Tell what these calls, which are news and over, change of the flaws of their recordings: whether one is short depends on its call."""
    if calls:
        _tell(tx, tx.dialect.any_of("c.id", "calls"), {"calls": tx.dialect.list_argument(calls)}, set(), now)


def _tell(tx: Tx, which: str, args: Row, came: set[str], now: datetime) -> None:
    """Of these calls: what came, and recordings whose flaws are others than those that were told."""
    found = _recordings_of_calls(tx, which, args)
    changes, told = [], []
    for one, before in found:
        if one.id in came and one.state == "available":
            changes.append(_change("recording.available", one))
        if (mark := _mark(one)) != before:
            changes.append(_change("recording.flawed", one))
            told.append({"id": one.id, "told": mark})
    add_changes(tx, changes, now)
    tx.run_many("update recordings set told = :told where id = :id", told)
    if came:
        _come(tx, [one for one, _ in found if one.id in came])


def _recordings_of_calls(tx: Tx, which: str, args: Row) -> list[tuple[Recording, str]]:
    """The recordings of these calls, and what was told of the flaws of each. None is short while another one may still come."""
    rows = tx.all(
        f"select {recording_columns()}, r.told, c.body from recordings r join calls c on c.id = r.call_id where {which}"
        " order by r.call_id, r.position, r.id",
        **args,
    )
    found: list[tuple[Recording, str]] = []
    for _, group in groupby(rows, lambda row: row["call_id"]):
        some = list(group)
        recordings = recordings_of([list(row.values())[:-2] for row in some], decode_call(some[0]["body"]))
        may_come = any(one.state == "expected" for one in recordings)
        found += [(_without_short(one) if may_come else one, row["told"]) for one, row in zip(recordings, some, strict=True)]
    return found


def _without_short(one: Recording) -> Recording:
    return msgspec.structs.replace(one, flaws=tuple(flaw for flaw in one.flaws if flaw != "short"))


def _mark(one: Recording) -> str:
    return "empty" if one.state == "empty" else ",".join(one.flaws)


def _change(kind: Kind, one: Recording) -> Change:
    return Change(kind, one.pbx, one.call_id, {"recording": one.id, "state": one.state, "flaws": one.flaws})


def _come(tx: Tx, came: Sequence[Recording]) -> None:
    """They are missing no more."""
    if find_told_missing(tx, {one.call_id for one in came if one.call_id is not None}):
        gone = [{"call": one.call_id, "file": file} for one in came for file in (one.id, _UNANNOUNCED)]
        tx.run_many("delete from missing where call_id = :call and file_id = :file", gone)


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
    waited = [row for row in rows if row["id"] in taken and was_waited_for(row)]
    tell_missing(tx, waited, now)
    tell_flaws(tx, sorted({CallId(row["call_id"]) for row in waited}), now)
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
