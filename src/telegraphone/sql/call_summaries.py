"""Calls in few words, as the XiVO dialect lists them: read from columns alone, which takes a third of what a whole call takes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from ..access import Actor
from ..db import Dialect, Row, Tx, moment
from ..model import CallId, FileId
from .attached_data import attached_column
from .directory_names import EDITION, Names, names_of
from .known import Known
from .recorded.recording_rows import json_list
from .search.call_filter import CallFilter
from .search.call_pages import page_of

R = TypeVar("R")
Named = tuple[str, str]
"""A name as the directory has it, or the PBX; and a number, empty if nobody knows one."""


class CallSummary(msgspec.Struct, frozen=True):
    """`file_id`: its first recording. `talk_s`: whole seconds, None if nobody answered or it goes on. `status`: XiVO's word.

    `agents`: those whom a queue connected, in order, `queues` its passages; both with what the directory knows now.
    """

    id: CallId
    started_at: datetime
    caller_number: str
    dialled_number: str
    talk_s: int | None
    status: str
    file_id: FileId | None
    agents: tuple[Named, ...]
    queues: tuple[Named, ...]
    attached_data: dict[str, str]


def list_summaries(tx: Tx, actor: Actor, wanted: CallFilter) -> list[CallSummary]:
    """One page, newest first: the calls that `list_calls` gives."""
    rows = _rows(tx, actor, wanted)
    names = names_of(tx, rows)
    return [_summary(tuple(row.values()), names) for row in rows]


def list_rendered(tx: Tx, actor: Actor, wanted: CallFilter, render: Callable[[CallSummary], R]) -> list[R]:
    """The same page, as `render` makes it (see `Known`)."""
    rows = _rows(tx, actor, wanted)
    names = names_of(tx, rows)
    return [_KNOWN.rendered(row, names, render) for row in rows]


def with_unique_id(unique_id: str) -> CallFilter:
    """The calls one of whose legs has this unique id, or which have it as linked id; recorded or not."""
    return CallFilter(unique_id=unique_id, limit=1000)


def _rows(tx: Tx, actor: Actor, wanted: CallFilter) -> list[Row]:
    page = page_of(tx, actor, wanted)
    return [] if page is None else tx.all(f"{page.clause}{_select(tx.dialect)}", **page.args)


def _select(dialect: Dialect) -> str:
    rows = dialect.json_rows
    return f"""
        select c.id, c.started_at, c.caller_number, c.dialled_number, c.talk_ms, c.status,
            (select r.id from recordings r where r.call_id = c.id order by r.position, r.id limit 1) as file_id,
            (select cast({rows}(ca.agent order by ca.position) as text) from call_agents ca
                where ca.call_id = c.id and ca.talked_at is not null) as agents,
            (select cast({rows}(cq.queue order by cq.position) as text) from call_queues cq where cq.call_id = c.id) as queues,
            {attached_column(dialect)} as attached, {EDITION}
        from page cross join calls c where c.id = page.id order by c.id desc"""


def _summary(values: tuple[Any, ...], names: Names) -> CallSummary:
    """Of a row's values, in the order of its columns."""
    id, started_at, caller, dialled, talk_ms, status, file_id, agents, queues, attached, _ = values
    return CallSummary(
        id, moment(started_at), caller, dialled, None if talk_ms is None else talk_ms // 1000, status, file_id,
        tuple((names.agents.get(number, ""), number) for number in json_list(agents)),
        tuple((shown, number) if number else (name, "") for name in json_list(queues) for number, shown in (names.queue(name),)),
        {key: value for key, value in json_list(attached) if value is not None},
    )  # fmt: skip


_KNOWN = Known(_summary, "agents", "queues", "attached")
