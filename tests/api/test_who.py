"""Who may ask, and how whatever goes wrong is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM
from telegraphone.app import DIALECTS, create_app
from telegraphone.config import Config
from telegraphone.db import Db
from telegraphone.sql.people.api_keys import revoke_key
from telegraphone.web.endpoint import Asked, Dialect, Endpoint
from telegraphone.web.routes import routes_of
from tests.api.conftest import TOKEN, Clock
from tests.each import each

OPERATIONS = [
    (prefix + endpoint.path.replace("{key:path}", "k").replace("{id}", "1"), endpoint.method)
    for dialect in DIALECTS for prefix in dialect.prefixes for endpoint in dialect.endpoints if endpoint.needs_token
]  # fmt: skip
WRONG: list[dict[str, str]] = [
    {}, {"X-Auth-Token": "wrong"}, {"X-Auth-Token": TOKEN[:-1]}, {"X-Auth-Token": TOKEN + "x"}, {"X-Auth-Token": TOKEN.lower()},
    {"Authorization": f"Basic {TOKEN}"}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}, {"X-Auth-Token": " "},
    {"X-Auth-Token": "wrong", "Authorization": f"Bearer {TOKEN}"}, {"Cookie": f"X-Auth-Token={TOKEN}"},
]  # fmt: skip


@pytest.fixture
def nobody(client: TestClient) -> TestClient:
    del client.headers["X-Auth-Token"]
    return client


@each(("path", "method"), OPERATIONS)
def test_nothing_without_a_token(nobody: TestClient, path: str, method: str) -> None:
    for headers in ({}, {"X-Auth-Token": "wrong"}):
        answer = nobody.request(method, path, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith("Bearer")


@each("headers", WRONG)
def test_wrong_tokens(nobody: TestClient, headers: dict[str, str]) -> None:
    assert nobody.get("/last_agent?callerNo=1", headers=headers).status_code == 401


@each("name", ["token", "X-Auth-Token", "x-auth-token", "access_token"])
def test_no_token_is_read_from_a_url(nobody: TestClient, name: str) -> None:
    assert nobody.post("/records/search", params={name: TOKEN}).status_code == 401


@each("headers", [
    {"X-Auth-Token": TOKEN}, {"x-auth-token": f" {TOKEN} "}, {"Authorization": f"Bearer {TOKEN}"}, {"authorization": f"bearer  {TOKEN}"},
    {"X-Auth-Token": TOKEN, "Authorization": "Basic x"},
])  # fmt: skip
def test_the_documented_token(nobody: TestClient, headers: dict[str, str]) -> None:
    assert nobody.post("/records/search", headers=headers).status_code == 200


def test_without_a_configured_token_nobody_has_it(config: Config, clock: Clock) -> None:
    with TestClient(create_app(msgspec.structs.replace(config, token=""), clock)) as client:
        for headers in ({}, {"X-Auth-Token": ""}, {"Authorization": "Bearer "}):
            assert client.post("/records/search", headers=headers).status_code == 401


def test_a_key_until_it_is_revoked(db: Db, nobody: TestClient, new_token: Callable[..., str], clock: Clock) -> None:
    headers = {"X-Auth-Token": new_token("read")}
    assert nobody.post("/records/search", headers=headers).status_code == 200
    assert nobody.post("/call_data/1.1/attached_data", json=[], headers=headers).status_code == 403
    with db.transaction() as tx:
        revoke_key(tx, SYSTEM, "crm", clock.now)
    assert nobody.post("/records/search", headers=headers).status_code in (200, 401), "for five seconds it may be believed: see test_web.py"


def test_the_right_is_looked_at_before_the_request(client: TestClient, new_token: Callable[..., str]) -> None:
    """Who may not ask learns nothing of what he asked."""
    headers = {"X-Auth-Token": new_token("attach")}
    assert client.post("/records/search?page=0", content=b"{", headers=headers).status_code == 403


def test_admin_has_every_right(client: TestClient, new_token: Callable[..., str]) -> None:
    headers = {"X-Auth-Token": new_token("admin")}
    assert client.post("/records/search", headers=headers).status_code == 200
    assert client.put("/api/v1/directory/agents", json=[], headers=headers).status_code == 200


@each("path", [
    "/nothing", "/records", "/records/search/", "/api", "/recording", "/recording/api/v1/calls", "/api/v1/calls/1/2",
    "/records/%2e%2e%2fetc/audio", "/api/v1/directory/cats", "/RECORDS/search",
])  # fmt: skip
def test_paths_that_are_none(client: TestClient, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@each(("method", "path", "allowed"), [
    ("GET", "/records/search", "POST"), ("DELETE", "/records/x/audio", "GET, HEAD"), ("OPTIONS", "/last_agent", "GET, HEAD"),
    ("PATCH", "/api/v1/recordings/x/audio", "GET, HEAD, PUT"), ("TRACE", "/history", "POST"), ("BREW", "/api/docs", "GET, HEAD"),
])  # fmt: skip
def test_methods_that_are_none(client: TestClient, method: str, path: str, allowed: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"], answer.headers["allow"]) == (405, "application/problem+json", allowed)


def test_head_is_get_without_a_body(client: TestClient, example: Db) -> None:
    for path in ("/api/v1/calls", "/api/docs", "/api/openapi.json", "/last_agent?callerNo=loadtester", "/last_agent"):
        got, head = client.get(path), client.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["content-length"] == got.headers["content-length"]


def test_a_bug_tells_nothing(config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    """500 as a problem, the trace in the log, and nothing of it in the answer."""

    async def broken(asked: Asked[None, None]) -> Response:
        raise ZeroDivisionError("secret")

    dialect = Dialect("broken", ("",), (Endpoint(method="GET", path="/broken", function=broken, needs_token=False),))

    class Nothing:
        def clock(self) -> None:
            return None

    async def with_state(scope: Any, receive: Any, send: Any) -> None:
        await Starlette(routes=routes_of(dialect))({**scope, "state": {"services": Nothing()}}, receive, send)

    answer = TestClient(with_state).get("/broken")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
    assert "ZeroDivisionError" in "".join(capsys.readouterr())


def test_nothing_is_written_where_nothing_was_asked(client: TestClient, config: Config) -> None:
    """A refused upload leaves no file behind."""
    client.put("/api/v1/recordings/x/audio", content=b"")
    assert not list(Path(config.data).glob("spool/*"))
