"""Many files at once leave what they leave one after the other."""

import asyncio
from pathlib import Path

import pytest

from telegraphone.access import SYSTEM
from telegraphone.db import Db, Row
from telegraphone.ingest.recordings import AudioFile, walk
from telegraphone.keep_all import keep_all
from telegraphone.media import FileIn, Media
from telegraphone.model import FileId, MediaKey
from telegraphone.recordings import Kept, keep_complete
from telegraphone.sql.calls import CallFilter, list_calls
from tests import sounds
from tests.sounds import tone
from tests.test_recordings import NOW, OTHER, SOUND, UNIQUE_ID, call, folder, keep, keys, local, put, write

__all__ = ["folder", "local"]  # fixtures


def files(top: Path) -> list[AudioFile]:
    return [file for file in walk(top) if isinstance(file, AudioFile)]


def at_once(db: Db, media: Media, some: list[AudioFile]) -> list[Kept]:
    return asyncio.run(keep_all(db, media, some, "pbx1", NOW))


def rows(db: Db) -> list[Row]:
    with db.transaction("read") as tx:
        assert [one.id for one in list_calls(tx, SYSTEM, CallFilter(recorded=True))]
        return tx.all("select * from recordings order by id")


def test_the_same_as_one_by_one(db: Db, local: Media, folder: Path) -> None:
    """Announced, named, of no call, a copy, a clash, two of one id, no sound, no sound in it, and one that grew."""
    put(db, call(UNIQUE_ID, "greeting", more=("1795517244.9",)))
    put(db, call("pbx1-1795517300.4"), cluster=2)
    put(db, call("1795517400.4"), pbx="pbx2", cluster=3)
    place = {
        "greeting.wav": SOUND, "pbx1-1795517300.4.wav": OTHER, "1795517244.9-in.wav": SOUND, "1795517400.4.wav": SOUND, "nobody.wav": OTHER,
        "a/1795517244.9-in.wav": OTHER, "b/twice.wav": SOUND, "c/twice.wav": OTHER, "d/twice.wav": SOUND,
        "letters.mp3": b"letters " * 100, "nothing.wav": b"", "header.wav": sounds.header_only(),
    }  # fmt: skip
    for name, blob in place.items():
        write(folder / name, blob)
    write(folder / "known.wav", SOUND)
    write(folder / "grown.wav", sounds.crashed(OTHER)[:20_000])
    keep(db, local, folder / "known.wav")
    keep(db, local, folder / "grown.wav")
    write(folder / "grown.wav", OTHER)

    async def one_by_one() -> list[Kept]:
        return [await keep_complete(db, local, file, "pbx1", NOW) for file in files(folder)]

    before = rows(db)
    together = at_once(db, local, files(folder))
    left = rows(db)
    with db.transaction() as tx:
        tx.run("delete from copies")
        tx.run("delete from recordings")
        tx.run_many(
            f"insert into recordings ({', '.join(before[0])}) values ({', '.join(f':{name}' for name in before[0])})",
            [row | ({"media_key": _kept_again(local, folder)} if row["id"] == "grown" else {}) for row in before],
        )
    assert sorted(asyncio.run(one_by_one()), key=repr) == sorted(together, key=repr)
    assert rows(db) == left
    assert {kept.outcome for kept in together} == {"new", "unmatched", "clash", "known", "unreadable", "grown"}


def _kept_again(media: Media, folder: Path) -> str:
    """The beginning of what grew, which was removed when the whole had come."""
    half = write(folder.parent / "half.wav", sounds.crashed(OTHER)[:20_000])
    [kept] = asyncio.run(media.put_files([FileIn(half, lambda _: MediaKey("half.wav"))]))
    assert not isinstance(kept, OSError)
    return kept[0]


def test_what_is_gone_or_changes_ends_no_other(db: Db, local: Media, folder: Path) -> None:
    for number in range(6):
        write(folder / f"{number}.wav", sounds.wav(tone(0.1 + number / 10)))
    seen = files(folder)
    (folder / "2.wav").unlink()
    write(folder / "4.wav", OTHER)
    told = at_once(db, local, seen)
    assert [kept.outcome for kept in told] == ["unmatched", "unmatched", "unreadable", "unmatched", "growing", "unmatched"]
    assert told[2] == Kept("unreadable", problem="No such file or directory")
    assert len(keys(local)) == 4
    [again] = at_once(db, local, [file for file in files(folder) if file.file_id == "4"])
    assert again.outcome == "unmatched"


@pytest.mark.parametrize("pbx", ["pbx1", "pbx2"])
def test_an_id_of_another_pbx_is_no_free_one(db: Db, local: Media, folder: Path, pbx: str) -> None:
    put(db, call(UNIQUE_ID, "greeting"), pbx=pbx)
    write(folder / "greeting.wav", SOUND)
    [kept] = at_once(db, local, files(folder))
    assert (kept.outcome, kept.id == FileId("greeting")) == (("new", True) if pbx == "pbx1" else ("clash", False))


def test_nothing_is_nothing(db: Db, local: Media) -> None:
    assert at_once(db, local, []) == []
