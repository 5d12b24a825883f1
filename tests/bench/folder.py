"""A folder of recordings, followed for the first time and again, beside a bare walk and hash: `python -m tests.bench folder [FILES]`."""

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import NamedTuple

from telegraphone.audio_child import end_children
from telegraphone.config.sources import FollowedSource
from telegraphone.db import Db, open_db
from telegraphone.interpret import Settings
from telegraphone.jobs.follow_folder import FolderFollower
from telegraphone.media import Media, MediaSettings, open_media
from telegraphone.media.flush import sync_file_system
from telegraphone.media.local import CHUNK
from telegraphone.migrate import migrate
from tests import sounds
from tests.servers import S3, postgres_server, s3_server

KINDS, A_DAY = 16, 1000
SMALL_S, SHORT_S, USUAL_S = 0.5, 3, 120
"""Seconds of sound in a file."""
FEWER_IN_S3, FEWER_USUAL = 20, 200
"""How many times fewer files are put into a bucket, which takes its time, and of the long ones, of which the disk must hold copies."""


class Folder(NamedTuple):
    """What is followed: files of so many seconds. `is_cold`: each has bytes of its own, which nobody has read of late, as it is in a folder
    that a PBX filled for years; else they are links to a few files, which are read from memory.
    """

    files: int
    seconds: float
    is_cold: bool = False


def main(files: int = 10_000) -> None:
    """Print a table for short files that nobody read of late, and for those in memory one where what costs is their number, and one where
    it is their bytes.
    """
    with postgres_server() as server, s3_server() as bucket:
        for folder, of_s3 in (
            (Folder(files, SHORT_S, is_cold=True), None),
            (Folder(files, SMALL_S), None),
            (Folder(files // FEWER_IN_S3, SMALL_S), bucket),
            (Folder(files // FEWER_USUAL, USUAL_S), bucket),
        ):
            server.run("drop database if exists ours")
            server.run("create database ours")
            with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
                _measure(Path(name), server.url("ours"), of_s3, folder)


def _measure(here: Path, url: str, bucket: S3 | None, folder: Folder) -> None:
    top, files = here / "monitor", folder.files
    bytes_ = _make(top, here / "kinds", folder)
    print(f"\n{files:,} files of {bytes_ / files:,.0f} bytes, {'not read of late' if folder.is_cold else 'in memory'}\n")
    print("| | seconds | files/s | MB/s | × bare | CPU, seconds | × bare |\n|---|---|---|---|---|---|---|", flush=True)

    def timed(work: Callable[[], None]) -> Took:
        if folder.is_cold:
            _forget(top)
        return _timed(work)

    timed(lambda: _bare(top))
    bare = timed(lambda: _bare(top))

    def tell(what: str, took: Took) -> None:
        rates = f"{files / took.wall:,.0f} | {bytes_ / took.wall / 1e6:,.0f} | {took.wall / bare.wall:.1f}"
        print(f"| {what} | {took.wall:.2f} | {rates} | {took.cpu:.2f} | {took.cpu / bare.cpu:.1f} |", flush=True)

    tell("bare walk and SHA-256", bare)
    if not folder.is_cold:  # of these the disk would have to hold another copy
        tell("the same, and a copy that is on the disk", timed(lambda: _copied(top, here / "copies")))
    for what, database, media in (
        ("SQLite", f"sqlite:///{here}/ours.db", open_media(f"file://{here}/media")),
        ("PostgreSQL", url, open_media(f"file://{here}/more")),
        *([("SQLite, S3", f"sqlite:///{here}/other.db", _media_in(bucket, files))] if bucket else []),
    ):
        db = open_db(database)
        migrate(db)
        tell(f"first scan: kept, described and playable, {what}", timed(partial(_follow, db, top, media)))
        tell(f"scan without changes, {what}", timed(partial(_follow, db, top, media)))
        with db.transaction("read") as tx:
            kept = tx.one("select count(*) as n from recordings where state = 'available'")
        assert kept == {"n": files}, kept
        db.close()


def _media_in(bucket: S3, files: int) -> Media:
    keys = MediaSettings(bucket.endpoint, bucket.region, bucket.access_key, bucket.secret_key)
    return open_media(f"s3://{bucket.bucket}/{files}", keys)


def _make(top: Path, kinds: Path, folder: Folder) -> int:
    """16 sounds, each under many names, a thousand in the folder of a day; how many bytes that is."""
    kinds.mkdir()
    long_ago = (datetime.now(UTC) - timedelta(days=30)).timestamp()
    for kind in range(KINDS):
        path = kinds / f"{kind}.wav"
        path.write_bytes(sounds.wav(sounds.tone(folder.seconds, level=0.2 + kind / 40)))
        os.utime(path, (long_ago, long_ago))
    for number in range(folder.files):
        day = top / f"{number // A_DAY:04}"
        if number % A_DAY == 0:
            day.mkdir(parents=True)
        name = day / f"pbx1-{1_790_000_000 + number}.{number}.wav"
        if folder.is_cold:
            name.write_bytes((kinds / f"{number % KINDS}.wav").read_bytes()[:-4] + number.to_bytes(4, "little"))
            os.utime(name, (long_ago, long_ago))
        else:
            os.link(kinds / f"{number % KINDS}.wav", name)
    return sum((kinds / f"{number % KINDS}.wav").stat().st_size for number in range(folder.files))


def _forget(top: Path) -> None:
    """Let the system give up what it has in memory of the files; their names stay there, which nobody but root can change."""
    sync_file_system(top)
    for folder, _, names in os.walk(top):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _bare(top: Path) -> None:
    """What nobody can do without: look at each name, read each file, hash it."""
    for folder, _, names in os.walk(top):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                hashlib.file_digest(file, "sha256").digest()


def _copied(top: Path, copies: Path) -> None:
    """What nobody can do without who keeps what he finds: read once, hashed, written, and flushed once a folder."""
    copies.mkdir()
    for folder, _, names in os.walk(top):
        for name in names:
            digest = hashlib.sha256()
            with open(os.path.join(folder, name), "rb") as file, open(copies / name, "xb") as copy:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
                    copy.write(chunk)
        sync_file_system(copies)


def _follow(db: Db, top: Path, media: Media) -> None:
    """One walk, to its end, and all that it finds kept."""

    async def steps(one: FolderFollower) -> None:
        while await one.work(db, Settings((), (), "FR"), datetime.now(UTC)):
            pass
        await one.end(db)

    asyncio.run(steps(FolderFollower(FollowedSource(source="recordings", path=str(top)), media, "bench")))


class Took(NamedTuple):
    """Seconds by the clock, and of the processors: ours and those of the children that describe; not those of PostgreSQL and the bucket."""

    wall: float
    cpu: float


def _timed(work: Callable[[], None]) -> Took:
    end_children()
    began, cpu = time.perf_counter(), _cpu()
    work()
    took = time.perf_counter() - began
    end_children()
    return Took(took, _cpu() - cpu)


def _cpu() -> float:
    return sum(use.ru_utime + use.ru_stime for use in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))
