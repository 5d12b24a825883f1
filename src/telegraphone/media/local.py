"""Media in a folder.

A file is written under a name of its own, brought to the disk, and only then linked to its key: whoever sees the key sees all of it, and a
link cannot replace what is there. A crash leaves a file in `.incoming`, which the next start removes when it is a day old.
"""

import asyncio
import errno
import hashlib
import io
import os
import secrets
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
        _remove_left_over(self._incoming)

    async def put(self, key: MediaKey, chunks: AsyncIterator[bytes]) -> Stored:
        path, digest, size = self._path(key), hashlib.sha256(), 0
        file, written = await _disk(self._new_file)
        try:
            with file:
                async for chunk in chunks:
                    digest.update(chunk)
                    size += await _disk(file.write, chunk)
                await _disk(_settle, file)
            await _disk(self._publish, written, path, digest.hexdigest())
        finally:
            await _disk(_remove, written)
        return Stored(size, digest.hexdigest())

    async def put_files(self, files: Sequence[FileIn]) -> Sequence[Kept]:
        return await _disk(self._put_files, files)

    def _put_files(self, files: Sequence[FileIn]) -> list[Kept]:
        """All in one thread, and many brought to the disk together: a file costs little more than its bytes."""
        written: list[tuple[Path, Stored] | OSError] = []
        try:
            for file in files:
                written.append(self._copy(file.path))
            if any(isinstance(one, tuple) for one in written):
                self._settle_all([one[0] for one in written if isinstance(one, tuple)])
            return self._publish_all(files, written)
        finally:
            for one in written:
                if isinstance(one, tuple):
                    _remove(one[0])

    def _copy(self, source: Path) -> tuple[Path, Stored] | OSError:
        """Into a file of our own. An error of reading is an answer, one of writing is raised."""
        digest, size = hashlib.sha256(), 0
        path = self._incoming / secrets.token_hex(16)
        try:
            opened = open(source, "rb", buffering=0)  # noqa: SIM115 - an error of opening is another one than those below
        except OSError as error:
            return error
        with opened, open(path, "xb", buffering=0) as file:
            while chunk := _read(opened):
                if isinstance(chunk, OSError):
                    _remove(path)
                    return chunk
                digest.update(chunk)
                _write_all(file, chunk)
                size += len(chunk)
        return path, Stored(size, digest.hexdigest())

    def _settle_all(self, paths: Sequence[Path]) -> None:
        if len(paths) > FEW:
            sync_file_system(self._incoming)
            return
        for path in paths:
            with open(path, "rb") as file:
                os.fsync(file.fileno())

    def _publish_all(self, files: Sequence[FileIn], written: Sequence[tuple[Path, Stored] | OSError]) -> list[Kept]:
        kept: list[Kept] = []
        folders = set()
        for file, one in zip(files, written, strict=True):
            if isinstance(one, OSError):
                kept.append(one)
                continue
            path, stored = one
            key = file.key_of(stored.sha256)
            self._link(path, self._path(key), stored.sha256)
            folders.add(self._path(key).parent)
            kept.append((key, stored))
        for folder in folders:
            _sync_folder(folder)
        return kept

    def _new_file(self) -> tuple[BinaryIO, Path]:
        file = NamedTemporaryFile(dir=self._incoming, delete=False)  # noqa: SIM115 - closed by who writes it
        return cast(BinaryIO, file), Path(file.name)

    def _publish(self, written: Path, path: Path, sha256: str) -> None:
        self._link(written, path, sha256)
        _sync_folder(path.parent)

    def _link(self, written: Path, path: Path, sha256: str) -> None:
        self._make_folder(path.parent)
        try:
            os.link(written, path)
        except FileExistsError:
            with open(path, "rb") as there:
                if hashlib.file_digest(there, "sha256").hexdigest() != sha256:
                    raise Conflict(f"media {path.relative_to(self.root)} holds other bytes") from None
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _rename(written, path)

    def _make_folder(self, folder: Path) -> None:
        """Make it and those above it, each known to the one above before anything is put there."""
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(exist_ok=True)
            _sync_folder(folder.parent)

    async def get(self, key: MediaKey, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        with self._open(key) as file:
            file.seek(start)
            left = None if end is None else max(end - start, 0)
            while chunk := await _disk(file.read, CHUNK if left is None else min(CHUNK, left)):
                left = None if left is None else left - len(chunk)
                yield chunk

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
        return self.root.joinpath(*safe_parts(key))


async def _disk(fn: Callable[P, R], *args: P.args, **kw: P.kwargs) -> R:
    """What a disk does takes its time, and may fail: a full one is Unavailable. (What the chunks raise is left as it is.)"""
    try:
        return await asyncio.to_thread(fn, *args, **kw)
    except OSError as error:
        raise Unavailable(f"the media folder: {error.strerror or error}", "media") from error


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _read(file: io.FileIO) -> bytes | OSError | None:
    try:
        return file.read(CHUNK)
    except OSError as error:
        return error


def _write_all(file: io.FileIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


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
