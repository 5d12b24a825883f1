"""Who has reviewed a call: one mark on it, with a comment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..access import Actor, require, visible_calls
from ..db import Dialect, Tx, micros, moment
from ..errors import Conflict, Forbidden, NotFound
from ..model import CallId
from .people.access_log import add_change
from .people.visible import check_visible


class Review(msgspec.Struct, frozen=True):
    """That somebody has listened to a call and judged it."""

    reviewer: str
    reviewed_at: datetime
    comment: str = ""


def put_review(tx: Tx, actor: Actor, call_id: CallId, comment: str, now: datetime) -> Review:
    """Mark the call as reviewed by this actor. Another's mark stays: Conflict, unless an administrator asks."""
    require(actor, "attach")
    check_visible(tx, actor, call_id)
    written = tx.run(
        "insert into call_reviews (call_id, reviewer, reviewed_at, comment) values (:call_id, :reviewer, :now, :comment)"
        " on conflict (call_id) do update set reviewer = excluded.reviewer, reviewed_at = excluded.reviewed_at,"
        " comment = excluded.comment where call_reviews.reviewer = excluded.reviewer or :is_admin = 1",
        call_id=call_id, reviewer=actor.name, now=micros(now), comment=comment, is_admin=int("admin" in actor.rights),
    )  # fmt: skip
    if not written:
        raise Conflict(f"{_reviewer(tx, call_id)} has reviewed call {call_id} already")
    add_change(tx, actor, "review", comment, now, call_id=call_id)
    return Review(actor.name, now, comment)


def remove_review(tx: Tx, actor: Actor, call_id: CallId, now: datetime) -> None:
    """Take the mark off again: its reviewer, or an administrator."""
    require(actor, "attach")
    where, args = visible_calls(actor)
    row = tx.one(
        f"select v.reviewer from call_reviews v join calls c on c.id = v.call_id where {' and '.join(['c.id = :call_id', *where])}",
        call_id=call_id, **args,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"call {call_id} is not reviewed")
    if row["reviewer"] != actor.name and "admin" not in actor.rights:
        raise Forbidden(f"{row['reviewer']} has reviewed this call")
    tx.run("delete from call_reviews where call_id = :call_id", call_id=call_id)
    add_change(tx, actor, "remove_review", f"the mark of {row['reviewer']}", now, call_id=call_id)


def review_column(dialect: Dialect) -> str:
    """The mark of a call `c` as a list of one, in JSON, for statements that read calls: see `review_of`."""
    rows = f"{dialect.json_rows}({dialect.json_row}(v.reviewer, v.reviewed_at, v.comment))"
    return f"(select cast({rows} as text) from call_reviews v where v.call_id = c.id)"


def review_of(values: Sequence[Sequence[Any]]) -> Review | None:
    """What `review_column` gave."""
    return next((Review(reviewer, moment(at), comment) for reviewer, at, comment in values), None)


def _reviewer(tx: Tx, call_id: CallId) -> str:
    row = tx.one("select reviewer from call_reviews where call_id = :call_id", call_id=call_id)
    return str(row["reviewer"]) if row else "somebody"
