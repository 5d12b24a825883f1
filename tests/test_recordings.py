"""Audio in: files of a folder and uploads, into the media store and the database, whatever happens on the way."""

import asyncio
import base64
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from msgspec import structs

from telegraphone.access import SYSTEM
from telegraphone.arrivals import PATIENCE, remove_over
from telegraphone.db import Db
from telegraphone.errors import Conflict, Invalid, NotFound, Unavailable
from telegraphone.ingest.recordings import AudioFile, walk
from telegraphone.media import Media, MediaSettings, open_media
from telegraphone.model import Announced, Call, CallId, FileId, MediaKey, Party
from telegraphone.recordings import Kept, clear_spool, keep_file, store_upload
from telegraphone.sql.calls import CallFilter, list_calls
from telegraphone.sql.pbx.put_calls import ToPut, put_calls
from telegraphone.sql.recorded.loose_media import claim_over, put_loose
from telegraphone.sql.recorded.recordings import Recording, find_peaks, find_recording, list_stored, list_unmatched
from tests import sounds
from tests.sounds import tone

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
UNIQUE_ID = "1795517244.0"
SOUND = sounds.wav(tone(1))
OTHER = sounds.wav(tone(2))


@pytest.fixture
def local(tmp_path: Path) -> Media:
    return open_media(f"file://{tmp_path}/media")


@pytest.fixture(params=["file", "s3"])
def media(request: pytest.FixtureRequest) -> Media:
    if request.param == "file":
        return cast(Media, request.getfixturevalue("local"))
    server = request.getfixturevalue("s3")
    settings = MediaSettings(server.endpoint, server.region, server.access_key, server.secret_key)
    return open_media(request.getfixturevalue("s3_media"), settings)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "monitor"
    path.mkdir()
    return path


def call(unique_id: str = UNIQUE_ID, *announced: str, more: tuple[str, ...] = ()) -> Call:
    began = datetime.fromtimestamp(float(unique_id.rpartition("-")[2]), UTC)
    return Call(
        linked_id=unique_id, unique_ids=(unique_id, *more), direction="internal", outcome="missed", caller=Party("1001"),
        dialled=Party("1002"), started_at=began, ended_at=began, is_closed=True,
        recordings=tuple(Announced(FileId(id), began, "announced") for id in announced),
    )  # fmt: skip


def put(db: Db, *calls: Call, pbx: str = "pbx1", cluster: int = 1) -> list[CallId]:
    with db.transaction() as tx:
        return sorted(put_calls(tx, pbx, [ToPut(cluster, calls)], "FR", NOW))


def keep(db: Db, media: Media, top: Path, pbx: str = "pbx1", move: bool = False) -> list[Kept]:
    async def go() -> list[Kept]:
        return [await keep_file(db, media, file, pbx, NOW, move=move) for file in walk(top) if isinstance(file, AudioFile)]

    return asyncio.run(go())


def stored(db: Db, file_id: str) -> Recording:
    with db.transaction("read") as tx:
        found = find_recording(tx, SYSTEM, file_id)
    assert found is not None
    return found


def audio(media: Media, key: MediaKey | None) -> bytes:
    async def go() -> bytes:
        assert key is not None
        return b"".join([chunk async for chunk in media.get(key)])

    return asyncio.run(go())


def keys(media: Media) -> list[MediaKey]:
    async def go() -> list[MediaKey]:
        return [key async for key in media.list()]

    return asyncio.run(go())


