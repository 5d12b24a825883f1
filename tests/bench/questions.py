"""Each question that people ask of a store, with ever other words, on both engines: `python -m tests.bench questions [CALLS]`."""

import math
import random
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from telegraphone.access import SYSTEM
from telegraphone.db import Db, Tx, open_db
from telegraphone.model import CallId
from telegraphone.numbers import canonical
from telegraphone.sql import calls
from telegraphone.sql.calls import CallFilter, count_calls, list_calls
from telegraphone.sql.history import list_history
from telegraphone.sql.last_agent import find_last_agent
from tests.bench import made_calls as made
from tests.bench.store import COUNTRY, NOW, fill
from tests.servers import postgres_server

TRIES = 100
BOUND_S = 6.0
"""No question is asked again after this."""
Question = Callable[[Tx, random.Random, int], Any]


class Line(NamedTuple):
    tries: int
    times_ms: list[float]
    statements: int

    def at(self, part: float) -> float:
        return sorted(self.times_ms)[max(math.ceil(len(self.times_ms) * part) - 1, 0)]


def main(size: int = 200_000, tries: int = TRIES) -> None:
    """Build the stores, ask, print the table."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server, ExitStack() as stack:
        server.run("create database bench")
        urls = {"SQLite": f"sqlite:///{folder}/bench.db", "PostgreSQL": server.url("bench")}
        dbs: dict[str, Db] = {}
        print(f"\n{size:,} calls", end="")
        for engine, url in urls.items():
            began = time.perf_counter()
            fill(url, size)
            print(f"; built in {engine} in {time.perf_counter() - began:.0f} s", end="", flush=True)
            dbs[engine] = open_db(url, readers=1)
            stack.callback(dbs[engine].close)
        print(f"; bytes a call: {_sizes(dbs, Path(folder), size)}\n\n{_HEAD}", flush=True)
        for name, question in QUESTIONS.items():
            print(_row(name, [_ask(db, question, size, tries) for db in dbs.values()]), flush=True)


_HEAD = (
    "| question | SQLite p50 | p95 | p99 | max | PostgreSQL p50 | p95 | p99 | max | statements |\n|---|---|---|---|---|---|---|---|---|---|"
)


def _sizes(dbs: dict[str, Db], folder: Path, size: int) -> str:
    sqlite = sum(file.stat().st_size for file in folder.glob("bench.db*"))
    with dbs["PostgreSQL"].transaction("read") as tx:
        row = tx.one("select pg_database_size(current_database())::bigint as n")
    return f"SQLite {sqlite // size:,}, PostgreSQL {(row or {'n': 0})['n'] // size:,}"


def _row(name: str, lines: list[Line]) -> str:
    cells = [f"{line.at(part):.2f}" for line in lines for part in (0.5, 0.95, 0.99, 1.0)]
    few = {line.tries for line in lines if line.tries < TRIES}
    return f"| {name}{f' ({min(few)} tries)' if few else ''} | {' | '.join(cells)} | {max(line.statements for line in lines)} |"


def _ask(db: Db, question: Question, size: int, tries: int) -> Line:
    """The first answer does not count: it opens pages and prepares statements."""
    dice, times, statements, until = random.Random(7), [], 0, time.perf_counter() + BOUND_S
    with db.transaction("read") as tx:
        question(tx, random.Random(6), size)
        while len(times) < tries and (not times or time.perf_counter() < until):
            tx.statements, began = 0, time.perf_counter()
            question(tx, dice, size)
            times.append((time.perf_counter() - began) * 1000)
            statements = max(statements, tx.statements)
    return Line(len(times), times, statements)


def search(**wanted: Callable[[random.Random, int], Any]) -> Question:
    def ask(tx: Tx, dice: random.Random, size: int) -> Any:
        fields = {name: value(dice, size) for name, value in wanted.items()}
        return list_calls(tx, SYSTEM, CallFilter(**fields))

    return ask


def always(value: Any) -> Callable[[random.Random, int], Any]:
    return lambda dice, size: value


def _number(dice: random.Random, size: int) -> str:
    return made.number(made.caller(dice, size))


def _start(digits: int) -> Callable[[random.Random, int], str]:
    return lambda dice, size: f"{_number(dice, size)[:digits]}%"


def _end(digits: int) -> Callable[[random.Random, int], str]:
    return lambda dice, size: f"%{_number(dice, size)[-digits:]}"


def _middle(digits: int) -> Callable[[random.Random, int], str]:
    return lambda dice, size: f"%{_number(dice, size)[1 : 1 + digits]}%"


def _agent(dice: random.Random, size: int) -> str:
    return str(2000 + dice.randrange(made.AGENTS))


def _queue(dice: random.Random, size: int) -> str:
    return str(3000 + dice.randrange(made.QUEUES))


def _case(dice: random.Random, size: int) -> str:
    return f"C{dice.randrange(size) * 7919 % 1_000_000_007:010}"


def _name_part(dice: random.Random, size: int) -> str:
    return dice.choice(("falco", "lefev", "dino", "noel 3", "martin 12", "ine", "oux", "girard 40"))


def _within(days: int) -> dict[str, Callable[[random.Random, int], Any]]:
    """A span of so many days, anywhere: `before` is drawn alike by a die of its own."""
    spans = {n: NOW - timedelta(days=n) for n in range(days, made.DAYS)}
    drawn: list[int] = []

    def since(dice: random.Random, size: int) -> Any:
        drawn[:] = [dice.randrange(days, made.DAYS)]
        return spans[drawn[0]]

    return {"since": since, "before": lambda dice, size: spans[drawn[0]] + timedelta(days=days)}


def _deep(page: int, *, by_cursor: bool) -> Question:
    def ask(tx: Tx, dice: random.Random, size: int) -> Any:
        if not by_cursor:
            return list_calls(tx, SYSTEM, CallFilter(offset=min(page * 50, size), limit=50))
        at = NOW - timedelta(days=made.DAYS * min(page * 50 / size, 1))
        return list_calls(tx, SYSTEM, CallFilter(cursor=CallId(int(at.timestamp() * 1000) * 1024)))

    return ask


def _history(interface: str) -> Question:
    return lambda tx, dice, size: list_history(tx, SYSTEM, interface=interface, since=None, limit=50)


def _last_agent(who: Callable[[random.Random, int], str]) -> Question:
    return lambda tx, dice, size: find_last_agent(tx, SYSTEM, canonical(who(dice, size), COUNTRY), made.BEGINNING)


def _whole_call(tx: Tx, dice: random.Random, size: int) -> Any:
    return calls.find_calls_with(tx, SYSTEM, f"{1_700_000_000 + dice.randrange(size)}.1")


def _count(**wanted: Any) -> Question:
    return lambda tx, dice, size: count_calls(tx, SYSTEM, CallFilter(**wanted))


def _rarely_meet(dice: random.Random, size: int) -> str:
    return str(2000 + dice.randrange(20))


QUESTIONS: dict[str, Question] = {
    "newest page": search(),
    "agent by number": search(agent=_agent),
    "part of an agent's name": search(agent=_name_part),
    "queue": search(queue=_queue),
    "agent, queue, 30 days": search(agent=_agent, queue=_queue, **_within(30)),
    "30 days": search(**_within(30)),
    "XiVO start and end, 30 days": search(start=_within(30)["since"], end=always(NOW)),
    "exact number, either side": search(number=_number),
    "exact number of a caller": search(caller=_number),
    **{f"number's start, {n} digits": search(number=_start(n)) for n in (3, 4, 6, 8)},
    **{f"number's end, {n} digits": search(number=_end(n)) for n in (3, 4, 6, 8)},
    **{f"number's middle, {n} digits": search(number=_middle(n)) for n in (3, 4, 6, 8)},
    "number's middle, 4 digits, 30 days": search(number=_middle(4), **_within(30)),
    "key and rare value": search(key=always("case"), value=_case),
    "key and common value": search(key=always("topic"), value=lambda dice, size: dice.choice(made.TOPICS)),
    "key and absent value": search(key=always("topic"), value=always("nothing")),
    "key alone": search(key=always("topic")),
    "agent and queue that rarely meet": search(agent=_rarely_meet, queue=always("3039")),
    "topic and agent that nobody has": search(key=always("topic"), value=always("invoice"), agent=always("9999")),
    "number that nobody has": search(number=always("0999999999")),
    "number's middle that nobody has": search(number=always("%#123%")),
    "three digits' start that nobody has": search(number=always("099%")),
    "direction": search(direction=lambda dice, size: dice.choice(("incoming", "outgoing"))),
    "queueCallStatus": search(queue_status=lambda dice, size: dice.choice(("abandoned", "timeout", "closed"))),
    "call of a unique id": _whole_call,
    "page 1000": _deep(1000, by_cursor=False),
    "page 1000 by cursor": _deep(1000, by_cursor=True),
    "page 100 000": _deep(100_000, by_cursor=False),
    "page 100 000 by cursor": _deep(100_000, by_cursor=True),
    "history of a busy telephone": _history("PJSIP/trunk"),
    "history of a quiet telephone": _history("PJSIP/1400"),
    "last agent of a known caller": _last_agent(_number),
    "last agent of an unknown caller": _last_agent(lambda dice, size: "0788888888"),
    "last agent of a frequent caller": _last_agent(lambda dice, size: made.number(1)),
    "count of all, bounded": _count(),
    "count of a common value, bounded": _count(key="topic", value="invoice"),
    "count of a number's middle, bounded": _count(number="%345%"),
}
