"""Two voices in turn, the caller's on the left and the other's on the right, as a stereo wav file."""

import random
import wave
from pathlib import Path

import numpy as np

from .voice import RATE, Floats, Voice, make_voice, say

SILENT_EDGE_S = 0.35
LINE_NOISE = 0.0012


def write_dialogue(path: Path, seconds: float, rng: random.Random, holds: tuple[tuple[float, float], ...] = ()) -> None:
    """A conversation of that length; in the `holds` (from, to, in seconds) nobody speaks."""
    samples = round(seconds * RATE)
    tracks = np.random.default_rng(rng.getrandbits(64)).standard_normal((2, samples)).astype(np.float32) * np.float32(LINE_NOISE)
    is_high = rng.random() < 0.5
    voices = (make_voice(rng, is_high=not is_high), make_voice(rng, is_high=is_high))
    for since, until in _spans(seconds, holds):
        _converse(tracks[:, round(since * RATE) : round(until * RATE)], voices, rng)
    _write(path, tracks)


def _spans(seconds: float, holds: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    edges = [0.0, *(edge for hold in holds for edge in hold), seconds]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _converse(tracks: Floats, voices: tuple[Voice, Voice], rng: random.Random) -> None:
    """Turns until the time is over; whoever was called speaks first."""
    speaker, at, end = 1, SILENT_EDGE_S, tracks.shape[1] / RATE - SILENT_EDGE_S
    while at < end - 0.6:
        since = at
        for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
            at = _phrase(tracks[speaker], voices[speaker], at, end, rng) + rng.uniform(0.15, 0.5)
        if at - since > 3.5 and rng.random() < 0.6:  # the other one hums that he listens
            _put(tracks[1 - speaker], say(voices[1 - speaker], 2, rng), since + rng.uniform(1.5, at - since - 1), end)
        speaker = 1 - speaker
        at += rng.uniform(-0.75, -0.25) if rng.random() < 0.3 else rng.uniform(0.0, 0.5)


def _phrase(track: Floats, voice: Voice, at: float, end: float, rng: random.Random) -> float:
    """One phrase; when it is over."""
    sound = say(voice, rng.randint(3, 13), rng, is_question=rng.random() < 0.25)
    _put(track, sound, at, end)
    return at + len(sound) / RATE


def _put(track: Floats, sound: Floats, at: float, end: float) -> None:
    """Add a sound, cut softly where the time is over."""
    start = round(at * RATE)
    room = min(len(sound), round(end * RATE) - start)
    if room <= 0:
        return
    sound = sound[:room].copy()
    fade = min(room, 400)
    sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    track[start : start + room] += sound


def _write(path: Path, tracks: Floats) -> None:
    """Both channels, 16 bit."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(tracks.T, -1, 1) * 32767).astype("<i2").tobytes())


def write_empty(path: Path) -> None:
    """What a PBX leaves of a call that nobody answered: a header."""
    _write(path, np.zeros((2, 0), np.float32))
