"""When something breaks: the server says so, holds what it has, and goes on by itself. With real causes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from telegraphone.app import create_app
from telegraphone.config import Config
from telegraphone.db import open_db
from telegraphone.migrate import migrate
from tests import sounds
from tests.jobs.test_follow import wait
from tests.servers import stoppable_postgres, stoppable_s3

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
EVENTS = "/api/v1/events?source=telegraphone"
SOUND = sounds.wav(sounds.tone(1))
ROOT = Path(__file__).parents[1]


def config(folder: Path, **other: Any) -> Config:
    settings = {"database": f"sqlite:///{folder}/t.db", "media": f"file://{folder}/media", **other}
    return Config(data=folder / "data", token="t", timezone=ZoneInfo("UTC"), **settings)


@contextmanager
def served(one: Config) -> Iterator[TestClient]:
    with TestClient(create_app(one), headers={"X-Auth-Token": "t"}) as client:
        yield client


def call(number: int) -> bytes:
    """A call that began, as JSON lines."""
    leg = f"{1_795_517_244 + number}.0"
    told = [
        {"kind": kind, "at": NOW, "leg": leg, "linked_id": leg, "number": "1001"}
        for kind in ("leg_started", "leg_ended", "linked_id_ended")
    ]
    return b"\n".join(map(msgspec.json.encode, told))


def linked_ids(client: TestClient) -> set[str]:
    return {one["linked_id"] for one in client.get("/api/v1/calls?limit=1000").json()["items"]}


def lines(logs: Any, *words: str) -> list[str]:
    return [entry["event"] for entry in logs if any(word in entry["event"] for word in words)]


def check_refusal(answer: Any, away: str) -> None:
    assert (answer.status_code, answer.headers["content-type"], answer.headers["retry-after"]) == (503, "application/problem+json", "5")
    assert answer.json()["away"] == away
    assert "Traceback" not in answer.text


def test_the_database_is_away(tmp_path: Path) -> None:
    with stoppable_postgres() as (server, process), capture_logs() as logs, served(config(tmp_path, database=server.url())) as client:
        assert client.post(EVENTS, content=call(0)).json()["accepted"] == 3
        for round in range(2):
            process.stop()
            wait(lambda: client.get("/api/v1/readyz").status_code == 503)
            for method, path, body in (
                ("GET", "/api/v1/calls", None), ("POST", "/records/search", b"{}"), ("POST", EVENTS, call(1 + round)),
                ("GET", "/last_agent?callerNo=1", None), ("GET", "/api/v1/readyz", None), ("GET", "/api/v1/changes", None),
            ):  # fmt: skip
                check_refusal(client.request(method, path, content=body), "database")
            assert client.get("/api/v1/healthz").status_code == 200
            assert "\ntelegraphone_database_up 0.0\n" in client.get("/api/v1/metrics").text
            wait(lambda round=round: lines(logs, "database is away") == ["the database is away"] * (round + 1))  # type: ignore[misc]
            process.start()
            wait(lambda: client.get("/api/v1/readyz").status_code == 200, 30)
            wait(lambda round=round: client.post(EVENTS, content=call(1 + round)).json().get("accepted") == 3, 30)  # type: ignore[misc]
            wait(lambda round=round: lines(logs, "database is back") == ["the database is back"] * (round + 1), 30)  # type: ignore[misc]
        assert len(linked_ids(client)) == 3
        assert "\ntelegraphone_database_up 1.0\n" in client.get("/api/v1/metrics").text
    assert lines(logs, "does not work", "unhandled") == []


def test_the_bucket_is_away(tmp_path: Path) -> None:
    with stoppable_s3() as (server, process):
        keys = {
            "s3_endpoint": server.endpoint,
            "s3_region": server.region,
            "s3_access_key": server.access_key,
            "s3_secret_key": server.secret_key,
        }
        with capture_logs() as logs, served(config(tmp_path, media=f"s3://{server.bucket}/a", **keys)) as client:
            client.post(EVENTS, content=call(0))
            assert client.put("/api/v1/recordings/a/audio", content=SOUND).status_code == 201
            wait(lambda: client.get("/api/v1/readyz").json()["media"]["state"] == "ok", 30)
            process.stop()
            check_refusal(client.put("/api/v1/recordings/b/audio", content=SOUND), "media")
            check_refusal(client.get("/api/v1/recordings/a/audio"), "media")
            assert len(linked_ids(client)) == 1, "what needs no audio is answered"
            wait(lambda: client.get("/api/v1/readyz").json()["media"]["state"] == "failing", 60)
            told = client.get("/api/v1/readyz")
            assert (told.status_code, told.json()["status"]) == (200, "degraded")
            assert told.json()["media"]["reason"].startswith("the bucket does not answer")
            process.start()
            wait(lambda: client.get("/api/v1/readyz").json()["media"]["state"] == "ok", 60)
            assert client.put("/api/v1/recordings/b/audio", content=SOUND).status_code == 201
            assert client.get("/api/v1/recordings/a/audio").content == SOUND
        assert lines(logs, "media") == ["the media is not well", "the media is well again"]


FULL = """
import json, resource, signal, sys
from pathlib import Path
from structlog.testing import capture_logs
from tests.test_outages import EVENTS, SOUND, call, config, linked_ids, served
folder, limit = Path(sys.argv[1]), int(sys.argv[2])
told = {"accepted": [], "refusals": [], "readyz": None}
def room(size):
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    elif size == resource.RLIM_INFINITY:
        (folder / "ballast").unlink()
    else:
        with open(folder / "ballast", "wb", buffering=0) as ballast:
            try:
                while ballast.write(b"x" * 65536): pass
            except OSError: ballast.truncate(ballast.tell() - 500_000)
