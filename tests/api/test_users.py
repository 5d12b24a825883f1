"""/users and /keys: what administrators do, and nobody else."""

from typing import Any

from starlette.testclient import TestClient

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.sql.people.access_log import list_accesses
from tests.each import each

USERS, KEYS = "/api/v1/users", "/api/v1/keys"
ANNA = {"name": "anna", "profile": "supervisor", "scope": {"queues": ["hotline"], "agents": ["2000"]}, "password": "correct horse"}
SPAN = {"from": "2016-01-01T00:00:00Z", "to": "2016-02-01T00:00:00+01:00"}


def fields(answer: Any) -> list[str]:
    return [error["field"] for error in answer.json()["errors"]]


def test_somebody_is_made_changed_and_let_in_no_more(client: TestClient, db: Db) -> None:
    made = client.post(USERS, json=ANNA)
    assert made.status_code == 201
    scope = {"queues": ["hotline"], "agents": ["2000"], "from": None, "to": None}
    anna = {
        "name": "anna", "full_name": "", "profile": "supervisor", "scope": scope, "language": "", "disabled": False,
        "created_at": "2016-04-01T12:00:00Z", "signed_in_at": None,
    }  # fmt: skip
    assert made.json() == client.get(f"{USERS}/anna").json() == client.get(f"{USERS}/ANNA").json() == anna
    assert client.get(USERS).json() == {"items": [anna], "next": None}
    changed = client.put(f"{USERS}/anna", json={"full_name": "Anna Noël", "language": "fr"}).json()
    assert changed == {**anna, "full_name": "Anna Noël", "language": "fr"}
    teacher = client.put(f"{USERS}/anna", json={"profile": "teacher", "scope": {"queues": ["3000"], **SPAN}}).json()
    assert teacher["scope"] == {"queues": ["3000"], "agents": [], "from": "2016-01-01T00:00:00Z", "to": "2016-01-31T23:00:00Z"}
    assert client.put(f"{USERS}/anna", json={"profile": "agent"}).json()["scope"] == scope | {"queues": [], "agents": []}
    assert client.put(f"{USERS}/anna", json={"password": "another long one"}).json()["profile"] == "agent"
    assert client.put(f"{USERS}/anna", json={"disabled": True}).json()["disabled"] is True
    assert client.put(f"{USERS}/anna", json={"disabled": False}).json()["disabled"] is False
    assert client.delete(f"{USERS}/anna").status_code == 204
    assert client.get(f"{USERS}/anna").json()["disabled"] is True
    with db.transaction("read") as tx:
        assert [row.action for row in reversed(list_accesses(tx, SYSTEM))] == [
            "user_add", "user_change", "user_change", "user_change", "password_change", "user_disable", "user_enable", "user_disable",
        ]  # fmt: skip


@each(("body", "field"), [
    ({"profile": "agent"}, "name"), ({"name": "x"}, "profile"), ({"name": "x", "profile": "boss"}, "profile"),
    ({"name": "a b", "profile": "agent"}, "name"), ({"name": "x", "profile": "agent", "password": "short"}, "password"),
    ({"name": "0123456789", "profile": "agent", "password": "0123456789"}, "password"), ({"name": "system", "profile": "agent"}, "name"),
    ({"name": "x", "profile": "agent", "scope": {"queue": []}}, "scope.queue"), ({"name": "x", "profile": "agent", "admin": True}, "admin"),
    ({"name": "x", "profile": "agent", "scope": {"queues": ["a"]}}, "queues"), ({"name": "x", "profile": "teacher"}, "from"),
    ({"name": "x", "profile": "supervisor", "scope": {"from": "2016-01-01"}}, "scope.from"),
    ({"name": "x", "profile": "administrator", "scope": {"agents": ["1"]}}, "profile"),
    ({"name": "x", "profile": "agent", "language": "fra"}, "language"),
])  # fmt: skip
def test_what_nobody_can_be(client: TestClient, body: Any, field: str) -> None:
    answer = client.post(USERS, json=body)
    assert (answer.status_code, fields(answer)) == (400, [field])


def test_who_is_not_there(client: TestClient) -> None:
    for name in ("nobody", "%00", "a%20b", "é", "x" * 200):
        for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
            assert client.request(method, f"{USERS}/{name}", json=body).status_code == 404


def test_conflicts(client: TestClient) -> None:
    assert client.post(USERS, json={"name": "admin", "profile": "administrator"}).status_code == 201
    assert client.post(USERS, json={"name": "ADMIN", "profile": "agent"}).status_code == 409
    assert client.delete(f"{USERS}/admin").status_code == 409, "nobody would be left"
    assert client.put(f"{USERS}/admin", json={"profile": "agent"}).status_code == 409
    assert client.post(KEYS, json={"name": "Admin", "rights": ["read"]}).status_code == 409


def test_keys(client: TestClient, db: Db) -> None:
    wanted = {"name": "crm", "rights": ["listen", "read"], "scope": {"agents": ["2000"], **SPAN}}
    made = client.post(KEYS, json=wanted)
    assert made.status_code == 201
    key = made.json()
    secret = key.pop("key")
    assert key["scope"] == {"queues": [], "agents": ["2000"], "from": "2016-01-01T00:00:00Z", "to": "2016-01-31T23:00:00Z"}
    assert (key["name"], key["rights"], key["revoked_at"]) == ("crm", ["read", "listen"], None)
    assert client.get(KEYS).json() == {"items": [key], "next": None}
    headers = {"X-Auth-Token": secret}
    assert client.get("/api/v1/session", headers=headers).json()["scope"] == key["scope"]
    assert client.get("/api/v1/calls", headers=headers).json()["items"] == []
    assert client.delete(f"{KEYS}/{key['id']}").status_code == 204
    assert client.get("/api/v1/calls", headers=headers).status_code == 401
    assert client.get(KEYS).json()["items"][0]["revoked_at"] == "2016-04-01T12:00:00Z"
    for id in (key["id"], 4711, "x", "0" * 30):
        assert client.delete(f"{KEYS}/{id}").status_code == 404
    with db.transaction("read") as tx:
        assert [(row.action, row.subject) for row in reversed(list_accesses(tx, SYSTEM))] == [("key_add", "crm"), ("key_revoke", "crm")]


@each(("body", "field"), [
    ({"name": "x"}, "rights"), ({"rights": ["read"]}, "name"), ({"name": "x", "rights": []}, "rights"),
    ({"name": "x", "rights": ["fly"]}, "rights[0]"),
    ({"name": "x", "rights": ["ingest"], "scope": {"queues": ["a"]}}, "rights"), ({"name": "token", "rights": ["read"]}, "name"),
])  # fmt: skip
def test_keys_that_make_no_sense(client: TestClient, body: Any, field: str) -> None:
    answer = client.post(KEYS, json=body)
    assert (answer.status_code, fields(answer)) == (400, [field])


def test_nobody_else(client: TestClient) -> None:
    client.post(USERS, json=ANNA)
    assert client.post("/api/v1/session", json={"name": "anna", "password": "correct horse"}).status_code == 200
    del client.headers["X-Auth-Token"]
    for method, path in (
        ("GET", USERS), ("POST", USERS), ("GET", f"{USERS}/anna"), ("PUT", f"{USERS}/anna"), ("DELETE", f"{USERS}/anna"),
        ("GET", KEYS), ("POST", KEYS), ("DELETE", f"{KEYS}/1"), ("PUT", "/api/v1/directory/agents"),
        ("POST", "/api/v1/events?source=telegraphone"),
    ):  # fmt: skip
        assert client.request(method, path, json={}, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 403
