"""A folder of recordings → the files in it that are audio. Reads names and sizes only; nothing is opened or changed."""

import os
import re
from collections.abc import Iterator
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
    path: Path
    bytes: int
    mtime: int
    suffix: str
    unique_id: str = ""


def walk(top: Path) -> Iterator[AudioFile | Unreadable]:
    """The audio files in a folder, at any depth and in order of their paths, or the one file that was named."""
    if not top.is_dir():
        yield from _file(top) if top.exists() else [_unreadable(top, FileNotFoundError(2, "there is no such file or folder"))]
        return
    trouble: list[OSError] = []
    for folder, folders, names in os.walk(top, onerror=trouble.append):
        folders.sort()
        for name in sorted(names):
            yield from _file(Path(folder) / name)
        yield from (_unreadable(Path(error.filename), error) for error in trouble)
        trouble.clear()
    yield from (_unreadable(Path(error.filename), error) for error in trouble)


def _file(path: Path) -> Iterator[AudioFile | Unreadable]:
    name, _, suffix = path.name.rpartition(".")
    if not name or suffix.lower() not in SUFFIXES:
        return
    try:
        found = path.stat()
    except OSError as error:
        yield _unreadable(path, error)
        return
    file_id = readable(name)
    yield AudioFile(FileId(file_id), path, found.st_size, found.st_mtime_ns, suffix, unique_id_in(file_id))


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
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def _unreadable(path: Path, error: OSError) -> Unreadable:
    return Unreadable(0, readable(str(path)), error.strerror or str(error))
