"""A store of many million calls, in minutes: a million are made, the others are the same some seconds later, with other callers.

Every column that is searched is as `made_calls` would have it; the bodies of the others are copies, so they are right in size alone.
"""

import os
from collections.abc import Callable

import apsw
import psycopg

from telegraphone.sql.search.number_ends import FILL
from tests.bench.made_calls import number
from tests.bench.store import PART, SAFE, STRIDE, UNSAFE, fill

SHIFT_MS = 37_123
_FREQUENT = ", ".join(f"'{number(n)}'" for n in range(5))
_MODULUS, _STEP = 1_000_000_007, 7919
"""How made_calls numbers cases."""


def build(url: str, calls: int, part: int = PART) -> None:
    """Fill the empty database at this URL; beyond a part, with whole parts. All of it is on the disk then: nothing that is measured
    afterwards has to share the processors with its writing."""
    fill(url, min(calls, part))
    if calls > part:
        (_multiply_sqlite if url.startswith("sqlite") else _multiply_postgres)(url, calls // part, part)
    os.sync()


def _digits(text: str, count: int, by: str, modulus: int) -> str:
    """So many digits, moved on within a modulus."""
    return f"substr(cast((cast({text} as bigint) + {by}) % {modulus} + {10**count} as text), 2)"


def _number(column: str) -> str:
    """As `other_number` in store.py."""
    moved = f"substr({column}, 1, 2) || {_digits(f'substr({column}, 3)', 8, f'p.k * {STRIDE}', 99_999_989)}"
    return (
        f"case when length({column}) = 10 and {column} not like '01800%' and {column} not in ({_FREQUENT}) then {moved} else {column} end"
    )


def _key(column: str) -> str:
    """The same of a number in its international form."""
    national = f"'0' || substr({column}, 4)"
    moved = f"substr({column}, 1, 4) || {_digits(f'substr({column}, 5)', 8, f'p.k * {STRIDE}', 99_999_989)}"
    return f"case when length({column}) = 12 and {national} not in ({_FREQUENT}) then {moved} else {column} end"


def _unique(column: str, part: int) -> str:
    return f"cast(cast(substr({column}, 1, 10) as bigint) + p.k * {part} as text) || substr({column}, 11)"


def _file(column: str, part: int) -> str:
    return f"'rec-' || cast(cast(replace(substr({column}, 5), '.wav', '') as bigint) + p.k * {part} as text)"


def _case(column: str, part: int) -> str:
    moved = _digits(f"substr({column}, 2)", 10, f"p.k * {part} * {_STEP}", _MODULUS)
    return f"case when t.key = 'case' then 'C' || {moved} else {column} end"


def _changed(part: int) -> dict[str, dict[str, str]]:
    """For each table the columns that differ in another part; all others are the same."""
    by_ms = f"p.k * {SHIFT_MS}"
    call_id = {"call_id": f"t.call_id + {by_ms} * 1024"}
    at = {name: f"t.{name} + {by_ms} * 1000" for name in ("started_at", "answered_at", "ended_at")}
    numbers = {name: _number(f"t.{name}") for name in ("caller_number", "dialled_number")}
    return {
        "calls": {"id": f"t.id + {by_ms} * 1024", "linked_id": _unique("t.linked_id", part), **at, **numbers},
        "call_legs": {**call_id, "unique_id": _unique("t.unique_id", part)},
        "call_agents": {**call_id, "talked_at": f"t.talked_at + {by_ms} * 1000", "caller_key": _key("t.caller_key")},
        "call_queues": call_id,
        "attached_data": {
            **call_id, "id": f"t.id + p.k * 2 * {part}", "value": _case("t.value", part), "value_key": _case("t.value_key", part),
        },
        "recordings": {**call_id, "id": _file("t.id", part), "media_key": f"{_file('t.media_key', part)} || '.wav'"},
    }  # fmt: skip


def _multiply(run: Callable[[str], object], columns_of: Callable[[str], list[str]], parts: int, part: int) -> None:
    """One call in some millions has the id of another one, and is left out. Rows lie as they would have come."""
    for table, changed in _changed(part).items():
        columns = columns_of(table)
        values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
        order = columns.index("call_id" if "call_id" in columns else "id") + 1
        others = f"with recursive p (k) as (select cast(1 as bigint) union all select k + 1 from p where k < {parts - 1})"
        made = f"{others} select {values} from {table} t cross join p where 1 = 1 order by {order}"
        run(f"insert into {table} ({', '.join(columns)}) {made} on conflict do nothing")
    run("delete from number_ends")
    run(FILL)


def _multiply_sqlite(url: str, parts: int, part: int) -> None:
    conn = apsw.Connection(url.removeprefix("sqlite:///"))
    conn.execute(UNSAFE).fetchall()
    indexes = list(conn.execute("select name, sql from sqlite_master where type = 'index' and sql is not null"))
    for name, _ in indexes:
        conn.execute(f"drop index {name}")
    _multiply(conn.execute, lambda table: [str(row[1]) for row in conn.execute(f"pragma table_info({table})")], parts, part)
    for _, statement in indexes:
        conn.execute(str(statement))
    conn.execute(SAFE).fetchall()
    conn.close()


def _multiply_postgres(url: str, parts: int, part: int) -> None:
    with psycopg.connect(url) as conn:
        conn.execute("set session_replication_role = replica; set maintenance_work_mem = '512MB'; set work_mem = '256MB'")
        indexes = conn.execute(
            "select indexname, indexdef from pg_indexes where schemaname = 'public' and indexname not in"
            " (select conname from pg_constraint) and tablename = any(%s)",
            (["calls", "call_legs", "call_agents", "call_queues", "attached_data", "recordings"],),
        ).fetchall()
        for name, _ in indexes:
            conn.execute(f"drop index {name}".encode())
        named = "select column_name from information_schema.columns where table_name = %s and table_schema = 'public' order by 1"
        _multiply(lambda text: conn.execute(text.encode()), lambda table: [row[0] for row in conn.execute(named, (table,))], parts, part)
        for _, statement in indexes:
            conn.execute(statement.encode())
        conn.execute("select setval(pg_get_serial_sequence('attached_data', 'id'), (select max(id) from attached_data))")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("vacuum analyze")
