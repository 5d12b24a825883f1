"""What we say of a file: format, length, channels, outline, and what is wrong with it."""

import io
import math
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from telegraphone.audio import AudioFacts, Undecodable, convert, describe, format_of, plays_in_browsers, wav_frames
from telegraphone.audio.convert import CONVERTED, Target
from telegraphone.audio.peaks import MOST, Outline
from tests import sounds
from tests.sounds import tone

SECONDS = 2.0
SOUND = tone(SECONDS)
FILES: dict[str, tuple[str, bytes, str, int]] = {
    "wav": ("wav", sounds.wav(SOUND), "wav", 8000),
    "wav at 16 kHz": ("wav", sounds.wav(tone(SECONDS, rate=16000), rate=16000), "wav", 16000),
    "alaw in wav": ("wav", sounds.encoded("wav", "pcm_alaw", SOUND), "wav", 8000),
    "8 bit wav": ("wav", sounds.encoded("wav", "pcm_u8", SOUND), "wav", 8000),
    "WAV": ("WAV", sounds.wav49(SECONDS), "wav49", 8000),
    "gsm": ("gsm", sounds.gsm(SECONDS), "gsm", 8000),
    "ulaw": ("ulaw", sounds.companded(sounds.to_ulaw, SOUND), "ulaw", 8000),
    "ul": ("ul", sounds.companded(sounds.to_ulaw, SOUND), "ulaw", 8000),
    "alaw": ("alaw", sounds.companded(sounds.to_alaw, SOUND), "alaw", 8000),
    "al": ("al", sounds.companded(sounds.to_alaw, SOUND), "alaw", 8000),
    "sln": ("sln", SOUND.astype("<i2").tobytes(), "sln", 8000),
    "sln16": ("sln16", tone(SECONDS, rate=16000).astype("<i2").tobytes(), "sln16", 16000),
    "g722": ("g722", sounds.encoded("g722", "g722", tone(SECONDS, rate=16000), 16000), "g722", 16000),
    "mp3": ("mp3", sounds.encoded("mp3", "libmp3lame", SOUND), "mp3", 8000),
    "opus": ("opus", sounds.encoded("ogg", "libopus", SOUND), "opus", 48000),
    "flac": ("flac", sounds.encoded("flac", "flac", SOUND), "flac", 8000),
}
QUIET = ("WAV", "gsm")  # no encoder: these hold no tone


def facts(blob: bytes, suffix: str = "wav") -> AudioFacts:
    return describe(io.BytesIO(blob), suffix)


@pytest.mark.parametrize("name", FILES)
def test_each_format_is_described(name: str) -> None:
    suffix, blob, format, rate = FILES[name]
    told = facts(blob, suffix)
    assert (told.format, told.sample_rate, told.channels, told.problem) == (format, rate, 1, "")
    assert told.duration_s == pytest.approx(SECONDS, abs=0.15)
    assert not told.is_empty
    if name not in QUIET:
        assert told.flaws == ()
        assert max(told.peaks.channels[0]) == pytest.approx(128, abs=12)


TELLING = {name: FILES[name][:2] for name in ("wav", "wav at 16 kHz", "alaw in wav", "8 bit wav", "WAV", "gsm", "sln")} | {
    "flac": ("flac", sounds.encoded("flac", "flac", tone(20))), "opus": ("opus", sounds.encoded("ogg", "libopus", tone(20))),
}  # fmt: skip
"""Formats of which can be seen that something lacks; the packed ones longer, so that half of one is not nothing."""


@pytest.mark.parametrize("name", TELLING)
def test_a_file_that_was_cut_is_truncated(name: str) -> None:
    suffix, blob = TELLING[name]
    whole, half = facts(blob, suffix), facts(blob[: len(blob) // 2 | 1], suffix)
    assert "truncated" not in whole.flaws
    assert half.flaws == (*whole.flaws, "truncated")
    assert half.duration_s == pytest.approx((whole.duration_s or 0) / 2, rel=0.15)


def test_a_file_that_was_cut_before_its_sound_is_empty_and_truncated() -> None:
    told = facts(sounds.wav(SOUND)[:44])
    assert (told.is_empty, told.flaws) == (True, ("truncated",))
    assert facts(sounds.wav(SOUND)[:30]).flaws == ("unreadable",)


def test_a_header_of_nought_is_not_cut() -> None:
    """What a PBX that was killed leaves holds all that was written."""
    assert facts(sounds.crashed(sounds.wav(SOUND))).flaws == ()


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0x7FFFF000, 0xFFFFFFFF - 44])
def test_a_length_that_nobody_knew_is_not_cut(length: int) -> None:
    blob = sounds.wav(SOUND)
    told = facts(blob[:40] + length.to_bytes(4, "little") + blob[44:])
    assert (told.flaws, told.duration_s) == ((), SECONDS)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("to", CONVERTED)