def write(path: Path, blob: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(blob)
    return path


def test_a_file_is_kept_with_all_we_know_of_it(db: Db, media: Media, folder: Path) -> None:
    write(folder / f"deep/er/pbx1-{UNIQUE_ID}.wav", SOUND)
    [id] = put(db, call())
    assert keep(db, media, folder) == [Kept("new", FileId(f"pbx1-{UNIQUE_ID}"), id)]
    found = stored(db, f"pbx1-{UNIQUE_ID}")
    assert (found.state, found.format, found.channels, found.duration_s, found.bytes) == ("available", "wav", 1, 1.0, len(SOUND))
    assert found.sha256 == hashlib.sha256(SOUND).hexdigest()
    assert audio(media, found.media_key) == SOUND
    assert str(found.media_key).startswith(f"pbx1/2026/11/24/pbx1-{UNIQUE_ID}-")
    with db.transaction("read") as tx:
        step_s, peaks = find_peaks(tx, found.id) or (0, [])
        assert (step_s, len(peaks[0]), max(peaks[0])) == (0.01, 100, 128)
        assert [r.id for c in list_calls(tx, SYSTEM, CallFilter(recorded=True)) for r in c.recordings] == [found.id]


def test_a_second_run_changes_nothing_and_reads_nothing(db: Db, media: Media, folder: Path) -> None:
    path = write(folder / f"{UNIQUE_ID}.wav", SOUND)
    [first] = keep(db, media, folder)
    os.chmod(path, 0)
    [again] = keep(db, media, folder)
    assert (first.outcome, again.outcome, again.id) == ("unmatched", "known", first.id)
    assert len(keys(media)) == 1
    assert path.exists()


def test_the_same_bytes_from_elsewhere_are_known(db: Db, media: Media, folder: Path) -> None:
    write(folder / f"a/{UNIQUE_ID}.wav", SOUND)
    path = write(folder / f"b/{UNIQUE_ID}.wav", SOUND)
    os.utime(path, (1, 1))
    assert [kept.outcome for kept in keep(db, media, folder)] == ["unmatched", "known"]
    assert len(keys(media)) == 1


def test_a_copy_is_read_once(db: Db, media: Media, folder: Path, tmp_path: Path) -> None:
    """What came as an upload, or from another place, and stands in the folder too."""
    upload(db, media, tmp_path / "spool", UNIQUE_ID, SOUND)
    path = write(folder / f"{UNIQUE_ID}.wav", SOUND)
    first = keep(db, media, folder)
    os.rename(path, folder / "gone.txt")
    os.mkfifo(path)  # whoever reads it now never ends
    file = AudioFile(FileId(UNIQUE_ID), str(path), len(SOUND), (folder / "gone.txt").stat().st_mtime_ns, "wav")
    again = asyncio.run(keep_file(db, media, file, "pbx1", NOW))
    assert [again] == first == [Kept("known", FileId(UNIQUE_ID))]


def test_equal_bytes_under_two_names_are_two_recordings(db: Db, media: Media, folder: Path) -> None:
    """Every unanswered call leaves the same 44 bytes."""
    for name in ("1795517244.0", "1795517245.2"):
        write(folder / f"{name}.wav", sounds.header_only())
    put(db, call("1795517244.0"), call("1795517245.2"))
    assert [kept.outcome for kept in keep(db, media, folder)] == ["new", "new"]
    assert {stored(db, id).state for id in ("1795517244.0", "1795517245.2")} == {"empty"}
    assert len(keys(media)) == 2


def test_other_bytes_under_one_name_are_kept_beside_the_first(db: Db, media: Media, folder: Path) -> None:
    [id] = put(db, call())
    write(folder / f"a/{UNIQUE_ID}.wav", SOUND)
    write(folder / f"b/{UNIQUE_ID}.wav", OTHER)
    second = FileId(f"{UNIQUE_ID}~{hashlib.sha256(OTHER).hexdigest()[:8]}")
    assert keep(db, media, folder) == [Kept("new", FileId(UNIQUE_ID), id), Kept("clash", second, id)]
    assert (audio(media, stored(db, UNIQUE_ID).media_key), audio(media, stored(db, second).media_key)) == (SOUND, OTHER)
    assert [kept.outcome for kept in keep(db, media, folder)] == ["known", "known"]
    assert len(keys(media)) == 2


def test_a_clash_follows_the_first_to_a_call_that_announces_it_later(db: Db, media: Media, folder: Path) -> None:
    write(folder / "a/greeting.wav", SOUND)
    write(folder / "b/greeting.wav", OTHER)
    assert [kept.outcome for kept in keep(db, media, folder)] == ["unmatched", "clash"]
    [id] = put(db, call(UNIQUE_ID, "greeting"))
    with db.transaction("read") as tx:
        assert list_unmatched(tx, SYSTEM) == []
        [one] = list_calls(tx, SYSTEM, CallFilter(recorded=True))
    assert (one.id, len(one.recordings), one.recordings[0].id) == (id, 2, "greeting")


def test_what_is_no_sound_is_kept_and_said(db: Db, media: Media, folder: Path) -> None:
    write(folder / f"{UNIQUE_ID}.mp3", b"letters " * 100)
    [kept] = keep(db, media, folder)
    assert (kept.outcome, kept.id) == ("unreadable", UNIQUE_ID)
    assert kept.problem.startswith("not readable as mp3")
    found = stored(db, UNIQUE_ID)
    assert (found.flaws, audio(media, found.media_key)) == (("unreadable",), b"letters " * 100)


def test_what_cannot_be_read_is_said(db: Db, media: Media, folder: Path) -> None:
    path = write(folder / f"{UNIQUE_ID}.wav", SOUND)
    [file] = [file for file in walk(folder) if isinstance(file, AudioFile)]
    path.unlink()
    kept = asyncio.run(keep_file(db, media, file, "pbx1", NOW))
    assert (kept.outcome, kept.id, kept.problem) == ("unreadable", None, "No such file or directory")


def test_a_file_that_still_grows_is_left_for_later(db: Db, media: Media, folder: Path) -> None:
    path = write(folder / f"{UNIQUE_ID}.wav", SOUND)
    [file] = [file for file in walk(folder) if isinstance(file, AudioFile)]
    write(path, OTHER)
    assert asyncio.run(keep_file(db, media, file, "pbx1", NOW)) == Kept("growing")
    assert keys(media) == []
    assert [kept.outcome for kept in keep(db, media, folder)] == ["unmatched"]


GROWING = sounds.crashed(OTHER)
"""As a PBX has it on the disk while it records: lengths of nought."""


@pytest.mark.parametrize("half", [GROWING[:20_044], GROWING[:44], b"", GROWING], ids=["half", "header", "nothing", "all but the lengths"])
def test_a_file_that_was_kept_while_it_grew_is_no_clash_when_it_is_whole(db: Db, media: Media, folder: Path, half: bytes) -> None:
    [id] = put(db, call())
    path = write(folder / f"{UNIQUE_ID}.wav", half)
    keep(db, media, folder)
    write(path, OTHER)
    assert keep(db, media, folder) == [Kept("grown", FileId(UNIQUE_ID), id)]
    found = stored(db, UNIQUE_ID)
    assert (found.state, found.duration_s, found.sha256) == ("available", 2.0, hashlib.sha256(OTHER).hexdigest())
    assert audio(media, found.media_key) == OTHER
    assert keys(media) == [found.media_key], "what stood there before is not left behind"
    assert [kept.outcome for kept in keep(db, media, folder)] == ["known"]


def test_a_clash_that_grows_is_the_same_clash(db: Db, media: Media, folder: Path) -> None:
    write(folder / f"a/{UNIQUE_ID}.wav", SOUND)
    path = write(folder / f"b/{UNIQUE_ID}.wav", sounds.wav(tone(1, level=0.1)))
    [_, clash] = keep(db, media, folder)
    longer = sounds.wav(tone(3, level=0.1))
    write(path, longer)
    assert [(kept.outcome, kept.id) for kept in keep(db, media, folder)][1] == ("grown", clash.id)
    assert audio(media, stored(db, str(clash.id)).media_key) == longer


def test_a_shorter_file_in_the_same_place_replaces_nothing(db: Db, media: Media, folder: Path) -> None:
    path = write(folder / f"{UNIQUE_ID}.wav", OTHER)
    keep(db, media, folder)
    write(path, OTHER[:10_000])
    assert [kept.outcome for kept in keep(db, media, folder)] == ["clash"]
    assert audio(media, stored(db, UNIQUE_ID).media_key) == OTHER


@pytest.mark.parametrize("is_announced", [False, True])
def test_a_file_whose_call_goes_on_is_left_for_later(db: Db, media: Media, folder: Path, is_announced: bool) -> None:
    name = "greeting" if is_announced else f"pbx1-{UNIQUE_ID}"
    over = call(UNIQUE_ID, "greeting") if is_announced else call()
    path = write(folder / f"{name}.wav", SOUND)
    an_hour_ago = NOW.timestamp() - 3600
    os.utime(path, (an_hour_ago, an_hour_ago))
    [id] = put(db, structs.replace(over, outcome="ongoing", ended_at=None, is_closed=False))
    assert keep(db, media, folder, move=True) == [Kept("growing")]
    assert path.exists()
    put(db, over)
    assert keep(db, media, folder) == [Kept("new", FileId(name), id)]


def test_a_file_of_a_day_ago_waits_for_no_call(db: Db, media: Media, folder: Path) -> None:
    put(db, structs.replace(call(), outcome="ongoing", ended_at=None, is_closed=False))
    path = write(folder / f"{UNIQUE_ID}.wav", SOUND)
    os.utime(path, (NOW.timestamp() - 86_400,) * 2)
    assert [kept.outcome for kept in keep(db, media, folder)] == ["new"]


def test_moving_removes_the_source_once_the_copy_is_the_same(db: Db, media: Media, folder: Path) -> None:
    new, known = write(folder / f"{UNIQUE_ID}.wav", SOUND), write(folder / f"again/{UNIQUE_ID}.wav", SOUND)
    clash = write(folder / f"other/{UNIQUE_ID}.wav", OTHER)
    keep(db, media, folder, move=True)
    assert [path.exists() for path in (new, known, clash)] == [False, False, False]
    assert sorted(audio(media, key) for key in keys(media)) == sorted((SOUND, OTHER))


def test_moving_keeps_the_source_of_a_copy_that_is_not_the_same(db: Db, local: Media, folder: Path, tmp_path: Path) -> None:
    media = local
    path = write(folder / f"{UNIQUE_ID}.wav", SOUND)
    keep(db, media, folder)
    write(tmp_path / "media" / keys(media)[0], SOUND[:-1] + b"\x01")
    assert keep(db, media, folder, move=True) == [Kept("growing")]
    assert path.read_bytes() == SOUND


def test_moving_keeps_the_source_of_a_copy_that_is_gone(db: Db, local: Media, folder: Path, tmp_path: Path) -> None:
    media = local
    path = write(folder / f"{UNIQUE_ID}.wav", SOUND)
    keep(db, media, folder)
    (tmp_path / "media" / keys(media)[0]).unlink()
    with pytest.raises(NotFound):
        keep(db, media, folder, move=True)
    assert path.read_bytes() == SOUND


def upload(db: Db, media: Media, spool: Path, file_id: str, blob: bytes, **more: str) -> Kept:
    async def body() -> AsyncIterator[bytes]:
        for at in range(0, len(blob), 4096):
            yield blob[at : at + 4096]

    return asyncio.run(store_upload(db, media, file_id, body(), pbx="pbx1", now=NOW, spool=spool, **more))


def digest(blob: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(blob).digest()).decode()}:"


