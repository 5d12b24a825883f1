"""Everything is put together here, and only here."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version
from typing import Any

from starlette.applications import Starlette

from .api import v1, xivo
from .config import Config, load_config, with_token
from .db import Db
from .jobs import Job, jobs_with, places, run_jobs
from .jobs.places import Places
from .logs import set_up_logs
from .media import Media
from .opening import SERVED, db_of, limits_of, media_of, settings_of
from .recordings import clear_spool
from .sql.people.sessions import Lasting
from .ui import pages
from .web.endpoint import Services
from .web.front import front_of
from .web.openapi import make_document
from .web.problems import render_http_exception
from .web.routes import routes_of
from .web.ticker import Ticker
from .web.who import Keys

DIALECTS = (xivo.DIALECT, v1.DIALECT, v1.DOCS)


def create_app(config: Config, clock: Callable[[], datetime] = lambda: datetime.now(UTC), parent: int | None = None) -> Starlette:
    """The ASGI application. `parent`: the process without which it must not go on."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        db, settings, media = db_of(config, readers=SERVED, limits=limits_of(config)), settings_of(config), media_of(config)
        await asyncio.to_thread(clear_spool, config.data / "spool", clock())
        ticker = Ticker(db)
        if parent is not None:
            _end_streams_when_told(ticker)
        jobs = asyncio.gather(run_jobs(db, settings, clock, _jobs_of(config, media)), _end_with(parent))
        try:
            yield {"services": Services(config, db, media, keys_of(config, db, clock), clock, settings, api_document, ticker)}
        finally:
            ticker.close()
            jobs.cancel()
            await asyncio.gather(jobs, return_exceptions=True)
            db.close()

    routes = [route for dialect in (*DIALECTS, pages.DIALECT) for route in routes_of(dialect)]
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: render_http_exception, 405: render_http_exception})
    app.router.redirect_slashes = False
    return app


def keys_of(config: Config, db: Db, clock: Callable[[], datetime]) -> Keys:
    """Who may come in, as the configuration says."""
    lasting = Lasting(timedelta(minutes=config.session_idle_minutes), timedelta(hours=config.session_hours))
    return Keys(db, config.token, now=clock, lasting=lasting, front=front_of(config))


def _jobs_of(config: Config, media: Media) -> tuple[Job, ...]:
    """All that is done beside answering."""
    return (*jobs_with(config.sources, media, config.recording_policy), Job("look_at_places", places.EVERY_S, Places(config, media).work))


async def _end_with(parent: int | None) -> None:
    """A worker whose supervisor was killed would keep the port, and nobody could stop it."""
    while parent is not None:
        await asyncio.sleep(1)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


def _end_streams_when_told(ticker: Ticker) -> None:
    """The server waits for open answers before it ends, and event streams stay open until they are ended. Its own handlers are the loop's,
    and are called as well.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(ticker.close))


def run_worker(config: Config) -> None:
    """What `serve` does beside answering: the jobs, sources followed among them, until SIGTERM or SIGINT."""
    set_up_logs(config.log_level, config.log_format)
    db = db_of(config)
    try:
        asyncio.run(_until_told(run_jobs(db, settings_of(config), lambda: datetime.now(UTC), _jobs_of(config, media_of(config)))))
    finally:
        db.close()


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    running = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    with suppress(asyncio.CancelledError):
        await running


@cache
def api_document() -> dict[str, Any]:
    """The OpenAPI document of all that is served."""
    return make_document(DIALECTS, version("telegraphone"))


def serve() -> Starlette:
    """What granian loads in each worker: the configuration comes from the environment again."""
    config = with_token(load_config(os.environ))[0]
    set_up_logs(config.log_level, config.log_format)
    # Whoever started us, even if he was killed before we came here: by now, ours may be another parent.
    started_by = multiprocessing.parent_process()
    return create_app(config, parent=started_by.pid if started_by else os.getppid())
