"""Wall-clock times and what they mean, in the two nights of the year that are not as the others."""

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telegraphone.zones import both_moments, moment_from_local, offsets, parse_moment
from tests.each import each

PARIS, LORD_HOWE, UTC_ZONE = ZoneInfo("Europe/Paris"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2016-03-31 16:44:26", "2016-03-31T14:44:26+00:00"),
        ("2016-03-31", "2016-03-30T22:00:00+00:00"),
        ("2016-03-31T16:44:26", "2016-03-31T14:44:26+00:00"),
        ("2016-03-31T16:44:26.5Z", "2016-03-31T16:44:26.500000+00:00"),
        ("2016-03-31T16:44:26-0530", "2016-03-31T22:14:26+00:00"),
        ("2026-10-25 02:30:00", "2026-10-25T00:30:00+00:00"),
        ("2026-10-25 03:00:00", "2026-10-25T02:00:00+00:00"),
        ("2026-03-29 02:00:00", "2026-03-29T01:00:00+00:00"),
        ("2026-03-29 02:59:59.999999", "2026-03-29T01:00:00+00:00"),
        ("2026-03-29 03:00:00", "2026-03-29T01:00:00+00:00"),
        ("2026-03-29 01:59:59", "2026-03-29T00:59:59+00:00"),
    ],
)
def test_moments_in_paris(text, moment):
    assert parse_moment(text, PARIS).isoformat() == moment


@pytest.mark.parametrize("text", [
    "", "x", "2016-13-01", "2016-02-30 00:00:00", "20160331", "2016-W13-4", "31/03/2016", "2016-03-31 25:00:00", "1459435466",
    "٢٠١٦-03-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2016-03-31 16:44:26 Europe/Paris", "2016-03-31\n",
])  # fmt: skip
def test_what_is_no_moment(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_moment(text, PARIS)


def test_a_repeated_hour_is_two_moments():
    first, last = both_moments(datetime.fromisoformat("2026-10-25 02:30"), PARIS)

    assert last - first == timedelta(hours=1)
    assert moment_from_local("2026-10-25 02:30:00", PARIS) == first


def test_half_an_hour_is_skipped_on_lord_howe():
    assert moment_from_local("2026-10-04 02:10:00", LORD_HOWE) == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00Z", "yesterday"])
def test_a_local_time_has_no_offset(text):
    with pytest.raises(ValueError, match=r".+"):
        moment_from_local(text, PARIS)


@given(st.text())
def test_garbage_is_a_value_error(text):
    with contextlib.suppress(ValueError):
        assert parse_moment(text, PARIS).tzinfo is UTC


days = st.datetimes(datetime.fromisoformat("1950-01-01"), datetime.fromisoformat("2100-01-01"))


@given(days, st.sampled_from([PARIS, LORD_HOWE, UTC_ZONE]))
def test_a_clock_on_the_wall_showed_it_then_unless_it_was_skipped(local, zone):
    first, last = both_moments(local, zone)

    assert first <= last
    shown = first.astimezone(zone).replace(tzinfo=None)
    assert shown == local or (first == last and timedelta(0) < shown - local <= timedelta(hours=1))
    assert last == first or last.astimezone(zone).replace(tzinfo=None) == local


@each(("since", "before", "zone", "told"), [
    ("2026-03-01T00:00:00", "2026-03-05T00:00:00", "Europe/Paris", [("2026-03-01T00:00:00", 60)]),
    ("2026-03-28T12:34:56.7", "2026-10-26", "Europe/Paris", [
        ("2026-03-28T12:34:56.7", 60), ("2026-03-29T01:00:00", 120), ("2026-10-25T01:00:00", 60),
    ]),
    ("2026-01-01T00:00:00", "2026-01-01T00:00:00", "Asia/Kolkata", [("2026-01-01T00:00:00", 330)]),
    ("2026-04-04T00:00:00", "2026-04-06T00:00:00", "Australia/Lord_Howe", [("2026-04-04T00:00:00", 660), ("2026-04-04T15:00:00", 630)]),
])  # fmt: skip
def test_offsets(since: str, before: str, zone: str, told: list[tuple[str, int]]) -> None:
    utc = lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC)  # noqa: E731
    assert offsets(utc(since), utc(before), ZoneInfo(zone)) == [(utc(at), timedelta(minutes=minutes)) for at, minutes in told]
