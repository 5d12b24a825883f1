"""A folder of recordings → the files in it that are audio. Reads names and sizes only; nothing is opened or changed."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from ..events import Unreadable
from ..model import FileId

SUFFIXES = frozenset({"wav", "gsm", "ulaw", "ul", "alaw", "al", "sln", "sln16", "g722", "mp3", "opus", "ogg", "flac"})
"""In capitals too (`WAV` is Asterisk's GSM in a wav). Everything else in the folder is ignored."""

_UNIQUE_ID = re.compile(r"(?<!\d)(\d{9,11}\.\d+)(?!\d)")
_FREEPBX = re.compile(r"^(?:out|external|internal|exten|force|q|rg|in|ondemand|conf|para|multi|vm)-.+-\d{8}-\d{6}-(?P<id>\d{9,11}\.\d+)")
"""FreePBX: kind, numbers, day, time, unique id: `out-0612345678-1001-20260101-120000-1795517244.0`."""


class AudioFile(msgspec.Struct, frozen=True):
    """A file that may be a recording: its id is its name without the suffix. `mtime` in nanoseconds, as the file system has it."""

    file_id: FileId
    where: str
    bytes: int
    mtime: int
    suffix: str

    @property
    def path(self) -> Path:
        """Where it stands."""
        return Path(self.where)

    @property
    def unique_id(self) -> str:
        """Asterisk's, if there is one in the name."""
        return unique_id_in(self.file_id)

    @property
    def source_path(self) -> str:
        """Where it stands, as it is kept."""
        return readable(self.where)

    @property
    def place(self) -> tuple[str, int, int]:
        """By which it is recognised without being read."""
        return self.source_path, self.bytes, self.mtime


def walk(top: Path) -> Iterator[AudioFile | Unreadable]:
    """The audio files in a folder, at any depth, those of a folder before those of its folders, by name; or the one file that was named.

    Paths are absolute. Links to folders are not followed.
    """
    path = os.path.abspath(top)
    if os.path.isdir(path):
        yield from _walk(path)
    else:
        found = look(path)
        yield from [found] if found is not None else []


def _walk(folder: str) -> Iterator[AudioFile | Unreadable]:
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield _unreadable(folder, error)
        return
    folders = []
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            folders.append(entry.path)
        elif (name := _named(entry.name)) is not None:
            yield _file(entry.path, name, entry.stat)
    for path in folders:
        yield from _walk(path)


def look(path: str) -> AudioFile | Unreadable | None:
    """The file at this path, if it may be a recording by its name."""
    name = _named(os.path.basename(path))
    return None if name is None and os.path.exists(path) else _file(path, name or ("", ""), lambda: os.stat(path))


def _named(name: str) -> tuple[str, str] | None:
    """The name without its suffix, and that, if it is one of audio."""
    stem, _, suffix = name.rpartition(".")
    return (stem, suffix) if stem and suffix.lower() in SUFFIXES else None


def _file(path: str, name: tuple[str, str], stat: Callable[[], os.stat_result]) -> AudioFile | Unreadable:
    try:
        found = stat()
    except OSError as error:
        return _unreadable(path, error)
    return AudioFile(FileId(readable(name[0])), path, found.st_size, found.st_mtime_ns, name[1])


def unique_id_in(name: str) -> str:
    """Asterisk's epoch.counter in a file name (a system's name before it left out), or nothing.

    FreePBX's names say where it stands; in any other it is the last that looks like one.
    """
    if (told := _FREEPBX.match(name)) is not None:
        return told["id"]
    found = _UNIQUE_ID.findall(name)
    return str(found[-1]) if found else ""


def readable(name: str) -> str:
    """A name as text that can be stored: bytes that are no UTF-8 and control characters become U+FFFD."""
    if name.isprintable():  # surrogates, which stand for bytes that are no UTF-8, are not
        return name
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _unreadable(path: str, error: OSError) -> Unreadable:
    return Unreadable(0, readable(path), error.strerror or str(error))
