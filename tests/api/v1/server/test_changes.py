"""The event stream: what it tells, from where, to whom, and that it ends when it should."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM
from telegraphone.app import create_app
from telegraphone.config import Config
from telegraphone.db import Db
from telegraphone.model import CallId
from telegraphone.sql.people.api_keys import revoke_key
from telegraphone.sql.server.changes import Change, Told, add_changes, list_changes
from telegraphone.web.endpoint import Services
from telegraphone.web.ticker import PAGE, WINDOW, Pace, Ticker
from telegraphone.web.who import Keys
from tests.api.conftest import TOKEN, Clock
from tests.servers import free_ports

CHANGES = "/api/v1/changes"
Event = dict[str, str]


def tell(db: Db, count: int = 1, kind: Any = "call.ended", call: int | None = 7, now: Clock | None = None) -> list[Told]:
    with db.transaction() as tx:
        before = tx.one("select max(id) as id from changes")
        add_changes(tx, [Change(kind, "pbx1", None if call is None else CallId(call))] * count, (now or Clock()).now)
    with db.transaction("read") as tx:
        return list_changes(tx, (before or {}).get("id") or 0, count)


class Listener:
    """Somebody who reads an event stream, and remembers it as a browser does."""

    def __init__(self, app: Starlette, state: dict[str, Any]) -> None:
        self._app, self._state = app, state
        self.received: asyncio.Queue[bytes] = asyncio.Queue()
        self.status, self.is_over, self.events = 0, False, list[Event]()
        self.headers: dict[str, str] = {}
        self.last_id, self.comments = "", 0
        self._gone = asyncio.Event()
        self.may_take = asyncio.Event()
        self.may_take.set()
        self._rest = b""

    async def __call__(self, query: str = "", **headers: str) -> None:
        head = {"x-auth-token": TOKEN, **{name.replace("_", "-"): value for name, value in headers.items()}}
        scope = {
            "type": "http", "method": "GET", "path": CHANGES, "raw_path": CHANGES.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in head.items()], "client": ("127.0.0.1", 1),
            "server": ("test", 80), "scheme": "http", "http_version": "1.1", "state": dict(self._state),
        }  # fmt: skip
        await self._app(scope, self._receive, self._send)
        self.is_over = True

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self.may_take.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        self._read(message.get("body", b""))

    def _read(self, body: bytes) -> None:
        *whole, self._rest = (self._rest + body).split(b"\n\n")
        for block in whole:
            event: Event = {}
            for line in block.decode().splitlines():
                name, _, value = line.partition(": ")
                self.comments += not name
                event[name] = value
            self.last_id = event.get("id", self.last_id)
            if "data" in event:
                self.events.append(event)

    def leave(self) -> None:
        self._gone.set()

    @property
    def ids(self) -> list[int]:
        return [int(event["id"]) for event in self.events]


async def until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(0.01)


Open = Callable[..., Listener]


class House:
    """The application while it runs, and those who listen to it."""

    def __init__(self, app: Starlette, state: dict[str, Any]) -> None:
        self.app, self.state, self.tasks = app, state, list[asyncio.Task[None]]()

    async def listen(self, query: str = "", **headers: str) -> Listener:
        one = Listener(self.app, self.state)
        self.tasks.append(asyncio.create_task(one(query, **headers)))
        await until(lambda: bool(one.status and (one.last_id or one.is_over)))
        return one

    @property
    def ticker(self) -> Ticker:
        found: Ticker = self.state["services"].ticker
        return found


BRISK = Pace(every_s=0.05, silence_s=0.1, slow_s=0.2, most_streams=2)


def in_house(
    config: Config, work: Callable[[House], Coroutine[Any, Any, None]], clock: Clock | None = None, pace: Pace | None = None
) -> None:
    @asynccontextmanager
    async def opened() -> AsyncIterator[House]:
        app = create_app(config, clock or Clock())
        async with app.router.lifespan_context(app) as state:
            services: Services = dict(state or {})["services"]
            if pace is not None:
                keys = Keys(services.db, config.token, itertools.count(0, 60).__next__)  # nothing is believed for longer than a question
                services = msgspec.structs.replace(services, ticker=Ticker(services.db, pace), keys=keys)
            house = House(app, {"services": services})
            yield house
            services.ticker.close()
            for task in house.tasks:
                task.cancel()
            await asyncio.gather(*house.tasks, return_exceptions=True)

    async def all_of_it() -> None:
        async with opened() as house:
            await work(house)

    asyncio.run(all_of_it())


def test_what_happens_is_told(config: Config, db: Db) -> None:
    async def work(house: House) -> None:
        tell(db)
        one = await house.listen()
        assert one.status == 200
        assert one.headers["content-type"] == "text/event-stream"
        tell(db, call=8)
        await until(lambda: bool(one.events))
        [event] = one.events
        assert (event["event"], event["id"]) == ("call.ended", one.last_id)
        assert json.loads(event["data"]) == {"kind": "call.ended", "at": "2016-04-01T12:00:00Z", "pbx": "pbx1", "call": 8}

    in_house(config, work)


def test_who_comes_back_goes_on_where_he_was(config: Config, db: Db) -> None:
    ids = [one.id for one in tell(db, 5)]

    async def work(house: House) -> None:
        for query, headers, expected in [
            ("after=0", {}, ids), (f"after={ids[1]}", {}, ids[2:]), ("", {"last_event_id": str(ids[3])}, ids[4:]),
            ("after=0", {"last_event_id": str(ids[2])}, ids[3:]), ("after=0", {"last_event_id": "half a word"}, ids),
        ]:  # fmt: skip
            one = await house.listen(query, **headers)
            await until(lambda one=one, expected=expected: one.ids == expected)  # type: ignore[misc]
        lost = await house.listen(f"after={ids[-1] + 1000}")
        new = tell(db)
        await until(lambda: lost.ids == [new[0].id])

    in_house(config, work)


def test_only_some_kinds(config: Config, db: Db) -> None:
    async def work(house: House) -> None:
        one = await house.listen("kinds=call.started,recording.available")
        for kind in ("call.ended", "call.started", "source.gap", "recording.available", "call.changed"):
            told = tell(db, kind=kind)
        await until(lambda: len(one.events) == 2)
        assert [event["event"] for event in one.events] == ["call.started", "recording.available"]
        await until(lambda: one.last_id == str(told[0].id))

    in_house(config, work)


@pytest.mark.parametrize("query", ["kinds=", "kinds=call", "kinds=call.ended,", "after=-1", "after=x", f"after={10**18}"])
def test_what_cannot_be_meant(client: TestClient, query: str) -> None:
    answer = client.get(f"{CHANGES}?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_who_may_listen(client: TestClient, new_token: Callable[..., str]) -> None:
    assert client.get(CHANGES, headers={"X-Auth-Token": ""}).status_code == 401
    assert client.get(CHANGES, headers={"X-Auth-Token": new_token("listen")}).status_code == 403
    head = client.head(CHANGES)
    assert (head.status_code, head.headers["content-type"], head.content) == (200, "text/event-stream", b"")


def test_everyone_hears_what_he_may_see(config: Config, db: Db, new_token: Callable[..., str]) -> None:
    token = new_token("read")

    async def work(house: House) -> None:
        reader, admin = await house.listen(x_auth_token=token), await house.listen()
        tell(db, kind="source.failing", call=None)
        tell(db)
        await until(lambda: len(admin.events) == 2 and bool(reader.events))
        assert [event["event"] for event in reader.events] == ["call.ended"]

    in_house(config, work)


def test_many_who_listen_cost_what_one_costs(config: Config, db: Db) -> None:
    async def work(house: House) -> None:
        listeners = [await house.listen() for _ in range(40)]
        read, asked = house.state["services"].db, 0
        reading = read.read

        async def counted(*args: Any, **more: Any) -> Any:
            nonlocal asked
            asked += 1
            return await reading(*args, **more)

        read.read = counted
        began = time.monotonic()
        for _ in range(3):
            ids = tell(db)
            await until(lambda ids=ids: all(one.last_id == str(ids[0].id) for one in listeners))  # type: ignore[misc]
        ticks = (time.monotonic() - began) / house.ticker.pace.every_s
        assert asked <= 3 * len(listeners) + ticks + 10, (
            "who may see all is not asked for; the others once for each page that has something"
        )
        assert asked >= ticks / 2

    in_house(config, work)


def test_far_behind_and_near_at_once(config: Config, db: Db) -> None:
    """Who is behind what is in memory reads by himself, and meets the others; none is told twice and none is left out."""
    tell(db, WINDOW + 3 * PAGE)

    async def work(house: House) -> None:
        near = await house.listen()
        far = await house.listen("after=0")
        tell(db, 10)
        await until(lambda: len(near.events) == 10 and len(far.events) == WINDOW + 3 * PAGE + 10)
        assert far.ids == sorted(set(far.ids)) and far.ids[-10:] == near.ids
        assert len(house.ticker._window) <= WINDOW

    in_house(config, work)


def test_who_does_not_take_it_is_not_waited_for(config: Config, db: Db) -> None:
    async def work(house: House) -> None:
        slow, quick = await house.listen(), await house.listen()
        slow.may_take.clear()
        for _ in range(4):
            tell(db, PAGE)
        await until(lambda: slow.is_over and len(quick.events) == 4 * PAGE)
        assert slow.events == []

    in_house(config, work, pace=BRISK)


def test_silence_is_told_and_keeps_the_place(config: Config, db: Db) -> None:
    async def work(house: House) -> None:
        one = await house.listen("kinds=recording.missing")
        await until(lambda: one.comments > 2)
        told = tell(db)
        await until(lambda: one.last_id == str(told[0].id))
        assert one.events == []

    in_house(config, work, pace=BRISK)


def test_a_revoked_key_hears_no_more(config: Config, db: Db, clock: Clock, new_token: Callable[..., str]) -> None:
    token = new_token("read")

    async def work(house: House) -> None:
        one = await house.listen(x_auth_token=token)
        await until(lambda: one.comments > 1)
        with db.transaction() as tx:
            revoke_key(tx, SYSTEM, "crm", clock.now)
        await until(lambda: one.is_over)

    in_house(config, work, pace=BRISK)


def test_not_more_than_there_is_room_for(config: Config) -> None:
    async def work(house: House) -> None:
        first = await house.listen()
        await house.listen()
        assert (await house.listen()).status == 503
        first.leave()
        await until(lambda: house.ticker._listeners == 1)
        assert (await house.listen()).status == 200

    in_house(config, work, pace=BRISK)


def test_reading_stops_when_nobody_listens(config: Config, db: Db) -> None:
    async def work(house: House) -> None:
        one = await house.listen()
        await until(lambda: house.ticker._reading is not None)
        one.leave()
        tell(db)
        await until(lambda: one.is_over and house.ticker._reading is None)
        again = await house.listen()
        told = tell(db)
        await until(lambda: again.ids == [told[0].id])

    in_house(config, work)


def test_the_end_of_the_server_ends_streams_at_once(config: Config, tmp_path: Path) -> None:
    [port] = free_ports(1)
    environment = {
        **os.environ, "TELEGRAPHONE_DATA": str(tmp_path / "data"), "TELEGRAPHONE_TOKEN": "secret", "TELEGRAPHONE_PORT": str(port),
        "TELEGRAPHONE_DATABASE": config.database, "TELEGRAPHONE_WORKERS": "2",
    }  # fmt: skip
    command: Sequence[str] = (sys.executable, "-m", "telegraphone", "serve")
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        assert "answers on" in server.stderr.readline()
        request = urllib.request.Request(f"http://127.0.0.1:{port}{CHANGES}", headers={"X-Auth-Token": "secret"})
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        streams = [direct.open(request, timeout=30) for _ in range(4)]
        assert all(stream.readline().startswith(b"retry") for stream in streams)
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        rest = [stream.read() for stream in streams]
        assert server.wait(30) == 0
        took = time.monotonic() - began
    assert all(text.endswith(b"\n\n") for text in rest)
    assert took < 10, "it would wait for thirty seconds"


def test_the_clock_may_step_back(config: Config, db: Db) -> None:
    """The order is that of the ids, whatever the clock says."""
    clock = Clock()

    async def work(house: House) -> None:
        one = await house.listen()
        first = tell(db, now=clock)
        clock.now -= timedelta(hours=1)
        second = tell(db, now=clock)
        await until(lambda: one.ids == [first[0].id, second[0].id])

    in_house(config, work, clock)
