"""Sources are followed into the record: once, by one worker, whatever breaks on the way."""

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from telegraphone.config.sources import FollowedSource
from telegraphone.db import Db, Tx
from telegraphone.errors import Unavailable
from telegraphone.interpret import Settings
from telegraphone.jobs import Job, run_jobs
from telegraphone.jobs import follow as following
from telegraphone.jobs.follow import Follower
from telegraphone.sql.pbx.sources import find_states
from telegraphone.sql.server.leases import LEASE
from tests.ingest.test_tables import SCENARIOS, copied
from tests.test_record import CORPUS, NOW, SETTINGS, add, clear, events, told

SCENARIO = "18-queue-answered-local-member"
OTHERS = ("43-transfer-attended-agent-to-agent", "54-pickup-directed", "40-transfer-blind-agent-to-phone")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def rows(scenario: str) -> list[str]:
    return (CORPUS / scenario / "cel.csv").read_text("utf-8").splitlines(keepends=True)


def write(log: Path, *lines: str) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write("".join(lines))


def follower(log: Path, holder: str = "a", **other: str) -> Follower:
    return Follower(FollowedSource(**{"source": "asterisk-cel", "path": str(log), "timezone": "UTC", **other}), holder)


def work(db: Db, one: Follower, now: datetime = NOW) -> int:
    """How many steps there were."""

    async def steps() -> int:
        count, reached = 0, state(db, one)
        while True:
            is_more, before, reached = await one.work(db, SETTINGS, now), reached, state(db, one)
            count += reached != before
            if reached == before and not is_more:
                return count

    return asyncio.run(steps())


def state(db: Db, one: Follower) -> bytes | None:
    with db.transaction("read") as tx:
        return find_states(tx, one.log.pbx, one.log.source).get(one.log.path)


def undisturbed(db: Db, *scenarios: str) -> list[object]:
    """The calls, when the same is read at once; the record is empty afterwards."""
    add(db, events(*scenarios, sources=["asterisk-cel"]))
    expected = told(db)
    clear(db)
    return list(expected)


def test_calls_out_of_a_growing_file(db: Db, log: Path) -> None:
    expected = undisturbed(db, SCENARIO)
    one = follower(log)
    lines = rows(SCENARIO)
    for start in range(0, len(lines), 7):
        write(log, *lines[start : start + 7])
        work(db, one)
    assert told(db) == expected
    assert work(db, one) == 0


def test_what_is_written_line_by_line_waits_for_the_next_look(db: Db, log: Path) -> None:
    write(log, *rows(SCENARIO)[:5])
    assert asyncio.run(follower(log).work(db, SETTINGS, NOW)) is False
    assert len(told(db)) == 1


class Killed(Exception):
    """The worker is no more."""


class Dying:
    """A database whose client is killed in one of its transactions: before it is committed, or just after."""

    def __init__(self, db: Db, at: int, is_kept: bool) -> None:
        self.db, self.left, self.is_kept = db, at, is_kept

    async def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        self.left -= 1
        if self.left:
            return await self.db.write(fn, *args)

        def work(tx: Tx) -> None:
            fn(tx, *args)
            if not self.is_kept:
                raise Killed

        await self.db.write(work)
        raise Killed


@pytest.mark.parametrize("is_kept", [False, True])
def test_killed_at_any_moment(db: Db, log: Path, is_kept: bool) -> None:
    """A worker that dies leaves all of a step or nothing; the next one begins where the record stands."""
    expected = undisturbed(db, SCENARIO, *OTHERS)
    now = NOW
    write(log, rows(SCENARIO)[0])
    work(db, follower(log, "first"))
    for number, scenario in enumerate((SCENARIO, *OTHERS, SCENARIO)):
        write(log, *rows(scenario)[1:])
        now += LEASE
        with pytest.raises(Killed):
            asyncio.run(follower(log, f"killed {number}").work(cast(Db, Dying(db, 1 + number % 2, is_kept)), SETTINGS, now))
        log.rename(log.with_name(f"log-2026112{number}"))
        write(log, rows(scenario)[0])
    work(db, follower(log, "last"), now + LEASE)
    assert told(db) == expected


def test_a_restart_goes_on_and_does_not_read_again(db: Db, log: Path) -> None:
    lines = rows(SCENARIO)
    write(log, *lines[:10])
    work(db, follower(log))
    write(log, *lines[10:])
    log.rename(log.with_name("log.1"))
    write(log, *rows(OTHERS[0]))
    one = follower(log)
    work(db, one)
    calls = told(db)
    clear_lines = undisturbed(db, SCENARIO, OTHERS[0])
    assert calls == clear_lines


