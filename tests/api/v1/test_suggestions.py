"""GET /api/v1/suggestions: while somebody types."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from telegraphone.db import Db
from tests.api.telling import direct_call, feed, put_people, queue_call
from tests.each import each

DAY = datetime(2016, 3, 30, 8, tzinfo=UTC)


@pytest.fixture
def several(db: Db) -> Db:
    put_people(db)
    colours = ["green", "grey", "Green tea", "dark green", "blue", "", "x" * 70, "vert_50%"]
    for n, colour in enumerate(colours):
        told = {"color": colour, "case": f"C{n}"}
        feed(db, queue_call(f"14593248{n}0.1", started_at=DAY + timedelta(hours=n), agent="2009" if n else "2000", queue="support", **told))
    return db


def suggested(client: TestClient, query: str) -> list[str]:
    answer = client.get(f"/api/v1/suggestions?{query}")
    assert (answer.status_code, answer.json()["next"]) == (200, None), answer.text
    return [one["value"] for one in answer.json()["items"]]


@each(("query", "found"), [
    ("field=agent&text=20", ["2000", "2009"]), ("field=agent&text=LEF%C3%88", ["2000"]), ("field=agent&text=156", ["1564"]),
    ("field=agent&text=emma%20l", ["2000"]), ("field=agent&text=nobody", []), ("field=agent&text=%25", []), ("field=agent&text=_", []),
    ("field=queue&text=car", ["3000"]), ("field=queue&text=35", ["3556"]), ("field=queue&text=sup", ["support"]),
    ("field=queue", ["3000", "3556", "support"]),
    ("field=key", ["case", "color"]), ("field=key&text=OL", ["color"]), ("field=key&text=x", []),
    ("field=value&key=color&text=gre", ["Green tea", "green", "grey", "dark green"]), ("field=value&key=color&text=%25", ["vert_50%"]),
    ("field=value&key=color", ["Green tea", "blue", "dark green", "green", "grey", "vert_50%"]), ("field=value&key=none&text=g", []),
    ("field=value&text=g", []), ("field=value&key=case&text=C3", ["C3"]),
])  # fmt: skip
def test_what_is_suggested(client: TestClient, several: Db, query: str, found: list[str]) -> None:
    assert suggested(client, query) == found


def test_names_are_told(client: TestClient, several: Db) -> None:
    for query, item in (
        ("agent&text=2000", ("2000", "Emma Lefèvre")), ("agent&text=2009", ("2009", "")), ("queue&text=cars", ("3000", "Cars")),
        ("queue&text=supp", ("support", "support")), ("key&text=case", ("case", "case")),
    ):  # fmt: skip
        assert client.get(f"/api/v1/suggestions?field={query}").json()["items"] == [{"value": item[0], "name": item[1]}]


def test_ten_at_most(client: TestClient, db: Db) -> None:
    told = {f"key{n:03}": f"value{n}" for n in range(30)}
    feed(db, direct_call("1459324800.1", started_at=DAY, **told))
    assert suggested(client, "field=key") == [f"key{n:03}" for n in range(10)]
    assert suggested(client, "field=key&text=29") == ["key029"]


def test_a_value_among_very_many(client: TestClient, db: Db) -> None:
    for n in range(6):
        feed(db, direct_call(f"1459324{n}00.1", started_at=DAY + timedelta(hours=n), case=f"C{n}"))
    with db.transaction() as tx:
        call = tx.one("select min(id) as id from calls")
        rows = [{"call_id": call["id"], "value": f"C1{n:04}"} for n in range(500)]  # type: ignore[index]
        sql = "insert into attached_data (call_id, key, value, value_key, at, is_current) values (:call_id, 'case', :value, :value, 0, 1)"
        tx.run_many(sql, rows)
    assert suggested(client, "field=value&key=case&text=C10499") == ["C10499"]
    assert suggested(client, "field=value&key=case&text=C5") == ["C5"]


@each(("query", "field"), [
    ("", "field"), ("field=colour", "field"), ("field=agent&text=%00", "text"), ("field=agent&text=" + "x" * 101, "text"),
    ("field=value&key=", "key"), ("field=agent&limit=3", "limit"),
])  # fmt: skip
def test_bad_queries(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/api/v1/suggestions?{query}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


def test_nothing_for_who_may_not_read(client: TestClient, several: Db, new_token: Callable[..., str]) -> None:
    assert client.get("/api/v1/suggestions?field=key", headers={"X-Auth-Token": new_token("listen")}).status_code == 403
