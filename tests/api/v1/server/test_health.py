"""healthz, readyz, metrics, and the documents."""

import shutil
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from telegraphone.access import SYSTEM
from telegraphone.app import create_app
from telegraphone.config import Config
from telegraphone.db import Db
from telegraphone.events import Unreadable
from telegraphone.sql.pbx.sources import put_unreadable
from telegraphone.sql.recorded.recording_news import count_missing
from telegraphone.sql.server.changes import Change, add_changes
from telegraphone.sql.server.conditions import Seen, put_condition
from telegraphone.sql.server.counts import count_recordings
from telegraphone.sql.server.webhooks import add_webhook
from tests.api.conftest import TOKEN, Clock
from tests.api.telling import feed, queue_call
from tests.jobs.test_follow import wait

NOBODY = {"X-Auth-Token": ""}


def test_alive_and_ready(client: TestClient) -> None:
    for path in ("healthz", "readyz"):
        answer = client.get(f"/api/v1/{path}", headers=NOBODY)
        assert (answer.status_code, answer.json()["status"]) == (200, "ok")
        assert client.head(f"/api/v1/{path}", headers=NOBODY).content == b""


def test_not_ready_without_a_database(client: TestClient, config: Config, db: Db) -> None:
    with db.transaction() as tx:
        tx.run("alter table conditions rename to lost")
    answer = client.get("/api/v1/readyz")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert (answer.json()["away"], answer.headers["retry-after"]) == ("database", "5")
    assert client.get("/api/v1/healthz").status_code == 200


def test_metrics_need_a_token_of_any_right(client: TestClient, new_token: Callable[..., str]) -> None:
    client.get("/last_agent?callerNo=1")
    assert client.get("/api/v1/metrics", headers=NOBODY).status_code == 401
    answer = client.get("/api/v1/metrics", headers={"X-Auth-Token": new_token("read")})
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'telegraphone_requests_total{method="GET",path="/last_agent",status="404"}' in answer.text


def test_the_documents_need_no_token(client: TestClient) -> None:
    document = client.get("/api/openapi.json", headers=NOBODY).json()
    assert document["openapi"].startswith("3.1")
    assert {"/records/search", "/history", "/api/v1/calls/{id}", "/api/v1/calls/{id}/attached_data/{key}"} <= set(document["paths"])
    assert document["paths"]["/records/search"]["servers"] == [{"url": "/"}, {"url": "/recording"}]
    page = client.get("/api/docs", headers=NOBODY)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in page.text
    assert "//" not in page.text.replace("<!doctype", "").split("<style>")[0]
    for path in document["paths"]:
        assert path in page.text
    assert 'id="not-found"' in page.text, "where the type of a problem leads"


def test_the_documents_tell_nothing_secret(client: TestClient) -> None:
    assert TOKEN not in client.get("/api/openapi.json").text + client.get("/api/docs").text


SOURCES = {
    "following": ("pbx1", "asterisk-cel", "/var/log/cel.csv"), "behind": ("pbx2", "asterisk-cel", "/var/log/cel2.csv"),
    "failing": ("pbx2", "asterisk-queue-log", "/var/log/queue_log"),
}  # fmt: skip


def put_sources(db: Db, now: datetime, *states: str) -> None:
    with db.transaction() as tx:
        for state in states:
            facts = {"lag_s": 90.0 if state == "behind" else 0.0}
            reason = "Permission denied" if state == "failing" else ""
            name = "\n".join(SOURCES[state])
            put_condition(tx, Seen(kind="source", name=name, state=state, reason=reason, facts=facts), now)


def wait_for_places(client: TestClient) -> dict[str, Any]:
    """The readiness, when the server has looked at its media store and its disks."""
    wait(lambda: client.get("/api/v1/readyz").json()["media"]["state"] != "unknown")
    found: dict[str, Any] = client.get("/api/v1/readyz").json()
    return found


def test_all_is_well(client: TestClient, db: Db, clock: Clock, config: Config) -> None:
    put_sources(db, clock.now, "following")
    told = wait_for_places(client)
    assert (told["status"], told["database"], told["media"]["state"]) == ("ok", {"state": "ok"}, "ok")
    assert told["sources"] == [{
        "state": "following", "since": "2016-04-01T12:00:00Z", "pbx": "pbx1", "source": "asterisk-cel", "lag_s": 0.0,
        "seen_at": "2016-04-01T12:00:00Z", "path": "/var/log/cel.csv",
    }]  # fmt: skip
    [disk] = told["disks"]
    assert disk["free_bytes"] > 0 and disk["folder"] == str(config.data)


