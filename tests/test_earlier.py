"""`telegraphone import`: rows of an earlier system become calls that are found, once each, whatever was there before."""

import csv
from datetime import UTC, datetime, timedelta
from multiprocessing import Pipe
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.earlier import SMALL_BYTES, Imported, import_earlier, received
from telegraphone.errors import Invalid, Unavailable
from telegraphone.interpret import Settings
from telegraphone.model import Agent, Announced, FileId
from telegraphone.sql import directory
from telegraphone.sql.calls import CallFilter, StoredCall, list_calls
from telegraphone.sql.history import list_history
from telegraphone.sql.last_agent import find_last_agent
from telegraphone.sql.pbx.import_calls import SECONDARY, TABLES
from tests.sql.made import made, put

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
QUEUE_CALL = {
    "linked_id": "1459435466.1", "unique_ids": "1459435466.2", "started_at": "2016-03-31 16:44:26", "answered_at": "2016-03-31 16:44:36",
    "ended_at": "2016-03-31T14:47:38.5+00:00", "direction": "incoming", "outcome": "answered", "caller_number": "0612345678",
    "caller_name": "Jo", "caller_interface": "PJSIP/trunk", "dialled_number": "3556", "answered_by_number": "1003",
    "answered_by_interface": "SIP/1003", "agent": "2001", "queue": "hotline", "queue_outcome": "answered", "recordings": "r1 r2",
    "attached_data": '{"color": "green"}',
}  # fmt: skip
LONG = f'{{"note": "{"long" * 100}"}}'
BARE = {"linked_id": "1459435500.7", "started_at": "2016-03-31 16:45:00"}


def written(folder: Path, *rows: dict[str, str], name: str = "calls.csv") -> Path:
    path = folder / name
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(db: Db, path: Path, pbx: str = "pbx1") -> Imported:
    return import_earlier(db, path, pbx, PARIS, Settings((), (), "FR"), NOW, lambda done: None)


def stored(db: Db, **wanted: Any) -> list[StoredCall]:
    with db.transaction("read") as tx:
        return list_calls(tx, SYSTEM, CallFilter(**wanted))


def indexes(db: Db) -> list[str]:
    with db.transaction("read") as tx:
        rows = tx.all(SECONDARY[db.dialect.name], tables=db.dialect.list_argument(TABLES))
    return sorted(row["put_on"] for row in rows)


def test_a_row_is_found_by_all_that_it_tells(db: Db, tmp_path: Path) -> None:
    before = indexes(db)
    done = read(db, written(tmp_path, QUEUE_CALL, BARE))
    assert (done.read, done.new, done.known, done.unreadable) == (2, 2, 0, 0)
    assert indexes(db) == before and len(before) > 10, "they were taken off and put on again"

    (found,) = stored(db, agent="2001", queue="hotline", number="%5678", key="color", value="green", recorded=True, min_duration=182.0)
    assert found.call.started_at == datetime(2016, 3, 31, 14, 44, 26, tzinfo=UTC) and found.call.talk_s == 182.5
    assert [one.id for one in found.recordings] == ["r1", "r2"] and found.recordings[0].state_at(NOW) == "missing"
    assert found.call.answered_by is not None and found.call.answered_by.agent == "2001" and found.call.queues[0].wait_s == 10.0
    with db.transaction("read") as tx:
        assert find_last_agent(tx, SYSTEM, "+33612345678", datetime(2016, 1, 1, tzinfo=UTC)) == "2001"
        assert [line.status for line in list_history(tx, SYSTEM, interface="PJSIP/1003", since=None, limit=5)] == ["answered"]

    (bare,) = stored(db, unique_id="1459435500.7")
    assert (bare.call.outcome, bare.call.direction, bare.recordings) == ("missed", "internal", ())
    assert set(bare.call.certainty) == {"legs", "direction"}


def test_the_same_file_again_and_a_longer_one(db: Db, tmp_path: Path) -> None:
    read(db, written(tmp_path, QUEUE_CALL))
    before = stored(db)
    again = read(db, written(tmp_path, QUEUE_CALL, BARE, {**BARE, "started_at": "2016-04-01"}))
    assert (again.new, again.known) == (1, 2)
    assert stored(db)[1:] == before and len(stored(db)) == 2
    assert read(db, written(tmp_path, BARE), pbx="pbx2").new == 1, "another PBX's ids have nothing to do with these"


def test_two_calls_that_begin_together_have_numbers_of_their_own(db: Db, tmp_path: Path) -> None:
    rows = [{"linked_id": f"1459435500.{n}", "started_at": "2016-03-31 16:45:00.5"} for n in range(1500)]
    assert read(db, written(tmp_path, *rows)).new == 1500
    assert len({one.id for one in stored(db, limit=2000)}) == 1500


def test_what_events_tell_later_wins_and_stays_one_call(db: Db, tmp_path: Path) -> None:
    read(db, written(tmp_path, {**BARE, "linked_id": "7.0", "started_at": "2026-03-02T08:00:07Z"}))
    (before,) = stored(db)
    put(db, made(7, direction="outgoing"))
    (after,) = stored(db)
    assert after.id == before.id and after.call.direction == "outgoing" and not after.call.certainty


