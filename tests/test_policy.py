"""Which calls should be recorded, and which recordings are too short."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telegraphone.model import CUT_OFF, Announced, AnsweredBy, Call, FileId, Party, QueuePassage
from telegraphone.policy import is_short, parse_policy, render_policy, should_be_recorded

BEGAN = datetime(2026, 3, 2, 8, tzinfo=UTC)
ANNOUNCED = (Announced(FileId("r"), BEGAN, "announced"),)


def made(**more: Any) -> Call:
    """An outside call for the hotline that 1003 answered: a minute of talk."""
    return Call(**{
        "linked_id": "1.0", "unique_ids": ("1.0",), "direction": "incoming", "outcome": "answered", "caller": Party("0612345678"),
        "dialled": Party("0155503556"), "answered_by": AnsweredBy("1003"), "started_at": BEGAN, "answered_at": BEGAN,
        "ended_at": BEGAN + timedelta(seconds=60), "queues": (QueuePassage("hotline", BEGAN, "answered", number="3556"),), **more,
    })  # fmt: skip


@pytest.mark.parametrize(("policy", "is_chosen"), [
    ("", False), ("{}", False), ('{"outcomes": ["answered"]}', True), ('{"outcomes": ["missed"]}', False), ('{"share": 1}', True),
    ('{"share": 0}', False), ('{"directions": ["incoming"]}', True), ('{"directions": ["internal", "outgoing"]}', False),
    ('{"queues": ["hotline"]}', True), ('{"queues": ["3556"]}', True), ('{"queues": ["355?", "x"]}', True),
    ('{"queues": ["sales"]}', False),
    ('{"numbers": ["06*"]}', True), ('{"numbers": ["*3556"]}', True), ('{"numbers": ["1003"]}', True), ('{"numbers": ["100"]}', False),
    ('{"queues": ["hotline"], "numbers": ["07*"]}', False),
    ('{"share": 1, "exclude": {"queues": ["hotline"]}}', False), ('{"share": 1, "exclude": {}}', True),
    ('{"share": 1, "exclude": {"queues": ["hotline"], "numbers": ["07*"]}}', True),
])  # fmt: skip
def test_a_policy(policy: str, is_chosen: bool) -> None:
    assert should_be_recorded(made(), parse_policy(policy)) is is_chosen


@pytest.mark.parametrize("policy", ["", '{"share": 0}', '{"share": 1, "exclude": {"queues": ["hotline"]}}'])
def test_what_was_announced_counts_with_any_policy(policy: str) -> None:
    assert should_be_recorded(made(recordings=ANNOUNCED), parse_policy(policy))


def test_a_call_that_nobody_answered_counts_only_if_the_policy_names_its_outcome() -> None:
    call = made(outcome="voicemail", answered_at=None, answered_by=None, recordings=ANNOUNCED)
    assert not should_be_recorded(call, parse_policy('{"directions": ["incoming"]}'))
    assert should_be_recorded(call, parse_policy('{"outcomes": ["voicemail"]}'))


def test_nothing_can_be_said_of_a_call_that_goes_on() -> None:
    assert not should_be_recorded(made(outcome="ongoing", recordings=ANNOUNCED), parse_policy('{"share": 1}'))


def test_a_share_is_always_the_same_calls_and_grows() -> None:
    calls = [made(linked_id=f"{n}.0") for n in range(2000)]
    tenth, half = (
        {call.linked_id for call in calls if should_be_recorded(call, parse_policy(f'{{"share": {share}}}'))} for share in (0.1, 0.5)
    )
    assert (140 < len(tenth) < 260, 900 < len(half) < 1100, tenth < half) == (True, True, True)


def test_a_policy_is_shown_as_it_is_written() -> None:
    text = '{"outcomes":["answered"],"share":0.5,"exclude":{"numbers":["1*"]}}'
    assert render_policy(parse_policy(text)) == text
    assert render_policy(parse_policy(" ")) == ""


@pytest.mark.parametrize(("talk_s", "heard_s", "expected"), [
    (60, 60, False), (60, 31, False), (60, 29, True), (3, 0.5, True), (3, 1.2, False), (2, 0.1, False), (7, 9, False),
])  # fmt: skip
def test_short_is_less_than_half_and_more_than_two_seconds_less(talk_s: float, heard_s: float, expected: bool) -> None:
    assert is_short(made(ended_at=BEGAN + timedelta(seconds=talk_s)), heard_s) is expected


def test_what_a_crash_ended_is_short() -> None:
    assert is_short(made(ended_at=None, certainty={"ended_at": CUT_OFF}), 60)
    assert not is_short(made(ended_at=None, certainty={"ended_at": "nothing was heard of it"}), 60)
