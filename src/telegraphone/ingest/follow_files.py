"""A log file that grows, is rotated, truncated or replaced: what is new in it since the last time, and where to go on.

A file is recognised by its inode and by what stands at its beginning and before the place that was reached, not by its name. When that is
no longer what the path leads to, it is looked for among its rotated siblings (`queue_log.1`, `Master.csv-20261124`): its rest is read
first, then the files that came after it, then the path's own. Only whole lines are taken. What this reads twice, the record recognises.
"""

import hashlib
import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

import msgspec

from ..errors import Unavailable
from ..events import Event, Unreadable
from . import find_source
from .cel_rows import SOURCE as CEL

CHUNK = 512 * 1024
"""Bytes that are read at a time; about 2,000 rows of CEL."""
CONTEXT = 256 * 1024
"""Bytes before the place that are read with what is new: equal rows are told apart by those before them (rows.NEAR), equal hours too."""
FILES = 20
"""How many files before the one that is read are remembered: the context may be in several, if they are small."""
MARK = 1024
TRIES, PAUSE_S = 50, 0.01
"""How often a step is begun anew because something was rotated in the middle of it, and what is waited for before that."""
HOLD_S = 1.0
"""How long a quoted value that is open at the end of the file may go on in a next line; cel_custom cuts off closing quotes, too."""
_ROTATED = re.compile(r"[.-]\d[\dT_.-]*$", re.ASCII)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far which file was read. `mark` is what stands there, `base` the bytes of the files before it, `before` their inodes."""

    inode: int
    offset: int = 0
    mark: bytes = b""
    mtime: int = 0
    base: int = 0
    before: tuple[int, ...] = ()

    @property
    def position(self) -> int:
        """One number that only grows: bytes of all files of this log."""
        return self.base + self.offset

    def kept(self) -> bytes:
        """As it is kept with the position."""
        return msgspec.msgpack.encode(self)


class Step(msgspec.Struct, frozen=True):
    """What was read, and the place that is reached. `is_lost`: the file that was being read is nowhere, so its rest is not known.
    `is_more`: there was more to read.
    """

    items: Sequence[Event | Unreadable]
    place: Place
    is_lost: bool = False
    is_more: bool = True


class LogFile(msgspec.Struct, frozen=True):
    """What is followed: `columns` as `read` takes them."""

    path: Path
    source: str
    zone: ZoneInfo
    columns: tuple[str, ...] | None = None

    def place_of(self, kept: bytes) -> Place:
        """The place that was kept."""
        return msgspec.msgpack.decode(kept, type=Place)

    def close(self) -> None:
        """A file is open only while it is read."""

    def behind(self, place: Place) -> int | None:
        """Bytes that lie between a place and the end of the log; None when that is not known here: the file is elsewhere, or gone."""
        try:
            chain = _chain(self.path)
            current = _find(chain, place)
            if current is None:
                return None
            later = sum(file.stat().st_size for file in chain[chain.index(current) + 1 :])
            return max(0, current.stat().st_size - place.offset) + later
        except OSError:
            return None

    def read_on(self, place: Place | None, now: float) -> Step | None:
        """The next step from a place (None: the beginning), or None if there is nothing new. Unavailable if nothing can be read."""
        try:
            if place is not None and _is_still(self.path, place):
                return None
            return self._settled_step(place, now)
        except OSError as error:
            raise Unavailable(f"{self.path}: {error.strerror or error}") from error

    def _settled_step(self, place: Place | None, now: float) -> Step | None:
        """A step during which nothing was rotated: else a name may lead to one file when it is chosen and to another when it is read."""
        for _ in range(TRIES):
            before = _inodes(self.path)
            try:
                step = self._step(place, now)
            except FileNotFoundError:
                if before == _inodes(self.path):
                    raise
                continue
            if before == _inodes(self.path):
                return step
            time.sleep(PAUSE_S)
        raise Unavailable(f"{self.path}: is being rotated again and again")

    def _step(self, place: Place | None, now: float) -> Step | None:
        if place is None:
            return self._read(self.path, _begin(self.path), now, is_last=True)
        chain = _chain(self.path)
        current = _find(chain, place)
        if current is None:
            first = next((file for file in chain if file.stat().st_mtime_ns >= place.mtime), self.path)
            return Step((), _begin(first, base=place.position), is_lost=place.offset > 0)
        later = chain[chain.index(current) + 1 :]
        # Looked at before the rest is read: once the next file is written to, nothing is added to this one.
        following = next((file for file in later if file.stat().st_size), None)
        step = self._read(current, place, now, is_last=following is None)
        if step is not None or following is None:
            return step
        return Step((), _begin(following, base=place.position, before=(*place.before, current.stat().st_ino)[-FILES:]))

    def _read(self, path: Path, place: Place, now: float, *, is_last: bool) -> Step | None:
        """The next lines of one file. In a file that is not the last, the last line is whole, even if it has no end."""
        with path.open("rb") as file:
            stat = os.fstat(file.fileno())
            if is_last and stat.st_size <= place.offset:
                return None
            data = _pread(file, place.offset, CHUNK)
            new = _lines(data, is_last)
            if not new:
                return None
            context = self._context(file, place)
            is_open = is_last and abs(now - stat.st_mtime) < HOLD_S and self.source == CEL
            items, taken = self._items(context, new, place.position, is_open)
            if not taken:
                return None
            offset = place.offset + min(taken, len(data))  # an end that we gave to the last line is not in the file
            mark = _mark(file, offset)
        moved = msgspec.structs.replace(place, inode=stat.st_ino, offset=offset, mark=mark, mtime=stat.st_mtime_ns)
        return Step(items, moved, is_more=len(data) == CHUNK or not is_last)

    def _context(self, file: BinaryIO, place: Place) -> list[bytes]:
        """The lines before the place, those of the file before it too; always with the first line, which may name the columns."""
        lines, rest = _before(file, place.offset, CONTEXT), CONTEXT - place.offset
        if place.before and rest > 0:
            for path in (path for path in reversed(_chain(self.path)) if path.stat().st_ino in place.before):
                with path.open("rb") as earlier:
                    size = os.fstat(earlier.fileno()).st_size
                    lines, rest = _before(earlier, size, max(rest, 0)) + lines, rest - size
        return lines

    def _items(self, context: list[bytes], new: list[bytes], position: int, is_open: bool) -> tuple[list[Event | Unreadable], int]:
        """What the new lines tell, each with its place in bytes, and how many bytes that took."""
        lines = (line.decode("utf-8", "replace") for line in (*context, *new))
        starts = [position]
        for line in new:
            starts.append(starts[-1] + len(line))
        items = list(find_source(self.source).read(lines, zone=self.zone, columns=self.columns))
        told = [(item.position - len(context) - 1, item) for item in items if item.position > len(context)]
        end = len(new)
        if is_open and told and b"".join(new[told[-1][0] :]).count(b'"') % 2:
            end = told.pop()[0]
        return [msgspec.structs.replace(item, position=starts[index]) for index, item in told], starts[end] - position


def _begin(path: Path, *, base: int = 0, before: tuple[int, ...] = ()) -> Place:
    """The beginning of a file."""
    stat = path.stat()
    return Place(inode=stat.st_ino, mtime=stat.st_mtime_ns, base=base, before=before)


def _lines(data: bytes, is_last: bool) -> list[bytes]:
    """The whole lines of a chunk, with their ends. A line that fills a chunk alone is taken in pieces: nobody understands it anyway."""
    end = data.rfind(b"\n") + 1
    if end:
        return [line + b"\n" for line in data[: end - 1].split(b"\n")]
    return [data + b"\n"] if len(data) == CHUNK or (data and not is_last) else []


def _before(file: BinaryIO, offset: int, size: int) -> list[bytes]:
    """The lines that stand in the bytes before a place, and the first line of the file."""
    start = max(0, offset - size)
    lines = _pread(file, start, offset - start).split(b"\n")
    if start:
        lines = [_pread(file, 0, MARK * 8).split(b"\n", 1)[0], *lines[1:]]
    return [line + b"\n" for line in lines if line]


def _mark(file: BinaryIO, offset: int) -> bytes:
    """What stands at the beginning of a file and before a place in it."""
    start = max(0, offset - MARK)
    return hashlib.blake2b(_pread(file, 0, min(offset, MARK)) + _pread(file, start, offset - start), digest_size=16).digest()


def _pread(file: BinaryIO, offset: int, size: int) -> bytes:
    return os.pread(file.fileno(), size, offset)


def _is_still(path: Path, place: Place) -> bool:
    """Whether nothing happened since: the usual case, answered by one look."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return False
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns) == (place.inode, place.offset, place.mtime)


