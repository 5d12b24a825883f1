"""Many files into a place that takes one after the other."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from io import BufferedReader

from . import FileIn, Kept, Media

CHUNK = 256 * 1024
AT_ONCE = 8


async def put_each(media: Media, files: Sequence[FileIn]) -> Sequence[Kept]:
    """Some beside each other. What the place itself raises ends all."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def put(file: FileIn) -> Kept:
        async with turn:
            try:
                source = await asyncio.to_thread(open, file.path, "rb")
                with source:
                    sha256, whole = await asyncio.to_thread(_look_through, source)
                    key = file.key_of(sha256)
                    return key, await media.put(key, _chunks(source, whole))
            except OSError as error:
                return error

    results = await asyncio.gather(*map(put, files), return_exceptions=True)  # each comes to its end, and closes its file
    for error in results:
        if isinstance(error, BaseException) and not isinstance(error, OSError):
            raise error
    return [result for result in results if isinstance(result, OSError | tuple)]


def _look_through(file: BufferedReader) -> tuple[str, bytes]:
    """Its SHA-256, and all of it if that is little."""
    first = file.read(CHUNK)
    digest = hashlib.sha256(first)
    if len(first) < CHUNK:
        return digest.hexdigest(), first
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest(), b""


async def _chunks(file: BufferedReader, whole: bytes) -> AsyncIterator[bytes]:
    if whole:
        yield whole
        return
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk
