"""What is told of calls, and that nobody who reads on misses a change."""

import random
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from telegraphone.access import SYSTEM, Actor
from telegraphone.db import Db, Tx
from telegraphone.errors import Invalid
from telegraphone.model import CallId
from telegraphone.sql.attached_data import attach, remove_attached
from telegraphone.sql.directory import list_directory
from telegraphone.sql.server.changes import (
    KEPT,
    NEWS,
    Change,
    Told,
    add_changes,
    check_kinds,
    find_visible,
    last_change,
    list_changes,
    remove_old_changes,
    sees_all,
    without_sources,
)
from tests.api.telling import direct_call, feed
from tests.test_record import add, events

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def told(db: Db, after: int = 0) -> list[Told]:
    with db.transaction("read") as tx:
        return list_changes(tx, after)


def kinds(db: Db) -> list[str]:
    return [one.kind for one in told(db)]


def tell(db: Db, *changes: Change, now: datetime = NOW) -> None:
    with db.transaction() as tx:
        add_changes(tx, changes, now)


def test_a_call_from_its_start_to_its_end(db: Db) -> None:
    said = direct_call("1.0", started_at=NOW - MINUTE)
    for step in (said[:3], said[3:6], said[6:], said):
        feed(db, step, now=NOW)
    assert kinds(db) == ["call.started", "call.changed", "call.ended"]
    [started, _, ended] = told(db)
    assert started.body() == {"kind": "call.started", "at": NOW, "pbx": "pbx1", "call": started.call_id, "outcome": "ongoing"}
    assert (ended.call_id, ended.facts) == (started.call_id, {"outcome": "answered"})


def test_a_call_that_was_over_when_it_was_seen_only_ended(db: Db) -> None:
    feed(db, direct_call("1.0", started_at=NOW - MINUTE), now=NOW)
    assert kinds(db) == ["call.ended"]


def test_a_correction_is_told(db: Db) -> None:
    said = direct_call("1.0", started_at=NOW - MINUTE, color="green")
    late = [event for event in said if event.kind == "attached"]
    feed(db, [event for event in said if event not in late], now=NOW)
    feed(db, late, now=NOW)
    assert kinds(db) == ["call.ended", "call.changed"]


def test_history_is_no_news(db: Db) -> None:
    took = timedelta(seconds=20)
    for number, ended in enumerate((NEWS, NEWS - MINUTE, timedelta(days=700))):
        feed(db, direct_call(f"{number}.0", started_at=NOW - ended - took), now=NOW)
    feed(db, direct_call("7.0", started_at=NOW - timedelta(hours=2), is_over=False), now=NOW)
    feed(db, direct_call("8.0", started_at=NOW - timedelta(days=2), is_over=False), now=NOW)
    assert kinds(db) == ["call.ended", "call.started"], "one that ended within the hour, and one that goes on"


def test_an_import_of_old_calls_says_nothing(db: Db) -> None:
    add(db, events("43-transfer-attended-agent-to-agent", "54-pickup-directed"), now=NOW + timedelta(days=100))
    assert told(db) == []


def test_data_that_people_attach(db: Db) -> None:
    feed(db, direct_call("1.0", started_at=NOW - timedelta(days=3)), now=NOW)
    with db.transaction() as tx:
        [row] = tx.all("select id from calls")
        attach(tx, SYSTEM, CallId(row["id"]), [("a", "1"), ("b", "2")], NOW)
    with db.transaction() as tx:
        remove_attached(tx, SYSTEM, CallId(row["id"]), "a", NOW)
    assert [(one.kind, one.call_id) for one in told(db)] == [("call.changed", row["id"])] * 2


def test_a_call_that_was_part_of_another(db: Db) -> None:
    """The number that is gone is told with the call that has become of it."""
    said = events("54-pickup-directed", sources=["asterisk-cel"])
    now = said[-1].at
    born = next(event.leg for event in said if event.leg != said[0].leg and event.linked_id == event.leg)
    parts = [[event for event in said if (event.linked_id == born and event.kind != "picked_up") == is_born] for is_born in (True, False)]
    for part in parts:
        add(db, part, now=now)
    gone = [one for one in told(db) if "gone" in one.facts]
    with db.transaction("read") as tx:
        there = {row["id"] for row in tx.all("select id from calls")}
    assert gone and all(one.call_id in there and one.facts["gone"] not in there for one in gone)


def test_nothing_is_told_of_what_was_undone(db: Db) -> None:
    def fails(tx: Tx) -> None:
        add_changes(tx, [Change("call.ended", "pbx1")], NOW)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), db.transaction() as tx:
        fails(tx)
    assert told(db) == []


def test_all_changes_of_a_transaction_are_one_statement(db: Db) -> None:
    with db.transaction() as tx:
        for number in range(50):
            add_changes(tx, [Change("call.ended", "pbx1", CallId(number))], NOW)
        assert tx.statements == 0
    assert [one.call_id for one in told(db)] == list(range(50))
    assert tx.statements == 1


