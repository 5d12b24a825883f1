"""How much a statement touches: rows on PostgreSQL, steps of the machine on SQLite. Not time."""

import json
from typing import Any

import apsw
import psycopg

from telegraphone.db import Row, Tx
from telegraphone.db.sqlite import SqliteTx

STEPS_A_ROW = 15
"""What SQLite's machine does for a row, about."""
UNTIL_SETTLED = 12
"""The driver prepares a statement at its sixth time, PostgreSQL thinks of a plan for all parameters at the sixth after that."""
_EXPLAINED = {"auto_explain.log_analyze": "on", "auto_explain.log_timing": "off", "auto_explain.log_format": "json"}


Statement = tuple[str, Row]


class Heard(Tx):
    """Remembers what was asked."""

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx.conn, tx.dialect)
        self._tx, self.said = tx, list[Statement]()

    def all(self, sql: str, **args: Any) -> list[Row]:
        self.said.append((sql, args))
        return self._tx.all(sql, **args)


def touched(tx: Tx, statement: str, args: Row) -> int:
    """Rows, about."""
    if isinstance(tx, SqliteTx):
        return _steps(tx, statement, args) // STEPS_A_ROW
    return _rows(_plan(tx, statement, args))


def _plan(tx: Tx, statement: str, args: Row) -> dict[str, Any]:
    """What PostgreSQL does for it in the end: it is planned for its parameters at first, and once for all when that seems as cheap. EXPLAIN
    would tell of the first alone.
    """
    conn: psycopg.Connection[Any] = tx.conn
    told: list[str] = []
    tell = lambda diagnostic: told.append(diagnostic.message_primary or "")  # noqa: E731 - the same object is taken off again
    conn.execute("load 'auto_explain'")
    for name, value in {**_EXPLAINED, "client_min_messages": "log", "auto_explain.log_min_duration": "0"}.items():
        conn.execute("select set_config(%s, %s, false)", (name, value))
    conn.add_notice_handler(tell)
    try:
        for _ in range(UNTIL_SETTLED):
            tx.all(statement, **args)
    finally:
        conn.remove_notice_handler(tell)
        conn.execute("set auto_explain.log_min_duration = -1; reset client_min_messages")
    plan: dict[str, Any] = json.loads(told[-1].partition("plan:")[2])["Plan"]
    return plan


def _rows(plan: dict[str, Any]) -> int:
    """Rows given and rows thrown away, of this node and those below."""
    seen = sum(
        plan.get(name, 0)
        for name in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck", "Rows Removed by Join Filter")
    )
    return round(seen * plan["Actual Loops"]) + sum(_rows(below) for below in plan.get("Plans", ()))


def _steps(tx: SqliteTx, statement: str, args: Row) -> int:
    steps: list[int] = []
    conn: apsw.Connection = tx.conn
    conn.trace_v2(apsw.SQLITE_TRACE_PROFILE, lambda told: steps.append(told["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"]))
    try:
        tx.all(statement, **args)
    finally:
        conn.trace_v2(0)
    return max(steps)
