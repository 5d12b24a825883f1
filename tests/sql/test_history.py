import msgspec
import pytest

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.model import Leg, Party, Queue, User
from telegraphone.sql.directory import put_directory
from telegraphone.sql.history import HistoryLine, list_history

from .made import answered_by_agent, at, made, put


def lines(db: Db, **asked: object) -> list[HistoryLine]:
    with db.transaction("read") as tx:
        found = list_history(tx, SYSTEM, **{"since": None, "limit": 10, **asked})  # type: ignore[arg-type]
        assert tx.statements == 1
        return found


def test_each_call_is_one_line_seen_from_the_phone(db: Db) -> None:
    put(db, answered_by_agent(1, "2000"), answered_by_agent(100, "2001"))

    assert [line.status for line in lines(db, interface="PJSIP/trunk")] == ["emitted", "emitted"]
    assert [line.status for line in lines(db, interface="SIP/1003")] == ["answered", "answered"]
    assert [line.status for line in lines(db, interface="PJSIP/1009")] == ["missed", "missed"]
    assert lines(db, interface="SIP/unknown") == []


def test_an_agent_answers_or_misses(db: Db) -> None:
    put(db, answered_by_agent(1, "2000"), answered_by_agent(100, "2001"))

    assert [line.status for line in lines(db, agent="2001")] == ["answered"]
    assert [line.status for line in lines(db, agent="2009")] == ["missed", "missed"]


def test_two_legs_of_a_phone_are_one_line_the_strongest(db: Db) -> None:
    rang = Leg("1.1", "PJSIP/1002", "callee", "1002")
    put(db, made(1, legs=(rang, msgspec.structs.replace(rang, unique_id="1.2", joined_at=at(3)))))

    assert [line.status for line in lines(db, interface="PJSIP/1002")] == ["answered"]


def test_newest_first_bounded_in_number_and_days(db: Db) -> None:
    put(db, *(answered_by_agent(n * 100, "2000") for n in range(5)))

    assert [line.started_at for line in lines(db, agent="2000", limit=2)] == [at(400), at(300)]
    assert len(lines(db, agent="2000", since=at(300))) == 2


def test_names_come_from_the_directory(db: Db) -> None:
    with db.transaction() as tx:
        put_directory(tx, SYSTEM, "users", [User("1001", "Poste 1001", "Poste", "Poste 1001", "PJSIP/1001")])
        put_directory(tx, SYSTEM, "queues", [Queue("3000", "cars", display_name="Cars")])
    called = msgspec.structs.replace(answered_by_agent(1, "2000", caller="1001"), dialled=Party("3000"))
    put(db, called, made(9, caller=Party("9"), legs=(Leg("9.0", "SIP/q", "caller"),)))

    [line] = lines(db, agent="2000")
    assert (line.src_firstname, line.src_lastname, line.dst_firstname, line.dst_lastname) == ("Poste", "Poste 1001", None, "hotline")
    [line] = lines(db, interface="PJSIP/q")
    assert {line.src_firstname, line.src_lastname, line.dst_firstname, line.dst_lastname, line.duration_ms} == {None}


@pytest.mark.parametrize("word", ["SIP/1003", "PJSIP/1003"])
def test_both_channel_drivers_are_one_phone(db: Db, word: str) -> None:
    put(db, answered_by_agent(1, "2000"))

    assert len(lines(db, interface=word)) == 1
