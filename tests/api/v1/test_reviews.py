"""The mark that a call was reviewed: by one person, and shown with the call."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.sql.people.access_log import list_accesses
from tests.api.telling import direct_call, feed
from tests.each import each

DAY = datetime(2016, 3, 30, 8, tzinfo=UTC)


@pytest.fixture
def calls(db: Db) -> list[int]:
    return [n for hour in range(3) for n in feed(db, direct_call(f"14593284{hour}0.1", started_at=DAY + timedelta(hours=hour))).calls]


@pytest.fixture
def anna(new_token: Callable[..., str]) -> dict[str, str]:
    return {"X-Auth-Token": new_token("read", "attach", name="anna")}


@pytest.fixture
def bruno(new_token: Callable[..., str]) -> dict[str, str]:
    return {"X-Auth-Token": new_token("read", "attach", name="bruno")}


def listed(client: TestClient, query: str) -> list[int]:
    return [call["id"] for call in client.get(f"/api/v1/calls?{query}").json()["items"]]


def test_a_call_is_marked_and_the_mark_taken_off(client: TestClient, calls: list[int], anna: dict[str, str]) -> None:
    path = f"/api/v1/calls/{calls[1]}"
    answer = client.put(f"{path}/review", json={"comment": "fine"}, headers=anna)
    mark = {"reviewer": "anna", "reviewed_at": "2016-04-01T12:00:00Z", "comment": "fine"}
    assert (answer.status_code, answer.json()) == (200, mark)
    assert client.get(path).json()["review"] == mark
    assert [call["review"] for call in client.get("/api/v1/calls").json()["items"]] == [None, mark, None]
    assert (listed(client, "reviewed=yes"), listed(client, "reviewed=no")) == ([calls[1]], [calls[2], calls[0]])
    assert listed(client, "reviewed=any") == calls[::-1]
    assert listed(client, "reviewed=yes&number=1002&outcome=missed") == []
    assert client.put(f"{path}/review", headers=anna).json()["comment"] == ""
    assert [client.delete(f"{path}/review", headers=anna).status_code for _ in range(2)] == [204, 404]
    assert client.get(path).json()["review"] is None


def test_the_second_reviewer_is_told(client: TestClient, calls: list[int], anna: dict[str, str], bruno: dict[str, str]) -> None:
    path = f"/api/v1/calls/{calls[0]}/review"
    client.put(path, json={}, headers=anna)
    late = client.put(path, json={}, headers=bruno)
    assert (late.status_code, late.json()["detail"]) == (409, f"anna has reviewed call {calls[0]} already")
    assert client.delete(path, headers=bruno).status_code == 403
    assert client.put(path, json={}).json()["reviewer"] == "token", "an administrator takes it over"
    assert client.delete(path).status_code == 204


@each(("body", "status"), [({"comment": 1}, 400), ({"comment": "x" * 4001}, 400), ({"comment": "\0"}, 400), ({"score": 5}, 400)])
def test_bad_marks(client: TestClient, calls: list[int], body: Any, status: int) -> None:
    assert client.put(f"/api/v1/calls/{calls[0]}/review", json=body).status_code == status
    assert listed(client, "reviewed=yes") == []


def test_no_such_call_and_no_right(client: TestClient, calls: list[int], new_token: Callable[..., str]) -> None:
    assert client.put("/api/v1/calls/1/review", json={}).status_code == 404
    assert client.delete("/api/v1/calls/x/review").status_code == 404
    reader = {"X-Auth-Token": new_token("read")}
    assert client.put(f"/api/v1/calls/{calls[0]}/review", json={}, headers=reader).status_code == 403


def test_what_was_done_is_written_down(client: TestClient, calls: list[int], db: Db) -> None:
    client.put(f"/api/v1/calls/{calls[0]}/review", json={"comment": "so so"})
    client.delete(f"/api/v1/calls/{calls[0]}/review")
    with db.transaction("read") as tx:
        log = list_accesses(tx, SYSTEM)
    assert [(row.action, row.call_id, row.subject) for row in reversed(log)] == [
        ("review", calls[0], "so so"), ("remove_review", calls[0], "the mark of token"),
    ]  # fmt: skip