def test_degraded_is_no_reason_to_answer_nothing(client: TestClient, db: Db, clock: Clock) -> None:
    put_sources(db, clock.now, "following", "behind", "failing")
    answer = client.get("/api/v1/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert {one["state"]: one.get("reason") for one in answer.json()["sources"]} == {
        "following": None, "behind": None, "failing": "Permission denied",
    }  # fmt: skip


def test_reasons_and_paths_are_for_who_administers(client: TestClient, db: Db, clock: Clock, new_token: Callable[..., str]) -> None:
    put_sources(db, clock.now, "failing")
    wait_for_places(client)
    for token in ("", "nonsense", new_token("read", "listen", "attach", "ingest")):
        answer = client.get("/api/v1/readyz", headers={"X-Auth-Token": token})
        assert answer.status_code == 200
        for secret in ("Permission", "/var/log", "free_bytes", socket.gethostname()):
            assert secret not in answer.text


def test_a_source_that_nobody_follows_any_more(client: TestClient, db: Db, clock: Clock) -> None:
    put_sources(db, clock.now - timedelta(minutes=2), "following")
    told = client.get("/api/v1/readyz").json()
    assert (told["status"], told["sources"][0]["state"]) == ("degraded", "unknown")
    clock.now += timedelta(days=2)
    assert client.get("/api/v1/readyz").json()["sources"] == [], "it was taken out of the configuration"


def test_the_same_from_every_worker(client: TestClient, db: Db, config: Config, clock: Clock) -> None:
    put_sources(db, clock.now, "behind")
    wait_for_places(client)
    with TestClient(create_app(config, clock), headers={"X-Auth-Token": TOKEN}) as other:
        assert other.get("/api/v1/readyz").json() == client.get("/api/v1/readyz").json()


def test_metrics_of_what_is_in_the_database(client: TestClient, db: Db, clock: Clock) -> None:
    put_sources(db, clock.now, "following", "behind", "failing")
    feed(db, queue_call(recording="r1"))
    wait_for_places(client)
    with db.transaction() as tx:
        add_changes(tx, [Change("call.ended", "pbx1")], clock.now)
        put_unreadable(tx, "pbx1", "asterisk-cel", "/x", [Unreadable(1, "x", "y")], clock.now)
        for name, facts in (("recordings", count_recordings(tx)), ("missing", count_missing(tx))):
            put_condition(tx, Seen(kind="count", name=name, state="ok", facts=facts), clock.now)
    with db.transaction() as tx:
        add_webhook(tx, SYSTEM, "http://127.0.0.1:9/", ["call.started"], clock.now)
    text = client.get("/api/v1/metrics").text
    for line in (
        "telegraphone_database_up 1.0", f'telegraphone_media_up{{host="{socket.gethostname()}"}} 1.0', "telegraphone_unreadable_lines 1.0",
        'telegraphone_source_lag_seconds{path="/var/log/cel2.csv",pbx="pbx2",source="asterisk-cel"} 90.0',
        'telegraphone_source_up{path="/var/log/queue_log",pbx="pbx2",source="asterisk-queue-log"} 0.0',
        'telegraphone_source_up{path="/var/log/cel.csv",pbx="pbx1",source="asterisk-cel"} 1.0',
        'telegraphone_recordings{state="expected"} 1.0', "telegraphone_changes_total 1.0",
        'telegraphone_recordings_missing{why="policy"} 0.0',
        'telegraphone_webhook_backlog{what="changes"} 0.0', 'telegraphone_webhook_deliveries_total{outcome="taken"} 0.0',
        "telegraphone_webhooks_off 0.0",
    ):  # fmt: skip
        assert f"\n{line}\n" in text, line
    assert "telegraphone_disk_free_bytes{" in text


def test_media_that_is_gone(client: TestClient, config: Config) -> None:
    """A folder that vanished holds nothing, which is an answer; it is told by what is then missing."""
    shutil.rmtree(Path(config.media.removeprefix("file://")))
    assert client.get("/api/v1/readyz").status_code in (200, 503)
