"""Work that is done again and again while the server runs. A job is one file here and one line in the table.

Each worker of each node runs them: a job must do no harm when another does the same at the same moment (the transactions see to that;
sources are followed under a lease).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec

from ..config.sources import FollowedSource
from ..db import Db
from ..errors import TelegraphoneError
from ..interpret import Settings
from ..media import Media
from ..policy import Policy
from . import deliver
from .close_silent import close_silent_calls
from .deliver import Deliverer
from .follow import followers_of
from .forget import forget_changes, forget_conditions, forget_deliveries, forget_missing
from .outages import Outages
from .places import count_all_recordings
from .remove_loose import removing_loose
from .tell_missing import tell_missing_recordings, telling_lacking
from .watch import Watch

Work = Callable[[Db, Settings, datetime], Awaitable[bool | None]]
"""True: there is more to do at once."""

AGAIN_S = 60.0
"""What is done seldom is tried again sooner when it did not work."""


class Job(msgspec.Struct, frozen=True):
    """What is done, and how many seconds lie between two times. `end` is for what must not outlive us; `watch` tells how a source is."""

    name: str
    every_s: float
    work: Work
    end: Callable[[Db], Awaitable[None]] | None = None
    watch: Watch | None = None


JOBS = (
    Job("close_silent_calls", 300.0, close_silent_calls),
    Job("tell_missing_recordings", 60.0, tell_missing_recordings),
    Job("forget_changes", 3600.0, forget_changes),
    Job("forget_deliveries", 3600.0, forget_deliveries),
    Job("forget_conditions", 3600.0, forget_conditions),
    Job("forget_missing", 3600.0, forget_missing),
    Job("count_recordings", 60.0, count_all_recordings),
)


def jobs_with(sources: Sequence[FollowedSource], media: Media, policy: Policy) -> tuple[Job, ...]:
    """All jobs, those too that follow these sources, and those that tell webhooks, and what the policy misses."""
    deliverer = Deliverer()
    telling = Job("tell_webhooks", deliver.EVERY_S, deliverer.work, deliverer.end)
    lacking = Job("tell_lacking_calls", 60.0, telling_lacking(policy))
    removing = Job("remove_loose_media", 20.0, removing_loose(media))
    following = (Job(one.name, one.every_s, one.work, one.end, one.watch) for one in followers_of(sources, media))
    return (*JOBS, telling, lacking, removing, *following)


async def run_jobs(db: Db, settings: Settings, clock: Callable[[], datetime], jobs: tuple[Job, ...] = JOBS) -> None:
    """Run all jobs until cancelled. What goes wrong is told once when it begins and once when it is over; nothing ends the others."""
    outages = Outages()
    try:
        await asyncio.gather(*(_repeat(job, db, settings, clock, outages) for job in jobs))
    finally:
        await asyncio.gather(*(job.end(db) for job in jobs if job.end), return_exceptions=True)


async def _repeat(job: Job, db: Db, settings: Settings, clock: Callable[[], datetime], outages: Outages) -> None:
    while True:
        is_more, wait_s = False, job.every_s
        try:
            is_more = bool(await job.work(db, settings, clock()))
            if job.watch:
                await job.watch.well(db, is_more, clock())
            outages.works(job.name)
        except TelegraphoneError as error:
            outages.fails(job.name, error)
            wait_s = min(wait_s, AGAIN_S)
            if job.watch:
                await job.watch.failing(db, error.detail, clock())
        except Exception as error:  # a bug, or a driver's error that nobody foresaw: told with its trace, and tried again
            outages.fails(job.name, error)
        await asyncio.sleep(0 if is_more else wait_s)
