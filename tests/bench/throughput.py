"""Answers a second with 1, 16 and 64 connections and one worker, beside the limits in the same run:
`python -m tests.bench throughput [CALLS]`.
"""

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from telegraphone.access import SYSTEM
from telegraphone.db import open_db
from telegraphone.sql.attached_data import attach
from telegraphone.sql.call_summaries import list_summaries
from telegraphone.sql.search.call_filter import CallFilter
from tests.bench import made_calls as made
from tests.bench.answering import Request, answering
from tests.bench.five_megabytes import ids_with_audio, put_files, ranges, wholes
from tests.bench.load import Rate, load
from tests.bench.multiplied import build
from tests.bench.nginx import PREFIX, nginx
from tests.bench.questions import QUESTIONS, Asking, Question
from tests.bench.store import NOW, call_ids
from tests.bench.straight import Turn, bare, heard, pgbench
from tests.programs import find_program, how_to_install
from tests.servers import Postgres, postgres_server

CONNECTIONS = (1, 16, 64)
THREADS = 16
ASKED = 300
PAGE = 20
BESIDE = {"ranges": "one call", "whole": "whole, nginx alone"}
"""With what the audio is compared that nginx sends for us."""


def _search(dice: random.Random, size: int) -> Asking:
    """XiVO's search as its users ask: of an agent, of a queue, of a caller, of a month, by turns."""
    start = NOW - timedelta(days=dice.randrange(30, made.DAYS))
    wanted: dict[str, Any] = dice.choice((
        {"agent": str(2000 + dice.randrange(made.AGENTS))}, {"queue": str(3000 + dice.randrange(made.QUEUES))},
        {"caller": made.number(made.caller(dice, size))}, {"start": start, "end": start + timedelta(days=30)},
    ))  # fmt: skip
    request = Request("POST", f"/records/search?pageSize={PAGE}", msgspec.json.encode(wanted))
    return Asking(request, lambda tx: list_summaries(tx, SYSTEM, CallFilter(recorded=True, limit=PAGE + 1, **wanted)))


def _attach(dice: random.Random, size: int) -> Asking:
    id, value = dice.choice(call_ids(size)), f"{dice.randrange(10**6)}"
    request = Request("POST", f"/call_data/{id}/attached_data", msgspec.json.encode([{"key": "bench", "value": value}]))
    return Asking(request, lambda tx: attach(tx, SYSTEM, id, [("bench", value)], NOW))


class Kind(NamedTuple):
    name: str
    question: Question
    writes: bool = False


SEARCH, ONE_CALL = Kind("search", _search), Kind("one call", QUESTIONS["one call"])
KINDS_OF_QUESTIONS = (
    SEARCH, Kind("callid_search", QUESTIONS["call of a unique id"]), Kind("last_agent", QUESTIONS["last agent of a known caller"]),
    ONE_CALL, Kind("attached_data", _attach, writes=True),
)  # fmt: skip


class Line(NamedTuple):
    """What was measured of a kind of question: by number of connections over HTTP, bare with 1 and 16 threads, by pgbench."""

    http: dict[int, Rate]
    bare: dict[int, Rate]
    pgbench: float | None


class Bench(NamedTuple):
    """What a run needs."""

    wrk: str
    nginx: str
    server: Postgres
    folder: Path
    size: int
    seconds: int


def main(size: int = 200_000, seconds: int = 2) -> None:
    """Print the tables."""
    programs = [find_program(name, name) for name in ("wrk", "nginx")]
    if None in programs:
        print(f"\nthis needs wrk and nginx, which are not here. Run: {how_to_install('wrk nginx')}")
        return
    wrk, proxy = programs
    assert wrk and proxy
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder, postgres_server() as server:
        print(f"\n{size:,} calls, one worker, {seconds} s each", flush=True)
        server.run("create database bench")
        one = Bench(wrk, proxy, server, Path(folder), size, seconds)
        urls = {"PostgreSQL": server.url("bench"), "SQLite": f"sqlite:///{folder}/bench.db"}
        for engine, url in urls.items():
            build(url, size)
            put_files(url, Path(folder) / engine / "media")
        targets = [found for engine, url in urls.items() for found in _measured(one, engine, url)]
        print("\n| target | wanted | measured |\n|---|---|---|")
        for target in targets:
            print(target)


def _measured(one: Bench, engine: str, url: str) -> list[str]:
    """Both tables of an engine, and the lines of the targets."""
    asked = _questions(one, engine, url)
    heard_of = _audio(one, engine, url)
    search = asked["search"]
    over = {name: line.http[1].p50 - line.bare[1].p50 for name, line in asked.items() if name != "attached_data"}
    redirected = {what: _share(heard_of, f"{what}, X-Accel-Redirect", beside) for what, beside in BESIDE.items()}
    shares = {
        "search, 16 connections, beside bare threads": ("≥ 0.70", f"{search.http[16].per_s / search.bare[16].per_s:.2f}"),
        "search, 16 connections, beside pgbench": ("≥ 0.12", f"{search.http[16].per_s / search.pgbench:.2f}" if search.pgbench else ""),
        "64 KiB ranges a second, 16 connections": ("≥ 1,500", f"{heard_of['ranges'][16].per_s:,.0f}"),
        "ranges by X-Accel-Redirect, beside one call": ("≥ 0.8", f"{redirected['ranges']:.2f}"),
        "whole files by X-Accel-Redirect, beside nginx alone": ("≥ 0.9", f"{redirected['whole']:.2f}"),
        "HTTP above the bare statement, 1 connection, p50": ("≤ 0.6 ms", ", ".join(f"{name} {ms:.2f}" for name, ms in over.items())),
    }
    return [f"| {engine}: {name} | {wanted} | {found} |" for name, (wanted, found) in shares.items() if found]


