"""Signing in as somebody whom another server knows."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ...access import SYSTEM, Actor
from ...db import Row, Tx
from ...errors import Conflict, Invalid
from ...granting import Grant, Identity, granted
from .access_log import add_change
from .accounts import Account, Wanted, add_account, find_account, put_account
from .sessions import Lasting
from .sign_in import open_session


class Refused(msgspec.Struct, frozen=True):
    """Why somebody is not let in. A value: raised inside the transaction it would undo the row that tells of it."""

    detail: str


class Coming(msgspec.Struct, frozen=True):
    """Somebody who comes: from where, and the hash of the secret of the session to be."""

    identity: Identity
    address: str
    secret_sha256: str


def sign_in_identified(tx: Tx, coming: Coming, grants: Sequence[Grant], now: datetime, lasting: Lasting) -> Account | Refused:
    """Begin a session. What groups are given wins over what was given here; who has no such group needs an account made here.

    A name alone is not believed: it is bound to the identity at the first time, and never to an account that has a password.
    """
    tx.lock("accounts")
    try:
        found = _account(tx, coming.identity, granted(coming.identity.groups, grants), now)
    except (Conflict, Invalid) as error:
        found = Refused(error.detail)
    if isinstance(found, Refused):
        add_change(tx, Actor("unknown", address=coming.address), "sign_in", coming.identity.name, now, outcome="forbidden")
    else:
        open_session(tx, found, coming.address, coming.secret_sha256, now, lasting)
    return found


def _account(tx: Tx, identity: Identity, grant: Grant | None, now: datetime) -> Account | Refused:
    row = _known(tx, identity)
    if isinstance(row, Refused):
        return row
    if grant is None and (row is None or row["is_granted"]):
        return Refused("nothing is given here to you or to your groups")
    if row is not None and row["is_disabled"]:
        return Refused("you are disabled here")
    name = identity.name.lower() if row is None else row["name"]
    if grant is not None:
        _put(tx, name, identity, grant, now)
    tx.run("update accounts set identity = :subject where name = :name", subject=identity.subject, name=name)
    found = find_account(tx, name)
    assert found is not None
    return found


def _known(tx: Tx, identity: Identity) -> Row | Refused | None:
    columns = "name, is_disabled, is_granted, identity, password"
    if row := tx.one(f"select {columns} from accounts where identity = :subject", subject=identity.subject):
        return row
    row = tx.one(f"select {columns} from accounts where name = :name", name=identity.name.lower().replace("\0", ""))
    if row is not None and (row["password"] is not None or row["identity"] is not None):
        return Refused(f"the name {row['name']} is somebody else's here, or signs in with a password")
    return row


def _put(tx: Tx, name: str, identity: Identity, grant: Grant, now: datetime) -> None:
    before = find_account(tx, name)
    full_name = identity.full_name if identity.full_name.isprintable() else ""
    wanted = Wanted(profile=grant.profile, scope=grant.scope, full_name=full_name[:200], language=identity.language)
    if before is None:
        add_account(tx, SYSTEM, name, wanted, None, now)
    elif before != _as(before, wanted):
        put_account(tx, SYSTEM, name, wanted, now)
    tx.run("update accounts set is_granted = 1 where name = :name", name=name)


def _as(account: Account, wanted: Wanted) -> Account:
    scope = None if wanted.profile == "administrator" else wanted.scope
    return msgspec.structs.replace(
        account, profile=wanted.profile, scope=scope, full_name=wanted.full_name, language=wanted.language
    )  # fmt: skip