def refusal(answer):
    return [answer.status_code, answer.headers["content-type"], answer.headers.get("retry-after"), answer.json().get("away")]
with capture_logs() as logs, served(config(folder)) as client:
    room(limit)
    number = 0
    while len(told["refusals"]) < 5 and number < 3000:
        answer = client.post(EVENTS, content=call(number))
        if answer.status_code == 200:
            told["accepted"].append(f"{1_795_517_244 + number}.0")
        else:
            told["refusals"].append(refusal(answer))
        number += 1
    upload = client.put("/api/v1/recordings/a/audio", content=SOUND * 400)
    told["upload"] = refusal(upload)
    told["readyz"] = [client.get("/api/v1/readyz").status_code, client.get("/api/v1/readyz").json()["database"]["state"]]
    told["read"] = set(told["accepted"]) <= linked_ids(client) if number < 1000 else client.get("/api/v1/calls").status_code == 200
    room(resource.RLIM_INFINITY)
    again = [client.post(EVENTS, content=call(place)).status_code for place in range(number)]
    told["again"] = sorted(set(again))
    found = set()
    cursor = ""
    while cursor is not None:
        page = client.get(f"/api/v1/calls?limit=1000{cursor and '&cursor=' + cursor}").json()
        found |= {one["linked_id"] for one in page["items"]}
        cursor = page["next"]
    told["found"], told["number"], told["lost"] = len(found), number, sorted(set(told["accepted"]) - found)
    told["upload again"] = client.put("/api/v1/recordings/a/audio", content=SOUND * 400).status_code
    told["left"] = [path.name for place in ("media/.incoming", "data/spool") for path in (folder / place).iterdir()]
    told["logs"] = [entry["event"] for entry in logs if "unhandled" in entry["event"] or "does not work" in entry["event"]]
    told["accepted"] = len(told["accepted"])
print(json.dumps(told))
"""


def fill(folder: Path, limit: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(folder), str(limit)], check=False, capture_output=True, text=True, cwd=ROOT, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def check_full(told: dict[str, Any]) -> None:
    assert told["accepted"] > 3
    assert told["refusals"] == [[503, "application/problem+json", "5", "database"]] * 5
    assert told["upload"][:3] == [503, "application/problem+json", "5"]
    assert told["upload"][3] in ("disk", "media")
    assert told["readyz"] == [200, "not_writable"]
    assert told["read"], "what is there can be read"
    assert (told["lost"], told["again"], told["found"]) == ([], [200], told["number"]), "nothing that was acknowledged is lost"
    assert (told["upload again"], told["left"], told["logs"]) == (201, [], [])


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The limit of a process on the size of its files: an error of the system at any write."""
    migrated(tmp_path)
    check_full(fill(tmp_path, (tmp_path / "t.db").stat().st_size + 600_000))


def test_a_full_disk(tmp_path: Path) -> None:
    """A small file system of its own, which needs root."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = os.geteuid() == 0 and not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)], check=False, capture_output=True
    ).returncode  # fmt: skip
    if not mounted:
        pytest.skip("no file system can be mounted here")
    try:
        check_full(fill(folder, 0))
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def migrated(folder: Path) -> None:
    db = open_db(f"sqlite:///{folder}/t.db", readers=1)
    migrate(db)
    db.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    with served(config(tmp_path)) as client:
        incoming = tmp_path / "media" / ".incoming"
        incoming.chmod(0o500)
        check_refusal(client.put("/api/v1/recordings/a/audio", content=SOUND), "media")
        incoming.chmod(0o700)
        (tmp_path / "data" / "spool").chmod(0o500)
        check_refusal(client.put("/api/v1/recordings/a/audio", content=SOUND), "disk")
        (tmp_path / "data" / "spool").chmod(0o700)
        assert client.put("/api/v1/recordings/a/audio", content=SOUND).status_code == 201
