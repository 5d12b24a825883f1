"""GET /api/v1/calls.csv: what a table program and a parser of RFC 4180 make of it."""

import asyncio
import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Message

from telegraphone.access import SYSTEM
from telegraphone.api.v1.calls_csv import COLUMNS, PAGE, cell
from telegraphone.app import create_app
from telegraphone.config import Config
from telegraphone.db import Db
from telegraphone.sql.people.access_log import list_accesses
from tests.api.conftest import TOKEN
from tests.api.telling import direct_call, feed, put_people, queue_call
from tests.each import each
from tests.sql.made import made, put

AUTUMN = datetime(2016, 10, 30, 0, 30, tzinfo=UTC)
"""02:30 in Paris, for the first time; an hour later it is again."""


@pytest.fixture
def several(db: Db) -> Db:
    put_people(db)
    feed(
        db,
        queue_call("1459324800.1", started_at=AUTUMN, caller="+33612345678", agent="2000", talk_s=60, recording="r1", note='a "b", c\r\nd'),
    )
    feed(db, direct_call("1459328400.1", started_at=AUTUMN + timedelta(hours=1), dialled="1002", talk_s=None))
    return db


def table(client: TestClient, query: str = "", **more: str) -> list[dict[str, str]]:
    answer = client.get(f"/api/v1/calls.csv?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8; header=present")
    return list(csv.DictReader(io.StringIO(answer.text, newline=""), **more, strict=True))  # type: ignore[call-overload]


def test_a_table(client: TestClient, several: Db) -> None:
    later, first = table(client)
    assert tuple(first) == COLUMNS
    assert first | {"id": "", "dialled_name": "", "caller_name": "", "answered_by_name": ""} == {
        "id": "", "pbx": "pbx1", "unique_id": "1459324800.1", "started_at": "2016-10-30 02:30:00", "utc_offset": "+02:00",
        "answered_at": "2016-10-30 02:30:04", "ended_at": "2016-10-30 02:31:04", "direction": "incoming", "outcome": "answered",
        "caller_number": "+33612345678", "caller_name": "", "dialled_number": "73556", "dialled_name": "", "answered_by_number": "1003",
        "answered_by_name": "", "queues": "hotline", "agents": "Emma Lefèvre (2000)", "wait_s": "4.0", "talk_s": "60.0", "hold_s": "0",
        "recordings": "r1", "attached_data": '{"recording":"r1","note":"a \\"b\\", c\\r\\nd"}', "reviewed_by": "", "reviewed_at": "",
        "notes": "0",
    }  # fmt: skip
    assert [later[name] for name in ("started_at", "utc_offset", "outcome", "answered_at", "talk_s")] == [
        "2016-10-30 02:30:00", "+01:00", later["outcome"], "", "",
    ]  # fmt: skip


def test_the_readers_zone_and_table_program(client: TestClient, several: Db) -> None:
    assert [row["started_at"] for row in table(client, "timezone=Asia/Kolkata")] == ["2016-10-30 07:00:00", "2016-10-30 06:00:00"]
    assert table(client, "separator=semicolon", delimiter=";")[1]["queues"] == "hotline"
    assert client.get("/api/v1/calls.csv?bom=true").text.startswith("\ufeffid,pbx,")


def test_lines_end_as_the_rfc_says_and_a_name_is_offered(client: TestClient, several: Db) -> None:
    answer = client.get("/api/v1/calls.csv?outcome=ongoing")
    assert answer.content == ",".join(COLUMNS).encode() + b"\r\n"
    assert answer.headers["content-disposition"] == 'attachment; filename="calls-2016-04-01.csv"'
    head = client.head("/api/v1/calls.csv")
    assert (head.status_code, head.content, head.headers["content-type"]) == (200, b"", answer.headers["content-type"])


@each(("query", "found"), [
    ("", 2), ("outcome=answered", 1), ("agent=lefevre", 1), ("queue=3556", 1), ("number=1002", 1), ("recorded=yes", 1), ("reviewed=yes", 0),
    ("key=note", 1), ("since=2016-10-30T01:00:00Z", 1), ("before=2016-10-30T01:00:00Z", 1), ("start=2016-10-31", 0),
])  # fmt: skip
def test_each_filter(client: TestClient, several: Db, query: str, found: int) -> None:
    assert len(table(client, query)) == found


@each(("query", "field"), [
    ("limit=5", "limit"), ("cursor=5", "cursor"), ("timezone=Paris", "timezone"), ("timezone=../etc/passwd", "timezone"),
    ("value=x", "value"),
    ("separator=tab", "separator"), ("bom=maybe", "bom"), ("colour=green", "colour"), ("since=now", "since"),
])  # fmt: skip
def test_bad_queries(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/api/v1/calls.csv?{query}")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])


@each(("value", "written"), [
    ("=1+1", "'=1+1"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
    (" =1", "' =1"), ("\r=1", "'\r=1"), ("＝1", "'＝1"), ("\n@x", "'\n@x"), ("+33612345678", "+33612345678"), ("-12.5", "-12.5"),
    ("+02:00", "+02:00"),
    ("+336 12", "'+336 12"), ("+1-2", "'+1-2"), ("a=b", "a=b"), ("", ""), (None, ""),
    (4.0, "4.0"), (-1, "-1"),
    ('{"a":"=1"}', '{"a":"=1"}'),
])  # fmt: skip
def test_no_cell_is_a_formula(value: object, written: str) -> None:
    assert cell(value) == written


def test_who_exported_what_is_written_down(client: TestClient, several: Db, new_token: Callable[..., str]) -> None:
    table(client, "agent=lef%C3%A8vre&number=%2500")
    client.get("/api/v1/calls.csv?colour=x")
    assert client.get("/api/v1/calls.csv", headers={"X-Auth-Token": new_token("listen")}).status_code == 403
    with several.transaction("read") as tx:
        log = list_accesses(tx, SYSTEM)
    assert [(row.actor, row.action, row.subject) for row in log if row.action != "key_add"] == [
        ("token", "export", "agent=lefèvre&number=%00")
    ]


@pytest.fixture
def many(db: Db) -> list[str]:
    """More than two pages, as many as fill two and one line."""
    return [str(id) for id in put(db, *(made(n) for n in range(2 * PAGE + 1)))][::-1]


def test_more_than_a_page(client: TestClient, many: list[str]) -> None:
    assert [row["id"] for row in table(client)] == many


def test_as_many_as_fill_pages(client: TestClient, db: Db) -> None:
    put(db, *(made(n) for n in range(PAGE)))
    assert len(table(client)) == PAGE


def test_nothing_more_is_read_when_the_reader_goes(config: Config, many: list[str]) -> None:
    """Asked without a client, which would read all: the second piece finds nobody any more."""
    sent = asyncio.run(_ask_and_go(create_app(config)))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]


async def _ask_and_go(app: Starlette) -> list[Message]:
    sent: list[Message] = []
    taken = asyncio.Event()
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        if message := next(asked, None):
            return message
        await taken.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            taken.set()
            await asyncio.sleep(0)

    headers = [(b"x-auth-token", TOKEN.encode())]
    scope = {"type": "http", "method": "GET", "path": "/api/v1/calls.csv", "query_string": b"", "headers": headers, "client": None}
    async with app.router.lifespan_context(app) as state:
        await asyncio.wait_for(
            app({**scope, "state": state, "server": ("test", 80), "scheme": "http", "http_version": "1.1"}, receive, send), 30
        )
    return sent
