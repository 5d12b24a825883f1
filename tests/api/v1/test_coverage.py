"""GET /api/v1/coverage and /coverage/missing: tests/test_coverage.py has what is counted."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import to_builtins
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM
from telegraphone.app import create_app
from telegraphone.config import Config
from telegraphone.db import Db, open_db
from telegraphone.policy import Policy
from telegraphone.sql.recorded.coverage import MOST_COUNTED, asking_of, count_coverage
from tests.api.conftest import TOKEN, Clock
from tests.api.telling import direct_call, feed, put_people, queue_call
from tests.bench.store import fill

DAY = datetime(2016, 3, 30, 8, tzinfo=UTC)
TIME = "since=2016-03-30T00:00:00Z&before=2016-03-31T00:00:00Z"


def tell_calls(db: Db) -> None:
    """Three announced recordings whose audio never came, and one call of which none was announced."""
    put_people(db)
    for n in range(3):
        call = queue_call(
            f"145932480{n}.1", started_at=DAY + timedelta(minutes=n), caller="0612345678", agent="2000", talk_s=60, recording=f"r{n}"
        )
        feed(db, call)
    feed(db, direct_call("1459328400.1", started_at=DAY + timedelta(hours=1), dialled="1002"))


def test_counts(client: TestClient, db: Db) -> None:
    tell_calls(db)
    answer = client.get(f"/api/v1/coverage?by=agent&{TIME}").json()
    assert [(one["key"], one["name"], one["should"], one["missing"]) for one in answer["items"]] == [
        ("2000", answer["items"][0]["name"], 3, 3)
    ]
    assert answer["total"]["should"] == 3 and answer["by"] == "agent" and answer["since"] == "2016-03-30T00:00:00Z"
    days = client.get(f"/api/v1/coverage?{TIME}").json()["items"]
    assert [(one["key"], one["should"]) for one in days] == [("2016-03-30", 3)]


def test_more_calls_than_are_counted_at_once(config: Config, clock: Clock, db_url: str) -> None:
    fill(db_url, MOST_COUNTED + 500)
    with TestClient(create_app(config, clock), headers={"X-Auth-Token": TOKEN}) as client:
        answer = client.get("/api/v1/coverage?by=agent&since=2024-01-01T00:00:00Z&before=2027-01-01T00:00:00Z").json()
    asking = asking_of(Policy(), clock(), datetime(2024, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    db = open_db(db_url, readers=1)
    with db.transaction("read") as tx:
        whole = count_coverage(tx, SYSTEM, asking, "agent", ZoneInfo("UTC"))
    db.close()
    assert answer["total"] == to_builtins(whole.total)
    assert answer["items"] == to_builtins(whole.items)
    assert whole.total.should > MOST_COUNTED / 2


def test_pages_of_what_is_missing(client: TestClient, db: Db) -> None:
    tell_calls(db)
    first = client.get(f"/api/v1/coverage/missing?limit=2&{TIME}").json()
    assert [(one["recordings"], one["reason"]) for one in first["items"]] == [(["r2"], "missing"), (["r1"], "missing")]
    rest = client.get(f"/api/v1/coverage/missing?limit=2&cursor={first['next']}&{TIME}").json()
    assert [one["recordings"] for one in rest["items"]] == [["r0"]] and rest["next"] is None


def test_nothing_to_count(client: TestClient) -> None:
    assert client.get("/api/v1/coverage").json()["items"] == []
    assert client.get("/api/v1/coverage/missing").json() == {"items": [], "next": None}


def test_bad_questions(client: TestClient) -> None:
    for query, field in (("by=colour", "by"), ("since=yesterday", "since"), ("x=1", "x")):
        answer = client.get(f"/api/v1/coverage?{query}")
        assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == field
