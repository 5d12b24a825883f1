"""healthz, readyz, metrics, and the documents."""

import shutil
from collections.abc import Callable
from pathlib import Path

from starlette.testclient import TestClient

from telegraphone.config import Config
from telegraphone.db import Db
from tests.api.conftest import TOKEN

NOBODY = {"X-Auth-Token": ""}


def test_alive_and_ready(client: TestClient) -> None:
    for path in ("healthz", "readyz"):
        answer = client.get(f"/api/v1/{path}", headers=NOBODY)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert client.head(f"/api/v1/{path}", headers=NOBODY).content == b""


def test_not_ready_without_a_database(client: TestClient, config: Config, db: Db) -> None:
    with db.transaction() as tx:
        tx.run("alter table api_keys rename to lost")
    answer = client.get("/api/v1/readyz")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert client.get("/api/v1/healthz").status_code == 200


def test_metrics_need_a_token_of_any_right(client: TestClient, new_token: Callable[..., str]) -> None:
    client.get("/last_agent?callerNo=1")
    assert client.get("/api/v1/metrics", headers=NOBODY).status_code == 401
    answer = client.get("/api/v1/metrics", headers={"X-Auth-Token": new_token("read")})
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'telegraphone_requests_total{method="GET",path="/last_agent",status="404"}' in answer.text


def test_the_documents_need_no_token(client: TestClient) -> None:
    document = client.get("/api/openapi.json", headers=NOBODY).json()
    assert document["openapi"].startswith("3.1")
    assert {"/records/search", "/history", "/api/v1/calls/{id}", "/api/v1/calls/{id}/attached_data/{key}"} <= set(document["paths"])
    assert document["paths"]["/records/search"]["servers"] == [{"url": "/"}, {"url": "/recording"}]
    page = client.get("/api/docs", headers=NOBODY)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "<script" not in page.text
    assert "//" not in page.text.replace("<!doctype", "").split("<style>")[0]
    for path in document["paths"]:
        assert path in page.text
    assert 'id="not-found"' in page.text, "where the type of a problem leads"


def test_the_documents_tell_nothing_secret(client: TestClient) -> None:
    assert TOKEN not in client.get("/api/openapi.json").text + client.get("/api/docs").text


def test_media_that_is_gone(client: TestClient, config: Config) -> None:
    """A folder that vanished holds nothing, which is an answer; it is told by what is then missing."""
    shutil.rmtree(Path(config.media.removeprefix("file://")))
    assert client.get("/api/v1/readyz").status_code in (200, 503)
