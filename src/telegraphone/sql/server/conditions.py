"""How sources, the media store and disks are. Whoever looks at one writes it down, so that every worker answers the same."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from ...db import Row, Tx, micros, moment

Kind = Literal["source", "media", "disk", "count"]
FRESH = timedelta(minutes=1)
"""A condition that nobody looked at for so long is not known."""
KEPT = timedelta(days=1)
"""For so long it is told that nobody looks any more; then it is nobody's."""


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One thing. `name`: which; of a source: PBX, source and path, one a line. `since`: when this state began; `facts`: numbers."""

    kind: Kind
    name: str
    state: str
    reason: str = ""
    since: datetime
    seen_at: datetime
    facts: Mapping[str, Any] = {}

    def state_at(self, now: datetime) -> str:
        """`unknown` when nobody looked for a while."""
        return "unknown" if now - self.seen_at > FRESH else self.state


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who looked at a thing found."""

    kind: Kind
    name: str
    state: str
    reason: str = ""
    facts: Mapping[str, Any] = {}


def put_condition(tx: Tx, seen: Seen, now: datetime) -> str | None:
    """Write it down; the state in which it was found before, None if it was never looked at."""
    args: Row = {"kind": seen.kind, "name": seen.name}
    before = tx.one("select state from conditions where kind = :kind and name = :name", **args)
    tx.run(
        "insert into conditions (kind, name, state, reason, since, seen_at, facts)"
        " values (:kind, :name, :state, :reason, :now, :now, :facts) on conflict (kind, name) do update set"
        " since = case when conditions.state = excluded.state then conditions.since else excluded.since end,"
        " state = excluded.state, reason = excluded.reason, seen_at = excluded.seen_at, facts = excluded.facts",
        state=seen.state, reason=seen.reason, now=micros(now), facts=msgspec.json.encode(seen.facts).decode(), **args,
    )  # fmt: skip
    return None if before is None else str(before["state"])


def is_fresh(tx: Tx, kind: Kind, name: str, since: datetime) -> bool:
    """Whether somebody has looked at it after this moment."""
    row = tx.one(
        "select 1 as one from conditions where kind = :kind and name = :name and seen_at > :since",
        kind=kind,
        name=name,
        since=micros(since),
    )
    return row is not None


def list_conditions(tx: Tx, now: datetime) -> list[Condition]:
    """All that somebody has looked at of late."""
    rows = tx.all("select * from conditions where seen_at > :since order by kind, name", since=micros(now - KEPT))
    return [_condition(row) for row in rows]


def remove_old_conditions(tx: Tx, now: datetime) -> int:
    """Forget what is looked at no more: a source that is not followed any longer, a machine that is gone."""
    return tx.run("delete from conditions where seen_at < :before", before=micros(now - KEPT))


def _condition(row: Row) -> Condition:
    times = {"since": moment(row["since"]), "seen_at": moment(row["seen_at"])}
    return Condition(**{**row, **times, "facts": msgspec.json.decode(row["facts"])})
