"""How many statements a request may cost: counted, since nothing else decides so much how fast it is answered.

Two things apart: the look-up of a key, which is made once in five seconds (these requests are made with the configured token), and the
directory's names, which are read once for each edition of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM, Scope
from telegraphone.app import api_document
from telegraphone.config import Config
from telegraphone.credentials import new_session
from telegraphone.db import Access, Db, Tx
from telegraphone.interpret import Settings
from telegraphone.media import open_media
from telegraphone.sql.calls import CallFilter, list_calls
from telegraphone.sql.people.accounts import Wanted, add_account
from telegraphone.sql.people.sessions import Lasting, add_session
from telegraphone.web.endpoint import Services
from telegraphone.web.routes import routes_of
from telegraphone.web.ticker import Ticker
from telegraphone.web.who import Keys
from tests import sounds
from tests.api.telling import SPRING, direct_call, feed, put_people, queue_call
from tests.each import each


class Counted(Db):
    """A database that remembers how often it was entered and what was asked."""

    def __init__(self, db: Db) -> None:
        self._db, self.dialect, self.hops, self.statements = db, db.dialect, list[str](), 0
        self._threads = db._threads

    @contextmanager
    def transaction(self, access: Access = "write") -> Iterator[Tx]:
        with self._db.transaction(access) as tx:
            self.hops.append(access)
            yield tx
            self.statements += tx.statements
        self.written = self._db.written

    def cost(self) -> tuple[list[str], int]:
        """What was spent since the last time."""
        spent = self.hops, self.statements
        self.hops, self.statements = [], 0
        return spent


NOW = SPRING + timedelta(days=1)
FILE_ID = "xivocc_gateway-1459435465.15089"


@pytest.fixture
def counted(db: Db) -> Counted:
    put_people(db)
    feed(db, queue_call(recording=FILE_ID, color="green"))
    for n in range(30):
        feed(db, direct_call(f"1459{n:06}.1", started_at=SPRING - timedelta(hours=n), recording=f"r{n}"))
    with db.transaction("read") as tx:
        assert list_calls(tx, SYSTEM, CallFilter())
    return Counted(db)


@pytest.fixture
def client(counted: Counted, tmp_path: Path) -> Iterator[TestClient]:
    from starlette.applications import Starlette

    from telegraphone.app import DIALECTS

    config = Config(data=tmp_path, database="", media=f"file://{tmp_path}/media", token="t", timezone=ZoneInfo("UTC"), country="FR")
    clock, keys = (lambda: NOW), Keys(counted, "t", now=lambda: NOW)
    services = Services(config, counted, open_media(config.media), keys, clock, Settings(), api_document, Ticker(counted))
    app = Starlette(routes=[route for dialect in DIALECTS for route in routes_of(dialect)])

    async def with_state(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {"services": services}}, receive, send)

    with TestClient(with_state, headers={"X-Auth-Token": "t"}) as opened:
        yield opened


EVERYTHING = {
    "agent": "falconetti", "queue": "hotline", "start": "2016-03-01", "end": "2016-05-01", "callee": "735%", "caller": "load%",
    "direction": "incoming", "queueCallStatus": "answered", "key": "color", "value": "green",
}  # fmt: skip


@each("wanted", [{}, *({name: value} for name, value in EVERYTHING.items() if name != "value"), EVERYTHING])
def test_a_search_is_one_statement_or_a_few_small_ones(client: TestClient, counted: Counted, wanted: dict[str, str]) -> None:
    answer = client.post("/records/search?pageSize=20", json=wanted)
    hops, statements = counted.cost()
    assert (answer.status_code, hops) == (200, ["read"])
    assert statements <= (1 if not {*wanted} - {"start", "end"} else 4), "names, lists measured, the ids of one of them, and the calls"
    assert answer.json()["records"]


@each(("question", "body", "cost"), [
    ("POST /records/callid_search?callid=1459435466.286075", None, (["read"], 2)),
    ("POST /history", {"interface": "SIP/az9kf7"}, (["read"], 1)), ("POST /history/agent", {"agentNum": "1564"}, (["read"], 1)),
    ("GET /last_agent?callerNo=loadtester", None, (["read"], 1)), ("GET /api/v1/calls?limit=1000", None, (["read"], 1)),
    ("GET /api/v1/calls?count=true", None, (["read"], 2)), ("GET /api/v1/calls?unique_id=1459435466.286075", None, (["read"], 2)),
    ("GET /api/v1/calls?number=%25ter%25", None, (["read"], 3)), ("GET /api/v1/calls?number=%25%2312%25", None, (["read"], 1)),
    ("GET /api/v1/calls?number=%25ter%25&since=2016-03-01T00:00:00Z", None, (["read"], 4)),
    ("GET /api/v1/calls?reviewed=yes", None, (["read"], 1)), ("GET /api/v1/calls?reviewed=no", None, (["read"], 1)),
    ("GET /api/v1/searches", None, (["read"], 1)), ("GET /api/v1/overview", None, (["read"], 1)),
    ("GET /api/v1/overview?by=agent", None, (["read"], 1)),
    ("GET /api/v1/sources", None, (["read"], 1)), ("GET /api/v1/unreadable", None, (["read"], 1)),
    *((f"GET /api/v1/suggestions?field={field}&key=color", None, (["read"], 1)) for field in ("agent", "queue", "key", "value")),
    ("GET /api/v1/directory/agents", None, (["read"], 1)), ("GET /api/v1/healthz", None, ([], 0)),
    ("GET /records/search", None, ([], 0)), ("POST /records/search?page=0", None, ([], 0)),
])  # fmt: skip
def test_a_question_is_one_statement(client: TestClient, counted: Counted, question: str, body: Any, cost: Any) -> None:
    client.request(*question.split(" "), json=body)
    assert counted.cost() == cost


def test_one_call_is_one_statement(client: TestClient, counted: Counted) -> None:
    id = client.get("/api/v1/calls?limit=1").json()["items"][0]["id"]
    counted.cost()
    for path in (f"/api/v1/calls/{id}", f"/api/v1/calls/{id}/notes"):
        assert client.get(path).status_code == 200
        assert counted.cost() == (["read"], 1)


def test_writing_about_a_call_is_one_transaction(client: TestClient, counted: Counted) -> None:
    path = f"/api/v1/calls/{client.get('/api/v1/calls?limit=1').json()['items'][0]['id']}"
    counted.cost()
    note = client.post(f"{path}/notes", json={"text": "x"}).json()["id"]
    assert counted.cost() == (["write"], 4)
    for method, more in (("PUT", f"notes/{note}"), ("PUT", "review"), ("DELETE", f"notes/{note}"), ("DELETE", "review")):
        assert client.request(method, f"{path}/{more}", json={"text": "y"} if more != "review" and method == "PUT" else None).is_success
        assert counted.cost() == (["write"], 3)


def test_a_listen_is_one_transaction_that_writes_and_its_ranges_one_that_reads_or_none(client: TestClient, counted: Counted) -> None:
    """A range looks first whether its recording is being played already; the first of them finds that it is not."""
    client.put(f"/api/v1/recordings/{FILE_ID}/audio", content=sounds.wav(sounds.tone(1)))
    counted.cost()
    parts = {"Range": "bytes=0-9,20-29"}
    for path in (f"{FILE_ID}/audio", f"{FILE_ID}/audio/listen", f"{FILE_ID}/audio/result", "none/audio"):
        client.get(f"/records/{path}", headers=parts)
        hops, statements = counted.cost()
        assert hops[-1:] == ["write"], path
        assert len(hops) <= 2
        assert statements <= 4, "whether it is played, the recording, the access log, and what the download is named after"
    for cost in ((["read"], 1), ([], 0)):
        client.get(f"/records/{FILE_ID}/audio/listen", headers=parts)
        assert counted.cost() == cost
    client.get(f"/records/{FILE_ID}/audio/listen")
    assert counted.cost() == ([], 0), "it is being played"


def test_a_whole_file_is_one_transaction_that_writes_and_once_more_one_that_reads_or_none(client: TestClient, counted: Counted) -> None:
    client.put(f"/api/v1/recordings/{FILE_ID}/audio", content=sounds.wav(sounds.tone(1)))
    counted.cost()
    for path in (f"/records/{FILE_ID}/audio", f"/api/v1/recordings/{FILE_ID}/audio"):
        for cost in ((["write"], 2), (["read"], 1), ([], 0), ([], 0)):
            assert client.get(path).status_code == 200
            assert counted.cost() == cost, path
    for _ in range(2):
        client.get(f"/records/{FILE_ID}/audio/result")
        assert counted.cost() == (["write"], 2), "what is known of a recording is never believed"


def test_attaching_is_one_transaction(client: TestClient, counted: Counted) -> None:
    client.post("/call_data/1459435466.286075/attached_data", json=[{"key": f"k{n}", "value": "x"} for n in range(100)])
    hops, statements = counted.cost()
    assert (hops, statements <= 7) == (["write"], True)


def test_events_are_one_transaction_for_each_batch(client: TestClient, counted: Counted) -> None:
    events = ({"kind": "leg_started", "at": SPRING, "leg": f"{n}.1", "linked_id": f"{n}.1"} for n in range(500))
    body = b"\n".join(map(msgspec.json.encode, events))
    assert client.post("/api/v1/events?source=telegraphone", content=body).json()["accepted"] == 500
    assert counted.cost()[0] == ["write"]


def test_a_session_costs_one_look_up_more_and_then_none(client: TestClient, counted: Counted) -> None:
    """However many requests there are: it is believed for five seconds."""
    secret, sha256 = new_session()
    with counted._db.transaction() as tx:
        wanted = Wanted(profile="supervisor", scope=Scope(("3556",), ("1564",)))
        add_session(tx, add_account(tx, SYSTEM, "anna", wanted, None, NOW).id, sha256, "", NOW, Lasting())
    del client.headers["X-Auth-Token"]
    client.headers.update({"Cookie": f"telegraphone_session={secret}", "Sec-Fetch-Site": "same-origin"})
    for hops, statements in ((["read", "read"], 6), (["read"], 4), (["read"], 4)):
        assert client.post("/records/search", json=EVERYTHING).json()["records"]
        assert counted.cost() == (hops, statements), "the session, the queues of its scope by name, and the search of a limited actor: four"
    answer = client.get("/last_agent?callerNo=loadtester")
    assert (answer.status_code, counted.cost()) == (200, (["read"], 1))
