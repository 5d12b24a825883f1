"""The changes that this worker's event streams tell: the table is read twice a second for all of them together.

Nothing is kept for a stream. What was read last stands in a window that all look into; who is behind it reads the table by himself, page by
page, as fast as his bytes are taken.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator

import msgspec

from ..db import Db
from ..errors import Unavailable
from ..sql.server.changes import Told, last_change, list_changes

PAGE = 500
WINDOW = 2000


class Pace(msgspec.Struct, frozen=True):
    """How often the table is read, after how much silence a sign of life is sent, how long a piece may wait until it is taken, and how many
    streams one worker has: each is a connection that stays.
    """

    every_s: float = 0.5
    silence_s: float = 15.0
    slow_s: float = 30.0
    most_streams: int = 500


_USUAL = Pace()


class Ticker:
    """One for the process; it reads while somebody listens."""

    def __init__(self, db: Db, pace: Pace = _USUAL) -> None:
        self._db, self.pace = db, pace
        self._window: deque[Told] = deque()
        self._before = self._last = 0
        """The window holds all changes after the first and up to the second."""
        self._reading: asyncio.Task[None] | None = None
        self._ticked = asyncio.Event()
        self._listeners = 0
        self.is_closed = False

    async def start(self, after: int | None) -> int:
        """Where a stream begins that wants what comes after this change, or None: only what comes now."""
        if self._listeners >= self.pace.most_streams:
            raise Unavailable(f"{self.pace.most_streams} streams are open here already")
        newest = await self._db.read(last_change)
        return newest if after is None else min(after, newest)  # a higher one was given by another database

    async def listen(self, after: int) -> AsyncGenerator[list[Told], None]:
        """Changes after this one, some at a time; an empty list when there were none for a while. Ends when the server does."""
        self._listeners += 1
        try:
            while not self.is_closed:
                self._read_on(after)
                some = await self._after(after) or await self._wait(after)
                if not self.is_closed:
                    yield some
                after = some[-1].id if some else after
        finally:
            self._listeners -= 1

    def close(self) -> None:
        """End all streams, now."""
        self.is_closed = True
        if self._reading is not None:
            self._reading.cancel()
        self._tick()

    async def _after(self, after: int) -> list[Told]:
        """A page of what comes after this change, out of the window if it reaches back so far. While the database is away: nothing."""
        if after < self._before:
            with contextlib.suppress(Unavailable):
                return await self._db.read(list_changes, after, PAGE)
            return []
        return [one for one in self._window if one.id > after][:PAGE]

    async def _wait(self, after: int) -> list[Told]:
        try:
            async with asyncio.timeout(self.pace.silence_s):
                while not self.is_closed and not (some := await self._after(after)):
                    await self._ticked.wait()
        except TimeoutError:
            return []
        return [] if self.is_closed else some

    def _read_on(self, after: int) -> None:
        """Begin to read, if nobody does: from where the first listener stands."""
        if self._reading is None:
            self._window.clear()
            self._before = self._last = after
            self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        """Until nobody listens any more. A database that is away is asked again; streams stay, and say nothing."""
        try:
            while self._listeners:
                is_more = False
                with contextlib.suppress(Unavailable):
                    is_more = self._put(await self._db.read(list_changes, self._last, PAGE))
                await asyncio.sleep(0 if is_more else self.pace.every_s)
        finally:
            self._reading = None
            self._tick()

    def _put(self, read: list[Told]) -> bool:
        """Into the window; whether there is more to read at once."""
        for one in read:
            self._window.append(one)
            self._last = one.id
        while len(self._window) > WINDOW:
            self._before = self._window.popleft().id
        if read:
            self._tick()
        return len(read) == PAGE

    def _tick(self) -> None:
        self._ticked.set()
        self._ticked = asyncio.Event()
