"""A manager's stream is followed into the record: events once, gaps told and kept, logs of the same PBX beside it."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from telegraphone.access import SYSTEM
from telegraphone.config.sources import FollowedSource
from telegraphone.db import Db
from telegraphone.errors import Unavailable
from telegraphone.jobs.follow import Follower, followers_of
from telegraphone.media import open_media
from telegraphone.sql.pbx.gaps import SourceGap, list_gaps
from telegraphone.sql.pbx.sources import list_sources
from telegraphone.sql.server.leases import LEASE
from telegraphone.web.measures import render_measures
from tests.ingest.fake_ami import Manager, cel, manager
from tests.jobs.test_follow import Dying, Killed, log, undisturbed, write
from tests.test_record import CORPUS, NOW, SETTINGS, told

SCENARIO = "18-queue-answered-local-member"
__all__ = ["log"]


@pytest.fixture
def pbx() -> Iterator[Manager]:
    with manager() as one:
        yield one


def sent(scenario: str) -> str:
    """Without the start of the corpus's PBX: the fake one says when it was started."""
    text = (CORPUS / scenario / "ami.log").read_bytes().decode()
    return "".join(f"{packet}\r\n\r\n" for packet in text.split("\r\n\r\n") if packet.startswith("Event: ") and "FullyBooted" not in packet)


def follower(pbx: Manager, holder: str = "a", closed_by: str = "") -> Follower:
    return Follower(FollowedSource(source="asterisk-ami", url=pbx.url, pbx="pbx1", timezone="UTC"), holder, closed_by)


class Working:
    """A follower at work, a second a look."""

    def __init__(self, db: Db, one: Follower, now: datetime = NOW) -> None:
        self.db, self.one, self.now = db, one, now

    async def until(self, is_so: Any, seconds: float = 20.0) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < until
            self.now += timedelta(milliseconds=100)
            if not await self.one.work(self.db, SETTINGS, self.now):
                await asyncio.sleep(0.01)


def gaps(db: Db) -> list[SourceGap]:
    with db.transaction("read") as tx:
        return list_gaps(tx, SYSTEM)


def test_calls_out_of_a_stream(db: Db, pbx: Manager) -> None:
    expected = undisturbed(db, SCENARIO)
    one = follower(pbx)

    async def work() -> None:
        working = Working(db, one)
        await working.until(lambda: pbx.logins == 1)
        pbx.send(sent(SCENARIO))
        await working.until(lambda: bool(told(db)) and told(db)[0].is_closed)
        await one.end(db)

    asyncio.run(work())
    (call,), (logged,) = told(db), cast(Any, expected)
    assert (call.outcome, call.queues[0].agent, call.recordings[0].id) == ("answered", "2000", logged.recordings[0].id)
    with db.transaction("read") as tx:
        (source,) = list_sources(tx, SYSTEM)
    assert source.path == f"ami://telegraphone@127.0.0.1:{pbx.port}", "no password"
    assert gaps(db) == []


@pytest.mark.parametrize("closed_by", ["", "/var/log/cel.csv"])
def test_a_gap_is_kept_told_and_counted(db: Db, pbx: Manager, closed_by: str) -> None:
    one = follower(pbx, closed_by=closed_by)

    async def work() -> None:
        working = Working(db, one)
        await working.until(lambda: pbx.logins == 1)
        pbx.send(cel(1))
        await working.until(lambda: len(told(db)) == 1)
        pbx.drop()
        with pytest.raises(Unavailable):  # told by the job once, as all trouble is
            await working.until(lambda: False)
        await asyncio.sleep(0.6)
        await working.until(lambda: len(gaps(db)) == 1)
        await one.end(db)

    with capture_logs() as logs:
        asyncio.run(work())
    (gap,) = gaps(db)
    assert (gap.pbx, gap.source, gap.closed_by) == ("pbx1", "asterisk-ami", closed_by)
    assert timedelta() < gap.to_at - gap.from_at < timedelta(seconds=20)
    (line,) = [entry for entry in logs if entry["event"] == "nothing came from a source for a while"]
    assert (line["pbx"], line["closed_by"], line["since"]) == ("pbx1", closed_by or "nothing", gap.from_at.isoformat())
    assert "se:cr" not in str(logs) and "se%3A" not in str(logs)
    labels = f'closed="{"yes" if closed_by else "no"}",pbx="pbx1",source="asterisk-ami"'
    assert f"telegraphone_source_gaps_total{{{labels}}}" in render_measures().decode()


