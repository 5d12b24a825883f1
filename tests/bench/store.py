"""A store of made-up calls, put straight into the tables: `fill(url, calls)`. Rows are made by the functions of put_calls."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cache
from itertools import islice
from typing import Any

import apsw
import psycopg

from telegraphone.access import SYSTEM
from telegraphone.db import Row, open_db
from telegraphone.migrate import migrate
from telegraphone.model import Call, CallId
from telegraphone.numbers import canonical
from telegraphone.sql import directory
from telegraphone.sql.bodies import encode_call
from telegraphone.sql.pbx import put_calls
from telegraphone.sql.pbx.put_calls import Put
from telegraphone.sql.search.call_filter import value_key
from telegraphone.sql.search.number_ends import FILL
from tests.bench.made_calls import BEGINNING, DAYS, agents, made_calls, number, queues

PBX, COUNTRY, CHUNK = "pbx1", "FR", 10_000
NOW = BEGINNING + timedelta(days=DAYS)
PART = 1_000_000
"""A larger store is this one several times, moved (multiplied.py)."""
Tables = dict[str, list[Row]]
UNSAFE = "pragma journal_mode=off; pragma foreign_keys=off; pragma synchronous=off; pragma cache_size=-400000; begin immediate"
"""Nobody else is there, and what is half done is thrown away."""
SAFE = "commit; pragma journal_mode=wal"


@cache
def call_ids(calls: int, seed: int = 1898) -> list[CallId]:
    """Some of the numbers that calls of such a store have."""
    return list(islice(_numbers(made_calls(calls, seed)), 2000))


def _numbers(calls: Iterable[Call]) -> Iterator[CallId]:
    last = 0
    for call in calls:
        last = max(put_calls._number(PBX, call, 0), last + 1)
        yield CallId(last)


def other_number(number: str, part: int) -> str:
    """Whom a caller's number stands for in another part of the store; the few frequent callers are the same everywhere."""
    if part == 0 or number in _FREQUENT:
        return number
    return f"{number[:2]}{(int(number[2:]) + part * STRIDE) % 99_999_989:08}"


STRIDE = 12_345_679
_FREQUENT = {number(n) for n in range(5)}


def fill(url: str, calls: int, seed: int = 1898) -> None:
    """Migrate the empty database at this URL and fill it. Indexes are dropped meanwhile."""
    db = open_db(url, readers=1)
    migrate(db)
    with db.transaction() as tx:
        directory.put_directory(tx, SYSTEM, "agents", agents())
        directory.put_directory(tx, SYSTEM, "queues", queues())
    db.close()
    (_fill_sqlite if url.startswith("sqlite") else _fill_postgres)(url, _chunks(calls, seed))


def _chunks(calls: int, seed: int) -> Iterator[Tables]:
    made, last, attached = made_calls(calls, seed), 0, 0
    while chunk := list(islice(made, CHUNK)):
        tables: Tables = {}
        for call in chunk:
            last = max(put_calls._number(PBX, call, 0), last + 1)
            for table, rows in _rows(CallId(last), call).items():
                tables.setdefault(table, []).extend(rows)
        for row in tables["attached_data"]:
            row["id"] = attached = attached + 1
        yield tables


def _rows(id: CallId, call: Call) -> Tables:
    put = Put(id, 0, call, encode_call(call), None)
    row = put_calls.call_row(PBX, put, {}, NOW) | {"is_recorded": int(bool(call.recordings)), "cluster_id": None}
    at = row["started_at"]
    return {
        "calls": [row],
        "call_legs": put_calls.leg_rows(put, {}),
        "call_agents": put_calls.agent_rows(put, canonical(call.caller.number, COUNTRY)),
        "call_queues": put_calls.queue_rows(put),
        "attached_data": [
            {"call_id": id, "key": a.key, "value": a.value, "value_key": value_key(a.value), "at": at, "is_current": 1}
            for a in call.attached
        ],
        "recordings": [
            {
                "id": r.id, "call_id": id, "pbx": PBX, "source": r.source, "state": "available", "started_at": at, "channels": 2,
                "format": "wav", "bytes": 480_000, "duration_ms": row["talk_ms"], "sha256": f"{id:064x}", "media_key": f"{r.id}.wav",
                "stored_at": at, "updated_at": at,
            }
            for r in call.recordings
        ],
    }  # fmt: skip


def _values(rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    return (tuple(row.values()) for row in rows)


def _fill_sqlite(url: str, chunks: Iterable[Tables]) -> None:
    conn = apsw.Connection(url.removeprefix("sqlite:///"))
    conn.execute(UNSAFE).fetchall()
    indexes = list(conn.execute("select name, sql from sqlite_master where type = 'index' and sql is not null"))
    for name, _ in indexes:
        conn.execute(f"drop index {name}")
    for tables in chunks:
        for table, rows in filter(lambda item: item[1], tables.items()):
            columns = ", ".join(rows[0])
            conn.executemany(f"insert into {table} ({columns}) values ({', '.join('?' * len(rows[0]))})", _values(rows))
    conn.execute(FILL)
    for _, statement in indexes:
        conn.execute(str(statement))
    conn.execute(SAFE).fetchall()
    conn.close()


def _fill_postgres(url: str, chunks: Iterable[Tables]) -> None:
    with psycopg.connect(url) as conn:
        conn.execute("set session_replication_role = replica")  # no look-up of the call for each row that belongs to one
        conn.execute("set maintenance_work_mem = '512MB'")
        indexes = conn.execute(
            "select indexname, indexdef from pg_indexes where schemaname = 'public' and indexname not in"
            " (select conname from pg_constraint) and tablename = any(%s)",
            (["calls", "call_legs", "call_agents", "call_queues", "attached_data", "recordings"],),
        ).fetchall()
        for name, _ in indexes:
            conn.execute(f"drop index {name}".encode())
        for tables in chunks:
            for table, rows in filter(lambda item: item[1], tables.items()):
                with conn.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(rows[0])}) from stdin".encode()) as copy:
                    for values in _values(rows):
                        copy.write_row(values)
        conn.execute(FILL.encode())
        for _, statement in indexes:
            conn.execute(statement.encode())
        conn.execute("select setval(pg_get_serial_sequence('attached_data', 'id'), (select max(id) from attached_data))")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("vacuum analyze")
