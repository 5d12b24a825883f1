"""GET /api/v1/calls, one call, and its attached data."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from telegraphone.db import Db
from tests.api.conftest import Clock
from tests.api.telling import direct_call, feed, put_people, queue_call
from tests.each import each

DAY = datetime(2016, 3, 30, 8, tzinfo=UTC)


@pytest.fixture
def several(db: Db) -> Db:
    """q answered and recorded, d answered, m missed, o on another PBX: an hour apart."""
    put_people(db)
    feed(db, queue_call("1459324800.1", started_at=DAY, caller="0612345678", agent="2000", talk_s=60, recording="r1", color="green"))
    feed(db, direct_call("1459328400.1", started_at=DAY + timedelta(hours=1), dialled="1002"))
    feed(db, direct_call("1459332000.1", started_at=DAY + timedelta(hours=2), dialled="1003", to="PJSIP/1003", talk_s=None))
    feed(db, direct_call("1459335600.1", started_at=DAY + timedelta(hours=3), dialled="1002", talk_s=120), pbx="pbx2")
    return db


NAMES = {"1459324800.1": "q", "1459328400.1": "d", "1459332000.1": "m", "1459335600.1": "o"}


def listed(client: TestClient, query: str) -> str:
    answer = client.get(f"/api/v1/calls?{query}")
    assert answer.status_code == 200, answer.text
    return "".join(NAMES[call["linked_id"]] for call in answer.json()["items"])


@each(("query", "found"), [
    ("", "omdq"), ("agent=2000", "q"), ("agent=lefevre", "q"), ("queue=3556", "q"), ("caller=1001", "omd"), ("callee=100%25", "omd"),
    ("number=1002", "od"), ("number=%25345%25", "q"), ("direction=internal", "omd"), ("direction=incoming", "q"), ("direction=all", "omdq"),
    ("queueCallStatus=answered", "q"), ("key=color", "q"), ("key=color&value=red", ""), ("unique_id=1459328400.1", "d"),
    ("unique_id=1459328400.2", "d"), ("pbx=pbx2", "o"), ("unique_id=1459335600.1&pbx=pbx1", ""), ("outcome=answered", "odq"),
    ("outcome=missed", ""), ("recorded=yes", "q"), ("recorded=no", "omd"), ("recorded=any", "omdq"), ("min_duration=60", "oq"),
    ("min_duration=60.5", "o"), ("min_duration=0", "odq"),
    ("max_duration=60", "dq"), ("min_duration=60&max_duration=60.5", "q"), ("since=2016-03-30T09:00:00Z", "omd"),
    ("since=2016-03-30T11:00:00%2B02:00&before=2016-03-30T10:00:00Z", "d"),
    ("start=2016-03-30%2011:00:00&end=2016-03-30%2012:00:00", "d"),
    ("limit=2", "om"), ("since=0001-01-01T00:00:00%2B14:00&before=9999-12-31T23:59:59-12:00", "omdq"),
])  # fmt: skip
def test_each_filter(client: TestClient, several: Db, query: str, found: str) -> None:
    assert listed(client, query) == found


@each(
    ("query", "found"),
    [("", "oqd"), ("agent=2000", "q"), ("limit=1", "o"), ("pbx=pbx1", "qd"), ("outcome=missed", ""), ("agent=nobody", "")],
)
def test_the_longest(client: TestClient, several: Db, query: str, found: str) -> None:
    assert listed(client, f"order=longest&{query}") == found


def test_the_longest_say_among_how_many(client: TestClient, several: Db) -> None:
    page = client.get("/api/v1/calls?order=longest&limit=1").json()
    assert (page["next"], page["compared"]) == (None, {"calls": 4, "since": None})
    assert "compared" not in client.get("/api/v1/calls").json()


def test_cursors_and_counts(client: TestClient, several: Db) -> None:
    page = client.get("/api/v1/calls?limit=3&count=true").json()
    assert ([NAMES[call["linked_id"]] for call in page["items"]], page["count"], page["count_is_exact"]) == (["o", "m", "d"], 4, True)
    last = client.get(f"/api/v1/calls?limit=3&cursor={page['next']}&count=1").json()
    assert ([NAMES[call["linked_id"]] for call in last["items"]], last["next"], last["count"]) == (["q"], None, 4)
    assert "count" not in client.get("/api/v1/calls").json()


def test_one_call_whole(client: TestClient, several: Db) -> None:
    (item,) = client.get("/api/v1/calls?recorded=yes").json()["items"]
    call = client.get(f"/api/v1/calls/{item['id']}").json()
    happened = [(line["at"][11:], line["kind"], line["who"]) for line in call.pop("timeline")]
    assert happened[0] == ("08:00:00Z", "started", "0612345678")
    assert {("08:00:04Z", "answered", "1003"), ("08:00:04Z", "queue_left", "hotline")} <= set(happened)
    assert happened[-1] == ("08:01:04Z", "ended", "")
    assert call | {"updated_at": 0} == {
        "id": item["id"], "pbx": "pbx1", "linked_id": "1459324800.1", "unique_ids": ["1459324800.1", "1459324800.2"],
        "direction": "incoming", "outcome": "answered",
        "caller": {"number": "0612345678", "name": "0612345678"}, "dialled": {"number": "73556", "name": call["dialled"]["name"]},
        "answered_by": {"number": "1003", "name": call["answered_by"]["name"], "agent": "2000"},
        "started_at": "2016-03-30T08:00:00Z", "answered_at": "2016-03-30T08:00:04Z", "ended_at": "2016-03-30T08:01:04Z",
        "wait_s": 4.0, "talk_s": 60.0, "hold_s": 0.0,
        "queues": [{
            "number": "3556", "name": "hotline", "entered_at": "2016-03-30T08:00:00Z", "outcome": "answered", "wait_s": 4.0,
            "agent": "2000", "rang": call["queues"][0]["rang"],
        }],
        "agents": [{"number": "2000", "name": "Emma Lefèvre", "from": "2016-03-30T08:00:04Z", "to": "2016-03-30T08:01:04Z"}],
        "legs": call["legs"], "transfers": [], "holds": [], "parked": [],
        "recordings": [{
            "id": "r1", "call_id": item["id"], "state": "missing", "flaws": [], "muted": [], "started_at": "2016-03-30T08:00:00Z",
            "duration_s": None, "channels": None, "format": None, "bytes": None, "sha256": None,
        }],
        "attached_data": {"recording": "r1", "color": "green"}, "forwarded": [], "consultation_of": None, "certainty": call["certainty"],
        "review": None, "notes": 0, "updated_at": 0,
    }  # fmt: skip
    assert set(call["legs"][0]) == {"number", "name", "interface", "role", "joined_at", "left_at"}
    assert call | {"legs": 0, "holds": 0, "transfers": 0} == item | {"legs": 0, "holds": 0, "transfers": 0}
    assert not {"legs", "holds", "transfers"} & set(item)


def test_what_time_alone_changes_is_told_as_it_is_now(client: TestClient, several: Db, clock: Clock) -> None:
    for days, state in ((0, "expected"), (2, "missing"), (0, "expected")):
        clock.now = DAY + timedelta(days=days, hours=1)
        (item,) = client.get("/api/v1/calls?recorded=yes").json()["items"]
        for call in (item, client.get(f"/api/v1/calls/{item['id']}").json()):
            assert call["recordings"][0]["state"] == state


@each("id", ["1", "x", "-1", "9" * 30, "1e3", "%00", "1.2", "١"])
def test_no_such_call(client: TestClient, id: str) -> None:
    for answer in (
        client.get(f"/api/v1/calls/{id}"), client.delete(f"/api/v1/calls/{id}/attached_data/k"),
        client.put(f"/api/v1/calls/{id}/attached_data/k", json={"value": "x"}),
    ):  # fmt: skip
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@each(("query", "field"), [
    ("colour=green", "colour"), ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=x", "limit"), ("cursor=x", "cursor"),
    ("cursor=" + "9" * 19, "cursor"), ("direction=up", "direction"), ("outcome=lost", "outcome"), ("recorded=maybe", "recorded"),
    ("reviewed=x", "reviewed"), ("order=shortest", "order"), ("order=longest&cursor=1", "cursor"), ("order=longest&count=true", "count"),
    ("min_duration=-1", "min_duration"), ("min_duration=nan", "min_duration"), ("min_duration=inf", "min_duration"),
    ("max_duration=-1", "max_duration"), ("value=x", "value"),
    ("since=2016-03-30", "since"), ("since=2016-03-30T09:00:00", "since"), ("before=1459324800", "before"), ("start=now", "start"),
    ("count=maybe", "count"), ("limit=1&limit=2", "limit"), ("agent=%00", "agent"), ("agent=%ff", "agent"),
    ("%ff=1", "?"), ("key=%00", "key"),
    ("&".join(f"x{n}=1" for n in range(300)), "query"),
])  # fmt: skip
def test_bad_queries(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/api/v1/calls?{query}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


@pytest.fixture
def call_id(db: Db) -> int:
    (number,) = feed(db, direct_call("1459328400.1", started_at=DAY, color="green", recording="r1")).calls
    return number


def attached(client: TestClient, call_id: int) -> dict[str, str]:
    found: dict[str, str] = client.get(f"/api/v1/calls/{call_id}").json()["attached_data"]
    return found


@each("key", ["ticket", "a/b", "é 😀", "..", "color"])
def test_a_value_is_put_and_removed(client: TestClient, call_id: int, key: str) -> None:
    path = f"/api/v1/calls/{call_id}/attached_data/{key.replace('/', '%2F').replace('..', '%2e%2e')}"
    for value in ("7", ""):
        answer = client.put(path, json={"value": value})
        assert (answer.status_code, answer.json()["attached_data"]) == (200, {"recording": "r1", "color": "green", key: value})
    assert (client.delete(path).status_code, client.delete(path).status_code) == (204, 404)
    assert key not in attached(client, call_id)


BAD: list[tuple[str, Any, int]] = [
    ("k", {}, 400), ("k", {"value": 1}, 400), ("k", {"value": "x\0"}, 400), ("k", {"value": "x" * 65537}, 400),
    ("k", {"value": "x", "y": 1}, 400), ("k" * 129, {"value": "x"}, 400), ("%00", {"value": "x"}, 400), ("recording", {"value": "r2"}, 409),
    ("", {"value": "x"}, 400),
]  # fmt: skip


@each(("key", "body", "status"), BAD)
def test_bad_values_change_nothing(client: TestClient, call_id: int, key: str, body: Any, status: int) -> None:
    answer = client.put(f"/api/v1/calls/{call_id}/attached_data/{key}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert attached(client, call_id) == {"color": "green", "recording": "r1"}


def test_a_recording_cannot_be_taken_back(client: TestClient, call_id: int) -> None:
    assert client.delete(f"/api/v1/calls/{call_id}/attached_data/recording").status_code == 409


def test_rights(client: TestClient, call_id: int, new_token: Callable[..., str]) -> None:
    reader, crm = {"X-Auth-Token": new_token("read")}, {"X-Auth-Token": new_token("attach", name="b")}
    path = f"/api/v1/calls/{call_id}"
    assert [client.get(path, headers=h).status_code for h in (reader, crm)] == [200, 403]
    assert client.put(f"{path}/attached_data/k", json={"value": ""}, headers=reader).status_code == 403
    assert client.delete(f"{path}/attached_data/color", headers=reader).status_code == 403
    assert attached(client, call_id) == {"recording": "r1", "color": "green"}
