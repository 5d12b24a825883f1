"""Threads that wait for nobody, questions that take too long or for which nobody waits. To count up to `FOREVER` would take days."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from functools import wraps
from typing import Any

import apsw
import pytest

from telegraphone.db import Db, Dialect, Limits, Tx, open_db
from telegraphone.db.limits import Running, Turns
from telegraphone.db.sqlite import STEPS, Reader
from telegraphone.errors import TooSlow
from tests.each import each

FOREVER = 10**12
LIMITS = Limits(statement_s=1, brief_s=0.5)


def awaited(test: Callable[[Db], Awaitable[None]]) -> Callable[..., None]:
    """A test that pytest can call."""

    @wraps(test)
    def run(*args: Any, **fixtures: Any) -> None:
        async def within() -> None:
            await test(*args, **fixtures)

        asyncio.run(within())

    return run


def count(tx: Tx, up_to: int) -> int:
    row = tx.one("with recursive n (i) as (select 1 union all select i + 1 from n where i < :up_to) select max(i) as n from n", up_to=up_to)
    return int(row["n"]) if row else 0


@pytest.fixture
def limited(db_url: str) -> Iterator[Db]:
    opened = open_db(db_url, readers=2, limits=LIMITS)
    yield opened
    opened.close()


@pytest.fixture
def patient(db_url: str) -> Iterator[Db]:
    """Here a slow question is never given up."""
    opened = open_db(db_url, readers=2, limits=Limits(statement_s=3600, brief_s=1))
    yield opened
    opened.close()


@awaited
async def test_a_question_is_given_up_after_its_time(limited: Db) -> None:
    with pytest.raises(TooSlow, match=r"given up after 1 s"):
        await limited.read(count, FOREVER)
    assert await limited.read(count, 3) == 3


@awaited
async def test_a_question_is_given_up_between_two_statements(limited: Db) -> None:
    def ask_on(tx: Tx) -> None:
        while True:
            count(tx, 3)

    with pytest.raises(TooSlow):
        await limited.read(ask_on)


@awaited
async def test_light_questions_are_answered_while_heavy_ones_go_on(patient: Db) -> None:
    heavy = [asyncio.create_task(patient.read(count, FOREVER)) for _ in range(6)]
    assert [await patient.read(count, n) for n in range(1, 30)] == list(range(1, 30))
    assert not any(task.done() for task in heavy)
    for task in heavy:
        task.cancel()
    assert all(isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*heavy, return_exceptions=True))
    assert await patient.read(count, 3) == 3


@awaited
async def test_who_waits_among_the_slow_ones_is_told(limited: Db) -> None:
    many = [limited.read(count, FOREVER) for _ in range(4)]
    ends = [str(end) for end in await asyncio.gather(*many, return_exceptions=True)]
    assert sum("given up" in end for end in ends) >= 1
    assert sum("other slow questions" in end for end in ends) >= 1


@awaited
async def test_a_question_that_took_longer_than_the_brief_ones_may_is_answered(patient: Db) -> None:
    times: list[int] = []

    def ask_twice(tx: Tx) -> int:
        times.append(1)
        return count(tx, FOREVER) if len(times) == 1 else count(tx, 3)

    assert await patient.read(ask_twice) == 3
    assert len(times) == 2


@awaited
async def test_a_question_for_which_nobody_waits_ends(patient: Db) -> None:
    began, ended = threading.Event(), threading.Event()

    def ask(tx: Tx) -> None:
        began.set()
        try:
            count(tx, FOREVER)
        finally:
            ended.set()

    task = asyncio.create_task(patient.read(ask))
    await asyncio.to_thread(began.wait)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 30)


def test_a_stop_that_comes_between_two_statements_is_repeated() -> None:
    running, stops, over = Running(), list[int](), threading.Event()

    def stop() -> None:
        stops.append(1)
        if len(stops) == 3:
            over.set()

    def work() -> None:
        with running.stopped_by(stop):
            began.set()
            over.wait(30)

    began, thread = threading.Event(), threading.Thread(target=work)
    thread.start()
    began.wait()
    running.end()
    thread.join()
    assert len(stops) == 3


def test_what_nobody_waits_for_does_not_begin() -> None:
    running = Running()
    running.end()
    with pytest.raises(TooSlow), running.stopped_by(lambda: None):
        raise AssertionError


@awaited
async def test_a_write_and_a_command_take_the_time_that_they_need(limited: Db) -> None:
    enough = 1_500_000
    assert await limited.write(count, enough) == enough
    with limited.transaction("read") as tx:
        assert count(tx, enough) == enough


def test_reading_waits_for_no_writer(db: Db) -> None:
    """However many write, one after the other, and however long the first one takes."""
    may_end, has_begun = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        tx.lock("a")
        has_begun.set()
        assert may_end.wait(30)

    def quick(tx: Tx) -> None:
        tx.lock("a")

    def look(tx: Tx) -> int:
        row = tx.one("select count(*) as n from calls")
        return int(row["n"]) if row else -1

    async def go() -> None:
        writes = [asyncio.ensure_future(db.write(slow))]
        while not has_begun.is_set():
            await asyncio.sleep(0.01)
        writes += [asyncio.ensure_future(db.write(quick)) for _ in range(20)]
        await asyncio.sleep(0.2)
        try:
            assert await asyncio.wait_for(db.read(look), 10) == 0
        finally:
            may_end.set()
            await asyncio.gather(*writes)

    asyncio.run(go())


class CountedTurns(Turns):
    """Turns, and how many were taken and given back."""

    def __init__(self) -> None:
        super().__init__(1)
        self.taken, self.given = 0, 0

    def take(self) -> None:
        super().take()
        self.taken += 1

    def give(self) -> None:
        super().give()
        self.given += 1


@pytest.fixture
def reader() -> Iterator[Reader]:
    with closing(apsw.Connection("")) as conn:
        yield Reader(conn, CountedTurns(), Dialect())


@each(("up_to", "turns"), [(10, 0), (STEPS // 4, 0), (10 * STEPS, 5)])
def test_a_question_of_many_steps_goes_on_by_turns(reader: Reader, up_to: int, turns: int) -> None:
    with reader.question() as tx:
        assert count(tx, up_to) == up_to

    counted = reader.turns
    assert isinstance(counted, CountedTurns)
    assert counted.taken == counted.given
    assert counted.taken >= turns
    assert bool(counted.taken) == bool(turns)


def test_light_questions_need_no_turn_however_many_there_are(reader: Reader) -> None:
    """SQLite counts the steps of a statement on from its last time."""
    for _ in range(50):
        with reader.question() as tx:
            assert [count(tx, STEPS // 10) for _ in range(8)] == [STEPS // 10] * 8
    assert isinstance(reader.turns, CountedTurns)
    assert reader.turns.taken == 0


def test_a_turn_is_of_whoever_has_waited_longest() -> None:
    turns, came, threads = Turns(2), list[int](), list[threading.Thread]()

    def go_on(n: int) -> None:
        turns.take()
        came.append(n)
        turns.give()

    turns.take()
    turns.take()
    for n in range(5):
        threads.append(thread := threading.Thread(target=go_on, args=(n,)))
        thread.start()
        while len(turns.waiting) <= n:
            time.sleep(0.001)
    assert came == []
    turns.give()
    for thread in threads:
        thread.join()
    assert came == [0, 1, 2, 3, 4]
