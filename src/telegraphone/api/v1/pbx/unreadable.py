"""/unreadable: lines that nobody could understand; they are kept, can be tried again, and taken away."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ....access import Actor
from ....db import Tx
from ....interpret import Settings
from ....rebuild import read_again, reread_lines
from ....sql.pbx.sources import UnreadableLine, get_unreadable, list_unreadable, remove_unreadable
from ....sql.people.access_log import add_change
from ....web.endpoint import Asked, Endpoint
from ....web.fields import PageSize, parse_number

RETRIED = 500
"""Lines of one transaction: others can write in between."""
_Cursor = Annotated[str, Meta(pattern="^[0-9]{1,18}$")]


class UnreadableQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page."""

    cursor: _Cursor | UnsetType = UNSET
    limit: PageSize = 50


class RetryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Where to go on."""

    cursor: _Cursor | UnsetType = UNSET


class UnreadablePage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first; `next`: the cursor of the following page, null at the end. `zone` is that of the line's local times."""

    items: list[UnreadableLine]
    next: str | None


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """How many lines were read again and how many of them are understood now; `next`: where to go on, null when all were tried."""

    lines: int
    understood: int
    next: str | None = None


async def get_page(asked: Asked[UnreadableQuery, None]) -> UnreadablePage:
    """A page of lines that could not be understood, newest first."""
    limit = asked.query.limit
    found = await asked.db.read(list_unreadable, asked.actor, limit + 1, _cursor(asked.query.cursor))
    return UnreadablePage(items=found[:limit], next=str(found[limit - 1].id) if len(found) > limit else None)


async def remove_line(asked: Asked[None, None]) -> None:
    """Take a line away: it will never be understood, or does not matter."""
    await asked.db.write(_remove, asked.actor, parse_number(asked.path("line"), "unreadable line"), asked.now)


async def retry_line(asked: Asked[None, None]) -> Retried:
    """Read a line again, after an upgrade that understands more."""
    number = parse_number(asked.path("line"), "unreadable line")
    return await asked.db.write(_retry, asked.actor, number, asked.services.settings, asked.now)


async def retry_lines(asked: Asked[RetryQuery, None]) -> Retried:
    """Read lines again, some hundred at a time: go on with `next` until it is null."""
    return await asked.db.write(_retry_page, asked.actor, _cursor(asked.query.cursor), asked.services.settings, asked.now)


def _cursor(text: str | UnsetType) -> int | None:
    return None if text is UNSET else int(text)


def _remove(tx: Tx, actor: Actor, id: int, now: datetime) -> None:
    line = get_unreadable(tx, actor, id)
    remove_unreadable(tx, line)
    add_change(tx, actor, "remove_unreadable", f"{line.path} line {line.position}: {line.text}", now)


def _retry(tx: Tx, actor: Actor, id: int, settings: Settings, now: datetime) -> Retried:
    return _retried(tx, actor, [get_unreadable(tx, actor, id)], settings, now)


def _retry_page(tx: Tx, actor: Actor, cursor: int | None, settings: Settings, now: datetime) -> Retried:
    lines = list_unreadable(tx, actor, RETRIED, cursor)
    retried = _retried(tx, actor, lines, settings, now)
    return msgspec.structs.replace(retried, next=str(lines[-1].id) if len(lines) == RETRIED else None)


def _retried(tx: Tx, actor: Actor, lines: list[UnreadableLine], settings: Settings, now: datetime) -> Retried:
    understood = reread_lines(tx, lines, settings, now, read_again)
    if understood:
        add_change(tx, actor, "retry_unreadable", f"{understood} of {len(lines)} lines", now)
    return Retried(lines=len(lines), understood=understood)


ENDPOINTS = (
    Endpoint(method="GET", path="/unreadable", function=get_page, right="admin", query=UnreadableQuery, answer=UnreadablePage),
    Endpoint(method="POST", path="/unreadable/retry", function=retry_lines, right="admin", query=RetryQuery, answer=Retried),
    Endpoint(method="POST", path="/unreadable/{line}/retry", function=retry_line, right="admin", answer=Retried, also=(404,)),
    Endpoint(method="DELETE", path="/unreadable/{line}", function=remove_line, right="admin", status=204, also=(404,)),
)
