"""Calls in SQL: finding them and reading them. How they are written stands in `put_calls.py`.

Only the conditions asked for are in a statement, and everything about a call comes in one: its row, its recordings, its attached data and
the directory's names of its queues and agents.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from ..access import Actor, visible_calls
from ..db import Dialect, Row, Tx, moment
from ..model import AgentTalk, Call, CallId, QueuePassage
from ..names import full_name
from .attached_data import attached_column
from .bodies import decode_call
from .recording_rows import Recording, json_list, recordings_of, rows_of_recordings
from .reviews import Review, review_column, review_of
from .search.call_counts import Count, count_ids
from .search.call_filter import CallFilter, asked
from .search.call_pages import Page, page_of, page_with
from .visible import no_call

__all__ = [
    "CallFilter", "Count", "StoredCall", "bodies_of_clusters", "count_calls", "find_calls_with", "get_call", "list_calls", "read_calls",
]  # fmt: skip


KNOWN, LONGEST_KNOWN = 2000, 4096
"""Rows of calls that are known to a process as they were read last, and how long each may be: about 10 MB. A row of which anything has
changed is another one; what somebody attached may be far longer, and is not kept."""


class StoredCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it is kept: `call` has the agents' names and the queues' numbers of the directory of this moment.

    `queue_names` gives number and display name by the PBX's name of the queue; `agent_names` the name by number;
    `notes` is how many there are.
    """

    id: CallId
    pbx: str
    call: Call
    recordings: tuple[Recording, ...]
    attached_data: dict[str, str]
    consultation_of: CallId | None
    updated_at: datetime
    queue_names: dict[str, tuple[str, str]]
    agent_names: dict[str, str]
    review: Review | None = None
    notes: int = 0


def list_calls(tx: Tx, actor: Actor, wanted: CallFilter) -> list[StoredCall]:
    """One page of calls, newest first: one statement; where conditions have lists, a few small ones find the ids before."""
    return _read(tx, actor, page_of(tx, actor, wanted))


def read_calls(tx: Tx, actor: Actor, ids: Sequence[int]) -> list[StoredCall]:
    """The calls with these ids, which were found for this actor; newest first."""
    return _read(tx, actor, page_with(tx.dialect, ids))


def _read(tx: Tx, actor: Actor, page: Page | None) -> list[StoredCall]:
    if page is None:
        return []
    statement = _select(tx.dialect, actor, "page cross join calls c where c.id = page.id order by c.id desc")
    args = {**visible_calls(actor)[1], **page.args}  # of the main call of a consultation
    return [_stored(row) for row in tx.all(f"{page.clause}{statement}", **args)]


def count_calls(tx: Tx, actor: Actor, wanted: CallFilter, bound: int = 10_000) -> Count:
    """How many calls there are, up to the bound: nobody waits for an exact million."""
    return count_ids(tx, asked(tx, actor, wanted), bound)


def get_call(tx: Tx, actor: Actor, id: CallId) -> StoredCall:
    where, args = visible_calls(actor)
    row = tx.one(_select(tx.dialect, actor, f"calls c{_where([*where, 'c.id = :id'])}"), id=id, **args)
    if row is None:
        raise no_call(id)
    return _stored(row)


def find_calls_with(tx: Tx, actor: Actor, unique_id: str, pbx: str | None = None, limit: int = 1000) -> list[StoredCall]:
    """The calls one of whose legs has this unique id, or which have it as linked id; recorded or not, newest first."""
    return list_calls(tx, actor, CallFilter(unique_id=unique_id, pbx=pbx, limit=limit))


def bodies_of_clusters(tx: Tx, clusters: Sequence[int]) -> dict[CallId, Call]:
    """The calls of these clusters as they were interpreted: for the system itself, which compares them."""
    ids = tx.dialect.list_argument(list(clusters))
    rows = tx.all(f"select id, body from calls where {tx.dialect.any_of('cluster_id', 'ids')}", ids=ids)
    return {CallId(row["id"]): decode_call(row["body"]) for row in rows}


def _where(conditions: list[str]) -> str:
    return f" where {' and '.join(conditions)}" if conditions else ""


def _consultation_of(actor: Actor) -> str:
    """The number of the main call, unless that is not for this actor."""
    if actor.scope is None:
        return "c.consultation_of"
    return f"(select m.id from calls m{_where(['m.id = c.consultation_of', *visible_calls(actor, 'm')[0]])}) as consultation_of"


def _select(dialect: Dialect, actor: Actor, source: str) -> str:
    """As text, since JSON is decoded faster by us than by a driver."""
    rows, row = dialect.json_rows, dialect.json_row
    return f"""
        select c.id, c.pbx, c.body, {_consultation_of(actor)}, c.updated_at,
            (select cast({rows_of_recordings(dialect, "r")} as text) from recordings r where r.call_id = c.id) as recordings,
            {attached_column(dialect)} as attached,
            (select cast({rows}({row}(q.name, q.number, q.display_name)) as text) from call_queues cq
                join queues q on q.name = cq.queue where cq.call_id = c.id) as queue_names,
            (select cast({rows}({row}(a.number, a.firstname, a.lastname, a.name)) as text) from call_agents ca
                join agents a on a.number = ca.agent where ca.call_id = c.id) as agent_names,
            {review_column(dialect)} as review, (select count(*) from call_notes n where n.call_id = c.id) as notes
        from {source}"""


def _stored(row: Row) -> StoredCall:
    values = tuple(row.values())
    length = sum(len(value) for value in values if isinstance(value, str | bytes))
    return _known(values) if length <= LONGEST_KNOWN else _known.__wrapped__(values)


@lru_cache(maxsize=KNOWN)
def _known(values: tuple[Any, ...]) -> StoredCall:
    """Of a row's values, in the order of its columns. The same rows are read all day: whoever looks for calls looks at the newest."""
    id, pbx, body, consultation_of, updated_at, recordings, attached, queue_names, agent_names, review, notes = values
    call = decode_call(body)
    queues = {name: (number, display or name) for name, number, display in json_list(queue_names)}
    agents = {number: full_name(first, last, name) for number, first, last, name in json_list(agent_names)}
    return StoredCall(
        id=id, pbx=pbx, call=_named(call, queues, agents), recordings=recordings_of(json_list(recordings), call),
        attached_data={key: value for key, value in json_list(attached) if value is not None},
        consultation_of=consultation_of, updated_at=moment(updated_at), queue_names=queues, agent_names=agents,
        review=review_of(json_list(review)), notes=notes,
    )  # fmt: skip


def _named(call: Call, queues: dict[str, tuple[str, str]], agents: dict[str, str]) -> Call:
    """The call with what the directory knows now of its queues and agents."""
    if not call.queues and not call.agents:
        return call
    return msgspec.structs.replace(
        call,
        queues=tuple(_with_number(q, queues) for q in call.queues),
        agents=tuple(_with_name(a, agents) for a in call.agents),
    )


def _with_number(passage: QueuePassage, queues: dict[str, tuple[str, str]]) -> QueuePassage:
    number = queues.get(passage.name, ("", ""))[0]
    return msgspec.structs.replace(passage, number=number or passage.number)


def _with_name(talk: AgentTalk, agents: dict[str, str]) -> AgentTalk:
    return msgspec.structs.replace(talk, name=agents.get(talk.number) or talk.name)
