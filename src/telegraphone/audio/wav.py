"""The header of a wav file, also of one that a crash left with lengths of nought."""

import struct
from typing import BinaryIO

import msgspec

PCM, FLOAT, ALAW, ULAW, GSM, EXTENSIBLE = 1, 3, 6, 7, 0x31, 0xFFFE
_UNKNOWN = (0, 0xFFFFFFFF)
_CHUNKS_AFTER_DATA = (b"LIST", b"id3 ", b"ID3 ", b"fact", b"cue ", b"bext", b"iXML", b"PEAK", b"smpl", b"inst", b"JUNK", b"_PMX", b"afsp")


_LEAST_STREAMED = 0x7FFFF000
"""A length from here on is what programs write that do not know it beforehand."""


class WavHeader(msgspec.Struct, frozen=True):
    """What the header says. `length`: bytes of sound; None: to the end of what can be read. `lacking`: bytes that it tells and that are not
    there."""

    tag: int
    channels: int
    rate: int
    bits: int
    data_at: int
    length: int | None
    lacking: int = 0


def parse_header(file: BinaryIO, size: int | None) -> WavHeader | None:
    """Read up to the first byte of sound; None when this is no wav header that we can read. `size` is the whole file's, if known."""
    riff = file.read(12)
    if len(riff) < 12 or riff[:4] != b"RIFF" or riff[8:] != b"WAVE":
        return None
    at, form = 12, b""
    while len(chunk := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", chunk)
        at += 8
        if name == b"data":
            return _header(form, at, _sound_length(file, at, length, size), _lacking(at, length, size))
        body = file.read(min(length + length % 2, 1 << 20))
        form = body if name == b"fmt " else form
        at += len(body)
    return None


def header_bytes(file: BinaryIO) -> int:
    """How many bytes at the beginning of a file tell of its sound and are none: nought without a wav header."""
    header = parse_header(file, None)
    return header.data_at if header else 0


def _lacking(at: int, declared: int, size: int | None) -> int:
    return 0 if size is None or declared >= _LEAST_STREAMED else max(at + declared - size, 0)


def _header(form: bytes, data_at: int, length: int | None, lacking: int) -> WavHeader | None:
    if len(form) < 16:
        return None
    tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", form[:16])
    if tag == EXTENSIBLE and len(form) >= 26:
        tag = struct.unpack("<H", form[24:26])[0]
    return WavHeader(tag, channels, rate, bits, data_at, length, lacking) if channels and rate else None


def _sound_length(file: BinaryIO, at: int, declared: int, size: int | None) -> int | None:
    """The header's length where it agrees with the file; a crashed PBX leaves nought there, an interrupted copy too much."""
    if size is None:
        return None if declared in _UNKNOWN else declared
    rest = size - at
    if declared <= rest and _ends_there(file, at + declared, rest - declared):
        return declared
    return max(rest, 0)


def _ends_there(file: BinaryIO, end: int, left: int) -> bool:
    """Whether nothing follows the sound, or what follows is plainly another chunk and not more sound."""
    if left < 8:
        return left < 2
    if not file.seekable():
        return True
    here = file.tell()
    file.seek(end + end % 2)
    name, length = struct.unpack("<4sI", file.read(8))
    file.seek(here)
    return name in _CHUNKS_AFTER_DATA and length <= left


def render_header(rate: int, channels: int, data_bytes: int | None) -> bytes:
    """A 16-bit PCM header; of unknown length when the sound is still being made."""
    length = 0xFFFFFFFF - 44 if data_bytes is None or data_bytes > 0xFFFFFFFF - 44 else data_bytes
    form = struct.pack("<HHIIHH", PCM, channels, rate, rate * channels * 2, channels * 2, 16)
    return b"RIFF" + struct.pack("<I", length + 36) + b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", length)
