"""A folder of recordings, followed for the first time and again, beside a bare walk and hash: `python -m tests.bench folder [FILES]`."""

import asyncio
import hashlib
import os
import shutil
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
from telegraphone.media import open_media
from telegraphone.migrate import migrate
from tests import sounds
from tests.servers import postgres_server

KINDS, A_DAY = 16, 1000
SECONDS = 0.5


def main(files: int = 10_000) -> None:
    """Print the table. Half a second of sound each, so that what costs is the number of files."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name, postgres_server() as server:
        here = Path(name)
        top = here / "monitor"
        bytes_ = _make(top, here / "kinds", files)
        print(f"\n{files:,} files of {bytes_ / files:,.0f} bytes\n")
        print("| | seconds | files/s | × bare | CPU, seconds | × bare |\n|---|---|---|---|---|---|", flush=True)
        _timed(lambda: _bare(top))
        bare = _timed(lambda: _bare(top))
        _tell("bare walk and SHA-256", bare, files, bare)
        server.run("create database ours")
        for engine, url in (("SQLite", f"sqlite:///{here}/ours.db"), ("PostgreSQL", server.url("ours"))):
            db = open_db(url)
            migrate(db)
            media = f"file://{here}/media"
            _tell(f"first scan: kept, described and playable, {engine}", _timed(partial(_follow, db, top, media)), files, bare)
            _tell(f"scan without changes, {engine}", _timed(partial(_follow, db, top, media)), files, bare)
            with db.transaction("read") as tx:
                kept = tx.one("select count(*) as n from recordings where state = 'available'")
            assert kept == {"n": files}, kept
            db.close()
            shutil.rmtree(here / "media")


def _make(top: Path, kinds: Path, files: int) -> int:
    """Links to a few files, so that they take no room: 16 sounds, each under many names, a thousand in the folder of a day."""
    kinds.mkdir()
    long_ago = (datetime.now(UTC) - timedelta(days=30)).timestamp()
    for kind in range(KINDS):
        path = kinds / f"{kind}.wav"
        path.write_bytes(sounds.wav(sounds.tone(SECONDS, level=0.2 + kind / 40)))
        os.utime(path, (long_ago, long_ago))
    for number in range(files):
        day = top / f"{number // A_DAY:04}"
        if number % A_DAY == 0:
            day.mkdir(parents=True)
        os.link(kinds / f"{number % KINDS}.wav", day / f"pbx1-{1_790_000_000 + number}.{number}.wav")
    return sum((kinds / f"{number % KINDS}.wav").stat().st_size for number in range(files))


def _bare(top: Path) -> None:
    """What nobody can do without: look at each name, read each file, hash it."""
    for folder, _, names in os.walk(top):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                hashlib.file_digest(file, "sha256").digest()


def _follow(db: Db, top: Path, media: str) -> None:
    """One walk, to its end, and all that it finds kept."""

    async def steps(one: FolderFollower) -> None:
        while await one.work(db, Settings((), (), "FR"), datetime.now(UTC)):
            pass
        await one.end(db)

    asyncio.run(steps(FolderFollower(FollowedSource(source="recordings", path=str(top)), open_media(media), "bench")))


class Took(NamedTuple):
    """Seconds by the clock, and of the processors: ours and those of the children that describe; not PostgreSQL's."""

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


def _tell(what: str, took: Took, files: int, bare: Took) -> None:
    wall, cpu = took.wall / bare.wall, took.cpu / bare.cpu
    print(f"| {what} | {took.wall:.2f} | {files / took.wall:,.0f} | {wall:.1f} | {took.cpu:.2f} | {cpu:.1f} |", flush=True)
