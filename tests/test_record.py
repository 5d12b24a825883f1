"""Order, repetition and batches of the input never change the calls that result."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.events import Event, Unreadable
from telegraphone.ingest import read_file
from telegraphone.interpret import Settings
from telegraphone.model import Call
from telegraphone.record import Added, Batch, Log, append, close_silent
from telegraphone.sql.calls import CallFilter, list_calls
from telegraphone.sql.history import list_history
from telegraphone.sql.pbx.clusters import unpack
from telegraphone.sql.pbx.sources import count_unreadable

CORPUS = Path(__file__).parent / "corpus"
SETTINGS = Settings(("from-trunk",), ("PJSIP/trunk",), "FR")
NOW = datetime(2026, 11, 25, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
TOLD = ("43-transfer-attended-agent-to-agent", "44-transfer-attended-cancelled", "54-pickup-directed", "83-restart-uniqueids")


def events(*scenarios: str, sources: Sequence[str] = ("asterisk-cel", "asterisk-queue-log")) -> list[Event]:
    files = {"asterisk-cel": "cel.csv", "asterisk-queue-log": "queue_log", "asterisk-ami": "ami.log"}
    read = [read_file(CORPUS / name / files[source], source, UTC_ZONE) for name in scenarios for source in sources]
    return [item for items in read for item in items if isinstance(item, Event)]


def add(db: Db, items: Sequence[Event | Unreadable], pbx: str = "pbx1", now: datetime = NOW) -> Added:
    with db.transaction() as tx:
        return append(tx, Batch(Log(pbx, "asterisk-cel", "log"), items, len(items)), SETTINGS, now)


def told(db: Db) -> list[Call]:
    with db.transaction("read") as tx:
        stored = list_calls(tx, SYSTEM, CallFilter(limit=1000))
    return sorted((msgspec.structs.replace(s.call) for s in stored), key=lambda call: (call.linked_id, call.run))


def clear(db: Db) -> None:
    tables = "attached_data recordings call_legs call_agents call_queues calls events ties clusters pbx_starts sources unreadable".split()
    with db.transaction() as tx:
        for table in tables:
            tx.run(f"delete from {table}")


def test_a_batch_twice_is_a_batch_once(db: Db) -> None:
    said = events(*TOLD)

    first = add(db, said)
    once = told(db)
    again = add(db, said)

    assert first.accepted == len(said)
    assert (again.accepted, again.calls) == (0, frozenset())
    assert told(db) == once
    assert len(once) == 9


def test_a_finished_call_keeps_its_events_compressed(db: Db) -> None:
    add(db, events(TOLD[0]))

    with db.transaction("read") as tx:
        assert tx.all("select 1 from events") == []
        assert [row["is_closed"] for row in tx.all("select is_closed from clusters where archive is not null")] == [1]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(draw=st.data())
def test_order_repetition_and_batches_do_not_matter(db: Db, draw: st.DataObject) -> None:
    said = events(*TOLD)
    clear(db)
    add(db, said)
    once = told(db)
    clear(db)

    shuffled = draw.draw(st.permutations(said)) if draw.draw(st.booleans()) else said
    repeated = shuffled + draw.draw(st.lists(st.sampled_from(said), max_size=20))
    size = draw.draw(st.integers(1, 80))
    for start in range(0, len(repeated), size):
        add(db, repeated[start : start + size])

    assert told(db) == once


def test_the_queue_log_may_come_before_or_after(db: Db) -> None:
    cel, log = events(*TOLD, sources=["asterisk-cel"]), events(*TOLD, sources=["asterisk-queue-log"])
    add(db, cel)
    add(db, log)
    once = told(db)

    clear(db)
    add(db, log)
    add(db, cel)

    assert told(db) == once


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(draw=st.data())
def test_one_event_by_two_roads_is_one_event(db: Db, draw: st.DataObject) -> None:
    """As the manager sent it and as the logs have it, in any order, the stream with holes: the calls are those of the logs."""
    logged, sent = events(*TOLD), events(*TOLD, sources=["asterisk-ami"])
    clear(db)
    add(db, logged)
    once = told(db)
    clear(db)

    heard = [event for event in sent if draw.draw(st.integers(0, 9)) or event.kind not in ("held", "unheld")]
    first, second = (
        draw.draw(st.permutations([heard, logged])) if draw.draw(st.booleans()) else ([], draw.draw(st.permutations([*logged, *heard])))
    )
    size = draw.draw(st.integers(1, 80))
    for road in (first, second):
        for start in range(0, len(road), size):
            add(db, road[start : start + size])
    add(db, heard)

    assert [_without_holds(call) for call in told(db)] == [_without_holds(call) for call in once]
    with db.transaction("read") as tx:
        kept = [event for row in tx.all("select archive from clusters") for event in unpack(row["archive"])]
    assert len([event for event in kept if event.kind not in ("held", "unheld")]) == len([event for event in logged if event.leg])


def _without_holds(call: Call) -> Call:
    """The stream tells holds outright, to the microsecond; the log by the music alone."""
    return msgspec.structs.replace(call, holds=tuple(msgspec.structs.replace(hold, from_=NOW, to=NOW) for hold in call.holds))


def test_a_log_that_comes_later_corrects_the_stream(db: Db) -> None:
    add(db, events(*TOLD, sources=["asterisk-ami"]))
    assert len(told(db)) == 9
    added = add(db, events(*TOLD))
    assert added.accepted > 0
    again = add(db, events(*TOLD, sources=["asterisk-ami"]))
    assert (again.accepted, again.calls) == (0, frozenset())


def test_the_same_ids_on_another_pbx_are_other_calls(db: Db) -> None:
    said = events(TOLD[0])
    add(db, said, pbx="pbx1")
    add(db, said, pbx="pbx2")

    calls = told(db)
    assert len(calls) == 4
    assert len({call.linked_id for call in calls}) == 2


def test_hours_of_silence_end_a_call(db: Db) -> None:
    said = events("01-internal-answered", sources=["asterisk-cel"])
    half = said[: len(said) // 2]
    add(db, half, now=half[-1].at)
    assert [(call.outcome, call.is_closed) for call in told(db)] == [("ongoing", False)]

    with db.transaction() as tx:
        assert close_silent(tx, SETTINGS, half[-1].at + timedelta(hours=3)) == set()
        assert len(close_silent(tx, SETTINGS, half[-1].at + timedelta(hours=5))) == 1
    [call] = told(db)
    assert (call.is_closed, call.ended_at) == (True, None)


def test_a_start_of_the_pbx_ends_what_was_going_on(db: Db) -> None:
    said = events("01-internal-answered", sources=["asterisk-cel"])
    half = said[: len(said) // 2]
    add(db, half, now=half[-1].at)

    add(db, [Event(kind="pbx_started", at=half[-1].at + timedelta(seconds=9))], now=half[-1].at + timedelta(seconds=9))

    [call] = told(db)
    assert (call.is_closed, call.ended_at) == (True, None)


def test_unreadable_lines_are_kept_once(db: Db) -> None:
    lines = [Unreadable(7, "???\0", "is no row")]

    assert add(db, lines).unreadable == tuple(lines)
    add(db, lines)
    with db.transaction("read") as tx:
        assert count_unreadable(tx, SYSTEM) == 1


@pytest.mark.parametrize("scenario", TOLD)
def test_each_batch_is_a_bounded_number_of_statements(db: Db, scenario: str) -> None:
    said = events(scenario)
    with db.transaction() as tx:
        append(tx, Batch(Log("p", "s", "l"), said, 1), SETTINGS, NOW)
        assert tx.statements < 60


def test_names_seen_in_events_fill_what_the_directory_lacks(db: Db) -> None:
    """Those of telephones here; an outside caller's name is not a user's."""
    add(db, events("01-internal-answered", "14-incoming-direct-answered", sources=["asterisk-cel"]))

    with db.transaction("read") as tx:
        seen = {row["number"]: row["name"] for row in tx.all("select number, name from users where is_seen = 1")}
        [line] = list_history(tx, SYSTEM, interface="PJSIP/1001", since=None, limit=9)
    assert seen == {"1001": "Alice Martin", "1002": "Bob Durand"}
    assert (line.src_firstname, line.src_lastname, line.dst_lastname) == (None, "Alice Martin", "Bob Durand")
