"""/history: the calls of a phone or of an agent."""

from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, UnsetType, field

from ...sql.history import HistoryLine, list_history
from ...web.endpoint import Asked
from ...web.fields import Days, PageSize, Text
from .records import render_duration, render_start


class HistoryQuery(msgspec.Struct, frozen=True, kw_only=True):
    """How many calls, and from how many days back."""

    size: PageSize = 10
    days: Days | UnsetType = msgspec.UNSET


class InterfaceWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phone as the PBX calls it. `SIP/x` and `PJSIP/x` are the same."""

    interface: Annotated[Text, Meta(examples=["SIP/az9kf7"])]


class AgentWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An agent's number."""

    agent_num: Annotated[Text, Meta(examples=["2000"])] = field(name="agentNum")


class HistoryLineBody(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `status` as seen from the phone or agent; names come from the directory, null where it has none."""

    start: str
    duration: str | None
    src_num: str
    dst_num: str
    status: str
    src_firstname: str | None
    src_lastname: str | None
    dst_firstname: str | None
    dst_lastname: str | None


async def list_interface_history(asked: Asked[HistoryQuery, InterfaceWanted]) -> list[HistoryLineBody]:
    """The calls of a phone, newest first."""
    return await _history(asked, interface=asked.body.interface)


async def list_agent_history(asked: Asked[HistoryQuery, AgentWanted]) -> list[HistoryLineBody]:
    """The calls of an agent, newest first."""
    return await _history(asked, agent=asked.body.agent_num)


async def _history(asked: Asked[HistoryQuery, Any], *, interface: str | None = None, agent: str | None = None) -> list[HistoryLineBody]:
    days = asked.query.days
    since = None if isinstance(days, UnsetType) else asked.now - timedelta(days=days)
    lines = await asked.db.read(list_history, asked.actor, interface=interface, agent=agent, since=since, limit=asked.query.size)
    return [_line(line, asked.config.timezone) for line in lines]


def _line(line: HistoryLine, zone: ZoneInfo) -> HistoryLineBody:
    return HistoryLineBody(
        start=render_start(line.started_at, zone),
        duration=None if line.duration_ms is None else render_duration(line.duration_ms / 1000),
        src_num=line.src_num, dst_num=line.dst_num, status=line.status,
        src_firstname=line.src_firstname, src_lastname=line.src_lastname,
        dst_firstname=line.dst_firstname, dst_lastname=line.dst_lastname,
    )  # fmt: skip
