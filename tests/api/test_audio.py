"""The sound of recordings, in both dialects, from both kinds of store: RFC 9110, and a row in the access log for each asking."""

import asyncio
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM
from telegraphone.config import Config
from telegraphone.db import Db
from telegraphone.media import Media
from telegraphone.opening import media_of
from telegraphone.sql.people.access_log import list_accesses
from tests import sounds
from tests.api.conftest import Clock
from tests.api.telling import direct_call, feed
from tests.each import each
from tests.servers import S3

FILE_ID = "xivocc_gateway-1459435465.15089"
SOUND = sounds.wav(sounds.tone(1.5), sounds.tone(1.5, level=0.1))
SIZE = len(SOUND)
ETAG = f'"{hashlib.sha256(SOUND).hexdigest()}"'
STORED_AT = datetime(2016, 4, 1, 12, tzinfo=UTC)
PATHS = [
    f"/records/{FILE_ID}/audio", f"/records/records/{FILE_ID}/audio", f"/recording/records/{FILE_ID}/audio",
    f"/recording/records/records/{FILE_ID}/audio", f"/records/{FILE_ID}/audio/download", f"/records/{FILE_ID}/audio/listen",
    f"/api/v1/recordings/{FILE_ID}/audio",
]  # fmt: skip


@pytest.fixture(params=["file", "s3"])
def media(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    if request.param == "file":
        return {"media": f"file://{tmp_path}/media"}
    server: S3 = request.getfixturevalue("s3")
    return {
        "media": request.getfixturevalue("s3_media"), "s3_endpoint": server.endpoint, "s3_region": server.region,
        "s3_access_key": server.access_key, "s3_secret_key": server.secret_key,
    }  # fmt: skip


@pytest.fixture
def heard(client: TestClient, example: Db) -> Db:
    """The documentation's call with its sound."""
    assert client.put(f"/api/v1/recordings/{FILE_ID}/audio", content=SOUND).status_code == 201
    return example


def accesses(db: Db) -> list[tuple[str, str, str, str]]:
    """What the access log tells of recordings, but that the sound was sent here first and that keys were made."""
    with db.transaction("read") as tx:
        rows = [(row.actor, row.action, row.file_id, row.outcome) for row in reversed(list_accesses(tx, SYSTEM))]
    return [row for row in rows if row[1] not in ("upload", "key_add")]


@each("path", PATHS)
def test_the_whole_sound(client: TestClient, heard: Db, path: str) -> None:
    answer = client.get(path, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.content) == (200, SOUND)
    kind = "inline" if path.endswith("listen") or "/v1/" in path else "attachment"
    headers = {name: answer.headers[name] for name in (
        "content-type", "content-length", "accept-ranges", "etag", "last-modified", "content-disposition",
    )}  # fmt: skip
    assert headers == {
        "content-type": "audio/wav", "content-length": str(SIZE), "accept-ranges": "bytes", "etag": ETAG,
        "last-modified": "Fri, 01 Apr 2016 12:00:00 GMT",
        "content-disposition": f'{kind}; filename="2016-03-31_164426_loadtester_73556_{FILE_ID}.wav"',
    }  # fmt: skip
    head = client.head(path, headers={"Range": "bytes=0-1"})
    assert (head.status_code, head.content) == (200, b"")
    assert {name: head.headers[name] for name in headers} == headers


@each(("wanted", "start", "end"), [
    ("bytes=0-0", 0, 1), ("bytes=0-99", 0, 100), ("bytes=100-", 100, SIZE), ("bytes=-100", SIZE - 100, SIZE),
    (f"bytes=-{SIZE * 2}", 0, SIZE), (f"bytes=10-{SIZE * 2}", 10, SIZE), ("BYTES=5-9", 5, 10), ("bytes= 5-9 ,", 5, 10),
    (f"bytes=5-9,{SIZE}-", 5, 10),
])  # fmt: skip
def test_a_range(client: TestClient, heard: Db, wanted: str, start: int, end: int) -> None:
    answer = client.get(PATHS[0], headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (206, SOUND[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert (answer.headers["content-length"], answer.headers["etag"]) == (str(end - start), ETAG)


@each("wanted", ["bytes=0-9,-10", "bytes=5-9, 3-7, 100-200,,", f"bytes=0-1,{SIZE}-,10-11", "bytes=20-29,0-9"])
def test_several_ranges(client: TestClient, heard: Db, wanted: str) -> None:
    answer = client.get(PATHS[0], headers={"Range": wanted})
    assert (answer.status_code, len(answer.content)) == (206, int(answer.headers["content-length"]))
    boundary = re.fullmatch(r"multipart/byteranges; boundary=([0-9a-f]+)", answer.headers["content-type"])
    assert boundary is not None
    first, *parts, last = answer.content.split(f"\r\n--{boundary[1]}".encode())
    assert (first, last) == (b"", b"--\r\n")
    spans = []
    for part in parts:
        head, _, body = part.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[1] == "Content-Type: audio/wav"
        found = re.fullmatch(rf"Content-Range: bytes (\d+)-(\d+)/{SIZE}", lines[2])
        assert found is not None
        start, end = int(found[1]), int(found[2]) + 1
        assert body == SOUND[start:end]
        spans.append((start, end))
    asked = [part.strip() for part in wanted.removeprefix("bytes=").split(",") if part.strip()]
    assert len(spans) == len([part for part in asked if not part.startswith(str(SIZE))])


@each("wanted", [
    "bytes=", "bytes=x", "bytes=5-3", "bytes=-", "bytes=1-2,x", "items=0-1", "0-1", "bytes=1-2-3", "bytes=" + ",".join(["0-0"] * 100),
    "bytes=0-,0-", "bytes=+1-2", "bytes=１-２".encode().decode("latin-1"),
])  # fmt: skip
def test_what_is_no_range_is_ignored(client: TestClient, heard: Db, wanted: str) -> None:
    answer = client.get(PATHS[0], headers={"Range": wanted.encode("latin-1")})  # type: ignore[dict-item]
    assert (answer.status_code, answer.content) == (200, SOUND)


@each("wanted", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", f"bytes=9{'0' * 18}-", f"bytes={SIZE}-,-0"])
def test_beyond_the_end(client: TestClient, heard: Db, wanted: str) -> None:
    answer = client.get(PATHS[0], headers={"Range": wanted})
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{SIZE}")
    assert answer.headers["content-type"] == "application/problem+json"


LATER, EARLIER = (format_datetime(STORED_AT + timedelta(seconds=s), usegmt=True) for s in (1, -1))
SAME = format_datetime(STORED_AT, usegmt=True)


@each(("headers", "status"), [
    ({"If-None-Match": ETAG}, 304), ({"If-None-Match": f'"x", W/{ETAG}'}, 304), ({"If-None-Match": "*"}, 304),
    ({"If-None-Match": '"x"'}, 200),
    ({"If-None-Match": '"x"', "If-Modified-Since": SAME}, 200), ({"If-Modified-Since": SAME}, 304), ({"If-Modified-Since": LATER}, 304),
    ({"If-Modified-Since": EARLIER}, 200), ({"If-Modified-Since": "yesterday"}, 200), ({"If-Match": ETAG}, 200), ({"If-Match": "*"}, 200),
    ({"If-Match": '"x"'}, 412), ({"If-Match": f"W/{ETAG}"}, 412), ({"If-Unmodified-Since": SAME}, 200),
    ({"If-Unmodified-Since": EARLIER}, 412),
    ({"If-Match": ETAG, "If-Unmodified-Since": EARLIER}, 200), ({"If-None-Match": ETAG, "Range": "bytes=0-1"}, 304),
])  # fmt: skip
def test_conditions(client: TestClient, heard: Db, headers: dict[str, str], status: int) -> None:
    for ask in (client.get, client.head):
        answer = ask(PATHS[0], headers=headers)
        assert answer.status_code == status
        if status == 304:
            assert (answer.content, answer.headers["etag"]) == (b"", ETAG)


@each(("condition", "status"), [
    (ETAG, 206), (f"W/{ETAG}", 200), ('"x"', 200), (SAME, 206), (EARLIER, 200), (LATER, 200), ("", 200), ("x", 200),
])  # fmt: skip
def test_if_range(client: TestClient, heard: Db, condition: str, status: int) -> None:
    answer = client.get(PATHS[0], headers={"Range": "bytes=1-2", "If-Range": condition})
    assert (answer.status_code, answer.content) == (status, SOUND[1:3] if status == 206 else SOUND)
    assert client.get(PATHS[0], headers={"Range": f"bytes={SIZE}-", "If-Range": condition}).status_code == (416 if status == 206 else 200)


def test_the_result_action_and_metadata(client: TestClient, heard: Db) -> None:
    call_id = client.get("/api/v1/calls").json()["items"][0]["id"]
    expected = {
        "id": FILE_ID, "call_id": call_id, "state": "available", "flaws": ["short"], "muted": [], "started_at": "2016-03-31T14:44:26Z",
        "duration_s": 1.5, "channels": 2, "format": "wav", "bytes": SIZE, "sha256": ETAG.strip('"'),
    }  # fmt: skip
    for path in (f"/records/{FILE_ID}/audio/result", f"/recording/records/{FILE_ID}/audio/result", f"/api/v1/recordings/{FILE_ID}"):
        answer = client.get(path)
        assert (answer.headers["content-type"], answer.json()) == ("application/json", expected)


def test_peaks(client: TestClient, heard: Db) -> None:
    peaks = client.get(f"/api/v1/recordings/{FILE_ID}/peaks").json()
    assert len(peaks["channels"]) == 2
    assert max(peaks["channels"][0]) > max(peaks["channels"][1]) > 0
    assert len(peaks["channels"][0]) * peaks["step_s"] == pytest.approx(1.5, abs=0.05)


def test_each_playback_is_one_row(client: TestClient, heard: Db, clock: Clock) -> None:
    listen = f"/records/{FILE_ID}/audio/listen"
    for wanted in ("bytes=0-9", "bytes=10-19", "bytes=20-"):
        client.get(listen, headers={"Range": wanted})
        clock.now += timedelta(seconds=10)
    assert accesses(heard) == [("token", "listen", FILE_ID, "ok")]
    client.get(PATHS[0])
    client.get(f"/records/{FILE_ID}/audio/result")
    client.get(f"/api/v1/recordings/{FILE_ID}/peaks")
    clock.now += timedelta(minutes=2)
    client.get(listen)
    assert [action for _, action, _, _ in accesses(heard)] == ["listen", "download", "metadata", "peaks", "listen"]


def test_refusals_have_a_row_too(client: TestClient, heard: Db, new_token: Callable[..., str]) -> None:
    headers = {"X-Auth-Token": new_token("read")}
    for path in PATHS:
        answer = client.get(path, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert client.get(f"/api/v1/recordings/{FILE_ID}/peaks", headers=headers).status_code == 403
    assert client.get(f"/api/v1/recordings/{FILE_ID}", headers=headers).status_code == 200
    assert client.get("/records/nobody/audio").status_code == 404
    rows = accesses(heard)
    assert rows[0] == ("crm", "download", FILE_ID, "forbidden")
    assert [row[3] for row in rows] == ["forbidden"] * 8 + ["ok", "not_found"]


def test_a_listener_need_not_read(client: TestClient, heard: Db, new_token: Callable[..., str]) -> None:
    headers = {"X-Auth-Token": new_token("listen")}
    assert client.get(PATHS[0], headers=headers).content == SOUND
    assert client.get(f"/api/v1/recordings/{FILE_ID}", headers=headers).status_code == 403


BAD_IDS = ["..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "..%5c", "a%00b", "a%0ab", "%ff", "x" * 256, "x" * 10_000, "%F0%9F%98%80", "nobody"]


@each("file_id", BAD_IDS)
@each("path", ["/records/{}/audio", "/records/records/{}/audio", "/records/{}/audio/result", "/api/v1/recordings/{}/audio"])
def test_ids_that_are_none(client: TestClient, path: str, file_id: str) -> None:
    answer = client.get(path.format(file_id))
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_an_action_that_is_none(client: TestClient, heard: Db) -> None:
    assert client.get(f"/records/{FILE_ID}/audio/burn").status_code == 404
    assert client.post(f"/records/{FILE_ID}/audio/listen").status_code == 405


@pytest.mark.parametrize(("content", "state"), [(None, "expected"), (sounds.header_only(), "empty")])
def test_audio_that_is_not_there(client: TestClient, example: Db, clock: Clock, content: bytes | None, state: str) -> None:
    if content is not None:
        client.put(f"/api/v1/recordings/{FILE_ID}/audio", content=content)
    clock.now = datetime(2016, 3, 31, 15, tzinfo=UTC)
    answer = client.get(PATHS[0])
    assert (answer.status_code, answer.json()["detail"]) == (404, f"the audio of {FILE_ID} is not there: {state}")
    assert client.get(f"/records/{FILE_ID}/audio/result").json()["state"] == state


def test_audio_that_never_came(client: TestClient, example: Db, clock: Clock) -> None:
    clock.now += timedelta(days=3)
    assert client.get(PATHS[0]).json()["detail"].endswith("missing")


async def empty(media: Media) -> None:
    for key in [key async for key in media.list()]:
        await media.remove(key)


def test_audio_that_was_lost(client: TestClient, heard: Db, config: Config) -> None:
    """The row promises it, the store has it not: not found, before anything is sent."""
    asyncio.run(empty(media_of(config)))
    for path_ in PATHS:
        answer = client.get(path_)
        assert (answer.status_code, answer.json()["detail"]) == (404, f"the audio of {FILE_ID} is not there: missing")
        assert client.get(path_, headers={"Range": "bytes=0-1,5-6"}).status_code == 404


ULAW = bytes(range(256)) * 100


def test_what_browsers_cannot_play_is_converted_for_listening(client: TestClient, example: Db) -> None:
    client.put(f"/api/v1/recordings/{FILE_ID}/audio", content=ULAW, headers={"Content-Type": "audio/basic"})
    answer = client.get(f"/records/{FILE_ID}/audio/listen")
    assert (answer.status_code, answer.headers["content-type"], answer.headers["accept-ranges"]) == (200, "audio/wav", "bytes")
    assert answer.content[:4] == b"RIFF"
    assert len(answer.content) == 44 + 2 * len(ULAW)
    assert answer.headers["content-disposition"].endswith('.wav"')
    download = client.get(PATHS[0])
    assert (download.content, download.headers["content-type"]) == (ULAW, "audio/basic")
    assert download.headers["content-disposition"].endswith('.ulaw"')
    etag = answer.headers["etag"]
    assert etag != download.headers["etag"]
    assert client.get(f"/records/{FILE_ID}/audio/listen", headers={"If-None-Match": etag}).status_code == 304
    head = client.head(f"/records/{FILE_ID}/audio/listen")
    assert (head.headers["content-type"], head.content) == ("audio/wav", b"")


SLOW = {
    "audio/basic": sounds.companded(sounds.to_ulaw, sounds.tone(3)), "audio/x-alaw-basic": sounds.companded(sounds.to_alaw, sounds.tone(3)),
    "audio/x-gsm": sounds.gsm(3), "audio/x-wav": sounds.wav49(3),
    "audio/g722": sounds.encoded("g722", "g722", sounds.tone(3, rate=16000), 16000),
}  # fmt: skip


@pytest.mark.parametrize("media_type", SLOW)
def test_one_can_seek_in_what_is_converted(client: TestClient, example: Db, media_type: str) -> None:
    client.put(f"/api/v1/recordings/{FILE_ID}/audio", content=SLOW[media_type], headers={"Content-Type": media_type})
    listen = f"/records/{FILE_ID}/audio/listen"
    whole = client.get(listen)
    size = len(whole.content)
    assert (whole.headers["content-length"], client.head(listen).headers["content-length"]) == (str(size), str(size))
    for first, last in (
        (0, 9),
        (0, size - 1),
        (30, 99),
        (44, 60),
        (45, 46),
        (20_001, 30_000),
        (size - 1, size - 1),
        (size - 100, size + 100),
    ):
        part = client.get(listen, headers={"Range": f"bytes={first}-{last}"})
        wanted = whole.content[first : last + 1]
        assert (part.status_code, part.headers["content-range"]) == (206, f"bytes {first}-{min(last, size - 1)}/{size}")
        assert len(part.content) == len(wanted) == int(part.headers["content-length"])
        assert part.content == wanted or media_type == "audio/g722", (first, last)
    assert client.get(listen, headers={"Range": f"bytes={size}-"}).status_code == 416
    assert client.get(listen, headers={"Range": "bytes=0-9,20-29"}).content == whole.content


@each(("form", "magic", "media_type"), [
    ("mp3", b"ID3", "audio/mpeg"), ("opus", b"OggS", "audio/ogg"), ("flac", b"fLaC", "audio/flac"), ("wav", b"RIFF", "audio/wav"),
])  # fmt: skip
def test_a_format_that_is_asked_for(client: TestClient, heard: Db, form: str, magic: bytes, media_type: str) -> None:
    for path in PATHS[::3]:
        answer = client.get(f"{path}?format={form}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
        assert answer.content.startswith(magic)
        assert answer.headers["content-disposition"].endswith(f'.{form}"')


@each("form", ["", "WAV", "exe", "mp3%00"])
def test_a_format_that_is_none(client: TestClient, heard: Db, form: str) -> None:
    answer = client.get(f"{PATHS[0]}?format={form}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "format")


def test_names_from_outside_cannot_break_a_header(client: TestClient, db: Db) -> None:
    caller = 'Zoë"; \r\nSet-Cookie: x=1; \\../'
    feed(db, direct_call("1459324800.1", started_at=STORED_AT - timedelta(days=1), caller=caller, recording="r 1"))
    client.put("/api/v1/recordings/r%201/audio", content=SOUND)
    answer = client.get("/records/r%201/audio")
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-disposition"] == (
        'attachment; filename="2016-03-31_140000_Zo___ __Set-Cookie_ x=1_ _..__1002_r 1.wav"; '
        "filename*=UTF-8''2016-03-31_140000_Zo%C3%AB__%20__Set-Cookie_%20x%3D1_%20_..__1002_r%201.wav"
    )
