"""Call detail records as cdr_csv writes them, and rows of a `cdr` table."""

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegraphone.events import Event, Unreadable, digest
from telegraphone.ingest import SOURCES, asterisk_cdr, events_from_objects, read_file, tables
from tests.ingest.cel import PARIS, UTC_ZONE

CORPUS = Path(__file__).parent.parent / "corpus"
FILES = sorted(CORPUS.glob("*/Master.csv"))
ROW = (
    '"","0612345678","3556","queues","""Customer One"" <0612345678>","PJSIP/trunk-00000000","PJSIP/1003-00000001","Queue",'
    '"hotline,tTkKxX,,,20","2026-11-24 10:44:27","2026-11-24 10:44:27","2026-11-24 10:44:31",3,3,"ANSWERED","DOCUMENTATION"'
)
NEWEST = ROW + ',"1795517066.0","","","1795517066.0",5'
COLUMNS = (*asterisk_cdr.FIRST, "uniqueid", "userfield", "peeraccount", "linkedid", "sequence")


def read(text: str, zone: ZoneInfo = UTC_ZONE, columns: list[str] | None = None) -> list[Event | Unreadable]:
    return list(asterisk_cdr.read(text.splitlines(keepends=True), zone=zone, columns=columns))


def one(text: str, **how: ZoneInfo) -> Event:
    (event,) = read(text, **how)
    assert isinstance(event, Event)
    return event


def row_of(**columns: object) -> Event:
    """The event of a row of a table as FreePBX has it."""
    row = {
        "calldate": "2026-11-24 10:44:27", "clid": '"Customer One" <0612345678>', "src": "0612345678", "dst": "3556", "dcontext": "queues",
        "channel": "PJSIP/trunk-00000000", "dstchannel": "PJSIP/1003-00000001", "lastapp": "Queue", "lastdata": "hotline,tTkKxX,,,20",
        "duration": 4, "billsec": 3, "disposition": "ANSWERED", "amaflags": 3, "accountcode": "", "uniqueid": "1795517066.0",
        "userfield": "", "linkedid": "1795517066.0", "sequence": "5", **columns,
    }  # fmt: skip
    (event,) = events_from_objects([(7, row)], "asterisk-cdr", UTC_ZONE)
    assert isinstance(event, Event)
    return event


