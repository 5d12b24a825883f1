"""The audio formats a PBX writes: what a file name's suffix says, and what its first bytes say where they say more."""

from collections.abc import Mapping

import msgspec


class Format(msgspec.Struct, frozen=True):
    """How a format is called here and on the web, and what a decoder has to be told of a file that has no header.

    `companding` is the law of raw 8-bit samples, `sample_bytes` the width of raw linear ones; both are read without a decoder.
    `block` (bytes, frames) is the fixed size of a packet, where a format has one: the length follows from the size.
    """

    name: str
    media_type: str
    suffix: str
    demuxer: str | None = None
    options: Mapping[str, str] = {}
    rate: int | None = None
    companding: str | None = None
    block: tuple[int, int] | None = None
    plays_in_browsers: bool = False


def _linear(suffix: str, rate: int) -> Format:
    return Format(suffix, "application/octet-stream", suffix, rate=rate, companding="linear", block=(2, 1))


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format("wav", "audio/wav", "wav", "wav", plays_in_browsers=True),
        Format("wav49", "audio/x-wav", "WAV", "wav", block=(65, 320)),
        Format("gsm", "audio/x-gsm", "gsm", "gsm", {"sample_rate": "8000"}, 8000, block=(33, 160)),
        Format("ulaw", "audio/basic", "ulaw", rate=8000, companding="ulaw", block=(1, 1)),
        Format("alaw", "audio/x-alaw-basic", "alaw", rate=8000, companding="alaw", block=(1, 1)),
        Format("g722", "audio/g722", "g722", "g722", {}, 16000, block=(1, 2)),
        Format("mp3", "audio/mpeg", "mp3", "mp3", plays_in_browsers=True),
        Format("opus", "audio/ogg", "opus", "ogg", plays_in_browsers=True),
        Format("ogg", "audio/ogg", "ogg", "ogg", plays_in_browsers=True),
        Format("flac", "audio/flac", "flac", "flac", plays_in_browsers=True),
        _linear("sln", 8000), _linear("sln12", 12000), _linear("sln16", 16000), _linear("sln24", 24000), _linear("sln32", 32000),
        _linear("sln44", 44100), _linear("sln48", 48000), _linear("sln96", 96000), _linear("sln192", 192000),
    )
}  # fmt: skip

ALIASES = {"ul": "ulaw", "mu": "ulaw", "pcm": "ulaw", "al": "alaw", "raw": "sln", "oga": "ogg", "g722": "g722", "wave": "wav"}
_MAGIC = ((b"RIFF", "wav"), (b"RF64", "wav"), (b"OggS", "ogg"), (b"fLaC", "flac"), (b"ID3", "mp3"))


def format_of(suffix: str, head: bytes = b"") -> Format | None:
    """The format of a file with this suffix; its first bytes win over the suffix, as files do get renamed."""
    suffix = suffix.lower().lstrip(".")
    told = FORMATS.get(ALIASES.get(suffix, suffix))
    seen = next((FORMATS[name] for magic, name in _MAGIC if head.startswith(magic)), None)
    if seen is None or (told is not None and seen.demuxer == told.demuxer):
        return told
    return seen


def media_type(format_name: str | None) -> str:
    """What a `Content-Type` says of this format."""
    known = FORMATS.get(format_name or "")
    return known.media_type if known else "application/octet-stream"


def plays_in_browsers(format_name: str | None) -> bool:
    """Whether a browser plays it as it is, so that `listen` need not convert."""
    known = FORMATS.get(format_name or "")
    return known is not None and known.plays_in_browsers
