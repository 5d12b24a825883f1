"""/calls.csv: all calls that fit, as a table (RFC 4180). However many there are, a page of them is held at a time."""

import csv
import io
import re
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Literal
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from ...access import Actor
from ...db import Tx
from ...model import Call, CallId
from ...sql.calls import CallFilter, StoredCall, list_calls
from ...sql.people.access_log import add_change
from ...web.endpoint import Asked, Endpoint
from ...web.fields import ZoneName, zone_of
from ...web.sound import disposition
from ...web.streams import Stream
from .call_query import CallsWanted, filter_of

PAGE = 500
_NUMBER = re.compile(r"[+-]?[0-9]+([.:][0-9]+)?")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
BOM = "\ufeff"
SEPARATORS = {"comma": ",", "semicolon": ";"}


class ExportQuery(CallsWanted, frozen=True, kw_only=True):
    """The filters of `/calls`. `timezone`: of the moments in the table, if not the server's. For Excel: `bom=true`, without which it takes
    UTF-8 for something else, and `separator=semicolon` where the comma is in numbers."""

    timezone: ZoneName | UnsetType = UNSET
    separator: Literal["comma", "semicolon"] = "comma"
    bom: bool = False


async def export_calls(asked: Asked[ExportQuery, None]) -> Response:
    """Calls as CSV, newest first, one a line. That they were exported stands in the access log."""
    zone = zone_of(asked.query.timezone, asked.config.timezone)
    wanted = filter_of(asked.query, asked.config.timezone, None, PAGE)
    day = asked.now.astimezone(zone).date().isoformat()
    headers = {
        "Content-Type": "text/csv; charset=utf-8; header=present", "Content-Disposition": disposition("attachment", f"calls-{day}.csv"),
        "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    if asked.request.method == "HEAD":
        return Response(headers=headers)
    question = unquote_plus(asked.request.url.query, errors="replace")
    await asked.db.write(add_change, asked.actor, "export", question, asked.now)
    return Stream(_pieces(asked, wanted, zone), 200, headers)


async def _pieces(asked: Asked[ExportQuery, None], wanted: CallFilter, zone: ZoneInfo) -> AsyncGenerator[bytes, None]:
    separator = SEPARATORS[asked.query.separator]
    yield (BOM * asked.query.bom + separator.join(COLUMNS) + "\r\n").encode()
    cursor: CallId | None = None
    while True:
        page = msgspec.structs.replace(wanted, cursor=cursor)
        text, cursor = await asked.db.read(_page, asked.actor, page, zone, separator)
        if text:
            yield text.encode()
        if cursor is None:
            return


def _page(tx: Tx, actor: Actor, wanted: CallFilter, zone: ZoneInfo, separator: str) -> tuple[str, CallId | None]:
    """The lines of one page, and the cursor of the next."""
    found = list_calls(tx, actor, wanted)
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator, lineterminator="\r\n").writerows(map(cell, _row(stored, zone)) for stored in found)
    return written.getvalue(), found[-1].id if len(found) == wanted.limit else None


def cell(value: object) -> str:
    """What stands in a cell. What a table program would take for a formula is made a text by an apostrophe; numbers and
    offsets are harmless."""
    text = "" if value is None else str(value)
    if not text or text[0].isalnum():  # nearly all
        return text
    is_formula = text.lstrip().startswith(_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula or text[0] in "\t\r\n" else text


COLUMNS = (
    "id", "pbx", "unique_id", "started_at", "utc_offset", "answered_at", "ended_at", "direction", "outcome", "caller_number",
    "caller_name", "dialled_number", "dialled_name", "answered_by_number", "answered_by_name", "queues", "agents", "wait_s", "talk_s",
    "hold_s", "recordings", "attached_data", "reviewed_by", "reviewed_at", "notes",
)  # fmt: skip


def _row(stored: StoredCall, zone: ZoneInfo) -> tuple[object, ...]:
    """The values of COLUMNS."""
    call, by, mark = stored.call, stored.call.answered_by, stored.review
    return (
        stored.id, stored.pbx, call.linked_id, _moment(call.started_at, zone), _offset(call.started_at, zone),
        _moment(call.answered_at, zone), _moment(call.ended_at, zone), call.direction, call.outcome, call.caller.number, call.caller.name,
        call.dialled.number, call.dialled.name, by.number if by else "", by.name if by else "", _queues(stored), _agents(call),
        call.wait_s, call.talk_s, call.hold_s, "; ".join(recording.id for recording in stored.recordings),
        msgspec.json.encode(stored.attached_data).decode() if stored.attached_data else "",
        mark.reviewer if mark else "", _moment(mark.reviewed_at if mark else None, zone), stored.notes,
    )  # fmt: skip


def _moment(at: datetime | None, zone: ZoneInfo) -> str:
    """The clock on the wall; the offset, which tells repeated hours apart, has a column of its own."""
    return "" if at is None else at.astimezone(zone).isoformat(" ", "seconds")[:19]


def _offset(at: datetime, zone: ZoneInfo) -> str:
    offset = at.astimezone(zone).strftime("%z")
    return f"{offset[:3]}:{offset[3:5]}"


def _queues(stored: StoredCall) -> str:
    return "; ".join(stored.names.queue(passage.name)[1] for passage in stored.call.queues)


def _agents(call: Call) -> str:
    return "; ".join(f"{talk.name} ({talk.number})" if talk.name else talk.number for talk in call.agents)


ENDPOINTS = (
    Endpoint(
        method="GET", path="/calls.csv", function=export_calls, right="read", query=ExportQuery, together={"value": "key"},
        answers=("text/csv",),
    ),
)  # fmt: skip
