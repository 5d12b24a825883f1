"""/records: recorded calls and their audio."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal, cast
from zoneinfo import ZoneInfo

import msgspec
from msgspec import field

from ...errors import NotFound, invalid
from ...sql.call_summaries import CallSummary, Named, list_rendered, with_unique_id
from ...sql.search.call_filter import CallFilter
from ...web.endpoint import Asked
from ...web.fields import Moment, PageSize, SomeText, Text, given, moment_of
from ...web.narrowing import Words, or_narrower
from ...web.sound import AudioQuery, send_audio, send_metadata

WORDS = Words("start", "end", "page")
QueueStatus = Literal["abandoned", "answered", "divert_ca_ratio", "divert_waittime", "closed", "full", "joinempty", "leaveempty", "timeout"]


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Pages count from 1."""

    page: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] = 1
    page_size: PageSize = field(default=20, name="pageSize")


class RecordsWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to look for; all given fields must hold. In `callee` and `caller`, `%` stands for any run of characters."""

    agent: Text | None = None
    queue: Text | None = None
    start: Moment | None = None
    end: Moment | None = None
    callee: Text | None = None
    caller: Text | None = None
    direction: Literal["incoming", "outgoing", "all"] | None = None
    queue_call_status: QueueStatus | None = field(default=None, name="queueCallStatus")
    key: Text | None = None
    value: Text | None = None


_KEY_WITH_VALUE = [
    {"properties": {"value": {"type": "null"}}},
    {"properties": {"key": {"type": "string"}}, "required": ["key"]},
]
SearchBody = Annotated[RecordsWanted, msgspec.Meta(extra_json_schema={"anyOf": _KEY_WITH_VALUE})]
"""`value` needs a `key`."""


class CallIdQuery(msgspec.Struct, frozen=True):
    """The Asterisk unique id of any channel of the call, or its linked id."""

    callid: SomeText


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One call: exactly these nine fields, in this order."""

    agent: str
    attached_data: dict[str, str]
    dst_num: str
    duration: str
    id: str
    queue: str
    src_num: str
    start: str
    status: str


class Records(msgspec.Struct, frozen=True):
    """A page of calls, newest first."""

    has_next: bool = field(name="hasNext")
    records: list[Record]


async def search_records(asked: Asked[PageQuery, RecordsWanted]) -> Records:
    """Search recorded calls; an empty object, or no body, lists all of them."""
    size = asked.query.page_size
    wanted = _filter(asked.body, asked.config.timezone, offset=(asked.query.page - 1) * size, limit=size + 1)
    return await or_narrower(_found(asked, wanted, size), wanted, WORDS)


async def search_call_id(asked: Asked[CallIdQuery, None]) -> Records:
    """The call with this unique id, recorded or not; the same id on several PBXs, or moved by an attended transfer, gives each of them."""
    wanted = with_unique_id(asked.query.callid)
    return await _found(asked, wanted, wanted.limit)


async def get_audio(asked: Asked[AudioQuery, None]) -> Any:
    """Download the audio of a recording. Ranges and conditional requests are answered as RFC 9110 says."""
    return await send_audio(asked, asked.path("file_id"), "download")


async def get_audio_by_action(asked: Asked[AudioQuery, None]) -> Any:
    """A recording: its metadata, to hear, or to download. `result` is JSON, `listen` a format that browsers play, `download` as it is."""
    action = asked.path("action")
    if action == "result":
        return await send_metadata(asked, asked.path("file_id"))
    if action == "listen":
        return await send_audio(asked, asked.path("file_id"), "listen")
    if action == "download":
        return await get_audio(asked)
    raise NotFound(f"there is no action {action[:50]!r}; there are result, listen and download")


def _filter(wanted: RecordsWanted, zone: ZoneInfo, *, offset: int, limit: int) -> CallFilter:
    if wanted.value is not None and wanted.key is None:
        raise invalid("value", "needs a key")
    conditions = given(
        agent=wanted.agent, queue=wanted.queue, callee=wanted.callee, caller=wanted.caller,
        start=moment_of(wanted.start, zone), end=moment_of(wanted.end, zone),
        direction=None if wanted.direction == "all" else wanted.direction,
        queue_status=wanted.queue_call_status, key=wanted.key, value=wanted.value,
    )  # fmt: skip
    return CallFilter(recorded=True, offset=offset, limit=limit, **conditions)


async def _found(asked: Asked[Any, Any], wanted: CallFilter, size: int) -> Records:
    render = _record_json(asked.config.timezone)
    found = await asked.db.read(list_rendered, asked.actor, wanted, render)
    return Records(len(found) > size, cast(list[Record], found[:size]))


@cache
def _record_json(zone: ZoneInfo) -> Callable[[CallSummary], msgspec.Raw]:
    """One function for each time zone."""
    return lambda call: msgspec.Raw(msgspec.json.encode(_record(call, zone)))


def _record(call: CallSummary, zone: ZoneInfo) -> Record:
    id = str(call.file_id or "")
    return Record(
        agent=_names(call.agents),
        attached_data={**call.attached_data, "recording": id} if id else call.attached_data,
        dst_num=call.dialled_number,
        duration=render_duration(call.talk_s),
        id=id,
        queue=_names(call.queues),
        src_num=call.caller_number,
        start=render_start(call.started_at, zone),
        status=call.status,
    )


def _names(all_: Sequence[Named]) -> str:
    """`name (number)` of each, or the one of them that there is."""
    return ", ".join(dict.fromkeys(f"{name} ({number})" if name and number else name or number for name, number in all_))


def render_start(at: datetime, zone: ZoneInfo) -> str:
    """A moment in the server's time zone, as this dialect writes it."""
    return at.astimezone(zone).isoformat(" ", "seconds")[:19]  # a third of the time of strftime, which a page calls a thousand times


def render_duration(seconds: float | None) -> str:
    """`HH:mm:ss`, whole seconds; the hours may exceed 24."""
    if seconds is None:
        return ""
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
