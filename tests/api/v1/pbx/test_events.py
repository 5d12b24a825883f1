"""POST /api/v1/events: JSON lines of any length."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from starlette.testclient import TestClient

import telegraphone.api.v1.pbx.events as subject
from tests.each import each

CEL: list[dict[str, Any]] = [
    {"eventtype": "CHAN_START", "eventtime": "2026-11-24 10:44:26.4", "cid_num": "1001", "exten": "1002", "context": "from-phones",
     "channame": "PJSIP/1001-00000001", "uniqueid": "1795517066.0", "linkedid": "1795517066.0"},
    {"eventtype": "HANGUP", "eventtime": "2026-11-24 10:44:29.4", "cid_num": "1001", "channame": "PJSIP/1001-00000001",
     "uniqueid": "1795517066.0", "linkedid": "1795517066.0", "extra": {"hangupcause": 16}},
    {"eventtype": "CHAN_END", "eventtime": "2026-11-24 10:44:29.4", "channame": "PJSIP/1001-00000001", "uniqueid": "1795517066.0",
     "linkedid": "1795517066.0"},
    {"eventtype": "LINKEDID_END", "eventtime": "2026-11-24 10:44:29.4", "channame": "PJSIP/1001-00000001", "uniqueid": "1795517066.0",
     "linkedid": "1795517066.0"},
]  # fmt: skip
URL = "/api/v1/events?source=asterisk-cel"


def lines(*objects: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


def test_events_become_a_call(client: TestClient) -> None:
    answer = client.post(f"{URL}&pbx=north&timezone=UTC", content=lines(*CEL), headers={"Content-Type": "application/jsonl"})
    assert (answer.status_code, answer.json()) == (200, {"accepted": 4, "known": 0, "unreadable": []})
    (call,) = client.get("/api/v1/calls").json()["items"]
    assert (call["pbx"], call["linked_id"], call["started_at"]) == ("north", "1795517066.0", "2026-11-24T10:44:26.400000Z")
    again = client.post(f"{URL}&pbx=north&timezone=UTC", content=lines(*CEL))
    assert again.json() == {"accepted": 0, "known": 4, "unreadable": []}
    assert client.get("/api/v1/calls").json()["items"] == [call]


def test_times_without_a_zone_are_the_servers(client: TestClient) -> None:
    client.post(URL, content=lines(*CEL))
    assert client.get("/api/v1/calls").json()["items"][0]["started_at"] == "2026-11-24T09:44:26.400000Z"


def test_what_nobody_understands_is_told_with_its_line(client: TestClient) -> None:
    body = b"{\n\n[1]\n" + lines(CEL[0]) + b'{"eventtype": "CHAN_START"}\n\xff\n"x"\n' + b"[" * 100_000 + b"\n  \n" + lines(CEL[1]).rstrip()
    answer = client.post(URL, content=body).json()
    assert (answer["accepted"], answer["known"]) == (2, 0)
    assert [bad["line"] for bad in answer["unreadable"]] == [1, 3, 5, 6, 7, 8]
    assert all(bad["reason"] for bad in answer["unreadable"])


def test_a_line_without_end_needs_no_memory(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 65536
        yield b"\n" + lines(CEL[0])

    answer = client.post(URL, content=endless()).json()
    assert (answer["accepted"], [bad["line"] for bad in answer["unreadable"]]) == (1, [1])
    assert "longer" in answer["unreadable"][0]["reason"]


def test_many_batches_are_as_one(client: TestClient) -> None:
    """Two rows that are equal stay two, though a batch ends between them."""
    dtmf = {**CEL[0], "eventtype": "USER_DEFINED", "userdeftype": "PING", "eventtime": "2026-11-24 10:44:27"}
    ids = [f"{1795517066 + n}.0" for n in range(1, subject.BATCH_LINES)]
    filler = [{**CEL[0], "eventtime": f"2026-11-24 11:00:{n % 60:02}", "uniqueid": id, "linkedid": id} for n, id in enumerate(ids)]
    answer = client.post(URL, content=lines(*filler, dtmf, dtmf)).json()
    assert (answer["accepted"], answer["known"]) == (subject.BATCH_LINES + 1, 0)


def test_our_own_events_and_queue_log(client: TestClient) -> None:
    own = {"kind": "leg_started", "at": "2026-11-24T10:44:26Z", "leg": "1.1", "linked_id": "1.1", "channel": "PJSIP/1001-00000001"}
    assert client.post("/api/v1/events?source=telegraphone", content=lines(own)).json()["accepted"] == 1
    row = {"time": "1795517066", "callid": "1.1", "queuename": "hotline", "agent": "NONE", "event": "ENTERQUEUE", "data2": "1001"}
    assert client.post("/api/v1/events?source=asterisk-queue-log", content=lines(row)).json()["accepted"] == 1


@each(("query", "field"), [
    ("", "source"), ("source=freeswitch", "source"), ("source=asterisk-cel&pbx=", "pbx"), ("source=asterisk-cel&pbx=%00", "pbx"),
    ("source=asterisk-cel&timezone=Mars", "timezone"), ("source=asterisk-cel&timezone=..%2f..%2fetc%2fpasswd", "timezone"),
    ("source=asterisk-cel&timezone=", "timezone"), ("source=asterisk-cel&timezone=Europe", "timezone"), ("source=asterisk-cel&x=1", "x"),
])  # fmt: skip
def test_bad_queries_change_nothing(client: TestClient, query: str, field: str) -> None:
    answer = client.post(f"/api/v1/events?{query}", content=lines(*CEL))
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert client.get("/api/v1/calls").json()["items"] == []


def test_nothing_is_nothing(client: TestClient) -> None:
    for body in (b"", b"\n", b" \n\n "):
        assert client.post(URL, content=body).json() == {"accepted": 0, "known": 0, "unreadable": []}


def test_the_right_to_ingest(client: TestClient, new_token: Callable[..., str]) -> None:
    assert client.post(URL, content=lines(*CEL), headers={"X-Auth-Token": new_token("read")}).status_code == 403
    assert client.post(URL, content=lines(*CEL), headers={"X-Auth-Token": new_token("ingest", name="pbx")}).status_code == 200
