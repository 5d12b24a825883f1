"""Data that dialplans, CRMs and people put on calls. Every change is kept; the last value of a key is the current one."""

from collections.abc import Sequence
from datetime import datetime

from ..access import Actor, require, visible_calls
from ..db import Dialect, Row, Tx, micros
from ..errors import Conflict, NotFound
from ..model import Attached, CallId
from .people.access_log import add_change
from .people.visible import check_visible
from .search.call_filter import value_key
from .server.changes import Change, add_changes

Pair = tuple[str, str]
_INSERT = (
    "insert into attached_data (call_id, key, value, value_key, at, actor, is_current)"
    " values (:call_id, :key, :value, :value_key, :at, :actor, :is_current)"
)


def attached_column(dialect: Dialect) -> str:
    """The current data of call `c`, in one JSON value: pairs of key and value; one that was removed has none."""
    rows = f"{dialect.json_rows}({dialect.json_row}(d.key, d.value) order by d.id)"
    return f"(select cast({rows} as text) from attached_data d where d.call_id = c.id and d.is_current = 1)"


def find_call_to_attach(tx: Tx, actor: Actor, unique_id: str) -> list[tuple[CallId, str]]:
    """Calls with this unique id and their PBX; a channel that an attended transfer moved counts for the call in which it ended."""
    where, args = visible_calls(actor)
    rows = tx.all(
        "select distinct c.id, c.pbx, l.is_last from call_legs l join calls c on c.id = l.call_id"
        f" where {' and '.join(['l.unique_id = :unique_id', *where])} order by c.id desc",
        unique_id=unique_id, **args,
    )  # fmt: skip
    ended_in = [row for row in rows if row["is_last"]] or rows
    return [(CallId(row["id"]), row["pbx"]) for row in ended_in]


def attach(tx: Tx, actor: Actor, call_id: CallId, pairs: Sequence[Pair], now: datetime) -> dict[str, str]:
    """Put all pairs on the call, or none; all of the call's current data. `recording` may only name what is known to be this call's."""
    require(actor, "attach")
    check_visible(tx, actor, call_id)
    for key, value in pairs:
        if key == "recording" and not _has_recording(tx, call_id, value):
            raise Conflict(f"recording: {value!r:.200} is not known to be a recording of call {call_id}")
    _retire(tx, call_id, [key for key, _ in pairs])
    rows = [_row(call_id, key, value, now, actor.name, is_current=False) for key, value in pairs]
    for index in _last_places(pairs):
        rows[index]["is_current"] = 1
    tx.run_many(_INSERT, rows)
    _tell_changed(tx, call_id, now)
    add_change(tx, actor, "attach", ", ".join(dict.fromkeys(key for key, _ in pairs)), now, call_id=call_id)
    return list_attached(tx, call_id)


def remove_attached(tx: Tx, actor: Actor, call_id: CallId, key: str, now: datetime) -> None:
    """Take a key off the call. That it was there stays known."""
    require(actor, "attach")
    check_visible(tx, actor, call_id)
    if key not in list_attached(tx, call_id):
        raise NotFound(f"call {call_id} has no attached data {key!r:.150}")
    if key == "recording":
        raise Conflict("recording: what the PBX announced cannot be taken back")
    _retire(tx, call_id, [key])
    tx.run_many(_INSERT, [_row(call_id, key, None, now, actor.name, is_current=True)])
    _tell_changed(tx, call_id, now)
    add_change(tx, actor, "detach", key, now, call_id=call_id)


def _tell_changed(tx: Tx, call_id: CallId, now: datetime) -> None:
    row = tx.one("update calls set updated_at = :now where id = :id returning pbx, outcome", now=micros(now), id=call_id)
    if row is not None:
        add_changes(tx, [Change("call.changed", row["pbx"], call_id, {"outcome": row["outcome"]})], now)


def list_attached(tx: Tx, call_id: CallId) -> dict[str, str]:
    """The current value of each key, in the order in which they were put."""
    rows = tx.all("select key, value from attached_data where call_id = :id and is_current = 1 order by id", id=call_id)
    return {row["key"]: row["value"] for row in rows if row["value"] is not None}


def put_told(tx: Tx, told: dict[CallId, tuple[Attached, ...]], renewed: Sequence[CallId]) -> None:
    """What the PBX attached, whole for each call. `renewed` are the calls that had such rows before: what people attached stays."""
    kept = _take_out_told(tx, renewed)
    rows: list[Row] = []
    for call_id, attached in told.items():
        rows += told_rows(call_id, attached, kept.get(call_id, []))
    tx.run_many(_INSERT, rows)


def told_rows(call_id: CallId, attached: Sequence[Attached], kept: Sequence[Row] = ()) -> list[Row]:
    """What the PBX attached, among the rows of what people did."""
    said = [_row(call_id, pair.key, pair.value, pair.at, None, is_current=False) for pair in attached]
    return _with_current(said, kept)


def _take_out_told(tx: Tx, renewed: Sequence[CallId]) -> dict[CallId, list[Row]]:
    if not renewed:
        return {}
    some, ids = tx.dialect.any_of("call_id", "ids"), tx.dialect.list_argument(renewed)
    tx.run(f"delete from attached_data where {some} and actor is null", ids=ids)
    kept: dict[CallId, list[Row]] = {}
    columns = "id, call_id, key, value, value_key, at, actor, is_current"
    for row in tx.all(f"select {columns} from attached_data where {some} order by id", ids=ids):
        kept.setdefault(CallId(row["call_id"]), []).append(row)
    for call_id in kept:
        tx.run("delete from attached_data where call_id = :id", id=call_id)
    return kept


def _with_current(said: list[Row], kept: Sequence[Row]) -> list[Row]:
    """Rows in the order of their moments, the last of each key marked."""
    rows = sorted([*said, *kept], key=lambda row: int(row["at"])) if kept else said
    last = {row["key"]: index for index, row in enumerate(rows)}
    return [{**row, "is_current": int(last[row["key"]] == index)} for index, row in enumerate(rows)]


def _last_places(pairs: Sequence[Pair]) -> list[int]:
    return list({key: index for index, (key, _) in enumerate(pairs)}.values())


def _row(call_id: CallId, key: str, value: str | None, at: datetime, actor: str | None, *, is_current: bool) -> Row:
    return {
        "call_id": call_id, "key": key, "value": value, "value_key": value_key(value or ""),
        "at": micros(at), "actor": actor, "is_current": int(is_current),
    }  # fmt: skip


def _retire(tx: Tx, call_id: CallId, keys: list[str]) -> None:
    tx.run(
        f"update attached_data set is_current = 0 where call_id = :id and is_current = 1 and {tx.dialect.any_of('key', 'keys')}",
        id=call_id, keys=tx.dialect.list_argument(keys),
    )  # fmt: skip


def _has_recording(tx: Tx, call_id: CallId, file_id: str) -> bool:
    return tx.one("select 1 as one from recordings where id = :file_id and call_id = :id", file_id=file_id, id=call_id) is not None
