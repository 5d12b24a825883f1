"""Many files at once: known by place, size and time, and whether their calls are over."""

import msgspec
import pytest

from telegraphone.db import Db
from telegraphone.events import Unreadable
from telegraphone.ingest.recordings import AudioFile
from telegraphone.model import FileId
from telegraphone.sql.pbx.sources import put_unreadable
from telegraphone.sql.recorded.folder_files import Trouble, list_call_states, list_known, list_troubles, put_copy, remove_trouble
from telegraphone.sql.recorded.put_recordings import find_kept, put_new_files
from tests.sql.recorded.test_recordings import ID, NOW, call, file, keep, put


def seen(id: str = ID, folder: str = "/m", size: int = 100, mtime: int = 7) -> AudioFile:
    return AudioFile(FileId(id), f"{folder}/{id}.wav", size, mtime, "wav")


def test_known_by_place_size_and_time(db: Db) -> None:
    keep(db, file())
    keep(db, msgspec.structs.replace(file(sha256="bb" * 32), source_path=f"/n/{ID}.wav"))  # a clash
    files = [seen(), seen(folder="/n"), seen(folder="/o"), seen(size=101), seen(mtime=8), seen("1795517299.1")]
    with db.transaction("read") as tx:
        known = list_known(tx, files)
        assert tx.statements == 1
        assert [one.place in known for one in files] == [True, True, False, False, False, False]
        assert list_known(tx, []) == set()


def test_a_copy_is_known_until_it_changes(db: Db) -> None:
    [kept] = keep(db, file())
    for size in (100, 120):
        with db.transaction() as tx:
            put_copy(tx, kept.id, seen(folder="/o", size=size).place)
    with db.transaction("read") as tx:
        assert list_known(tx, [seen(folder="/o")]) == {seen().place, seen(folder="/o", size=120).place}
        assert find_kept(tx, ID, *seen(folder="/o", size=120).place) == msgspec.structs.replace(kept, outcome="known")
        assert find_kept(tx, ID, *seen(folder="/o").place) is None


@pytest.mark.parametrize("pbx", ["pbx1", "pbx2"])
def test_whether_calls_are_over(db: Db, pbx: str) -> None:
    put(db, call(ID, "greeting"), pbx=pbx)
    put(db, call("pbx1-1795517300.4", "speech", more=["pbx1-1795517300.5"], outcome="ongoing", ended_at=None), pbx=pbx, cluster=2)
    names = ["greeting", "speech", f"pbx1-{ID}-in", "pbx1-1795517300.5", "q-1-2-20260101-120000-1795517300.5", "1795517999.0", "note"]
    with db.transaction("read") as tx:
        states = list_call_states(tx, "pbx1", names)
        assert tx.statements == 1
    if pbx == "pbx2":
        assert states == {}
    else:
        over, ongoing = dict.fromkeys(["greeting", f"pbx1-{ID}-in"], "over"), dict.fromkeys(["speech", "pbx1-1795517300.5"], "ongoing")
        assert states == over | ongoing


def test_of_two_calls_the_one_that_goes_on_counts(db: Db) -> None:
    put(db, call(ID))
    put(db, call("1795517300.4", more=[ID], outcome="ongoing", ended_at=None), cluster=2)
    with db.transaction("read") as tx:
        assert list_call_states(tx, "pbx1", [ID]) == {ID: "ongoing"}


@pytest.mark.parametrize("count", [1, 50])
def test_many_new_files_take_few_statements(db: Db, count: int) -> None:
    with db.transaction() as tx:
        put = put_new_files(tx, "pbx1", [file(f"17955{number:05}.0", f"{number:064}") for number in range(count)], NOW)
        assert tx.statements <= 7
    assert len(put) == count


def test_troubles_are_files_of_which_nothing_was_kept(db: Db) -> None:
    with db.transaction() as tx:
        for path, text in (("/m/a.wav", "/m/a.wav"), ("/m/b.wav", "b")):
            put_unreadable(tx, "pbx1", "recordings", path, [Unreadable(0, text, "Permission denied")], NOW)
        assert list_troubles(tx, "pbx1") == [Trouble("/m/a.wav", "Permission denied")]
        assert list_troubles(tx, "pbx2") == []
        for path in ("/m/a.wav", "/m/b.wav"):
            remove_trouble(tx, "pbx1", path)
        assert list_troubles(tx, "pbx1") == []
        assert tx.all("select path from unreadable") == [{"path": "/m/b.wav"}]
