"""Media in a dict, for tests."""

import hashlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from ..errors import Conflict, NotFound
from ..model import MediaKey
from . import FileIn, Kept, MediaSettings, Stored, safe_parts
from .each import put_each

CHUNK = 256 * 1024


class MemoryMedia:
    def __init__(self, _: str = "", __: MediaSettings | None = None) -> None:
        self.blobs: dict[MediaKey, bytes] = {}

    async def put(self, key: MediaKey, chunks: AsyncIterator[bytes]) -> Stored:
        safe_parts(key)
        blob = b"".join([chunk async for chunk in chunks])
        if self.blobs.setdefault(key, blob) != blob:
            raise Conflict(f"media {key} holds other bytes")
        return Stored(len(blob), hashlib.sha256(blob).hexdigest())

    async def put_files(self, files: Sequence[FileIn]) -> Sequence[Kept]:
        return await put_each(self, files)

    async def get(self, key: MediaKey, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        blob = self._blob(key)[start:end]
        for at in range(0, len(blob), CHUNK):
            yield blob[at : at + CHUNK]

    async def size(self, key: MediaKey) -> int:
        return len(self._blob(key))

    async def remove(self, key: MediaKey) -> None:
        self.blobs.pop(key, None)

    def path(self, key: MediaKey) -> Path | None:
        return None

    async def list(self, prefix: str = "") -> AsyncIterator[MediaKey]:
        folder = f"{prefix.rstrip('/')}/" if prefix else ""
        for key in list(self.blobs):
            if key.startswith(folder):
                yield key

    def _blob(self, key: MediaKey) -> bytes:
        safe_parts(key)
        if key not in self.blobs:
            raise NotFound(f"no media {key}")
        return self.blobs[key]