def test_an_upload_fills_what_was_announced(db: Db, media: Media, tmp_path: Path) -> None:
    [id] = put(db, call(UNIQUE_ID, "greeting"), pbx="pbx9")
    assert stored(db, "greeting").state == "expected"
    assert upload(db, media, tmp_path / "spool", "greeting", SOUND, content_digest=digest(SOUND)) == Kept("new", FileId("greeting"), id)
    found = stored(db, "greeting")
    assert (found.state, found.format, found.pbx, audio(media, found.media_key)) == ("available", "wav", "pbx9", SOUND)
    assert list((tmp_path / "spool").iterdir()) == []


def test_an_upload_is_never_overwritten(db: Db, media: Media, tmp_path: Path) -> None:
    assert upload(db, media, tmp_path, "a", SOUND).outcome == "unmatched"
    assert upload(db, media, tmp_path, "a", SOUND).outcome == "known"
    with pytest.raises(Conflict):
        upload(db, media, tmp_path, "a", OTHER)
    assert audio(media, stored(db, "a").media_key) == SOUND
    assert len(keys(media)) == 1


@pytest.mark.parametrize("wrong", [digest(OTHER), "sha-256=abc", "sha-256=:ab!c:", f"sha-512=:{base64.b64encode(b'x').decode()}:"])
def test_an_upload_that_is_not_what_it_says_changes_nothing(db: Db, media: Media, tmp_path: Path, wrong: str) -> None:
    with pytest.raises(Invalid):
        upload(db, media, tmp_path / "spool", "a", SOUND, content_digest=wrong)
    with db.transaction("read") as tx:
        assert find_recording(tx, SYSTEM, "a") is None
    assert keys(media) == []


