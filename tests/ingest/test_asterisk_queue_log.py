"""queue_log lines as Asterisk and XiVO's dial plan write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegraphone.events import Event, Unreadable, digest
from telegraphone.ingest import asterisk_queue_log, events_from_objects
from tests.ingest.cel import PARIS


def read(text):
    return list(asterisk_queue_log.read(text.splitlines(keepends=True), zone=PARIS))


@pytest.mark.parametrize(
    ("line", "kind", "detail"),
    [
        ("q|NONE|ENTERQUEUE||0612345678|1", "queue_entered", {"number": "0612345678", "position": "1"}),
        ("q|Agent/2000|CONNECT|1|1795517066.1|4", "queue_connected", {"hold_s": "1", "leg": "1795517066.1", "ring_s": "4"}),
        ("q|Agent/2000|COMPLETECALLER|1|4|1", "queue_completed", {"by": "caller", "hold_s": "1", "talk_s": "4", "position": "1"}),
        ("q|Agent/2000|COMPLETEAGENT|1|4|1", "queue_completed", {"by": "agent", "hold_s": "1", "talk_s": "4", "position": "1"}),
        ("q|NONE|ABANDON|1|2|3", "queue_abandoned", {"position": "1", "original_position": "2", "wait_s": "3"}),
        ("q|NONE|EXITWITHTIMEOUT|1|1|5", "queue_timed_out", {"position": "1", "original_position": "1", "wait_s": "5"}),
        ("q|NONE|EXITEMPTY|1|1|6", "queue_emptied", {"position": "1", "original_position": "1", "wait_s": "6"}),
        ("q|NONE|EXITWITHKEY|4|1|2|6", "queue_key_pressed", {"key": "4", "position": "1", "original_position": "2", "wait_s": "6"}),
        ("q|Agent/2000|RINGNOANSWER|3000", "queue_not_answered", {"rang_ms": "3000"}),
        ("q|Agent/2000|RINGCANCELED|2005", "queue_not_answered", {"rang_ms": "2005"}),
        ("q|NONE|CLOSED|", "queue_refused", {"reason": "closed"}),
        ("q|NONE|FULL|", "queue_refused", {"reason": "full"}),
        ("q|NONE|JOINEMPTY|", "queue_refused", {"reason": "joinempty"}),
        ("q|NONE|DIVERT_CA_RATIO|", "queue_refused", {"reason": "divert_ca_ratio"}),
        ("q|NONE|DIVERT_HOLDTIME|", "queue_refused", {"reason": "divert_waittime"}),
        ("q|NONE|LEAVEEMPTY|", "queue_told", {}),
        ("q|Agent/2003|PAUSE|lunch", "queue_told", {"data1": "lunch"}),
        ("NONE|NONE|QUEUESTART|", "pbx_started", {}),
    ],
)
def test_what_a_line_tells(line, kind, detail):
    (event,) = read(f"1795517066|1795517066.0|{line}\n")

    assert (event.kind, event.detail) == (kind, {"verb": line.split("|")[2], **detail})
    assert (event.leg, event.position, event.source) == ("1795517066.0", 1, "asterisk-queue-log")
    assert event.at == datetime(2026, 11, 24, 10, 44, 26, tzinfo=UTC)


def test_transfers_tell_where_to_and_keep_their_data():
    (blind,) = read("1795517066|1.1|q|Agent/2|BLINDTRANSFER|1002|from-phones|1|3|1\n")
    (attended,) = read("1795517066|1.1|q|Agent/2|ATTENDEDTRANSFER|BRIDGE|b1|1|6|1\n")

    assert (blind.kind, attended.kind) == ("queue_transferred", "queue_transferred")
    assert {name: blind.detail[name] for name in ("kind", "to", "context", "data5")} == {
        "kind": "blind", "to": "1002", "context": "from-phones", "data5": "1",
    }  # fmt: skip
    assert {name: attended.detail[name] for name in ("kind", "data1", "data2")} == {"kind": "attended", "data1": "BRIDGE", "data2": "b1"}


def test_no_call_no_queue_and_no_member_are_empty():
    start, member = read("1795516988|NONE|NONE|NONE|QUEUESTART|\n1795517727|MANAGER|support|PJSIP/w2x6pl|ADDMEMBER|\n")

    assert (start.leg, start.queue, start.member) == ("", "", "")
    assert (member.leg, member.queue, member.member) == ("", "support", "PJSIP/w2x6pl")


def test_a_table_tells_the_same_to_the_microsecond():
    (line,) = read("1795517066|1795517066.0|hotline|Agent/2000|CONNECT|1|1795517066.1|1\n")
    row = {"callid": "1795517066.0", "queuename": "hotline", "agent": "Agent/2000", "event": "CONNECT"}
    row["time"] = "2026-11-24 11:44:26.474265"
    forms = [
        {**row, "data1": "1", "data2": "1795517066.1", "data3": "1"},
        {**row, "data": "1|1795517066.1|1"},
        {**row, "data1": "1", "data2": "1795517066.1", "data3": "1", "time": datetime.fromisoformat(row["time"])},
        {**row, "data1": "1", "data2": "1795517066.1", "data3": "1", "time": 1795517066},
    ]

    for form in forms:
        (event,) = events_from_objects([(7, form)], "asterisk-queue-log", PARIS)
        assert digest(event) == digest(line)
        assert (event.detail, event.position) == (line.detail, 7)


def test_two_equal_lines_within_a_second_are_two():
    found = read("1795517066|1.0|q|Agent/1|RINGNOANSWER|0\n1795517066|1.0|q|Agent/1|RINGNOANSWER|1000\n")

    assert [event.repetition for event in found] == [0, 1]


@pytest.mark.parametrize(("end", "events"), [("", 2), ("\n", 2), ("|1|1", 2)])
def test_a_line_without_an_end_that_says_enough(end, events):
    line = "1795517066|1795517066.0|hotline|NONE|ABANDON"

    assert [event.kind for event in read(f"{line}\n{line}{end}")] == ["queue_abandoned"] * events


def test_a_line_that_is_still_being_written_is_left_for_the_next_time():
    line = "1795517066|1795517066.0|hotline|NONE|ABANDON"

    assert all(len(read(f"{line}|1|1\n{line[:at]}")) == 1 for at in range(len(line)))


@pytest.mark.parametrize("line", ["", "   ", "\r"])
def test_empty_lines_say_nothing(line):
    assert read(line + "\n") == []


@pytest.mark.parametrize("line", [
    "x", "a|b|c|d", "soon|1.0|q|NONE|ABANDON", "1795517066|1.0|q|NONE||1", "1795517066|1.0|q|NONE|NONE",
    f"1795517066|1.0|{'q' * 256}|NONE|FULL",
])  # fmt: skip
def test_what_is_not_understood_is_kept(line):
    (item,) = read(line + "\n")

    assert isinstance(item, Unreadable)
    assert (item.position, item.text) == (1, line)


@given(st.lists(st.one_of(st.text(), st.text(alphabet="|0159.\nNONE\0"), st.just("1795517066|1.0|q|NONE|ABANDON|1|1|2"))))
def test_nothing_that_stands_in_a_file_raises(lines):
    for item in asterisk_queue_log.read(lines, zone=PARIS):
        assert isinstance(item, Unreadable) or (isinstance(item, Event) and len(digest(item)) == 16)
