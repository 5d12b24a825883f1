"""What only a folder can do wrong."""

import asyncio
import gc
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from telegraphone.errors import Unavailable
from telegraphone.media import FileIn
from telegraphone.media.local import LocalMedia
from telegraphone.model import MediaKey


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """As a disk that is full, for this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("others", [0, 9])
def test_a_copy_that_finds_no_room_leaves_nothing(tmp_path: Path, others: int) -> None:
    """Nor do those that came before it: it is tried again and again, and each try would leave less room."""
    media = LocalMedia(str(tmp_path / "media"))
    sizes = [*[10] * others, 3_000_000]
    files = [FileIn(tmp_path / f"{number}.wav", lambda sha256: MediaKey(f"a/{sha256}.wav")) for number in range(len(sizes))]
    for number, size in enumerate(sizes):
        (tmp_path / f"{number}.wav").write_bytes(b"s" * size)
    with no_file_longer_than(2_000_000), pytest.raises(Unavailable):
        asyncio.run(media.put_files(files))
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []
    assert all(isinstance(kept, tuple) for kept in asyncio.run(media.put_files(files)))


def test_a_reader_that_is_cancelled_leaves_nothing_open(tmp_path: Path) -> None:
    """A file that is left open is a warning when it is collected, and warnings are errors here."""
    media, key = LocalMedia(str(tmp_path)), MediaKey("2026/a.wav")

    async def bytes_of() -> AsyncIterator[bytes]:
        yield b"x" * 1000

    async def read() -> None:
        async for _ in media.get(key):
            pass

    async def cancel_at_once() -> None:
        await media.put(key, bytes_of())
        for steps in range(30):
            task = asyncio.create_task(read())
            for _ in range(steps % 5):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancel_at_once())
    gc.collect()
