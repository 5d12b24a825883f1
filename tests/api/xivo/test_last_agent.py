"""GET /last_agent."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from telegraphone.db import Db
from tests.api.conftest import Clock
from tests.api.telling import feed, queue_call
from tests.each import each

THEN = datetime(2016, 3, 30, 8, tzinfo=UTC)


@pytest.fixture
def calls(db: Db) -> Db:
    feed(db, queue_call("1459324800.1", started_at=THEN, caller="1002", agent="2001"))
    feed(db, queue_call("1459411200.1", started_at=THEN + timedelta(days=1), caller="1002", agent="2000"))
    feed(db, queue_call("1459411300.1", started_at=THEN + timedelta(days=1), caller="+33612345678", agent="2002"))
    feed(db, queue_call("1459411400.1", started_at=THEN + timedelta(days=1, hours=1), caller="1002", agent=None))
    return db


@each("prefix", ["", "/recording"])
def test_the_documented_request(client: TestClient, calls: Db, prefix: str) -> None:
    answer = client.get(f"{prefix}/last_agent?callerNo=1002&since=100")
    assert (answer.status_code, answer.json()) == (200, {"agentNumber": "2000"})


@each("number", ["+33612345678", "0033612345678", "0612345678", "06 12 34 56 78"])
def test_a_number_however_it_is_written(client: TestClient, calls: Db, number: str) -> None:
    assert client.get(f"/last_agent?callerNo={quote(number)}").json() == {"agentNumber": "2002"}


def test_only_calls_since_then(client: TestClient, calls: Db, clock: Clock) -> None:
    clock.now = THEN + timedelta(days=31, seconds=3)
    assert client.get("/last_agent?callerNo=1002").json() == {"agentNumber": "2000"}, "it counts when the agent began to talk"
    clock.now += timedelta(seconds=2)
    assert client.get("/last_agent?callerNo=1002").status_code == 404
    assert client.get("/last_agent?callerNo=1002&since=31").status_code == 200
    assert client.get("/last_agent?callerNo=1002&since=36500").status_code == 200


@each("number", ["100", "10023", "%25", "nobody"])
def test_nobody(client: TestClient, calls: Db, number: str) -> None:
    answer = client.get(f"/last_agent?callerNo={number}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@each(("query", "field"), [
    ("", "callerNo"), ("callerNo=", "callerNo"), ("callerNo=%00", "callerNo"), ("callerNo=%ff", "callerNo"),
    ("callerNo=1&since=x", "since"), ("callerNo=1&since=-1", "since"),
    ("callerNo=1&since=36501", "since"), ("callerNo=1&since=1.5", "since"),
])  # fmt: skip
def test_bad_requests(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/last_agent?{query}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


def test_the_right_to_read(client: TestClient, new_token: Callable[..., str]) -> None:
    assert client.get("/last_agent?callerNo=1", headers={"X-Auth-Token": new_token("attach")}).status_code == 403