def test_read_on_from_any_place(db: Db) -> None:
    tell(db, *(Change("call.ended", "pbx1", CallId(number)) for number in range(7)))
    everything = told(db)
    assert [told(db, one.id) for one in everything] == [everything[place:] for place in range(1, 8)]
    with db.transaction("read") as tx:
        assert [len(list_changes(tx, 0, limit=limit)) for limit in (1, 7, 100)] == [1, 7, 7]
        assert last_change(tx) == everything[-1].id


def test_forgotten_after_a_week_and_no_id_is_given_twice(db: Db) -> None:
    tell(db, *[Change("call.ended", "pbx1")] * 3, now=NOW - KEPT - MINUTE)
    before = told(db)
    with db.transaction() as tx:
        assert remove_old_changes(tx, NOW) == 2
    assert told(db) == before[-1:], "the newest stays: its number must not be given again"
    tell(db, Change("call.ended", "pbx1"), now=NOW - KEPT + MINUTE)
    with db.transaction() as tx:
        assert remove_old_changes(tx, NOW) == 1
    assert [one.id > before[-1].id for one in told(db)] == [True]


def test_none_is_an_empty_table(db: Db) -> None:
    with db.transaction() as tx:
        assert (last_change(tx), remove_old_changes(tx, NOW), list_changes(tx, 0)) == (0, 0, [])


def test_only_what_one_may_see(db: Db) -> None:
    feed(db, direct_call("1.0", started_at=NOW - MINUTE), now=NOW)
    tell(db, Change("source.behind", "pbx1"), Change("call.changed", "pbx1", CallId(5)))
    heard: dict[str, list[str]] = {}
    for name, rights in ACTORS.items():
        actor = Actor(name, rights)
        mine = without_sources(actor, told(db))
        with db.transaction("read") as tx:
            heard[name] = [one.kind for one in (mine if sees_all(actor) else find_visible(tx, actor, mine))]
            assert tx.statements == (name == "listener"), "only where some calls are hidden"
    assert heard == {"admin": ["call.ended", "source.behind", "call.changed"], "reader": ["call.ended", "call.changed"], "listener": []}


ACTORS = {"admin": frozenset({"admin"}), "reader": frozenset({"read"}), "listener": frozenset({"listen"})}


def test_kinds_that_there_are_not() -> None:
    assert check_kinds(["call.ended", "call.ended"]) == {"call.ended"}
    for wrong in ([], [""], ["call.ended", "call.sleeps"]):
        with pytest.raises(Invalid, match="kinds: must be one or more of"):
            check_kinds(wrong)


def test_two_who_write_at_once_leave_no_hole_behind_a_reader(db: Db) -> None:
    """Ids of transactions that commit in another order than they began; a reader who only goes forward sees each."""
    count, writers = 60, 3
    over = threading.Event()

    def write(writer: int) -> None:
        chance = random.Random(writer)
        for number in range(count):
            with db.transaction() as tx:
                add_changes(tx, [Change("call.ended", f"pbx{writer}", CallId(number))], NOW)
                time.sleep(chance.random() / 500)
                list_directory(tx, SYSTEM, "agents")
                add_changes(tx, [Change("call.changed", f"pbx{writer}", CallId(number))], NOW)

    read: list[Told] = []
    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    while not over.is_set():
        if not any(thread.is_alive() for thread in threads):
            over.set()
        read += told(db, read[-1].id if read else 0)
    assert numbers_of(read) == {f"pbx{writer}": [number for number in range(count) for _ in range(2)] for writer in range(writers)}


def numbers_of(read: Iterable[Told]) -> dict[str, list[int]]:
    numbers: dict[str, list[int]] = {}
    for one in read:
        assert one.call_id is not None
        numbers.setdefault(one.pbx, []).append(one.call_id)
    return numbers


def test_who_commits_first_is_read_first(db: Db) -> None:
    """One writer stands before his commit, with ids that nobody sees yet: the other waits, and gets higher ones."""
    if db.dialect.name == "sqlite":
        pytest.skip("a write transaction is alone")
    is_written, may_commit = threading.Event(), threading.Event()

    def stop(tx: Tx, _: list[None]) -> None:
        is_written.set()
        may_commit.wait(10)

    def first() -> None:
        with db.transaction() as tx:
            add_changes(tx, [Change("call.ended", "first")], NOW)
            tx.at_end(stop, [None])

    threads = [threading.Thread(target=first), threading.Thread(target=tell, args=(db, Change("call.ended", "second")))]
    threads[0].start()
    assert is_written.wait(10)
    threads[1].start()
    time.sleep(0.3)
    assert told(db) == []
    may_commit.set()
    for thread in threads:
        thread.join(10)
    assert [one.pbx for one in told(db)] == ["first", "second"]
