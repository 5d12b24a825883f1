"""Calls in SQL: finding them and reading them. How they are written stands in `put_calls.py`.

Only the conditions asked for are in a statement, and everything about a call comes in one: its row, its recordings, its attached data and
the directory's names of its queues and agents.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from ..access import Actor, visible_calls
from ..db import Dialect, Row, Tx, micros, moment
from ..errors import NotFound
from ..model import AgentTalk, Call, CallId, QueuePassage
from ..names import folded, full_name
from .recordings import Recording, recording_columns, recording_of

_DECODER = msgspec.msgpack.Decoder(Call)


class CallFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for; None means: any. All that is given must hold.

    `start` and `end` as in XiVO's search (`start`: starting or ending since), `since` and `before` on the start alone; `number` is
    either side.
    """

    agent: str | None = None
    queue: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    since: datetime | None = None
    before: datetime | None = None
    caller: str | None = None
    callee: str | None = None
    number: str | None = None
    direction: str | None = None
    queue_status: str | None = None
    key: str | None = None
    value: str | None = None
    unique_id: str | None = None
    pbx: str | None = None
    outcome: str | None = None
    recorded: bool | None = None
    min_duration: float | None = None
    cursor: CallId | None = None
    offset: int = 0
    limit: int = 50


class StoredCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it is kept: `call` has the agents' names and the queues' numbers of the directory of this moment.

    `queue_names` gives number and display name by the PBX's name of the queue; `agent_names` the name by number.
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


CONDITIONS = {
    "agent": "c.id in (select a.call_id from call_agents a where a.talked_at is not null and (a.agent = :agent"
    " or a.agent in (select number from agents where folded like :agent_part escape '!')))",
    "queue": "c.id in (select q.call_id from call_queues q where q.queue in"
    " (select name from queues where number = :queue or folded like :queue_part escape '!'))",
    "start": "(c.started_at >= :start or c.ended_at >= :start)",
    "end": "c.started_at < :end",
    "since": "c.started_at >= :since",
    "before": "c.started_at < :before",
    "direction": "c.direction = :direction",
    "queue_status": "c.id in (select q.call_id from call_queues q where q.outcome = :queue_status)",
    "unique_id": "c.id in (select l.call_id from call_legs l where l.unique_id = :unique_id)",
    "pbx": "c.pbx = :pbx",
    "outcome": "c.outcome = :outcome",
    "recorded": "c.is_recorded = :recorded",
    "min_duration": "c.talk_ms >= :min_duration",
    "cursor": "c.id < :cursor",
}
NUMBERS = {"caller": ("c.caller_number",), "callee": ("c.dialled_number",), "number": ("c.caller_number", "c.dialled_number")}


def list_calls(tx: Tx, actor: Actor, wanted: CallFilter) -> list[StoredCall]:
    """One page of calls, newest first: one statement."""
    where, args = _conditions(tx.dialect, actor, wanted)
    page = f"{_select(tx.dialect, where)} order by c.id desc limit :limit offset :offset"
    return [_stored(row) for row in tx.all(page, limit=wanted.limit, offset=wanted.offset, **args)]


def count_calls(tx: Tx, actor: Actor, wanted: CallFilter, bound: int = 10_000) -> int:
    """How many calls there are; beyond the bound, `bound + 1`: nobody waits for an exact million."""
    where, args = _conditions(tx.dialect, actor, wanted)
    row = tx.one(f"select count(*) as n from (select 1 from calls c{_where(where)} limit :bound) as counted", bound=bound + 1, **args)
    return int(row["n"]) if row else 0


def get_call(tx: Tx, actor: Actor, id: CallId) -> StoredCall:
    where, args = visible_calls(actor)
    row = tx.one(_select(tx.dialect, [*where, "c.id = :id"]), id=id, **args)
    if row is None:
        raise NotFound(f"there is no call {id}")
    return _stored(row)


def find_calls_with(tx: Tx, actor: Actor, unique_id: str, pbx: str | None = None, limit: int = 1000) -> list[StoredCall]:
    """The calls one of whose legs has this unique id, or which have it as linked id; recorded or not, newest first."""
    return list_calls(tx, actor, CallFilter(unique_id=unique_id, pbx=pbx, limit=limit))


def bodies_of_clusters(tx: Tx, clusters: Sequence[int]) -> dict[CallId, Call]:
    """The calls of these clusters as they were interpreted: for the system itself, which compares them."""
    ids = tx.dialect.list_argument(list(clusters))
    rows = tx.all(f"select id, body from calls where {tx.dialect.any_of('cluster_id', 'ids')}", ids=ids)
    return {CallId(row["id"]): _DECODER.decode(row["body"]) for row in rows}


