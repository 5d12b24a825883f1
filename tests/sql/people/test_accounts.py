"""People who sign in, and sessions: both engines."""

from datetime import UTC, datetime, timedelta

import pytest

from telegraphone.access import PROFILES, SYSTEM, Actor, Scope
from telegraphone.db import Db, Tx
from telegraphone.errors import Conflict, Forbidden, Invalid, NotFound
from telegraphone.model import Queue
from telegraphone.sql.directory import put_directory
from telegraphone.sql.people.access_log import list_accesses
from telegraphone.sql.people.accounts import (
    Wanted,
    add_account,
    add_first_account,
    disable_account,
    find_account,
    get_account,
    list_accounts,
    put_account,
    put_password,
)
from telegraphone.sql.people.api_keys import add_key, find_actor
from telegraphone.sql.people.sessions import Lasting, add_session, find_session, remove_session, touch_session

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LASTING = Lasting(timedelta(hours=1), timedelta(hours=8))
ADMINISTRATOR = Wanted(profile="administrator")
TEACHER = Wanted(profile="teacher", scope=Scope(("3556",), (), NOW, NOW + timedelta(days=1)), full_name="Anna Noël", language="fr")


def later(**more: float) -> datetime:
    return NOW + timedelta(**more)


def test_somebody_is_made_found_and_changed(db: Db) -> None:
    with db.transaction() as tx:
        added = add_account(tx, SYSTEM, "Anna", TEACHER, "hash", NOW)
        assert (added.name, added.profile, added.scope, added.language) == ("anna", "teacher", TEACHER.scope, "fr")
        assert (added.is_disabled, added.created_at, added.signed_in_at) == (False, NOW, None)
        assert get_account(tx, SYSTEM, "ANNA") == find_account(tx, "anna") == added
        changed = put_account(tx, SYSTEM, "anna", Wanted(profile="agent", scope=Scope(agents=("2000",))), NOW)
        assert (changed.profile, changed.full_name, changed.scope) == ("agent", "", Scope(agents=("2000",)))
        assert list_accounts(tx, SYSTEM) == [changed]
        assert [(row.actor, row.action, row.subject) for row in list_accesses(tx, SYSTEM)] == [
            ("system", "user_change", "anna"), ("system", "user_add", "anna"),
        ]  # fmt: skip


def test_a_name_is_one_persons_or_one_keys(db: Db) -> None:
    with db.transaction() as tx:
        add_account(tx, SYSTEM, "anna", ADMINISTRATOR, None, NOW)
        add_key(tx, SYSTEM, "Crm", ["read"], "hash", NOW)
        for name in ("anna", "ANNA", "crm"):
            with pytest.raises(Conflict):
                add_account(tx, SYSTEM, name, ADMINISTRATOR, None, NOW)
        with pytest.raises(Conflict, match="there is a user named"):
            add_key(tx, SYSTEM, "Anna", ["read"], "other", NOW)


@pytest.mark.parametrize(("name", "wanted", "field"), [
    ("", ADMINISTRATOR, "name"), ("a b", ADMINISTRATOR, "name"), ("-a", ADMINISTRATOR, "name"), ("é", ADMINISTRATOR, "name"),
    ("System", ADMINISTRATOR, "name"), ("unknown", ADMINISTRATOR, "name"), ("a\n", ADMINISTRATOR, "name"),
    ("x" * 101, ADMINISTRATOR, "name"),
    ("a", Wanted(profile="boss"), "profile"),  # type: ignore[arg-type]
    ("a", Wanted(profile="administrator", scope=Scope(("x",))), "profile"),
    ("a", Wanted(profile="teacher", scope=Scope(("x",))), "from"), ("a", Wanted(profile="teacher", scope=Scope(("x",), (), NOW)), "to"),
    ("a", Wanted(profile="teacher", scope=Scope(("x",), ("y",), NOW, later(days=1))), "agents"),
    ("a", Wanted(profile="agent", scope=Scope(("x",))), "queues"), ("a", Wanted(profile="agent", scope=Scope((), ("",))), "agents[0]"),
    ("a", Wanted(profile="supervisor", scope=Scope(("a", "b\n"))), "queues[1]"),
    ("a", Wanted(profile="supervisor", scope=Scope(tuple(map(str, range(501))))), "queues"),
    ("a", Wanted(profile="supervisor", scope=Scope((), (), NOW, NOW)), "to"), ("a", Wanted(profile="agent", language="fra"), "language"),
    ("a", Wanted(profile="agent", full_name="a\nb"), "full_name"),
])  # fmt: skip
def test_what_nobody_can_be(db: Db, name: str, wanted: Wanted, field: str) -> None:
    with db.transaction() as tx:
        with pytest.raises(Invalid) as refused:
            add_account(tx, SYSTEM, name, wanted, None, NOW)
        assert [error.field for error in refused.value.errors] == [field]


