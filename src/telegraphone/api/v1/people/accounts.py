"""/users: people who sign in, their profiles and what they are given to see."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from ....access import Profile, Scope
from ....credentials import hash_password
from ....db import Tx
from ....sql.people.accounts import (
    Account,
    Wanted,
    add_account,
    check_password,
    disable_account,
    get_account,
    list_accounts,
    put_account,
    put_password,
)
from ....web.endpoint import Asked
from ....web.people import AccountName, FullName, Language, NewPasswordText, ScopeBody, ScopeWanted, scope_body
from .session import slowly


class NewAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody new. Without a password only a sign-in elsewhere lets him in."""

    name: AccountName
    profile: Profile
    scope: ScopeWanted | None = None
    full_name: FullName = ""
    language: Language = ""
    password: NewPasswordText | None = None


class AccountChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is; but what was given to see under another profile is not kept."""

    profile: Profile | UnsetType = UNSET
    scope: ScopeWanted | UnsetType | None = UNSET
    full_name: FullName | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    password: NewPasswordText | UnsetType = UNSET


class AccountBody(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who signs in. `scope` null: all calls."""

    name: str
    full_name: str
    profile: Profile
    scope: ScopeBody | None
    language: str
    disabled: bool
    created_at: datetime
    signed_in_at: datetime | None


class Accounts(msgspec.Struct, frozen=True):
    """All of them: `next` is null."""

    items: list[AccountBody]
    next: None = None


async def get_accounts(asked: Asked[None, None]) -> Accounts:
    """Everybody who signs in, by name, those who may not any more too."""
    return Accounts([account_body(account) for account in await asked.db.read(list_accounts, asked.actor)])


async def add_one_account(asked: Asked[None, NewAccount]) -> AccountBody:
    """Make somebody known. A name is one person's or one key's, whatever its case."""
    body = asked.body
    if body.password is not None:
        check_password(body.password, body.name)
    wanted = Wanted(profile=body.profile, scope=_scope(body.scope), full_name=body.full_name, language=body.language)
    password = None if body.password is None else await slowly(hash_password, body.password)
    return account_body(await asked.db.write(add_account, asked.actor, body.name, wanted, password, asked.now))


async def get_one_account(asked: Asked[None, None]) -> AccountBody:
    """Somebody who signs in."""
    return account_body(await asked.db.read(get_account, asked.actor, asked.path("name")))


async def put_one_account(asked: Asked[None, AccountChange]) -> AccountBody:
    """Change somebody's profile, what is given to see, names or password, or let nobody in any more. With the last two, sessions end."""
    name, body = asked.path("name"), asked.body
    password = None
    if isinstance(body.password, str):
        check_password(body.password, name)
        password = await slowly(hash_password, body.password)
    changed = await asked.db.write(_change, asked, password)
    asked.services.keys.forget()
    return account_body(changed)


async def remove_one_account(asked: Asked[None, None]) -> None:
    """Let somebody in no more. The name stays known, since the access log speaks of it."""
    await asked.db.write(disable_account, asked.actor, asked.path("name"), asked.now)
    asked.services.keys.forget()


def account_body(account: Account) -> AccountBody:
    return AccountBody(
        name=account.name, full_name=account.full_name, profile=account.profile, scope=scope_body(account.scope), language=account.language,
        disabled=account.is_disabled, created_at=account.created_at, signed_in_at=account.signed_in_at,
    )  # fmt: skip


def _scope(wanted: ScopeWanted | None) -> Scope:
    return Scope() if wanted is None else wanted.scope()


def _change(tx: Tx, asked: Asked[Any, AccountChange], password: str | None) -> Account:
    actor, name, body = asked.actor, asked.path("name"), asked.body
    before = get_account(tx, actor, name)
    if password is not None:
        put_password(tx, actor, name, password, asked.now)
    if all(value is UNSET for value in (body.profile, body.scope, body.full_name, body.language, body.disabled)):
        return before
    is_disabled = before.is_disabled if body.disabled is UNSET else body.disabled
    return put_account(tx, actor, name, _wanted(before, body), asked.now, is_disabled=is_disabled)


def _wanted(before: Account, body: AccountChange) -> Wanted:
    profile = before.profile if body.profile is UNSET else body.profile
    kept = before.scope if profile == before.profile else None
    return Wanted(
        profile=profile, scope=(kept or Scope()) if body.scope is UNSET else _scope(body.scope),
        full_name=before.full_name if body.full_name is UNSET else body.full_name,
        language=before.language if body.language is UNSET else body.language,
    )  # fmt: skip
