"""GET /api/v1/overview."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from telegraphone.db import Db
from tests.api.telling import direct_call, feed, put_people, queue_call
from tests.each import each

DAY = datetime(2016, 3, 30, 22, 30, tzinfo=UTC)
"""The 31st in Paris."""


@pytest.fixture
def several(db: Db) -> Db:
    put_people(db)
    feed(db, queue_call("1459324800.1", started_at=DAY, agent="2000", wait_s=4, talk_s=60, recording="r1"))
    feed(db, queue_call("1459325800.1", started_at=DAY + timedelta(minutes=20), agent=None, wait_s=40))
    feed(db, direct_call("1459328400.1", started_at=DAY - timedelta(hours=3)))
    return db


def test_the_figures(client: TestClient, several: Db) -> None:
    answer = client.get("/api/v1/overview?since=2016-03-01T00:00:00Z&before=2016-04-01T00:00:00Z").json()
    figures = answer.pop("items")
    total = answer.pop("total")
    assert answer == {
        "since": "2016-03-01T00:00:00Z", "before": "2016-04-01T00:00:00Z", "is_whole": True, "by": "day", "timezone": "Europe/Paris",
    }  # fmt: skip
    assert figures == [
        {
            "key": "2016-03-30", "name": "", "calls": 1, "answered": 1, "abandoned": 0, "ongoing": 0, "soon": 1, "wait_s": 2.0,
            "wait_p90_s": 3, "talk_s": 18.0, "recorded": 0,
        },
        {
            "key": "2016-03-31", "name": "", "calls": 2, "answered": 1, "abandoned": 1, "ongoing": 0, "soon": 1, "wait_s": 4.0,
            "wait_p90_s": 5, "talk_s": 60.0, "recorded": 1,
        },
    ]  # fmt: skip
    assert (total["calls"], total["answered"], total["wait_s"]) == (3, 2, 3.0)


@each(("query", "keys"), [
    ("", ["2016-03-30", "2016-03-31"]), ("timezone=UTC", ["2016-03-30"]), ("by=queue", ["hotline"]), ("by=agent", ["2000", "PJSIP/1003"]),
    ("direction=internal", ["2016-03-30"]), ("queue=hotline", ["2016-03-31"]), ("queue=none", []), ("since=2016-03-31T00:00:00Z", []),
    ("before=2016-03-30T22:00:00Z", ["2016-03-30"]), ("since=2016-03-31T00:00:00Z&before=2016-03-30T00:00:00Z", []),
    ("since=0001-01-01T00:00:00%2B14:00&before=9999-12-31T23:59:59-12:00", ["2016-03-30", "2016-03-31"]),
])  # fmt: skip
def test_each_parameter(client: TestClient, several: Db, query: str, keys: list[str]) -> None:
    answer = client.get(f"/api/v1/overview?{query}")
    assert (answer.status_code, [one["key"] for one in answer.json()["items"]]) == (200, keys), answer.text


@each(("query", "field"), [
    ("by=week", "by"), ("since=2016-03-30", "since"), ("timezone=Paris", "timezone"), ("queue=", "queue"), ("direction=up", "direction"),
    ("colour=green", "colour"),
])  # fmt: skip
def test_bad_queries(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/api/v1/overview?{query}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


def test_rights(client: TestClient, new_token: Callable[..., str]) -> None:
    assert client.get("/api/v1/overview", headers={"X-Auth-Token": new_token("listen")}).status_code == 403
