"""A folder of recordings is followed: what is complete is kept, soon, once, and whatever breaks on the way."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from telegraphone.access import SYSTEM
from telegraphone.config.sources import FollowedSource
from telegraphone.db import Db
from telegraphone.errors import Unavailable
from telegraphone.jobs import Job
from telegraphone.jobs import follow as following
from telegraphone.jobs.follow import Follower, followers_of
from telegraphone.jobs.follow_folder import RETRY, FolderFollower
from telegraphone.media import FileIn, Media, Stored, open_media
from telegraphone.media import Kept as Copied
from telegraphone.media.each import put_each
from telegraphone.model import MediaKey
from telegraphone.sql.pbx.sources import find_position, list_unreadable
from telegraphone.sql.recorded.recordings import Recording, find_recording, list_stored
from telegraphone.sql.server.leases import LEASE
from tests import sounds
from tests.jobs.test_follow import rows, running, wait, write
from tests.test_record import SETTINGS, events, told
from tests.test_recordings import OTHER, SOUND, UNIQUE_ID, call, put

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SCENARIO = "01-internal-answered"
FILE_ID = "pbx1-1795516988.0"


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return open_media(f"file://{tmp_path}/media")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "monitor"
    path.mkdir()
    return path


def follower(folder: Path, media: Media, holder: str = "a") -> FolderFollower:
    return FolderFollower(FollowedSource(source="recordings", path=str(folder)), media, holder)


def work(db: Db, one: FolderFollower, now: datetime = NOW) -> None:
    """Until there is nothing more to do."""

    async def steps() -> None:
        while await one.work(db, SETTINGS, now):
            pass

    asyncio.run(steps())


def end(db: Db, *followers: FolderFollower) -> None:
    for one in followers:
        asyncio.run(one.end(db))


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def place(path: Path, blob: bytes, now: datetime = NOW) -> Path:
    """A file that was written at this moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(blob)
    os.utime(path, (now.timestamp(),) * 2)
    return path


def ids(db: Db) -> list[str]:
    with db.transaction("read") as tx:
        return [str(one.id) for one in list_stored(tx, limit=2000)]


def found(db: Db, id: str = UNIQUE_ID) -> Recording:
    with db.transaction("read") as tx:
        recording = find_recording(tx, SYSTEM, id)
    assert recording is not None
    return recording


def test_a_file_is_kept_when_it_stopped_growing_and_its_call_is_over(db: Db, media: Media, folder: Path) -> None:
    one = follower(folder, media)
    put(db, structs.replace(call(), outcome="ongoing", ended_at=None, is_closed=False))
    path = folder / "2026" / f"{UNIQUE_ID}.wav"
    for second in range(6):
        place(path, OTHER[: 44 + second * 4000], at(second))
        work(db, one, at(second))
    work(db, one, at(30))
    assert ids(db) == [], "its call goes on"
    put(db, call())
    place(path, OTHER, at(31))
    work(db, one, at(31))
    work(db, one, at(31.9))
    assert ids(db) == [], "it may still be growing"
    work(db, one, at(32.5))
    assert ids(db) == [UNIQUE_ID]
    assert (found(db).duration_s, found(db).state) == (2.0, "available")
    end(db, one)


def test_a_file_of_no_call_waits_for_it_and_not_longer_than_a_day(db: Db, media: Media, folder: Path) -> None:
    one = follower(folder, media)
    place(folder / f"{UNIQUE_ID}.wav", SOUND)
    place(folder / "1795517999.7.wav", OTHER)
    for second in (0, 1, 5, 100, 86_000):
        work(db, one, at(second))
    assert ids(db) == []
    put(db, call())
    work(db, one, at(86_100))
    assert ids(db) == [UNIQUE_ID]
    work(db, one, at(86_400))
    assert ids(db) == [UNIQUE_ID, "1795517999.7"]
    end(db, one)


def test_a_second_walk_reads_nothing(db: Db, media: Media, folder: Path, tmp_path: Path) -> None:
    """Neither what it kept nor a copy of that: a file that is read would be found to be another one here."""
    day_before = at(-86_400)
    for name in ("a", "b"):
        place(folder / name / f"{UNIQUE_ID}.wav", SOUND, day_before)
    one = follower(folder, media)
    work(db, one)
    assert ids(db) == [UNIQUE_ID]
    for name in ("a", "b"):
        place(folder / name / f"{UNIQUE_ID}.wav", OTHER[: len(SOUND)], day_before)
    end(db, one)
    other = follower(folder, media, "b")
    work(db, other, at(100))
    assert ids(db) == [UNIQUE_ID]
    with db.transaction("read") as tx:
        assert find_position(tx, "pbx1", "recordings", str(folder)) == 2
    end(db, other)


