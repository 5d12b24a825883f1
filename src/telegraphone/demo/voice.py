"""Something that sounds like speech: syllables of a glottal pulse train and noise, shaped by formants, with a melody. It says nothing.

A phrase is described in frames of 8 ms (how loud the voice and the breath are, how high, where the formants lie) and synthesised at once:
the source, window by window, is multiplied with the vocal tract's response in the frequency domain and added up again.
"""

import random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 8000
HOP, WINDOW = 64, 256
FRAME_S = HOP / RATE

Floats = NDArray[np.float32]

VOWELS = {
    "a": (730, 1250, 2500), "e": (420, 2050, 2600), "E": (570, 1780, 2500), "i": (290, 2250, 2950),
    "o": (430, 850, 2500), "u": (310, 800, 2250), "y": (290, 1850, 2200), "@": (490, 1400, 2350),
}  # fmt: skip
VOWEL_WEIGHTS = (20, 16, 14, 12, 12, 8, 6, 12)
FRICATIVES = {"s": 3300.0, "S": 2500.0, "f": 1900.0, "h": 1300.0}
"""Where their noise is strongest."""
NASAL = (270, 1100, 2200)
_FREQUENCIES = np.fft.rfftfreq(WINDOW, 1 / RATE).astype(np.float32)
_LINE = np.where((_FREQUENCIES > 250) & (_FREQUENCIES < 3500), 1.0, 0.03).astype(np.float32)
"""What a telephone line lets through."""


class Voice(NamedTuple):
    """Whose voice: how high, how lively, how long the vocal tract, how fast, how breathy, how loud."""

    pitch: float
    melody: float
    tract: float
    speed: float
    breath: float
    level: float


class Frames(NamedTuple):
    """A phrase, frame by frame. `noise_at` is where the noise is strongest."""

    voiced: Floats
    noise: Floats
    pitch: Floats
    formants: Floats
    noise_at: Floats


def make_voice(rng: random.Random, *, is_high: bool) -> Voice:
    """Somebody's."""
    pitch = rng.uniform(175, 235) if is_high else rng.uniform(92, 135)
    tract = rng.uniform(1.1, 1.2) if is_high else rng.uniform(0.95, 1.04)
    return Voice(pitch, rng.uniform(0.1, 0.2), tract, rng.uniform(0.88, 1.15), rng.uniform(0.01, 0.05), rng.uniform(0.3, 0.5))


def say(voice: Voice, syllables: int, rng: random.Random, *, is_question: bool = False) -> Floats:
    """A phrase of so many syllables."""
    return _synthesised(voice, _phrase(voice, syllables, rng, is_question), rng)


def _phrase(voice: Voice, syllables: int, rng: random.Random, is_question: bool) -> Frames:
    parts = [part for place in range(syllables) for part in _syllable(voice, rng, is_last=place == syllables - 1)]
    counts = [part[0] for part in parts]
    voiced, noise, noise_at = (_smooth(np.repeat(np.array([part[n] for part in parts], np.float32), counts), 3) for n in (1, 2, 4))
    shapes = np.repeat(np.array([part[3] for part in parts], np.float32), counts, axis=0)
    formants = np.stack([_smooth(shapes[:, n], 7) for n in range(3)], axis=1) * voice.tract
    return Frames(voiced, noise, _melody(voice, len(voiced), syllables, rng, is_question), formants, noise_at)


Part = tuple[int, float, float, tuple[float, float, float], float]
"""Frames, voice, noise, formants, place of the noise."""


def _syllable(voice: Voice, rng: random.Random, *, is_last: bool) -> list[Part]:
    vowel = VOWELS[rng.choices(list(VOWELS), VOWEL_WEIGHTS)[0]]
    length = rng.uniform(0.085, 0.15) * (1.7 if is_last else 1.0) / voice.speed
    stress = rng.uniform(0.7, 1.0)
    parts = [*_onset(vowel, rng), _part(length, stress, voice.breath, vowel)]
    if rng.random() < 0.2:
        parts.append(_part(0.06, 0.45, 0.0, NASAL))
    if is_last:
        parts.append(_part(0.06, 0.15, voice.breath, vowel))
    return parts


