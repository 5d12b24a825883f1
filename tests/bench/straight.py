"""The limits of what a server can do with some statements: the same driver in bare threads, and PostgreSQL's own client in C."""

import re
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import apsw
import psycopg

from telegraphone.db import Dialect, Row, Tx
from telegraphone.db.dialects import PostgresDialect
from tests.bench.load import Rate
from tests.bench.over_http import at
from tests.bench.touched import Heard, Statement
from tests.servers import Postgres, postgres_client

SCRIPTS, PLANNING_S = 24, 2
"""Each connection of pgbench plans each script once; those seconds do not count."""
Turn = Sequence[Statement]
"""What is sent for one request."""


class HeardWriting(Heard):
    """Remembers what was written, too."""

    def run(self, sql: str, **args: Any) -> int:
        self.said.append((sql, args))
        return self._tx.run(sql, **args)

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        self.said += [(sql, row) for row in rows]
        self._tx.run_many(sql, rows)

    def lock(self, name: str) -> None:
        if isinstance(self.dialect, PostgresDialect):
            self.all("select cast(pg_advisory_xact_lock(hashtextextended(:name, 1898)) as text)", name=name)


def heard(tx: Tx, answer: Callable[[Tx], Any]) -> tuple[Turn, Any]:
    """What is said for an answer, and the answer."""
    listening = HeardWriting(tx)
    found = answer(listening)
    listening.finish()
    return listening.said, found


def bare(url: str, turns: Sequence[Turn], threads: int, seconds: float, *, writes: bool) -> Rate:
    """One connection for each thread, prepared statements, rows as the driver gives them, and nothing made of them."""
    times: list[list[float]] = [[] for _ in range(threads)]
    ready = threading.Barrier(threads)

    def work(place: int) -> None:
        say, close = _opened(url, writes=writes)
        say(turns[place])
        ready.wait()
        until, turn = time.perf_counter() + seconds, place
        while (began := time.perf_counter()) < until:
            say(turns[turn % len(turns)])
            times[place].append((time.perf_counter() - began) * 1000)
            turn += threads
        close()

    workers = [threading.Thread(target=work, args=(place,)) for place in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    all_ = [one for some in times for one in some]
    return Rate(len(all_) / seconds, at(all_, 0.5), at(all_, 0.99))


def _opened(url: str, *, writes: bool) -> tuple[Callable[[Turn], None], Callable[[], None]]:
    return _sqlite(url, writes=writes) if url.startswith("sqlite") else _postgres(url, writes=writes)


def _postgres(url: str, *, writes: bool) -> tuple[Callable[[Turn], None], Callable[[], None]]:
    conn, sql = psycopg.connect(url, autocommit=True), PostgresDialect().sql

    def say(turn: Turn) -> None:
        for text, args in turn:
            cursor = conn.execute(sql(text).encode(), args, prepare=True, binary=True)
            if cursor.description:
                cursor.fetchall()

    def write(turn: Turn) -> None:
        with conn.transaction():
            say(turn)

    return (write if writes else say), conn.close


def _sqlite(url: str, *, writes: bool) -> tuple[Callable[[Turn], None], Callable[[], None]]:
    conn = apsw.Connection(url.removeprefix("sqlite:///"), statementcachesize=200)
    conn.set_busy_timeout(60_000)
    conn.execute("pragma synchronous=full; pragma foreign_keys=on; pragma cache_size=-16000")

    def say(turn: Turn) -> None:
        for text, args in turn:
            conn.execute(text, args).fetchall()

    def write(turn: Turn) -> None:
        conn.execute("begin immediate")
        say(turn)
        conn.execute("commit")

    return (write if writes else say), conn.close


def pgbench(server: Postgres, database: str, turns: Sequence[Turn], clients: int, seconds: int, folder: Path, *, writes: bool) -> float:
    """Turns a second of `pgbench -M prepared`, once its statements are planned, each turn a script with the values in it."""
    scripts: list[str] = []
    with psycopg.connect(server.url(database), cursor_factory=psycopg.ClientCursor) as conn:
        for place, turn in enumerate(turns[:SCRIPTS]):
            script = folder / f"{place}.sql"
            script.write_text("\n".join(_as_script(conn, turn, writes=writes)) + "\n")
            scripts += ["-f", str(script)]
    how = ["-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(PLANNING_S + seconds), "-P", "1"]
    command = [postgres_client("pgbench"), *how, "-h", server.folder, "-U", "postgres", *scripts, database]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    each = [float(tps) for tps in re.findall(r"^progress: .* s, ([0-9.]+) tps", told, re.MULTILINE)]
    return median(each[PLANNING_S:])


def _as_script(conn: "psycopg.Connection[Any]", turn: Turn, *, writes: bool) -> list[str]:
    dialect: Dialect = PostgresDialect()
    with conn.cursor() as cursor:
        assert isinstance(cursor, psycopg.ClientCursor)
        said = [f"{' '.join(cursor.mogrify(dialect.sql(text), args).split())};" for text, args in turn]
    return ["begin;", *said, "commit;"] if writes else said
