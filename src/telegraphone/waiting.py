"""Before everything else: wait for a database that does not answer yet, as after a power cut, and tell so those who ask meanwhile."""

import asyncio
import http
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from .config import Config
from .db import check
from .errors import Unavailable

if TYPE_CHECKING:
    from starlette.responses import Response

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 5.0
PATIENCE_S = 5.0
"""How long somebody may take to say what he asks."""


def wait_for_database(config: Config, *, answering: bool) -> None:
    """Return when the database answers. BadSetting if it does, and lets nobody in as the configuration has it."""
    try:
        check(config.database)
    except Unavailable as error:
        from .logs import get_log, set_up_logs  # here, as below: a server that need not wait begins fast

        set_up_logs(config.log_level, config.log_format)
        log = get_log()
        log.error("the database is away", reason=error.detail)
        try:
            asyncio.run(_wait(config, answering))
        except KeyboardInterrupt:  # nothing was begun
            raise SystemExit(0) from None
        log.warning("the database is back")


async def _wait(config: Config, answering: bool) -> None:
    if answering:
        async with _refusing(config):
            await _until_there(config.database)
    else:
        await _until_there(config.database)


async def _until_there(url: str) -> None:
    wait_s = FIRST_WAIT_S
    while True:
        await asyncio.sleep(wait_s)
        try:
            return await asyncio.to_thread(check, url)
        except Unavailable:
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)


@asynccontextmanager
async def _refusing(config: Config) -> AsyncIterator[None]:
    """Whoever asks is told what is away."""
    server = await asyncio.start_server(_refuse, config.host, config.port)
    try:
        yield
    finally:
        server.close()


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            asked = await reader.readuntil(b"\r\n\r\n")
            writer.write(_written(_answer(asked.split(b" ", 2)[1])))
            await writer.drain()
    except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, IndexError):
        pass  # whoever asks so gets no answer
    finally:
        writer.close()


def _answer(path: bytes) -> "Response":
    """As the server's own would be: the process lives, and can do nothing."""
    from starlette.responses import JSONResponse

    from .web.problems import render_problem

    if path.split(b"?")[0] == b"/api/v1/healthz":
        return JSONResponse({"status": "ok"})
    return render_problem(Unavailable("the server waits for its database", "database"))


def _written(answer: "Response") -> bytes:
    headers = [*answer.raw_headers, (b"connection", b"close")]
    head = [f"HTTP/1.1 {answer.status_code} {http.HTTPStatus(answer.status_code).phrase}".encode(), *(b": ".join(one) for one in headers)]
    return b"\r\n".join([*head, b"", bytes(answer.body)])
