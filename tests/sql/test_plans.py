"""How much each kind of question touches, on a store of some thousand calls: rows on PostgreSQL, steps of the machine on SQLite. Not time.

Lists are long at 100 calls here, so that both ways to a page are seen. A plan that reads the store, or a large part of it, fails.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from telegraphone.access import SYSTEM, Actor, Scope
from telegraphone.db import Db, Row, Tx, open_db
from telegraphone.db.sqlite import SqliteTx
from telegraphone.sql.call_filter import asked
from telegraphone.sql.call_pages import page_of_ids
from telegraphone.sql.calls import CallFilter
from tests.bench.made_calls import number
from tests.bench.store import NOW, fill
from tests.conftest import ENGINES
from tests.servers import Postgres

CALLS, BOUND = 20_000, 100
STEPS_A_ROW = 15
"""What SQLite's machine does for a row, about."""
CASE = f"C{5 * 7919:010}"
MONTH = {"since": NOW - timedelta(days=300), "before": NOW - timedelta(days=270)}


@pytest.fixture(scope="module", params=ENGINES)
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Db]:
    """Filled once for each engine."""
    path: Path = tmp_path_factory.mktemp("plans")
    url = f"sqlite:///{path}/plans.db"
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        server.run("create database plans template template0")
        url = server.url("plans")
    fill(url, CALLS)
    db = open_db(url, readers=1)
    yield db
    db.close()
    if request.param == "postgresql":
        request.getfixturevalue("postgres").run("drop database plans with (force)")


def touched(tx: Tx, statement: str, args: Row) -> int:
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


FEW, PAGE, WALK = 700, 2000, 6000
"""PostgreSQL's plans count a row at each step that it passes."""
QUESTIONS = {
    "newest page": (CallFilter(), FEW),
    "dates": (CallFilter(**MONTH), FEW),
    "dates as XiVO asks": (CallFilter(start=MONTH["since"], end=MONTH["before"]), PAGE),
    "agent": (CallFilter(agent="2040"), PAGE),
    "agent, queue and dates": (CallFilter(agent="2040", queue="3003", **MONTH), FEW),
    "queue": (CallFilter(queue="3003"), WALK),
    "exact number": (CallFilter(number=number(900)), FEW),
    "exact number of a frequent caller": (CallFilter(number=number(1)), WALK),
    "number's start": (CallFilter(number=f"{number(900)[:6]}%"), FEW),
    "number's end": (CallFilter(number=f"%{number(900)[-6:]}"), FEW),
    "number's middle": (CallFilter(number=f"%{number(900)[2:8]}%"), PAGE),
    "number's start that nobody has": (CallFilter(number="099%"), FEW),
    "number's middle that nobody has": (CallFilter(number="%#12%"), FEW),
    "key and rare value": (CallFilter(key="case", value=CASE), FEW),
    "key and common value": (CallFilter(key="topic", value="invoice"), PAGE),
    "key and absent value": (CallFilter(key="topic", value="nothing"), FEW),
    "key alone": (CallFilter(key="topic"), PAGE),
    "a common value and an agent that nobody has": (CallFilter(key="topic", value="invoice", agent="9999"), PAGE),
    "unique id": (CallFilter(unique_id="1700000005.1"), FEW),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_touches_few_rows(store: Db, name: str) -> None:
    wanted, most = QUESTIONS[name]

    with store.transaction("read") as tx:
        what = asked(tx.dialect, SYSTEM, wanted)
        args = {"limit": 50, "offset": 0, "reach": 50, **what.args}
        assert touched(tx, page_of_ids(tx.dialect, what, BOUND), args) < most


READ = frozenset({"read"})
LIMITED = {
    "an agent": Scope(agents=("2040",)), "an agent without calls": Scope(agents=("9999",)), "a queue": Scope(("queue03",)),
    "queues and agents": Scope(("queue03", "queue30"), ("2040", "2041")),
    "a queue within a month": Scope(("queue03",), (), *MONTH.values()),
    "everything within a month": Scope(("*",), (), *MONTH.values()), "many queues": Scope(tuple(f"queue{n:02}" for n in range(40))),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITED)
def test_what_a_limited_actor_asks_touches_few_rows(store: Db, name: str) -> None:
    """Where his list is long, calls are walked, with two look-ups for each."""
    who = Actor("anna", READ, scope=LIMITED[name])
    with store.transaction("read") as tx:
        for wanted in (CallFilter(), CallFilter(key="case", value=CASE), CallFilter(key="topic")):
            what = asked(tx.dialect, who, wanted)
            args = {"limit": 50, "offset": 0, "reach": 50, **what.args}
            assert touched(tx, page_of_ids(tx.dialect, what, BOUND), args) < (FEW if wanted.value else 2 * WALK), wanted
