"""PUT /api/v1/recordings/{file-id}/audio. How recordings are heard is in tests/api/test_audio.py."""

import base64
import hashlib
from collections.abc import Callable

from starlette.testclient import TestClient

from telegraphone.db import Db
from tests import sounds
from tests.each import each

FILE_ID = "xivocc_gateway-1459435465.15089"
URL = f"/api/v1/recordings/{FILE_ID}/audio"
SOUND = sounds.wav(sounds.tone(1))


def digest(content: bytes) -> dict[str, str]:
    return {"Content-Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"}


def test_an_upload_is_the_calls_recording(client: TestClient, example: Db) -> None:
    answer = client.put(URL, content=SOUND, headers=digest(SOUND))
    (call,) = client.get("/api/v1/calls").json()["items"]
    assert (answer.status_code, answer.json()) == (201, {"id": FILE_ID, "outcome": "new", "call_id": call["id"], "problem": ""})
    assert call["recordings"][0]["state"] == "available"
    again = client.put(URL, content=SOUND)
    assert (again.status_code, again.json()["outcome"]) == (200, "known")


def test_it_is_never_overwritten(client: TestClient, example: Db) -> None:
    client.put(URL, content=SOUND)
    answer = client.put(URL, content=SOUND + b"x")
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert client.get(URL).content == SOUND


def test_without_a_call_it_waits_for_one(client: TestClient, db: Db) -> None:
    assert client.put("/api/v1/recordings/new/audio?pbx=north", content=SOUND).json()["outcome"] == "unmatched"
    assert client.get("/api/v1/recordings/new").json()["call_id"] is None
    assert client.get("/records/new/audio").headers["content-disposition"].endswith('_new.wav"')


def test_a_digest_is_checked(client: TestClient, example: Db) -> None:
    for headers in (digest(b"other"), {"Content-Digest": "sha-256=x"}, {"Content-Digest": "sha-256=:?:"}):
        answer = client.put(URL, content=SOUND, headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "Content-Digest")
    assert client.get(f"/api/v1/recordings/{FILE_ID}").json()["state"] != "available"


@each(("file_id", "status"), [
    ("..%2fx", 404), ("a%00b", 404), ("x" * 256, 404), ("x%5cy", 404), ("%2e%2e", 404), ("x" * 255, 201),
])  # fmt: skip
def test_ids_that_are_none(client: TestClient, file_id: str, status: int) -> None:
    assert client.put(f"/api/v1/recordings/{file_id}/audio", content=SOUND).status_code == status


def test_bad_requests(client: TestClient, example: Db) -> None:
    assert client.put(URL, content=b"").status_code == 400
    assert client.put(f"{URL}?pbx=", content=SOUND).status_code == 400
    assert client.put(f"{URL}?colour=green", content=SOUND).status_code == 400


def test_what_is_no_sound_is_kept_and_told(client: TestClient, db: Db) -> None:
    answer = client.put("/api/v1/recordings/noise/audio", content=b"no sound at all")
    assert (answer.status_code, answer.json()["outcome"]) == (201, "unreadable")
    assert client.get("/api/v1/recordings/noise").json()["flaws"] == ["unreadable"]


def test_the_right_to_ingest(client: TestClient, example: Db, new_token: Callable[..., str]) -> None:
    assert client.put(URL, content=SOUND, headers={"X-Auth-Token": new_token("read", "listen")}).status_code == 403
    assert client.put(URL, content=SOUND, headers={"X-Auth-Token": new_token("ingest", name="pbx")}).status_code == 201
