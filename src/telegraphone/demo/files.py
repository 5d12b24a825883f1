"""The made-up contact centre as files, in the shape in which a real PBX leaves them."""

import csv
import random
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from .centre import ZONE, directory_rows
from .dialogue import write_dialogue, write_empty
from .planned import DAYS
from .scene import Sound
from .tape import write_cel, write_queue_log
from .telling import Told, tell_all

SEED, CALLS = 1898, 2000


class DemoFiles(msgspec.Struct, frozen=True):
    """What was written: a CEL CSV file and a queue_log (times of `ZONE`), a folder of wav files, the directory as CSV."""

    cel: Path
    queue_log: Path
    audio: Path
    directory: Path


def write_demo(folder: Path, now: datetime, seed: int = SEED, calls: int = CALLS) -> DemoFiles:
    """About so many calls of the last two months; the same seed and moment give the same bytes."""
    files = DemoFiles(folder / "cel.csv", folder / "queue_log", folder / "audio", folder / "directory.csv")
    files.audio.mkdir(parents=True, exist_ok=True)
    log, told = tell_all(now, seed, calls)
    started = now - timedelta(days=DAYS, minutes=5)
    write_cel(files.cel, log.rows, ZONE)
    write_queue_log(files.queue_log, [(started, f"{int(started.timestamp())}|NONE|NONE|NONE|QUEUESTART|"), *log.lines])
    _write_directory(files.directory)
    _write_audio(files.audio, told, seed)
    return files


def _write_directory(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(directory_rows())


def _write_audio(folder: Path, told: list[Told], seed: int) -> None:
    for call in told:
        if call.sound is not None and call.plan.recording == "audible":
            _write_sound(folder, call.sound, random.Random(f"voices {seed} {call.sound.file_id}"))
        elif call.sound is not None and call.plan.recording == "empty":
            write_empty(folder / f"{call.sound.file_id}.wav")


def _write_sound(folder: Path, sound: Sound, rng: random.Random) -> None:
    began, ended = sound.began_at, sound.ended_at
    assert began is not None and ended is not None
    holds = tuple(((since - began).total_seconds(), (until - began).total_seconds()) for since, until in sound.holds)
    write_dialogue(folder / f"{sound.file_id}.wav", (ended - began).total_seconds(), rng, holds)
