"""Calls of an earlier system, put by COPY and whole at once: for history that no events tell. What is known already stays as it is."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from ...db import Row, Tx, micros
from ...ingest.recordings import unique_id_in
from ...model import Call, CallId, Queue
from ..attached_data import told_rows
from ..bodies import decode_call
from ..directory import add_seen
from ..recorded.put_announced import put_all_announced
from ..recorded.put_recordings import is_file_id, match_all_recordings
from ..search.number_ends import put_numbers
from .put_calls import Put, agent_rows, call_row, leg_rows, new_numbers, numbers_of, queue_rows

SECONDARY = {
    "sqlite": "select 'drop index ' || name as take_off, sql as put_on from sqlite_master where type = 'index' and sql is not null"
    " and tbl_name in (select value from json_each(:tables))",
    "postgresql": "select 'drop index ' || indexrelid::regclass as take_off, pg_get_indexdef(indexrelid) as put_on from pg_index"
    " where indrelid::regclass::text = any(:tables) and not indisunique"
    " union all select format('alter table %s drop constraint %I', conrelid::regclass, conname),"
    " format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint"
    " where contype = 'f' and conrelid::regclass::text = any(:tables)",
}
"""By engine: statements that take off what is not needed to keep rows apart, and that put it on again."""
TABLES = ("calls", "call_legs", "call_agents", "call_queues", "attached_data", "recordings", "number_ends")


def is_empty(tx: Tx) -> bool:
    """Nothing is kept that an import could meet: indexes may be built after it."""
    return not any(tx.one(f"select 1 as one from {table} limit 1") for table in ("calls", "recordings"))


def take_off_indexes(tx: Tx) -> list[str]:
    """Drop what only helps to find, and the proofs of what belongs to what; the statements that bring them back."""
    rows = tx.all(SECONDARY[tx.dialect.name], tables=tx.dialect.list_argument(TABLES))
    for row in rows:
        tx.run(row["take_off"])
    return [row["put_on"] for row in rows]


def put_on_indexes(tx: Tx, statements: Sequence[str]) -> None:
    """Build them again."""
    for statement in statements:
        tx.run(statement)
    if statements:
        tx.run("analyze")


class Told(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A call as it is kept, and its caller's number in international form."""

    body: bytes
    caller_key: str


def import_calls(tx: Tx, pbx: str, calls: Sequence[Told], now: datetime, *, is_first: bool = False) -> int:
    """Put the calls that are not known; how many those were. `is_first`: the store was empty, nobody else writes to it, and numbers are
    kept at the end.
    """
    tx.lock(f"record {pbx}")
    unknown = _unknown(tx, pbx, calls)
    numbers = new_numbers(tx, pbx, [call for call, _ in unknown])
    puts = [Put(numbers[call.linked_id, 0], None, call, told.body, None) for call, told in unknown]
    keys = [told.caller_key for _, told in unknown]
    files = _new_files(tx, pbx, puts, now)
    with_files = {row["call_id"] for row in files}
    _copy(tx, "calls", [{**call_row(pbx, put, {}, now), "is_recorded": int(put.id in with_files)} for put in puts])
    _copy(tx, "call_legs", [row for put in puts for row in leg_rows(put, {})])
    _copy(tx, "call_agents", [row for put, key in zip(puts, keys, strict=True) for row in agent_rows(put, key)])
    _copy(tx, "call_queues", [row for put in puts for row in queue_rows(put)])
    _copy(tx, "attached_data", [row for put in puts for row in told_rows(put.id, put.call.attached)])
    _copy(tx, "recordings", files)
    add_seen(tx, "queues", [Queue(number="", name=name) for name in sorted({queue.name for put in puts for queue in put.call.queues})])
    if not is_first:
        put_numbers(tx, numbers_of(puts))
        _meet(tx, pbx, puts, {row["id"] for row in files}, now)
    return len(puts)


def _copy(tx: Tx, table: str, rows: Sequence[Row]) -> None:
    if rows:
        tx.copy(table, tuple(rows[0]), (tuple(row.values()) for row in rows))


def _unknown(tx: Tx, pbx: str, calls: Iterable[Told]) -> list[tuple[Call, Told]]:
    """Those whose linked id nobody has, each once, in the order of their beginning."""
    by_id: dict[str, tuple[Call, Told]] = {}
    for told in calls:
        call = decode_call(told.body)
        by_id.setdefault(call.linked_id, (call, told))
    rows = tx.all(
        f"select linked_id from calls where pbx = :pbx and {tx.dialect.any_of('linked_id', 'linked')}",
        pbx=pbx, linked=tx.dialect.list_argument(list(by_id)),
    )  # fmt: skip
    known = {row["linked_id"] for row in rows}
    return sorted((one for id, one in by_id.items() if id not in known), key=lambda one: one[0].started_at)


def _new_files(tx: Tx, pbx: str, puts: Sequence[Put], now: datetime) -> list[Row]:
    """Rows for the recordings of which nothing is known."""
    wanted: dict[str, Row] = {}
    for put in puts:
        for position, announced in enumerate(put.call.recordings):
            if is_file_id(announced.id) and announced.id not in wanted:
                wanted[announced.id] = _file_row(pbx, put.id, position, announced.id, announced.started_at, now)
    taken = tx.all(f"select id from recordings where {tx.dialect.any_of('id', 'ids')}", ids=tx.dialect.list_argument(list(wanted)))
    for row in taken:
        del wanted[row["id"]]
    return list(wanted.values())


def _file_row(pbx: str, call: CallId, position: int, id: str, started_at: datetime, now: datetime) -> Row:
    return {
        "id": id, "call_id": call, "pbx": pbx, "source": "announced", "unique_id": unique_id_in(id), "position": position,
        "state": "expected", "started_at": micros(started_at), "updated_at": micros(now),
    }  # fmt: skip


def _meet(tx: Tx, pbx: str, puts: Sequence[Put], new: set[str], now: datetime) -> None:
    """Files that were here before their calls."""
    before = {put.id: put.call.recordings for put in puts if any(one.id not in new for one in put.call.recordings)}
    put_all_announced(tx, pbx, before, now)
    match_all_recordings(tx, pbx, {put.id: put.call.unique_ids for put in puts}, now)
