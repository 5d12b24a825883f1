"""The place for audio and the disks, as they are found."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from structlog.testing import capture_logs

from telegraphone.config import Config
from telegraphone.db import Db
from telegraphone.faults import find_faults
from telegraphone.interpret import Settings
from telegraphone.jobs.places import PROBES, Places, count_all_recordings, folders_of, probe
from telegraphone.media import open_media
from telegraphone.model import MediaKey
from telegraphone.sql.server.conditions import Condition, list_conditions
from tests.sql.recorded.test_recordings import NOW, file, keep
from tests.test_record import SETTINGS


def config(folder: Path) -> Config:
    return Config(data=folder / "data", database=f"sqlite:///{folder}/db/t.db", media=f"file://{folder}/media", timezone=ZoneInfo("UTC"))


def look(db: Db, places: Places, seconds: float = 0) -> None:
    asyncio.run(places.work(db, Settings(), NOW + timedelta(seconds=seconds)))


def conditions(db: Db, kind: str) -> list[Condition]:
    with db.transaction("read") as tx:
        return [one for one in list_conditions(tx, NOW) if one.kind == kind]


def test_a_folder_that_becomes_a_file_and_a_folder_again(db: Db, tmp_path: Path) -> None:
    """Whatever is wrong with it, one line tells when it begins and one when it is over."""
    places = Places(config(tmp_path), open_media(f"file://{tmp_path}/media"))
    incoming = tmp_path / "media" / ".incoming"
    with capture_logs() as logs:
        look(db, places)
        assert [one.state for one in conditions(db, "media")] == ["ok"]
        shutil.rmtree(incoming)
        incoming.touch()
        for seconds in (10, 20, 30):
            look(db, places, seconds)
        [one] = conditions(db, "media")
        assert (one.state, one.reason) == ("failing", "the media folder: Not a directory")
        incoming.unlink()
        incoming.mkdir()
        look(db, places, 40)
        look(db, places, 50)
    assert [one.state for one in conditions(db, "media")] == ["ok"]
    assert [entry["event"] for entry in logs] == ["the media is not well", "the media is well again"]


def test_one_of_a_machines_workers_looks(db: Db, tmp_path: Path) -> None:
    media = open_media(f"file://{tmp_path}/media")
    first, second = Places(config(tmp_path), media), Places(config(tmp_path), media)
    look(db, first)
    look(db, second, 5)
    assert {one.seen_at for one in conditions(db, "disk")} == {NOW}
    look(db, second, 10)
    assert {one.seen_at for one in conditions(db, "disk")} != {NOW}


def test_each_disk_once(db: Db, tmp_path: Path) -> None:
    one = config(tmp_path)
    assert folders_of(one) == (tmp_path / "data", tmp_path / "media", tmp_path / "db")
    look(db, Places(one, open_media("memory://")))
    [disk] = conditions(db, "disk")
    assert disk.facts["free_bytes"] <= disk.facts["total_bytes"]
    assert disk.state == ("ok" if disk.facts["free_bytes"] >= 1024**3 else "low")


def test_how_much_room_is_little_is_a_setting(db: Db, tmp_path: Path) -> None:
    media = open_media("memory://")
    for minutes, (least, state) in enumerate(((0, "ok"), (99_999_999, "low"), (0, "ok"))):
        look(db, Places(msgspec.structs.replace(config(tmp_path), low_disk_mib=least), media), 60 * minutes)
        [disk] = conditions(db, "disk")
        assert (disk.state, bool(disk.reason)) == (state, state == "low")


def test_a_probe_leaves_nothing_and_what_a_crash_left_is_nothing_lost(db: Db, tmp_path: Path) -> None:
    media = open_media(f"file://{tmp_path}/media")

    async def all_of_it() -> tuple[list[MediaKey], Any]:
        await probe(media)
        left = [key async for key in media.list()]
        await media.put(MediaKey(f"{PROBES}left"), _bytes())
        return left, await find_faults(db, media)

    left, faults = asyncio.run(all_of_it())
    assert (left, faults.without_row) == ([], [])


async def _bytes() -> AsyncIterator[bytes]:
    yield b"x"


def test_recordings_are_counted_now_and_then(db: Db) -> None:
    for minutes, expected in ((0, 0), (4, 0), (5, 1)):
        asyncio.run(count_all_recordings(db, SETTINGS, NOW + timedelta(minutes=minutes)))
        missing, one = conditions(db, "count")
        assert missing.facts == {"announced": 0, "policy": 0}
        assert one.facts.get("available", 0) == expected
        if not minutes:
            keep(db, file())
