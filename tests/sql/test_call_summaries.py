"""A call in few words says what the whole call says: random calls, both engines."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.model import Call
from telegraphone.sql.attached_data import attach
from telegraphone.sql.call_summaries import CallSummary, list_summaries, with_unique_id
from telegraphone.sql.calls import StoredCall, list_calls
from telegraphone.sql.search.call_filter import CallFilter
from tests.sql.test_calls import DAY, made_calls, numbered, plain, put, questions


def summary_of(stored: StoredCall) -> CallSummary:
    call, names = stored.call, stored.names
    return CallSummary(
        stored.id, call.started_at, call.caller.number, call.dialled.number, None if call.talk_s is None else int(call.talk_s),
        call.queue_status, stored.recordings[0].id if stored.recordings else None,
        tuple((names.agents.get(talk.number, ""), talk.number) for talk in call.agents),
        tuple((shown, number) if number else (one.name, "") for one in call.queues for number, shown in [names.queue(one.name)]),
        stored.attached_data,
    )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(made=st.lists(made_calls(), min_size=3, max_size=12), asked=st.lists(questions(), min_size=6, max_size=6))
def test_it_says_what_the_whole_call_says(db: Db, made: list[Call], asked: list[CallFilter]) -> None:
    put(db, numbered(made))

    with db.transaction("read") as tx:
        for wanted in [CallFilter(limit=1000), *asked]:
            assert list_summaries(tx, SYSTEM, wanted) == [summary_of(stored) for stored in list_calls(tx, SYSTEM, wanted)]


def test_a_page_is_one_statement(db: Db) -> None:
    put(db, [plain(n) for n in range(4)])

    with db.transaction("read") as tx:
        assert len(list_summaries(tx, SYSTEM, CallFilter(limit=3))) == 3  # and the directory is known
        tx.statements = 0
        assert len(list_summaries(tx, SYSTEM, CallFilter(limit=3))) == 3
        assert tx.statements == 1


def test_a_key_that_was_put_again_is_there_once(db: Db) -> None:
    put(db, [plain(1)])
    with db.transaction() as tx:
        [found] = list_summaries(tx, SYSTEM, with_unique_id("1.0"))
        for value in ("green", "red"):
            attach(tx, SYSTEM, found.id, [("color", value)], DAY)

    with db.transaction("read") as tx:
        [found] = list_summaries(tx, SYSTEM, with_unique_id("1.0"))
        assert found.attached_data == {"color": "red"}
        assert list_summaries(tx, SYSTEM, with_unique_id("2.0")) == []