def test_a_manager_at_another_address_goes_on_after_a_gap(db: Db, pbx: Manager) -> None:
    """As when TLS is taken into use and given up again: what was missed is told, what came from the other address was not missed."""

    async def work(pbx: Manager, calls: int) -> None:
        working, logins = Working(db, one := follower(pbx, str(calls))), pbx.logins
        await working.until(lambda: pbx.logins > logins)
        pbx.send(cel(calls))
        await working.until(lambda: len(told(db)) == calls)
        await one.end(db)

    with manager() as other:
        for calls, at in enumerate((pbx, other, pbx), 1):
            asyncio.run(work(at, calls))
        path = "ami://telegraphone@127.0.0.1:{}".format
        away, back = sorted(gaps(db), key=lambda gap: gap.from_at)
        assert [away.path, back.path] == [path(other.port), path(pbx.port)]
        assert away.from_at < away.to_at <= back.from_at < back.to_at


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_worker_that_was_killed_leaves_a_gap_and_nothing_twice(db: Db, pbx: Manager, is_kept: bool) -> None:
    first, second = follower(pbx, "first"), follower(pbx, "second")

    async def work() -> None:
        working = Working(db, first)
        await working.until(lambda: pbx.logins == 1)
        pbx.send(cel(1))
        await working.until(lambda: len(told(db)) == 1)
        pbx.send(cel(2), cel(2, "CHAN_END"))
        await asyncio.sleep(0.3)
        with pytest.raises(Killed):
            await first.work(cast(Db, Dying(db, 1, is_kept)), SETTINGS, working.now)
        await asyncio.to_thread(first._readable.close)
        other = Working(db, second, working.now + LEASE)
        await other.until(lambda: pbx.logins == 2)
        pbx.send(cel(3))
        await other.until(lambda: len(told(db)) == 2 + is_kept)
        await second.end(db)

    asyncio.run(work())
    assert len(gaps(db)) == 1


def test_a_database_that_is_away_loses_nothing(db: Db, pbx: Manager) -> None:
    one = follower(pbx)

    class Away:
        async def write(self, *_: object) -> None:
            raise Unavailable("the database is away")

    async def work() -> None:
        working = Working(db, one)
        await working.until(lambda: pbx.logins == 1)
        for number in range(5):
            pbx.send(cel(number))
            await asyncio.sleep(0.05)
            with pytest.raises(Unavailable):
                await one.work(cast(Db, Away()), SETTINGS, working.now + LEASE)
        await working.until(lambda: len(told(db)) == 5)
        await one.end(db)

    asyncio.run(work())
    assert gaps(db) == [] and pbx.logins == 1


def test_only_the_holder_is_connected(db: Db, pbx: Manager) -> None:
    one, other = follower(pbx, "one"), follower(pbx, "other")

    async def work() -> None:
        working, waiting = Working(db, one), Working(db, other)
        await working.until(lambda: pbx.logins == 1)
        for _ in range(5):
            assert not await other.work(db, SETTINGS, working.now)
        assert pbx.logins == 1
        await one.end(db)
        waiting.now = working.now + LEASE
        await waiting.until(lambda: pbx.logins == 2)
        assert not await one.work(db, SETTINGS, waiting.now)
        await other.end(db)

    asyncio.run(work())


def test_a_log_beside_the_stream(db: Db, pbx: Manager, log: Path) -> None:
    """Whichever comes first, each call is there once, as the log alone tells it."""
    expected = undisturbed(db, SCENARIO)
    stream = FollowedSource(source="asterisk-ami", url=pbx.url, pbx="pbx1", timezone="UTC")
    file = FollowedSource(source="asterisk-cel", path=str(log), pbx="pbx1", timezone="UTC")
    ami, cel_file = followers_of((stream, file), open_media("memory://"))
    assert (ami._closed_by, cel_file._closed_by) == (str(log), "")
    lines = (CORPUS / SCENARIO / "cel.csv").read_text("utf-8").splitlines(keepends=True)
    packets = [f"{packet}\r\n\r\n" for packet in sent(SCENARIO).split("\r\n\r\n") if packet]

    async def work() -> None:
        streaming, reading = Working(db, ami), Working(db, cel_file)
        await streaming.until(lambda: pbx.logins == 1)
        write(log, *lines[:10])
        await reading.one.work(db, SETTINGS, NOW)
        for start in range(0, len(packets), 7):
            pbx.send(*packets[start : start + 7])
            await asyncio.sleep(0.02)
            await streaming.one.work(db, SETTINGS, streaming.now)
        write(log, *lines[10:])
        while await reading.one.work(db, SETTINGS, NOW):
            pass
        await streaming.until(lambda: len(told(db)) == 1 and told(db)[0].is_closed)
        await ami.end(db)

    asyncio.run(work())
    (call,), (logged,) = told(db), cast(Any, expected)
    assert call.started_at == logged.started_at and call.legs == logged.legs and call.answered_at == logged.answered_at
    assert [queue.agent for queue in call.queues] == ["2000"]


def test_no_gap_is_kept_twice(db: Db) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    from telegraphone.sql.pbx.gaps import put_gaps

    for hours in (1, 2):
        with db.transaction() as tx:
            put_gaps(tx, [SourceGap(pbx="a", source="asterisk-ami", path="p", from_at=at, to_at=at + timedelta(hours=hours))])
    (gap,) = gaps(db)
    assert gap.to_at - gap.from_at == timedelta(hours=2)
    with db.transaction("read") as tx:
        assert list_gaps(tx, SYSTEM, since=at + timedelta(hours=3)) == []
