"""The calls that are replayed are as many as they seem, and the same for everyone who asks."""

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from telegraphone.db import Db
from telegraphone.events import Event
from telegraphone.ingest import find_source
from tests.chaos.story import CEL, QUEUE_LOG, Telling, everyday_calls, header, restarts, tell
from tests.test_record import add, told

BEGINNING = datetime(2027, 3, 1, 10, tzinfo=UTC)
SECONDS = 130.0


def tellings() -> list[Telling]:
    return [*tell("pbx1", everyday_calls(), BEGINNING, SECONDS, 2.0), *tell("pbx3", restarts(), BEGINNING, SECONDS, 14.0)]


def events(log: str, rows: list[str]) -> list[Event]:
    source = {CEL: "asterisk-cel", QUEUE_LOG: "asterisk-queue-log"}[log]
    lines = [header(), *rows] if log == CEL else rows
    items = list(find_source(source).read((line + "\n" for line in lines), zone=ZoneInfo("UTC"), columns=None))
    assert all(isinstance(item, Event) for item in items)
    return [item for item in items if isinstance(item, Event)]


def test_each_telling_is_a_call_of_its_own(db: Db) -> None:
    told_by_pbx1 = [telling for telling in tellings() if telling.pbx == "pbx1"]
    assert len(told_by_pbx1) == 59, "each scenario at least once, some twice"
    for log in (CEL, QUEUE_LOG):
        add(db, events(log, [line.text for telling in told_by_pbx1 for line in telling.lines if line.log == log]))
    calls = told(db)
    assert len(calls) >= len(told_by_pbx1)
    assert max(Counter(call.linked_id for call in calls).values()) == 1
    assert all(call.started_at >= BEGINNING for call in calls)


def test_sounds_are_all_different_and_have_the_ids_of_their_calls() -> None:
    sounds = [sound for telling in tellings() for sound in telling.sounds if len(sound.data) > 200]
    assert len({sound.data for sound in sounds}) == len({sound.name for sound in sounds}) == len(sounds)
    for telling in tellings():
        text = "\n".join(line.text for line in telling.lines)
        assert all(sound.name.split("-")[1].removesuffix(".wav") in text for sound in telling.sounds)


def test_the_same_calls_each_time_and_in_their_time() -> None:
    assert tellings() == tellings()
    assert all(0 <= line.at < SECONDS for telling in tellings() for line in telling.lines)
