"""What changes in a folder is told soon; that all of it is told is not promised."""

import time
from pathlib import Path

from telegraphone.ingest.watch_folder import FolderWatch, identity


def taken(watch: FolderWatch, seconds: float = 10.0) -> set[str]:
    until = time.monotonic() + seconds
    found: set[str] = set()
    while not found and time.monotonic() < until:
        time.sleep(0.02)
        found = watch.take()
    return found


def test_changes_are_told(tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    watch = FolderWatch(tmp_path)
    try:
        time.sleep(0.5)
        (tmp_path / "day" / "a.wav").write_bytes(b"123")
        assert str(tmp_path / "day" / "a.wav") in taken(watch)
        (tmp_path / "day" / "a.wav").unlink()
        assert taken(watch, 0.5) <= {str(tmp_path / "day")}
        assert watch.problem == ""
    finally:
        watch.end()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    watch = FolderWatch(tmp_path / "none")
    assert watch.of is None, "so that it is known as another one when it is there"
    assert taken(watch, 0.2) == set()
    watch.end()


def test_another_folder_at_the_same_path_is_another(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    first = identity(tmp_path / "a")
    (tmp_path / "a").rename(tmp_path / "b")
    (tmp_path / "a").mkdir()
    assert identity(tmp_path / "a") not in (first, None)
