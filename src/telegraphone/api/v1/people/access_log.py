"""/access_log: who heard, downloaded, exported or changed what, and whose sign-ins failed."""

import csv
import io
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from starlette.responses import Response

from ....sql.people.access_log import Access, AccessFilter, add_change, list_accesses
from ....web.endpoint import Asked
from ....web.fields import CallNumber, Instant, PageSize, Text, given, instant_of
from ....web.sound import disposition
from ....web.streams import Stream

PAGE = 1000
_Word = Annotated[Text, Meta(max_length=255)]


class AccessQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`actor`: the name of a user or key; `action`: `listen`, `download`, `export`, `sign_in`, …; `subject`: what was changed."""

    actor: _Word | UnsetType = UNSET
    action: _Word | UnsetType = UNSET
    outcome: _Word | UnsetType = UNSET
    subject: _Word | UnsetType = UNSET
    call: CallNumber | UnsetType = UNSET
    file: _Word | UnsetType = UNSET
    since: Instant | UnsetType = UNSET
    before: Instant | UnsetType = UNSET


class AccessPageQuery(AccessQuery, frozen=True, kw_only=True):
    """The filters, and which page."""

    cursor: Annotated[str, Meta(pattern="^[0-9]{1,18}$")] | UnsetType = UNSET
    limit: PageSize = 50


class AccessBody(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `outcome`: `ok`, or the code of the refusal. `subject`: the user, key or key of attached data that was changed."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    call: int | None
    file: str | None
    address: str
    outcome: str


class AccessPage(msgspec.Struct, frozen=True):
    """Newest first. `next`: the cursor of the following page, null at the end."""

    items: list[AccessBody]
    next: str | None


async def get_access_log(asked: Asked[AccessPageQuery, None]) -> AccessPage | Response:
    """A page of the access log, newest first; with `Accept: text/csv` all of it as a table."""
    if asked.request.headers.get("accept", "").partition(",")[0].partition(";")[0].strip().lower() == "text/csv":
        return await export_access_log(asked)
    query = asked.query
    cursor = None if query.cursor is UNSET else int(query.cursor)
    found = await asked.db.read(list_accesses, asked.actor, _filter(query), cursor=cursor, limit=query.limit + 1)
    items = [_body(access) for access in found[: query.limit]]
    return AccessPage(items, str(items[-1].id) if len(found) > query.limit else None)


async def export_access_log(asked: Asked[Any, None]) -> Response:
    """All rows that fit as CSV, newest first. That it was exported stands there as well."""
    headers = {
        "Content-Type": "text/csv; charset=utf-8", "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff",
        "Content-Disposition": disposition("attachment", f"access-log-{asked.now:%Y-%m-%d}.csv"),
    }  # fmt: skip
    if asked.request.method == "HEAD":
        return Response(headers=headers)
    await asked.db.write(add_change, asked.actor, "export_access_log", "", asked.now)
    return Stream(_pieces(asked), 200, headers)


async def _pieces(asked: Asked[AccessQuery, None]) -> AsyncGenerator[bytes, None]:
    yield _table([AccessBody.__struct_fields__])
    wanted, cursor = _filter(asked.query), None
    while True:
        found = await asked.db.read(list_accesses, asked.actor, wanted, cursor=cursor, limit=PAGE)
        if found:
            yield _table([tuple(_cell(value) for value in msgspec.structs.astuple(_body(access))) for access in found])
        if len(found) < PAGE:
            return
        cursor = found[-1].id


def _table(rows: list[tuple[str, ...]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return written.getvalue().encode()


def _cell(value: object) -> str:
    """What a table program would take for a formula is made a text by an apostrophe: file ids come from whoever asks for them."""
    text = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) or text[:1] in ("\t", "\r", "\n") else text


def _filter(query: AccessQuery) -> AccessFilter:
    return AccessFilter(**given(
        actor=query.actor, action=query.action, outcome=query.outcome, subject=query.subject, call_id=query.call, file_id=query.file,
        since=instant_of(query.since), before=instant_of(query.before),
    ))  # fmt: skip


def _body(access: Access) -> AccessBody:
    return AccessBody(
        id=access.id, at=access.at, actor=access.actor, action=access.action, subject=access.subject, call=access.call_id,
        file=access.file_id or None, address=access.address, outcome=access.outcome,
    )  # fmt: skip
