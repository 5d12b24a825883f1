"""POST /call_data/…: attaching data by number and by unique id."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from telegraphone.db import Db
from tests.api.telling import direct_call, feed
from tests.each import each

UNIQUE_ID = "1471858488.233"
GREEN = [{"key": "color", "value": "green"}]


@pytest.fixture
def call_id(db: Db) -> int:
    """The number of a call with the documentation's unique id."""
    (number,) = feed(db, direct_call(UNIQUE_ID, started_at=datetime(2016, 3, 30, 8, tzinfo=UTC), recording="r1")).calls
    return number


def attached(client: TestClient, call_id: int) -> dict[str, str]:
    found: dict[str, str] = client.get(f"/api/v1/calls/{call_id}").json()["attached_data"]
    return found


def test_the_documented_request_by_number(client: TestClient, call_id: int) -> None:
    answer = client.post(f"/call_data/{call_id}/attached_data", content=b'[{"key":"color", "value": "green"}]')
    assert answer.status_code == 201
    assert answer.json() == {"id": call_id, "attached_data": {"recording": "r1", "color": "green"}}
    assert attached(client, call_id) == {"recording": "r1", "color": "green"}


@each("prefix", ["", "/recording"])
@each("form", ["attached_data", "attached_data_by_uniqueId"])
@each("unique_id", [UNIQUE_ID, "1471858488.234"])
def test_the_documented_request_by_unique_id(client: TestClient, call_id: int, prefix: str, form: str, unique_id: str) -> None:
    answer = client.post(f"{prefix}/call_data/{unique_id}/{form}", json=GREEN)
    assert (answer.status_code, answer.json()["id"]) == (201, call_id)


def test_the_last_value_of_a_key_wins(client: TestClient, call_id: int) -> None:
    pairs = [{"key": "color", "value": "green"}, {"key": "café", "value": "\n=\"'ñ😀"}, {"key": "color", "value": "red"}]
    client.post(f"/call_data/{call_id}/attached_data", json=pairs)
    assert attached(client, call_id) == {"recording": "r1", "color": "red", "café": "\n=\"'ñ😀"}
    assert client.post("/records/search", json={"key": "color", "value": "red"}).json()["records"][0]["id"] == "r1"
    assert client.post("/records/search", json={"key": "color", "value": "green"}).json()["records"] == []


BAD: list[tuple[Any, str]] = [
    ([], "body"), ([{"key": f"k{n}", "value": ""} for n in range(101)], "body"), ([{"key": "k", "value": "x" * (65 * 1024)}], "[0].value"),
    ([{"key": "k", "value": "é" * (33 * 1024)}], "[0].value"), ([{"key": "", "value": "x"}], "[0].key"),
    ([*GREEN, {"key": "k" * 129, "value": "x"}], "[1].key"), ([*GREEN, {"key": "k"}], "[1].value"),
    ([*GREEN, {"key": "k", "value": 1}], "[1].value"),
    ([*GREEN, {"key": "k", "value": "x", "colour": 1}], "[1].colour"), ([*GREEN, {"key": "k\0", "value": "x"}], "[1].key"),
    ([*GREEN, {"key": "k", "value": "x\0"}], "[1].value"), (GREEN[0], "body"), ("color=green", "body"), (None, "body"),
]  # fmt: skip


