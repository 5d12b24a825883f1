"""Clients that hang up before they are answered: what was begun for them is ended."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import ClientDisconnect
from starlette.types import Receive

WATCHED_AFTER_S = 0.2
"""Nearly every answer is there before, and watching costs a task."""


@contextmanager
def ended_with_client(receive: Receive) -> Iterator[None]:
    """Raise ClientDisconnect in the block when whoever asked has gone. The body must have been read."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    watching: asyncio.Task[None] | None = None
    is_gone = False

    async def watch() -> None:
        nonlocal is_gone
        while (await receive())["type"] != "http.disconnect":
            pass
        is_gone = True
        task.cancel()

    def begin() -> None:
        nonlocal watching
        watching = loop.create_task(watch())

    timer = loop.call_later(WATCHED_AFTER_S, begin)
    try:
        yield
    except asyncio.CancelledError:
        if not is_gone:
            raise
        task.uncancel()
        raise ClientDisconnect from None
    finally:
        timer.cancel()
        if watching is not None:
            watching.cancel()
