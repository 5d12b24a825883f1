"""Every request that the OpenAPI document allows, and many that it does not, in both dialects: no failure of any check, no 500."""

import json
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.schemas import BaseSchema
from starlette.applications import Starlette
from starlette.testclient import TestClient

from telegraphone.app import api_document, create_app
from telegraphone.config import Config
from telegraphone.db import open_db
from tests.api.conftest import TOKEN
from tests.api.telling import feed, put_people, queue_call
from tests.conftest import ENGINES

AUTHORISED = {"X-Auth-Token": TOKEN}
REASONS = {
    "must be after from", "must not be the name", "an administrator sees everything: no queues, agents, from or to",
    "a teacher is given queues", "a teacher is given queues within a span of time: from and to",
    "an agent sees the calls of the numbers in agents", "a key that is given some calls only may have attach, listen, read",
}  # fmt: skip
"""What no schema can tell: how fields must fit each other."""
TRIES = 8
"""For each operation and engine: some 60 s in all."""


@pytest.fixture(scope="module", params=ENGINES)
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starlette]:
    """An application with a call and its sound, whose database the requests may change."""
    folder = tmp_path_factory.mktemp("schemathesis")
    url = f"sqlite:///{folder}/t.db" if request.param == "sqlite" else _new_database(request)
    config = Config(data=folder, database=url, media=f"file://{folder}/media", token=TOKEN, timezone=ZoneInfo("Europe/Paris"), country="FR")
    app = create_app(config)
    with TestClient(app, headers=AUTHORISED) as client:
        db = open_db(url, readers=1)
        put_people(db)
        feed(db, queue_call(recording="xivocc_gateway-1459435465.15089"))
        db.close()
        client.put("/api/v1/recordings/xivocc_gateway-1459435465.15089/audio", content=Path(__file__).read_bytes())
        yield app


def _new_database(request: pytest.FixtureRequest) -> str:
    server = request.getfixturevalue("postgres")
    server.run("create database schemathesis template template0")
    url: str = server.url("schemathesis")
    return url


@pytest.fixture(scope="module")
def api(app: Starlette) -> BaseSchema:
    return schemathesis.openapi.from_asgi("/api/openapi.json", app)


def _is_untellable(problem: bytes) -> bool:
    """Whether the request was refused for what no schema can tell. The answer to HEAD says nothing."""
    errors = json.loads(problem).get("errors") if problem else None
    return bool(errors) and REASONS.issuperset(error["reason"] for error in errors)


ENDLESS = {"/api/v1/changes"}
"""Streams that go on as long as somebody listens: api/v1/test_changes.py."""
OPERATIONS = [
    (path, method) for path, item in api_document()["paths"].items() for method in item if method != "servers" and path not in ENDLESS
]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=[f"{method} {path}" for path, method in OPERATIONS])
def test_the_api(api: BaseSchema, path: str, method: str, mode: GenerationMode) -> None:
    operation = api[path][method]

    @hypothesis.settings(max_examples=TRIES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        answer = case.call(headers=AUTHORISED)
        if answer.status_code != 400 or not _is_untellable(answer.content):
            case.validate_response(answer)

    if mode is GenerationMode.POSITIVE or any(operation.iter_parameters()) or operation.body:
        ask()