def test_more_files_than_a_piece_of_a_walk(db: Db, media: Media, folder: Path) -> None:
    for number in range(1100):
        place(folder / f"{number % 7}" / f"17955{number:05}.0.wav", sounds.header_only(), at(-86_400))
    one = follower(folder, media)
    work(db, one)
    assert len(ids(db)) == 1100
    end(db, one)


def test_two_files_of_one_name_are_both_kept_and_said(db: Db, media: Media, folder: Path) -> None:
    place(folder / "a" / f"{UNIQUE_ID}.wav", SOUND, at(-86_400))
    place(folder / "b" / f"{UNIQUE_ID}.wav", OTHER, at(-86_400))
    one = follower(folder, media)
    with capture_logs() as logs:
        work(db, one)
    assert found(db).duration_s == 1.0
    assert len(ids(db)) == 2
    assert [(entry["event"], entry["path"]) for entry in logs] == [("another file had this name", str(folder / "b" / f"{UNIQUE_ID}.wav"))]
    end(db, one)


def test_one_of_two_follows(db: Db, media: Media, folder: Path) -> None:
    one, other = follower(folder, media, "a"), follower(folder, media, "b")
    place(folder / "1795517244.0.wav", SOUND, at(-86_400))
    work(db, one)
    place(folder / "1795517244.1.wav", SOUND, at(-86_400))
    work(db, other)
    assert ids(db) == ["1795517244.0"]
    work(db, other, NOW + LEASE)
    assert ids(db) == ["1795517244.0", "1795517244.1"]
    end(db, other)
    place(folder / "1795517244.2.wav", SOUND, at(-86_400))
    work(db, one, NOW + LEASE + timedelta(seconds=20))
    assert len(ids(db)) == 3
    end(db, one)


def test_a_folder_that_is_away_changes_nothing_and_is_told_once(db: Db, media: Media, folder: Path) -> None:
    place(folder / f"{UNIQUE_ID}.wav", SOUND, at(-86_400))
    one = follower(folder, media)
    work(db, one)
    before = found(db)
    folder.rename(folder.with_name("unmounted"))
    for _ in range(3):
        with pytest.raises(Unavailable, match="No such file"):
            work(db, one, at(100))
    folder.with_name("unmounted").rename(folder)
    place(folder / "1795517245.0.wav", SOUND, at(-86_400))
    work(db, one, at(100) + RETRY)
    assert found(db) == before
    assert len(ids(db)) == 2
    end(db, one)


def test_an_empty_folder_changes_nothing_and_is_told_once(db: Db, media: Media, folder: Path) -> None:
    place(folder / f"{UNIQUE_ID}.wav", SOUND, at(-86_400))
    one = follower(folder, media)
    work(db, one)
    before = found(db)
    end(db, one)
    folder.rename(folder.with_name("unmounted"))
    folder.mkdir()
    with capture_logs() as logs:
        other = follower(folder, media, "b")  # it was empty when the server started
        for second in (100, 200, 300):
            work(db, other, at(second))
        assert [entry["event"] for entry in logs] == ["a folder of recordings is empty; is it mounted?"]
        folder.rmdir()
        folder.with_name("unmounted").rename(folder)
        for second in (400, 500):
            work(db, other, at(second))
    assert [entry["event"] for entry in logs][1:] == ["a folder of recordings is empty no more"]
    assert found(db) == before
    end(db, other)


def test_a_folder_that_was_always_empty_is_no_trouble(db: Db, media: Media, folder: Path) -> None:
    with capture_logs() as logs:
        one = follower(folder, media)
        for second in (0, 100):
            work(db, one, at(second))
    assert logs == []
    end(db, one)


