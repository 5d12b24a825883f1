"""What is done with a recording, by our code and by the bare library, each measured in a process of its own."""

import asyncio
import hashlib
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np

from telegraphone.audio import convert, describe
from telegraphone.audio.convert import Target
from telegraphone.media import FileIn, open_media
from telegraphone.model import MediaKey

Work = Callable[[Path], Callable[[], object]]
"""Makes ready, and gives what is measured."""


def _keep(path: Path) -> Callable[[], object]:
    """Copied into the media store, hashed on the way."""
    media = open_media(f"file://{tempfile.mkdtemp(dir=path.parent)}")
    return lambda: asyncio.run(_put(media, path))


async def _put(media: Any, path: Path) -> None:
    await media.put_files([FileIn(path, lambda sha256: MediaKey(f"{sha256}{path.suffix}"))])


def _hash(path: Path) -> Callable[[], object]:
    def work() -> None:
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")

    return work


def _describe(path: Path) -> Callable[[], object]:
    def work() -> None:
        with path.open("rb") as file:
            describe(file, path.suffix[1:])

    return work


def _loudest(path: Path) -> Callable[[], object]:
    """What must be looked at in any case: the loudest sample of each tenth of a second, of samples that stand ready."""
    samples = _samples(path)
    return lambda: np.abs(samples[: len(samples) // 1600 * 1600].reshape(-1, 1600)).max(axis=1)


def _samples(path: Path) -> "np.ndarray[Any, np.dtype[np.int16]]":
    with path.open("rb") as file:
        wav = b"".join(convert(file, path.suffix[1:], "wav", path.stat().st_size))
    return np.frombuffer(wav[44 : len(wav) // 2 * 2], np.int16)


def _convert(target: Target) -> Work:
    def ready(path: Path) -> Callable[[], object]:
        def work() -> None:
            with path.open("rb") as file:
                for _ in convert(file, path.suffix[1:], target, path.stat().st_size):
                    pass

        return work

    return ready


def _encode(container: str, codec: str, bit_rate: int) -> Work:
    """The encoder alone: frames stand ready, and what comes out is thrown away."""

    def ready(path: Path) -> Callable[[], object]:
        samples, channels = _samples(path), 2 if path.suffix == ".wav" else 1
        layout = "stereo" if channels == 2 else "mono"
        target: Any = av.open(io.BytesIO(), "w", format=container)
        stream = target.add_stream(codec, rate=8000, layout=layout)
        stream.bit_rate = bit_rate * channels
        frames = []
        for at in range(0, len(samples), 8192 * channels):
            frame = av.AudioFrame.from_ndarray(samples[at : at + 8192 * channels].reshape(1, -1), format="s16", layout=layout)
            frame.sample_rate, frame.pts = 8000, at // channels
            frames.append(frame)
        return lambda: [stream.encode(frame) for frame in [*frames, None]]

    return ready


WORK: dict[str, tuple[tuple[str, ...], Work, Work]] = {
    "kept, with SHA-256": (("wav",), _keep, _hash),
    "described, with peaks": (("wav", "alaw", "gsm"), _describe, _loudest),
    "to mp3": (("wav", "alaw", "gsm"), _convert("mp3"), _encode("mp3", "libmp3lame", 32_000)),
    "to opus": (("wav", "alaw", "gsm"), _convert("opus"), _encode("ogg", "libopus", 24_000)),
}
"""By name: of which formats, by us, and bare."""


def measure(name: str, which: str, path: str) -> None:
    """Print seconds by the clock and of the processor, and MiB."""
    _, ours, bare = WORK[name]
    work = (ours if which == "ours" else bare)(Path(path))
    began, cpu = time.perf_counter(), time.process_time()
    work()
    print(time.perf_counter() - began, time.process_time() - cpu, _most_memory())


def _most_memory() -> float:
    """MiB. (What getrusage tells begins with the memory of whoever started us.)"""
    told = next((line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")), "VmHWM: 0 kB")
    return int(told.split()[1]) / 1024