def test_a_call_that_events_told_is_left_alone(db: Db, tmp_path: Path) -> None:
    put(db, made(7, direction="outgoing"))
    assert read(db, written(tmp_path, {**BARE, "linked_id": "7.0"})).known == 1
    assert stored(db)[0].call.direction == "outgoing"


def test_a_recording_that_another_call_has_stays_there(db: Db, tmp_path: Path) -> None:
    first = made(1, recordings=(Announced(FileId("r1"), made(1).started_at, "announced"),))
    put(db, first)
    read(db, written(tmp_path, {**QUEUE_CALL, "started_at": "2026-10-01", "answered_at": "2026-10-01", "ended_at": "2026-10-01 00:01:00"}))
    assert [[one.id for one in call.recordings] for call in stored(db)] == [["r2"], ["r1"]]


@pytest.mark.parametrize(("wrong", "reason"), [
    ({"linked_id": ""}, "linked_id is empty"), ({"started_at": ""}, "started_at is empty"), ({"started_at": "now"}, "started_at: 'now'"),
    ({"answered_at": "2016-03-31 16:00:00"}, "not in this order"), ({"ended_at": "2015-01-01"}, "not in this order"),
    ({"direction": "up"}, "direction: 'up' is none of incoming, outgoing, internal"), ({"outcome": "ongoing"}, "outcome: 'ongoing'"),
    ({"queue_outcome": "won"}, "queue_outcome: 'won'"), ({"attached_data": "[]"}, "attached_data is no JSON object"),
    ({"attached_data": '{"": "x"}'}, "attached_data has a key"),
])  # fmt: skip
def test_a_row_without_sense_is_told_and_stops_nothing(db: Db, tmp_path: Path, wrong: dict[str, str], reason: str) -> None:
    done = read(db, written(tmp_path, QUEUE_CALL | wrong, BARE))
    assert (done.new, done.unreadable) == (1, 1)
    assert done.faults[0].position == 2 and reason in done.faults[0].reason and reason in done.text()


@pytest.mark.parametrize("header", ["", "linked_id", "linked_id,started_at,colour", "linked_id,started_at,started_at"])
def test_a_file_of_another_form_is_refused(db: Db, tmp_path: Path, header: str) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(f"{header}\n1,2016-01-01\n")
    before = indexes(db)
    with pytest.raises(Invalid, match="line 1 must name"):
        read(db, path)
    assert indexes(db) == before


def test_parquet_tells_the_same(db: Db, tmp_path: Path) -> None:
    local = datetime(2016, 3, 31, 16, 45)  # noqa: DTZ001 - Parquet's own time without a zone
    pq.write_table(
        pa.table({"linked_id": ["1.1", "1.2"], "started_at": [local, local], "agent": ["2001", None]}), tmp_path / "calls.parquet"
    )
    assert read(db, tmp_path / "calls.parquet").new == 2
    assert {one.call.started_at for one in stored(db)} == {datetime(2016, 3, 31, 14, 45, tzinfo=UTC)}


def test_odd_characters_are_kept_as_well_as_a_database_can(db: Db, tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_bytes(b"linked_id,started_at,caller_name\n1.1,2016-01-01,a\x00b\n1.2,2016-01-02,\xe9t\xe9\n")
    assert read(db, path).new == 2
    assert [one.call.caller.name for one in stored(db)] == ["?t?", "a\ufffdb"]


def test_names_of_the_directory_are_found(db: Db, tmp_path: Path) -> None:
    with db.transaction() as tx:
        directory.put_directory(tx, SYSTEM, "agents", [Agent("2001", firstname="Dino", lastname="Falconetti")])
    read(db, written(tmp_path, QUEUE_CALL))
    assert stored(db, agent="falco")[0].call.agents[0].name == "Dino Falconetti"


def test_a_large_file_is_read_by_another_process_with_the_same_calls(db: Db, tmp_path: Path) -> None:
    started = datetime(2016, 3, 31, 9, tzinfo=UTC)
    many = [
        {"linked_id": f"1459435500.{n}", "started_at": f"{started + n * SECOND}", "caller_number": f"{n:04}", "attached_data": LONG}
        for n in range(2500)
    ]
    path = written(tmp_path, QUEUE_CALL, *many, BARE | {"started_at": "never"})
    assert path.stat().st_size > SMALL_BYTES
    done = read(db, path)
    assert (done.read, done.new, done.unreadable) == (2502, 2501, 1)
    assert [(fault.position, fault.reason[:10]) for fault in done.faults] == [(2503, "started_at")]
    assert [found.call.recordings[0].id for found in stored(db, recorded=True)] == ["r1"]
    assert {found.call.caller.number for found in stored(db, limit=5000)} == {"0612345678", *(one["caller_number"] for one in many)}
    assert read(db, path).known == 2501


def test_a_large_file_that_is_no_history_is_refused(db: Db, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("colour\n" + "green\n" * 200_000)
    with pytest.raises(Invalid, match="line 1 must name linked_id"):
        read(db, path)
    assert stored(db) == []
    assert indexes(db)


def test_a_reader_that_dies_is_no_end_of_the_file() -> None:
    ours, theirs = Pipe(duplex=False)
    with ours:
        theirs.close()
        with pytest.raises(Unavailable, match="before its end"):
            list(received(ours))
