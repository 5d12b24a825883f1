"""Saved searches: each has his own."""

from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from telegraphone.sql.people.searches import MOST_SEARCHES
from tests.each import each


@each("name", ["Yesterday's lost calls", "a/b", "é 😀", "..", "x" * 100])
def test_a_search_is_kept_changed_and_removed(client: TestClient, name: str) -> None:
    from urllib.parse import quote

    path = f"/api/v1/searches/{quote(name, safe='').replace('..', '%2e%2e')}"
    for query in ("agent=2001&outcome=missed", ""):
        kept = client.put(path, json={"query": query})
        assert (kept.status_code, kept.json()) == (200, {"name": name, "query": query, "saved_at": "2016-04-01T12:00:00Z"})
        assert client.get(path).json() == kept.json()
        assert client.get("/api/v1/searches").json() == {"items": [kept.json()], "next": None}
    assert [client.delete(path).status_code for _ in range(2)] == [204, 404]
    assert client.get(path).status_code == 404


def test_each_has_his_own(client: TestClient, new_token: Callable[..., str]) -> None:
    anna, bruno = ({"X-Auth-Token": new_token("read", name=name)} for name in ("anna", "bruno"))
    for who, query in ((anna, "agent=1"), (bruno, "agent=2")):
        client.put("/api/v1/searches/mine", json={"query": query}, headers=who)
    assert client.get("/api/v1/searches/mine", headers=anna).json()["query"] == "agent=1"
    assert client.delete("/api/v1/searches/mine", headers=anna).status_code == 204
    assert [len(client.get("/api/v1/searches", headers=who).json()["items"]) for who in (anna, bruno)] == [0, 1]
    assert client.get("/api/v1/searches").json()["items"] == [], "not even administrators see them"


def test_there_are_not_endlessly_many(client: TestClient) -> None:
    for n in range(MOST_SEARCHES):
        client.put(f"/api/v1/searches/{n}", json={"query": ""})
    assert client.put("/api/v1/searches/more", json={"query": ""}).status_code == 409
    assert client.put("/api/v1/searches/1", json={"query": "x"}).status_code == 200


@each(("name", "body", "field"), [
    ("x" * 101, {"query": ""}, "name"), ("%00", {"query": ""}, "name"), ("a", {}, "query"), ("a", {"query": 1}, "query"),
    ("a", {"query": "x" * 4001}, "query"), ("a", {"query": "", "b": 1}, "b"),
])  # fmt: skip
def test_bad_searches(client: TestClient, name: str, body: Any, field: str) -> None:
    answer = client.put(f"/api/v1/searches/{name}", json=body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert client.get("/api/v1/searches").json()["items"] == []
