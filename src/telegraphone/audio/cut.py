"""Whether a file ends before its end: an interrupted copy, a full disk. Only where the format tells; the rest is heard, or not."""

from typing import BinaryIO

from . import wav
from .formats import Format

_LAST_OGG_PAGE = 4
"""The bit of a page that is the last of its stream (RFC 3533, 6)."""
_OGG_PAGE = 65_307
"""A page is not longer."""


def ends_too_early(file: BinaryIO, known: Format, frames: int) -> bool:
    """Whether a seekable file holds less than it says, or half of something at its end. `frames`: those that could be decoded."""
    size = file.seek(0, 2)
    file.seek(0)
    head = file.read(42)
    file.seek(0)
    if head.startswith(b"RIFF"):
        header = wav.parse_header(file, size)
        return header is not None and header.lacking > 0
    if head.startswith(b"fLaC"):
        return frames < _flac_frames(head)
    if head.startswith(b"OggS"):
        return not _has_last_page(file, size)
    return known.block is not None and size % known.block[0] > 0


def _flac_frames(head: bytes) -> int:
    """How many there are to be, or nought if that was not known: the last 36 bits before the digest of STREAMINFO (RFC 9639, 8.2)."""
    return int.from_bytes(head[21:26], "big") & (1 << 36) - 1


def _has_last_page(file: BinaryIO, size: int) -> bool:
    file.seek(max(0, size - _OGG_PAGE))
    tail = file.read()
    page = tail.rfind(b"OggS")
    return page >= 0 and page + 5 < len(tail) and bool(tail[page + 5] & _LAST_OGG_PAGE)
