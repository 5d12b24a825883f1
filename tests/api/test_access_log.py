"""/access_log: what administrators see of what others did."""

import csv
import io
from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from telegraphone.access import Actor
from telegraphone.db import Db
from telegraphone.sql.people.access_log import add_access, add_change
from tests.api.conftest import Clock
from tests.each import each

LOG = "/api/v1/access_log"


def filled(db: Db, clock: Clock, rows: int = 5) -> None:
    with db.transaction() as tx:
        for n in range(rows):
            who = Actor("anna" if n % 2 else "bob", address="192.0.2.7")
            add_access(tx, who, "listen", f"file-{n}", now=clock.now + timedelta(minutes=n), call_id=n)
        add_change(tx, Actor("unknown", address="192.0.2.9"), "sign_in", "", clock.now + timedelta(minutes=10), outcome="unauthenticated")


def told(answer: Any) -> list[tuple[str, str, str | None]]:
    assert answer.status_code == 200, answer.text
    return [(row["actor"], row["action"], row["file"]) for row in answer.json()["items"]]


def test_newest_first_page_by_page(client: TestClient, db: Db, clock: Clock) -> None:
    assert client.get(LOG).json() == {"items": [], "next": None}
    filled(db, clock)
    first = client.get(LOG, params={"limit": 4}).json()
    assert first["items"][0] == {
        "id": 6, "at": "2016-04-01T12:10:00Z", "actor": "unknown", "action": "sign_in", "subject": "", "call": None, "file": None,
        "address": "192.0.2.9", "outcome": "unauthenticated",
    }  # fmt: skip
    second = client.get(LOG, params={"limit": 4, "cursor": first["next"]}).json()
    assert [row["file"] for row in (*first["items"], *second["items"])] == [None, "file-4", "file-3", "file-2", "file-1", "file-0"]
    assert second["next"] is None


@each(("wanted", "found"), [
    ({"actor": "anna"}, ["file-3", "file-1"]), ({"action": "sign_in"}, [None]), ({"call": "2"}, ["file-2"]),
    ({"file": "file-0"}, ["file-0"]),
    ({"outcome": "unauthenticated"}, [None]), ({"since": "2016-04-01T12:04:00Z"}, [None, "file-4"]), ({"actor": "Anna"}, []),
    ({"before": "2016-04-01T14:01:00+02:00"}, ["file-0"]), ({"actor": "anna", "call": "2"}, []), ({"subject": "x"}, []),
])  # fmt: skip
def test_filters(client: TestClient, db: Db, clock: Clock, wanted: dict[str, str], found: list[str | None]) -> None:
    if not client.get(LOG).json()["items"]:
        filled(db, clock)
    assert [file for _, _, file in told(client.get(LOG, params=wanted))] == found


@each(("wanted", "field"), [
    ({"who": "anna"}, "who"), ({"since": "yesterday"}, "since"), ({"limit": "0"}, "limit"), ({"cursor": "x"}, "cursor"),
    ({"call": "-1"}, "call"),
])  # fmt: skip
def test_filters_that_make_no_sense(client: TestClient, wanted: dict[str, str], field: str) -> None:
    answer = client.get(LOG, params=wanted)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_as_a_table(client: TestClient, db: Db, clock: Clock) -> None:
    filled(db, clock, 2345)
    with db.transaction() as tx:
        add_access(tx, Actor("eve"), "metadata", '=HYPERLINK("x")', now=clock.now, outcome="not_found")
    for answer in (client.get(f"{LOG}.csv"), client.get(LOG, headers={"Accept": "text/csv, */*"})):
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="access-log-2016-04-01.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert len(rows) >= 2347
        assert "'=HYPERLINK" in answer.text
        assert (rows[-1]["file"], rows[-1]["at"]) == ("file-0", "2016-04-01T12:00:00+00:00")
    assert len(list(csv.reader(io.StringIO(client.get(f"{LOG}.csv?actor=bob").text)))) == 1 + 1173
    assert told(client.get(LOG, params={"limit": 3, "action": "export_access_log"})) == [("token", "export_access_log", None)] * 3
    assert client.head(f"{LOG}.csv").content == b""


def test_what_people_do_is_there(client: TestClient, example: Db) -> None:
    call = client.get("/api/v1/calls").json()["items"][0]
    client.put(f"/api/v1/calls/{call['id']}/attached_data/color", json={"value": "green"})
    client.delete(f"/api/v1/calls/{call['id']}/attached_data/color")
    client.put("/api/v1/directory/agents", json=[])
    client.put("/api/v1/recordings/new/audio", content=b"x")
    client.post("/api/v1/session", json={"name": "nobody", "password": "x"})
    rows = client.get(LOG).json()["items"]
    assert [(row["actor"], row["action"], row["subject"], row["call"], row["file"], row["outcome"]) for row in rows] == [
        ("unknown", "sign_in", "", None, None, "unauthenticated"), ("token", "upload", "", None, "new", "ok"),
        ("token", "directory", "agents", None, None, "ok"), ("token", "detach", "color", call["id"], None, "ok"),
        ("token", "attach", "color", call["id"], None, "ok"),
    ]  # fmt: skip
