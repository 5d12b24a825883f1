"""How far each PBX log was read, and the lines in it that nobody could understand."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ..access import Actor, require
from ..db import Tx, micros, moment
from ..events import Unreadable


class Source(msgspec.Struct, frozen=True):
    """One log of one PBX, and the position up to which it was read."""

    pbx: str
    source: str
    path: str
    position: int
    read_at: datetime


class UnreadableLine(msgspec.Struct, frozen=True):
    pbx: str
    source: str
    path: str
    position: int
    text: str
    reason: str
    seen_at: datetime
    zone: str = "UTC"


def put_position(tx: Tx, pbx: str, source: str, path: str, position: int, now: datetime, state: bytes | None = None) -> None:
    """How far it was read. `state` is what a follower needs to go on there; a reading without one leaves it as it is."""
    tx.run(
        "insert into sources (pbx, source, path, position, read_at, state) values (:pbx, :source, :path, :position, :now, :state)"
        " on conflict (pbx, source, path) do update set position = excluded.position, read_at = excluded.read_at,"
        " state = coalesce(excluded.state, sources.state)",
        pbx=pbx, source=source, path=path, position=position, now=micros(now), state=state,
    )  # fmt: skip


def find_state(tx: Tx, pbx: str, source: str, path: str) -> bytes | None:
    """Where a follower of this source stopped."""
    row = tx.one("select state from sources where pbx = :pbx and source = :source and path = :path", pbx=pbx, source=source, path=path)
    return bytes(row["state"]) if row and row["state"] is not None else None


def list_sources(tx: Tx, actor: Actor) -> list[Source]:
    require(actor, "admin")
    rows = tx.all("select pbx, source, path, position, read_at from sources order by pbx, source, path")
    return [Source(**{**row, "read_at": moment(row["read_at"])}) for row in rows]


def put_unreadable(tx: Tx, pbx: str, source: str, path: str, lines: Sequence[Unreadable], now: datetime, zone: str = "UTC") -> None:
    """Keep them with their place and reason; the same line again is known already."""
    tx.run_many(
        "insert into unreadable (pbx, source, path, position, text, reason, seen_at, zone)"
        " values (:pbx, :source, :path, :position, :text, :reason, :now, :zone)"
        " on conflict (pbx, source, path, position) do update set text = excluded.text, reason = excluded.reason",
        [
            {
                "pbx": pbx, "source": source, "path": path, "position": line.position,
                "text": line.text.replace("\0", "\ufffd"), "reason": line.reason.replace("\0", "\ufffd"), "now": micros(now), "zone": zone,
            }
            for line in lines
        ],
    )  # fmt: skip


def list_unreadable(tx: Tx, actor: Actor, limit: int = 1000) -> list[UnreadableLine]:
    """The lines that were not understood, newest first."""
    require(actor, "admin")
    columns = "pbx, source, path, position, text, reason, seen_at, zone"
    rows = tx.all(f"select {columns} from unreadable order by id desc limit :limit", limit=limit)
    return [UnreadableLine(**{**row, "seen_at": moment(row["seen_at"])}) for row in rows]


def count_unreadable(tx: Tx, actor: Actor) -> int:
    require(actor, "admin")
    row = tx.one("select count(*) as n from unreadable")
    return int(row["n"]) if row else 0


def remove_unreadable(tx: Tx, line: UnreadableLine) -> None:
    """It is understood now."""
    tx.run(
        "delete from unreadable where pbx = :pbx and source = :source and path = :path and position = :position",
        pbx=line.pbx, source=line.source, path=line.path, position=line.position,
    )  # fmt: skip