def test_each_format_becomes_each_format(name: str, to: Target) -> None:
    suffix, blob, _, _ = FILES[name]
    made = b"".join(convert(io.BytesIO(blob), suffix, to))
    told = facts(made, to)
    assert (told.format, told.channels, told.problem) == (to, 1, "")
    assert told.duration_s == pytest.approx(SECONDS, abs=0.25)
    if name not in QUIET:
        assert max(told.peaks.channels[0]) == pytest.approx(128, abs=16)


@pytest.mark.parametrize("name", ["wav", "WAV", "gsm", "ulaw", "sln", "g722", "flac"])
def test_a_source_that_cannot_seek_becomes_the_same(name: str) -> None:
    suffix, blob, _, _ = FILES[name]

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError

    assert b"".join(convert(Pipe(blob), suffix, "wav", len(blob))) == b"".join(convert(io.BytesIO(blob), suffix, "wav"))


@pytest.mark.parametrize("name", ["wav", "WAV", "gsm", "ulaw", "alaw", "sln", "sln16", "g722"])
def test_a_wav_made_of_a_file_without_header_says_how_long_it_is(name: str) -> None:
    suffix, blob, _, rate = FILES[name]
    with wave.open(io.BytesIO(b"".join(convert(io.BytesIO(blob), suffix, "wav")))) as made:
        assert made.getnframes() / rate == pytest.approx(SECONDS, abs=0.001)
        assert len(made.readframes(made.getnframes())) == made.getnframes() * 2


@pytest.mark.parametrize("name", ["WAV", "gsm", "ulaw", "alaw", "sln", "sln16", "g722"])
@pytest.mark.parametrize("at", [1, 4000, 15_999])
def test_a_wav_is_made_from_any_frame_on(name: str, at: int) -> None:
    """What a decoder knew of the sound before may differ by little; where it knows nothing, nothing differs."""
    suffix, blob, _, _ = FILES[name]
    whole = np.frombuffer(b"".join(convert(io.BytesIO(blob), suffix, "wav"))[44:], "<i2")
    part = np.frombuffer(b"".join(convert(io.BytesIO(blob), suffix, "wav", start=at)), "<i2")
    assert len(part) == len(whole) - at == (wav_frames(known_as(suffix, blob), len(blob), len(whole) / 8000) or 0) - at
    assert np.abs(part.astype(int) - whole[at:]).max() <= (600 if name == "g722" else 0)


def known_as(suffix: str, blob: bytes) -> str:
    found = format_of(suffix, blob[:16])
    assert found is not None
    return "wav49" if suffix == "WAV" else found.name


def test_g711_is_decoded_as_ffmpeg_decodes_it() -> None:
    every = bytes(range(256))
    for suffix, codec in (("ulaw", "mulaw"), ("alaw", "alaw")):
        with av.open(io.BytesIO(every), format=codec, options={"sample_rate": "8000"}) as container:
            theirs = np.concatenate([frame.to_ndarray().ravel() for frame in container.decode(audio=0)])
        ours = np.frombuffer(b"".join(convert(io.BytesIO(every), suffix, "wav"))[44:], "<i2")
        assert np.array_equal(ours, theirs)


@pytest.mark.parametrize(("blob", "suffix"), [
    (sounds.header_only(), "wav"), (sounds.header_only_wav49(), "WAV"),
    (b"", "wav"), (b"", "gsm"), (b"", "ulaw"), (b"", "mp3"), (b"", "flac"),
])  # fmt: skip
def test_a_header_alone_is_empty(blob: bytes, suffix: str) -> None:
    told = facts(blob, suffix)
    assert (told.is_empty, told.duration_s, told.flaws) == (True, 0.0, ())


def test_the_headers_are_as_long_as_asterisks() -> None:
    assert (len(sounds.header_only()), len(sounds.header_only_wav49())) == (44, 60)


def test_a_wav_of_a_crashed_pbx_is_as_long_as_the_file() -> None:
    whole = sounds.wav(SOUND)
    assert facts(sounds.crashed(whole)) == facts(whole)
    assert b"".join(convert(io.BytesIO(sounds.crashed(whole)), "wav", "wav")) == whole


def test_a_gsm_wav_of_a_crashed_pbx_is_as_long_as_the_file() -> None:
    whole = sounds.wav49(SECONDS)
    stale = whole[:4] + bytes(4) + whole[8:56] + bytes(4) + whole[60:]
    assert facts(stale, "WAV").duration_s == SECONDS


def test_sound_that_was_written_after_a_headers_length_counts() -> None:
    whole = sounds.wav(SOUND)
    short = whole[:40] + (8000).to_bytes(4, "little") + whole[44:]
    assert facts(short).duration_s == SECONDS


def test_a_chunk_after_the_sound_is_no_sound() -> None:
    whole = sounds.wav(SOUND) + b"LIST" + (12).to_bytes(4, "little") + b"INFOISFT\0\0\0\0"
    assert facts(whole).duration_s == SECONDS


