"""A call explains itself; a test can be made from what it says."""

import re

import pytest

from telegraphone.events import digest
from telegraphone.explain import events_of, explain, masked, timeline
from telegraphone.interpret import Site, interpret
from tests.test_record import CORPUS, NOW, events

SITE = Site(("from-trunk",), ("PJSIP/trunk",))
SCENARIOS = sorted(folder.name for folder in CORPUS.iterdir() if (folder / "cel.csv").exists() and "clock" not in folder.name)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_is_explained_can_be_read_back(scenario: str) -> None:
    said = [event for event in events(scenario) if event.leg]
    for call in interpret(said, SITE, NOW):
        text = explain(call, said)
        assert [digest(event) for event in events_of(text)] == [digest(event) for event in said]
        assert call in interpret(events_of(text), SITE, NOW)


def test_each_moment_stands_under_its_event() -> None:
    said = events("40-transfer-blind-agent-to-phone", sources=["asterisk-cel"])
    [call] = interpret(said, SITE, NOW)

    kinds = [moment.kind for moment in timeline(call)]
    assert kinds[0] == "started" and kinds[-1] == "ended"
    assert {"queue_entered", "answered", "transferred", "joined", "left", "recording", "attached"} <= set(kinds)
    lines = explain(call, said).splitlines()
    place = next(n for n, line in enumerate(lines) if "→ transferred 1003 (blind to 1002)" in line)
    assert "transferred_blind" in lines[place - 1]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_masked_tells_no_number_and_no_name(scenario: str) -> None:
    said = [event for event in events(scenario) if event.leg]
    for call in interpret(said, SITE, NOW):
        text = explain(*masked(call, said))
        for name in {event.name for event in said if len(event.name) > 3}:
            assert name not in text
        for number in {event.number for event in said if event.number.lstrip("+").isdigit() and len(event.number) > 6}:
            assert not re.search(rf"(?<![\d.]){re.escape(number)}(?![\d.])", text)
        assert len(interpret(events_of(text), SITE, NOW)) >= 1
