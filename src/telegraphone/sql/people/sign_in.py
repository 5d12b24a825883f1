"""Signing in: attempts are counted in the database, so that all workers slow the same guesses down, and every outcome is written down.

An attempt is counted before the password is looked at, so that many at once are no way around. Three things are counted: the address, the
account, and instead of the account an address from which it has signed in before; so nobody else can keep its owner waiting.
"""

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from ...access import Actor
from ...credentials import wait_after
from ...db import Row, Tx, micros
from .access_log import add_change
from .accounts import Account, find_account, put_password
from .sessions import Lasting, add_session, remove_session

FORGOTTEN, KNOWN = timedelta(hours=1), timedelta(days=90)
"""After so long failures count no more, and an address is a strange one again."""
UNKNOWN = "unknown"
"""Whom the access log names when there is no such account: what was typed may have been a password."""


class NewSecrets(msgspec.Struct, frozen=True):
    """The hashes of a new password and of a new session's secret."""

    password: str
    session: str


class Attempt(msgspec.Struct, frozen=True):
    """Whether somebody may try: `wait_s` is 0, or the seconds to wait. `password` is the hash to compare with, None if there is none."""

    name: str
    address: str
    wait_s: int = 0
    account: Account | None = None
    password: str | None = None


def begin_attempt(tx: Tx, name: str, address: str, now: datetime) -> Attempt:
    """Count an attempt, unless it comes too early."""
    tx.lock("sign in")
    name = name.lower()
    subjects = _subjects(name, address)
    found = {row["subject"]: row for row in _counted(tx, subjects)}
    judged = [subject for subject in subjects if subject.partition(":")[0] != ("account" if subjects[1] in found else "place")]
    failures = {subject: _failures(found, subject, now) for subject in judged}
    waits = [_wait(found[subject]["last_at"], failures[subject], subject, now) for subject in judged if subject in found]
    if (wait := max(waits, default=0)) > 0:
        return Attempt(name, address, wait)
    for subject in judged:
        _count(tx, subject, failures[subject] + 1, now)
    row = tx.one("select password from accounts where name = :name and is_disabled = 0", name=name)
    account = find_account(tx, name)
    return Attempt(name, address, 0, account, row["password"] if row else None)


def fail(tx: Tx, attempt: Attempt, now: datetime, action: str = "sign_in") -> None:
    """Write down that it failed."""
    who = attempt.account.name if attempt.account else UNKNOWN
    add_change(tx, Actor(who, address=attempt.address), action, "", now, outcome="unauthenticated")


def succeed(tx: Tx, attempt: Attempt, secret_sha256: str, now: datetime, lasting: Lasting) -> Account | None:
    """Begin a session; None if the account was disabled in the meantime."""
    account = find_account(tx, attempt.name)
    if account is None or account.is_disabled:
        fail(tx, attempt, now)
        return None
    _forgive(tx, attempt, now)
    open_session(tx, account, attempt.address, secret_sha256, now, lasting)
    return account


def open_session(tx: Tx, account: Account, address: str, secret_sha256: str, now: datetime, lasting: Lasting) -> None:
    """A session for somebody who was recognised, however that was."""
    add_session(tx, account.id, secret_sha256, address, now, lasting)
    tx.run("update accounts set signed_in_at = :now where id = :id", now=micros(now), id=account.id)
    add_change(tx, Actor(account.name, address=address), "sign_in", "", now)


def end_session(tx: Tx, actor: Actor, secret_sha256: str, now: datetime) -> None:
    """Sign out."""
    remove_session(tx, secret_sha256)
    add_change(tx, actor, "sign_out", "", now)


def change_own_password(tx: Tx, actor: Actor, attempt: Attempt, new: NewSecrets, now: datetime, lasting: Lasting) -> None:
    """After an attempt with the present one. All sessions end, but one that begins now."""
    _forgive(tx, attempt, now)
    put_password(tx, actor, actor.name, new.password, now)
    account = find_account(tx, actor.name)
    assert account is not None
    add_session(tx, account.id, new.session, actor.address, now, lasting)


def _forgive(tx: Tx, attempt: Attempt, now: datetime) -> None:
    """The attempt was right: it was no failure, and its address is known to be the owner's."""
    account, place, address = _subjects(attempt.name, attempt.address)
    if not tx.run("update sign_in_failures set failures = 0, last_at = :now where subject = :place", place=place, now=micros(now)):
        tx.run("delete from sign_in_failures where subject = :account", account=account)
        _count(tx, place, 0, now)
    tx.run("update sign_in_failures set failures = failures - 1 where subject = :address and failures > 0", address=address)
    old, forgotten = micros(now - KNOWN), micros(now - timedelta(days=1))
    tx.run("delete from sign_in_failures where last_at < :old or (last_at < :forgotten and failures > 0)", old=old, forgotten=forgotten)


def _subjects(name: str, address: str) -> tuple[str, str, str]:
    network = _network(address)
    return _subject("account", name), _subject("place", name, network), _subject("address", network)


def _subject(kind: str, *parts: str) -> str:
    return f"{kind}:{sha256(chr(0).join(parts).encode('utf-8', 'surrogatepass')).hexdigest()}"


def _network(address: str) -> str:
    """Who has one IPv6 address has 2^64 of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return address


def _counted(tx: Tx, subjects: Sequence[str]) -> list[Row]:
    wanted = tx.dialect.list_argument(subjects)
    return tx.all(f"select subject, failures, last_at from sign_in_failures where {tx.dialect.any_of('subject', 'wanted')}", wanted=wanted)


def _failures(found: dict[str, Row], subject: str, now: datetime) -> int:
    row = found.get(subject)
    return int(row["failures"]) if row and row["last_at"] > micros(now - FORGOTTEN) else 0


def _wait(last_at: int, failures: int, subject: str, now: datetime) -> int:
    """Whole seconds, upwards. A clock that was set back makes nobody wait longer."""
    wait = wait_after(failures, subject.partition(":")[0])
    left = min(last_at, micros(now)) + wait * 1_000_000 - micros(now)
    return -(-left // 1_000_000)


def _count(tx: Tx, subject: str, failures: int, now: datetime) -> None:
    tx.run(
        "insert into sign_in_failures (subject, failures, last_at) values (:subject, :failures, :now)"
        " on conflict (subject) do update set failures = excluded.failures, last_at = excluded.last_at",
        subject=subject, failures=failures, now=micros(now),
    )  # fmt: skip
