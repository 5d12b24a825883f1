"""Many files at once leave what they leave one after the other."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from telegraphone.access import SYSTEM
from telegraphone.db import Db, Row
from telegraphone.errors import Unavailable
from telegraphone.ingest.recordings import AudioFile, walk
from telegraphone.keep_all import PIECE, PIECE_BYTES, keep_all, pieces_of
from telegraphone.media import FileIn, Media, open_media
from telegraphone.media import Kept as Copy
from telegraphone.media.local import INCOMING
from telegraphone.model import FileId, MediaKey
from telegraphone.recordings import Kept, keep_complete
from telegraphone.sql.calls import CallFilter, list_calls
from telegraphone.sql.recorded.recordings import Stored, list_stored
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


def stored(db: Db) -> list[Stored]:
    with db.transaction("read") as tx:
        return list_stored(tx, limit=10_000)


def bytes_of(db: Db, root: Path) -> dict[str, bytes]:
    """Of all recordings, as the media folder has them."""
    return {row.id: (root / row.media_key).read_bytes() for row in stored(db)}


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


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        ([], []),
        ([1] * (PIECE * 2 + 1), [PIECE, PIECE, 1]),
        ([PIECE_BYTES // 2, PIECE_BYTES // 2, 1], [2, 1]),
        ([1, PIECE_BYTES * 9, PIECE_BYTES * 9, 1, 0], [1, 1, 1, 2]),
    ],
)
def test_a_piece_is_small(sizes: list[int], wanted: list[int]) -> None:
    some = [AudioFile(FileId(str(number)), f"/{number}.wav", size, 0, "wav") for number, size in enumerate(sizes)]
    pieces = pieces_of(some)
    assert [len(piece) for piece in pieces] == wanted
    assert [file for piece in pieces for file in piece] == some


class Full:
    """A media store whose disk is full for one piece of several."""

    def __init__(self, media: Media) -> None:
        self._media, self.pieces = media, 0

    async def put_files(self, some: Sequence[FileIn]) -> Sequence[Copy]:
        self.pieces += 1
        if self.pieces == 2:
            raise Unavailable("the media folder: No space left on device", "media")
        return await self._media.put_files(some)


def test_a_disk_that_is_full_for_some_loses_nothing(db: Db, local: Media, folder: Path) -> None:
    """What was kept beside them stays, and all of them come again; none of those is taken for a copy of itself."""
    count = 2 * PIECE + 20
    blobs = {f"{number}": b"%d" % number for number in range(count)}
    for name, blob in blobs.items():
        write(folder / f"{name}.ulaw", blob)
    with pytest.raises(Unavailable):
        at_once(db, cast(Media, Full(local)), files(folder))
    assert len(stored(db)) == count - PIECE
    told = at_once(db, local, files(folder))
    assert sorted(kept.outcome for kept in told) == ["known"] * (count - PIECE) + ["unmatched"] * PIECE
    with db.transaction("read") as tx:
        assert tx.all("select * from copies") == []
    assert bytes_of(db, Path(str(local.path(MediaKey("a")))).parent) == blobs
    assert len(keys(local)) == count


KEEP_ALL = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from telegraphone.db import open_db
from telegraphone.ingest.recordings import walk
from telegraphone.keep_all import keep_all
from telegraphone.media import open_media
from telegraphone.sql.recorded.folder_files import list_known

async def main():
    db, media, files = open_db(sys.argv[1]), open_media("file://" + sys.argv[2]), list(walk(Path(sys.argv[3])))
    known = await db.read(list_known, files)
    await keep_all(db, media, [file for file in files if file.place not in known], "pbx1", datetime.now(UTC))
    db.close()

asyncio.run(main())
"""


def progress(db: Db, root: Path) -> dict[str, int]:
    """How many files came how far."""
    names = [path.parent.name for path in root.rglob("*") if path.is_file()]
    return {"copied": names.count(INCOMING), "linked": len(names) - names.count(INCOMING), "recorded": len(stored(db))}


def test_killed_at_any_stage_and_run_again_is_as_if_undisturbed(db: Db, db_url: str, tmp_path: Path) -> None:
    root, folder = tmp_path / "media", tmp_path / "monitor"
    blobs = {f"{number}": sounds.wav(tone(0.01 + number / 10_000)) for number in range(3 * PIECE)}
    for name, blob in blobs.items():
        write(folder / f"{name}.wav", blob)
    command = [sys.executable, "-c", KEEP_ALL, db_url, str(root), str(folder)]
    for stage in ("copied", "linked", "recorded"):
        before = progress(db, root)
        with subprocess.Popen(command) as process:
            while process.poll() is None and progress(db, root)[stage] <= before[stage]:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        there = bytes_of(db, root)
        assert len(there) >= before["recorded"], "what was kept stays kept"
        assert all(blobs[id] == blob for id, blob in there.items())
    subprocess.run(command, check=True)
    assert bytes_of(db, root) == blobs
    assert len(keys(open_media(f"file://{root}"))) == len(blobs)
