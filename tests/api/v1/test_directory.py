"""GET and PUT /api/v1/directory/{kind}."""

from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from telegraphone.db import Db
from tests.each import each

EMMA = {"kind": "agent", "number": "2000", "name": "", "firstname": "Emma", "lastname": "Lefèvre", "interface": "", "display_name": ""}


def test_a_kind_is_replaced_whole(client: TestClient, example: Db) -> None:
    before = client.get("/api/v1/directory/agents").json()
    assert [(entry["kind"], entry["number"]) for entry in before] == [("agent", "1564"), ("agent", "2000")]
    answer = client.put("/api/v1/directory/agents", json=[EMMA])
    assert (answer.status_code, answer.json()) == (200, [EMMA])
    assert client.get("/api/v1/directory/agents").json() == [EMMA]
    assert len(client.get("/api/v1/directory/users").json()) == 2
    assert client.post("/records/search").json()["records"][0]["agent"] == "1564", "an agent who is not in the directory is a number"


def test_names_are_found_as_they_are_now(client: TestClient, example: Db) -> None:
    client.put("/api/v1/directory/agents", json=[{"number": "1564", "firstname": "Zoë", "lastname": "Ångström"}])
    assert client.post("/records/search", json={"agent": "angstrom"}).json()["records"][0]["agent"] == "Zoë Ångström (1564)"
    client.put("/api/v1/directory/queues", json=[{"name": "hotline", "number": "99", "display_name": "Ligne chaude"}])
    assert client.post("/records/search", json={"queue": "CHAUDE"}).json()["records"][0]["queue"] == "Ligne chaude (99)"


BAD: list[tuple[Any, str]] = [
    ([{"number": "1", "colour": "x"}], "[0].colour"), ([{"number": 1}], "[0].number"), ([{"number": "1", "kind": "queue"}], "[0].kind"),
    ([{"number": "1", "kind": "cat"}], "[0].kind"), ([{"name": "x"}], "[0].number"), ([{"number": ""}], "[0].number"),
    ({"number": "1"}, "body"), ([{"number": "1", "name": "\0"}], "[0].name"), ([{"number": "1", "name": "x" * 201}], "[0].name"),
]  # fmt: skip


@each(("body", "field"), BAD)
def test_bad_entries_change_nothing(client: TestClient, example: Db, body: Any, field: str) -> None:
    before = client.get("/api/v1/directory/agents").json()
    answer = client.put("/api/v1/directory/agents", json=body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert client.get("/api/v1/directory/agents").json() == before


def test_twice_is_a_conflict(client: TestClient, example: Db) -> None:
    answer = client.put("/api/v1/directory/agents", json=[{"number": "1"}, {"number": "2"}, {"number": "1"}])
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "[2].number")
    assert len(client.get("/api/v1/directory/agents").json()) == 2


def test_other_kinds(client: TestClient) -> None:
    assert client.get("/api/v1/directory/cats").status_code == 404
    assert client.put("/api/v1/directory/cats", json=[]).status_code == 404
    assert client.put("/api/v1/directory/queues", json=[]).json() == []


def test_rights(client: TestClient, new_token: Callable[..., str]) -> None:
    reader = {"X-Auth-Token": new_token("read", "ingest", "attach", "listen")}
    assert client.get("/api/v1/directory/agents", headers=reader).status_code == 200
    assert client.put("/api/v1/directory/agents", json=[], headers=reader).status_code == 403
    assert client.put("/api/v1/directory/agents", json=[], headers={"X-Auth-Token": new_token("admin", name="boss")}).status_code == 200
