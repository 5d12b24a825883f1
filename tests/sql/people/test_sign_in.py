"""Attempts to sign in: counted for all workers, slowed down, and never so that a stranger keeps the owner out."""

from datetime import UTC, datetime, timedelta

import pytest

from telegraphone.access import SYSTEM
from telegraphone.credentials import wait_after
from telegraphone.db import Db, Tx
from telegraphone.sql.people.access_log import list_accesses
from telegraphone.sql.people.accounts import Wanted, add_account, disable_account
from telegraphone.sql.people.sessions import Lasting, find_session
from telegraphone.sql.people.sign_in import begin_attempt, fail, succeed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOME, ELSEWHERE = "192.0.2.7", "198.51.100.9"
LASTING = Lasting()


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def anna(db: Db) -> Db:
    with db.transaction() as tx:
        add_account(tx, SYSTEM, "admin", Wanted(profile="administrator"), None, NOW)
        add_account(tx, SYSTEM, "anna", Wanted(profile="agent"), "hash", NOW)
    return db


def guess(tx: Tx, name: str = "anna", address: str = HOME, seconds: float = 0) -> int:
    """The seconds to wait, or a failure that counts."""
    attempt = begin_attempt(tx, name, address, later(seconds))
    if not attempt.wait_s:
        fail(tx, attempt, later(seconds))
    return attempt.wait_s


def sign_in(tx: Tx, name: str = "anna", address: str = HOME, seconds: float = 0) -> int:
    attempt = begin_attempt(tx, name, address, later(seconds))
    if not attempt.wait_s:
        assert succeed(tx, attempt, f"{name} {seconds}", later(seconds), LASTING)
    return attempt.wait_s


def test_waits_double_up_to_a_bound() -> None:
    assert [wait_after(n, "account") for n in (0, 4, 5, 6, 7, 10, 11, 12, 10_000)] == [0, 0, 1, 2, 4, 32, 60, 60, 60]
    assert [wait_after(n, "address") for n in (19, 20, 21, 29, 30)] == [0, 1, 2, 512, 900]


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_guessing_becomes_slow(anna: Db, name: str) -> None:
    """For a name that nobody has just as for one that somebody has."""
    with anna.transaction() as tx:
        assert [guess(tx, name) for _ in range(7)] == [0, 0, 0, 0, 0, 1, 1]
        assert [guess(tx, name.upper(), seconds=s) for s in (0.5, 1, 1.5, 2.5, 3, 3)] == [1, 0, 2, 1, 0, 4]


def test_a_right_password_is_counted_as_no_failure(anna: Db) -> None:
    with anna.transaction() as tx:
        assert [guess(tx) for _ in range(5)] == [0] * 5
        assert sign_in(tx, seconds=1) == 0
        assert [guess(tx, seconds=1) for _ in range(5)] == [0] * 5
        for n in range(40):
            assert sign_in(tx, seconds=100 + n) == 0


def test_a_stranger_does_not_keep_the_owner_out(anna: Db) -> None:
    with anna.transaction() as tx:
        assert sign_in(tx) == 0
        waits = [guess(tx, address=f"198.51.100.{n}", seconds=1) for n in range(100)]
        assert waits[5:] == [1] * 95
        assert sign_in(tx, seconds=2) == 0, "from where she signed in before"
        assert guess(tx, address=ELSEWHERE, seconds=1.5) == 1, "and that does not help the stranger"


def test_an_address_that_tries_many_names_becomes_slow(anna: Db) -> None:
    with anna.transaction() as tx:
        assert [guess(tx, f"name{n}") for n in range(22)] == [0] * 20 + [1, 1]
        assert guess(tx, "anna", ELSEWHERE) == 0
        assert [guess(tx, f"name{n}", f"2001:db8::{n}") for n in range(21)][-1] == 1, "an IPv6 network is one address"
        assert guess(tx, "x", "2001:db8:0:1::1") == 0
        assert guess(tx, "y", f"::ffff:{HOME}") == 1
        assert guess(tx, "z", "no address") == 0


def test_failures_are_forgotten(anna: Db) -> None:
    with anna.transaction() as tx:
        assert [guess(tx) for _ in range(6)][-1] == 1
        assert [guess(tx, seconds=3600) for _ in range(5)] == [0] * 5
        sign_in(tx, seconds=3 * 86400)
        assert tx.one("select count(*) as n from sign_in_failures where failures > 0") == {"n": 0}
        sign_in(tx, "anna", ELSEWHERE, 100 * 86400)
        assert tx.one("select count(*) as n from sign_in_failures where failures = 0 and subject like 'place%'") == {"n": 1}


def test_a_clock_that_was_set_back_makes_nobody_wait_longer(anna: Db) -> None:
    with anna.transaction() as tx:
        assert [guess(tx, seconds=9000) for _ in range(6)][-1] == 1
        assert guess(tx) == 1


def test_what_is_written_down(anna: Db) -> None:
    with anna.transaction() as tx:
        sign_in(tx, seconds=1)
        guess(tx, seconds=2)
        guess(tx, "hunter2", seconds=3)
        assert [(row.actor, row.action, row.outcome, row.address, row.at) for row in list_accesses(tx, SYSTEM)[:3]] == [
            ("unknown", "sign_in", "unauthenticated", HOME, later(3)), ("anna", "sign_in", "unauthenticated", HOME, later(2)),
            ("anna", "sign_in", "ok", HOME, later(1)),
        ]  # fmt: skip
        assert "hunter2" not in str(tx.all("select * from sign_in_failures")), "it may have been a password"
        assert find_session(tx, "anna 1", later(2), LASTING)


def test_somebody_disabled_does_not_come_in(anna: Db) -> None:
    with anna.transaction() as tx:
        attempt = begin_attempt(tx, "anna", HOME, NOW)
        assert (attempt.password, attempt.wait_s) == ("hash", 0)
        disable_account(tx, SYSTEM, "anna", NOW)
        assert succeed(tx, attempt, "s", NOW, LASTING) is None, "disabled while the password was looked at"
        assert begin_attempt(tx, "anna", HOME, NOW).password is None
        assert not tx.all("select 1 from sessions")


def test_an_attempt_counts_before_it_is_known_to_fail(anna: Db) -> None:
    """Many at once are no way around: none of these has been decided."""
    with anna.transaction() as tx:
        assert [begin_attempt(tx, "anna", HOME, NOW).wait_s for _ in range(8)] == [0] * 5 + [1] * 3
