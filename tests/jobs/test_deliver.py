"""Webhooks are told, once or more, whatever their receivers and we ourselves do meanwhile."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telegraphone.access import SYSTEM, Actor
from telegraphone.db import Db
from telegraphone.errors import Conflict, Forbidden, Invalid, NotFound
from telegraphone.interpret import Settings
from telegraphone.jobs.deliver import AT_ONCE, FIRST_WAIT, LONGEST_REST, Deliverer, rest_after, wait_after
from telegraphone.posting import Answer
from telegraphone.signing import signature
from telegraphone.sql.server.changes import KINDS, Change, add_changes
from telegraphone.sql.server.deliveries import (
    GIVE_UP,
    HELD,
    LONGEST_WAIT,
    Delivery,
    add_test,
    claim_deliveries,
    find_due,
    list_deliveries,
    put_deliveries,
    remove_old_deliveries,
)
from telegraphone.sql.server.webhooks import MOST, add_webhook, list_webhooks, remove_webhook
from tests.receiver import receiving
from tests.servers import free_ports

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SETTINGS = Settings()


def hook(db: Db, url: str, *kinds: str) -> tuple[int, str]:
    with db.transaction() as tx:
        added, secret = add_webhook(tx, SYSTEM, url, kinds or KINDS, NOW)
    return added.id, secret


def happen(db: Db, *kinds: Any, now: datetime = NOW) -> None:
    with db.transaction() as tx:
        add_changes(tx, [Change(kind, "pbx1", None, {"outcome": "answered"}) for kind in kinds], now)


def sent(db: Db, id: int) -> list[Delivery]:
    with db.transaction("read") as tx:
        return list_deliveries(tx, SYSTEM, id)[::-1]


def states(db: Db, id: int) -> list[str]:
    return [one.state for one in sent(db, id)]


async def work(one: Deliverer, db: Db, now: datetime = NOW) -> None:
    """What a worker does in one go: all that is to be sent now."""
    while await one.work(db, SETTINGS, now):
        pass
    await one.work(db, SETTINGS, now)
    await asyncio.gather(*one._rounds.values())


def deliver(db: Db, now: datetime = NOW, **other: Any) -> None:
    asyncio.run(work(Deliverer(**other), db, now))


def test_what_happens_is_told_and_signed(db: Db) -> None:
    with receiving() as there:
        id, secret = hook(db, there.url)
        happen(db, "call.ended", "recording.available")
        deliver(db)
    first, second = sorted(there.messages, key=lambda message: json.loads(message.body)["type"])  # sent at once, so they come in any order
    assert json.loads(first.body) == {
        "type": "call.ended", "timestamp": "2026-11-25T12:00:00Z", "data": {"pbx": "pbx1", "call": None, "outcome": "answered"},
    }  # fmt: skip
    assert (first.path, first.headers["content-type"]) == ("/hook?from=tests", "application/json")
    at = int(first.headers["webhook-timestamp"])
    assert at == int(NOW.timestamp())
    assert first.headers["webhook-signature"] == signature(secret, first.id, at, first.body)
    assert first.id != second.id
    told = sent(db, id)
    assert [(one.state, one.attempts, one.status, one.next_at) for one in told] == [("done", 1, 204, None)] * 2


def test_only_the_kinds_that_are_wanted_and_only_from_now_on(db: Db) -> None:
    happen(db, "call.ended")
    with receiving() as there:
        id, _ = hook(db, there.url, "call.ended", "recording.missing")
        happen(db, "call.started", "call.ended", "call.changed", "recording.missing")
        deliver(db)
        deliver(db)
    assert [one.kind for one in sent(db, id)] == ["call.ended", "recording.missing"]
    assert len(there.messages) == 2


def test_one_that_fails_is_tried_again_later(db: Db) -> None:
    with receiving(lambda message, number: 200 if number > 2 else 503) as there:
        id, _ = hook(db, there.url)
        happen(db, "call.ended")
        now = NOW
        for attempt in range(1, 4):
            deliver(db, now)
            deliver(db, now)
            [one] = sent(db, id)
            assert (one.state, one.attempts, one.status, one.answer) == ("waiting", attempt, 503, f"answer {attempt - 1}")
            assert one.next_at is not None
            assert (
                FIRST_WAIT * 2 ** (attempt - 1) * 0.8 <= one.next_at - now <= FIRST_WAIT * 2 ** (attempt - 1) * 1.2 + timedelta(minutes=1)
            )
            now = one.next_at
        deliver(db, now)
    [one] = sent(db, id)
    assert (one.state, one.attempts, one.status) == ("done", 4, 200)
    assert len(set(there.ids)) == 1, "the receiver sees that it is the same"
    assert len({message.headers["webhook-timestamp"] for message in there.messages}) == 4, "and when it was sent"


def test_a_day_long_and_no_longer(db: Db) -> None:
    with receiving(lambda message, number: 500) as there:
        id, _ = hook(db, there.url)
        happen(db, "call.ended")
        now = NOW
        while (next_at := (sent(db, id) or [None])[-1]) is None or next_at.next_at is not None:
            now = max(now, next_at.next_at) if next_at and next_at.next_at else now
            deliver(db, now)
            now += timedelta(seconds=1)
    assert states(db, id) == ["failed"]
    assert GIVE_UP - 2 * LONGEST_WAIT < now - NOW < GIVE_UP + timedelta(minutes=5)
    assert 25 < len(there.messages) < 60
    with db.transaction("read") as tx:
        assert [(one.waiting, one.failed, one.is_on) for one in list_webhooks(tx, SYSTEM)] == [(0, 1, True)]


def test_gone_is_gone(db: Db) -> None:
    with receiving(lambda message, number: 410) as there:
        id, _ = hook(db, there.url)
        happen(db, *["call.ended"] * (AT_ONCE + 3))
        deliver(db)
        happen(db, "call.ended")
        deliver(db, NOW + timedelta(hours=1))
        assert len(there.messages) == AT_ONCE
    assert set(states(db, id)) == {"failed"}
    with db.transaction("read") as tx:
        [one] = list_webhooks(tx, SYSTEM)
    assert (one.is_on, one.reason) == (False, "it answered 410 (gone) on 2026-11-25 12:00 UTC")


def test_a_redirect_is_not_followed(db: Db) -> None:
    with receiving() as elsewhere, receiving(lambda message, number: 307, location=elsewhere.url) as there:
        id, _ = hook(db, there.url)
        happen(db, "call.ended")
        deliver(db)
    assert (elsewhere.messages, [(one.state, one.status) for one in sent(db, id)]) == ([], [("waiting", 307)])


def test_one_that_is_not_there_and_comes_back(db: Db) -> None:
    """Killed: what it missed comes when it is there again, and until then it is asked by one message alone, more and more seldom."""
    [port] = free_ports(1)
    program = (
        "import http.server, sys\n"
        "class H(http.server.BaseHTTPRequestHandler):\n"
        "    def do_POST(self):\n"
        "        self.rfile.read(int(self.headers['content-length']))\n"
        "        self.send_response(200); self.send_header('content-length', '0'); self.end_headers()\n"
        "    def log_message(self, *a): pass\n"
        "http.server.ThreadingHTTPServer.allow_reuse_address = True\n"
        "s = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), H); print('up', flush=True); s.serve_forever()"
    )

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen([sys.executable, "-c", program, str(port)], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None and process.stdout.readline() == "up\n"
        return process

    def kill(process: subprocess.Popen[str]) -> None:
        process.send_signal(signal.SIGKILL)
        process.communicate()

    id, _ = hook(db, f"http://127.0.0.1:{port}/")
    there = start()
    happen(db, "call.ended")
    deliver(db)
    kill(there)
    happen(db, *["call.ended"] * 20)
    deliver(db)
    for minutes in range(1, 30):
        deliver(db, NOW + timedelta(minutes=minutes))
    assert states(db, id) == ["done"] + ["waiting"] * 20
    assert sum(one.attempts for one in sent(db, id)[1:]) < AT_ONCE + 15
    there = start()
    for minutes in range(30, 100, 5):
        deliver(db, NOW + timedelta(minutes=minutes))
    kill(there)
    assert states(db, id) == ["done"] * 21


def test_a_slow_one_holds_nobody_up(db: Db) -> None:
    with receiving() as slow, receiving() as quick:
        slow.may_answer.clear()
        slow_id, quick_id = hook(db, slow.url)[0], hook(db, quick.url)[0]
        happen(db, *["call.ended"] * 50)

        async def until_told() -> None:
            one = Deliverer()
            async with asyncio.timeout(20):
                while len(quick.messages) < 50 or not slow.messages or states(db, quick_id).count("done") < 50:
                    await one.work(db, SETTINGS, NOW)
                    await asyncio.sleep(0.01)
                assert set(states(db, slow_id)) == {"waiting"}
                assert len(slow.messages) == AT_ONCE
                slow.may_answer.set()
                while set(states(db, slow_id)) != {"done"}:
                    await one.work(db, SETTINGS, NOW)
                    await asyncio.sleep(0.01)

        asyncio.run(until_told())
    assert len(set(slow.ids)) == len(slow.ids) == 50


class Killed(Exception):
    """The worker is no more."""


class Dying:
    """A database whose client is killed when it writes for the n-th time, before or after the commit."""

    def __init__(self, db: Db, at: int, is_kept: bool) -> None:
        self.db, self.left, self.is_kept, self.read = db, at, is_kept, db.read

    async def write(self, fn: Callable[..., Any], *args: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            raise Killed
        if self.left or self.is_kept:
            answer = await self.db.write(fn, *args)
            if self.left:
                return answer
        raise Killed


@pytest.mark.parametrize("is_kept", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_killed_at_any_moment(db: Db, at: int, is_kept: bool) -> None:
    """At least once, and not for ever: whoever goes on waits for the claim of the dead to end."""

    async def die() -> None:
        one = Deliverer()
        dying: Any = Dying(db, at, is_kept)
        try:
            while await one.work(dying, SETTINGS, NOW):
                pass
            await one.work(dying, SETTINGS, NOW)
        except Killed:
            return
        await asyncio.gather(*one._rounds.values())

    with receiving() as there:
        id, _ = hook(db, there.url)
        happen(db, "call.ended", "recording.available")
        asyncio.run(die())
        deliver(db, NOW + HELD)
        deliver(db, NOW + 2 * HELD)
    assert states(db, id) == ["done", "done"]
    assert len(set(there.ids)) == 2
    assert len(there.ids) <= 4


def test_what_was_begun_is_given_back_at_the_end(db: Db) -> None:
    async def begin_and_end() -> None:
        one = Deliverer()
        async with asyncio.timeout(10):
            while not there.messages:
                await one.work(db, SETTINGS, NOW)
                await asyncio.sleep(0.01)
        await one.end(db)

    with receiving() as there:
        there.may_answer.clear()
        id, _ = hook(db, there.url)
        happen(db, "call.ended")
        asyncio.run(begin_and_end())
        there.may_answer.set()
        deliver(db)
    assert states(db, id) == ["done"]


def test_many_workers_send_each_once(db: Db) -> None:
    async def all_at_once() -> None:
        workers = [Deliverer() for _ in range(4)]
        async with asyncio.timeout(30):
            while len(states(db, id)) < 40 or set(states(db, id)) != {"done"}:
                await asyncio.gather(*(one.work(db, SETTINGS, NOW) for one in workers))
                await asyncio.sleep(0.01)

    with receiving() as there:
        id, _ = hook(db, there.url)
        happen(db, *["call.ended"] * 40)
        asyncio.run(all_at_once())
    assert len(there.ids) == len(set(there.ids)) == 40


def test_a_clock_that_was_set_back_holds_nothing_up(db: Db) -> None:
    with receiving(lambda message, number: 500 if number == 0 else 200) as there:
        id, _ = hook(db, there.url)
        happen(db, "call.ended")
        deliver(db)
        deliver(db, NOW - timedelta(days=3))
    assert states(db, id) == ["done"]


def test_removed_while_it_is_told(db: Db) -> None:
    async def remove_and_answer(url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        await db.write(remove_webhook, SYSTEM, id)
        return Answer(200, "")

    id, _ = hook(db, "http://127.0.0.1:9/")
    happen(db, "call.ended")
    deliver(db, post=remove_and_answer)
    with pytest.raises(NotFound):
        sent(db, id)
    with db.transaction("read") as tx:
        assert tx.all("select id from deliveries") == []


def test_a_test_message(db: Db) -> None:
    with receiving() as there:
        id, _ = hook(db, there.url, "call.started")
        with db.transaction() as tx:
            add_test(tx, SYSTEM, id, NOW)
        deliver(db)
    [message] = there.messages
    assert json.loads(message.body) == {"type": "webhook.test", "timestamp": "2026-11-25T12:00:00Z", "data": {}}


def test_nothing_is_asked_where_nothing_is_to_do(db: Db) -> None:
    hook(db, "http://127.0.0.1:9/", "call.ended")
    happen(db, "call.started")
    with db.transaction() as tx:
        assert find_due(tx, NOW) == (True, [])
        assert not put_deliveries(tx, NOW)
        assert find_due(tx, NOW) == (False, [])


def test_a_claim_holds_for_a_time(db: Db) -> None:
    id, _ = hook(db, "http://127.0.0.1:9/")
    happen(db, *["call.ended"] * 3)
    with db.transaction() as tx:
        put_deliveries(tx, NOW)
        first, second = claim_deliveries(tx, id, 2, NOW), claim_deliveries(tx, id, 2, NOW)
        again = claim_deliveries(tx, id, 9, NOW + HELD)
    assert [len(some) for some in (first, second, again)] == [2, 1, 3]


def test_forgotten_after_a_week_and_given_up_after_a_day(db: Db) -> None:
    id, _ = hook(db, "http://127.0.0.1:9/")
    happen(db, "call.ended")
    with db.transaction() as tx:
        put_deliveries(tx, NOW)
        remove_old_deliveries(tx, NOW + timedelta(hours=23))
    assert states(db, id) == ["waiting"]
    with db.transaction() as tx:
        remove_old_deliveries(tx, NOW + timedelta(hours=25))
    assert states(db, id) == ["failed"]
    with db.transaction() as tx:
        assert remove_old_deliveries(tx, NOW + timedelta(days=8)) == 1


def test_who_may_set_it_up(db: Db) -> None:
    reader = Actor("reader", frozenset({"read", "listen", "attach", "ingest"}))
    for fn, args in ((add_webhook, ("http://a/", KINDS, NOW)), (list_webhooks, ()), (remove_webhook, (1,)), (list_deliveries, (1,))):
        with pytest.raises(Forbidden), db.transaction() as tx:
            fn(tx, reader, *args)  # type: ignore[operator]


def test_what_cannot_be_set_up(db: Db) -> None:
    for url, kinds, field in (("ftp://a", KINDS, "url"), ("http://u:p@a/", KINDS, "url"), ("http://a/", ["call.sleeps"], "kinds")):
        with pytest.raises(Invalid, match=f"^{field}: "), db.transaction() as tx:
            add_webhook(tx, SYSTEM, url, kinds, NOW)
    with db.transaction() as tx:
        for _ in range(MOST):
            add_webhook(tx, SYSTEM, "http://a/", KINDS, NOW)
    with pytest.raises(Conflict), db.transaction() as tx:
        add_webhook(tx, SYSTEM, "http://a/", KINDS, NOW)
    with pytest.raises(NotFound), db.transaction() as tx:
        remove_webhook(tx, SYSTEM, 10**9)


def test_waits_grow_and_have_an_end() -> None:
    for fn, longest in ((wait_after, LONGEST_WAIT), (rest_after, LONGEST_REST)):
        waits = [fn(number) for number in range(1, 2000)]
        assert max(waits) <= longest * 1.2
        assert waits[0] < waits[2] < waits[5]
        assert len(set(waits)) > 1900, "never all at once"


Work = Callable[[], Coroutine[Any, Any, None]]


def test_a_server_that_is_killed_tells_in_its_next_life(db: Db, db_url: str, tmp_path: Any) -> None:
    """The real one, with -9, between the sending and the writing down."""
    environment = {**os.environ, "TELEGRAPHONE_DATA": str(tmp_path), "TELEGRAPHONE_DATABASE": db_url}
    with receiving() as there:
        there.may_answer.clear()
        id, _ = hook(db, there.url)
        happen(db, "call.ended", now=datetime.now(UTC))
        with subprocess.Popen([sys.executable, "-m", "telegraphone", "worker"], env=environment, stderr=subprocess.DEVNULL) as worker:
            until = time.monotonic() + 30
            while not there.messages and time.monotonic() < until:
                time.sleep(0.02)
            worker.send_signal(signal.SIGKILL)
        there.may_answer.set()
        assert states(db, id) == ["waiting"]
        deliver(db, datetime.now(UTC) + HELD)
        assert states(db, id) == ["done"]
    assert len(there.ids) == 2
    assert len(set(there.ids)) == 1