def _find(chain: Sequence[Path], place: Place) -> Path | None:
    """The file in which the place is: the same, else a copy of it (copytruncate), the newest first."""
    newest_first = list(reversed(chain))
    same = (path for path in newest_first if path.stat().st_ino == place.inode and _has(path, place))
    copies = (path for path in newest_first if place.offset and _has(path, place))
    found = next(same, None) or next(copies, None)
    return found if found is None or not _is_fresh(found, place) else _oldest_alike(chain, place, found)


def _is_fresh(path: Path, place: Place) -> bool:
    """Whether nothing was read there but one line, which may name the columns: then many files look alike."""
    with path.open("rb") as file:
        return place.offset <= MARK * 8 and _pread(file, 0, place.offset).count(b"\n") <= 1


def _oldest_alike(chain: Sequence[Path], place: Place, found: Path) -> Path:
    """The oldest that may be meant of those not read yet: the same file, truncated again since, begins like its own copy."""
    for path in chain:
        stat = path.stat()
        if stat.st_mtime_ns >= place.mtime and stat.st_ino not in place.before and _has(path, place):
            return path
    return found


def _has(path: Path, place: Place) -> bool:
    if not place.offset:
        return True
    with path.open("rb") as file:
        return os.fstat(file.fileno()).st_size >= place.offset and _mark(file, place.offset) == place.mark


def _chain(path: Path) -> list[Path]:
    """The rotated files of a log, oldest first, and the log itself if it is there."""
    rotated = [
        other for other in path.parent.iterdir() if other.name.startswith(path.name) and _ROTATED.match(other.name[len(path.name) :])
    ]
    rotated.sort(key=lambda other: _age(other.name[len(path.name) :]))
    found = [*rotated, *([path] if path.exists() else [])]
    if not found:
        path.stat()  # says what is missing
    return found


def _inodes(path: Path) -> dict[str, int]:
    """Which file each name of the log leads to now."""
    found = {}
    for entry in os.scandir(path.parent):
        if entry.name.startswith(path.name):
            with suppress(FileNotFoundError):
                found[entry.name] = entry.stat().st_ino
    return found


def _age(suffix: str) -> tuple[int, int, str]:
    """`.3` is older than `.2`; `-20261123` is older than `-20261124`, whose like are older than numbered ones."""
    digits = suffix[1:]
    return (1, -int(digits), "") if digits.isdigit() and len(digits) < 6 else (0, 0, suffix)
