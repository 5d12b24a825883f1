"""Calls without a recording that nobody announced, and the policy wants: told once each, a day after their end."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec
import pytest

from telegraphone.db import Db
from telegraphone.jobs.tell_missing import telling_lacking
from telegraphone.model import CUT_OFF
from telegraphone.policy import Policy, parse_policy
from telegraphone.sql.pbx.put_calls import ToPut, put_calls
from telegraphone.sql.recorded.lacking import put_lacking
from telegraphone.sql.recorded.put_recordings import put_file
from telegraphone.sql.recorded.recording_news import KEPT, count_missing, put_missing, remove_old_missing
from telegraphone.sql.recorded.recording_rows import PATIENCE
from telegraphone.sql.server.changes import Told
from tests.sql.recorded.test_recordings import ID, NOW, call, file, put
from tests.sql.server.test_changes import told
from tests.test_record import SETTINGS

MINUTE = timedelta(minutes=1)
EVERY = parse_policy('{"outcomes": ["answered", "missed"]}')
ANSWERED = parse_policy('{"outcomes": ["answered"]}')


def look(db: Db, now: datetime, policy: Policy = EVERY, limit: int = 500) -> int:
    with db.transaction() as tx:
        return put_lacking(tx, policy, now, limit)


def news(db: Db) -> list[Told]:
    return [one for one in told(db) if one.kind.startswith("recording.")]


def counted(db: Db) -> dict[str, int]:
    with db.transaction("read") as tx:
        return count_missing(tx)


@pytest.fixture
def looked(db: Db) -> Db:
    """A store whose calls were looked at once."""
    look(db, NOW)
    return db


def test_told_once_after_a_day_and_why(looked: Db) -> None:
    [id] = put(looked, call())
    assert look(looked, NOW + PATIENCE - MINUTE) == 0
    assert (look(looked, NOW + PATIENCE), look(looked, NOW + PATIENCE + MINUTE)) == (1, 0)
    [one] = news(looked)
    assert (one.kind, one.call_id, one.pbx, one.at) == ("recording.missing", id, "pbx1", NOW + PATIENCE)
    assert one.facts == {"recording": None, "state": "missing", "flaws": [], "why": "policy"}
    assert counted(looked) == {"announced": 0, "policy": 1}


def test_only_what_the_policy_wants(looked: Db) -> None:
    put(looked, call())
    assert look(looked, NOW + PATIENCE, ANSWERED) == 1
    assert news(looked) == []


def test_what_was_announced_or_came_is_not_told_so(looked: Db) -> None:
    put(looked, call(ID, ID))
    put(looked, call("1795517250.0"), cluster=2)
    with looked.transaction() as tx:
        put_file(tx, file("1795517250.0"), NOW)
    look(looked, NOW + PATIENCE)
    with looked.transaction() as tx:
        put_missing(tx, NOW + PATIENCE)
    [*_, one] = news(looked)
    assert [one.kind for one in news(looked)].count("recording.missing") == 1
    assert (one.facts["recording"], one.facts["why"]) == (ID, "announced")
    assert counted(looked) == {"announced": 1, "policy": 0}


def test_what_comes_later_is_told_and_counted_no_more(looked: Db) -> None:
    """Days after its call, since that it is missing was told."""
    put(looked, call(), call("1795517250.0", "1795517250.0"))
    look(looked, NOW + PATIENCE)
    with looked.transaction() as tx:
        put_missing(tx, NOW + PATIENCE)
    assert counted(looked) == {"announced": 1, "policy": 1}
    with looked.transaction() as tx:
        put_file(tx, file(), NOW + 3 * PATIENCE)
        put_file(tx, file("1795517250.0", "bb" * 32), NOW + 3 * PATIENCE)
    assert [one.facts["recording"] for one in news(looked) if one.kind == "recording.available"] == [ID, "1795517250.0"]
    assert counted(looked) == {"announced": 0, "policy": 0}


def test_history_is_not_told(looked: Db) -> None:
    """Neither calls that were there before anybody looked, nor what an import brings when its time is over."""
    put(looked, call("1795360000.0", ended_at=NOW - PATIENCE - MINUTE))
    [id] = put(looked, call("1795517250.0", ended_at=NOW - MINUTE), cluster=2)
    with looked.transaction() as tx:
        put_calls(tx, "pbx1", [ToPut(3, (call("1795517260.0"),))], "FR", NOW + PATIENCE + MINUTE)
    look(looked, NOW + 2 * PATIENCE)
    assert [one.call_id for one in news(looked)] == [id]


def test_a_call_that_goes_on_lacks_nothing_and_one_that_was_cut_off_does(looked: Db) -> None:
    put(looked, msgspec.structs.replace(call(), ended_at=None, certainty={"ended_at": CUT_OFF}))
    put(looked, call("1795517250.0", outcome="ongoing", ended_at=None), cluster=2)
    look(looked, NOW + 3 * PATIENCE)
    assert len(news(looked)) == 1
    put(looked, call("1795517250.0", ended_at=NOW + 3 * PATIENCE), cluster=2)
    look(looked, NOW + 4 * PATIENCE)
    assert len(news(looked)) == 2


def test_an_end_that_is_known_better_later_is_not_told_again(looked: Db) -> None:
    put(looked, call())
    look(looked, NOW + PATIENCE)
    put(looked, call(ended_at=NOW + MINUTE))
    assert look(looked, NOW + 2 * PATIENCE) == 1
    assert len(news(looked)) == 1


def test_many_are_looked_at_some_at_a_time(looked: Db) -> None:
    """Those too that ended in the same moment."""
    began = [f"{1795517244 + number}.0" for number in range(7)]
    with looked.transaction() as tx:
        put_calls(tx, "pbx1", [ToPut(number, (call(id),)) for number, id in enumerate(began)], "FR", NOW)
    assert [look(looked, NOW + PATIENCE, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    ids = [one.call_id for one in news(looked)]
    assert len(ids) == len(set(ids)) == 7


def test_whoever_is_killed_told_nothing_and_two_tell_once(looked: Db) -> None:
    put(looked, call())
    with suppress(InterruptedError), looked.transaction() as tx:
        assert put_lacking(tx, EVERY, NOW + PATIENCE) == 1
        raise InterruptedError
    assert news(looked) == []
    asyncio.run(_both(looked, NOW + PATIENCE))
    assert len(news(looked)) == 1


async def _both(db: Db, now: datetime) -> None:
    assert await asyncio.gather(*(telling_lacking(EVERY)(db, SETTINGS, now) for _ in range(2))) == [False, False]


def test_what_was_told_a_month_ago_is_forgotten(looked: Db) -> None:
    put(looked, call())
    look(looked, NOW + PATIENCE)
    with looked.transaction() as tx:
        assert remove_old_missing(tx, NOW + PATIENCE + KEPT) == 0
        assert remove_old_missing(tx, NOW + PATIENCE + KEPT + MINUTE) == 1
    assert counted(looked) == {"announced": 0, "policy": 0}
