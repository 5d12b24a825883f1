"""Notes on a call: written, changed by their author, and by two people at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.sql.people.access_log import list_accesses
from tests.api.conftest import Clock
from tests.api.telling import direct_call, feed
from tests.each import each

DAY = datetime(2016, 3, 30, 8, tzinfo=UTC)


@pytest.fixture
def path(db: Db) -> str:
    (number,) = feed(db, direct_call("1459328400.1", started_at=DAY, recording="r1")).calls
    feed(db, direct_call("1459328500.1", started_at=DAY, recording="r2"))
    return f"/api/v1/calls/{number}/notes"


@pytest.fixture
def anna(new_token: Callable[..., str]) -> dict[str, str]:
    return {"X-Auth-Token": new_token("read", "attach", name="anna")}


@pytest.fixture
def bruno(new_token: Callable[..., str]) -> dict[str, str]:
    return {"X-Auth-Token": new_token("read", "attach", name="bruno")}


def test_a_note_is_written_changed_and_removed(client: TestClient, path: str, clock: Clock, anna: dict[str, str]) -> None:
    assert client.get(path).json() == {"items": [], "next": None}
    written = client.post(path, json={"text": "Good greeting", "recording": "r1", "at_s": 2.25}, headers=anna)
    note = {
        "id": written.json()["id"], "text": "Good greeting", "recording": "r1", "at_s": 2.25, "author": "anna",
        "written_at": "2016-04-01T12:00:00Z", "updated_by": "anna", "updated_at": "2016-04-01T12:00:00Z",
    }  # fmt: skip
    assert (written.status_code, written.json()) == (201, note)
    assert client.get(path.removesuffix("/notes")).json()["notes"] == 1
    clock.now += timedelta(minutes=1)
    changed = client.put(f"{path}/{note['id']}", json={"text": "Très bien 😀\n=1+1"}, headers=anna)
    note |= {"text": "Très bien 😀\n=1+1", "recording": None, "at_s": None, "updated_at": "2016-04-01T12:01:00Z"}
    assert (changed.status_code, changed.json()) == (200, note)
    assert client.get(path).json()["items"] == [note]
    assert [client.delete(f"{path}/{note['id']}", headers=anna).status_code for _ in range(2)] == [204, 404]
    assert client.get(path).json()["items"] == []


def test_of_two_editors_the_later_is_told(client: TestClient, path: str, anna: dict[str, str]) -> None:
    note = client.post(path, json={"text": "one"}, headers=anna).json()
    seen = {"updated_at": note["updated_at"]}
    admin = client.put(f"{path}/{note['id']}", json={"text": "two", **seen})
    assert admin.status_code == 200, "the clock stood still meanwhile"
    late = client.put(f"{path}/{note['id']}", json={"text": "three", **seen}, headers=anna)
    assert (late.status_code, late.json()["detail"]) == (409, "updated_at: token has changed this note meanwhile")
    assert [n["text"] for n in client.get(path).json()["items"]] == ["two"]
    again = client.put(f"{path}/{note['id']}", json={"text": "three", "updated_at": admin.json()["updated_at"]}, headers=anna)
    assert (again.status_code, again.json()["updated_by"]) == (200, "anna")


def test_whose_notes(client: TestClient, path: str, anna: dict[str, str], bruno: dict[str, str]) -> None:
    """Everybody who sees the call reads them; the author and administrators change them."""
    note = client.post(path, json={"text": "one"}, headers=anna).json()
    assert client.get(path, headers=bruno).json()["items"] == [note]
    assert client.put(f"{path}/{note['id']}", json={"text": "mine"}, headers=bruno).status_code == 403
    assert client.delete(f"{path}/{note['id']}", headers=bruno).status_code == 403
    assert client.get(path).json()["items"] == [note]
    assert client.delete(f"{path}/{note['id']}").status_code == 204


def test_rights(client: TestClient, path: str, new_token: Callable[..., str]) -> None:
    reader, nobody = {"X-Auth-Token": new_token("read")}, {"X-Auth-Token": new_token("ingest", name="pbx")}
    assert [client.get(path, headers=h).status_code for h in (reader, nobody)] == [200, 403]
    assert [client.post(path, json={"text": "x"}, headers=h).status_code for h in (reader, nobody)] == [403, 403]


@each(("body", "status"), [
    ({}, 400), ({"text": ""}, 400), ({"text": " \n"}, 400), ({"text": "x\0"}, 400), ({"text": "x" * 4001}, 400),
    ({"text": "x", "at_s": -1}, 400), ({"text": "x", "at_s": "1"}, 400), ({"text": "x", "recording": "a/b"}, 400),
    ({"text": "x", "recording": "r2"}, 409), ({"text": "x", "recording": "none"}, 409), ({"text": "x", "colour": 1}, 400),
])  # fmt: skip
def test_bad_notes(client: TestClient, path: str, body: Any, status: int) -> None:
    assert client.post(path, json=body).status_code == status
    note = client.post(path, json={"text": "kept"}).json()
    assert client.put(f"{path}/{note['id']}", json=body).status_code == status
    assert client.get(path).json()["items"] == [note]
    client.delete(f"{path}/{note['id']}")


@each("note", ["0", "x", "-1", "9" * 30, "%00", "١"])
def test_no_such_note(client: TestClient, path: str, note: str) -> None:
    assert client.put(f"{path}/{note}", json={"text": "x"}).status_code == 404
    assert client.delete(f"{path}/{note}").status_code == 404


def test_a_note_belongs_to_its_call_alone(client: TestClient, path: str) -> None:
    note = client.post(path, json={"text": "x"}).json()["id"]
    other = next(call["id"] for call in client.get("/api/v1/calls").json()["items"] if f"/{call['id']}/" not in path)
    assert client.put(f"/api/v1/calls/{other}/notes/{note}", json={"text": "y"}).status_code == 404
    assert client.delete(f"/api/v1/calls/{other}/notes/{note}").status_code == 404
    for method, body in (("GET", None), ("POST", {"text": "x"})):
        assert client.request(method, "/api/v1/calls/1/notes", json=body).status_code == 404


def test_what_was_done_is_written_down(client: TestClient, path: str, db: Db, anna: dict[str, str]) -> None:
    note = client.post(path, json={"text": "one", "recording": "r1"}, headers=anna).json()["id"]
    client.put(f"{path}/{note}", json={"text": "two"}, headers=anna)
    client.delete(f"{path}/{note}")
    with db.transaction("read") as tx:
        log = list_accesses(tx, SYSTEM)
    assert [(row.actor, row.action, row.subject, row.file_id) for row in reversed(log) if row.action != "key_add"] == [
        ("anna", "add_note", f"note {note}", "r1"), ("anna", "change_note", f"note {note}", ""),
        ("token", "remove_note", f"note {note} of anna: two", ""),
    ]  # fmt: skip
