"""Sound files as a PBX writes them, made by our own code: a tone that anybody can recompute."""

import io
import math
import struct
import wave
from array import array
from collections.abc import Callable

import av
import numpy as np

RATE = 8000


def tone(seconds: float, level: float = 0.5, rate: int = RATE) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    """A sine of 440 Hz; `level` of full scale."""
    at = np.arange(round(seconds * rate))
    return np.round(np.sin(at * (2 * math.pi * 440 / rate)) * level * 32767).astype(np.int16)


def wav(*channels: "np.ndarray[tuple[int], np.dtype[np.int16]]", rate: int = RATE) -> bytes:
    """A 16-bit wav of these channels."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.stack(channels, axis=1).astype("<i2").tobytes())
    return out.getvalue()


def crashed(whole: bytes) -> bytes:
    """The same wav as a PBX that was killed leaves it: both lengths nought."""
    return whole[:4] + bytes(4) + whole[8:40] + bytes(4) + whole[44:]


def header_only() -> bytes:
    """What an unanswered call leaves: 44 bytes."""
    return wav(tone(0))


def header_only_wav49() -> bytes:
    """The same as WAV (GSM): 60 bytes."""
    form = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    fact = b"fact" + struct.pack("<II", 4, 0)
    return b"RIFF" + struct.pack("<I", 52) + b"WAVEfmt " + struct.pack("<I", 20) + form + fact + b"data" + struct.pack("<I", 0)


def encoded(container: str, codec: str, sound: "np.ndarray[tuple[int], np.dtype[np.int16]]", rate: int = RATE) -> bytes:
    """The sound through one of ffmpeg's encoders."""
    out = io.BytesIO()
    with av.open(out, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        for start in range(0, len(sound), 960):
            frame = av.AudioFrame.from_ndarray(sound[start : start + 960].reshape(1, -1), format="s16", layout="mono")
            frame.sample_rate, frame.pts = rate, start
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


def wav49(seconds: float) -> bytes:
    """GSM in a wav. No encoder is at hand, so its frames are silence's, as any decoder takes them."""
    blocks = round(seconds * 25)
    form = struct.pack("<HHIIHHHH", 0x31, 1, 8000, 1625, 65, 0, 2, 320)
    body = bytes(65) * blocks
    fact = b"fact" + struct.pack("<II", 4, blocks * 320)
    head = b"WAVEfmt " + struct.pack("<I", 20) + form + fact + b"data" + struct.pack("<I", len(body))
    return b"RIFF" + struct.pack("<I", len(head) + len(body)) + head + body


def gsm(seconds: float) -> bytes:
    """GSM frames of 33 bytes, each with its signature 0xD."""
    return (b"\xd0" + bytes(32)) * round(seconds * 50)


def companded(law: Callable[[int], int], sound: "np.ndarray[tuple[int], np.dtype[np.int16]]") -> bytes:
    """G.711 by the law given, sample by sample."""
    return bytes(array("B", (law(int(sample)) for sample in sound)))


def to_ulaw(sample: int) -> int:
    """G.711's own words: sign, bias of 132, the highest bit set, four bits after it, all inverted."""
    sign, size = (0x80, -sample) if sample < 0 else (0, sample)
    size = min(size, 32635) + 132
    exponent = size.bit_length() - 8
    return ~(sign | exponent << 4 | (size >> (exponent + 3)) & 0x0F) & 0xFF


def to_alaw(sample: int) -> int:
    """G.711's own words: sign, the highest bit set, four bits after it, every other bit inverted."""
    sign, size = (0x80, sample) if sample >= 0 else (0, -sample - 1)
    size = min(size, 32767)
    exponent = max(size.bit_length() - 8, 0)
    mantissa = (size >> (exponent + 3 if exponent else 4)) & 0x0F
    return (sign | exponent << 4 | mantissa) ^ 0x55