@each(("body", "field"), BAD)
def test_bad_pairs_change_nothing(client: TestClient, call_id: int, body: Any, field: str) -> None:
    answer = client.post(f"/call_data/{call_id}/attached_data", json=body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert attached(client, call_id) == {"recording": "r1"}


@each(("body", "field"), [
    (b'[{"key": "k", "value": "\\ud800"}]', "[0].value"), (b'[{"key": "\\udfff", "value": ""}]', "[0].key"), (b"", "body"), (b"[", "body"),
])  # fmt: skip
def test_bad_json_changes_nothing(client: TestClient, call_id: int, body: bytes, field: str) -> None:
    answer = client.post(f"/call_data/{UNIQUE_ID}/attached_data", content=body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert attached(client, call_id) == {"recording": "r1"}


def test_a_hundred_pairs_and_64_kib_are_allowed(client: TestClient, call_id: int) -> None:
    pairs = [{"key": f"k{n}", "value": "x" * 65536} for n in range(100)]
    answer = client.post(f"/call_data/{call_id}/attached_data", json=pairs)
    assert (answer.status_code, len(answer.json()["attached_data"])) == (201, 101)


def test_a_body_over_eight_mebibytes(client: TestClient, call_id: int) -> None:
    body = b'[{"key":"color","value":"green"}]'
    path = f"/call_data/{call_id}/attached_data"
    assert client.post(path, content=body + b" " * (2 * 1024 * 1024)).status_code == 201
    assert client.post(path, content=body.replace(b"color", b"a") + b" " * (8 * 1024 * 1024)).status_code == 413
    assert "a" not in attached(client, call_id)


@each("value", ["r2", "", "R1"])
def test_a_recording_cannot_be_announced_here(client: TestClient, call_id: int, value: str) -> None:
    answer = client.post(f"/call_data/{call_id}/attached_data", json=[*GREEN, {"key": "recording", "value": value}])
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert attached(client, call_id) == {"recording": "r1"}, "all or nothing"
    assert client.post(f"/call_data/{call_id}/attached_data", json=[{"key": "recording", "value": "r1"}]).status_code == 201


@each("subject", ["761054", "9" * 21, "0", "-1", "x", "1.2", "%00.1", "%F0%9F%98%80", "..%2f1.2", "1." + "2" * 10_000])
@each("form", ["attached_data", "attached_data_by_uniqueId"])
def test_no_such_call(client: TestClient, call_id: int, form: str, subject: str) -> None:
    answer = client.post(f"/call_data/{subject}/{form}", json=GREEN)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_two_pbxs_with_one_unique_id(client: TestClient, db: Db, call_id: int) -> None:
    (other,) = feed(db, direct_call(UNIQUE_ID, started_at=datetime(2016, 3, 30, 9, tzinfo=UTC)), pbx="pbx2").calls
    answer = client.post(f"/call_data/{UNIQUE_ID}/attached_data_by_uniqueId", json=GREEN)
    assert (answer.status_code, {error["field"] for error in answer.json()["errors"]}) == (409, {str(call_id), str(other)})
    assert attached(client, call_id) == {"recording": "r1"}
    assert attached(client, other) == {}
    assert len(client.post(f"/records/callid_search?callid={UNIQUE_ID}").json()["records"]) == 2


def test_what_people_attached_stays_when_more_is_heard_of_the_call(client: TestClient, db: Db) -> None:
    events = direct_call("1459324800.1", started_at=datetime(2016, 3, 30, 8, tzinfo=UTC), color="green", recording="r1")
    half = len(events) // 2
    (number,) = feed(db, events[:half], now=events[half].at).calls
    client.post(f"/call_data/{number}/attached_data", json=[{"key": "color", "value": "red"}, {"key": "ticket", "value": "7"}])
    feed(db, events[half:], now=events[-1].at + timedelta(days=9))
    assert attached(client, number) == {"recording": "r1", "color": "red", "ticket": "7"}


def test_the_right_to_attach(client: TestClient, call_id: int, new_token: Callable[..., str]) -> None:
    reader, crm = new_token("read", name="reader"), new_token("read", "attach", name="crm")
    path = f"/call_data/{call_id}/attached_data"
    assert client.post(path, json=GREEN, headers={"X-Auth-Token": reader}).status_code == 403
    assert client.post(path, json=[], headers={"X-Auth-Token": reader}).status_code == 403
    assert attached(client, call_id) == {"recording": "r1"}
    assert client.post(path, json=GREEN, headers={"X-Auth-Token": crm}).status_code == 201
