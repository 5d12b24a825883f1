"""Somebody whom another server knows: what groups are given, whose name is whose, and who is not let in."""

from datetime import UTC, datetime

import msgspec
import pytest

from telegraphone.access import SYSTEM, Scope
from telegraphone.db import Db, Tx
from telegraphone.granting import Grant, Identity
from telegraphone.sql.people.access_log import list_accesses
from telegraphone.sql.people.accounts import Account, Wanted, add_account, disable_account, find_account
from telegraphone.sql.people.api_keys import add_key
from telegraphone.sql.people.identities import Coming, Refused, sign_in_identified
from telegraphone.sql.people.sessions import Lasting, find_session

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GRANTS = (Grant("admins", "administrator"), Grant("leads", "supervisor", Scope(("hotline",))))
ANNA = Identity("https://id.example 17", "Anna", "Anna Noël", ("staff", "leads"), "fr")


def come(tx: Tx, identity: Identity = ANNA, secret: str = "s") -> Account | Refused:
    return sign_in_identified(tx, Coming(identity, "192.0.2.7", secret), GRANTS, NOW, Lasting())


def let_in(tx: Tx, identity: Identity = ANNA, secret: str = "s") -> Account:
    found = come(tx, identity, secret)
    assert isinstance(found, Account), found
    return found


def refused(tx: Tx, identity: Identity = ANNA) -> str:
    found = come(tx, identity, "refused")
    assert isinstance(found, Refused), found
    assert find_session(tx, "refused", NOW, Lasting()) is None
    newest = list_accesses(tx, SYSTEM, limit=1)[0]
    assert (newest.actor, newest.action, newest.outcome, newest.subject) == ("unknown", "sign_in", "forbidden", identity.name)
    return found.detail


def test_groups_are_given_what_the_configuration_says(db: Db) -> None:
    with db.transaction() as tx:
        anna = let_in(tx)
        assert (anna.name, anna.full_name, anna.profile, anna.scope, anna.language) == (
            "anna", "Anna Noël", "supervisor", Scope(("hotline",)), "fr",
        )  # fmt: skip
        session = find_session(tx, "s", NOW, Lasting())
        assert session and session.actor.scope == Scope(("hotline",))
        promoted = let_in(tx, msgspec.structs.replace(ANNA, groups=("leads", "admins")), "t")
        assert (promoted.id, promoted.profile, promoted.scope) == (anna.id, "administrator", None)
        actions = [row.action for row in reversed(list_accesses(tx, SYSTEM))]
        assert actions == ["user_add", "sign_in", "user_change", "sign_in"]
        assert [let_in(tx, msgspec.structs.replace(ANNA, groups=("admins",)), f"u{n}").id for n in range(2)] == [anna.id] * 2
        assert [row.action for row in list_accesses(tx, SYSTEM)].count("user_change") == 1, "what is as it was is not written again"


def test_who_left_the_group_is_not_let_in(db: Db) -> None:
    with db.transaction() as tx:
        let_in(tx)
        assert "nothing is given" in refused(tx, msgspec.structs.replace(ANNA, groups=("staff",)))
        assert "nothing is given" in refused(tx, Identity("https://id.example 18", "bob"))


def test_an_account_that_was_made_here_keeps_what_it_has(db: Db) -> None:
    with db.transaction() as tx:
        add_account(tx, SYSTEM, "anna", Wanted(profile="agent", scope=Scope((), ("2000",))), None, NOW)
        plain = msgspec.structs.replace(ANNA, groups=())
        assert let_in(tx, plain).scope == Scope((), ("2000",))
        renamed = msgspec.structs.replace(plain, name="anna.noel")
        assert let_in(tx, renamed, "t").name == "anna", "she is known by what never changes"


def test_a_name_alone_opens_no_account(db: Db) -> None:
    with db.transaction() as tx:
        add_account(tx, SYSTEM, "admin", Wanted(profile="administrator"), "hash", NOW)
        add_key(tx, SYSTEM, "crm", ["read"], "hash", NOW)
        let_in(tx)
        for name in ("admin", "ADMIN", "anna"):
            assert "somebody else's" in refused(tx, Identity("https://id.example 99", name, "", ("admins",)))
        assert "a key named" in refused(tx, Identity("https://id.example 98", "crm", "", ("admins",)))
        for name in ("token", "a b", "é", "x" * 200):
            assert refused(tx, Identity("https://id.example 97", name, "", ("admins",))).startswith("name")
        admin = find_account(tx, "admin")
        assert admin and admin.profile == "administrator"


def test_somebody_disabled_stays_out(db: Db) -> None:
    with db.transaction() as tx:
        let_in(tx)
        disable_account(tx, SYSTEM, "anna", NOW)
        assert refused(tx) == "you are disabled here"


def test_the_last_administrator_is_not_demoted_by_a_group(db: Db) -> None:
    with db.transaction() as tx:
        let_in(tx, msgspec.structs.replace(ANNA, groups=("admins",)))
        assert "only administrator" in refused(tx)


@pytest.mark.parametrize(("full_name", "language", "told"), [("a\nb", "", ""), ("x" * 300, "", "x" * 200), ("", "fr", "")])
def test_names_that_do_not_fit(db: Db, full_name: str, language: str, told: str) -> None:
    with db.transaction() as tx:
        assert let_in(tx, msgspec.structs.replace(ANNA, full_name=full_name, language=language)).full_name == told
