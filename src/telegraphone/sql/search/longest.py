"""The longest calls of a search, with bounded work: no index can have the calls of every search by length.

So many of the newest calls that fit are found as a page is (`call_pages`), and the longest of these are taken. Whoever asks learns how many
were compared, whether that was all, and from when on.
"""

from datetime import datetime

import msgspec

from ...access import Actor
from ...db import Tx, moment
from ...model import CallId
from ..calls import StoredCall, read_calls
from .call_filter import CallFilter, asked
from .call_pages import find_ids

AMONG = 20_000
"""Calls that are compared for one answer."""


class Compared(msgspec.Struct, frozen=True):
    """How many calls were compared; `since`: if that was not all of them, the start of the first of these."""

    calls: int
    since: datetime | None


def list_longest(tx: Tx, actor: Actor, wanted: CallFilter, among: int = AMONG) -> tuple[list[StoredCall], Compared]:
    """The calls with the longest talk, `limit` of them; of the same length the newest first. Calls in which nobody talked are not there."""
    what = asked(tx, actor, wanted)
    ids = find_ids(tx, what, among + 1)
    compared = ids[:among]
    longest = _longest(tx, compared, wanted.limit)
    place = {id: n for n, id in enumerate(longest)}
    found = sorted(read_calls(tx, actor, longest), key=lambda call: place[call.id])
    return found, Compared(len(compared), _start(tx, compared[-1]) if len(ids) > among else None)


def _longest(tx: Tx, ids: list[int], limit: int) -> list[CallId]:
    rows = tx.all(
        f"select c.id from {tx.dialect.each('ids', 'bigint')} cross join calls c where c.id = k.value and c.talk_ms is not null"
        " order by c.talk_ms desc, c.id desc limit :limit",
        ids=tx.dialect.list_argument(ids), limit=limit,
    )  # fmt: skip
    return [CallId(row["id"]) for row in rows]


def _start(tx: Tx, id: int) -> datetime | None:
    row = tx.one("select started_at from calls where id = :id", id=id)
    return moment(row["started_at"]) if row else None
