"""Lines that nobody could understand: paged, tried again, taken away."""

from collections.abc import Callable
from datetime import datetime

import pytest
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM
from telegraphone.api.v1.pbx.unreadable import RETRIED
from telegraphone.db import Db
from telegraphone.events import Unreadable
from telegraphone.sql.pbx.sources import put_unreadable
from telegraphone.sql.people.access_log import list_accesses
from tests.api.conftest import Clock
from tests.each import each

NOW_GOOD = "1459438000|1459438000.1|hotline|NONE|ENTERQUEUE||0612|1"


def keep(db: Db, now: datetime, *texts: str, source: str = "asterisk-queue-log") -> None:
    with db.transaction() as tx:
        put_unreadable(tx, "pbx1", source, "/log", [Unreadable(n, text, "?") for n, text in enumerate(texts, 1)], now, "Europe/Paris")


@pytest.fixture
def several(db: Db, clock: Clock) -> Db:
    keep(db, clock.now, "what?", NOW_GOOD, "<script>alert(1)</script>")
    return db


def texts(client: TestClient) -> list[str]:
    return [line["text"] for line in client.get("/api/v1/unreadable").json()["items"]]


def test_pages_newest_first(client: TestClient, several: Db) -> None:
    page = client.get("/api/v1/unreadable?limit=2").json()
    assert [line["position"] for line in page["items"]] == [3, 2]
    last = client.get(f"/api/v1/unreadable?limit=2&cursor={page['next']}").json()
    assert last == {
        "items": [{
            "pbx": "pbx1", "source": "asterisk-queue-log", "path": "/log", "position": 1, "text": "what?", "reason": "?",
            "seen_at": "2016-04-01T12:00:00Z", "zone": "Europe/Paris", "id": last["items"][0]["id"],
        }],
        "next": None,
    }  # fmt: skip
    assert client.get("/api/v1/unreadable?limit=3").json()["next"] is None


def test_all_are_tried_again(client: TestClient, several: Db) -> None:
    assert client.post("/api/v1/unreadable/retry").json() == {"lines": 3, "understood": 1, "next": None}
    assert texts(client) == ["<script>alert(1)</script>", "what?"]
    assert client.get("/api/v1/calls?unique_id=1459438000.1").json()["items"]
    assert client.post("/api/v1/unreadable/retry").json() == {"lines": 2, "understood": 0, "next": None}
    with several.transaction("read") as tx:
        assert [(row.action, row.subject) for row in list_accesses(tx, SYSTEM)] == [("retry_unreadable", "1 of 3 lines")]


def test_very_many_are_tried_in_turns(client: TestClient, db: Db, clock: Clock) -> None:
    keep(db, clock.now, *(f"what {n}?" for n in range(RETRIED + 1)))
    first = client.post("/api/v1/unreadable/retry").json()
    assert first["lines"] == RETRIED
    assert client.post(f"/api/v1/unreadable/retry?cursor={first['next']}").json() == {"lines": 1, "understood": 0, "next": None}


def test_one_is_tried_again(client: TestClient, several: Db) -> None:
    _, good, bad = client.get("/api/v1/unreadable").json()["items"]
    assert client.post(f"/api/v1/unreadable/{bad['id']}/retry").json()["understood"] == 0
    assert client.post(f"/api/v1/unreadable/{good['id']}/retry").json()["understood"] == 1
    assert client.post(f"/api/v1/unreadable/{good['id']}/retry").status_code == 404


def test_a_file_of_a_recording_is_no_line(client: TestClient, db: Db, clock: Clock) -> None:
    keep(db, clock.now, "r1", source="recordings")
    assert client.post("/api/v1/unreadable/retry").json() == {"lines": 1, "understood": 0, "next": None}


def test_one_is_taken_away(client: TestClient, several: Db) -> None:
    id = client.get("/api/v1/unreadable").json()["items"][0]["id"]
    assert [client.delete(f"/api/v1/unreadable/{id}").status_code for _ in range(2)] == [204, 404]
    assert texts(client) == [NOW_GOOD, "what?"]
    with several.transaction("read") as tx:
        assert [row.subject for row in list_accesses(tx, SYSTEM)] == ["/log line 3: <script>alert(1)</script>"]


@each("line", ["0", "x", "-1", "9" * 30, "%00"])
def test_no_such_line(client: TestClient, line: str) -> None:
    assert client.delete(f"/api/v1/unreadable/{line}").status_code == 404
    assert client.post(f"/api/v1/unreadable/{line}/retry").status_code == 404


@each(("query", "field"), [("limit=0", "limit"), ("cursor=x", "cursor"), ("page=1", "page")])
def test_bad_queries(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/api/v1/unreadable?{query}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


def test_for_administrators_alone(client: TestClient, several: Db, new_token: Callable[..., str]) -> None:
    headers = {"X-Auth-Token": new_token("read", "listen", "ingest")}
    for method, path in (("GET", ""), ("POST", "/retry"), ("POST", "/1/retry"), ("DELETE", "/1")):
        assert client.request(method, f"/api/v1/unreadable{path}", headers=headers).status_code == 403