def _share(rates: dict[str, dict[int, Rate]], one: str, other: str) -> float:
    return rates[one][16].per_s / rates[other][16].per_s


def _questions(one: Bench, engine: str, url: str) -> dict[str, Line]:
    _head(engine, "bare p50", "bare, 16 threads", "share", "pgbench, 16", "share")
    lines: dict[str, Line] = {}
    with answering(url, one.folder / engine) as port:
        for kind in KINDS_OF_QUESTIONS:
            lines[kind.name] = _line(one, port, url, kind)
            print(f"| {kind.name} | {_cells(lines[kind.name])} |", flush=True)
    return lines


def _line(one: Bench, port: int, url: str, kind: Kind) -> Line:
    """Over HTTP first: the limits come after, so that nobody profits of pages that the others read."""
    requests, turns = _asked(kind, url, one.size)
    load(one.wrk, port, requests, 4, 1)
    http = {count: load(one.wrk, port, requests, count, one.seconds) for count in CONNECTIONS}
    straight = {threads: bare(url, turns, threads, one.seconds, writes=kind.writes) for threads in (1, THREADS)}
    if url.startswith("sqlite"):
        return Line(http, straight, None)
    with tempfile.TemporaryDirectory(dir=one.folder) as scripts:
        c = pgbench(one.server, "bench", turns, THREADS, one.seconds, Path(scripts), writes=kind.writes)
    return Line(http, straight, c)


def _asked(kind: Kind, url: str, size: int) -> tuple[list[Request], list[Turn]]:
    """Requests that find something, and what the server says to the database for each."""
    db, dice = open_db(url, readers=1), random.Random(1898)
    requests: list[Request] = []
    turns: list[Turn] = []
    while len(requests) < ASKED:
        asking = kind.question(dice, size)
        with db.transaction("write" if kind.writes else "read") as tx:
            turn, found = heard(tx, asking.answer)
        if found:
            requests.append(asking.request)
            turns.append(turn)
    db.close()
    return requests, turns


def _head(engine: str, *more: str) -> None:
    names = [engine, *(cell for count in CONNECTIONS for cell in (f"{count}: a second", "p50", "p99")), "CPU, ms", *more]
    print(f"\n| {' | '.join(names)} |\n|{'---|' * len(names)}")


def _http_cells(rates: dict[int, Rate]) -> list[str]:
    cells = [cell for rate in rates.values() for cell in (f"{rate.per_s:,.0f}", f"{rate.p50:.2f}", f"{rate.p99:.2f}")]
    return [*cells, f"{rates[THREADS].cpu:.2f}"]


def _cells(line: Line) -> str:
    most = line.http[THREADS].per_s
    beside = (f"{line.pgbench:,.0f}", f"{most / line.pgbench:.2f}") if line.pgbench else ("", "")
    limits = (f"{line.bare[1].p50:.2f}", f"{line.bare[THREADS].per_s:,.0f}", f"{most / line.bare[THREADS].per_s:.2f}", *beside)
    return " | ".join((*_http_cells(line.http), *limits))


def _audio(one: Bench, engine: str, url: str) -> dict[str, dict[int, Rate]]:
    """The table of ranges and whole files, by whom they are sent."""
    _head(engine)
    rates: dict[str, dict[int, Rate]] = {}
    for name, port, requests in _senders(one, engine, url):
        load(one.wrk, port, requests, 4, 1)
        rates[name] = {count: load(one.wrk, port, requests, count, one.seconds) for count in CONNECTIONS}
        print(f"| {name} | {' | '.join(_http_cells(rates[name]))} |", flush=True)
    return rates


def _senders(one: Bench, engine: str, url: str) -> Iterator[tuple[str, int, Sequence[Request]]]:
    """Who sends what, where."""
    folder, ids, ours, theirs = one.folder / engine, ids_with_audio(url), "/records/{}/audio", "/{}.wav"
    with answering(url, folder) as port:
        yield "ranges", port, ranges(ids, ours)
        yield "whole", port, wholes(ids, ours)
    with ExitStack() as stack:
        port = stack.enter_context(answering(url, folder, accel_redirect=PREFIX, trusted_proxies="127.0.0.1"))
        front, files = stack.enter_context(nginx(one.nginx, port, folder / "media", folder / "nginx"))
        yield "one call", front, _asked(ONE_CALL, url, one.size)[0]
        yield "ranges, X-Accel-Redirect", front, ranges(ids, ours)
        yield "whole, X-Accel-Redirect", front, wholes(ids, ours)
        yield "ranges, nginx alone", files, ranges(ids, theirs)
        yield "whole, nginx alone", files, wholes(ids, theirs)
