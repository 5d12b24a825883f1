"""What both engines share: the threads that talk to them, and how a question is stopped."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Concatenate, Literal, ParamSpec, TypeVar

from ..errors import TooSlow, Unavailable
from .dialects import Dialect
from .limits import Alarm, Limits, NoTurn, Running, Turn, Turns, nothing
from .tx import Tx

P = ParamSpec("P")
R = TypeVar("R")
Access = Literal["read", "write"]
Lane = Literal["brief", "slow"]


class Db:
    """A database and the threads that talk to it."""

    dialect: Dialect = Dialect()
    limits: Limits | None = None
    trouble = ""
    """Why the last transaction that wrote could not; empty if it could."""
    written = 0
    """How many transactions of this process may have written, to see whether something can have changed since."""
    grace_s = 0.0
    """How much later than the engine, which looks at the clock for each statement, we stop a question of several."""

    def __init__(self, readers: int, writers: int, limits: Limits | None) -> None:
        self.limits = limits
        self._threads = {"read": ThreadPoolExecutor(readers, "db-read"), "write": ThreadPoolExecutor(writers, "db-write")}
        if limits is not None:
            self._threads["slow"] = ThreadPoolExecutor(limits.slow, "db-slow")
            self.turns: dict[Lane, Turns] = {"brief": Turns(limits.slow), "slow": Turns(limits.slow)}

    async def read(self, fn: Callable[Concatenate[Tx, P], R], *args: P.args, **kw: P.kwargs) -> R:
        """The answer of `fn(tx, …)`, run in a database thread."""
        if self.limits is not None:
            return await self._read_within(self.limits, lambda tx: fn(tx, *args, **kw))
        return await self._hop("read", lambda tx: fn(tx, *args, **kw))

    async def write(self, fn: Callable[Concatenate[Tx, P], R], *args: P.args, **kw: P.kwargs) -> R:
        """The same in one transaction, undone if `fn` raises. It is not stopped: whoever writes has a reason."""
        try:
            answer = await self._hop("write", lambda tx: fn(tx, *args, **kw))
        except Unavailable as error:
            if error.away == "database":
                self.trouble = error.detail
            raise
        self.trouble = ""
        return answer

    async def _hop(self, access: Access, fn: Callable[[Tx], R]) -> R:
        def work() -> R:
            with self.transaction(access) as tx:
                return fn(tx)

        return await asyncio.get_running_loop().run_in_executor(self._threads[access], work)

    async def _read_within(self, limits: Limits, fn: Callable[[Tx], R]) -> R:
        by = asyncio.get_running_loop().time() + limits.statement_s
        try:
            with suppress(TooSlow):
                return await self._read_briefly(limits, by, fn)
            return await self._read_slowly(limits, by, fn)
        except NoTurn:
            raise TooSlow(f"other slow questions were not answered within {limits.statement_s:g} s; ask for less, or later") from None

    async def _read_briefly(self, limits: Limits, by: float, fn: Callable[[Tx], R]) -> R:
        """After a moment it goes on if there is a turn for it; if there is none it is asked again when it has one."""
        with Turn(self.turns["brief"]) as turn:
            brief_s = limits.brief_s + self.grace_s
            try:
                return await self._stoppable("brief", limits.moment_s, fn, lambda: brief_s if turn.take_if_free() else 0)
            except TooSlow:
                if turn.is_taken:
                    raise
            await turn.take(by)
            return await self._stoppable("brief", brief_s, fn)

    async def _read_slowly(self, limits: Limits, by: float, fn: Callable[[Tx], R]) -> R:
        with Turn(self.turns["slow"]) as turn:
            await turn.take(by)
            try:
                return await self._stoppable("slow", limits.statement_s + self.grace_s, fn)
            except TooSlow:
                raise TooSlow(f"the question was given up after {limits.statement_s:g} s; ask for less") from None

    async def _stoppable(self, lane: Lane, limit_s: float, fn: Callable[[Tx], R], more: Callable[[], float] = nothing) -> R:
        """It ends when it has taken too long, and when whoever waits for it is cancelled."""
        running = Running()

        def work() -> R:
            with self.reading(lane) as tx, running.stopped_by(tx.stop):
                return fn(tx)

        threads = self._threads["read" if lane == "brief" else lane]
        try:
            with Alarm(running, limit_s, more):
                return await asyncio.get_running_loop().run_in_executor(threads, work)
        except asyncio.CancelledError:
            await asyncio.to_thread(running.end)
            raise

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Around a transaction that writes: it counts once it is over, whatever became of it."""
        try:
            yield
        finally:
            self.written += 1

    @contextmanager
    def transaction(self, access: Access = "write") -> Iterator[Tx]:
        """The synchronous form, for commands and tests."""
        raise NotImplementedError
        yield

    @contextmanager
    def reading(self, lane: Lane) -> Iterator[Tx]:
        """The same for reading, with a connection of that lane."""
        raise NotImplementedError
        yield

    def close(self) -> None:
        for threads in self._threads.values():
            threads.shutdown()