def _onset(vowel: tuple[float, float, float], rng: random.Random) -> list[Part]:
    """A consonant, or none."""
    kind = rng.random()
    if kind < 0.3:  # a stop: silence, then a burst
        burst = rng.uniform(1200, 3200)
        return [_part(rng.uniform(0.03, 0.06), 0.0, 0.0, vowel), _part(0.012, 0.0, 0.7, vowel, burst)]
    if kind < 0.55:
        name = rng.choice(list(FRICATIVES))
        return [_part(rng.uniform(0.05, 0.1), 0.0, 0.3 if name == "f" else 0.45, vowel, FRICATIVES[name])]
    if kind < 0.75:
        return [_part(rng.uniform(0.045, 0.07), 0.45, 0.0, NASAL)]
    if kind < 0.9:  # a liquid
        return [_part(0.045, 0.55, 0.0, (360, rng.uniform(1000, 1400), 2400))]
    return []


def _part(seconds: float, voiced: float, noise: float, formants: tuple[float, float, float], noise_at: float = 2000.0) -> Part:
    return max(1, round(seconds / FRAME_S)), voiced, noise, formants, noise_at


def _melody(voice: Voice, frames: int, syllables: int, rng: random.Random, is_question: bool) -> Floats:
    """The voice falls over a phrase, rises where it is stressed and at the end of a question."""
    place = np.linspace(0, 1, frames, dtype=np.float32)
    points = np.linspace(0, 1, max(2, syllables + 1))
    accents = np.array([rng.gauss(0, voice.melody) for _ in points])
    curve = 1.06 - 0.16 * place + np.interp(place, points, accents) + (0.35 if is_question else -0.1) * np.clip(place - 0.8, 0, None) / 0.2
    melody: Floats = (voice.pitch * np.clip(curve, 0.6, 1.7)).astype(np.float32)
    return melody


def _smooth(values: Floats, width: int) -> Floats:
    padded = np.pad(values, width // 2, mode="edge")
    smooth: Floats = np.convolve(padded, np.full(width, 1 / width, np.float32), mode="valid").astype(np.float32)
    return smooth


def _synthesised(voice: Voice, frames: Frames, rng: random.Random) -> Floats:
    count = len(frames.voiced)
    samples = count * HOP
    noise = np.random.default_rng(rng.getrandbits(64))
    places = np.arange(samples) / HOP
    pitch = np.interp(places, np.arange(count), frames.pitch) * (1 + 0.008 * _smooth(noise.standard_normal(samples).astype(np.float32), 65))
    buzz = _windows(_pulses(np.cumsum(pitch / RATE)))
    hiss = _windows(noise.standard_normal(samples).astype(np.float32) * np.float32(0.5))
    spectrum = np.fft.rfft(buzz, axis=1) * (_tract(frames.formants) * frames.voiced[:, None])
    spectrum += np.fft.rfft(hiss, axis=1) * (_hump(frames.noise_at) * frames.noise[:, None])
    sound = _added(np.fft.irfft(spectrum * _LINE, WINDOW, axis=1).astype(np.float32))
    peak = float(np.abs(sound).max()) or 1.0
    return (sound * np.float32(voice.level * rng.uniform(0.85, 1.15) / peak)).astype(np.float32)


def _pulses(phase: NDArray[Any]) -> Floats:
    """The glottis: it opens slowly and shuts at once."""
    turn = (phase % 1.0).astype(np.float32)
    flow = np.where(turn < 0.6, turn * turn * (0.6 - turn) * 12, 0).astype(np.float32)
    return np.diff(flow, prepend=flow[:1]).astype(np.float32) * 10


def _windows(sound: Floats) -> Floats:
    """A window around each frame."""
    padded = np.pad(sound, (WINDOW // 2, WINDOW))
    rows: Floats = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][: len(sound) // HOP]
    return (rows * np.hanning(WINDOW).astype(np.float32)).astype(np.float32)


def _added(rows: Floats) -> Floats:
    """The windows, overlapping as they were cut."""
    count, per = len(rows), WINDOW // HOP
    out = np.zeros((count + per, HOP), np.float32)
    for part in range(per):
        out[part : part + count] += rows[:, part * HOP : (part + 1) * HOP]
    return out.reshape(-1)[: count * HOP]


def _tract(formants: Floats) -> Floats:
    """What the vocal tract makes of a flat spectrum, for each frame."""
    widths, gains = (80.0, 110.0, 170.0), (1.0, 0.6, 0.35)
    response = np.full((len(formants), len(_FREQUENCIES)), 0.01, np.float32)
    for n in range(3):
        response += gains[n] / (1 + ((_FREQUENCIES - formants[:, n, None]) / widths[n]) ** 2)
    return response


def _hump(places: Floats) -> Floats:
    hump: Floats = np.exp(-(((_FREQUENCIES - places[:, None]) / 700) ** 2)).astype(np.float32)
    return hump
