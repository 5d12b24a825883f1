"""A recording's bytes → what we know of it. Never an exception: what cannot be read is described as such."""

from typing import BinaryIO, Literal

import msgspec

from .cut import ends_too_early
from .decode import Sound, Undecodable, open_sound
from .formats import FORMATS, format_of
from .peaks import Outline, Peaks

Flaw = Literal["silent", "one_sided", "unreadable", "truncated"]
AUDIBLE = 128
"""Below this (of 32768, -48 dB) no sample of a channel can be heard on a telephone."""


class AudioFacts(msgspec.Struct, frozen=True):
    """What a file holds. `is_empty`: a header and nothing else, as an unanswered call leaves it. `problem` says why it cannot be read."""

    format: str
    sample_rate: int | None = None
    channels: int | None = None
    duration_s: float | None = None
    peaks: Peaks = Peaks()
    flaws: tuple[Flaw, ...] = ()
    is_empty: bool = False
    problem: str = ""


def describe(file: BinaryIO, suffix: str) -> AudioFacts:
    """Read the whole of a seekable file once, in fixed memory."""
    try:
        facts, frames = _measured(open_sound(file, suffix))
    except Undecodable as problem:
        return _unreadable(file, suffix, str(problem))
    if not ends_too_early(file, FORMATS[facts.format], frames):
        return facts
    return msgspec.structs.replace(facts, flaws=(*facts.flaws, "truncated"))


def _unreadable(file: BinaryIO, suffix: str, problem: str) -> AudioFacts:
    known = format_of(suffix)
    name = known.name if known else suffix.lower()
    if file.seek(0, 2) == 0:
        return AudioFacts(name, duration_s=0.0, is_empty=True)
    return AudioFacts(name, flaws=("unreadable",), problem=problem)


def _measured(sound: Sound) -> tuple[AudioFacts, int]:
    """What is heard, and how many frames that is."""
    outlines = [Outline(max(sound.rate // 100, 1)) for _ in range(sound.channels)]
    frames = 0
    for block in sound.blocks:
        frames += len(block)
        for channel, outline in enumerate(outlines):
            outline.add(block[:, channel].copy() if sound.channels > 1 else block[:, 0])
    if not frames and sound.refused:
        raise Undecodable(f"not readable as {sound.format.name}: {sound.refused[0]}")
    seconds = round(frames / sound.rate, 3)
    if not seconds:  # less than a millisecond is no sound
        return AudioFacts(sound.format.name, sound.rate, sound.channels, 0.0, is_empty=True), 0
    flaws = _flaws([outline.loudest for outline in outlines])
    drawn = tuple(outline.finish() for outline in outlines)
    peaks = Peaks(round(outlines[0].step / sound.rate, 6), drawn)
    return AudioFacts(sound.format.name, sound.rate, sound.channels, seconds, peaks, flaws), frames


def _flaws(loudest: list[int]) -> tuple[Flaw, ...]:
    silent = [peak < AUDIBLE for peak in loudest]
    if all(silent):
        return ("silent",)
    return ("one_sided",) if any(silent) else ()
