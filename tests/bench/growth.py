"""The same questions of a store and of one ten times as large, by turns: `python -m tests.bench growth [LARGE]`."""

import random
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.bench.answering import Client
from tests.bench.multiplied import build
from tests.bench.over_http import TRIES, asked_of, at, machine, once
from tests.bench.questions import QUESTIONS
from tests.servers import postgres_server

TIMES = 10
WARM, BOUND_S = 6, 15.0
"""How often a question is asked before it counts, and after how many seconds it is not asked again."""
HEAD = "| question | SQLite, smaller p50 | larger | × | PostgreSQL, smaller p50 | larger | × | tries |\n|---|---|---|---|---|---|---|---|"
Asked = tuple[Client, int]
"""A server, and how many calls are in its store."""


def main(large: int = 1_000_000) -> None:
    """Build both stores on both engines, ask, print the table."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        urls: list[dict[str, str]] = []
        for size in (large // TIMES, large):
            server.run(f"create database bench{size}")
            urls.append({"SQLite": f"sqlite:///{folder}/{size}.db", "PostgreSQL": server.url(f"bench{size}")})
            for url in urls[-1].values():
                build(url, size)
        print(f"\n{large // TIMES:,} and {large:,} calls; {machine()}\n", flush=True)
        table(urls, (large // TIMES, large), Path(folder))


def table(urls: Sequence[dict[str, str]], sizes: Sequence[int], folder: Path, wanted: Sequence[str] = tuple(QUESTIONS)) -> None:
    """One line for each question; `urls` and `sizes`: of the smaller stores and of the larger."""
    with ExitStack() as stack:
        opened = [stack.enter_context(asked_of(each, folder / str(size))) for each, size in zip(urls, sizes, strict=True)]
        servers = [[(both[engine][1], size) for both, size in zip(opened, sizes, strict=True)] for engine in range(len(urls[0]))]
        print(HEAD, flush=True)
        for question in wanted:
            cells = [_grown(question, pair) for pair in servers]
            print(f"| {question} | {' | '.join(cell for cell, _ in cells)} | {min(tries for _, tries in cells)} |", flush=True)


def _grown(question: str, pair: Sequence[Asked]) -> tuple[str, int]:
    """The medians of the smaller and the larger store, and their ratio; how often each was asked."""
    dice, times, until = [random.Random(7) for _ in pair], [list[float]() for _ in pair], time.perf_counter() + BOUND_S
    for client, _ in pair:
        client.connect()
    while len(times[-1]) < TRIES + WARM and (len(times[-1]) <= WARM or time.perf_counter() < until):
        for (client, size), own, taken in zip(pair, dice, times, strict=True):
            taken.append(once(client, QUESTIONS[question](own, size)))
    small, large = (at(taken[WARM:], 0.5) for taken in times)
    return f"{small:.2f} | {large:.2f} | {large / small:.1f}", len(times[-1]) - WARM
