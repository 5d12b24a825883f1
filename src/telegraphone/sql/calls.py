"""Calls in SQL: finding them and reading them. How they are written stands in `pbx/put_calls.py`.

Only the conditions asked for are in a statement, and everything about a call comes in one: its row, its recordings and its attached data;
the directory's names of its queues and agents are read when the directory has changed.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from ..access import Actor, visible_calls
from ..db import Dialect, Row, Tx, moment
from ..model import AgentTalk, Call, CallId, QueuePassage
from .attached_data import attached_column
from .bodies import decode_call
from .directory_names import EDITION, Names, names_of
from .known import Known
from .people.visible import no_call
from .recorded.recording_rows import Recording, json_list, recordings_of, rows_of_recordings
from .reviews import Review, review_column, review_of
from .search.call_counts import Count, count_ids
from .search.call_filter import CallFilter, asked
from .search.call_pages import Page, page_of, page_with

__all__ = [
    "CallFilter", "Count", "StoredCall", "bodies_of_clusters", "count_calls", "find_calls_with", "get_call", "get_rendered", "list_calls",
    "list_rendered", "read_calls",
]  # fmt: skip


R = TypeVar("R")


class StoredCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it is kept: `call` has the agents' names and the queues' numbers of the directory of this moment, which are `names`.

    `notes` is how many there are.
    """

    id: CallId
    pbx: str
    call: Call
    recordings: tuple[Recording, ...]
    attached_data: dict[str, str]
    consultation_of: CallId | None
    updated_at: datetime
    names: Names
    review: Review | None = None
    notes: int = 0


def list_calls(tx: Tx, actor: Actor, wanted: CallFilter) -> list[StoredCall]:
    """One page of calls, newest first: one statement; where conditions have lists, a few small ones find the ids before."""
    return _stored(tx, _rows(tx, actor, page_of(tx, actor, wanted)))


def list_rendered(tx: Tx, actor: Actor, wanted: CallFilter, render: Callable[[StoredCall], R]) -> list[tuple[CallId, R]]:
    """The same page, each call with what `render` makes of it (see `Known`)."""
    rows = _rows(tx, actor, page_of(tx, actor, wanted))
    names = names_of(tx, rows)
    return [(CallId(row["id"]), _KNOWN.rendered(row, names, render)) for row in rows]


def read_calls(tx: Tx, actor: Actor, ids: Sequence[int]) -> list[StoredCall]:
    """The calls with these ids, which were found for this actor; newest first."""
    return _stored(tx, _rows(tx, actor, page_with(tx.dialect, ids)))


def _rows(tx: Tx, actor: Actor, page: Page | None) -> list[Row]:
    if page is None:
        return []
    statement = _select(tx.dialect, actor, "page cross join calls c where c.id = page.id order by c.id desc")
    args = {**visible_calls(actor)[1], **page.args}  # of the main call of a consultation
    return tx.all(f"{page.clause}{statement}", **args)


def count_calls(tx: Tx, actor: Actor, wanted: CallFilter, bound: int = 10_000) -> Count:
    """How many calls there are, up to the bound: nobody waits for an exact million."""
    return count_ids(tx, asked(tx, actor, wanted), bound)


def get_call(tx: Tx, actor: Actor, id: CallId) -> StoredCall:
    return _stored(tx, [_row(tx, actor, id)])[0]


def get_rendered(tx: Tx, actor: Actor, id: CallId, render: Callable[[StoredCall], R]) -> R:
    """What `render` makes of one call (see `Known`)."""
    row = _row(tx, actor, id)
    return _KNOWN.rendered(row, names_of(tx, [row]), render)


def _row(tx: Tx, actor: Actor, id: CallId) -> Row:
    where, args = visible_calls(actor)
    row = tx.one(_select(tx.dialect, actor, f"calls c{_where([*where, 'c.id = :id'])}"), id=id, **args)
    if row is None:
        raise no_call(id)
    return row


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
    return f"""
        select c.id, c.pbx, c.body, {_consultation_of(actor)}, c.updated_at,
            (select cast({rows_of_recordings(dialect, "r")} as text) from recordings r where r.call_id = c.id) as recordings,
            {attached_column(dialect)} as attached,
            {review_column(dialect)} as review, (select count(*) from call_notes n where n.call_id = c.id) as notes, {EDITION}
        from {source}"""


def _stored(tx: Tx, rows: Sequence[Row]) -> list[StoredCall]:
    names = names_of(tx, rows)
    return [_of(tuple(row.values()), names) for row in rows]


def _of(values: tuple[Any, ...], names: Names) -> StoredCall:
    """Of a row's values, in the order of its columns."""
    id, pbx, body, consultation_of, updated_at, recordings, attached, review, notes, _ = values
    call = decode_call(body)
    return StoredCall(
        id=id, pbx=pbx, call=_named(call, names), recordings=recordings_of(json_list(recordings), call),
        attached_data={key: value for key, value in json_list(attached) if value is not None},
        consultation_of=consultation_of, updated_at=moment(updated_at), names=names,
        review=review_of(json_list(review)), notes=notes,
    )  # fmt: skip


_KNOWN = Known(_of, "body", "recordings", "attached", "review")


def _named(call: Call, names: Names) -> Call:
    """The call with what the directory knows now of its queues and agents."""
    if not call.queues and not call.agents:
        return call
    return msgspec.structs.replace(
        call,
        queues=tuple(_with_number(q, names.queue(q.name)[0]) for q in call.queues),
        agents=tuple(_with_name(a, names.agents.get(a.number, "")) for a in call.agents),
    )


def _with_number(passage: QueuePassage, number: str) -> QueuePassage:
    return msgspec.structs.replace(passage, number=number) if number and number != passage.number else passage


def _with_name(talk: AgentTalk, name: str) -> AgentTalk:
    return msgspec.structs.replace(talk, name=name) if name and name != talk.name else talk
