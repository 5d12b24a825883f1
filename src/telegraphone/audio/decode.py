"""Sound in any format → blocks of 16-bit samples, one at a time: a file of hours needs no more memory than one of seconds."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import msgspec

from . import wav
from .formats import FORMATS, Format, format_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Block = NDArray[np.int16]  # frames × channels

BLOCK_BYTES = 512 * 1024
HEAD = 16
WARM_UP = 8000
"""Frames that a decoder hears before those that are wanted: what it knows of the sound before them shapes them."""


class Undecodable(Exception):
    """This is no sound that we can read; says why in words for a person."""


class Sound(msgspec.Struct, frozen=True):
    """Sound that is being read. `frames` is how many there will be, where that is known before the end; `refused` fills with what could
    not be decoded on the way."""

    format: Format
    rate: int
    channels: int
    blocks: "Iterator[Block]"
    frames: int | None = None
    refused: list[str] = msgspec.field(default_factory=list)


def open_sound(file: BinaryIO, suffix: str, size: int | None = None, start: int = 0) -> Sound:
    """Find out what it is and begin to read, at the frame `start`. `size` in bytes; found out by itself in a file that can seek."""
    if file.seekable():
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(HEAD)
        file.seek(0)
    else:
        head = file.read(HEAD)
        file = _put_back(head, file)
    known = format_of(suffix, head)
    if known is None:
        raise Undecodable(f"no audio format is called {suffix!r}")
    if known.companding:
        return _raw(known, file, size, start)
    if head.startswith(b"RIFF"):
        return _wav(file, known, size, start)
    jumped, skip = _jump(file, known, start)
    return _from(skip, _decoded(jumped, known, size))


def _raw(known: Format, file: BinaryIO, size: int | None, start: int) -> Sound:
    width, _ = known.block or (1, 1)
    rest = None if size is None else max(size - start * width, 0)
    if start and file.seekable():
        file.seek(start * width)
        start = 0
    blocks = _samples(file, cast(str, known.companding), 1, rest if not start else size)
    return _from(start, Sound(known, known.rate or 8000, 1, blocks, None if size is None else size // width))


def _jump(file: BinaryIO, known: Format, start: int, data_at: int = 0) -> tuple[BinaryIO, int]:
    """The file, its header and then from a packet some time before that frame on, and how many frames are to be left out then."""
    if not start or not known.block or not file.seekable():
        return file, start
    width, frames = known.block
    packets = max(start - WARM_UP, 0) // frames
    head = file.read(data_at)
    file.seek(data_at + packets * width)
    return _put_back(head, file), start - packets * frames


def _from(skip: int, sound: Sound) -> Sound:
    """The same sound without its first frames; `frames` still counts all."""
    return msgspec.structs.replace(sound, blocks=_after(skip, sound.blocks)) if skip else sound


def _after(skip: int, blocks: "Iterator[Block]") -> "Iterator[Block]":
    for block in blocks:
        left = block[skip:]
        skip = max(skip - len(block), 0)
        if len(left):
            yield left


def _wav(file: BinaryIO, known: Format, size: int | None, start: int) -> Sound:
    """PCM and companded wavs are read here: ffmpeg trusts a header's length, and files that outlived a crash have none."""
    again = _Replay(file) if not file.seekable() else None
    header = wav.parse_header(cast(BinaryIO, again or file), size)
    if header is None:
        raise Undecodable("the wav header is damaged")
    law = {(wav.PCM, 16): "linear", (wav.ALAW, 8): "alaw", (wav.ULAW, 8): "ulaw"}.get((header.tag, header.bits))
    if law is None:
        known = FORMATS["wav49"] if header.tag == wav.GSM else known
        jumped, skip = _jump(_rewound(file, again), known, start, header.data_at)
        return _from(skip, _decoded(jumped, known, header.length))
    file.seek(header.data_at) if again is None else None
    width = (2 if law == "linear" else 1) * header.channels
    frames = None if header.length is None else header.length // width
    return _from(start, Sound(FORMATS["wav"], header.rate, header.channels, _samples(file, law, header.channels, header.length), frames))


