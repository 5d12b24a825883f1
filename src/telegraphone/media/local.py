"""Media in a folder.

A file is written under a name of its own, brought to the disk, and only then linked to its key: whoever sees the key sees all of it, and a
link cannot replace what is there. A crash leaves a file in `.incoming`, which the next start removes when it is a day old.
"""

import asyncio
import contextlib
import errno
import hashlib
import io
import os
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, ParamSpec, TypeVar, cast

from ..errors import Conflict, NotFound, Unavailable
from ..model import MediaKey
from . import FileIn, Kept, MediaSettings, Stored, safe_parts
from .flush import sync_file_system

P = ParamSpec("P")
R = TypeVar("R")
CHUNK = 256 * 1024
SHARE = 1 << 30
"""Bytes that the system is asked to copy at a time."""
INCOMING = ".incoming"
FEW = 4
"""Up to so many files are brought to the disk one by one, more of them by flushing the file system that they are on."""
_DAY_S = 86_400
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)


class LocalMedia:
    def __init__(self, root: str, _: MediaSettings | None = None) -> None:
        self.root = Path(root).resolve()
        self._incoming = self.root / INCOMING
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._making = threading.Lock()
        _remove_left_over(self._incoming)

    async def put(self, key: MediaKey, chunks: AsyncIterator[bytes]) -> Stored:
        place, digest, size = self._place(key), hashlib.sha256(), 0
        file, written = await _disk(self._new_file)
        try:
            with file:
                async for chunk in chunks:
                    digest.update(chunk)
                    size += await _disk(file.write, chunk)
                await _disk(_settle, file)
            await _disk(self._link_all, [(str(written), place, digest.hexdigest())])
        finally:
            await _disk(_remove, written)
        return Stored(size, digest.hexdigest())

    async def put_files(self, files: Sequence[FileIn]) -> Sequence[Kept]:
        return await _disk(self._put_files, files)

    def _put_files(self, files: Sequence[FileIn]) -> list[Kept]:
        """All in one thread, and many brought to the disk together: a file costs little more than its bytes."""
        written: list[tuple[str, Stored] | OSError] = []
        try:
            for file in files:
                written.append(self._copy(file.path))
            if any(isinstance(one, tuple) for one in written):
                self._settle_all([one for one in written if isinstance(one, tuple)])
            return self._publish_all(files, written)
        finally:
            for one in written:
                if isinstance(one, tuple):
                    _remove(one[0])

    def _copy(self, source: str | Path) -> tuple[str, Stored] | OSError:
        """Into a file of our own, which is then read: what is hashed is what is kept. An error of reading the source is an answer, one of
        writing is raised."""
        try:
            opened = open(source, "rb", buffering=0)  # noqa: SIM115 - an error of opening is another one than those below
        except OSError as error:
            return error
        path = f"{self._incoming}/{secrets.token_hex(16)}"
        try:
            with opened, open(path, "x+b", buffering=0) as copy:
                _fill(copy, opened)
                return path, _read_back(copy)
        except BaseException as error:
            _remove(path)
            if isinstance(error, _OfSource):
                return error.error
            raise

    def _settle_all(self, written: Sequence[tuple[str, Stored]]) -> None:
        if len(written) > FEW:
            sync_file_system(self._incoming)
            _leave_cache([path for path, stored in written if stored.bytes > CHUNK])
            return
        for path, _ in written:
            with open(path, "rb") as file:
                os.fsync(file.fileno())

    def _publish_all(self, files: Sequence[FileIn], written: Sequence[tuple[str, Stored] | OSError]) -> list[Kept]:
        kept: list[Kept] = []
        places: list[tuple[str, str, str]] = []
        for file, one in zip(files, written, strict=True):
            if isinstance(one, OSError):
                kept.append(one)
                continue
            key = file.key_of(one[1].sha256)
            places.append((one[0], self._place(key), one[1].sha256))
            kept.append((key, one[1]))
        self._link_all(places)
        return kept

    def _link_all(self, places: Sequence[tuple[str, str, str]]) -> None:
        folders = {Path(folder) for folder in {os.path.dirname(path) for _, path, _ in places}}
        with self._making:  # who finds a folder must be able to trust that it is on the disk
            for folder in folders:
                self._make_folder(folder)
        for written, path, sha256 in places:
            self._link(written, path, sha256)
        for folder in folders:
            _sync_folder(folder)

    def _new_file(self) -> tuple[BinaryIO, Path]:
        file = NamedTemporaryFile(dir=self._incoming, delete=False)  # noqa: SIM115 - closed by who writes it
        return cast(BinaryIO, file), Path(file.name)

    def _link(self, written: str, path: str, sha256: str) -> None:
        try:
            os.link(written, path)
        except FileExistsError:
            with open(path, "rb") as there:
                if hashlib.file_digest(there, "sha256").hexdigest() != sha256:
                    raise Conflict(f"media {os.path.relpath(path, self.root)} holds other bytes") from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _rename(Path(written), Path(path))

    def _make_folder(self, folder: Path) -> None:
        """Make it and those above it, each known to the one above before anything is put there."""
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            _sync_folder(folder.parent)

    async def get(self, key: MediaKey, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        with self._open(key) as file:  # not in a thread: who is cancelled meanwhile would leave it open
            chunk = await _disk(_read_at, file, start, CHUNK if end is None else min(CHUNK, max(end - start, 0)))
            while chunk:
                yield chunk
                start += len(chunk)
                chunk = b"" if start == end else await _disk(file.read, CHUNK if end is None else min(CHUNK, end - start))

    async def size(self, key: MediaKey) -> int:
        with self._open(key) as file:
            return os.fstat(file.fileno()).st_size

    async def remove(self, key: MediaKey) -> None:
        await _disk(_remove, self._path(key))

    def path(self, key: MediaKey) -> Path | None:
        return self._path(key)

    async def list(self, prefix: str = "") -> AsyncIterator[MediaKey]:
        top = self._path(MediaKey(prefix.rstrip("/"))) if prefix else self.root
        for folder, folders, names in os.walk(top):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                yield MediaKey((Path(folder) / name).relative_to(self.root).as_posix())

    def _open(self, key: MediaKey) -> BinaryIO:
        try:
            return open(self._path(key), "rb")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise NotFound(f"no media {key}") from None
        except OSError as error:
            raise Unavailable(f"the media folder cannot be read: {error.strerror}", "media") from error

    def _path(self, key: MediaKey) -> Path:
        return Path(self._place(key))

    def _place(self, key: MediaKey) -> str:
        return "/".join((str(self.root), *safe_parts(key)))


async def _disk(fn: Callable[P, R], *args: P.args, **kw: P.kwargs) -> R:
    """What a disk does takes its time, and may fail: a full one is Unavailable. (What the chunks raise is left as it is.)"""
    try:
        return await asyncio.to_thread(fn, *args, **kw)
    except OSError as error:
        raise Unavailable(f"the media folder: {error.strerror or error}", "media") from error


def _read_at(file: BinaryIO, start: int, size: int) -> bytes:
    """Both together, since each way to the disk costs a thread."""
    file.seek(start)
    return file.read(size)


def _remove(path: str | Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


class _OfSource(Exception):
    """The file that is copied cannot be read."""

    def __init__(self, error: OSError) -> None:
        self.error = error


def _fill(copy: io.FileIO, source: io.FileIO) -> None:
    """By the system itself, which shares the bytes where the file system can (btrfs, XFS); what it leaves, by reading and writing."""
    with contextlib.suppress(OSError):  # whichever file it is of: it comes again below
        while os.copy_file_range(source.fileno(), copy.fileno(), SHARE):
            pass
    while chunk := _read(source):
        _write_all(copy, chunk)


def _read(source: io.FileIO) -> bytes | None:
    try:
        return source.read(CHUNK)
    except OSError as error:
        raise _OfSource(error) from None


def _write_all(file: io.FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


def _read_back(copy: io.FileIO) -> Stored:
    copy.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := copy.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return Stored(size, digest.hexdigest())


def _leave_cache(paths: Sequence[str]) -> None:
    """Files that are on the disk need not be in memory, too: who scans a large folder would push out what others need there."""
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _rename(written: Path, path: Path) -> None:
    """For file systems without links: nothing stands there (keys hold a hash of what they name), so nothing is replaced."""
    if path.exists():
        raise Conflict(f"media {path.name} is there already")
    written.rename(path)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_left_over(incoming: Path) -> None:
    for path in incoming.iterdir():
        try:
            if path.stat().st_mtime < time.time() - _DAY_S:
                path.unlink()
        except FileNotFoundError:
            pass
