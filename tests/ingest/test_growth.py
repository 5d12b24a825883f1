"""When a file of a folder is complete."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from telegraphone.ingest.growth import Pending, first_seen
from telegraphone.ingest.recordings import AudioFile
from telegraphone.model import FileId

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def file(age_s: float, size: int = 1000) -> AudioFile:
    return AudioFile(FileId("1795517244.0"), "/monitor/1795517244.0.wav", size, round((NOW.timestamp() - age_s) * 1e9), "wav")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(("age_s", "waited_s", "state", "is_complete"), [
    (0, 0, "over", False), (0, 0.9, "over", False), (0, 1, "over", True), (0, 1, "ongoing", False), (0, 1, None, False),
    (11, 0, "over", True), (11, 0, "ongoing", False), (3600, 0, None, False), (3600, 0, "ongoing", False),
    (86_400, 0, None, True), (86_400, 0, "ongoing", True),
    (0.3, 0.6, "over", False), (0.3, 0.8, "over", True), (5, 0.4, "over", False), (5, 0.5, "over", True),
    (-30, 0, "over", False), (-30, 0.9, "over", False), (-30, 1, "over", True), (-100_000, 1, None, False),
])  # fmt: skip
def test_complete(age_s: float, waited_s: float, state: Literal["ongoing", "over"] | None, is_complete: bool) -> None:
    assert first_seen(file(age_s), NOW).is_complete(state, after(waited_s)) is is_complete


def test_a_file_that_grows_waits_anew() -> None:
    one = first_seen(file(0), NOW)
    assert not one.is_due(after(0.4))
    assert one.is_due(after(0.5))
    again = one.seen(file(-1, 2000), after(0.5))
    assert again.since == after(0.5)
    assert not again.is_complete("over", after(1))
    assert again.seen(file(-1, 2000), after(1.5)) == again
    assert again.is_complete("over", after(1.5))


def test_a_file_that_stopped_growing_is_looked_at_in_the_moment_in_which_it_is_quiet() -> None:
    one = first_seen(file(0), NOW)
    assert one.later(None, after(0.6)).due_at == after(1)
    assert one.later("over", after(0.6)).due_at == after(1)
    assert one.later("ongoing", after(0.4)).due_at == after(0.9)
    assert one.later("ongoing", after(1)).due_at == after(1.5)


def test_the_file_of_a_call_that_goes_on_is_looked_at_often_and_one_of_no_call_seldom() -> None:
    one = first_seen(file(600), NOW)
    assert one.later("ongoing", NOW).due_at == after(0.5)
    assert one.later(None, NOW).due_at == after(60)
    assert first_seen(file(1), NOW).later(None, NOW).due_at == after(0.5)
    assert first_seen(file(200), NOW).later(None, NOW).due_at == after(20)


def test_a_clock_that_is_set_back_delays_nothing_for_long() -> None:
    one: Pending = first_seen(file(0), NOW).later("ongoing", NOW)
    assert one.is_due(after(-3600))
    assert one.is_complete("over", after(-3600))
