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
from ..logs import get_log
from ..media import Media
from . import deliver
from .close_silent import close_silent_calls
from .deliver import Deliverer
from .follow import EVERY_S, followers_of
from .forget import forget_changes, forget_deliveries
from .remove_loose import removing_loose
from .tell_missing import tell_missing_recordings

Work = Callable[[Db, Settings, datetime], Awaitable[bool | None]]
"""True: there is more to do at once."""
_log = get_log()


class Job(msgspec.Struct, frozen=True):
    """What is done, and how many seconds lie between two times. `end` is for what must not outlive us."""

    name: str
    every_s: float
    work: Work
    end: Callable[[Db], Awaitable[None]] | None = None


JOBS = (
    Job("close_silent_calls", 300.0, close_silent_calls),
    Job("tell_missing_recordings", 60.0, tell_missing_recordings),
    Job("forget_changes", 3600.0, forget_changes),
    Job("forget_deliveries", 3600.0, forget_deliveries),
)


def jobs_with(sources: Sequence[FollowedSource], media: Media) -> tuple[Job, ...]:
    """All jobs, those too that follow these sources, and that which tells webhooks."""
    deliverer = Deliverer()
    telling = Job("tell_webhooks", deliver.EVERY_S, deliverer.work, deliverer.end)
    removing = Job("remove_loose_media", 20.0, removing_loose(media))
    following = (Job(follower.name, EVERY_S, follower.work, follower.end) for follower in followers_of(sources, media))
    return (*JOBS, telling, removing, *following)


async def run_jobs(db: Db, settings: Settings, clock: Callable[[], datetime], jobs: tuple[Job, ...] = JOBS) -> None:
    """Run all jobs until cancelled. What goes wrong is told once when it begins and once when it is over; nothing ends the others."""
    try:
        await asyncio.gather(*(_repeat(job, db, settings, clock) for job in jobs))
    finally:
        await asyncio.gather(*(job.end(db) for job in jobs if job.end), return_exceptions=True)


async def _repeat(job: Job, db: Db, settings: Settings, clock: Callable[[], datetime]) -> None:
    is_well = True
    while True:
        is_more = False
        try:
            is_more = bool(await job.work(db, settings, clock()))
            if not is_well:
                _log.warning("job works again", job=job.name)
            is_well = True
        except TelegraphoneError as error:
            if is_well:
                _log.error("job does not work", job=job.name, reason=error.detail)
            is_well = False
        except Exception:  # a bug, or a driver's error that nobody foresaw: told with its trace, and tried again
            if is_well:
                _log.exception("job does not work", job=job.name)
            is_well = False
        await asyncio.sleep(0 if is_more else job.every_s)
