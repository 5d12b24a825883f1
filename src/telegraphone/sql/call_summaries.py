"""Calls in few words, as the XiVO dialect lists them: read from columns alone, which takes a third of what a whole call takes."""

from datetime import datetime

import msgspec

from ..access import Actor
from ..db import Dialect, Row, Tx, moment
from ..model import CallId, FileId
from ..names import full_name
from .attached_data import attached_column
from .recording_rows import json_list
from .search.call_filter import CallFilter
from .search.call_pages import page_of

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
    page = page_of(tx, actor, wanted)
    return [] if page is None else [_summary(row) for row in tx.all(f"{page.clause}{_select(tx.dialect)}", **page.args)]


def find_summaries_with(tx: Tx, actor: Actor, unique_id: str, limit: int = 1000) -> list[CallSummary]:
    """The calls one of whose legs has this unique id, or which have it as linked id; recorded or not, newest first."""
    return list_summaries(tx, actor, CallFilter(unique_id=unique_id, limit=limit))


def _select(dialect: Dialect) -> str:
    rows, row = dialect.json_rows, dialect.json_row
    return f"""
        select c.id, c.started_at, c.caller_number, c.dialled_number, c.talk_ms, c.status,
            (select r.id from recordings r where r.call_id = c.id order by r.position, r.id limit 1) as file_id,
            (select cast({rows}({row}(ca.agent, a.firstname, a.lastname, a.name) order by ca.position) as text) from call_agents ca
                left join agents a on a.number = ca.agent where ca.call_id = c.id and ca.talked_at is not null) as agents,
            (select cast({rows}({row}(cq.queue, q.number, q.display_name) order by cq.position) as text) from call_queues cq
                left join queues q on q.name = cq.queue where cq.call_id = c.id) as queues,
            {attached_column(dialect)} as attached
        from page cross join calls c where c.id = page.id order by c.id desc"""


def _summary(row: Row) -> CallSummary:
    """Of the values in the order of the columns: a page makes a thousand."""
    id, started_at, caller, dialled, talk_ms, status, file_id, agents, queues, attached = row.values()
    return CallSummary(
        id, moment(started_at), caller, dialled, None if talk_ms is None else talk_ms // 1000, status, file_id,
        tuple((full_name(first or "", last or "", name or ""), number) for number, first, last, name in json_list(agents)),
        tuple((shown or name, number) if number else (name, "") for name, number, shown in json_list(queues)),
        {key: value for key, value in json_list(attached) if value is not None},
    )  # fmt: skip
