"""Our own events, as JSON."""

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegraphone.errors import Invalid
from telegraphone.events import Event, Unreadable, digest
from telegraphone.ingest import SOURCES, events_from_objects, find_source
from tests.ingest.cel import PARIS

GOOD = {"kind": "attached", "at": "2026-07-01T10:00:00Z", "leg": "1.1", "linked_id": "1.1", "detail": {"key": "a", "value": "b"}}


def one(row):
    (item,) = events_from_objects([(3, row)], "telegraphone", PARIS)
    return item


def test_an_event_is_read():
    assert one(GOOD) == Event(
        kind="attached", at=datetime(2026, 7, 1, 10, tzinfo=UTC), leg="1.1", linked_id="1.1", detail={"key": "a", "value": "b"},
        source="telegraphone", position=3,
    )  # fmt: skip


def test_a_moment_without_an_offset_is_of_the_zone():
    assert one({**GOOD, "at": "2026-07-01 12:00:00"}).at == datetime(2026, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "nonsense"}, "Invalid enum value 'nonsense' - at `$.kind`"),
        ({"kind": None}, "Expected `str`, got `null` - at `$.kind`"),
        ({"at": None}, "there is no time"),
        ({"at": "soon"}, "'soon' is neither yyyy-MM-dd HH:mm:ss nor ISO 8601"),
        ({"leg": 1}, "Expected `str`, got `int` - at `$.leg`"),
        ({"detail": {"a": 1}}, "Expected `str`, got `int` - at `$.detail[...]`"),
        ({"color": "green"}, "unknown field color"),
        ({"position": 4}, "unknown field position"),
        ({"leg": "1" * 256}, "leg is longer than 255 characters"),
        ({"detail": {"key": "k" * 256, "value": "v"}}, "key is longer than 255 characters"),
        ({"detail": {"bridge_id": "b" * 256}}, "bridge_id is longer than 255 characters"),
    ],
)
def test_what_is_wrong_is_told(change, reason):
    item = one({**GOOD, **change})

    assert isinstance(item, Unreadable)
    assert (item.position, item.reason) == (3, reason)


def test_lines_of_json():
    lines = [json.dumps(GOOD) + "\n", "\n", "{\n", "[]\n", json.dumps(GOOD)]

    found = list(SOURCES["telegraphone"].read(lines, zone=PARIS))

    assert [(type(item), item.position) for item in found] == [(Event, 1), (Unreadable, 3), (Unreadable, 4), (Event, 5)]
    assert (found[0].repetition, found[3].repetition) == (0, 1)


def test_a_line_that_is_still_being_written_is_left_for_the_next_time():
    line = json.dumps(GOOD)

    assert all(len(list(SOURCES["telegraphone"].read([line + "\n", line[:at]], zone=PARIS))) == 1 for at in range(len(line)))


def test_an_event_of_another_source_is_recognised_as_the_same():
    row = {"eventtype": "ANSWER", "eventtime": "2026-07-01 12:00:00", "uniqueid": "1.1", "appname": "Dial"}
    (cel,) = events_from_objects([(1, row)], "asterisk-cel", PARIS)
    fields = {name: value for name, value in msgspec.to_builtins(cel).items() if name not in ("source", "position")}

    assert digest(one(fields)) == digest(cel)


def test_sources_have_names():
    assert set(SOURCES) == {"asterisk-cel", "asterisk-queue-log", "asterisk-cdr", "asterisk-ami", "telegraphone"}
    with pytest.raises(
        Invalid, match="carrier-pigeon is not one of asterisk-cel, asterisk-queue-log, asterisk-cdr, asterisk-ami, telegraphone"
    ):
        find_source("carrier-pigeon")


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())
jsons = st.recursive(scalars, lambda x: st.lists(x) | st.dictionaries(st.text(), x), max_leaves=8)


@given(st.dictionaries(st.sampled_from([*GOOD, "exten", "x"]), jsons), st.booleans())
def test_nothing_that_stands_in_an_object_raises(row, whole):
    item = one({**GOOD, **row} if whole else row)

    assert item.position == 3
    assert "\\x00" not in repr(item).replace("\\\\", "")


@given(st.lists(st.text()))
def test_nothing_that_stands_in_a_file_raises(lines):
    assert all(isinstance(item, Unreadable) for item in SOURCES["telegraphone"].read(lines, zone=PARIS))
