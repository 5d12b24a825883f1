import msgspec
import pytest

from telegraphone.access import SYSTEM, Actor
from telegraphone.db import Db
from telegraphone.errors import Conflict, Forbidden, NotFound
from telegraphone.model import Announced, Attached, CallId, FileId
from telegraphone.sql.attached_data import attach, find_call_to_attach, list_attached, remove_attached

from .made import DAY, at, made, put


def test_the_last_value_of_a_key_wins_and_all_are_kept(db: Db) -> None:
    [call] = put(db, made(1, attached=(Attached("order", "1", at(1)), Attached("order", "2", at(2)))))

    with db.transaction() as tx:
        assert attach(tx, SYSTEM, call, [("color", "red"), ("color", "green")], at(9)) == {"order": "2", "color": "green"}
        assert attach(tx, SYSTEM, call, [("order", "3")], at(10)) == {"color": "green", "order": "3"}
        rows = tx.all("select key, value, actor from attached_data order by id")
    assert [(r["key"], r["value"], r["actor"]) for r in rows] == [
        ("order", "1", None), ("order", "2", None), ("color", "red", "system"), ("color", "green", "system"), ("order", "3", "system"),
    ]  # fmt: skip


def test_what_people_attached_stays_when_the_call_is_told_anew(db: Db) -> None:
    call = made(1, attached=(Attached("color", "red", at(1)),))
    [number] = put(db, call)
    with db.transaction() as tx:
        attach(tx, SYSTEM, number, [("color", "green")], at(5))

    put(db, msgspec.structs.replace(call, attached=(*call.attached, Attached("size", "9", at(6)))))
    with db.transaction() as tx:
        assert list_attached(tx, number) == {"color": "green", "size": "9"}
    put(db, msgspec.structs.replace(call, attached=(Attached("color", "blue", at(7)),)))
    with db.transaction() as tx:
        assert list_attached(tx, number) == {"color": "blue"}


def test_a_recording_is_only_attached_where_it_belongs(db: Db) -> None:
    [call] = put(db, made(1, recordings=(Announced(FileId("a"), DAY, "announced"),)))

    with db.transaction() as tx:
        assert attach(tx, SYSTEM, call, [("recording", "a")], DAY) == {"recording": "a"}
    with pytest.raises(Conflict), db.transaction() as tx:
        attach(tx, SYSTEM, call, [("color", "green"), ("recording", "b")], DAY)
    with db.transaction() as tx:
        assert list_attached(tx, call) == {"recording": "a"}


def test_removing_a_key(db: Db) -> None:
    [call] = put(db, made(1, attached=(Attached("color", "red", at(1)),)))

    with db.transaction() as tx:
        remove_attached(tx, SYSTEM, call, "color", at(2))
        assert list_attached(tx, call) == {}
        with pytest.raises(NotFound):
            remove_attached(tx, SYSTEM, call, "color", at(3))


def test_refusals(db: Db) -> None:
    [call] = put(db, made(1))
    reader = Actor("reader", frozenset({"read"}))

    with db.transaction() as tx:
        with pytest.raises(NotFound):
            attach(tx, SYSTEM, CallId(1), [("a", "b")], DAY)
        with pytest.raises(Forbidden):
            attach(tx, reader, call, [("a", "b")], DAY)


def test_a_channel_that_a_transfer_moved_is_of_the_call_in_which_it_ended(db: Db) -> None:
    main = made(1, unique_ids=("1.0", "1.1", "2.1"))
    consultation = made(2, unique_ids=("2.0", "2.1"), consultation_of=("1.0", 0))
    with db.transaction() as tx:
        from telegraphone.sql.pbx.put_calls import ToPut, put_calls

        put_calls(tx, "pbx1", [ToPut(1, (main, consultation))], "", DAY)
        [(moved, _)] = find_call_to_attach(tx, SYSTEM, "2.1")
        [(own, _)] = find_call_to_attach(tx, SYSTEM, "2.0")
        assert moved < own
        assert find_call_to_attach(tx, SYSTEM, "9.9") == []


def test_two_pbxs_with_one_unique_id_are_both_told(db: Db) -> None:
    put(db, made(1), pbx="pbx1")
    put(db, made(1), pbx="pbx2")

    with db.transaction() as tx:
        assert {pbx for _, pbx in find_call_to_attach(tx, SYSTEM, "1.0")} == {"pbx1", "pbx2"}
