"""Nobody learns anything of a call that is not given to him.

Two worlds: one with random calls, and one that has only those of them which an actor is given. To every address, asked of every call and
recording of the full world, the actor must get the same answer in both, to the byte; and nothing that he asks changes a call that is
not his. An endpoint that is missing in `leaks.ASKS` fails: whoever adds one says there how it is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from starlette.routing import Route
from starlette.testclient import TestClient

from telegraphone.access import PROFILES, SYSTEM, Scope
from telegraphone.app import DIALECTS, create_app
from telegraphone.config import Config
from telegraphone.credentials import new_key, new_session
from telegraphone.db import Db, Tx, open_db
from telegraphone.sql.calls import CallFilter, list_calls
from telegraphone.sql.directory import put_directory
from telegraphone.sql.people.accounts import Wanted, add_account
from telegraphone.sql.people.api_keys import add_key
from telegraphone.sql.people.sessions import Lasting, add_session
from telegraphone.web.endpoint import Asked, Dialect, Endpoint
from telegraphone.web.routes import routes_of
from tests.api import leaks
from tests.api.leaks import ASKS, SOUND, TELL_NOTHING, Question, Told, World, is_given
from tests.conftest import ENGINES
from tests.sql.made import at

NOW = at(3600)
TABLES = (
    "call_notes",
    "call_reviews",
    "saved_searches",
    "attached_data",
    "call_agents",
    "call_queues",
    "call_legs",
    "recordings",
    "calls",
    "clusters",
    "access_log",
    "sessions",
    "accounts",
    "api_keys",
)
SHOWN = (
    "content-type",
    "content-length",
    "content-range",
    "content-disposition",
    "etag",
    "last-modified",
    "retry-after",
    "allow",
    "location",
)


class Store(NamedTuple):
    """A database and the application that answers from it."""

    db: Db
    client: TestClient


@pytest.fixture(scope="module", params=ENGINES)
def stores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Store]]:
    """The full world and the one of what is given; both are emptied for each example."""
    folder = tmp_path_factory.mktemp("leaks")
    (folder / "media").mkdir()
    (folder / "media" / "sound.wav").write_bytes(SOUND)
    urls = []
    for name in ("full", "given"):
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres")
            server.run(f"create database leaks_{name} template template0")
            urls.append(server.url(f"leaks_{name}"))
        else:
            urls.append(f"sqlite:///{folder}/{name}.db")
    with opened(folder, urls[0]) as full, opened(folder, urls[1]) as given_:
        yield full, given_


@contextmanager
def opened(folder: Path, url: str) -> Iterator[Store]:
    config = Config(data=folder, database=url, media=f"file://{folder}/media", token="t", timezone=ZoneInfo("Europe/Paris"), country="FR")
    app = create_app(config, lambda: NOW)
    app.router.routes += routes_of(FORGETFUL)
    with TestClient(app) as client:
        db = open_db(url, readers=1)
        yield Store(db, client)
        db.close()


async def _forgetful(asked: Asked[None, None]) -> list[str]:
    """Reads calls as the system, whoever asks."""
    return [call.call.caller.number for call in await asked.db.read(list_calls, SYSTEM, CallFilter())]


FORGETFUL = Dialect(
    "forgetful", ("/forgetful",), (Endpoint(method="GET", path="/callers", function=_forgetful, right="read", answer=list[str]),)
)


def test_every_endpoint_is_asked() -> None:
    """A new one fails here until `leaks.ASKS` says how to ask it."""
    served = {(dialect.name, one.method, one.path) for dialect in DIALECTS for one in dialect.endpoints if one.method != "HEAD"}
    assert served == ASKS.keys() | TELL_NOTHING.keys()


def let_in(tx: Tx, profile: str, scope: Scope | None) -> dict[str, str]:
    """The headers of such an actor."""
    if profile == "key":
        secret, sha256 = new_key()
        add_key(tx, SYSTEM, "crm", ["read", "listen", "attach"], sha256, NOW, scope)
        return {"X-Auth-Token": secret}
    assert profile in PROFILES
    account = add_account(tx, SYSTEM, "anna", Wanted(profile=profile, scope=scope or Scope()), None, NOW)  # type: ignore[arg-type]
    secret, sha256 = new_session()
    add_session(tx, account.id, sha256, "", NOW, Lasting())
    return {"Cookie": f"telegraphone_session={secret}", "Sec-Fetch-Site": "same-origin"}


def prepare(store: Store, told: list[Told], profile: str, scope: Scope | None, *, is_full: bool) -> tuple[dict[str, str], World]:
    with store.db.transaction() as tx:
        for table in TABLES:
            tx.run(f"delete from {table}")
        for kind, entries in leaks.PEOPLE.items():
            put_directory(tx, SYSTEM, kind, entries)
        ids = leaks.fill(tx, told, with_unmatched=is_full or is_all(scope))
        return let_in(tx, profile, scope), World(told, ids)


def is_all(scope: Scope | None) -> bool:
    """Then recordings that belong to no call are given as well."""
    return scope is None or scope == Scope(("*",), scope.agents)


def answer(store: Store, question: Question, headers: dict[str, str]) -> tuple[Any, ...]:
    body = None if question.body is None else msgspec.json.encode(question.body)
    got = store.client.request(question.method, question.url, content=body, headers={**headers, **question.headers})
    assert got.status_code < 500, (question, got.text)
    return got.status_code, {name: got.headers[name] for name in SHOWN if name in got.headers}, got.content


def hidden_state(store: Store, ids: list[int]) -> list[Any]:
    """Everything about calls that are not given."""
    with store.db.transaction("read") as tx:
        marks = tx.dialect.list_argument(ids)
        rows = [
            tx.all(f"select * from {table} where {tx.dialect.any_of(column, 'ids')} order by 1, 2", ids=marks)
            for table, column in (
                ("calls", "id"),
                ("attached_data", "call_id"),
                ("recordings", "call_id"),
                ("call_notes", "call_id"),
                ("call_reviews", "call_id"),
            )
        ]
        return [*rows, tx.all("select * from recordings where call_id is null")]


def check(stores: tuple[Store, Store], told: list[Told], profile: str, scope: Scope | None) -> None:
    full, given_ = stores
    own = [one for one in told if is_given(one.call, scope)]
    headers, world = prepare(full, told, profile, scope, is_full=True)
    own_headers, own_world = prepare(given_, own, profile, scope, is_full=False)
    hidden = [id for id, one in zip(world.ids, told, strict=True) if one not in own]
    assert {*own_world.ids} == {*world.ids} - {*hidden}, "the same calls have the same numbers in both worlds"
    listed = full.client.get("/api/v1/calls?limit=1000", headers=headers).json()["items"]
    assert {call["id"] for call in listed} == {*own_world.ids}, "what is given is found"
    before = hidden_state(full, hidden)
    for name, ask in ASKS.items():
        for question in ask(world):
            assert answer(full, question, headers) == answer(given_, question, own_headers), (name, question)
    assert hidden_state(full, hidden) == before or is_all(scope)


@settings(
    max_examples=10, deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(leaks.calls(), leaks.scopes())
def test_nobody_learns_of_what_is_not_given(stores: tuple[Store, Store], told: list[Told], given: tuple[str, Scope | None]) -> None:
    check(stores, told, *given)


@pytest.mark.parametrize("profile", [*PROFILES, "key"])
def test_each_profile_where_much_is_hidden(stores: tuple[Store, Store], profile: str) -> None:
    """A main call and its consultation, two PBXs with one unique id, a caller of both: each time one is given and one is not."""
    scope = {
        "administrator": None, "supervisor": Scope(("3000",), ("2001",)), "teacher": Scope(("cars",), (), at(0), at(250)),
        "agent": Scope((), ("2001",)), "key": Scope(("*",), (), at(200), at(400)),
    }[profile]  # fmt: skip
    check(stores, TANGLE, profile, scope)


def _tangle() -> list[Told]:
    made = [
        leaks.call(1, 100, "", "0612345678", ["hotline"], ["2000"], ("2001",)),
        leaks.call(2, 200, "", "0612345678", ["cars"], ["2001"], ()), leaks.call(4, 300, "", "0612345678", [], [], ("2001",)),
    ]  # fmt: skip
    main, consultation, alone = made
    consultation = msgspec.structs.replace(
        consultation, consultation_of=(main.linked_id, 0), unique_ids=(*consultation.unique_ids, main.linked_id)
    )
    twin = leaks.call(5, 400, alone.linked_id, "0698765432", ["cars"], ["2001"], ())
    return [Told("pbx1", main), Told("pbx1", consultation, True), Told("pbx1", alone), Told("pbx2", twin)]


TANGLE = _tangle()


def test_an_endpoint_that_forgets_is_found(stores: tuple[Store, Store]) -> None:
    scope = Scope((), ("2001",))
    headers, _ = prepare(stores[0], TANGLE, "agent", scope, is_full=True)
    own_headers, _ = prepare(stores[1], [one for one in TANGLE if is_given(one.call, scope)], "agent", scope, is_full=False)
    question = Question("GET", "/forgetful/callers")
    assert isinstance(stores[0].client.app.router.routes[-1], Route)  # type: ignore[attr-defined]
    assert answer(stores[0], question, headers) != answer(stores[1], question, own_headers)
