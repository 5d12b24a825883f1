"""What is asked of a search, in SQL: conditions that hold for a call, and candidates, the short lists in which all such calls stand."""

from datetime import datetime
from typing import Any

import msgspec

from ..access import Actor, given_lists, visible_calls
from ..db import Dialect, Row, micros
from ..model import CallId
from ..names import folded
from .id_ranges import id_ranges
from .number_patterns import number_candidate, number_condition


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
    """Where the calls that fulfil one condition are listed: the table, the column of their ids, and what must hold."""

    table: str
    id: str
    where: str
    named: str = ""
    """What must hold as well: that a column is among names of the directory."""

    @property
    def conditions(self) -> list[str]:
        return [self.where, self.named] if self.named else [self.where]


class Asked(msgspec.Struct, frozen=True):
    """A filter in SQL: conditions on a call `c` by name, and candidates by the same names, those that find fewest first."""

    where: dict[str, str]
    args: Row
    ids: tuple[str, ...] = ()
    """Conditions on ids alone, with `{id}` for the column."""
    candidates: dict[str, tuple[Candidate, ...]] = {}


_AGENTS = "(select number from agents where folded like :agent_part escape '!' union all select cast(:agent as text))"
_QUEUES = "(select name from queues where number = :queue or folded like :queue_part escape '!')"
LISTED = {
    "unique_id": Candidate("call_legs l", "l.call_id", "l.unique_id = :unique_id"),
    "agent": Candidate("call_agents a", "a.call_id", "a.talked_at is not null", f"a.agent in {_AGENTS}"),
    "queue": Candidate("call_queues q", "q.call_id", "1 = 1", f"q.queue in {_QUEUES}"),
    "queue_status": Candidate("call_queues q", "q.call_id", "q.outcome = :queue_status"),
}
"""What rows beside the call must say."""
PLAIN = {
    "start": "(c.started_at >= :start or c.ended_at >= :start)",
    "end": "c.started_at < :end",
    "since": "c.started_at >= :since",
    "before": "c.started_at < :before",
    "direction": "c.direction = :direction",
    "pbx": "c.pbx = :pbx",
    "outcome": "c.outcome = :outcome",
    "recorded": "c.is_recorded = :recorded",
    "min_duration": "c.talk_ms >= :min_duration",
    "max_duration": "c.talk_ms <= :max_duration",
}
NUMBERS = {"caller": ("c.caller_number",), "callee": ("c.dialled_number",), "number": ("c.caller_number", "c.dialled_number")}
_FEWEST_FIRST = ("unique_id", "reviewed", "value", "caller", "callee", "number", "agent", "queue", "given", "queue_status", "key")


def asked(dialect: Dialect, actor: Actor, wanted: CallFilter) -> Asked:
    """The filter in the words of this engine, with what the actor may see."""
    seen, args = visible_calls(actor)
    where = {f"seen {place}": condition for place, condition in enumerate(seen)}
    wanted = _within(actor, wanted)
    for name, condition in PLAIN.items():
        if (value := getattr(wanted, name)) is not None:
            where[name], args[name] = condition, _argument(value)
    ids, more = id_ranges(dialect, wanted.start, wanted.end, wanted.since, wanted.before, wanted.cursor)
    args |= more
    found: dict[str, tuple[Candidate, ...]] = {}
    if given := given_lists(actor)[0]:
        found["given"] = tuple(Candidate(one.table, f"{one.short}.call_id", one.where) for one in given)
    for part in (_listed, _numbers, _attached, _reviewed):
        part(dialect, wanted, where, found, args)
    ranked = {name: found[name] for name in _FEWEST_FIRST if name in found}
    return Asked(where, args, ids, ranked)


def _within(actor: Actor, wanted: CallFilter) -> CallFilter:
    """The span of time that a limited actor is given, as dates that are asked for: these are looked up by ids."""
    scope = actor.scope
    if scope is None:
        return wanted
    since, before = [at for at in (wanted.since, scope.from_) if at], [at for at in (wanted.before, scope.to) if at]
    return msgspec.structs.replace(wanted, since=max(since, default=None), before=min(before, default=None))


def _argument(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return round(value * 1000)
    return micros(value) if isinstance(value, datetime) else value


def _part(text: str) -> str:
    """Part of a folded name, as a LIKE pattern; nothing in the text is a wildcard."""
    inner = folded(text).replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{inner}%"


def _look_up(listed: Candidate) -> str:
    """A look-up for each call. `exists` would be made a join, in an order guessed from how common the value seems."""
    names = f"case when {listed.named} then 1 else 0 end = 1 and " if listed.named else ""  # not a join with the names, but a set of them
    return f"(select 1 from {listed.table} where {listed.id} = c.id and {names}{listed.where} limit 1) = 1"


Found = dict[str, tuple[Candidate, ...]]


def _listed(dialect: Dialect, wanted: CallFilter, where: dict[str, str], found: Found, args: Row) -> None:
    for name, listed in LISTED.items():
        if (text := getattr(wanted, name)) is not None:
            where[name], found[name], args[name] = _look_up(listed), (listed,), text
            if listed.named:
                args[f"{name}_part"] = _part(text)


def _numbers(dialect: Dialect, wanted: CallFilter, where: dict[str, str], found: Found, args: Row) -> None:
    for name, columns in NUMBERS.items():
        if (text := getattr(wanted, name)) is not None:
            where[name] = number_condition(dialect, columns, name, text)
            args[name] = dialect.pattern(text) if "%" in text else text
            tables, more = number_candidate(dialect, columns, name, text)
            args |= more
            if tables:
                found[name] = tuple(Candidate(table, "c.id", condition) for table, condition in tables)


def _attached(dialect: Dialect, wanted: CallFilter, where: dict[str, str], found: Found, args: Row) -> None:
    """`recording` is shown as the file id whether it was announced or found by name, so it is asked of the recordings."""
    if wanted.key is None:
        return
    name = "key" if wanted.value is None else "value"
    if wanted.key == "recording":
        listed = Candidate("recordings r", "r.call_id", "r.call_id is not null" if wanted.value is None else "r.id = :value")
    else:
        value = "" if wanted.value is None else " and d.value_key = :value"
        listed = Candidate("attached_data d", "d.call_id", f"d.is_current = 1 and d.key = :key{value}")
        args["key"] = wanted.key
    where[name], found[name] = _look_up(listed), (listed,)
    if wanted.value is not None:
        args["value"] = wanted.value if wanted.key == "recording" else value_key(wanted.value)


def _reviewed(dialect: Dialect, wanted: CallFilter, where: dict[str, str], found: Found, args: Row) -> None:
    """Those with a mark are a list; that there is none is looked up for each call."""
    if wanted.reviewed:
        listed = Candidate("call_reviews v", "v.call_id", "1 = 1")
        where["reviewed"], found["reviewed"] = _look_up(listed), (listed,)
    elif wanted.reviewed is not None:
        where["reviewed"] = "(select count(*) from call_reviews v where v.call_id = c.id) = 0"


def value_key(value: str) -> str:
    """What of an attached value is indexed: its beginning, and a hash of it all when it is longer (a B-tree row may not hold 64 KiB)."""
    if len(value) <= 64:
        return value
    from hashlib import blake2b

    return value[:64] + blake2b(value.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
