"""What an hour of audio costs, beside the bare libraries, and ranges while 50 clients listen: `python -m tests.bench audio [MINUTES]`."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from tests import sounds
from tests.bench.audio_work import WORK
from tests.bench.five_megabytes import ids_with_audio, put_files, ranges
from tests.bench.listening import beside_listeners
from tests.bench.store import fill
from tests.servers import postgres_server

CALLS = 2000
LISTENERS = 50
ONE = "import sys; from tests.bench.audio_work import measure; measure(*sys.argv[1:])"
"""A process of its own, so that its memory is its own."""


def main(minutes: int = 20) -> None:
    """Print both tables."""
    print(f"\n{minutes} minutes of audio at 8 kHz\n")
    print("| | seconds an hour of audio | × real time | CPU, s | memory, MiB | bare, CPU, s | × bare |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder, postgres_server() as server:
        for path in _files(Path(folder), minutes):
            for name, (formats, _, _) in WORK.items():
                if path.suffix[1:] in formats:
                    print(_line(name, path, minutes), flush=True)
        server.run("create database bench")
        _ranges({"SQLite": f"sqlite:///{folder}/bench.db", "PostgreSQL": server.url("bench")}, Path(folder))


def _files(folder: Path, minutes: int) -> Iterator[Path]:
    """Something like people who speak by turns, in stereo as wav, in mono as alaw and gsm."""
    dice = np.random.default_rng(1898)
    loud = np.repeat(dice.random(60) > 0.5, sounds.RATE)
    minute = (dice.normal(0, 3000, 60 * sounds.RATE) * loud).astype(np.int16)
    other = (dice.normal(0, 3000, 60 * sounds.RATE) * ~loud).astype(np.int16)
    kinds: dict[str, Callable[[], bytes]] = {
        "wav": lambda: sounds.wav(np.tile(minute, minutes), np.tile(other, minutes)),
        "alaw": lambda: sounds.encoded("alaw", "pcm_alaw", np.tile(minute, minutes)),
        "gsm": lambda: _gsm(dice, minutes),
    }
    for suffix, make in kinds.items():
        path = folder / f"sound.{suffix}"
        path.write_bytes(make())
        yield path
        path.unlink()


def _gsm(dice: np.random.Generator, minutes: int) -> bytes:
    """Frames of 20 ms that hold noise; no encoder is at hand."""
    frames = dice.integers(0, 256, (minutes * 60 * 50, 33), np.uint8)
    frames[:, 0] = frames[:, 0] & 0x0F | 0xD0
    return frames.tobytes()


def _line(name: str, path: Path, minutes: int) -> str:
    hours = minutes / 60
    ours, limit = (_measured(name, which, path) for which in ("ours", "bare"))
    wall, cpu, memory = ours
    per_hour = (f"{wall / hours:.2f}", f"{minutes * 60 / wall:,.0f}", f"{cpu / hours:.2f}", f"{memory:.0f}", f"{limit[1] / hours:.2f}")
    return f"| {path.suffix[1:]}: {name} | {' | '.join(per_hour)} | {cpu / limit[1]:.1f} |"


def _measured(name: str, which: str, path: Path) -> tuple[float, float, float]:
    told = subprocess.run([sys.executable, "-c", ONE, name, which, str(path)], check=True, capture_output=True, text=True).stdout
    wall, cpu, memory = map(float, told.split())
    return wall, cpu, memory


def _ranges(urls: dict[str, str], folder: Path) -> None:
    print(f"\n| ranges of 64 KiB | alone p50, ms | p99 | beside {LISTENERS} listeners p50, ms | p99 |\n|---|---|---|---|---|")
    for engine, url in urls.items():
        fill(url, CALLS)
        put_files(url, folder / engine / "media")
        ids = ids_with_audio(url)
        cells = beside_listeners(url, folder / engine, ids, ranges(ids, "/records/{}/audio"), LISTENERS)
        print(f"| {engine} | {' | '.join(f'{ms:.2f}' for ms in cells)} |", flush=True)
