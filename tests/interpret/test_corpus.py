"""Every call of the corpus exactly as it was, from both sources; from one alone, what it carries."""

import msgspec
import pytest

from telegraphone.events import AMI
from telegraphone.interpret import interpret, without_echoes
from tests.corpus_truth import differences

from .corpus import NOW, SCENARIOS, calls_made, events, site

UNKNOWN_TO_CEL = {"answered_by", "agents", "queues"}
"""CEL names a member's phone, not the agent, unless the directory or a Local channel says who it is; nor why a queue refused."""
KNOWN_TO_QUEUES = {"answered", "answered_at", "answered_by", "agents", "queues", "queue wait_s", "consultation"}
"""A queue's log tells of a call only while it was in a queue."""


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_call_is_told_as_it_was(scenario: str) -> None:
    told = {call.linked_id: call for call in interpret(events(scenario), site(), NOW)}
    made = calls_made(scenario)
    assert told.keys() == made.keys()
    assert {linked_id: differences(made[linked_id], call) for linked_id, call in told.items()} == {linked_id: [] for linked_id in made}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_cel_alone_tells_all_but_who_the_members_are(scenario: str) -> None:
    told = {call.linked_id: call for call in interpret(events(scenario, "asterisk-cel"), site(), NOW)}
    made = calls_made(scenario)
    assert told.keys() == made.keys()
    for linked_id, call in told.items():
        wrong = {field for field, _, _ in differences(made[linked_id], call)}
        assert wrong <= UNKNOWN_TO_CEL, linked_id


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_stream_alone_tells_all_but_what_the_dial_plan_writes_into_the_queues_log(scenario: str) -> None:
    told = {call.linked_id: call for call in interpret(events(scenario, "asterisk-ami"), site(), NOW)}
    made = calls_made(scenario)
    assert told.keys() == made.keys()
    for linked_id, call in told.items():
        wrong = {field for field, _, _ in differences(made[linked_id], call)}
        assert wrong <= ({"queues"} if scenario in ("29-queue-full-xivolog", "31-queue-closed") else set()), linked_id


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_stream_beside_the_logs_changes_nothing(scenario: str) -> None:
    both = [*events(scenario, "asterisk-ami"), *events(scenario)]
    more = [event.kind for event in without_echoes(both) if event.source == AMI]
    assert set(more) <= {"pbx_started", "held", "unheld", "muted", "unmuted"}
    made = calls_made(scenario)
    told = {call.linked_id: call for call in interpret(both, site(), NOW)}
    assert {linked_id: differences(made[linked_id], call) for linked_id, call in told.items()} == {linked_id: [] for linked_id in made}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_queue_log_alone_tells_of_queues_and_agents(scenario: str) -> None:
    made = calls_made(scenario)
    for call in interpret(events(scenario, "asterisk-queue-log"), site(), NOW):
        wrong = {field for field, _, _ in differences(made[call.linked_id], call)}
        assert not wrong & KNOWN_TO_QUEUES, call.linked_id


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_queue_log_alone_invents_no_call(scenario: str) -> None:
    in_queues = {linked_id for linked_id, call in calls_made(scenario).items() if call["queues"]}
    assert {call.linked_id for call in interpret(events(scenario, "asterisk-queue-log"), site(), NOW)} == in_queues


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_whole_seconds_are_enough(scenario: str) -> None:
    """FreePBX's `cel` table has no fractions. Of values that took turns under one key within a second, the last is not known then."""
    whole = [msgspec.structs.replace(event, at=event.at.replace(microsecond=0)) for event in events(scenario)]
    told = {call.linked_id: call for call in interpret(whole, site(), NOW)}
    made = calls_made(scenario)
    assert told.keys() == made.keys()
    for linked_id, call in told.items():
        wrong = {field for field, _, _ in differences(made[linked_id], call)}
        assert wrong <= ({"attached_data"} if scenario == "70-attached-data-repeated-key" else set()), linked_id
