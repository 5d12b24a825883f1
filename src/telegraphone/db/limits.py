"""How long a question may take, and how one that takes long is kept from those that do not.

Every question is asked first among the brief ones. One that is not answered within `moment_s` goes on if it finds a turn; if all are taken
it is stopped, and asked again when it has one. One that is not answered within `brief_s` is stopped and asked again among the slow ones.
Of both, few run at a time: so nothing needs to know beforehand what is heavy, and whoever asks for something light waits for nobody.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Self

import msgspec

from ..errors import TooSlow

AGAIN_S = 0.1
"""A stop that came between two statements is repeated so often."""


class Limits(msgspec.Struct, frozen=True):
    """`statement_s`: when a question is given up. `slow`: how many slow ones run at a time, and how many turns there are beside them."""

    statement_s: float
    brief_s: float = 0.25
    moment_s: float = 0.05
    slow: int = 1


class NoTurn(Exception):
    """None came free in time."""


class Turns:
    """Who may go on, of those that need long: so many at a time, whoever has waited longest first. Of the event loop, as each `Turn` is."""

    def __init__(self, count: int) -> None:
        self.free: asyncio.Queue[None] = asyncio.Queue()
        for _ in range(count):
            self.free.put_nowait(None)


class Turn:
    """A question's: taken or not, given back at the end of the block."""

    def __init__(self, turns: Turns) -> None:
        self._turns, self.is_taken = turns, False

    def take_if_free(self) -> bool:
        """Whether there was one."""
        with suppress(asyncio.QueueEmpty):
            self._turns.free.get_nowait()
            self.is_taken = True
        return self.is_taken

    async def take(self, by: float) -> None:
        """Wait for one until this time of the event loop; NoTurn after it."""
        try:
            async with asyncio.timeout_at(by):
                await self._turns.free.get()
        except TimeoutError:
            raise NoTurn from None
        self.is_taken = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_taken:
            self._turns.free.put_nowait(None)


class Running:
    """What a thread of the database does now, so that it can be stopped from outside."""

    def __init__(self) -> None:
        self._lock, self._over = threading.Lock(), threading.Event()
        self._stop: Callable[[], None] | None = None
        self._began: float | None = None
        self._is_wanted = True

    @contextmanager
    def stopped_by(self, stop: Callable[[], None]) -> Iterator[None]:
        """While the block runs, `stop` ends it; afterwards the connection is somebody else's. TooSlow if nobody wants it any more."""
        with self._lock:
            if not self._is_wanted:
                raise TooSlow
            self._stop, self._began = stop, time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._stop = None
            self._over.set()

    def stop(self) -> bool:
        """End what runs, if something does; whether it does. It may wait for the network, so the event loop must not call it."""
        with self._lock:
            if self._stop is not None:
                self._stop()
            return self._stop is not None

    def end(self) -> None:
        """Nobody wants it any more: stop it as often as it takes, and let it not begin."""
        with self._lock:
            self._is_wanted = False
        while self.stop() and not self._over.wait(AGAIN_S):
            pass

    def remaining_s(self, limit_s: float) -> float:
        """All of it as long as it has not begun."""
        return limit_s if self._began is None else self._began + limit_s - time.monotonic()


def nothing() -> float:
    """No seconds more."""
    return 0


class Alarm:
    """Stops what runs when it has run for so long, by the clock of the event loop: to be used as a context.

    `more` is asked once before that, how many seconds it may go on.
    """

    def __init__(self, running: Running, limit_s: float, more: Callable[[], float] = nothing) -> None:
        self._running, self._limit_s, self._more = running, limit_s, more

    def __enter__(self) -> None:
        self._set(self._limit_s)

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _set(self, delay_s: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._look)

    def _look(self) -> None:
        if self._running.remaining_s(self._limit_s) <= 0:
            self._limit_s, self._more = self._limit_s + self._more(), nothing
        remaining_s = self._running.remaining_s(self._limit_s)
        if remaining_s <= 0:
            asyncio.get_running_loop().run_in_executor(None, self._running.stop)
        self._set(remaining_s if remaining_s > 0 else AGAIN_S)
