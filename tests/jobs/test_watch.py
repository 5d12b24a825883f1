"""How sources are, as those who follow them tell it."""

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from telegraphone.db import Db
from telegraphone.jobs import Job
from telegraphone.jobs.follow import Follower
from telegraphone.jobs.watch import BEHIND, EVERY, Watch
from telegraphone.sql.server.changes import list_changes
from telegraphone.sql.server.conditions import Condition, list_conditions
from tests.jobs.test_follow import SCENARIO, follower, rows, running, wait, work, write
from tests.test_record import NOW, told


def conditions(db: Db) -> list[Condition]:
    with db.transaction("read") as tx:
        return list_conditions(tx, NOW)


def states(db: Db) -> list[tuple[str, str, float]]:
    return [(one.state, one.reason, one.facts["lag_s"]) for one in conditions(db)]


def changes(db: Db) -> list[str]:
    with db.transaction("read") as tx:
        return [one.kind for one in list_changes(tx, 0) if one.kind.startswith("source.")]


def job(one: Follower) -> Job:
    return Job(one.name, 0.05, one.work, one.end, one.watch)


def test_a_file_that_comes_and_goes(db: Db, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with capture_logs() as logs, running(db, (job(follower(log)),)):
        wait(lambda: [state for state, _, _ in states(db)] == ["failing"])
        assert "No such file or directory" in states(db)[0][1]
        write(log, *rows(SCENARIO))
        wait(lambda: states(db) == [("following", "", 0.0)] and len(told(db)) == 1)
        log.unlink()
        wait(lambda: [state for state, _, _ in states(db)] == ["failing"])
    assert changes(db) == ["source.failing", "source.following", "source.failing"]
    assert [entry["event"] for entry in logs] == ["job does not work", "job works again", "job does not work"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(db: Db, tmp_path: Path) -> None:
    log = tmp_path / "log"
    write(log, *rows(SCENARIO))
    log.chmod(0)
    with running(db, (job(follower(log)),)):
        wait(lambda: [state for state, _, _ in states(db)] == ["failing"])
        assert "Permission denied" in states(db)[0][1]
        log.chmod(0o600)
        wait(lambda: states(db) == [("following", "", 0.0)])


def test_a_place_that_is_gone_is_a_gap(db: Db, tmp_path: Path) -> None:
    log = tmp_path / "log"
    write(log, *rows(SCENARIO))
    one = follower(log)
    work(db, one)
    log.unlink()
    write(log, *rows("54-pickup-directed"))
    work(db, one)
    assert changes(db) == ["source.gap"]


def tell(db: Db, watch: Watch, seconds: float, is_more: bool = False, reason: str = "") -> None:
    now = NOW + timedelta(seconds=seconds)
    asyncio.run(watch.failing(db, reason, now) if reason else watch.well(db, is_more, now))


def test_behind_is_who_does_not_reach_the_end(db: Db) -> None:
    watch = Watch("pbx1", "asterisk-cel", "/x", lambda: True)
    late = BEHIND.total_seconds()
    with capture_logs() as logs:
        for seconds in (0.0, late / 2, late, late + 1, late + 20):
            tell(db, watch, seconds, is_more=True)
        assert states(db) == [("behind", "", late + 20)]
        tell(db, watch, late + 21)
    assert states(db) == [("following", "", 0.0)]
    assert changes(db) == ["source.behind", "source.following"]
    assert [entry["event"] for entry in logs] == ["a source is behind", "a source has caught up"]


def test_only_who_follows_it_tells(db: Db) -> None:
    is_ours = [True, False]
    ours, others = (Watch("pbx1", "asterisk-cel", "/x", lambda place=place: is_ours[place]) for place in range(2))  # type: ignore[misc]
    tell(db, others, 0)
    assert states(db) == []
    tell(db, ours, 1, reason="away")
    tell(db, others, 2)
    tell(db, others, 3, reason="what do I know")
    assert states(db) == [("failing", "away", 0.0)]
    is_ours.reverse()
    tell(db, others, 4)
    assert states(db) == [("following", "", 0.0)]


def test_not_at_each_step(db: Db) -> None:
    watch = Watch("pbx1", "asterisk-cel", "/x", lambda: True)
    for step in range(30):
        tell(db, watch, step / 10)
    assert conditions(db)[0].seen_at == NOW
    tell(db, watch, EVERY.total_seconds())
    assert conditions(db)[0].seen_at == NOW + EVERY


def test_a_clock_that_was_set_back(db: Db) -> None:
    watch = Watch("pbx1", "asterisk-cel", "/x", lambda: True)
    tell(db, watch, 0)
    tell(db, watch, -3600, is_more=True)
    assert states(db) == [("following", "", 0.0)]
