"""How far each PBX log was read, and the lines in it that nobody could understand."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ...access import Actor, require
from ...db import Row, Tx, micros, moment
from ...errors import NotFound
from ...events import Unreadable


class Source(msgspec.Struct, frozen=True):
    """One log of one PBX, and the position up to which it was read. `state` is its follower's; `held_until`: when the lease of the one that
    reads it now ends."""

    pbx: str
    source: str
    path: str
    position: int
    read_at: datetime
    state: bytes | None = None
    held_until: datetime | None = None


class UnreadableLine(msgspec.Struct, frozen=True):
    pbx: str
    source: str
    path: str
    position: int
    text: str
    reason: str
    seen_at: datetime
    zone: str = "UTC"
    id: int = 0


def put_position(tx: Tx, pbx: str, source: str, path: str, position: int, now: datetime, state: bytes | None = None) -> None:
    """How far it was read. `state` is what a follower needs to go on there; a reading without one leaves it as it is."""
    tx.run(
        "insert into sources (pbx, source, path, position, read_at, state) values (:pbx, :source, :path, :position, :now, :state)"
        " on conflict (pbx, source, path) do update set position = excluded.position, read_at = excluded.read_at,"
        " state = coalesce(excluded.state, sources.state)",
        pbx=pbx, source=source, path=path, position=position, now=micros(now), state=state,
    )  # fmt: skip


def find_states(tx: Tx, pbx: str, source: str) -> dict[str, bytes]:
    """Where the followers of this kind of source stopped, by path."""
    rows = tx.all("select path, state from sources where pbx = :pbx and source = :source and state is not null", pbx=pbx, source=source)
    return {row["path"]: bytes(row["state"]) for row in rows}


def find_position(tx: Tx, pbx: str, source: str, path: str) -> int | None:
    """How far it was read; of a folder of recordings: how many there were."""
    row = tx.one("select position from sources where pbx = :pbx and source = :source and path = :path", pbx=pbx, source=source, path=path)
    return int(row["position"]) if row else None


def list_sources(tx: Tx, actor: Actor) -> list[Source]:
    require(actor, "admin")
    rows = tx.all(
        "select s.pbx, s.source, s.path, s.position, s.read_at, s.state, l.until as held_until from sources s"
        " left join leases l on l.name = 'follow ' || s.pbx || ' ' || s.source || ' ' || s.path order by s.pbx, s.source, s.path"
    )
    return [_source(row) for row in rows]


def _source(row: Row) -> Source:
    state, until = row["state"], row["held_until"]
    moments = {"read_at": moment(row["read_at"]), "held_until": None if until is None else moment(until)}
    return Source(**{**row, **moments, "state": None if state is None else bytes(state)})


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


_LINE = "pbx, source, path, position, text, reason, seen_at, zone, id"


def list_unreadable(tx: Tx, actor: Actor, limit: int = 1000, cursor: int | None = None) -> list[UnreadableLine]:
    """The lines that were not understood, newest first; `cursor`: below this id."""
    require(actor, "admin")
    below = "" if cursor is None else " where id < :cursor"
    rows = tx.all(f"select {_LINE} from unreadable{below} order by id desc limit :limit", limit=limit, cursor=cursor)
    return [_line(row) for row in rows]


def get_unreadable(tx: Tx, actor: Actor, id: int) -> UnreadableLine:
    require(actor, "admin")
    row = tx.one(f"select {_LINE} from unreadable where id = :id", id=id)
    if row is None:
        raise NotFound(f"there is no unreadable line {id}")
    return _line(row)


def _line(row: Row) -> UnreadableLine:
    return UnreadableLine(**{**row, "seen_at": moment(row["seen_at"])})


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
