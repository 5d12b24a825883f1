"""Answers that are streams: piece by piece, as fast as they are taken, and closed as soon as nobody listens."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send


class Stream(Response):
    """The pieces of a generator, which is closed in any case: it may have a child process."""

    def __init__(self, pieces: AsyncGenerator[bytes, None], status: int, headers: Mapping[str, str]) -> None:
        self.pieces, self.status_code, self.background = pieces, status, None
        self.init_headers(headers)

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        self.raw_headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_disconnected(receive))
        try:
            async with contextlib.aclosing(self.pieces):
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                async for piece in self.pieces:
                    if gone.done():
                        return
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()


class EventStream(Stream):
    """Server-sent events. Whoever does not take a piece in time is not waited for: he comes back and says where he was."""

    def __init__(self, pieces: AsyncGenerator[bytes, None], slow_s: float) -> None:
        self._slow_s = slow_s
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(pieces, 200, headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(self._slow_s):
                await send(message)

        with contextlib.suppress(TimeoutError):
            await super().__call__(scope, receive, send_in_time)


class WholeFile(Stream):
    """A file of this machine that the server sends by itself, where it can (`pathsend`)."""

    def __init__(self, path: Path, pieces: AsyncGenerator[bytes, None], headers: Mapping[str, str]) -> None:
        super().__init__(pieces, 200, headers)
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "http.response.pathsend" not in scope.get("extensions", {}):
            await super().__call__(scope, receive, send)
            return
        await self.pieces.aclose()
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.pathsend", "path": str(self._path)})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
