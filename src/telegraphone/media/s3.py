"""Media in an S3 bucket.

Small files go in one request that the bucket refuses when the key is taken; large ones in parts, of which few are in memory at a time and
none are seen before the last one is there.
"""

import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from ..errors import BadSetting, Conflict, NotFound, Unavailable
from ..model import MediaKey
from . import FileIn, Kept, MediaSettings, Stored, safe_parts
from .each import put_each

CHUNK = 256 * 1024
PART = 5 * 1024 * 1024
"""The protocol's smallest; of 10 000 parts at most, so a recording may have 50 GB."""
PARTS_AT_ONCE = 1
_TAKEN = (AlreadyExistsError, PreconditionError)


class S3Media:
    def __init__(self, place: str, settings: MediaSettings) -> None:
        bucket, _, prefix = place.partition("/")
        if not bucket:
            raise BadSetting("media: s3:// needs a bucket: s3://bucket/prefix")
        self.store = S3Store(
            bucket,
            prefix=prefix.strip("/") or None,
            client_options={
                "allow_http": settings.endpoint.startswith("http://"),
                "timeout": timedelta(days=1),
                "read_timeout": "60s",
                "connect_timeout": "5s",
            },
            retry_config={"max_retries": 4, "retry_timeout": timedelta(seconds=30)},  # then it is away, and who asked is told so
            **_config(settings),
        )

    async def put(self, key: MediaKey, chunks: AsyncIterator[bytes]) -> Stored:
        safe_parts(key)
        upload = _Upload(chunks)
        first = await upload.take(PART)
        with _bucket_errors(key):
            if len(first) < PART:
                await self._put_small(key, first, upload)
            else:
                await self._put_large(key, first, upload)
        return upload.stored

    async def put_files(self, files: Sequence[FileIn]) -> Sequence[Kept]:
        return await put_each(self, files)

    async def _put_small(self, key: MediaKey, body: bytes, upload: "_Upload") -> None:
        try:
            await obstore.put_async(self.store, key, body, mode="create", use_multipart=False)
        except _TAKEN:
            await self._must_hold(key, upload.stored)

    async def _put_large(self, key: MediaKey, first: bytes, upload: "_Upload") -> None:
        """Parts cannot be refused for a taken key, so it is looked up first. Whoever sends the chunks and fails undoes the upload."""
        if await self._is_there(key):
            while await upload.take(PART):
                pass
            await self._must_hold(key, upload.stored)
            return
        try:
            await obstore.put_async(self.store, key, upload.rest(first), use_multipart=True, chunk_size=PART, max_concurrency=PARTS_AT_ONCE)
        except Exception:
            if upload.error is not None:
                raise upload.error from None
            raise

    async def _is_there(self, key: MediaKey) -> bool:
        try:
            await obstore.head_async(self.store, key)
        except FileNotFoundError:
            return False
        return True

    async def _must_hold(self, key: MediaKey, wanted: Stored) -> None:
        digest = hashlib.sha256()
        async for chunk in self.get(key):
            digest.update(chunk)
        if digest.hexdigest() != wanted.sha256:
            raise Conflict(f"media {key} holds other bytes")

    async def get(self, key: MediaKey, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        safe_parts(key)
        with _bucket_errors(key):
            if (found := await self._get(key, start, end)) is not None:
                async for chunk in found.stream(min_chunk_size=CHUNK):
                    yield bytes(chunk)

    async def _get(self, key: MediaKey, start: int, end: int | None) -> Any:
        """None where the range holds nothing, which the protocol calls an error."""
        if end is not None and end <= start:
            await self.size(key)
            return None
        where: Any = {"offset": start} if end is None else (start, end)
        try:
            return await obstore.get_async(self.store, key, options={"range": where} if start or end else None)
        except BaseError:
            if start and start >= await self.size(key):
                return None
            raise

    async def size(self, key: MediaKey) -> int:
        safe_parts(key)
        with _bucket_errors(key):
            return int((await obstore.head_async(self.store, key))["size"])

    async def remove(self, key: MediaKey) -> None:
        safe_parts(key)
        with _bucket_errors(key), suppress(FileNotFoundError):
            await obstore.delete_async(self.store, key)

    def path(self, key: MediaKey) -> Path | None:
        return None

    async def list(self, prefix: str = "") -> AsyncIterator[MediaKey]:
        with _bucket_errors(prefix):
            async for page in obstore.list(self.store, prefix.rstrip("/") or None):
                for entry in page:
                    yield MediaKey(entry["path"])


class _Upload:
    """The chunks of an upload, taken in parts of one size and hashed on the way."""

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks, self._left = aiter(chunks), bytearray()
        self._digest, self._size = hashlib.sha256(), 0
        self.error: BaseException | None = None

    async def take(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end."""
        while len(self._left) < size:
            chunk = await self._next()
            if chunk is None:
                break
            self._left += chunk
        part = bytes(self._left[:size])
        del self._left[:size]
        return part

    async def rest(self, first: bytes) -> AsyncIterator[bytes]:
        """Everything: what was taken already, what is left of it, and the chunks to come. What goes wrong there is kept in `error`."""
        yield first
        yield bytes(self._left)
        del first
        self._left.clear()
        try:
            while (chunk := await self._next()) is not None:
                yield chunk
        except BaseException as error:
            self.error = error
            raise

    async def _next(self) -> bytes | None:
        chunk = await anext(self._chunks, None)
        if chunk is not None:
            self._digest.update(chunk)
            self._size += len(chunk)
        return chunk

    @property
    def stored(self) -> Stored:
        return Stored(self._size, self._digest.hexdigest())


def _config(settings: MediaSettings) -> dict[str, Any]:
    named = {
        "endpoint": settings.endpoint, "region": settings.region,
        "access_key_id": settings.access_key, "secret_access_key": settings.secret_key,
    }  # fmt: skip
    return {name: value for name, value in named.items() if value}


@contextmanager
def _bucket_errors(key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NotFound(f"no media {key}") from None
    except BaseError as error:
        raise Unavailable(f"the bucket does not answer as it should ({type(error).__name__})", "media") from error
