"""Which calls an actor sees: by rights, queues, agents and time, on both engines."""

from datetime import datetime, timedelta

import pytest

from telegraphone.access import PROFILES, SYSTEM, Actor, Scope, may_know, require, visible_calls
from telegraphone.db import Db
from telegraphone.errors import Forbidden
from telegraphone.model import AgentTalk, QueuePassage
from telegraphone.sql.calls import CallFilter, Count, count_calls, get_call, list_calls
from tests.sql.made import answered_by_agent, at, made, put

READ = frozenset({"read"})


def actor(**scope: object) -> Actor:
    return Actor("anna", READ, scope=Scope(**scope), profile="supervisor")  # type: ignore[arg-type]


SCOPES = [
    (None, [0, 1, 2, 3, 4]), (Scope(), []), (Scope(queues=("*",)), [0, 1, 2, 3, 4]),
    (Scope(queues=("hotline",)), [0, 1, 2]), (Scope(queues=("cars",)), [3]), (Scope(queues=("hotline", "hotline")), [0, 1, 2]),
    (Scope(agents=("2000",)), [0]), (Scope(agents=("2009",)), []), (Scope(agents=("2000", "2001")), [0, 1, 3]),
    (Scope(queues=("cars",), agents=("2000",)), [0, 3]), (Scope(queues=("x' or 1=1 --",)), []), (Scope(from_=at(10)), []),
    (Scope(queues=("*",), from_=at(10)), [1, 2, 3, 4]), (Scope(queues=("*",), to=at(10)), [0]),
    (Scope(queues=("hotline",), from_=at(10), to=at(20)), [1]),
]  # fmt: skip


@pytest.mark.parametrize(("scope", "seen"), SCOPES)
def test_what_is_given_is_seen(db: Db, scope: Scope | None, seen: list[int]) -> None:
    """2009 only rang in the first three: another talked."""
    calls = [
        answered_by_agent(0, "2000"), answered_by_agent(10, "2001"),
        made(20, queues=(QueuePassage("hotline", at(20), "abandoned", 9.0, None, ("2009",)),)),
        made(30, queues=(QueuePassage("cars", at(30), "answered", 1.0, "2001", ()),), agents=(AgentTalk("2001", at(31)),)), made(40),
    ]  # fmt: skip
    ids = put(db, *calls)
    who = Actor("anna", READ, scope=scope)
    with db.transaction("read") as tx:
        assert [ids.index(call.id) for call in reversed(list_calls(tx, who, CallFilter()))] == seen
        assert count_calls(tx, who, CallFilter()) == Count(len(seen))
        assert [ids.index(call.id) for call in list_calls(tx, who, CallFilter(agent="2001", since=at(5), before=at(25)))] == [
            place for place in seen if place == 1
        ]
        for place, id in enumerate(ids):
            if place in seen:
                assert get_call(tx, who, id).id == id
            else:
                with pytest.raises(Exception, match=f"there is no call {id}"):
                    get_call(tx, who, id)


def test_a_long_list_of_what_is_given(db: Db) -> None:
    queues = tuple(f"q{n}" for n in range(499))
    put(db, answered_by_agent(0, "2000"), made(5))
    with db.transaction("read") as tx:
        assert len(list_calls(tx, actor(queues=(*queues, "hotline")), CallFilter(agent="2000"))) == 1


def test_the_main_call_of_a_consultation_is_not_named_to_whom_it_is_not_for(db: Db) -> None:
    main, other = put(db, answered_by_agent(0, "2000"), answered_by_agent(10, "2001"))
    with db.transaction() as tx:
        tx.run("update calls set consultation_of = :main where id = :other", main=main, other=other)
        for who, told in (
            (SYSTEM, main),
            (actor(agents=("2001",)), None),
            (actor(agents=("2000", "2001")), main),
            (actor(queues=("*",)), main),
        ):
            assert get_call(tx, who, other).consultation_of == told
            assert list_calls(tx, who, CallFilter(agent="2001"))[0].consultation_of == told


def test_conditions_only_where_there_are_limits() -> None:
    assert visible_calls(SYSTEM) == ([], {})
    assert visible_calls(Actor("x")) == (["1 = 0"], {})
    assert visible_calls(Actor("x", frozenset({"listen"}), scope=Scope(("a",)))) == (["1 = 0"], {})
    microseconds = (at(0) - datetime.fromtimestamp(0, at(0).tzinfo)) // timedelta(microseconds=1)
    assert visible_calls(actor(queues=("*",), to=at(0))) == (["c.started_at < :seen_to"], {"seen_to": microseconds})


def test_profiles() -> None:
    assert "admin" in PROFILES["administrator"]
    for profile in ("supervisor", "teacher", "agent"):
        assert not {"admin", "ingest"} & PROFILES[profile]  # type: ignore[index]
        with pytest.raises(Forbidden, match="you have no right to ingest"):
            require(Actor("anna", PROFILES[profile], profile=profile), "ingest")  # type: ignore[index,arg-type]


def test_who_teaches_writes_notes_and_who_is_heard_does_not() -> None:
    require(Actor("anna", PROFILES["teacher"], profile="teacher"), "attach")
    with pytest.raises(Forbidden):
        require(Actor("bob", PROFILES["agent"], profile="agent"), "attach")


def test_the_directory_of_a_limited_actor() -> None:
    who = actor(queues=("hotline",), agents=("2000",))
    assert may_know(who, "queues", "hotline") and may_know(who, "agents", "2000")
    assert not any((may_know(who, "queues", "cars"), may_know(who, "agents", "2001"), may_know(who, "users", "1001")))
    assert may_know(actor(queues=("*",)), "users", "1001")
