"""People who sign in here: names, profiles, what they are given to see, and how their passwords are known."""

import re
from datetime import datetime

import msgspec

from ...access import PROFILES, SYSTEM, Actor, Profile, Scope, require
from ...db import Row, Tx, micros, moment
from ...errors import Conflict, Forbidden, NotFound, invalid
from ...granting import GIVEN, check_scope
from .access_log import add_change
from .api_keys import RESERVED
from .scopes import parse_scope, render_scope
from .sessions import remove_sessions_of

NAME = r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}"
LEAST, MOST = 10, 1000
"""How many characters a password may have."""
_COLUMNS = "id, name, full_name, profile, scope, language, is_disabled, created_at, signed_in_at"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs in. `scope` as it was given: queues by number or name; None: everything."""

    id: int
    name: str
    full_name: str
    profile: Profile
    scope: Scope | None
    language: str
    is_disabled: bool
    created_at: datetime
    signed_in_at: datetime | None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What an account is to be."""

    profile: Profile
    scope: Scope = Scope()
    full_name: str = ""
    language: str = ""


def add_account(tx: Tx, actor: Actor, name: str, wanted: Wanted, password: str | None, now: datetime) -> Account:
    """Make somebody known; `password` is the hash, None for who signs in elsewhere. A name is one person's or one key's."""
    require(actor, "admin")
    row = _row(name, wanted)
    tx.lock("accounts")
    if tx.one("select 1 as one from accounts where name = :name union select 1 from api_keys where lower(name) = :name", name=row["name"]):
        raise Conflict(f"there is a user or a key named {row['name']!r}; choose another name")
    row |= {"password": password, "now": micros(now)}
    tx.run(
        "insert into accounts (name, full_name, profile, scope, password, language, created_at)"
        " values (:name, :full_name, :profile, :scope, :password, :language, :now)",
        **row,
    )  # fmt: skip
    add_change(tx, actor, "user_add", row["name"], now)
    return get_account(tx, actor, name)


def add_first_account(tx: Tx, name: str, password: str, now: datetime) -> bool:
    """Make the first administrator, unless there is anybody already."""
    tx.lock("first account")
    if tx.one("select 1 as one from accounts limit 1"):
        return False
    add_account(tx, SYSTEM, name, Wanted(profile="administrator"), password, now)
    return True


def list_accounts(tx: Tx, actor: Actor) -> list[Account]:
    """All of them, by name, those who may not sign in any more too."""
    require(actor, "admin")
    return [_account(row) for row in tx.all(f"select {_COLUMNS} from accounts order by name")]


def get_account(tx: Tx, actor: Actor, name: str) -> Account:
    require(actor, "admin")
    found = find_account(tx, name)
    if found is None:
        raise NotFound(f"there is no user {name!r:.120}")
    return found


def find_account(tx: Tx, name: str) -> Account | None:
    """For who is that person; others ask with `get_account`."""
    if not re.fullmatch(NAME, name):
        return None
    row = tx.one(f"select {_COLUMNS} from accounts where name = :name", name=name.lower())
    return _account(row) if row else None


def put_account(tx: Tx, actor: Actor, name: str, wanted: Wanted, now: datetime, *, is_disabled: bool = False) -> Account:
    """What the account is from now on. Sessions end when it is disabled; else they have the new rights within five seconds."""
    row = _row(name, wanted)
    tx.lock("accounts")
    before = get_account(tx, actor, name)
    if is_disabled or wanted.profile != "administrator":
        _keep_an_administrator(tx, before)
    tx.run(
        "update accounts set full_name = :full_name, profile = :profile, scope = :scope, language = :language, is_disabled = :is_disabled"
        " where name = :name",
        is_disabled=int(is_disabled), **row,
    )  # fmt: skip
    if is_disabled:
        remove_sessions_of(tx, before.id)
    what = "user_change" if is_disabled == before.is_disabled else "user_disable" if is_disabled else "user_enable"
    add_change(tx, actor, what, before.name, now)
    return get_account(tx, actor, name)


def disable_account(tx: Tx, actor: Actor, name: str, now: datetime, *, is_disabled: bool = True) -> Account:
    """Let somebody not sign in any more, or again. The account is kept, so that the access log's names keep their meaning."""
    found = get_account(tx, actor, name)
    wanted = Wanted(profile=found.profile, scope=found.scope or Scope(), full_name=found.full_name, language=found.language)
    return put_account(tx, actor, name, wanted, now, is_disabled=is_disabled)


def put_password(tx: Tx, actor: Actor, name: str, password: str, now: datetime) -> None:
    """The hash of a new password, somebody's own or by an administrator. All of the account's sessions end."""
    if actor.profile == "key" or actor.name != name.lower():
        require(actor, "admin")
    found = find_account(tx, name)
    if found is None:
        raise NotFound(f"there is no user {name!r:.120}")
    tx.run("update accounts set password = :password where id = :id", password=password, id=found.id)
    remove_sessions_of(tx, found.id)
    add_change(tx, actor, "password_change", found.name, now)


def put_language(tx: Tx, actor: Actor, language: str) -> None:
    """What somebody wants to read the page in. It concerns nobody else, so the access log does not tell of it."""
    if actor.profile == "key":
        raise Forbidden("a token reads no page")
    tx.run("update accounts set language = :language where name = :name", language=language, name=actor.name)


def check_password(password: str, name: str, field: str = "password") -> None:
    """Length is what counts; a name is no password."""
    if not LEAST <= len(password) <= MOST:
        raise invalid(field, f"must have {LEAST} to {MOST} characters")
    if password.lower() == name.lower():
        raise invalid(field, "must not be the name")


def _keep_an_administrator(tx: Tx, account: Account) -> None:
    """Nobody shuts himself out: at least one administrator can sign in."""
    others = "select 1 as one from accounts where profile = 'administrator' and is_disabled = 0 and id <> :id limit 1"
    if account.profile == "administrator" and not account.is_disabled and not tx.one(others, id=account.id):
        raise Conflict(f"{account.name} is the only administrator; make another one first")


def _row(name: str, wanted: Wanted) -> Row:
    if not re.fullmatch(NAME, name) or name.lower() in RESERVED:
        raise invalid("name", f"must have 1 to 100 letters, digits and . _ @ + - and be none of {', '.join(RESERVED)}")
    if wanted.profile not in PROFILES:
        raise invalid("profile", f"must be one of {', '.join(PROFILES)}")
    if wanted.full_name and not re.fullmatch(GIVEN, wanted.full_name):
        raise invalid("full_name", "must have at most 200 characters, no control characters among them")
    if not re.fullmatch("|[a-z]{2}", wanted.language):
        raise invalid("language", "must be two small letters, such as fr")
    scope = render_scope(check_scope(wanted.profile, wanted.scope))
    return {
        "name": name.lower(), "full_name": wanted.full_name, "profile": wanted.profile, "scope": scope, "language": wanted.language,
    }  # fmt: skip


def _account(row: Row) -> Account:
    signed_in = row["signed_in_at"]
    return Account(
        id=row["id"], name=row["name"], full_name=row["full_name"], profile=row["profile"], scope=parse_scope(row["scope"]),
        language=row["language"], is_disabled=bool(row["is_disabled"]), created_at=moment(row["created_at"]),
        signed_in_at=None if signed_in is None else moment(signed_in),
    )  # fmt: skip
