"""The longest calls of a search: those that a sort of everything finds, or of the newest where there are too many."""

from datetime import timedelta

import pytest

from telegraphone.access import RIGHTS, SYSTEM, Actor, Scope
from telegraphone.db import Db
from telegraphone.model import Call, QueuePassage
from telegraphone.sql.calls import CallFilter
from telegraphone.sql.search.longest import Compared, list_longest
from tests.sql.test_calls import DAY, plain, put

TALKS = [30, None, 90, 60, 90, 10]
"""Seconds of talk of each call, a second after the one before."""


def talked(n: int, seconds: int | None) -> Call:
    at = DAY + timedelta(seconds=n)
    answered = {} if seconds is None else {"answered_at": at, "outcome": "answered"}
    queue = "sales" if n % 2 else "hotline"
    return plain(n, **answered, ended_at=at + timedelta(seconds=seconds or 0), queues=(QueuePassage(queue, at, "answered"),))


@pytest.fixture
def several(db: Db) -> Db:
    put(db, [talked(n, seconds) for n, seconds in enumerate(TALKS)])
    return db


def longest(db: Db, wanted: CallFilter = CallFilter(), actor: Actor = SYSTEM, among: int = 100) -> tuple[list[str], Compared]:  # noqa: B008
    with db.transaction("read") as tx:
        found, compared = list_longest(tx, actor, wanted, among)
    return [stored.call.linked_id for stored in found], compared


def test_the_longest_come_first_and_of_the_same_length_the_newest(several: Db) -> None:
    assert longest(several) == (["4.0", "2.0", "3.0", "0.0", "5.0"], Compared(6, None))
    assert longest(several, CallFilter(limit=2))[0] == ["4.0", "2.0"]


def test_what_is_asked_for_holds(several: Db) -> None:
    assert longest(several, CallFilter(queue="sales")) == (["3.0", "5.0"], Compared(3, None))
    assert longest(several, CallFilter(before=DAY + timedelta(seconds=4))) == (["2.0", "3.0", "0.0"], Compared(4, None))
    assert longest(several, CallFilter(agent="nobody")) == ([], Compared(0, None))


def test_of_too_many_the_newest_are_compared_and_it_says_since_when(several: Db) -> None:
    assert longest(several, among=3) == (["4.0", "3.0", "5.0"], Compared(3, DAY + timedelta(seconds=3)))
    assert longest(several, among=6)[1] == Compared(6, None)


def test_nobody_learns_of_calls_that_are_not_his(several: Db) -> None:
    limited = Actor("bruno", RIGHTS_OF_SOME, scope=Scope(queues=("sales",)))
    assert longest(several, actor=limited) == (["3.0", "5.0"], Compared(3, None))


RIGHTS_OF_SOME = frozenset(RIGHTS) - {"admin"}
