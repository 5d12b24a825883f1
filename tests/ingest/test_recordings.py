"""Which files of a folder are recordings, and what their names say."""

import os
from pathlib import Path

import pytest

from telegraphone.events import Unreadable
from telegraphone.ingest.recordings import AudioFile, look, unique_id_in, walk
from telegraphone.model import FileId


def found(top: Path) -> list[AudioFile]:
    files = list(walk(top))
    assert not [file for file in files if isinstance(file, Unreadable)]
    return [file for file in files if isinstance(file, AudioFile)]


def test_audio_at_any_depth_is_found_and_everything_else_ignored(tmp_path: Path) -> None:
    kept = ["a.wav", "b/c.WAV", "b/d/e/f.gsm", "g.ulaw", "h.alaw", "i.sln", "j.g722", "k.mp3", "l.opus", "m.flac"]
    kept += ["n.ul", "o.al", "p.sln16", "q.ogg"]
    for name in (*kept, "note.txt", "x.wav.tmp", "wav", ".wav", "b/list.csv", "z.wma"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    files = found(tmp_path)
    assert sorted(str(file.path.relative_to(tmp_path)) for file in files) == sorted(kept)
    assert [file.path for file in files] == [file.path for file in found(tmp_path)]


def test_a_files_id_is_its_name_without_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "pbx1-1795517244.0.wav"
    path.write_bytes(b"123")
    found_at = path.stat().st_mtime_ns
    assert found(tmp_path) == [AudioFile(FileId("pbx1-1795517244.0"), str(path), 3, found_at, "wav")]
    assert found(tmp_path)[0].unique_id == "1795517244.0"
    assert found(path) == found(tmp_path)


@pytest.mark.parametrize(("name", "unique_id"), [
    ("1795517244.0", "1795517244.0"),
    ("pbx1-1795517244.15089", "1795517244.15089"),
    ("xivocc_gateway-1459435465.15089", "1459435465.15089"),
    ("pbx1-pbx1-1795517244.0", "1795517244.0"),
    ("pbx1-1795517559.0-2", "1795517559.0"),
    ("pbx1-1795517578.0-in", "1795517578.0"),
    ("out-0612345678-1001-20260101-120000-1795517244.0", "1795517244.0"),
    ("q-3556-0612345678-20260101-120000-1795517244.0", "1795517244.0"),
    ("exten-1002-1001-20260101-120000-1795517244.12", "1795517244.12"),
    ("internal-1002-1001-20260101-120000-1795517244.12", "1795517244.12"),
    ("force-1002-1001-20260101-120000-1795517244.12", "1795517244.12"),
    ("external-0155501002-+33612345678-20260101-120000-1795517244.12", "1795517244.12"),
    ("rg-600-anonymous-20260101-120000-1795517244.12", "1795517244.12"),
    ("out-0612345678-1001-20260101-120000-1795517244.0-1795517299.1", "1795517244.0"),
    ("1234567890.1 and 1795517244.0", "1795517244.0"),
    ("voicemail", ""), ("2026-01-01 12.00", ""), ("17955172449999.0", ""), ("", ""),
])  # fmt: skip
def test_the_unique_id_in_a_name(name: str, unique_id: str) -> None:
    assert unique_id_in(name) == unique_id


def test_a_name_that_is_no_text_can_be_stored_all_the_same(tmp_path: Path) -> None:
    for name in (b"caf\xe9-1795517244.0.wav", b"line\nbreak.wav"):
        with open(os.fsencode(tmp_path) + b"/" + name, "wb") as file:
            file.write(b"x")
    ids = [file.file_id for file in found(tmp_path)]
    assert ids == ["caf\ufffd-1795517244.0", "line\ufffdbreak"]
    assert all(file.path.exists() for file in found(tmp_path))


def test_what_cannot_be_looked_at_is_said(tmp_path: Path) -> None:
    (tmp_path / "lost.wav").symlink_to(tmp_path / "nowhere")
    assert [type(file) for file in walk(tmp_path)] == [Unreadable]
    assert [type(file) for file in walk(tmp_path / "none.wav")] == [Unreadable]
    assert list(walk(tmp_path / "none")) != []


def test_one_file_is_looked_at_as_it_is_found(tmp_path: Path) -> None:
    path = tmp_path / "1795517244.0.wav"
    path.write_bytes(b"123")
    (tmp_path / "note.txt").write_bytes(b"123")
    assert look(str(path)) == found(tmp_path)[0]
    assert look(str(tmp_path / "note.txt")) is None
    assert look(str(tmp_path)) is None
    assert isinstance(look(str(tmp_path / "gone.wav")), Unreadable)


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.wav").write_bytes(b"123")
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    assert len(found(tmp_path)) == 1
