"""Threads that wait for nobody, questions that take too long or for which nobody waits. To count up to `FOREVER` would take days."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from functools import wraps
from typing import Any

import pytest

from telegraphone.db import Db, Limits, Tx, open_db
from telegraphone.db.limits import NoTurn, Running, Turn, Turns
from telegraphone.errors import TooSlow

FOREVER = 10**12
LIMITS = Limits(statement_s=1, brief_s=0.5)


def awaited(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
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


@pytest.fixture
def turning(db_url: str) -> Iterator[Db]:
    """Here a question that needs more than a moment never becomes a slow one: it has the only turn, or waits for it."""
    opened = open_db(db_url, readers=2, limits=Limits(statement_s=3600, brief_s=3600))
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


async def heavy_beside_light(db: Db) -> None:
    heavy = [asyncio.create_task(db.read(count, FOREVER)) for _ in range(6)]
    assert [await db.read(count, n) for n in range(1, 30)] == list(range(1, 30))
    assert not any(task.done() for task in heavy)
    for task in heavy:
        task.cancel()
    assert all(isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*heavy, return_exceptions=True))
    assert await db.read(count, 3) == 3


@awaited
async def test_light_questions_are_answered_while_slow_ones_go_on(patient: Db) -> None:
    await heavy_beside_light(patient)


@awaited
async def test_light_questions_are_answered_while_one_has_the_turn_and_more_wait_for_it(turning: Db) -> None:
    await heavy_beside_light(turning)


@awaited
async def test_a_question_of_more_than_a_moment_goes_on_if_there_is_a_turn(turning: Db) -> None:
    asked: list[int] = []

    def ask(tx: Tx) -> int:
        asked.append(1)
        return count(tx, 1_000_000)

    assert await turning.read(ask) == 1_000_000
    assert len(asked) == 1


@awaited
async def test_if_there_is_none_it_is_asked_again_when_there_is_one(turning: Db) -> None:
    asked, was_stopped, may_end = list[int](), threading.Event(), threading.Event()

    def has_the_turn(tx: Tx) -> None:
        while not may_end.is_set():
            count(tx, 1000)

    def ask(tx: Tx) -> int:
        asked.append(1)
        try:
            return count(tx, FOREVER if len(asked) == 1 else 3)
        finally:
            was_stopped.set()

    other = asyncio.create_task(turning.read(has_the_turn))
    while not turning.turns["brief"].free.empty():
        await asyncio.sleep(0.01)
    mine = asyncio.create_task(turning.read(ask))
    await asyncio.to_thread(was_stopped.wait)
    await turning.read(count, 3)
    assert not mine.done()
    may_end.set()
    await other
    assert await mine == 3
    assert len(asked) == 2


@awaited
async def test_a_turn_is_not_lost_with_whoever_waited_for_it(turning: Db) -> None:
    await heavy_beside_light(turning)
    assert await turning.read(count, 1_000_000) == 1_000_000


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


@awaited
async def test_a_turn_is_taken_and_given_back() -> None:
    turns = Turns(1)
    with Turn(turns) as one, Turn(turns) as other:
        assert one.take_if_free()
        assert not other.take_if_free()
        with pytest.raises(NoTurn):
            await other.take(asyncio.get_running_loop().time())
    with Turn(turns) as next_one:
        assert next_one.take_if_free()


@awaited
async def test_a_turn_is_of_whoever_has_waited_longest() -> None:
    turns, came = Turns(2), list[int]()

    async def go_on(n: int) -> None:
        with Turn(turns) as turn:
            await turn.take(asyncio.get_running_loop().time() + 3600)
            came.append(n)

    with Turn(turns) as one, Turn(turns) as other:
        assert one.take_if_free()
        assert other.take_if_free()
        waiting = [asyncio.create_task(go_on(n)) for n in range(5)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        await asyncio.sleep(0)
        assert came == []
    await asyncio.wait(waiting)
    assert came == [0, 2, 3, 4]