def test_what_cannot_be_read_is_told_once_and_its_end_once(db: Db, media: Media, folder: Path) -> None:
    link = folder / "1795517245.0.wav"
    link.symlink_to(folder / "gone")
    place(folder / f"{UNIQUE_ID}.wav", SOUND, at(-86_400))
    with capture_logs() as logs:
        one = follower(folder, media)
        for second in (0, 100, 200):
            work(db, one, at(second))
        end(db, one)
        one = follower(folder, media, "b")
        work(db, one, at(300))
        with db.transaction("read") as tx:
            assert [line.path for line in list_unreadable(tx, SYSTEM)] == [str(link)]
        link.unlink()
        place(link, SOUND, at(-86_400))
        for second in (400, 500):
            work(db, one, at(second))
    assert [(entry["event"], entry.get("first")) for entry in logs] == [
        ("something in a folder cannot be read", str(link)), ("all of a folder can be read again", None),
    ]  # fmt: skip
    with db.transaction("read") as tx:
        assert list_unreadable(tx, SYSTEM) == []
    assert len(ids(db)) == 2
    end(db, one)


class Away:
    """A media store that does not answer, now and then."""

    def __init__(self, media: Media) -> None:
        self._media, self.is_away = media, True

    async def put(self, key: MediaKey, chunks: AsyncIterator[bytes]) -> Stored:
        if self.is_away:
            raise Unavailable("the bucket does not answer")
        return await self._media.put(key, chunks)

    async def put_files(self, files: Sequence[FileIn]) -> Sequence[Copied]:
        return await put_each(cast(Media, self), files)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._media, name)


def test_a_media_store_that_is_away_loses_nothing(db: Db, media: Media, folder: Path) -> None:
    away: Any = Away(media)
    for number in range(10):
        place(folder / f"1795517244.{number}.wav", SOUND, at(-86_400))
    one = follower(folder, away)
    for second in (0, 1, 100):
        with pytest.raises(Unavailable, match="the bucket"):
            work(db, one, at(second))
    away.is_away = False
    with pytest.raises(Unavailable, match="the bucket"):
        work(db, one, at(101))
    work(db, one, at(100) + RETRY)
    assert len(ids(db)) == 10
    end(db, one)


def test_a_file_that_is_no_sound_is_kept_and_said(db: Db, media: Media, folder: Path) -> None:
    path = place(folder / f"{UNIQUE_ID}.mp3", b"letters " * 100, at(-86_400))
    one = follower(folder, media)
    for second in (0, 100, 200):
        work(db, one, at(second))
    assert found(db).flaws == ("unreadable",)
    with db.transaction("read") as tx:
        assert [line.path for line in list_unreadable(tx, SYSTEM)] == [str(path)]
    end(db, one)


def test_playable_soon_after_the_hangup(db: Db, media: Media, folder: Path, tmp_path: Path) -> None:
    """A call is told line by line while its file grows; both are followed as `serve` does it."""
    log, lines = tmp_path / "log", rows(SCENARIO)
    sources = (
        FollowedSource(source="asterisk-cel", path=str(log), timezone="UTC"),
        FollowedSource(source="recordings", path=str(folder)),
    )  # fmt: skip
    jobs = tuple(Job(one.name, following.EVERY_S, one.work, one.end) for one in followers_of(sources, media))
    assert [type(job.work.__self__) for job in jobs] == [Follower, FolderFollower]  # type: ignore[attr-defined]
    began = events(SCENARIO)[-1].at  # by this clock the files are written in the future: no two clocks agree
    write(log, *lines[:-6])
    for number in range(50):
        place(folder / f"old{number}.wav", SOUND, began - timedelta(days=2))
    with running(db, jobs, began):
        path = folder / "2026" / f"{FILE_ID}.wav"
        path.parent.mkdir()
        for size in (44, 4044, 8044, 12_044):
            path.write_bytes(sounds.crashed(OTHER)[:size])
            time.sleep(0.3)
        wait(lambda: len(ids(db)) == 50)
        time.sleep(2)
        assert FILE_ID not in ids(db)
        path.write_bytes(OTHER)
        write(log, *lines[-6:])
        took = wait(lambda: FILE_ID in ids(db))
    assert took < 3
    assert (found(db, FILE_ID).duration_s, found(db, FILE_ID).call_id) != (None, None)
    assert len(told(db)) == 1


def test_what_the_system_does_not_tell_is_found(db: Db, media: Media, folder: Path) -> None:
    """Files that are put there with their old time, and a folder that is replaced by another."""
    one = follower(folder, media)
    jobs = (Job(one.name, 0.05, one.work, one.end),)
    with running(db, jobs, datetime.now(UTC)):
        time.sleep(0.5)
        shutil.rmtree(folder)
        time.sleep(0.3)
        place(folder / "deep" / "er" / f"{UNIQUE_ID}.wav", SOUND, datetime.now(UTC) - timedelta(days=2))
        wait(lambda: ids(db) == [UNIQUE_ID], 15)