def _conditions(dialect: Dialect, actor: Actor, wanted: CallFilter) -> tuple[list[str], Row]:
    where, args = visible_calls(actor)
    for name, condition in CONDITIONS.items():
        if (value := getattr(wanted, name)) is not None:
            where.append(condition)
            args[name] = _argument(value)
    for name in ("agent", "queue"):
        if (text := getattr(wanted, name)) is not None:
            args[f"{name}_part"] = _part(text)
    if wanted.min_duration is not None:
        args["min_duration"] = round(wanted.min_duration * 1000)
    for name, columns in NUMBERS.items():
        if (text := getattr(wanted, name)) is not None:
            where.append(_number_condition(dialect, columns, name, text))
            args[name] = dialect.pattern(text) if "%" in text else text
    _attached_condition(wanted, where, args)
    return where, args


def _argument(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return micros(value) if isinstance(value, datetime) else value


def _part(text: str) -> str:
    """Part of a folded name, as a LIKE pattern; nothing in the text is a wildcard."""
    inner = folded(text).replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{inner}%"


def _number_condition(dialect: Dialect, columns: tuple[str, ...], name: str, text: str) -> str:
    one = [dialect.matches(column, name) if "%" in text else f"{column} = :{name}" for column in columns]
    return f"({' or '.join(one)})"


def _attached_condition(wanted: CallFilter, where: list[str], args: Row) -> None:
    """`recording` is shown as the file id whether it was announced or found by name, so it is asked of the recordings."""
    if wanted.key is None:
        return
    if wanted.key == "recording":
        is_it = "" if wanted.value is None else " and r.id = :value"
        where.append(f"c.id in (select r.call_id from recordings r where r.call_id is not null{is_it})")
    elif wanted.value is None:
        where.append("c.id in (select d.call_id from attached_data d where d.is_current = 1 and d.key = :key)")
    else:
        where.append("c.id in (select d.call_id from attached_data d where d.is_current = 1 and d.key = :key and d.value_key = :value)")
    if wanted.key != "recording":
        args["key"] = wanted.key
    if wanted.value is not None:
        args["value"] = wanted.value if wanted.key == "recording" else value_key(wanted.value)


def value_key(value: str) -> str:
    """What of an attached value is indexed: its beginning, and a hash of it all when it is longer (a B-tree row may not hold 64 KiB)."""
    if len(value) <= 64:
        return value
    from hashlib import blake2b

    return value[:64] + blake2b(value.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _where(conditions: list[str]) -> str:
    return f" where {' and '.join(conditions)}" if conditions else ""


def _select(dialect: Dialect, where: list[str]) -> str:
    rows, row = dialect.json_rows, dialect.json_row
    return f"""
        select c.id, c.pbx, c.body, c.consultation_of, c.updated_at,
            (select {rows}({row}({recording_columns("r")}) order by r.position, r.id) from recordings r
                where r.call_id = c.id) as recordings,
            (select {rows}({row}(d.key, d.value) order by d.id) from attached_data d
                where d.call_id = c.id and d.is_current = 1) as attached,
            (select {rows}({row}(q.name, q.number, q.display_name)) from queues q
                where q.name in (select cq.queue from call_queues cq where cq.call_id = c.id)) as queue_names,
            (select {rows}({row}(a.number, a.firstname, a.lastname, a.name)) from agents a
                where a.number in (select ca.agent from call_agents ca where ca.call_id = c.id)) as agent_names
        from calls c{_where(where)}"""


def _json(value: Any) -> list[Any]:
    return msgspec.json.decode(value) if isinstance(value, str) else value or []


def _stored(row: Row) -> StoredCall:
    call = _DECODER.decode(row["body"])
    queues = {name: (number, display or name) for name, number, display in _json(row["queue_names"])}
    agents = {number: full_name(first, last, name) for number, first, last, name in _json(row["agent_names"])}
    return StoredCall(
        id=CallId(row["id"]),
        pbx=row["pbx"],
        call=_named(call, queues, agents),
        recordings=tuple(recording_of(columns, call) for columns in _json(row["recordings"])),
        attached_data={key: value for key, value in _json(row["attached"]) if value is not None},
        consultation_of=row["consultation_of"],
        updated_at=moment(row["updated_at"]),
        queue_names=queues,
        agent_names=agents,
    )


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