def _samples(file: BinaryIO, law: str, channels: int, length: int | None) -> "Iterator[Block]":
    import numpy as np

    convert = _converter(law)
    width = (2 if law == "linear" else 1) * channels
    step = BLOCK_BYTES - BLOCK_BYTES % width
    while chunk := file.read(step if length is None else min(step, length)):
        length = None if length is None else length - len(chunk)
        whole = len(chunk) - len(chunk) % width
        yield convert(np.frombuffer(chunk, np.uint8, whole)).reshape(-1, channels)


def _converter(law: str) -> "Callable[[NDArray[np.uint8]], NDArray[np.int16]]":
    import numpy as np

    if law == "linear":
        return lambda raw: raw.view("<i2").astype(np.int16, copy=False)
    table = _ulaw_table() if law == "ulaw" else _alaw_table()
    return lambda raw: table[raw]


def _ulaw_table() -> "NDArray[np.int16]":
    """G.711 µ-law: all bits inverted; sign, three bits of exponent, four of mantissa, a bias of 33 (132 at 16 bits)."""
    import numpy as np

    code = ~np.arange(256, dtype=np.int32) & 0xFF
    size = ((((code & 0x0F) << 3) + 132) << ((code >> 4) & 7)) - 132
    return cast("NDArray[np.int16]", np.where(code & 0x80, -size, size).astype(np.int16))


def _alaw_table() -> "NDArray[np.int16]":
    """G.711 A-law: even bits inverted; sign (1 is positive), three bits of exponent, four of mantissa."""
    import numpy as np

    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, size = (code >> 4) & 7, ((code & 0x0F) << 4) + 8
    size = np.where(exponent == 0, size, (size + 256) << np.maximum(exponent - 1, 0))
    return cast("NDArray[np.int16]", np.where(code & 0x80, size, -size).astype(np.int16))


def _decoded(file: BinaryIO, known: Format, size: int | None) -> Sound:
    import av

    av.logging.set_level(av.logging.PANIC)
    try:
        container = av.open(file, "r", format=known.demuxer, options=dict(known.options))
        stream = container.streams.audio[0]
        rate, channels = stream.codec_context.sample_rate, stream.codec_context.channels
    except (av.error.FFmpegError, IndexError, ValueError, OSError) as error:
        raise Undecodable(f"not readable as {known.name}: {getattr(error, 'strerror', None) or error}") from None
    if not rate or not channels:
        raise Undecodable(f"not readable as {known.name}: it has no sound")
    name = stream.codec_context.name
    known = FORMATS["opus"] if known.demuxer == "ogg" and name in ("opus", "libopus") else known
    frames = size // known.block[0] * known.block[1] if known.block and size is not None else None
    refused: list[str] = []
    return Sound(known, rate, channels, _frames(container, stream, refused), frames, refused)


def _frames(container: Any, stream: Any, refused: list[str]) -> "Iterator[Block]":
    """Packets that a decoder refuses are left out: a file is often good but for its last bytes."""
    import av

    resampler = av.AudioResampler("s16", stream.codec_context.layout, stream.codec_context.sample_rate)
    packets, channels = container.demux(stream), stream.codec_context.channels
    with container:
        while True:
            try:
                packet = next(packets)
                frames = packet.decode()
            except (StopIteration, av.error.EOFError):
                return
            except av.error.InvalidDataError as error:
                refused[:] = [error.strerror or "invalid data"]
                continue
            for frame in frames:
                for block in resampler.resample(frame):
                    yield cast("Block", block.to_ndarray().reshape(-1, channels))


class _Replay:
    """A stream that cannot seek, and everything that was read of it so far (a header: small)."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.seen = file, b""

    def read(self, size: int) -> bytes:
        chunk = self.file.read(size)
        self.seen += chunk
        return chunk

    def seekable(self) -> bool:
        return False


def _rewound(file: BinaryIO, again: _Replay | None) -> BinaryIO:
    if again is not None:
        return _put_back(again.seen, file)
    file.seek(0)
    return file


class _Joined:
    """Bytes that were read already, then the rest of a stream."""

    def __init__(self, head: bytes, file: BinaryIO) -> None:
        self._head, self._file = BytesIO(head), file

    def read(self, size: int = -1) -> bytes:
        first = self._head.read(size)
        return first if len(first) == size else first + self._file.read(size - len(first) if size >= 0 else -1)

    def seekable(self) -> bool:
        return False


def _put_back(head: bytes, file: BinaryIO) -> BinaryIO:
    return cast(BinaryIO, _Joined(head, file))
