"""Two hundred recordings of the corpus, damaged on purpose: each gets its true state, which is reckoned here from the samples alone."""

import asyncio
import os
import random
import struct
from array import array
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from telegraphone.config.sources import FollowedSource
from telegraphone.db import Db
from telegraphone.jobs.follow_folder import FolderFollower
from telegraphone.media import open_media
from telegraphone.model import Announced, Call, FileId, Party
from telegraphone.sql.recorded.recordings import list_stored
from tests.jobs.test_follow_folder import found
from tests.test_record import CORPUS, SETTINGS
from tests.test_recordings import put

COUNT, SEED = 200, 1898
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BEGAN = NOW - timedelta(hours=1)
HEADER = 44
AUDIBLE = 128


class Truth(NamedTuple):
    """What must be found."""

    state: str
    flaws: tuple[str, ...]
    seconds: float | None


class Damaged(NamedTuple):
    blob: bytes
    is_growing: bool = False
    channels: int = 1
    is_cut: bool = False


def samples(blob: bytes, channels: int) -> list[int]:
    """How loud each channel gets."""
    sound = array("h", blob[HEADER : HEADER + (len(blob) - HEADER) // (2 * channels) * 2 * channels])
    return [max((abs(sample) for sample in sound[channel::channels]), default=0) for channel in range(channels)]


def truth_of(one: Damaged, talk_s: float) -> Truth:
    if not one.blob:
        return Truth("empty", (), 0.0)
    if not one.blob.startswith(b"RIFF") or len(one.blob) < HEADER:
        return Truth("available", ("unreadable",), None)
    truncated = ("truncated",) if one.is_cut else ()
    seconds = round((len(one.blob) - HEADER) // (2 * one.channels) / 8000, 3)
    if not seconds:
        return Truth("empty", truncated, 0.0)
    quiet = [loudest < AUDIBLE for loudest in samples(one.blob, one.channels)]
    heard = ("silent",) if all(quiet) else ("one_sided",) if any(quiet) else ()
    short = ("short",) if talk_s - seconds > max(2.0, seconds) else ()
    return Truth("available", (*heard, *truncated, *short), seconds)


def unharmed(blob: bytes, chance: random.Random) -> Damaged:
    return Damaged(blob)


def cut(blob: bytes, chance: random.Random) -> Damaged:
    return Damaged(blob[: chance.randrange(1, len(blob))], is_cut=True)


def cut_near_the_header(blob: bytes, chance: random.Random) -> Damaged:
    return Damaged(blob[: chance.randrange(HEADER - 10, HEADER + 10)], is_cut=True)


def zeroed(blob: bytes, chance: random.Random) -> Damaged:
    return Damaged(bytes(len(blob)))


def silenced(blob: bytes, chance: random.Random) -> Damaged:
    return Damaged(blob[:HEADER] + bytes(len(blob) - HEADER))


def emptied(blob: bytes, chance: random.Random) -> Damaged:
    return Damaged(b"")


def header_only(blob: bytes, chance: random.Random) -> Damaged:
    return Damaged(blob[:4] + struct.pack("<I", 36) + blob[8:40] + bytes(4))


def crashed(blob: bytes, chance: random.Random) -> Damaged:
    """The PBX died: lengths of nought, and the sound up to some place."""
    return Damaged(blob[:4] + bytes(4) + blob[8:40] + bytes(4) + blob[HEADER : chance.randrange(HEADER, len(blob))])


def one_sided(blob: bytes, chance: random.Random) -> Damaged:
    """Two channels, one of which is silent."""
    left = array("h", blob[HEADER:])
    both = array("h", bytes(4 * len(left)))
    both[chance.randrange(2) :: 2] = left
    sound = both.tobytes()
    form = struct.pack("<HHIIHH", 1, 2, 8000, 32_000, 4, 16)
    return Damaged(
        b"RIFF" + struct.pack("<I", 36 + len(sound)) + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", len(sound)) + sound,
        channels=2,
    )


def growing(blob: bytes, chance: random.Random) -> Damaged:
    return Damaged(blob, is_growing=True)


WAYS: tuple[Callable[[bytes, random.Random], Damaged], ...] = (
    unharmed, cut, cut, cut_near_the_header, zeroed, silenced, emptied, header_only, crashed, one_sided, growing,
)  # fmt: skip


def made(seed: int) -> dict[str, tuple[Damaged, float]]:
    """The damaged files by file id, each with how long its call talked: as long as the file was when it was whole."""
    chance = random.Random(seed)
    blobs = [path.read_bytes() for path in sorted(CORPUS.glob("*/audio/*.wav"))]
    whole = [blob for blob in blobs if len(blob) > HEADER and blob[40:HEADER] == struct.pack("<I", len(blob) - HEADER)]
    files = {}
    for number in range(COUNT):
        blob = chance.choice(whole)
        files[f"pbx1-{1795510000 + number}.{number}"] = WAYS[number % len(WAYS)](blob, chance), (len(blob) - HEADER) / 16_000
    return files


def call(file_id: str, talk_s: float, is_over: bool) -> Call:
    unique_id, ended_at = file_id.removeprefix("pbx1-"), BEGAN + timedelta(seconds=talk_s)
    return Call(
        linked_id=unique_id, unique_ids=(unique_id,), direction="internal", outcome="answered" if is_over else "ongoing",
        caller=Party("1001"), dialled=Party("1002"), started_at=BEGAN, answered_at=BEGAN,
        ended_at=ended_at if is_over else None, is_closed=is_over, recordings=(Announced(FileId(file_id), BEGAN, "announced"),),
    )  # fmt: skip


def work(db: Db, one: FolderFollower, now: datetime) -> None:
    async def steps() -> None:
        while await one.work(db, SETTINGS, now):
            pass

    asyncio.run(steps())


def write(path: Path, blob: bytes, now: datetime) -> None:
    path.write_bytes(blob)
    os.utime(path, (now.timestamp(),) * 2)


@pytest.mark.parametrize("seed", [SEED])
def test_each_of_two_hundred_damaged_files_gets_its_true_state(db: Db, tmp_path: Path, seed: int) -> None:
    files, folder = made(seed), tmp_path / "monitor"
    folder.mkdir()
    live = [id for id, (one, _) in files.items() if one.is_growing]
    put(db, *(call(id, talk_s, id not in live) for id, (_, talk_s) in files.items()))
    for id, (one, _) in files.items():
        write(folder / f"{id}.wav", one.blob[: len(one.blob) // 3] if one.is_growing else one.blob, NOW)
    follower = FolderFollower(FollowedSource(source="recordings", path=str(folder)), open_media(f"file://{tmp_path}/media"), "a")
    for second in range(3):
        for id in live:
            write(folder / f"{id}.wav", files[id][0].blob[: len(files[id][0].blob) * (second + 1) // 4], NOW + timedelta(seconds=second))
        work(db, follower, NOW + timedelta(seconds=second + 0.5))
    told = {id: Truth((row := found(db, id)).state, row.flaws, row.duration_s) for id in files}
    assert {id: told[id] for id in live} == dict.fromkeys(live, Truth("expected", (), None))
    assert {id: told[id] for id in files if id not in live} == {id: truth_of(*files[id]) for id in files if id not in live}

    put(db, *(call(id, talk_s, True) for id, (_, talk_s) in files.items()))
    for id in live:
        write(folder / f"{id}.wav", files[id][0].blob, NOW + timedelta(seconds=3))
    for second in (3, 5, 7):
        work(db, follower, NOW + timedelta(seconds=second))
    told = {id: Truth((row := found(db, id)).state, row.flaws, row.duration_s) for id in files}
    assert told == {id: truth_of(*files[id]) for id in files}
    with db.transaction("read") as tx:
        assert [one.id for one in list_stored(tx)] == sorted(files), "each once"
    asyncio.run(follower.end(db))
