"""Work that is done again and again while the server runs. A job is one file here and one line in the table.

Each worker of each node runs them: a job must do no harm when another does the same at the same moment (the transactions see to that).
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from ..db import Db
from ..errors import TelegraphoneError
from ..interpret import Settings
from ..logs import get_log
from .close_silent import close_silent_calls

Work = Callable[[Db, Settings, datetime], Awaitable[None]]
_log = get_log()


class Job(msgspec.Struct, frozen=True):
    """What is done, and how many seconds lie between two times."""

    name: str
    every_s: float
    work: Work


JOBS = (Job("close_silent_calls", 300.0, close_silent_calls),)


async def run_jobs(db: Db, settings: Settings, clock: Callable[[], datetime], jobs: tuple[Job, ...] = JOBS) -> None:
    """Run all jobs until cancelled. What goes wrong is told once when it begins and once when it is over."""
    await asyncio.gather(*(_repeat(job, db, settings, clock) for job in jobs))


async def _repeat(job: Job, db: Db, settings: Settings, clock: Callable[[], datetime]) -> None:
    is_well = True
    while True:
        try:
            await job.work(db, settings, clock())
            if not is_well:
                _log.warning("job works again", job=job.name)
            is_well = True
        except TelegraphoneError as error:
            if is_well:
                _log.error("job does not work", job=job.name, reason=error.detail)
            is_well = False
        await asyncio.sleep(job.every_s)
