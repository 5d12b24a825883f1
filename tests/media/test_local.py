"""What only a folder can do wrong."""

import asyncio
import resource
from collections.abc import Iterator
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
