"""How much each kind of question touches, on a store of some thousand calls: rows on PostgreSQL, steps of the machine on SQLite. Not time.

Lists are long at 100 calls here, so that both ways to a page are seen. A plan that reads the store, or a large part of it, fails.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from telegraphone.access import SYSTEM, Actor, Scope
from telegraphone.db import Db, micros, open_db
from telegraphone.model import CallId
from telegraphone.sql.calls import CallFilter, list_calls
from telegraphone.sql.recorded.lacking import list_over
from telegraphone.sql.search.call_counts import count_ids
from telegraphone.sql.search.call_filter import asked
from telegraphone.sql.search.call_lists import walk
from telegraphone.sql.search.call_pages import find_ids
from telegraphone.sql.search.id_ranges import EARLY, LATE, LONG
from telegraphone.sql.server.counts import count_recordings
from tests.bench.made_calls import number
from tests.bench.store import NOW, fill
from tests.bench.touched import Heard, touched
from tests.conftest import ENGINES
from tests.servers import Postgres

CALLS, BOUND = 20_000, 100
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


FEW, PAGE, WALK = 700, 2000, 9000
"""PostgreSQL's plans count a row at each step that it passes."""
QUESTIONS = {
    "newest page": (CallFilter(), FEW),
    "newest page of recorded calls": (CallFilter(recorded=True), FEW),
    "dates": (CallFilter(**MONTH), FEW),
    "dates as XiVO asks": (CallFilter(start=MONTH["since"], end=MONTH["before"]), PAGE),
    "agent": (CallFilter(agent="2040"), FEW),
    "agent, recorded": (CallFilter(agent="2040", recorded=True), PAGE),
    "part of a name that many have": (CallFilter(agent="dino"), WALK),
    "agent that nobody is": (CallFilter(agent="9999"), FEW),
    "queue that is none": (CallFilter(queue="no such"), FEW),
    "agent, queue and dates": (CallFilter(agent="2040", queue="3003", **MONTH), PAGE),
    "queue": (CallFilter(queue="3003"), FEW),
    "queue, recorded": (CallFilter(queue="3003", recorded=True), PAGE),
    "exact number": (CallFilter(number=number(900)), FEW),
    "exact number of a frequent caller": (CallFilter(number=number(1)), FEW),
    "number's start": (CallFilter(number=f"{number(900)[:6]}%"), FEW),
    "number's end": (CallFilter(number=f"%{number(900)[-6:]}"), FEW),
    "number's middle": (CallFilter(number=f"%{number(900)[2:8]}%"), PAGE),
    "number's start that nobody has": (CallFilter(number="099%"), FEW),
    "number's start of one digit that nobody has": (CallFilter(number="9%"), FEW),
    "number's middle that nobody has": (CallFilter(number="%#12%"), FEW),
    "key and rare value": (CallFilter(key="case", value=CASE), FEW),
    "key and common value": (CallFilter(key="topic", value="invoice"), FEW),
    "key and absent value": (CallFilter(key="topic", value="nothing"), FEW),
    "key alone": (CallFilter(key="topic"), FEW),
    "a common value and an agent that nobody has": (CallFilter(key="topic", value="invoice", agent="9999"), WALK),
    "two common conditions that rarely meet": (CallFilter(agent="2002", queue="3039"), WALK),
    "direction": (CallFilter(direction="incoming"), PAGE),
    "direction that no call has": (CallFilter(direction="internal"), FEW),
    "outcome that no call has": (CallFilter(outcome="voicemail"), FEW),
    "direction and outcome that never meet": (CallFilter(direction="outgoing", outcome="abandoned"), FEW),
    "status of the queue": (CallFilter(queue_status="timeout"), FEW),
    "recording": (CallFilter(key="recording", value="rec-5"), FEW),
    "any recording": (CallFilter(key="recording"), FEW),
    "unique id": (CallFilter(unique_id="1700000005.1"), FEW),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_touches_few_rows(store: Db, name: str) -> None:
    wanted, most = QUESTIONS[name]

    with store.transaction("read") as tx:
        heard = Heard(tx)
        what = asked(heard, SYSTEM, wanted)
        found = find_ids(heard, what, 50, bound=BOUND)
        assert sum(touched(tx, *said) for said in heard.said) < most
        assert len(heard.said) <= 6
        assert found == sorted(found, reverse=True)


@pytest.mark.parametrize("wanted", [CallFilter(queue="3003"), CallFilter(key="topic", value="invoice"), CallFilter(direction="incoming")])
def test_a_list_of_which_most_fit_is_read_as_far_as_the_page(store: Db, wanted: CallFilter) -> None:
    with store.transaction("read") as tx:
        heard = Heard(tx)
        what = asked(heard, SYSTEM, msgspec.structs.replace(wanted, recorded=True))
        assert len(find_ids(heard, what, 50)) == 50
        assert sum(touched(tx, *said) for said in heard.said) < PAGE


@pytest.mark.parametrize("few", [EARLY, LATE, LONG])
def test_the_planner_knows_how_few_calls_are_off(store: Db, few: str) -> None:
    with store.transaction("read") as tx:
        if tx.dialect.name == "sqlite":
            pytest.skip("it uses the index of these calls without knowing how few they are")
        row = tx.one(f"explain (format json) select x.id from calls x where {few}")
        assert row
        assert row["QUERY PLAN"][0]["Plan"]["Plan Rows"] < CALLS / 100


def test_recordings_are_counted_without_reading_one(store: Db) -> None:
    """The entries of an index tell how many there are, and those of another how many of them have no audio."""
    with store.transaction("read") as tx:
        heard = Heard(tx)
        assert sum(count_recordings(heard).values()) > CALLS / 2
        how, by_index = (
            ("explain query plan", "USING COVERING INDEX") if tx.dialect.name == "sqlite" else ("explain", "Index Only Scan using")
        )
        [(statement, args)] = heard.said
        plan = str(tx.all(f"{how} {statement}", **args))
        assert (plan.count(by_index), plan.count("Seq Scan"), plan.count("TEMP B-TREE")) == (2, 0, 0)


READ = frozenset({"read"})
LIMITED = {
    "an agent": Scope(agents=("2040",)), "an agent without calls": Scope(agents=("9999",)), "a queue": Scope(("queue03",)),
    "queues and agents": Scope(("queue03", "queue30"), ("2040", "2041")),
    "a queue within a month": Scope(("queue03",), (), *MONTH.values()),
    "everything within a month": Scope(("*",), (), *MONTH.values()), "many queues": Scope(tuple(f"queue{n:02}" for n in range(40))),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITED)
def test_what_a_limited_actor_asks_touches_few_rows(store: Db, name: str) -> None:
    """A few small statements look at the newest of his lists, and each call is looked up once more."""
    who = Actor("anna", READ, scope=LIMITED[name])
    with store.transaction("read") as tx:
        for wanted in (CallFilter(), CallFilter(key="case", value=CASE), CallFilter(key="topic")):
            heard = Heard(tx)
            find_ids(heard, asked(heard, who, wanted), 50, bound=BOUND)
            assert sum(touched(tx, *said) for said in heard.said) < (
                FEW if wanted.value else 5 * WALK if name == "many queues" else 2 * WALK
            ), wanted


def test_a_page_reads_its_calls_and_no_others(store: Db) -> None:
    with store.transaction("read") as tx:
        heard = Heard(tx)
        assert len(list_calls(heard, SYSTEM, CallFilter(agent="2040", limit=20))) == 20
        assert sum(touched(tx, *said) for said in heard.said) < PAGE


@pytest.mark.parametrize(
    "wanted", [CallFilter(), CallFilter(key="topic", value="invoice"), CallFilter(number="%345%"), CallFilter(queue="3003")]
)
def test_a_count_stops_where_nobody_counts_any_more(store: Db, wanted: CallFilter) -> None:
    with store.transaction("read") as tx:
        heard = Heard(tx)
        assert count_ids(heard, asked(heard, SYSTEM, wanted), 300).calls > 0
        assert sum(touched(tx, *said) for said in heard.said) < 2 * WALK


def test_who_looks_for_calls_without_a_recording_touches_those_that_ended(store: Db) -> None:
    with store.transaction("read") as tx:
        heard = Heard(tx)
        place = {"at": micros(NOW - timedelta(days=300)), "id": 0}
        assert len(list_over(heard, place, micros(NOW), 100)) == 100
        assert sum(touched(tx, *said) for said in heard.said) < FEW


DENSE = [
    CallFilter(number="061%"), CallFilter(number="06%"), CallFilter(number="%345%"), CallFilter(number="%34%", **MONTH),
    CallFilter(caller="06%", callee="018%", cursor=CallId(int((NOW - timedelta(days=200)).timestamp() * 1000) * 1024)),
    CallFilter(number="%34567%"), CallFilter(number="%123", direction="outgoing"),
]  # fmt: skip


@pytest.mark.parametrize("wanted", DENSE)
def test_the_newest_calls_of_a_few_digits_are_those_of_a_walk(store: Db, wanted: CallFilter) -> None:
    """A sample of the newest calls leads to them, or does not: the page is the same, and few rows are touched."""
    with store.transaction("read") as tx:
        heard = Heard(tx)
        what = asked(heard, SYSTEM, wanted)
        assert find_ids(heard, what, 50) == [row["id"] for row in tx.all(walk(what, 50), **what.args)]
        assert sum(touched(tx, *said) for said in heard.said) < WALK


@pytest.mark.parametrize("wanted", [*DENSE, CallFilter(direction="outgoing"), CallFilter(min_duration=60.0), CallFilter(**MONTH)])
def test_a_count_is_exact_or_a_lower_bound(store: Db, wanted: CallFilter) -> None:
    with store.transaction("read") as tx:
        what = asked(tx, SYSTEM, wanted)
        whole = len(tx.all(walk(what, CALLS), **what.args))
        for bound in (10, 300, CALLS):
            count = count_ids(tx, what, bound)
            assert count.calls == whole if count.is_exact else count.calls <= min(whole, bound), bound