def test_a_file_cut_short_has_what_is_there() -> None:
    assert facts(sounds.wav(SOUND)[: 44 + 8001]).duration_s == 0.5
    for suffix, container, codec in (("mp3", "mp3", "libmp3lame"), ("flac", "flac", "flac"), ("opus", "ogg", "libopus")):
        blob = sounds.encoded(container, codec, np.random.default_rng(1).integers(-9000, 9000, 6 * 8000, dtype=np.int16))
        told = facts(blob[: len(blob) // 2], suffix)
        assert told.problem == ""
        assert told.duration_s == pytest.approx(3, abs=1.2)


@pytest.mark.parametrize(("blob", "suffix"), [
    (b"this is no sound at all, it is a letter" * 9, "wav"), (b"RIFF\0\0\0\0WAVE", "wav"), (b"RIFF", "WAV"), (b"\0" * 5000, "mp3"),
    (b"OggS" + b"\0" * 200, "opus"), (b"fLaC" + b"\0" * 200, "flac"), (b"x", "mp3"), (b"some text", "txt"),
    (sounds.wav(SOUND)[:20] + bytes(24), "wav"),
])  # fmt: skip
def test_what_is_no_sound_is_described_as_unreadable(blob: bytes, suffix: str) -> None:
    told = facts(blob, suffix)
    assert told.flaws == ("unreadable",)
    assert told.problem
    with pytest.raises(Undecodable):
        next(convert(io.BytesIO(blob), suffix, "mp3"))


def test_noise_in_any_disguise_is_no_exception() -> None:
    noise = np.random.default_rng(7).bytes(40_000)
    for suffix in (*{file[0] for file in FILES.values()}, "ogg", "xyz", ""):
        for head in (b"", b"RIFF\x00\x00\x00\x00WAVEfmt ", b"OggS", b"fLaC", b"ID3"):
            facts(head + noise, suffix)


def test_a_renamed_file_is_known_by_its_first_bytes() -> None:
    for name in ("wav", "opus", "flac"):
        assert facts(FILES[name][1], "ulaw").format == name


def test_channels_have_outlines_of_their_own_and_one_side_may_be_silent() -> None:
    both = facts(sounds.wav(SOUND, tone(SECONDS, 0.25)))
    assert (both.channels, both.flaws) == (2, ())
    assert [max(channel) for channel in both.peaks.channels] == [128, 64]
    one = facts(sounds.wav(SOUND, tone(SECONDS, 0.001)))
    assert one.flaws == ("one_sided",)
    assert facts(sounds.wav(tone(SECONDS, 0.001), tone(SECONDS, 0))).flaws == ("silent",)
    assert facts(sounds.wav(tone(SECONDS, 0))).flaws == ("silent",)


def test_two_channels_stay_two_in_each_format() -> None:
    for to in CONVERTED:
        told = facts(b"".join(convert(io.BytesIO(sounds.wav(SOUND, tone(SECONDS, 0))), "wav", to)), to)
        loud, silent = (max(channel) for channel in told.peaks.channels)
        assert loud > 100
        assert silent < 8


@pytest.mark.parametrize("frames", [1, 79, 80, 81, 4001, 160_000, 320_001, 1_234_567])
def test_an_outline_is_the_loudest_of_each_span(frames: int) -> None:
    samples = np.random.default_rng(frames).integers(-32768, 32767, frames, dtype=np.int16, endpoint=True)
    outline = Outline(80)
    for start in range(0, frames, 7777):
        outline.add(samples[start : start + 7777])
    drawn = outline.finish()
    spans = range(0, frames, outline.step)
    assert len(drawn) == len(spans) <= MOST
    assert list(drawn) == [math.ceil(int(np.abs(samples[at : at + outline.step].astype(np.int32)).max()) * 255 / 32768) for at in spans]


def test_what_a_browser_cannot_play() -> None:
    told = {name: plays_in_browsers(facts(blob, suffix).format) for name, (suffix, blob, _, _) in FILES.items()}
    assert {name for name, plays in told.items() if not plays} == {"WAV", "gsm", "ulaw", "ul", "alaw", "al", "sln", "sln16", "g722"}
    assert not plays_in_browsers(None)


def test_formats_are_known_whatever_case_they_are_written_in() -> None:
    assert format_of("WAV") == format_of("wav")
    assert format_of("zip") is None


def test_real_files_of_a_pbx(tmp_path: Path) -> None:
    """From tests/corpus: a whole file, one of a killed PBX, a header alone."""
    corpus = Path(__file__).parent / "corpus"
    found = {path.name: facts(path.read_bytes()) for path in corpus.glob("**/audio/*.wav")}
    assert all(told.problem == "" and told.format == "wav" for told in found.values())
    if "pbx1-1795517628.0.wav" in found:
        assert found["pbx1-1795517628.0.wav"].duration_s == 2.048
