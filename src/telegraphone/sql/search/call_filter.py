"""What is asked of a search, in SQL: conditions that hold for a call, and where such calls are listed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args

import msgspec

from ...access import Actor, visible_calls
from ...db import Dialect, Row, Tx, micros
from ...model import CallId, Direction, Outcome
from ...names import folded
from .id_ranges import IdRange, id_range, plain_range
from .number_patterns import heard_numbers, is_by_ending, number_candidate, number_condition


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
    reviewed: bool | None = None
    min_duration: float | None = None
    max_duration: float | None = None
    cursor: CallId | None = None
    offset: int = 0
    limit: int = 50


class Candidate(msgspec.Struct, frozen=True):
    """Where the calls that fulfil one condition are listed, in no order: the table, the column of their ids, and what must hold.

    `numbers`: those whose calls they are, each with when it was last heard of.
    """

    table: str
    id: str
    where: str
    numbers: str = ""


class Stream(msgspec.Struct, frozen=True):
    """The same by a key, in an index that has the calls of each key in the order of their ids: `keys` names the parameter, a list.

    `before`: the column that stands before the key in the index, and its value.
    """

    table: str
    id: str
    key: str
    keys: str
    where: str = "1 = 1"
    before: tuple[str, str] | None = None

    @property
    def leading(self) -> list[tuple[str, str]]:
        """The columns of the index before the id, and what they must be; `k.value` is the key."""
        return [*([self.before] if self.before else []), (self.key, "k.value")]


class Asked(msgspec.Struct, frozen=True):
    """A filter in SQL. A call `c` must fulfil `where`, and `{id}` all of `looked_up`; both by the names of what was asked.

    By the same names `streams` and `lists` tell where such calls are listed; `ranked` has those names, the ones that find fewest first.
    """

    where: dict[str, str]
    looked_up: dict[str, str]
    args: Row
    ids: IdRange
    streams: dict[str, tuple[Stream, ...]]
    lists: dict[str, tuple[Candidate, ...]]
    ranked: tuple[str, ...]
    is_empty: bool = False
    """Whether no call can fulfil it: nobody is called so, or nothing is given to see."""


AGENT = Stream("call_agents a", "a.call_id", "a.agent", "agent_keys", "a.talked_at is not null")
QUEUE = Stream("call_queues q", "q.call_id", "q.queue", "queue_keys")
LISTED = {
    "unique_id": Stream("call_legs l", "l.call_id", "l.unique_id", "unique_id_keys"),
    "queue_status": Stream("call_queues q", "q.call_id", "q.outcome", "queue_status_keys"),
}
"""What rows beside the call must say."""
PLAIN = {
    "start": "(c.started_at >= :start or c.ended_at >= :start)",
    "end": "c.started_at < :end",
    "since": "c.started_at >= :since",
    "before": "c.started_at < :before",
    "pbx": "c.pbx = :pbx",
    "min_duration": "c.talk_ms >= :min_duration",
    "max_duration": "c.talk_ms <= :max_duration",
}
NUMBERS = {"caller": ("c.caller_number",), "callee": ("c.dialled_number",), "number": ("c.caller_number", "c.dialled_number")}
_FEWEST_FIRST = (
    "unique_id", "reviewed", "value", "caller", "callee", "number", "agent", "queue", "given", "queue_status", "kind", "key",
)  # fmt: skip


def asked(tx: Tx, actor: Actor, wanted: CallFilter) -> Asked:
    """The filter in the words of this engine, with what the actor may see. Names are looked up in the directory first."""
    seen, args = visible_calls(actor)
    where = {f"seen {place}": condition for place, condition in enumerate(seen)}
    wanted = _within(actor, wanted)
    for name, condition in PLAIN.items():
        if (value := getattr(wanted, name)) is not None:
            where[name], args[name] = condition, _argument(value)
    if wanted.recorded is not None:  # in the text: the calls that are recorded have an index of their own
        where["recorded"] = f"c.is_recorded = {int(wanted.recorded)}"
    ids, more = id_range(tx.dialect, wanted.start, wanted.end, wanted.since, wanted.before, wanted.cursor)
    if any(is_by_ending(getattr(wanted, name) or "") for name in NUMBERS):
        ids, more = plain_range(tx, ids, args | more)
    what = Asked(where, {}, args | more, ids, {}, {}, ())
    _given(tx.dialect, actor, what)
    for part in (_listed, _numbers, _attached, _kind, _reviewed):
        part(tx.dialect, wanted, what)
    keys = _named(tx, wanted, what)
    ranked = tuple(name for name in _FEWEST_FIRST if name in what.streams or name in what.lists)
    return msgspec.structs.replace(what, ranked=ranked, is_empty=not all((*keys, *what.streams.values())))


def _given(dialect: Dialect, actor: Actor, what: Asked) -> None:
    """Where the calls of a limited actor are listed: only a way to find them, since `visible_calls` decides."""
    scope, keys = actor.scope, {"given_queues": QUEUE, "given_agents": AGENT}
    if scope is None or scope.is_everything:
        return
    values = {"given_queues": scope.queues, "given_agents": scope.agents}
    what.streams["given"] = tuple(msgspec.structs.replace(stream, keys=name) for name, stream in keys.items() if values[name])
    what.args.update({name: dialect.list_argument(list(some)) for name, some in values.items() if some})


def _within(actor: Actor, wanted: CallFilter) -> CallFilter:
    """The span of time that a limited actor is given, as dates that are asked for: these are looked up by ids."""
    scope = actor.scope
    if scope is None:
        return wanted
    since, before = [at for at in (wanted.since, scope.from_) if at], [at for at in (wanted.before, scope.to) if at]
    return msgspec.structs.replace(wanted, since=max(since, default=None), before=min(before, default=None))


def _argument(value: Any) -> Any:
    if isinstance(value, float):
        return round(value * 1000)
    return micros(value) if isinstance(value, datetime) else value


def _part(text: str) -> str:
    """Part of a folded name, as a LIKE pattern; nothing in the text is a wildcard."""
    inner = folded(text).replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{inner}%"


def _look_up(dialect: Dialect, stream: Stream) -> str:
    """A look-up for each call. `exists` would be made a join, in an order guessed from how common the value seems."""
    some = dialect.any_of(stream.key, stream.keys)
    before = "".join(f" and {column} = {value}" for column, value in stream.leading[:-1])
    return f"(select 1 from {stream.table} where {stream.id} = {{id}} and {some}{before} and {stream.where} limit 1) = 1"


def _add(dialect: Dialect, what: Asked, name: str, stream: Stream, keys: Sequence[str]) -> None:
    what.streams[name], what.looked_up[name] = (stream,), _look_up(dialect, stream)
    what.args[stream.keys] = dialect.list_argument(keys)


def _listed(dialect: Dialect, wanted: CallFilter, what: Asked) -> None:
    for name, stream in LISTED.items():
        if (text := getattr(wanted, name)) is not None:
            _add(dialect, what, name, stream, [text])


def _named(tx: Tx, wanted: CallFilter, what: Asked) -> list[list[str]]:
    """Agents and queues by number or part of the name: the keys under which they stand, for each of the two that is asked for."""
    agent = "select 'agent' as what, number as key from agents where folded like :agent_part escape '!'"
    queue = "select 'queue' as what, name as key from queues where number = :queue or folded like :queue_part escape '!'"
    parts, args = [], Row()
    if wanted.agent is not None:
        parts, args = [agent], {"agent_part": _part(wanted.agent)}
    if wanted.queue is not None:
        parts, args = [*parts, queue], {**args, "queue": wanted.queue, "queue_part": _part(wanted.queue)}
    rows = tx.all(" union all ".join(parts), **args) if parts else []
    found: list[list[str]] = []
    for name, text, stream in (("agent", wanted.agent, AGENT), ("queue", wanted.queue, QUEUE)):
        if text is not None:
            keys = {row["key"] for row in rows if row["what"] == name} | ({text} if name == "agent" else set())
            _add(tx.dialect, what, name, stream, sorted(keys))
            found.append(sorted(keys))
    return found


def _numbers(dialect: Dialect, wanted: CallFilter, what: Asked) -> None:
    for name, columns in NUMBERS.items():
        if (text := getattr(wanted, name)) is None:
            continue
        what.where[name] = number_condition(dialect, columns, name, text)
        what.args[name] = dialect.pattern(text) if "%" in text else text
        if "%" not in text:
            exact = [dialect.exact(column.replace("c.", "x.")) for column in columns]
            what.streams[name] = tuple(Stream("calls x", "x.id", column, f"{name}_keys") for column in exact)
            what.args[f"{name}_keys"] = dialect.list_argument([text])
        elif tables := number_candidate(dialect, columns, name, text, what.ids):
            what.args.update(tables[1])
            numbers = heard_numbers(dialect, name, text, what.ids) if is_by_ending(text) else ""
            what.lists[name] = tuple(Candidate(table, "c.id", condition, numbers) for table, condition in tables[0])


def _attached(dialect: Dialect, wanted: CallFilter, what: Asked) -> None:
    """`recording` is shown as the file id whether it was announced or found by name, so it is asked of the recordings."""
    key, value = wanted.key, wanted.value
    if key is None:
        return
    if key == "recording" and value is None:
        what.where["key"] = "(select 1 from recordings r where r.call_id = c.id limit 1) = 1"
    elif key == "recording":
        _add(dialect, what, "value", Stream("recordings r", "r.call_id", "r.id", "value_keys", "r.call_id is not null"), [value or ""])
    elif value is None:
        _add(dialect, what, "key", Stream("attached_data d", "d.call_id", "d.key", "key_keys", "d.is_current = 1"), [key])
    else:
        stream = Stream("attached_data d", "d.call_id", "d.value_key", "value_keys", "d.is_current = 1", ("d.key", ":key"))
        _add(dialect, what, "value", stream, [value_key(value)])
        what.args["key"] = key


def _kind(dialect: Dialect, wanted: CallFilter, what: Asked) -> None:
    """Directions and outcomes are few: one index has the calls of each pair of them."""
    if wanted.direction is None and wanted.outcome is None:
        return
    directions = [wanted.direction] if wanted.direction else get_args(Direction)
    outcomes = [wanted.outcome] if wanted.outcome else get_args(Outcome)
    conditions = []
    for name, value in (("direction", wanted.direction), ("outcome", wanted.outcome)):
        if value is not None:
            conditions.append(f"c.{name} = :{name}")
            what.args[name] = value
    what.where["kind"] = " and ".join(conditions)
    what.streams["kind"] = tuple(
        Stream("calls x", "x.id", "x.outcome", "outcome_keys", before=("x.direction", f"'{one}'")) for one in directions
    )
    what.args["outcome_keys"] = dialect.list_argument(list(outcomes))


def _reviewed(dialect: Dialect, wanted: CallFilter, what: Asked) -> None:
    """Those with a mark are a list; that there is none is looked up for each call."""
    if wanted.reviewed is None:
        return
    what.where["reviewed"] = f"(select count(*) from call_reviews v where v.call_id = c.id) = {int(wanted.reviewed)}"
    if wanted.reviewed:
        what.lists["reviewed"] = (Candidate("call_reviews v", "v.call_id", "1 = 1"),)


def value_key(value: str) -> str:
    """What of an attached value is indexed: its beginning, and a hash of it all when it is longer (a B-tree row may not hold 64 KiB)."""
    if len(value) <= 64:
        return value
    from hashlib import blake2b

    return value[:64] + blake2b(value.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
