"""The same sound in another format, made while it is sent."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, get_args

from .decode import Sound, open_sound
from .formats import FORMATS
from .wav import render_header

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Target = Literal["wav", "mp3", "opus", "flac"]
GSM_RATE = 8000
CONVERTED: tuple[Target, ...] = get_args(Target)
_CONTAINERS = {"mp3": ("mp3", "libmp3lame", {"write_xing": "0"}), "opus": ("ogg", "libopus", {}), "flac": ("flac", "flac", {})}
_RATES = {
    "mp3": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
    "opus": (8000, 12000, 16000, 24000, 48000),
}
_BIT_RATES = {"mp3": 32_000, "opus": 24_000}
"""For one channel of telephone speech; twice that for two."""


def convert(source: BinaryIO, suffix: str, to: Target, size: int | None = None, start: int = 0) -> Iterator[bytes]:
    """Pieces of the file that `source` becomes; Undecodable comes before the first. Without seeking, a wav's length needs `size`.

    `start`: for wav, the frame to begin with; then no header comes before the sound.
    """
    if to == "wav":
        return _wav(open_sound(source, suffix, size, start), start)
    return _encoded(open_sound(source, suffix, size), to)


def wav_frames(format_name: str | None, size: int | None, duration_s: float | None) -> int | None:
    """How many frames the wav will have that a file of this format and size becomes; None where only decoding tells."""
    known = FORMATS.get(format_name or "")
    if known is None or size is None or (known.block is None and known.companding is None):
        return None
    if known.rate is None:  # it has a header, whose length is not told here
        return None if duration_s is None else round(duration_s * GSM_RATE)
    width, frames = known.block or (1, 1)
    return size // width * frames


def _wav(sound: Sound, start: int) -> Iterator[bytes]:
    """The length stands first, so it is promised where the source's size tells it; what is missing then is silence."""
    promised = None if sound.frames is None else (sound.frames - start) * sound.channels * 2
    if not start:
        yield render_header(sound.rate, sound.channels, promised)
    sent = 0
    for block in sound.blocks:
        piece = block.astype("<i2", copy=False).tobytes()
        piece = piece if promised is None else piece[: promised - sent]
        sent += len(piece)
        yield piece
    if promised is not None and sent < promised:
        yield bytes(promised - sent)


class _Pieces:
    """What the encoder wrote since we last looked. It has no way back, so nothing is kept."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _encoded(sound: Sound, to: Target) -> Iterator[bytes]:
    import av

    container, codec, options = _CONTAINERS[to]
    out = _Pieces()
    with av.open(out, "w", format=container, options=dict(options)) as target:
        stream: Any = target.add_stream(codec, rate=_rate(sound.rate, to), layout="mono" if sound.channels == 1 else "stereo")
        if to in _BIT_RATES:
            stream.bit_rate = _BIT_RATES[to] * min(sound.channels, 2)
        at = 0
        for block in sound.blocks:
            for frame in _frames(block, sound.rate, at):
                target.mux(stream.encode(frame))
                if piece := out.take():
                    yield piece
            at += len(block)
        target.mux(stream.encode(None))
    yield out.take()


def _frames(block: "NDArray[np.int16]", rate: int, at: int) -> Iterator[Any]:
    """Short frames, so that the encoder's buffers stay small whatever the block."""
    import av

    if block.shape[1] > 2:
        block = block[:, :2]
    layout = "mono" if block.shape[1] == 1 else "stereo"
    for start in range(0, len(block), 8192):
        frame = av.AudioFrame.from_ndarray(block[start : start + 8192].reshape(1, -1), format="s16", layout=layout)
        frame.sample_rate, frame.pts = rate, at + start
        yield frame


def _rate(rate: int, to: Target) -> int:
    """The nearest rate that the format knows and that loses nothing."""
    allowed = _RATES.get(to)
    return rate if allowed is None else next((r for r in allowed if r >= rate), allowed[-1])
