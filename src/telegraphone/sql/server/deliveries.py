"""Messages to webhooks: made of changes, claimed by one worker at a time, tried again until they are taken or a day is over."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from ...access import Actor, require
from ...db import Row, Tx, micros, moment
from ...errors import NotFound
from ...signing import new_message
from .changes import KEPT, Told, list_changes

TEST = "webhook.test"
HELD = timedelta(seconds=30)
"""So long a claim holds: longer than a try may take. A worker that is killed gives it back by that."""
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP = timedelta(days=1)
PAGE = 500
State = Literal["waiting", "done", "failed"]
_COLUMNS = "id, webhook_id, message, kind, body, made_at, state, attempts, next_at, tried_at, status, answer"
# A moment that is further ahead than any is ever set was set before the clock was put back: it is due as well.
_DUE = "({0} <= :now or {0} > :latest)"


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one webhook. `next_at`: when it is tried again, null when it is not. `answer`: see `status`'s first bytes."""

    id: int
    webhook_id: int
    message: str
    kind: str
    body: str
    made_at: datetime
    state: State
    attempts: int
    next_at: datetime | None
    tried_at: datetime | None
    status: int | None
    answer: str


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """How a try ended. `next_at`: None when it was the last. `is_gone`: the receiver wants to hear nothing more."""

    delivery: Delivery
    state: State
    status: int | None
    answer: str
    next_at: datetime | None = None
    is_gone: bool = False


class Due(msgspec.Struct, frozen=True):
    """A webhook that has something to be told now, and how often it failed in a row."""

    webhook_id: int
    failures: int


def find_due(tx: Tx, now: datetime) -> tuple[bool, list[Due]]:
    """Whether there are changes of which no deliveries were made yet, and the webhooks with deliveries to send."""
    new = tx.one("select 1 as one from webhooks where is_on = 1 and after_id < (select max(id) from changes) limit 1")
    rows = tx.all(
        f"select w.id, w.failures from webhooks w where w.is_on = 1 and {_DUE.format('w.resting_until')} and exists ("
        " select 1 from deliveries d where d.webhook_id = w.id and d.state = 'waiting'"
        f" and {_DUE.format('d.next_at')} and {_DUE.format('d.held_until')})",
        **_times(now),
    )  # fmt: skip
    return new is not None, [Due(row["id"], row["failures"]) for row in rows]


def _times(now: datetime) -> dict[str, int]:
    return {"now": micros(now), "latest": micros(now + 2 * LONGEST_WAIT)}


def put_deliveries(tx: Tx, now: datetime) -> bool:
    """Make deliveries of the next changes, for each webhook that wants them; whether there may be more.

    The place that is reached moves with them, so a change becomes one delivery to each, whoever dies.
    """
    tx.lock("webhooks")
    webhooks = tx.all("select id, kinds, after_id from webhooks where is_on = 1")
    changes = list_changes(tx, min((row["after_id"] for row in webhooks), default=0), PAGE) if webhooks else []
    if not changes:
        return False
    wanted = [(row["id"], one) for one in changes for row in webhooks if one.id > row["after_id"] and one.kind in row["kinds"].split(",")]
    _add(tx, [(id, one.kind, body_of(one), one.at) for id, one in wanted], now)
    tx.run("update webhooks set after_id = :last where is_on = 1 and after_id < :last", last=changes[-1].id)
    return len(changes) == PAGE


def body_of(one: Told) -> str:
    """The message: type, timestamp and data, as the specification likes it."""
    return _message(one.kind, one.at, {name: value for name, value in one.body().items() if name not in ("kind", "at")})


def _message(kind: str, at: datetime, data: Mapping[str, Any]) -> str:
    return msgspec.json.encode({"type": kind, "timestamp": at, "data": data}).decode()


def _add(tx: Tx, wanted: Sequence[tuple[int, str, str, datetime]], now: datetime) -> None:
    tx.run_many(
        "insert into deliveries (webhook_id, message, kind, body, made_at, next_at) values (:id, :message, :kind, :body, :now, :now)",
        [{"id": id, "message": new_message(), "kind": kind, "body": body, "now": micros(now)} for id, kind, body, _ in wanted],
    )


def add_test(tx: Tx, actor: Actor, webhook_id: int, now: datetime) -> Delivery:
    """A message that says nothing, to see whether it arrives."""
    require(actor, "admin")
    if tx.one("select 1 as one from webhooks where id = :id", id=webhook_id) is None:
        raise NotFound(f"there is no webhook {webhook_id}")
    row = tx.one(
        "insert into deliveries (webhook_id, message, kind, body, made_at, next_at) values (:id, :message, :kind, :body, :now, :now)"
        f" returning {_COLUMNS}",
        id=webhook_id, message=new_message(), kind=TEST, body=_message(TEST, now, {}), now=micros(now),
    )  # fmt: skip
    assert row is not None
    return _delivery(row)


