"""One holds a lease at a time, and nobody for ever."""

from datetime import UTC, datetime, timedelta

from telegraphone.db import Db
from telegraphone.sql.server.leases import LEASE, release_lease, take_lease

NOW = datetime(2026, 11, 25, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def take(db: Db, holder: str, now: datetime, name: str = "x") -> bool:
    with db.transaction() as tx:
        return take_lease(tx, name, holder, now)


def test_one_holder(db: Db) -> None:
    assert take(db, "a", NOW)
    assert not take(db, "b", NOW + SECOND)
    assert take(db, "b", NOW, name="y"), "another lease"
    assert take(db, "a", NOW + LEASE - SECOND), "prolonged"
    assert not take(db, "b", NOW + LEASE + SECOND)


def test_taken_over_when_it_is_over(db: Db) -> None:
    assert take(db, "a", NOW)
    assert take(db, "b", NOW + LEASE)
    assert not take(db, "a", NOW + LEASE + SECOND)


def test_given_back(db: Db) -> None:
    assert take(db, "a", NOW)
    with db.transaction() as tx:
        release_lease(tx, "x", "b")
    assert not take(db, "b", NOW)
    with db.transaction() as tx:
        release_lease(tx, "x", "a")
    assert take(db, "b", NOW)


def test_a_clock_that_was_set_back_holds_nobody_up(db: Db) -> None:
    assert take(db, "a", NOW)
    assert take(db, "b", NOW - timedelta(hours=1))
