"""CEL rows as Asterisk wrote them, and as it should not have."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegraphone.events import Event, Unreadable, digest
from telegraphone.ingest import asterisk_cel, events_from_objects
from telegraphone.ingest.cel_rows import COLUMNS
from tests.ingest.cel import PARIS, UTC_ZONE, csv_of, events, quoted, read

ANSWERED = """
eventtype  | eventtime                  | cid_name | cid_num | exten | context    | channame            | appname | uniqueid     | linkedid     | peer | extra
CHAN_START | 2026-11-24 10:43:08.100000 | Alice    | 1001    | 1002  | from-phones| PJSIP/1001-00000000 |         | 1795516988.0 | 1795516988.0 |      |
CHAN_START | 2026-11-24 10:43:08.200000 | Bob      | 1002    | s     | from-phones| PJSIP/1002-00000001 |         | 1795516988.1 | 1795516988.0 |      |
BRIDGE_ENTER|2026-11-24 10:43:09.000000 | Bob      | 1002    |       | from-phones| PJSIP/1002-00000001 | AppDial | 1795516988.1 | 1795516988.0 |      | {"bridge_id":"b1","bridge_technology":"simple_bridge"}
HANGUP     | 2026-11-24 10:43:13        | Alice    | 1001    | 1002  | user       | PJSIP/1001-00000000 |         | 1795516988.0 | 1795516988.0 |      | {"hangupcause":16,"hangupsource":"","dialstatus":"ANSWER"}
LINKEDID_END|2026-11-24 10:43:13        | Alice    | 1001    | 1002  | user       | PJSIP/1001-00000000 |         | 1795516988.0 | 1795516988.0 |      |
"""  # noqa: E501


def test_a_call_is_read():
    first, _, bridge, hangup, end = events(ANSWERED)

    assert (first.kind, first.leg, first.linked_id) == ("leg_started", "1795516988.0", "1795516988.0")
    assert (first.number, first.name) == ("1001", "Alice")
    assert (first.exten, first.context, first.channel) == ("1002", "from-phones", "PJSIP/1001-00000000")
    assert first.at == datetime(2026, 11, 24, 10, 43, 8, 100000, tzinfo=UTC)
    assert (bridge.kind, bridge.detail["bridge_id"]) == ("bridge_entered", "b1")
    assert hangup.detail == {"hangupcause": "16", "hangupsource": "", "dialstatus": "ANSWER"}
    assert (end.kind, end.position, end.source) == ("linked_id_ended", 6, "asterisk-cel")


def test_columns_by_name_in_any_order_and_any_may_lack():
    row = '"1.5","SIP/a-1","ANSWER","?","7","2026-01-01 00:00:00"\n'

    (event,) = read(['"UniqueID","channel","EVENTTYPE","unknown","cidnum","eventtime"\n', row])

    assert (event.kind, event.leg, event.channel, event.number, event.linked_id) == ("leg_answered", "1.5", "SIP/a-1", "7", "")


def test_a_list_of_columns_stands_for_a_header_and_above_one():
    row = quoted(["1.5", "ANSWER", "2026-01-01 00:00:00"])
    columns = ["uniqueid", "eventtype", "eventtime"]

    assert [event.leg for event in read([row], columns=columns)] == ["1.5"]
    assert [event.leg for event in read(["eventtype,uniqueid,eventtime\n", row], columns=columns)] == ["1.5"]


SAMPLE_ROW = (
    '"ANSWER","1795517066.469747","Customer","0612345678","0612345678","","0155503556","3556","queues","PJSIP/trunk-00000000",'
    '"Answer","x","3","","1795517066.0","1795517066.1","PJSIP/a","field","","{""a"":1}"\n'
)


def test_without_a_header_the_columns_are_those_of_asterisks_sample():
    (event,) = read([SAMPLE_ROW])

    assert (event.name, event.number, event.dnid, event.exten, event.app) == ("Customer", "0612345678", "0155503556", "3556", "Answer")
    assert (event.leg, event.linked_id, event.peer) == ("1795517066.0", "1795517066.1", "PJSIP/a")
    assert event.detail == {"a": "1", "userfield": "field"}
    assert event.at == datetime(2026, 11, 24, 10, 44, 26, 469747, tzinfo=UTC)


def test_a_header_in_the_middle_of_joined_files():
    lines = [*csv_of(ANSWERED), "uniqueid,eventtime,eventtype\n", '"9.9","2026-11-24 10:43:14","CHAN_END"\n']

    assert [item.leg for item in read(lines)][-1] == "9.9"
    assert len(read(lines)) == 6


def test_a_byte_order_mark_and_windows_line_ends():
    lines = [line.replace("\n", "\r\n") for line in csv_of(ANSWERED)]

    assert [item.kind for item in read(["\ufeff" + lines[0], *lines[1:]])] == [event.kind for event in events(ANSWERED)]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-07-01 12:00:00.123456", "2026-07-01T10:00:00.123456+00:00"),
        ("2026-07-01 12:00:00", "2026-07-01T10:00:00+00:00"),
        ("2026-07-01 12:00:00.5", "2026-07-01T10:00:00.500000+00:00"),
        ("2026-07-01T12:00:00", "2026-07-01T10:00:00+00:00"),
        ("2026-07-01T12:00:00.123+05:30", "2026-07-01T06:30:00.123000+00:00"),
        ("2026-07-01 12:00:00+0200", "2026-07-01T10:00:00+00:00"),
        ("2026-07-01T12:00:00Z", "2026-07-01T12:00:00+00:00"),
        ("1782900000.000001", "2026-07-01T10:00:00.000001+00:00"),
        ("1782900000", "2026-07-01T10:00:00+00:00"),
        ("2026-03-29 02:30:00", "2026-03-29T01:00:00+00:00"),
    ],
)
def test_forms_of_time(written, moment):
    (event,) = events(f"eventtype|eventtime|uniqueid\nANSWER|{written}|x", PARIS)

    assert event.at.isoformat() == moment


@pytest.mark.parametrize("written", [
    "", "yesterday", "2026-07-01", "2026-13-01 00:00:00", "2026-07-01 25:00:00", "1", "-1782900000", "NaN", "1e9", "9" * 400,
    "0001-01-01 00:00:00", "9999-12-31 23:59:59", "2026-07-01 12:00:0", "２０２６-07-01 12:00:00",
])  # fmt: skip
def test_a_time_that_is_none_is_unreadable(written):
    (item,) = read(csv_of(f"eventtype|eventtime|uniqueid\nANSWER|{written}|x"))

    if written == "2026-07-01":
        assert isinstance(item, Event)
    else:
        assert isinstance(item, Unreadable)
        assert item.position == 2


AUTUMN = """
eventtype  | eventtime                  | uniqueid     | linkedid
CHAN_START | 2026-10-25 02:59:55.858689 | 1792889995.0 | 1792889995.0
ANSWER     | 2026-10-25 02:59:56.858689 | 1792889995.0 | 1792889995.0
CHAN_END   | 2026-10-25 02:00:03.858688 | 1792889995.0 | 1792889995.0
CHAN_START | 2026-10-25 02:59:56.000000 | 1792893596.9 | 1792893596.9
CHAN_END   | 2026-10-25 03:00:01.000000 | 1792893596.9 | 1792893596.9
"""


def test_the_hour_that_autumn_repeats_is_told_apart():
    moments = [event.at.strftime("%H:%M:%S") for event in events(AUTUMN, PARIS)]

    assert moments == ["00:59:55", "00:59:56", "01:00:03", "01:59:56", "02:00:01"]


def test_a_channel_does_nothing_before_its_birth():
    (event,) = events("eventtype|eventtime|uniqueid\nANSWER|2026-10-25 02:10:00|pbx-1792890570.4", PARIS)

    assert event.at == datetime(2026, 10, 25, 1, 10, tzinfo=UTC)


def user_event(eventtype, userdeftype, appdata, extra):
    line = quoted([eventtype, "2026-01-01 00:00:00", userdeftype, appdata, "CELGenUserEvent", "1.1", extra])
    (event,) = read(["eventtype,eventtime,userdeftype,appdata,appname,uniqueid,extra\n", line])
    return event


@pytest.mark.parametrize("eventtype", ["ATTACHED_DATA", "USER_DEFINED"])
@pytest.mark.parametrize("userdeftype", ["ATTACHED_DATA", ""])
def test_attached_data_in_each_form_is_the_same_event(eventtype, userdeftype):
    event = user_event(eventtype, userdeftype, "ATTACHED_DATA,color=green", '{"extra":"color=green"}')

    assert (event.kind, event.detail) == ("attached", {"key": "color", "value": "green"})
    assert digest(event) == digest(user_event("ATTACHED_DATA", "ATTACHED_DATA", "ATTACHED_DATA,color=green", ""))


@pytest.mark.parametrize(
    ("appdata", "extra", "pair"),
    [
        ("ATTACHED_DATA,k=a", '{"extra":"k=a and much more"}', ("k", "a and much more")),
        ("ATTACHED_DATA,k=a and much more", '{"extra":"k=a and', ("k", "a and much more")),
        ("ATTACHED_DATA,k=a", '{"extra":"k=a and \\"mo\\', ("k", 'a and "mo')),
        ("ATTACHED_DATA,k=a", '{"ex', ("k", "a")),
        ("ATTACHED_DATA,k=a", "", ("k", "a")),
        ("", '{"extra":"k=a"}', ("k", "a")),
        ("", "k=a", ("k", "a")),
        ("ATTACHED_DATA,novalue", '{"extra":"novalue"}', ("novalue", "")),
        ("ATTACHED_DATA,=x", '{"extra":"=x"}', ("", "x")),
        ("ATTACHED_DATA,k=a=b,c", '{"extra":"k=a=b,c"}', ("k", "a=b,c")),
        ("ATTACHED_DATA,k=é😀", '{"extra":"k=\\u00e9\\ud83d\\ude00"}', ("k", "é😀")),
        ("ATTACHED_DATA,k=", '{"extra":"k=a\\u0000b"}', ("k", "a\ufffdb")),
        ("ATTACHED_DATA,k={}", '{"extra":"k={\\"a\\": 1}"}', ("k", '{"a": 1}')),
        ("ATTACHED_DATA", "", ("", "")),
    ],
)
def test_the_most_complete_value_counts(appdata, extra, pair):
    event = user_event("ATTACHED_DATA", "ATTACHED_DATA", appdata, extra)

    assert (event.detail["key"], event.detail["value"]) == pair


def test_other_user_events_keep_their_name_and_payload():
    event = user_event("USER_DEFINED", "XIVO_INCALL", "XIVO_INCALL,x", '{"extra":"x"}')

    assert (event.kind, event.detail) == ("user_event", {"verb": "XIVO_INCALL", "payload": "x"})
    assert user_event("ANSWER", "ANSWER", "ANSWER,x", "").kind == "user_event"


def test_a_recording_is_told_by_an_event_or_by_a_user_event():
    own, named = user_event("MIXMONITOR_START", "", "", '{"filename":"2025/a.wav"}'), user_event("USER_DEFINED", "MIXMONITOR_STOP", "", "")

    assert (own.kind, own.detail["filename"], named.kind) == ("recording_started", "2025/a.wav", "recording_stopped")


def test_what_plays_is_told_even_without_a_column_for_it():
    told, inferred = (user_event("STREAM_BEGIN", name, "", '{"class":"default"}') for name in ("MOH_STREAM_BEGIN", ""))

    assert told.detail == inferred.detail == {"class": "default", "verb": "MOH_STREAM_BEGIN"}


def test_an_event_without_a_word_of_ours_is_kept():
    assert user_event("HOOKFLASH", "", "", "").detail == {"verb": "HOOKFLASH"}
    assert user_event("HOOKFLASH", "", "", "").kind == "other"


@pytest.mark.parametrize("at", range(150, 330))
def test_a_row_that_is_cut_off_does_not_take_the_next_with_it(at):
    rows = csv_of(ANSWERED)
    cut = quoted(["CHAN_START", "2026-11-24 10:43:08.300000", *"abcde", "", "1.7", "1.7", "p", '{"extra":"' + "x" * 500])[:at] + "\n"

    found = read([*rows[:2], cut, *rows[2:]])

    assert [item for item in found if item.position != 3] == [_moved(event, event.position > 2) for event in events(ANSWERED)]
    assert len(found) == 6
    assert next(item for item in found if item.position == 3).leg == "1.7"


def _moved(event, by):
    return Event(**{**{name: getattr(event, name) for name in event.__struct_fields__}, "position": event.position + by})


def test_a_value_with_newlines_goes_on_in_the_next_lines():
    rows = csv_of(ANSWERED)
    split = quoted(["USER_DEFINED", "2026-11-24 10:43:09", 'a\n\nb,"c"\nd', "", "", "", "", "CELGenUserEvent", "1.7", "1.7", "", ""])

    found = read([*rows[:2], *split.splitlines(keepends=True), *rows[2:]])

    assert (found[1].name, found[1].position, found[2].position) == ('a\n\nb,"c"\nd', 3, 7)
    assert len(found) == 6


def test_a_value_without_an_end_has_one():
    found = read([*csv_of(ANSWERED), '"ANSWER,no end\n', *["what is this\n"] * 1000])

    assert [type(item) for item in found[:5]] == [Event] * 5
    assert all(isinstance(item, Unreadable) for item in found[5:])


@pytest.mark.parametrize("at", range(5, 130, 3))
def test_a_row_that_is_still_being_written_is_left_for_the_next_time(at):
    rows = csv_of(ANSWERED)

    assert len(read([*rows, rows[1][:at]])) == 5
    assert len(read([*rows, rows[1][:-1]])) == 6
    assert len(read([*rows, rows[1]])) == 6


def test_lines_without_ends_are_as_good():
    assert read([line.rstrip("\n") for line in csv_of(ANSWERED)]) == events(ANSWERED)


def test_equal_rows_are_told_apart_by_their_number():
    row = csv_of(ANSWERED)[:2]
    found = read([*row, row[1], row[1]])

    assert [event.repetition for event in found] == [0, 1, 2]
    assert len({digest(event) for event in found}) == 3


def test_equal_rows_far_apart_are_the_same_row_again():
    rows = csv_of(ANSWERED)
    others = [quoted(["ANSWER", f"2026-11-25 10:{n // 60:02}:{n % 60:02}", *[""] * 6, f"{n}.0", "", "", ""]) for n in range(3000)]

    found = read([rows[0], rows[1], *others, rows[1]])

    assert (found[0].repetition, found[-1].repetition) == (0, 0)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('"ANSWER","2026-01-01 00:00:00"\n', "there is no unique id"),
        ('"","2026-01-01 00:00:00","1.1"\n', "there is no event type"),
        ("}{\n", "there is no event type"),
        ('"ANSWER","soon","1.1"\n', "the event time is not understood: 'soon' is neither yyyy-MM-dd HH:mm:ss nor ISO 8601"),
        ("\0\0\n", "there is no unique id"),
        (f'"ANSWER","2026-01-01 00:00:00","{"1" * 256}"\n', "leg is longer than 255 characters"),
    ],
)
def test_a_line_that_is_not_understood_is_kept_with_its_place_and_reason(line, reason):
    header = "eventtype,eventtime,uniqueid\n"
    good = '"ANSWER","2026-01-01 00:00:00","1.1"\n'

    before, item, after = read([header, good, line, good])

    assert isinstance(item, Unreadable)
    assert (item.position, item.reason) == (3, reason)
    assert "\0" not in item.text
    assert (before.kind, after.position) == ("leg_answered", 4)


good = st.sampled_from([*csv_of(ANSWERED), *csv_of(AUTUMN), SAMPLE_ROW])
anything = st.lists(st.one_of(st.text(), st.text(alphabet='",\n\\{}:0ANSWER'), good))


@given(anything, st.booleans())
def test_nothing_that_stands_in_a_file_raises(lines, has_header):
    found = read([csv_of(ANSWERED)[0], *lines] if has_header else lines, PARIS)

    for item in found:
        text = repr(item).replace("\\\\", "")
        assert "\\x00" not in text
        assert "\\ud" not in text
        assert isinstance(item, Unreadable) or len(digest(item)) == 16


values = st.one_of(st.none(), st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.text()), st.datetimes(), st.binary())


@given(st.dictionaries(st.one_of(st.sampled_from(COLUMNS), st.text()), values))
def test_nothing_that_stands_in_an_object_raises(row):
    (item,) = events_from_objects([(1, row)], "asterisk-cel", PARIS)

    assert item.position == 1


def test_an_object_has_the_columns_by_name_and_a_time_of_any_form():
    objects = [
        (1, {"eventtype": "ANSWER", "eventtime": "2026-07-01T12:00:00+02:00", "uniqueid": "1.1", "cid_num": 1001, "extra": {"a": 1}}),
        (2, {"eventtype": "ANSWER", "eventtime": "2026-07-01 12:00:00", "uniqueid": "1.1", "cid_num": None}),
        (3, {"eventtype": "ANSWER", "eventtime": 1782900000.25, "uniqueid": "1.1"}),
        (4, {"eventtype": "ANSWER", "eventtime": datetime.fromisoformat("2026-07-01 12:00:00"), "uniqueid": "1.1"}),
        (5, {"eventtype": "ANSWER", "eventtime": datetime(2026, 7, 1, 12, tzinfo=UTC), "uniqueid": "1.1"}),
    ]

    found = list(asterisk_cel.read_rows(objects, zone=PARIS))

    assert [event.at.strftime("%H:%M:%S.%f")[:11] for event in found] == ["10:00:00.00"] * 2 + ["10:00:00.25", "10:00:00.00", "12:00:00.00"]
    assert (found[0].number, found[0].detail, found[1].number) == ("1001", {"a": "1"}, "")
    assert [event.position for event in found] == [1, 2, 3, 4, 5]


def test_utc_and_local_zone_give_the_zone_of_the_source_its_meaning():
    at_utc, at_paris = (events(ANSWERED, zone)[0].at for zone in (UTC_ZONE, PARIS))

    assert (at_utc - at_paris).total_seconds() == 3600