def claim_deliveries(tx: Tx, webhook_id: int, limit: int, now: datetime) -> list[Delivery]:
    """Take some that are due, the oldest first: nobody else sends them until they are given back or the claim is over."""
    due = f"d.webhook_id = :id and d.state = 'waiting' and w.is_on = 1 and {_DUE.format('d.next_at')} and {_DUE.format('d.held_until')}"
    some = f"select d.id from deliveries d join webhooks w on w.id = d.webhook_id where {due} order by d.next_at, d.id limit :limit"
    rows = tx.all(
        f"update deliveries set held_until = :until where id in ({some}{tx.dialect.skip_locked('d')}) returning {_COLUMNS}",
        id=webhook_id, limit=limit, until=micros(now + HELD), **_times(now),
    )  # fmt: skip
    return sorted(map(_delivery, rows), key=lambda one: one.id)


def claim_one(tx: Tx, id: int, now: datetime) -> Delivery | None:
    """Take this one, unless somebody has it."""
    row = tx.one(
        f"update deliveries set held_until = :until where id = :id and state = 'waiting' and {_DUE.format('held_until')}"
        f" returning {_COLUMNS}",
        id=id, until=micros(now + HELD), **_times(now),
    )  # fmt: skip
    return _delivery(row) if row else None


def put_tried(tx: Tx, webhook_id: int, tries: Sequence[Tried], rest: timedelta, now: datetime) -> None:
    """Write down how tries ended. After one that failed the whole webhook rests for a while: a receiver that is down has enough to do."""
    tx.run_many(
        "update deliveries set state = :state, attempts = attempts + 1, status = :status, answer = :answer, tried_at = :now,"
        " next_at = :next, held_until = 0 where id = :id and state = 'waiting'",
        [
            {
                "id": one.delivery.id, "state": one.state, "status": one.status, "answer": one.answer, "now": micros(now),
                "next": micros(one.next_at or now),
            }
            for one in tries
        ],
    )  # fmt: skip
    counted = {state: sum(one.state == state for one in tries) for state in ("done", "failed")}
    tx.run(
        "update webhooks set taken = taken + :done, given_up = given_up + :failed, failed_tries = failed_tries + :tries - :done"
        " where id = :id",
        id=webhook_id, tries=len(tries), **counted,
    )  # fmt: skip
    if any(one.is_gone for one in tries):
        _switch_off(tx, webhook_id, f"it answered 410 (gone) on {now:%Y-%m-%d %H:%M} UTC")
    elif any(one.state == "done" for one in tries):
        tx.run("update webhooks set failures = 0, resting_until = 0 where id = :id", id=webhook_id)
    elif tries:
        tx.run(
            "update webhooks set failures = failures + 1, resting_until = :until where id = :id", id=webhook_id, until=micros(now + rest)
        )


def _switch_off(tx: Tx, webhook_id: int, reason: str) -> None:
    tx.run("update webhooks set is_on = 0, reason = :reason where id = :id", id=webhook_id, reason=reason)
    tx.run(
        "update deliveries set state = 'failed', held_until = 0, answer = :reason where webhook_id = :id and state = 'waiting'",
        id=webhook_id, reason=f"the webhook is off: {reason}",
    )  # fmt: skip


def release_deliveries(tx: Tx, ids: Sequence[int]) -> None:
    """Give back what was claimed and not tried."""
    if ids:
        tx.run(
            f"update deliveries set held_until = 0 where {tx.dialect.any_of('id', 'ids')} and state = 'waiting'",
            ids=tx.dialect.list_argument(ids),
        )


def list_deliveries(tx: Tx, actor: Actor, webhook_id: int, *, cursor: int | None = None, limit: int = 50) -> list[Delivery]:
    """One page of a webhook's deliveries, newest first; `cursor`: below this id."""
    require(actor, "admin")
    if tx.one("select 1 as one from webhooks where id = :id", id=webhook_id) is None:
        raise NotFound(f"there is no webhook {webhook_id}")
    below, args = ("", {}) if cursor is None else (" and id < :cursor", {"cursor": cursor})
    rows = tx.all(
        f"select {_COLUMNS} from deliveries where webhook_id = :id{below} order by id desc limit :limit", id=webhook_id, limit=limit, **args
    )
    return [_delivery(row) for row in rows]


def remove_old_deliveries(tx: Tx, now: datetime) -> int:
    """Give up those that a webhook at rest kept waiting for a day; forget those that were made a week ago."""
    tx.run(
        "update deliveries set state = 'failed', held_until = 0 where state = 'waiting' and made_at < :before and held_until <= :now",
        before=micros(now - GIVE_UP), now=micros(now),
    )  # fmt: skip
    return tx.run("delete from deliveries where made_at < :before", before=micros(now - KEPT))


def _delivery(row: Row) -> Delivery:
    next_at, tried_at = moment(row["next_at"]), None if row["tried_at"] is None else moment(row["tried_at"])
    times = {"made_at": moment(row["made_at"]), "next_at": next_at if row["state"] == "waiting" else None, "tried_at": tried_at}
    return Delivery(**{**row, **times})
