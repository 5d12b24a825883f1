"""Order and repetition change nothing; a lost event loses no call, invents none and never raises."""

import functools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telegraphone.events import Event
from telegraphone.interpret import interpret, ties
from telegraphone.model import Call

from .corpus import NOW, SCENARIOS, calls_made, events, site

WITH_CALLS = [scenario for scenario in SCENARIOS if calls_made(scenario)]
scenarios = st.sampled_from(WITH_CALLS)


@functools.cache
def told(scenario: str) -> tuple[Call, ...]:
    return interpret(events(scenario), site(), NOW)


def linked_ids(calls: Sequence[Call]) -> list[tuple[str, int]]:
    return sorted((call.linked_id, call.run) for call in calls)


@settings(deadline=None, max_examples=60)
@given(st.data(), scenarios)
def test_order_and_repetition_change_nothing(data: st.DataObject, scenario: str) -> None:
    known = events(scenario)
    again = data.draw(st.lists(st.sampled_from(known), max_size=20))
    shuffled = data.draw(st.permutations([*known, *again]))
    assert interpret(shuffled, site(), NOW) == told(scenario)
    assert ties(shuffled) == ties(known)


@pytest.mark.parametrize("scenario", WITH_CALLS)
def test_any_one_event_may_be_lost(scenario: str) -> None:
    known = events(scenario)
    for place in range(len(known)):
        left = [*known[:place], *known[place + 1 :]]
        assert linked_ids(interpret(left, site(), NOW)) == linked_ids(told(scenario)), known[place]
        ties(left)


@settings(deadline=None, max_examples=60)
@given(st.data(), scenarios)
def test_whatever_is_lost_nothing_raises(data: st.DataObject, scenario: str) -> None:
    known = events(scenario)
    some = data.draw(st.lists(st.sampled_from(known), unique_by=id))
    calls = interpret(some, site(), NOW)
    assert len(set(linked_ids(calls))) == len(calls)


@settings(deadline=None, max_examples=60)
@given(st.data(), scenarios)
def test_a_call_under_way_is_told_and_nothing_of_its_future(data: st.DataObject, scenario: str) -> None:
    known = sorted(events(scenario), key=lambda event: event.at)
    seen: list[Event] = known[: data.draw(st.integers(1, len(known)))]
    for call in interpret(seen, site(), seen[-1].at):
        assert call.is_closed or call.ended_at is None
        assert call.answered_at is None or call.answered_at <= seen[-1].at


@settings(deadline=None, max_examples=40)
@given(st.permutations(WITH_CALLS).map(lambda names: names[:4]))
def test_calls_that_have_nothing_to_do_with_each_other_stay_apart(names: list[str]) -> None:
    """Whatever clusters are merged by mistake: the calls in them are the same."""
    together = [event for name in names for event in events(name) if event.kind != "pbx_started"]
    apart = [call for name in names for call in interpret([e for e in events(name) if e.kind != "pbx_started"], site(), NOW)]
    assert sorted(interpret(together, site(), NOW), key=lambda call: call.linked_id) == sorted(apart, key=lambda call: call.linked_id)
