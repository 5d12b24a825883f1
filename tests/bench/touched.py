"""How much a statement touches: rows on PostgreSQL, steps of the machine on SQLite. Not time."""

import json
from typing import Any

import apsw

from telegraphone.db import Row, Tx
from telegraphone.db.sqlite import SqliteTx

STEPS_A_ROW = 15
"""What SQLite's machine does for a row, about."""


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
    row = tx.one(f"explain (analyze, format json) {statement}", **args)
    assert row
    plan = row["QUERY PLAN"]
    return _rows((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


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
