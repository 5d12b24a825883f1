"""POST /history and POST /history/agent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from starlette.testclient import TestClient

from telegraphone.db import Db
from tests.api.conftest import Clock
from tests.api.telling import direct_call, feed, put_people, queue_call
from tests.each import each

EXAMPLE = {
    "start": "2017-01-27 15:37:54", "duration": "00:00:18", "src_num": "1001", "dst_num": "3000", "status": "emitted",
    "src_firstname": "Poste", "src_lastname": "Poste 1001", "dst_firstname": None, "dst_lastname": "Cars",
}  # fmt: skip
THEN = datetime(2017, 1, 27, 14, 37, 54, tzinfo=UTC)


def queue_call_from_inside(db: Db) -> None:
    """The documentation's call: from a phone into a queue that people call Cars."""
    events = queue_call("1485527874.1", started_at=THEN, caller="1001", dialled="3000", queue="cars", agent="2000", talk_s=18)
    inside = [
        type(e)(**{
            **{name: getattr(e, name) for name in e.__struct_fields__},
            "channel": e.channel.replace("PJSIP/trunk", "SIP/az9kf7"), "context": e.context.replace("from-trunk", "from-phones"),
        })
        for e in events
    ]  # fmt: skip
    feed(db, inside, now=THEN + timedelta(hours=1))


@each("interface", ["SIP/az9kf7", "PJSIP/az9kf7"])
@each("path", ["/history", "/recording/history?size=10"])
def test_the_documented_history(client: TestClient, db: Db, path: str, interface: str) -> None:
    put_people(db)
    queue_call_from_inside(db)
    answer = client.post(path, json={"interface": interface})
    assert (answer.status_code, answer.json()) == (200, [EXAMPLE])
    assert list(answer.json()[0]) == list(EXAMPLE)


def test_the_history_of_an_agent(client: TestClient, db: Db) -> None:
    put_people(db)
    queue_call_from_inside(db)
    assert client.post("/history/agent", json={"agentNum": "2000"}).json() == [{**EXAMPLE, "status": "answered"}]
    assert client.post("/history/agent", json={"agentNum": "2001"}).json() == []


def test_each_status(client: TestClient, db: Db) -> None:
    feed(db, direct_call("1485527874.1", started_at=THEN))
    feed(db, direct_call("1485527974.1", started_at=THEN + timedelta(seconds=100), talk_s=None))
    now = THEN + timedelta(seconds=300)
    feed(db, direct_call("1485528074.1", started_at=THEN + timedelta(seconds=200), is_over=False), now=now)
    lines = client.post("/history", json={"interface": "SIP/q7r5te"}).json()
    assert [(line["status"], line["duration"]) for line in lines] == [("ongoing", None), ("missed", None), ("answered", "00:00:18")]
    lines = client.post("/history?size=1", json={"interface": "SIP/q7r5te"}).json()
    assert [line["status"] for line in lines] == ["ongoing"]


def test_days_back(client: TestClient, db: Db, clock: Clock) -> None:
    feed(db, direct_call("1485527874.1", started_at=THEN))
    clock.now = THEN + timedelta(days=2, seconds=1)
    assert client.post("/history?days=2", json={"interface": "SIP/az9kf7"}).json() == []
    assert len(client.post("/history?days=3", json={"interface": "SIP/az9kf7"}).json()) == 1
    assert len(client.post("/history?days=36500", json={"interface": "SIP/az9kf7"}).json()) == 1


def test_an_unknown_interface(client: TestClient, example: Db) -> None:
    for interface in ("SIP/nobody", "", "/", "PJSIP/"):
        answer = client.post("/history", json={"interface": interface})
        assert (answer.status_code, answer.json()) == (200, [])


@each(("path", "body", "field"), [
    ("/history", b"", "body"), ("/history", b"{}", "interface"), ("/history", b'{"interface": 1}', "interface"),
    ("/history", b'{"interface": null}', "interface"), ("/history", b'{"interface": "x", "agentNum": "y"}', "agentNum"),
    ("/history", b'{"interface": "\\u0000"}', "interface"), ("/history/agent", b'{"agentNum": 2000}', "agentNum"),
    ("/history/agent", b'{"interface": "x"}', "interface"), ("/history?size=0", b'{"interface": "x"}', "size"),
    ("/history?size=1001", b'{"interface": "x"}', "size"), ("/history?days=x", b'{"interface": "x"}', "days"),
    ("/history?days=-1", b'{"interface": "x"}', "days"), ("/history?days=36501", b'{"interface": "x"}', "days"),
])  # fmt: skip
def test_bad_requests(client: TestClient, path: str, body: bytes, field: str) -> None:
    answer = client.post(path, content=body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


def test_the_right_to_read(client: TestClient, new_token: Callable[..., str]) -> None:
    answer = client.post("/history", json={"interface": "x"}, headers={"X-Auth-Token": new_token("listen")})
    assert answer.status_code == 403
