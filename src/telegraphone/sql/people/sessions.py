"""Sessions: who is signed in. Only the hash of a cookie's secret is kept, so the table opens nothing."""

from datetime import datetime, timedelta

import msgspec

from ...access import PROFILES, Actor
from ...db import Tx, micros, moment
from .scopes import parse_scope, resolved

TOUCHED = timedelta(minutes=1)
"""How exactly it is known when a session was last used: an answer costs a write no more often."""


class Lasting(msgspec.Struct, frozen=True):
    """When sessions end by themselves: without use, and in any case."""

    idle: timedelta = timedelta(hours=2)
    most: timedelta = timedelta(hours=12)


class Session(msgspec.Struct, frozen=True):
    """A session that goes on. `is_stale`: `touch_session` is due."""

    actor: Actor
    account_id: int
    is_stale: bool


def add_session(tx: Tx, account_id: int, sha256: str, address: str, now: datetime, lasting: Lasting) -> None:
    """Begin one. Those that are over are swept out meanwhile."""
    tx.run(
        "delete from sessions where created_at <= :oldest or seen_at <= :idle",
        oldest=micros(now - lasting.most),
        idle=micros(now - lasting.idle),
    )  # fmt: skip
    tx.run(
        "insert into sessions (sha256, account_id, created_at, seen_at, address) values (:sha256, :account_id, :now, :now, :address)",
        sha256=sha256, account_id=account_id, now=micros(now), address=address,
    )  # fmt: skip


def find_session(tx: Tx, sha256: str, now: datetime, lasting: Lasting) -> Session | None:
    """The session with this hash, if it goes on and its owner may sign in."""
    row = tx.one(
        "select a.id, a.name, a.profile, a.scope, s.seen_at from sessions s join accounts a on a.id = s.account_id"
        " where s.sha256 = :sha256 and s.created_at > :oldest and s.seen_at > :idle and a.is_disabled = 0",
        sha256=sha256, oldest=micros(now - lasting.most), idle=micros(now - lasting.idle),
    )  # fmt: skip
    if row is None:
        return None
    actor = Actor(row["name"], PROFILES[row["profile"]], "", resolved(tx, parse_scope(row["scope"])), row["profile"])
    return Session(actor, row["id"], moment(row["seen_at"]) <= now - TOUCHED)


def touch_session(tx: Tx, sha256: str, now: datetime) -> None:
    """It was used just now."""
    tx.run("update sessions set seen_at = :now where sha256 = :sha256 and seen_at < :now", sha256=sha256, now=micros(now))


def remove_session(tx: Tx, sha256: str) -> None:
    """Sign out."""
    tx.run("delete from sessions where sha256 = :sha256", sha256=sha256)


def remove_sessions_of(tx: Tx, account_id: int) -> None:
    """End all sessions of an account."""
    tx.run("delete from sessions where account_id = :id", id=account_id)
