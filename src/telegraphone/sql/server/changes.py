"""What happened to calls, recordings and sources, in the order in which it was committed: for event streams and webhooks.

A change is written by the transaction that makes it, as the last thing that this does, under a lock. So ids are given in the order of the
commits, on PostgreSQL too: who has read up to an id has missed none below it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import msgspec

from ...access import Actor, visible_calls
from ...db import Tx, micros, moment
from ...errors import invalid
from ...model import CallId, Outcome

Kind = Literal[
    "call.started", "call.changed", "call.ended", "recording.available", "recording.missing", "recording.flawed",
    "source.following", "source.behind", "source.failing", "source.gap",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
NEWS = timedelta(hours=1)
"""A call that ended longer ago is history: whoever imports years of it wants no webhook for each."""
GOING_ON = timedelta(days=1)
"""The same for a call whose end is not known: it began longer ago."""
KEPT = timedelta(days=7)


class Change(msgspec.Struct, frozen=True):
    """Something that happened. `facts`: what its kind has more than the others."""

    kind: Kind
    pbx: str
    call_id: CallId | None = None
    facts: Mapping[str, Any] = {}


class Told(Change, frozen=True, kw_only=True):
    """A change that was written down: its place among all others, and when."""

    id: int
    at: datetime

    def body(self) -> dict[str, Any]:
        """What is told of it, in JSON."""
        return {"kind": self.kind, "at": self.at, "pbx": self.pbx, "call": self.call_id, **self.facts}


def is_news(started_at: datetime, ended_at: datetime | None, now: datetime, within: timedelta = NEWS) -> bool:
    """Whether somebody waits to hear of a call like this."""
    return started_at > now - GOING_ON if ended_at is None else ended_at > now - within


def kind_of(before: Outcome | None, outcome: Outcome) -> Kind:
    """What happened to a call that had another outcome, or was not known. One that was over when it was first seen only ended."""
    if outcome == "ongoing":
        return "call.started" if before is None else "call.changed"
    return "call.ended" if before in (None, "ongoing") else "call.changed"


def check_kinds(kinds: Iterable[str]) -> frozenset[str]:
    """The same kinds, if there are such."""
    found = frozenset(kinds)
    if not found or not found.issubset(KINDS):
        raise invalid("kinds", f"must be one or more of {', '.join(KINDS)}")
    return found


def add_changes(tx: Tx, changes: Iterable[Change], now: datetime) -> None:
    """Write these down when the transaction ends, after whatever it still does."""
    rows = [
        {"at": micros(now), "kind": one.kind, "pbx": one.pbx, "call_id": one.call_id, "facts": msgspec.json.encode(one.facts).decode()}
        for one in changes
    ]
    if rows:
        tx.at_end(_write, rows)


def _write(tx: Tx, rows: list[dict[str, Any]]) -> None:
    tx.lock("changes")  # held until the commit is seen: the next one's ids are higher
    tx.run_many("insert into changes (at, kind, pbx, call_id, facts) values (:at, :kind, :pbx, :call_id, :facts)", rows)


def list_changes(tx: Tx, after: int, limit: int = 500) -> list[Told]:
    """Those with higher ids, in order. Who may see which is for `find_visible` to say."""
    rows = tx.all(
        "select id, at, kind, pbx, call_id, facts from changes where id > :after order by id limit :limit", after=after, limit=limit
    )
    return [
        Told(
            id=row["id"], at=moment(row["at"]), kind=row["kind"], pbx=row["pbx"], call_id=row["call_id"],
            facts=msgspec.json.decode(row["facts"]),
        )
        for row in rows
    ]  # fmt: skip


def last_change(tx: Tx) -> int:
    """The highest id that was given; 0 before the first."""
    row = tx.one("select max(id) as id from changes")
    return (row["id"] or 0) if row else 0


def sees_all(actor: Actor) -> bool:
    """Whether no call is hidden from the actor, so that nobody needs to be asked which are."""
    return not visible_calls(actor)[0]


def find_visible(tx: Tx, actor: Actor, changes: Sequence[Told]) -> list[Told]:
    """Those that the actor may hear of, of calls that he may see: one statement."""
    where, args = visible_calls(actor)
    ids = sorted({one.call_id for one in changes if one.call_id is not None})
    conditions = " and ".join([tx.dialect.any_of("c.id", "ids"), *where])
    rows = tx.all(f"select c.id from calls c where {conditions}", ids=tx.dialect.list_argument(ids), **args)
    seen = {row["id"] for row in rows}
    return [one for one in changes if one.call_id is None or one.call_id in seen]


def without_sources(actor: Actor, changes: Sequence[Told]) -> list[Told]:
    """What is about a call; about sources only who administers hears."""
    return [one for one in changes if one.call_id is not None or "admin" in actor.rights]


def remove_old_changes(tx: Tx, now: datetime) -> int:
    """Forget what is older than a week; how many that were. The newest stays: SQLite would give its id again."""
    return tx.run("delete from changes where at < :before and id < (select max(id) from changes)", before=micros(now - KEPT))
