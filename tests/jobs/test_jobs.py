"""Jobs go on, whatever happens to one of their runs."""

import asyncio
from datetime import datetime, timedelta

from telegraphone.db import Db
from telegraphone.errors import Unavailable
from telegraphone.interpret import Settings
from telegraphone.jobs import JOBS, Job, run_jobs
from tests.test_record import NOW, SETTINGS, add, events, told


def test_silent_calls_are_closed(db: Db) -> None:
    said = events("01-internal-answered", sources=["asterisk-cel"])
    add(db, said[: len(said) // 2], now=said[0].at)
    assert not told(db)[0].is_closed

    asyncio.run(_for_a_moment(db, JOBS, said[0].at + timedelta(hours=5)))

    assert told(db)[0].is_closed


def test_a_job_that_fails_is_tried_again(db: Db) -> None:
    tries: list[datetime] = []

    async def work(db: Db, settings: Settings, now: datetime) -> None:
        tries.append(now)
        if len(tries) < 3:
            raise Unavailable("the database is away")

    asyncio.run(_for_a_moment(db, (Job("test", 0.01, work),), NOW))

    assert len(tries) > 3


async def _for_a_moment(db: Db, jobs: tuple[Job, ...], now: datetime) -> None:
    running = asyncio.create_task(run_jobs(db, SETTINGS, lambda: now, jobs))
    await asyncio.sleep(0.5)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
