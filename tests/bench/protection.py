"""Light questions alone, and while one and while some heavy ones go on without end: `python -m tests.bench protection [CALLS [SOME]]`;
four if it is not said.
"""

import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sized
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.bench.answering import Client, Request, answering
from tests.bench.multiplied import build
from tests.bench.over_http import at, machine
from tests.bench.questions import QUESTIONS
from tests.servers import postgres_server

LIGHT = ("newest page", "agent by number", "last agent of a known caller", "one call")
HEAVY = Request("GET", "/api/v1/calls?number=%25q%25")
"""Nobody has such a number, and two characters are too few for an index: the whole store is walked."""
TRIES = 1000
COLUMNS = ("alone", "one heavy", "{} heavy", "one that counts", "{} that count")
HEAD = f"| | {' | '.join(f'{name}: p50 | p99' for name in COLUMNS)} | heavy ones a second: one | {{}} |\n|{'---|' * 13}"


def main(size: int = 200_000, some: str = "4") -> None:
    """Build the stores, ask, print the table."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        server.run("create database bench")
        urls = {"SQLite": f"sqlite:///{folder}/bench.db", "PostgreSQL": server.url("bench")}
        for url in urls.values():
            build(url, size)
        table(urls, size, Path(folder), int(some))


def table(urls: dict[str, str], size: int, folder: Path, some: int) -> None:
    """Of each light question, without and with the heavy ones and beside processes that only count; how many heavy ones were answered."""
    print(f"\n{size:,} calls; {machine()}\n\n{HEAD.format(*[some] * 3)}")
    for engine, url in urls.items():
        with answering(url, folder / engine) as port:
            for name in LIGHT:
                found = [
                    _beside(beside, port, name, size)
                    for beside in (heavies(port, 0), heavies(port, 1), heavies(port, some), counting(1), counting(some))
                ]
                times = " | ".join(f"{at(times, part):.2f}" for times, _ in found for part in (0.5, 0.99))
                print(f"| {engine}: {name} | {times} | {found[1][1]:.1f} | {found[2][1]:.1f} |", flush=True)


def _beside(others: AbstractContextManager[Sized], port: int, name: str, size: int) -> tuple[list[float], float]:
    """Milliseconds of each light question, and how many heavy ones were answered a second meanwhile."""
    with others as answered:
        time.sleep(1)
        before, began = len(answered), time.perf_counter()
        times = _times(port, name, size)
        return times, (len(answered) - before) / (time.perf_counter() - began)


def _times(port: int, name: str, size: int) -> list[float]:
    client, dice, times = Client(port), random.Random(7), list[float]()
    for n in range(TRIES + 10):
        request = QUESTIONS[name](dice, size).request
        began = time.perf_counter()
        client.ask(request)
        if n >= 10:
            times.append((time.perf_counter() - began) * 1000)
    client.close()
    return times


@contextmanager
def heavies(port: int, count: int) -> Iterator[list[int]]:
    """Heavy questions from several clients, each asked again as soon as it is answered; their statuses."""
    answered, is_over = list[int](), threading.Event()

    def ask() -> None:
        client = Client(port)
        while not is_over.is_set():
            answered.append(client.ask(HEAVY)[0])
        client.close()

    threads = [threading.Thread(target=ask) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield answered
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


@contextmanager
def counting(count: int) -> Iterator[Sized]:
    """Processes that use a processor each and know nothing of us: what heavy ones cost where it is not we who hold them back."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield ()
    finally:
        for process in processes:
            process.kill()
            process.wait()
