"""Light questions alone, and while four heavy ones go on without end: `python -m tests.bench protection [CALLS]`."""

import random
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.answering import Client, Request, answering
from tests.bench.multiplied import build
from tests.bench.over_http import at, machine
from tests.bench.questions import QUESTIONS
from tests.servers import postgres_server

LIGHT = ("newest page", "agent by number", "last agent of a known caller", "one call")
HEAVY = Request("GET", "/api/v1/calls?number=%25q%25")
"""Nobody has such a number, and two characters are too few for an index: the whole store is walked."""
HEAVIES, TRIES = 4, 200
HEAD = "| | alone p50 | p99 | beside four heavy ones p50 | p99 | heavy ones answered |\n|---|---|---|---|---|---|"


def main(size: int = 200_000) -> None:
    """Build the stores, ask, print the table."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        server.run("create database bench")
        urls = {"SQLite": f"sqlite:///{folder}/bench.db", "PostgreSQL": server.url("bench")}
        for url in urls.values():
            build(url, size)
        table(urls, size, Path(folder))


def table(urls: dict[str, str], size: int, folder: Path) -> None:
    """p50 and p99 of each light question, without and with the heavy ones."""
    print(f"\n{size:,} calls; {machine()}\n\n{HEAD}")
    for engine, url in urls.items():
        with answering(url, folder / engine) as port:
            for name in LIGHT:
                alone = _times(port, name, size)
                with heavies(port) as answered:
                    time.sleep(1)
                    beside = _times(port, name, size)
                cells = " | ".join(f"{at(times, part):.2f}" for times in (alone, beside) for part in (0.5, 0.99))
                print(f"| {engine}: {name} | {cells} | {len(answered)} |", flush=True)


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
def heavies(port: int) -> Iterator[list[int]]:
    """Heavy questions from several clients, each asked again as soon as it is answered; their statuses."""
    answered, is_over = list[int](), threading.Event()

    def ask() -> None:
        client = Client(port)
        while not is_over.is_set():
            answered.append(client.ask(HEAVY)[0])
        client.close()

    threads = [threading.Thread(target=ask) for _ in range(HEAVIES)]
    for thread in threads:
        thread.start()
    try:
        yield answered
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
