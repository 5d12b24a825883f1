"""Bytes of a recording → format, duration, channels, peaks, silence; and the same sound in another format.

Pure: reads from a file object it is given. Decoders are imported on first use, which the server leaves to a child (audio_child.py).
"""

from .convert import CONVERTED, convert, wav_frames
from .decode import Undecodable
from .facts import AudioFacts, describe
from .formats import FORMATS, Format, format_of, media_type, plays_in_browsers
from .peaks import Peaks
from .wav import header_bytes

__all__ = [
    "CONVERTED", "FORMATS", "AudioFacts", "Format", "Peaks", "Undecodable",
    "convert", "describe", "format_of", "header_bytes", "media_type", "plays_in_browsers", "wav_frames",
]  # fmt: skip
