"""POST /records/search and /records/callid_search."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from telegraphone.db import Db
from tests.api.telling import SPRING, direct_call, feed, put_people, queue_call
from tests.each import each

EXAMPLE = {
    "agent": "Dino Falconetti (1564)",
    "attached_data": {"recording": "xivocc_gateway-1459435465.15089"},
    "dst_num": "73556",
    "duration": "00:03:12",
    "id": "xivocc_gateway-1459435465.15089",
    "queue": "hotline (3556)",
    "src_num": "loadtester",
    "start": "2016-03-31 16:44:26",
    "status": "answered",
}
DAY = datetime(2016, 3, 30, 8, tzinfo=UTC)


def search(client: TestClient, query: str = "", **wanted: Any) -> list[str]:
    answer = client.post(f"/records/search?pageSize=1000{query}", json=wanted)
    assert answer.status_code == 200, answer.text
    return [record["id"] for record in answer.json()["records"]]


def test_the_documented_call_id_search(client: TestClient, example: Db) -> None:
    answer = client.post("/records/callid_search?callid=1459435466.286075", headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert answer.json() == {"hasNext": False, "records": [EXAMPLE]}
    assert list(answer.json()["records"][0]) == sorted(EXAMPLE), "the fields stand in the documented order"


def test_the_documented_search(client: TestClient, example: Db) -> None:
    answer = client.post("/records/search?pageSize=3", content=b'{"agent": "1564"}', headers={"Content-Type": "application/json"})
    assert answer.json() == {"hasNext": False, "records": [EXAMPLE]}
    assert client.post("/records/search?pageSize=3", content=b'{"agent": "1573"}').json() == {"hasNext": False, "records": []}


@each("path", ["/records/search", "/recording/records/search"])
@each("body", [b"", b"{}", b'{"agent": null}', b" { } "])
def test_nothing_asked_for_is_everything(client: TestClient, example: Db, path: str, body: bytes) -> None:
    answer = client.post(path, content=body, headers={"Content-Type": "text/plain"})
    assert [record["id"] for record in answer.json()["records"]] == [EXAMPLE["id"]]


def test_parameters_that_nobody_knows_are_ignored(client: TestClient, example: Db) -> None:
    assert search(client, "&colour=green&page=1&page=2") == [EXAMPLE["id"]]


@each("unique_id", ["1459435466.286075", "1459435466.286076"])
def test_any_channel_finds_the_call(client: TestClient, example: Db, unique_id: str) -> None:
    assert client.post(f"/records/callid_search?callid={unique_id}").json()["records"] == [EXAMPLE]


def test_call_id_search_finds_calls_without_a_recording(client: TestClient, db: Db) -> None:
    feed(db, direct_call("1459300000.1", started_at=DAY, talk_s=None))
    assert client.post("/records/callid_search?callid=1459300000.1").json() == {
        "hasNext": False,
        "records": [{
            "agent": "", "attached_data": {}, "dst_num": "1002", "duration": "", "id": "", "queue": "", "src_num": "1001",
            "start": "2016-03-30 10:00:00", "status": "missed",
        }],
    }  # fmt: skip
    assert search(client) == []


def test_no_such_call_is_an_empty_list(client: TestClient, example: Db) -> None:
    answer = client.post("/records/callid_search?callid=1.2")
    assert (answer.status_code, answer.json()) == (200, {"hasNext": False, "records": []})


def test_a_queue_call_that_nobody_answered(client: TestClient, db: Db) -> None:
    feed(db, queue_call("1459300000.1", started_at=DAY, agent=None, recording="r1"))
    (record,) = client.post("/records/search").json()["records"]
    assert (record["status"], record["duration"], record["agent"], record["queue"]) == ("abandoned", "", "", "hotline")


def test_a_call_that_goes_on(client: TestClient, db: Db) -> None:
    feed(db, direct_call("1459300000.1", started_at=DAY, is_over=False, recording="r1"), now=DAY + timedelta(minutes=1))
    (record,) = client.post("/records/search").json()["records"]
    assert (record["status"], record["duration"]) == ("ongoing", "")


@pytest.fixture
def several(db: Db) -> Db:
    """Three calls on one day, an hour apart: r1 in a queue, r2 and r3 between phones; r3 has no agent and is attached to."""
    put_people(db)
    feed(db, queue_call("1459324800.1", started_at=DAY, caller="0612345678", agent="2000", talk_s=60, recording="r1"))
    feed(db, direct_call("1459328400.1", started_at=DAY + timedelta(hours=1), dialled="1002", recording="r2"))
    feed(db, direct_call("1459332000.1", started_at=DAY + timedelta(hours=2), dialled="10_2%", recording="r3", color="green", note="x"))
    return db


def test_newest_first_and_in_pages(client: TestClient, several: Db) -> None:
    pages = [client.post(f"/records/search?page={page}&pageSize=2").json() for page in (1, 2, 3)]
    assert [[record["id"] for record in page["records"]] for page in pages] == [["r3", "r2"], ["r1"], []]
    assert [page["hasNext"] for page in pages] == [True, False, False]
    assert client.post(f"/records/search?page={2**31 - 1}&pageSize=1000").json() == {"hasNext": False, "records": []}


@each(("wanted", "found"), [
    ({"agent": "2000"}, ["r1"]), ({"agent": "LEFEVRE"}, ["r1"]), ({"agent": "200"}, []),
    ({"queue": "3556"}, ["r1"]), ({"queue": "HOT"}, ["r1"]), ({"queue": "nowhere"}, []),
    ({"callee": "1002"}, ["r2"]), ({"callee": "10%2"}, ["r2"]), ({"callee": "10_2"}, []), ({"callee": "%"}, ["r3", "r2", "r1"]),
    ({"callee": "10_2%"}, ["r3"]), ({"caller": "06%78"}, ["r1"]), ({"caller": "%34%"}, ["r1"]), ({"caller": "0612345678"}, ["r1"]),
    ({"direction": "incoming"}, ["r1"]), ({"direction": "outgoing"}, []), ({"direction": "all"}, ["r3", "r2", "r1"]),
    ({"queueCallStatus": "answered"}, ["r1"]), ({"queueCallStatus": "timeout"}, []),
    ({"key": "color"}, ["r3"]), ({"key": "color", "value": "green"}, ["r3"]), ({"key": "color", "value": "gree"}, []),
    ({"key": "recording", "value": "r2"}, ["r2"]), ({"key": "recording"}, ["r3", "r2", "r1"]),
    ({"start": "2016-03-30 11:00:00"}, ["r3", "r2"]), ({"start": "2016-03-30 10:01:00"}, ["r3", "r2", "r1"]),
    ({"start": "2016-03-30 11:00:00", "end": "2016-03-30 12:00:00"}, ["r2"]), ({"end": "2016-03-30"}, []),
    ({"start": "2016-03-30T09:00:00Z"}, ["r3", "r2"]), ({"start": "2016-03-30T09:00:00.000+00:00"}, ["r3", "r2"]),
    ({"start": "0001-01-01 00:00:00", "end": "9999-12-31 23:59:59"}, ["r3", "r2", "r1"]),
    ({"start": "0001-01-01T00:00:00+14:00", "end": "9999-12-31T23:59:59-12:00"}, ["r3", "r2", "r1"]),
    ({"caller": "1001", "key": "color", "agent": ""}, []), ({"caller": "1001", "callee": "1002"}, ["r2"]),
])  # fmt: skip
def test_each_field(client: TestClient, several: Db, wanted: dict[str, str], found: list[str]) -> None:
    assert search(client, **wanted) == found


BAD = [
    (b'{"colour": "green"}', "colour"), (b'{"agent": 1573}', "agent"),
    (b'{"agent": ["1573"]}', "agent"), (b'{"start": "yesterday"}', "start"),
    (b'{"start": "2016-02-30 00:00:00"}', "start"), (b'{"start": "2016-03-31T16:44:26"}', "start"), (b'{"end": ""}', "end"),
    (b'{"direction": "internal"}', "direction"), (b'{"queueCallStatus": "lost"}', "queueCallStatus"), (b'{"value": "green"}', "value"),
    (b"{", "body"), (b"[]", "body"), (b"null", "body"), (b"\xff", "body"),
    (b'{"agent": "\\u0000"}', "agent"), (b'{"agent": "\\ud800"}', "agent"),
    (b'{"agent": "\xed\xa0\x80"}', "agent"), (b'{"agent": "x"} y', "body"), (b"[" * 100_000, "body"), (b'{"x":' * 100_000, "x"),
]  # fmt: skip


@each(("body", "field"), BAD)
def test_bad_bodies_name_the_field(client: TestClient, body: bytes, field: str) -> None:
    answer = client.post("/records/search", content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert {"type", "title", "status", "detail", "errors"} == set(answer.json())


@each("query", ["page=0", "page=-1", "page=x", "page=", "page=1.5", "pageSize=0", "pageSize=1001", "pageSize=100000", "page=%00"])
def test_bad_pages(client: TestClient, query: str) -> None:
    answer = client.post(f"/records/search?{query}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [query.partition("=")[0]])


@each("query", ["", "?callid=", "?callid=%00", "?callid=%ed%a0%80", "?callid=%ff"])
def test_bad_call_ids(client: TestClient, query: str) -> None:
    answer = client.post(f"/records/callid_search{query}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, ["callid"])


def test_a_body_over_a_mebibyte(client: TestClient) -> None:
    assert client.post("/records/search", content=b" " * (2 * 1024 * 1024)).status_code == 413
    assert client.post("/records/search", content=(b" " * 1024 for _ in range(2048))).status_code == 413
    assert client.post("/records/search", content=b"{}" + b" " * (1024 * 1024 - 2)).status_code == 200


def test_rights(client: TestClient, example: Db, new_token: Callable[..., str]) -> None:
    headers = {"X-Auth-Token": new_token("listen")}
    for path in ("/records/search", "/records/callid_search?callid=1.2"):
        answer = client.post(path, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (403, "/api/docs#forbidden")


def test_hours_may_exceed_a_day(client: TestClient, db: Db) -> None:
    feed(db, direct_call("1459435466.1", started_at=SPRING, talk_s=3 * 86_400 + 61.9, recording="long"), now=SPRING + timedelta(days=9))
    assert client.post("/records/search").json()["records"][0]["duration"] == "72:01:01"