def test_one_of_two_followers_reads(db: Db, log: Path) -> None:
    write(log, *rows(SCENARIO)[:10])
    one, other = follower(log, "a"), follower(log, "b")
    assert work(db, one) == 1
    assert work(db, other) == 0
    write(log, *rows(SCENARIO)[10:])
    assert work(db, other, NOW + LEASE / 2) == 0
    assert work(db, other, NOW + LEASE) == 1, "taken over when the holder is silent"
    write(log, *rows(OTHERS[0])[1:])
    assert work(db, one, NOW + LEASE + timedelta(seconds=1)) == 0, "and the first one learns of it before it keeps anything"
    assert work(db, other, NOW + LEASE + timedelta(seconds=2)) == 1


def test_given_back_at_the_end(db: Db, log: Path) -> None:
    write(log, *rows(SCENARIO))
    one, other = follower(log, "a"), follower(log, "b")
    work(db, one)
    asyncio.run(one.end(db))
    write(log, *rows(OTHERS[0])[1:])
    assert work(db, other) == 1


def test_a_table(db: Db, empty_postgres: str) -> None:
    import psycopg

    names = "id eventtype eventtime userdeftype cid_name cid_num cid_ani cid_rdnis cid_dnid exten context channame appname appdata amaflags"
    names += " accountcode peeraccount uniqueid linkedid userfield peer extra"
    columns = names.split()
    kept = list(copied(SCENARIO, "cel"))
    assert SCENARIO in SCENARIOS and kept
    expected = undisturbed(db, SCENARIO)
    with psycopg.connect(empty_postgres, autocommit=True) as pbx:
        pbx.execute(f"create table cel ({', '.join(f'{name} text' for name in columns)})".replace("id text", "id int", 1).encode())
        one = follower(Path(), path="", url=empty_postgres)
        insert = f"insert into cel values ({', '.join(['%s'] * len(columns))})".encode()
        for half in (kept[1::2], kept[::2]):  # half of the rows are committed late
            for _, row in half:
                pbx.execute(insert, [row[name] for name in columns])
            work(db, one)
        asyncio.run(one.end(db))
    assert told(db) == expected


@contextmanager
def running(db: Db, jobs: tuple[Job, ...], began: datetime = NOW) -> Iterator[None]:
    """Jobs in a thread of their own, on a clock that goes on from there."""
    loop, zero = asyncio.new_event_loop(), time.monotonic()
    clock = lambda: began + timedelta(seconds=time.monotonic() - zero)  # noqa: E731
    task: asyncio.Task[None] = loop.create_task(run_jobs(db, SETTINGS, clock, jobs))

    def run() -> None:
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.close()


def job(one: Follower) -> Job:
    return Job(one.name, following.EVERY_S, one.work, one.end)


def wait(is_so: Callable[[], bool], seconds: float = 10.0) -> float:
    """How long it took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds
        time.sleep(0.01)
    return time.monotonic() - began


def test_searchable_soon_after_the_hangup(db: Db, log: Path) -> None:
    lines = rows(SCENARIO)
    with running(db, (job(follower(log)),), events(SCENARIO)[-1].at):
        write(log, *lines[:-3])
        wait(lambda: len(told(db)) == 1)
        assert not told(db)[0].is_closed
        write(log, *lines[-3:])
        took = wait(lambda: told(db)[0].is_closed)
    assert took < 2


def test_trouble_is_told_once_and_its_end_once(db: Db, log: Path) -> None:
    with capture_logs() as logs, running(db, (job(follower(log)),)):
        time.sleep(1.8)
        write(log, *rows(SCENARIO))
        wait(lambda: len(told(db)) == 1)
        wait(lambda: len(logs) >= 2)
    assert [entry["event"] for entry in logs] == ["job does not work", "job works again"]
    assert "No such file" in logs[0]["reason"]


def test_nothing_that_a_job_does_ends_another(db: Db, log: Path) -> None:
    async def breaks(db: Db, settings: Settings, now: datetime) -> bool:
        raise ZeroDivisionError

    async def is_away(db: Db, settings: Settings, now: datetime) -> bool:
        raise Unavailable("the database is away")

    write(log, *rows(SCENARIO))
    with capture_logs() as logs, running(db, (Job("a", 0.01, breaks), Job("b", 0.01, is_away), job(follower(log)))):
        wait(lambda: len(told(db)) == 1)
    assert sorted(entry["job"] for entry in logs) == ["a", "b"]


def test_two_workers_while_the_file_is_rotated(db: Db, log: Path) -> None:
    expected = undisturbed(db, SCENARIO, *OTHERS)
    with running(db, (job(follower(log, "a")),)), running(db, (job(follower(log, "b")),)):
        for number, scenario in enumerate((SCENARIO, *OTHERS)):
            lines = rows(scenario)
            write(log, *lines[:20])
            wait(lambda: len(told(db)) > 0)  # of a file that was never seen, nobody knows
            time.sleep(0.3)
            write(log, *lines[20:])
            if number % 2:
                shutil.copy(log, log.with_name(f"log-2026112{number}"))
                os.truncate(log, 0)
            else:
                log.rename(log.with_name(f"log-2026112{number}"))
            time.sleep(0.3)
        wait(lambda: told(db) == expected)
        time.sleep(0.6)
    assert told(db) == expected
