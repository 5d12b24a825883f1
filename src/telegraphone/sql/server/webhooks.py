"""Who is told of changes by HTTP: only who administers sets that up, since it makes this server send requests."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from ...access import Actor, require
from ...db import Row, Tx, micros, moment
from ...errors import Conflict, NotFound, invalid
from ...posting import parse_receiver
from ...signing import new_secret
from .changes import KINDS, check_kinds, last_change

MOST = 100
"""Each may have some requests open at once, in each worker."""
_COLUMNS = "id, url, kinds, created_at, is_on, reason"


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A receiver, without his secret. `reason`: why it is off."""

    id: int
    url: str
    kinds: tuple[str, ...]
    created_at: datetime
    is_on: bool
    reason: str
    waiting: int = 0
    failed: int = 0


def add_webhook(tx: Tx, actor: Actor, url: str, kinds: Iterable[str], now: datetime) -> tuple[Webhook, str]:
    """A new one, which is told what happens from now on, and the secret that signs its messages."""
    require(actor, "admin")
    try:
        parse_receiver(url)
    except ValueError as error:
        raise invalid("url", str(error)) from None
    wanted = check_kinds(kinds)
    tx.lock("webhooks")
    count = tx.one("select count(*) as n from webhooks")
    if count is not None and count["n"] >= MOST:
        raise Conflict(f"there are {MOST} webhooks already")
    secret = new_secret()
    row = tx.one(
        "insert into webhooks (url, kinds, secret, created_at, after_id) values (:url, :kinds, :secret, :now, :after)"
        f" returning {_COLUMNS}",
        url=url, kinds=",".join(kind for kind in KINDS if kind in wanted), secret=secret, now=micros(now), after=last_change(tx),
    )  # fmt: skip
    assert row is not None
    return _webhook(row), secret


def list_webhooks(tx: Tx, actor: Actor) -> list[Webhook]:
    """All, in the order in which they were set up, with how many of their messages wait and how many were given up."""
    require(actor, "admin")
    count = "(select count(*) from deliveries d where d.webhook_id = webhooks.id and d.state = '{0}') as {0}"
    columns = ", ".join([_COLUMNS, *(count.format(state) for state in ("waiting", "failed"))])
    return [_webhook(row) for row in tx.all(f"select {columns} from webhooks order by id")]


def remove_webhook(tx: Tx, actor: Actor, id: int) -> None:
    """Tell it nothing more; its deliveries are forgotten."""
    require(actor, "admin")
    if not tx.run("delete from webhooks where id = :id", id=id):
        raise NotFound(f"there is no webhook {id}")


def get_secret(tx: Tx, id: int) -> tuple[str, str]:
    """Where a message goes, and what signs it."""
    row = tx.one("select url, secret from webhooks where id = :id", id=id)
    if row is None:
        raise NotFound(f"there is no webhook {id}")
    return row["url"], row["secret"]


def _webhook(row: Row) -> Webhook:
    told = {**row, "kinds": tuple(row["kinds"].split(",")), "created_at": moment(row["created_at"]), "is_on": bool(row["is_on"])}
    return Webhook(**told)
