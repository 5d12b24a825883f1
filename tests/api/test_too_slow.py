"""Questions that are given up: what the answer says, and that a client who hangs up ends his."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from telegraphone.app import DIALECTS, api_document
from telegraphone.config import Config
from telegraphone.db import Access, Db, Limits, Tx, open_db
from telegraphone.errors import TooSlow
from telegraphone.interpret import Settings
from telegraphone.media import open_media
from telegraphone.web.endpoint import Asked, Dialect, Endpoint, Services
from telegraphone.web.routes import routes_of
from telegraphone.web.ticker import Ticker
from telegraphone.web.who import Keys
from tests.each import each

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


class GivesUp(Db):
    """A database that answers nothing in time."""

    def __init__(self, db: Db) -> None:
        self._db, self.dialect, self._threads = db, db.dialect, db._threads

    @contextmanager
    def transaction(self, access: Access = "write") -> Iterator[Tx]:
        with self._db.transaction(access) as tx:
            yield tx
            raise TooSlow("the question was given up after 10 s; ask for less")


def app_of(config: Config, db: Db, *dialects: Dialect) -> Any:
    services = Services(config, db, open_media("memory://"), Keys(db, "t"), lambda: NOW, Settings(), api_document, Ticker(db))
    app = Starlette(routes=[route for dialect in dialects for route in routes_of(dialect)])

    async def with_state(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {"services": services}}, receive, send)

    return with_state


@each(("question", "body", "fields"), [
    ("POST /records/search", {}, ["start"]),
    ("POST /records/search", {"start": "2026-01-01"}, ["end"]),
    ("POST /records/search", {"start": "2026-01-01", "end": "2026-02-01"}, ["start"]),
    ("POST /records/search?page=100000", {}, ["page", "start"]),
    ("POST /records/search", {"caller": "%12%"}, ["start", "caller"]),
    ("GET /api/v1/calls?direction=internal", None, ["since"]),
    ("GET /api/v1/calls?since=2026-01-01T00:00:00Z&number=0%25", None, ["before", "number"]),
    ("GET /last_agent?callerNo=1", None, None),
])  # fmt: skip
def test_the_answer_says_what_to_narrow(config: Config, db: Db, question: str, body: Any, fields: list[str] | None) -> None:
    with TestClient(app_of(config, GivesUp(db), *DIALECTS), headers={"X-Auth-Token": "t"}) as client:
        answer = client.request(*question.split(" "), json=body)

    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    problem = answer.json()
    assert (problem["type"], problem["detail"]) == ("/api/docs#too-slow", "the question was given up after 10 s; ask for less")
    assert [error["field"] for error in problem.get("errors", ())] == (fields or [])


BEGUN, ENDED = threading.Event(), threading.Event()


def ask_forever(tx: Tx) -> None:
    BEGUN.set()
    try:
        tx.all("with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000000000000) select max(i) from n")
    finally:
        ENDED.set()


async def wait_forever(asked: Asked[Any, Any]) -> None:
    await asked.db.read(ask_forever)


ENDLESS = Dialect("endless", ("",), (Endpoint(method="GET", path="/endless", function=wait_forever, right="read"),))


@pytest.fixture
def limited(db_url: str) -> Iterator[Db]:
    opened = open_db(db_url, readers=1, limits=Limits(statement_s=3600, brief_s=3600))
    yield opened
    opened.close()


def test_a_client_who_hangs_up_ends_his_question(config: Config, limited: Db) -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.to_thread(BEGUN.wait)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "path": "/endless", "query_string": b"", "headers": [(b"x-auth-token", b"t")]}
        await app_of(config, limited, ENDLESS)(scope, receive, send)
        assert await asyncio.to_thread(ENDED.wait, 30)

    BEGUN.clear()
    ENDED.clear()
    asyncio.run(ask())
    assert sent == []