def test_a_digest_that_we_do_not_know_is_not_looked_at(db: Db, media: Media, tmp_path: Path) -> None:
    assert upload(db, media, tmp_path, "a", SOUND, content_digest=f"md5=:eHg=:, {digest(SOUND)}").outcome == "unmatched"


@pytest.mark.parametrize("file_id", ["", "../x", "a/b", "a\0b", "a\nb", "x" * 256, "..", "a\\b"])
def test_an_upload_to_what_is_no_file_id_is_not_found(db: Db, media: Media, tmp_path: Path, file_id: str) -> None:
    with pytest.raises(NotFound):
        upload(db, media, tmp_path, file_id, SOUND)


def test_an_empty_upload_is_refused(db: Db, media: Media, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        upload(db, media, tmp_path, "a", b"")


def test_two_uploads_at_once_leave_one_recording(db: Db, media: Media, tmp_path: Path) -> None:
    async def body(blob: bytes) -> AsyncIterator[bytes]:
        yield blob

    async def go() -> list[object]:
        sent = (SOUND, OTHER, SOUND, OTHER)
        calls = (store_upload(db, media, "a", body(blob), pbx="pbx1", now=NOW, spool=tmp_path / "s") for blob in sent)
        return list(await asyncio.gather(*calls, return_exceptions=True))

    results = asyncio.run(go())
    assert sum(isinstance(result, Conflict) for result in results) == 2
    assert sum(isinstance(result, Kept) for result in results) == 2
    assert [audio(media, key) for key in keys(media)] == [audio(media, stored(db, "a").media_key)]


def test_the_type_says_what_a_file_without_header_is(db: Db, media: Media, tmp_path: Path) -> None:
    blob = sounds.companded(sounds.to_alaw, tone(1))
    upload(db, media, tmp_path, "a", blob, media_type="audio/PCMA; rate=8000")
    assert (stored(db, "a").format, stored(db, "a").duration_s) == ("alaw", 1.0)


KEEP = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from telegraphone.db import open_db
from telegraphone.ingest.recordings import walk
from telegraphone.media import open_media
from telegraphone.recordings import keep_file

async def main():
    db, media = open_db(sys.argv[1]), open_media("file://" + sys.argv[2])
    for file in walk(Path(sys.argv[3])):
        await keep_file(db, media, file, "pbx1", datetime.now(UTC), move=len(sys.argv) > 4)
    db.close()

asyncio.run(main())
"""


@pytest.mark.parametrize("move", [False, True])
def test_killed_at_any_moment_and_run_again_is_as_if_undisturbed(db: Db, db_url: str, tmp_path: Path, move: bool) -> None:
    root, folder = f"{tmp_path}/media", tmp_path / "monitor"
    media = open_media(f"file://{root}")
    blobs = {f"17955172{n:02}.0": sounds.wav(tone(0.2 + n / 10)) for n in range(20)}
    for name, blob in blobs.items():
        write(folder / f"{name}.wav", blob)
    command = [sys.executable, "-c", KEEP, db_url, root, str(folder), *(["move"] if move else [])]
    for pause in (0.5, 0.7, 0.8, 0.9):
        process = subprocess.Popen(command)
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with db.transaction("read") as tx:
            rows = list_stored(tx)
        assert all(audio(media, row.media_key) == blobs[row.id] for row in rows)
        assert all((folder / f"{name}.wav").exists() or name in {row.id for row in rows} for name in blobs)
    subprocess.run(command, check=True)
    with db.transaction("read") as tx:
        assert {row.id: audio(media, row.media_key) for row in list_stored(tx)} == blobs
    assert len(keys(media)) == len(blobs)
    assert any(folder.iterdir()) is not move


class Cut(Exception):
    """The server is no more."""


class Mortal:
    """A media store whose server dies as soon as the bytes are there."""

    def __init__(self, media: Media) -> None:
        self._media = media

    async def put(self, key: MediaKey, chunks: AsyncIterator[bytes]) -> object:
        await self._media.put(key, chunks)
        raise Cut


def removed(db: Db, media: Media, at: datetime) -> bool:
    return asyncio.run(remove_over(db, media, at))


def test_what_a_cut_off_upload_leaves_is_removed_in_time(db: Db, media: Media, tmp_path: Path) -> None:
    """Sent again, it has audio of its own; what the first left is known and removed, and nothing else."""
    with pytest.raises(Cut):
        upload(db, cast(Media, Mortal(media)), tmp_path, "a", SOUND)
    assert len(keys(media)) == 1
    assert upload(db, media, tmp_path, "a", SOUND).outcome == "unmatched"
    assert not removed(db, media, NOW + PATIENCE / 2), "it may still go on"
    assert len(keys(media)) == 2
    assert removed(db, media, NOW + PATIENCE + timedelta(seconds=60))
    assert keys(media) == [stored(db, "a").media_key]
    assert not removed(db, media, NOW + PATIENCE * 3)


def test_an_upload_that_took_too_long_has_no_row(db: Db, media: Media, tmp_path: Path) -> None:
    """Its audio may be gone already. Sent again, it is kept."""

    class Slow:
        async def put(self, key: MediaKey, chunks: AsyncIterator[bytes]) -> object:
            stored = await media.put(key, chunks)
            assert await remove_over(db, media, NOW + timedelta(days=1))
            return stored

        async def remove(self, key: MediaKey) -> None:
            await media.remove(key)

    with pytest.raises(Unavailable, match="too long"):
        upload(db, cast(Media, Slow()), tmp_path, "a", SOUND)
    assert keys(media) == []
    assert upload(db, media, tmp_path, "a", SOUND).outcome == "unmatched"


def test_a_bucket_that_is_away_keeps_what_is_to_be_removed(db: Db, media: Media, tmp_path: Path) -> None:
    class Away:
        async def remove(self, key: MediaKey) -> None:
            raise Unavailable("the bucket is away")

    with pytest.raises(Cut):
        upload(db, cast(Media, Mortal(media)), tmp_path, "a", SOUND)
    with pytest.raises(Unavailable):
        removed(db, cast(Media, Away()), NOW + timedelta(days=1))
    assert removed(db, media, NOW + timedelta(days=1))
    assert keys(media) == []


def test_the_beginning_of_a_file_that_grew_goes_even_if_we_die(db: Db, media: Media, folder: Path) -> None:
    class Dying:
        """Dies when it is to remove something."""

        put, get = media.put, media.get

        async def remove(self, key: MediaKey) -> None:
            raise Cut

    path = write(folder / "a.wav", SOUND)
    keep(db, media, folder)
    beginning = stored(db, "a").media_key
    write(path, sounds.wav(tone(3)))
    with pytest.raises(Cut):
        keep(db, cast(Media, Dying()), folder)
    assert len(keys(media)) == 2
    assert removed(db, media, NOW)
    assert keys(media) == [stored(db, "a").media_key] != [beginning]


def test_bytes_that_are_being_removed_are_not_kept_until_they_are_gone(db: Db, media: Media, folder: Path) -> None:
    """A file has bytes again that were replaced: whoever removes them must not take them from it."""
    write(folder / "a.wav", SOUND)
    keep(db, media, folder)
    key = stored(db, "a").media_key
    assert key is not None
    with db.transaction() as tx:
        tx.run("delete from recordings")
        put_loose(tx, key, NOW)
        assert claim_over(tx, NOW) == [key]
    with pytest.raises(Unavailable, match="being removed"):
        keep(db, media, folder)
    assert removed(db, media, NOW)
    assert keep(db, media, folder)[0].outcome == "unmatched"
    assert not removed(db, media, NOW + timedelta(days=1))
    assert keys(media) == [key]


def test_what_is_left_in_the_spool_goes_after_a_day(tmp_path: Path) -> None:
    clear_spool(tmp_path / "not there yet", NOW)
    old, young, foreign = (write(tmp_path / name, SOUND) for name in ("upload-a", "upload-b", "notes"))
    for path, age_s in ((old, 90_000), (young, 80_000), (foreign, 90_000)):
        os.utime(path, (NOW.timestamp() - age_s,) * 2)
    clear_spool(tmp_path, NOW)
    assert sorted(tmp_path.iterdir()) == [foreign, young]