def test_a_row_is_an_event():
    assert one(NEWEST) == Event(
        kind="cdr", at=datetime(2026, 11, 24, 10, 44, 27, tzinfo=UTC), leg="1795517066.0", linked_id="1795517066.0",
        channel="PJSIP/trunk-00000000", number="0612345678", name="Customer One", exten="3556", context="queues", app="Queue",
        app_data="hotline,tTkKxX,,,20", peer="PJSIP/1003-00000001", source="asterisk-cdr", position=1,
        detail={
            "verb": "PJSIP/1003-00000001", "answer": "2026-11-24T10:44:27+00:00", "end": "2026-11-24T10:44:31+00:00",
            "duration_s": "3", "billsec_s": "3", "disposition": "ANSWERED", "sequence": "5",
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ending", "leg", "linked_id", "detail"),
    [
        (',"1.1"', "1.1", "1.1", {}),
        (',"1.1","note"', "1.1", "1.1", {"userfield": "note"}),
        (',"1.1","","acc","1.0",7', "1.1", "1.0", {"peeraccount": "acc", "sequence": "7"}),
        (',"1.1","","1.0",7', "1.1", "1.0", {"sequence": "7"}),
        (',"pbx1-1795517066.3"', "pbx1-1795517066.3", "pbx1-1795517066.3", {}),
    ],
)
def test_the_last_columns_depend_on_the_configuration(ending, leg, linked_id, detail):
    event = one(ROW + ending)

    assert (event.leg, event.linked_id) == (leg, linked_id)
    assert {name: event.detail[name] for name in detail} == detail


@pytest.mark.parametrize("ending", ["", ',"only a userfield"', ',"","1.0",7'])
def test_without_a_unique_id_a_row_is_of_no_use(ending):
    (item,) = read(ROW + ending)

    assert isinstance(item, Unreadable)
    assert "loguniqueid" in item.reason


@pytest.mark.parametrize(
    ("clid", "src", "number", "name"),
    [
        ('"Alice Martin" <1001>', "1001", "1001", "Alice Martin"),
        ("Alice <1001>", "", "1001", "Alice"),
        ("1001", "", "1001", ""),
        ("", "1001", "1001", ""),
        ('"" <1001>', "1001", "1001", ""),
        ('"Anonymous" <anonymous>', "anonymous", "anonymous", "Anonymous"),
        (r'"O\'Neil \"Bob\", <Jr.>; Sons" <0622>', "0622", "0622", r"O\'Neil \"Bob\", <Jr.>; Sons"),
        ('"王小明 (Wáng) 😀" <0611000002>', "0611000002", "0611000002", "王小明 (Wáng) 😀"),
        ('"cut off at some', "1001", "1001", ""),
    ],
)
def test_who_called(clid, src, number, name):
    event = row_of(clid=clid, src=src)

    assert (event.number, event.name) == (number, name)


def test_freepbx_keeps_the_caller_the_did_and_the_recording_in_columns_of_their_own():
    event = row_of(clid='"Firm" <0155500000>', src="0155500000", cnum="1001", cnam="Alice", did="0155501002", recordingfile="in-1.wav")

    assert (event.number, event.name) == ("1001", "Alice")
    assert (event.detail["did"], event.detail["recordingfile"]) == ("0155501002", "in-1.wav")


def test_the_manager_has_other_names_for_the_same_columns():
    row = {
        "Source": "1001", "Destination": "1002", "DestinationContext": "user", "CallerID": '"A" <1001>', "Channel": "SIP/1001-1",
        "DestinationChannel": "SIP/1002-2", "LastApplication": "Dial", "LastData": "SIP/1002", "StartTime": "2026-11-24 10:43:08",
        "AnswerTime": "2026-11-24 10:43:09", "EndTime": "2026-11-24 10:43:13", "Duration": "5", "BillableSeconds": "4",
        "Disposition": "ANSWERED", "UniqueID": "1795516988.0",
    }  # fmt: skip
    (event,) = events_from_objects([(1, row)], "asterisk-cdr", UTC_ZONE)

    assert isinstance(event, Event)
    assert (event.number, event.exten, event.peer, event.context) == ("1001", "1002", "SIP/1002-2", "user")
    assert (event.detail["answer"], event.detail["billsec_s"]) == ("2026-11-24T10:43:09+00:00", "4")


def test_a_file_and_a_table_tell_the_same_row():
    from_table = row_of(calldate=datetime(2026, 11, 24, 10, 44, 27, 120, tzinfo=UTC), duration="4")

    assert digest(from_table) == digest(one(NEWEST))
    assert digest(row_of(dstchannel="PJSIP/1004-00000002")) != digest(from_table)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_every_row_of_the_corpus_is_told_apart_and_known_again_in_a_table(path, tmp_path):
    zone = PARIS if "clock" in path.parent.name else UTC_ZONE
    written = list(read_file(path, "asterisk-cdr", zone))
    with apsw.Connection(str(tmp_path / "master.db")) as db, path.open(encoding="utf-8", newline="") as lines:
        db.execute(f"create table cdr (AcctId integer primary key, {', '.join(COLUMNS).replace('end', 'hangup')})")
        db.executemany(f"insert into cdr values (null{', ?' * len(COLUMNS)})", csv.reader(lines))
    kept = list(SOURCES["asterisk-cdr"].read_rows(tables.rows_of(f"sqlite:///{tmp_path}/master.db", "cdr"), zone=zone))

    assert written and all(isinstance(item, Event) for item in written + kept)
    assert Counter(map(digest, written)) == Counter(map(digest, kept))
    assert len(set(map(digest, written))) == len(written)


def test_the_clock_goes_on_within_a_row_when_the_hour_repeats():
    (event,) = read(
        '"","1","2","c","","a-1","b-1","Dial","x","2026-10-25 02:59:55","2026-10-25 02:59:58","2026-10-25 02:00:03",8,5,'
        '"ANSWERED","DOCUMENTATION","1792889995.0"',
        zone=PARIS,
    )

    assert isinstance(event, Event)
    assert event.at == datetime(2026, 10, 25, 0, 59, 55, tzinfo=UTC)
    assert (event.detail["answer"], event.detail["end"]) == ("2026-10-25T00:59:58+00:00", "2026-10-25T01:00:03+00:00")


def test_a_later_row_may_begin_earlier():
    """Rows stand in the order of their ends: a call that began in the first of two equal hours ends after one of the second."""
    rows = [
        ROW.replace("2026-11-24 10:44", f"2026-10-25 {time}") + f',"{epoch}.0"'
        for time, epoch in (("02:30", 1792891827), ("02:10", 1792887027))
    ]
    first, second = read("\n".join(rows), zone=PARIS)

    assert isinstance(first, Event) and isinstance(second, Event)
    assert first.at == datetime(2026, 10, 25, 1, 30, 27, tzinfo=UTC)
    assert second.at == datetime(2026, 10, 25, 0, 10, 27, tzinfo=UTC)


@pytest.mark.parametrize("nothing", ["", "0000-00-00 00:00:00", None])
def test_an_answer_that_was_not_is_absent(nothing):
    assert "answer" not in row_of(answer=nothing).detail


def test_columns_may_be_named():
    line = '"1795516988.0","1001","1002","SIP/1001-1","2026-11-24 10:43:08","NO ANSWER"\n'
    names = ["uniqueid", "src", "dst", "channel", "start", "disposition"]

    assert [item.leg for item in read(line, columns=names) if isinstance(item, Event)] == ["1795516988.0"]
    (event,) = read(",".join(names) + "\n" + line)
    assert isinstance(event, Event)
    assert (event.number, event.exten, event.position) == ("1001", "1002", 2)


def test_a_row_that_is_still_being_written_is_left_for_later():
    for end in range(1, len(NEWEST)):
        assert len(read(NEWEST + "\n" + NEWEST[:end])) == 1
    assert len(read(NEWEST + "\n" + NEWEST + "\n")) == 2


def test_equal_rows_are_counted():
    assert [item.repetition for item in read(f"{NEWEST}\n{NEWEST}\n") if isinstance(item, Event)] == [0, 1]


@pytest.mark.parametrize("line", ["x", '"a","b"', NEWEST.replace("2026-11-24 10:44:27", "soon")])
def test_what_is_not_understood_is_kept(line):
    (item,) = read(line + "\n")

    assert isinstance(item, Unreadable)
    assert (item.position, item.text) == (1, line)


@given(st.lists(st.one_of(st.text(), st.text(alphabet='",0159.\nANSWERED\0'), st.just(NEWEST))))
def test_nothing_that_stands_in_a_file_raises(lines):
    for item in asterisk_cdr.read(lines, zone=PARIS):
        assert isinstance(item, Unreadable) or (isinstance(item, Event) and len(digest(item)) == 16)


@given(
    st.dictionaries(st.sampled_from(COLUMNS), st.one_of(st.none(), st.integers(), st.floats(), st.text(), st.just("2026-11-24 10:44:27")))
)
def test_nothing_that_stands_in_a_table_raises(row):
    for item in asterisk_cdr.read_rows([(1, row)], zone=PARIS):
        assert isinstance(item, Unreadable) or (isinstance(item, Event) and len(digest(item)) == 16)