def test_only_an_administrator_looks_after_people(db: Db) -> None:
    who = Actor("bob", frozenset({"read"}), profile="supervisor")
    with db.transaction() as tx:
        add_account(tx, SYSTEM, "anna", ADMINISTRATOR, None, NOW)
        for attempt in (
            lambda: add_account(tx, who, "x", ADMINISTRATOR, None, NOW), lambda: list_accounts(tx, who),
            lambda: get_account(tx, who, "anna"),
            lambda: put_account(tx, who, "anna", ADMINISTRATOR, NOW), lambda: put_password(tx, who, "anna", "hash", NOW),
            lambda: disable_account(tx, who, "anna", NOW),
            lambda: put_password(tx, Actor("anna"), "anna", "hash", NOW),  # a key of that name is not that person
        ):  # fmt: skip
            with pytest.raises(Forbidden):
                attempt()
        with pytest.raises(NotFound):
            get_account(tx, SYSTEM, "nobody")
        with pytest.raises(NotFound):
            put_password(tx, SYSTEM, "nobody", "hash", NOW)


def test_one_administrator_stays(db: Db) -> None:
    with db.transaction() as tx:
        assert add_first_account(tx, "admin", "hash", NOW)
        assert not add_first_account(tx, "other", "hash", NOW)
        for attempt in (
            lambda: disable_account(tx, SYSTEM, "admin", NOW), lambda: put_account(tx, SYSTEM, "admin", Wanted(profile="agent"), NOW)
        ):  # fmt: skip
            with pytest.raises(Conflict, match="only administrator"):
                attempt()
        add_account(tx, SYSTEM, "second", ADMINISTRATOR, None, NOW)
        assert disable_account(tx, SYSTEM, "admin", NOW).is_disabled
        with pytest.raises(Conflict, match="only administrator"):
            disable_account(tx, SYSTEM, "second", NOW)
        assert not disable_account(tx, SYSTEM, "admin", NOW, is_disabled=False).is_disabled


def begun(tx: Tx, sha256: str = "s", at: datetime = NOW) -> None:
    add_account(tx, SYSTEM, "admin", ADMINISTRATOR, None, NOW)
    anna = add_account(tx, SYSTEM, "anna", TEACHER, "hash", NOW)
    add_session(tx, anna.id, sha256, "192.0.2.7", at, LASTING)


def test_a_session_is_its_owner(db: Db) -> None:
    with db.transaction() as tx:
        put_directory(tx, SYSTEM, "queues", [Queue("3556", "hotline"), Queue("3000", "cars")])
        begun(tx)
        found = find_session(tx, "s", NOW, LASTING)
        assert found is not None
        assert found.actor == Actor(
            "anna", PROFILES["teacher"], scope=Scope(("3556", "hotline"), (), NOW, later(days=1)), profile="teacher"
        )
        assert not found.is_stale
        assert find_session(tx, "other", NOW, LASTING) is None


def test_sessions_end(db: Db) -> None:
    with db.transaction() as tx:
        begun(tx)
        assert find_session(tx, "s", later(minutes=59), LASTING)
        assert find_session(tx, "s", later(minutes=60), LASTING) is None, "nobody used it"
        for minutes in range(0, 480, 50):
            stale = find_session(tx, "s", later(minutes=minutes), LASTING)
            assert stale and stale.is_stale is (minutes > 0)
            touch_session(tx, "s", later(minutes=minutes))
        assert find_session(tx, "s", later(minutes=479), LASTING)
        assert find_session(tx, "s", later(hours=8), LASTING) is None, "it is too old, however it was used"


@pytest.mark.parametrize("end", ["sign out", "password", "disable"])
def test_sessions_are_ended(db: Db, end: str) -> None:
    with db.transaction() as tx:
        begun(tx)
        if end == "sign out":
            remove_session(tx, "s")
        elif end == "password":
            put_password(tx, Actor("anna", profile="teacher"), "anna", "other", NOW)
        else:
            disable_account(tx, SYSTEM, "anna", NOW)
            assert not tx.all("select 1 from sessions")
            disable_account(tx, SYSTEM, "anna", NOW, is_disabled=False)
        assert find_session(tx, "s", NOW, LASTING) is None


def test_sessions_that_are_over_are_swept_out(db: Db) -> None:
    with db.transaction() as tx:
        begun(tx)
        add_session(tx, 2, "t", "", later(hours=2), LASTING)
        assert [row["sha256"] for row in tx.all("select sha256 from sessions")] == ["t"]


def test_a_key_of_some_calls(db: Db) -> None:
    with db.transaction() as tx:
        put_directory(tx, SYSTEM, "queues", [Queue("3556", "hotline")])
        key = add_key(tx, SYSTEM, "crm", ["read"], "hash", NOW, Scope(("3556",), ("2000",), None, NOW))
        assert key.scope == Scope(("3556",), ("2000",), None, NOW)
        assert find_actor(tx, "hash") == Actor("crm", frozenset({"read"}), scope=Scope(("3556", "hotline"), ("2000",), None, NOW))
        assert add_key(tx, SYSTEM, "all", ["admin"], "h2", NOW).scope is None
        assert add_key(tx, SYSTEM, "old", ["read"], "h3", NOW, Scope(to=NOW)).scope == Scope(("*",), (), None, NOW)
        add_key(tx, SYSTEM, "star", ["read"], "h5", NOW, Scope(("*", "x"), ("2000",)))
        assert find_actor(tx, "h5") == Actor("star", frozenset({"read"})), "everything at any time is no limit"
        for rights in (["ingest"], ["read", "admin"]):
            with pytest.raises(Invalid, match="given some calls only"):
                add_key(tx, SYSTEM, "x", rights, "h4", NOW, Scope(to=NOW))
