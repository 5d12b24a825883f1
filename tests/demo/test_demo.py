"""The made-up contact centre is what it promises: the calls that were planned, with the outcomes that were meant, and something to hear."""

import csv
import filecmp
import wave
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from telegraphone.demo import TRUNK_CONTEXTS, TRUNK_ENDPOINTS, ZONE, DemoFiles, write_demo
from telegraphone.demo.centre import AGENTS, PHONES, QUEUES
from telegraphone.demo.planned import OPEN, SHUT, is_open
from telegraphone.demo.telling import Told, tell_all
from telegraphone.events import Event
from telegraphone.ingest import read_file
from telegraphone.ingest.directory_csv import read_directory
from telegraphone.interpret import Site, interpret
from telegraphone.model import Call

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
SEED, CALLS = 7, 900
SITE = Site(
    trunk_contexts=TRUNK_CONTEXTS, trunk_endpoints=TRUNK_ENDPOINTS, users={phone.interface: phone.number for phone in PHONES},
    queues={queue.name: queue.number for queue in QUEUES}, agents=frozenset(AGENTS),
)  # fmt: skip
OUTCOMES = {
    "": "answered", "hold": "answered", "overflow": "answered", "to_phone": "answered", "to_queue": "answered", "attended": "answered",
    "abandoned": "abandoned", "timeout": "missed", "joinempty": "missed", "full": "missed", "leaveempty": "missed", "closed": "missed",
    "divert_ca_ratio": "missed", "divert_waittime": "missed", "no_answer": "missed", "busy": "busy", "voicemail": "voicemail",
    "rejected": "rejected", "unreachable": "unreachable", "failed": "failed",
}  # fmt: skip
PASSAGES = {"overflow": ["timeout", "answered"], "to_queue": ["answered", "answered"]}
TRANSFERS = {"to_phone": ["blind"], "to_queue": ["blind"], "attended": ["attended"]}


class Made(NamedTuple):
    files: DemoFiles
    told: list[Told]
    calls: dict[str, Call]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    files = write_demo(tmp_path_factory.mktemp("demo"), NOW, SEED, CALLS)
    events = [*read_file(files.cel, "asterisk-cel", ZONE), *read_file(files.queue_log, "asterisk-queue-log", ZONE)]
    assert all(isinstance(event, Event) for event in events)
    return Made(files, tell_all(NOW, SEED, CALLS)[1], _calls(event for event in events if isinstance(event, Event)))


def _calls(events: Iterable[Event]) -> dict[str, Call]:
    """By linked id. Only an attended transfer ties two of them."""
    together: dict[str, list[Event]] = {}
    for event in events:
        if event.linked_id or event.leg:
            together.setdefault(event.linked_id or event.leg, []).append(event)
    for joined in [event for group in together.values() for event in group if event.kind == "transferred_attended"]:
        together[joined.linked_id] += together.pop(joined.detail["channel2_uniqueid"])
    return {call.linked_id: call for group in together.values() for call in interpret(group, SITE, NOW)}


def _what(told: Told) -> tuple[str, str]:
    first, _, what = told.plan.kind.partition("_")
    return first, what


def test_there_are_as_many_calls_as_asked_for_and_the_asides_of_transfers(made: Made) -> None:
    assert len(made.told) == CALLS
    asides = [call for call in made.calls.values() if call.consultation_of]
    assert len(made.calls) == CALLS + len(asides)
    assert sorted(aside.consultation_of[0] for aside in asides if aside.consultation_of) == sorted(
        told.linked_id for told in made.told if told.plan.kind == "queue_attended"
    )


def test_every_kind_of_call_occurs(made: Made) -> None:
    assert {told.plan.kind for told in made.told} == {*OPEN, *SHUT}


def test_each_call_is_understood_as_it_was_meant(made: Made) -> None:
    for told in made.told:
        call, (first, what) = made.calls[told.linked_id], _what(told)
        meant = ("cancelled" if first != "incoming" else "missed") if what == "given_up" else OUTCOMES[what]
        direction = "incoming" if first == "queue" else first
        assert (call.direction, call.outcome, call.is_closed, call.certainty) == (direction, meant, True, {}), told.plan
        passages = PASSAGES.get(what, ["answered" if meant == "answered" else what]) if first == "queue" else []
        assert [passage.outcome for passage in call.queues] == passages, told.plan
        assert [transfer.kind for transfer in call.transfers] == TRANSFERS.get(what, []), told.plan
        assert len(call.holds) == (what in ("hold", "attended")), told.plan
        assert len(call.agents) == sum(passage == "answered" for passage in passages), told.plan


def test_nobody_is_in_two_calls_at_once_and_all_are_over(made: Made) -> None:
    times: dict[str, list[tuple[datetime, datetime]]] = {}
    for call in made.calls.values():
        assert call.ended_at is not None and NOW - timedelta(days=60) <= call.started_at < call.ended_at < NOW
        for leg in call.legs:
            if call.consultation_of is None and leg.interface != "PJSIP/trunk" and leg.joined_at and leg.left_at:
                times.setdefault(leg.interface, []).append((leg.joined_at, leg.left_at))
    for spans in times.values():
        assert all(left <= joined for (_, left), (joined, _) in pairwise(sorted(spans)))


def test_agents_talk_in_opening_hours(made: Made) -> None:
    for told in made.told:
        assert is_open(told.plan.at) or told.plan.kind in SHUT
    weekdays = Counter(told.plan.at.astimezone(ZONE).weekday() for told in made.told)
    assert max(weekdays, key=weekdays.__getitem__) == 0 and weekdays[6] == min(weekdays.values())


def test_data_is_attached(made: Made) -> None:
    assert {pair.key for call in made.calls.values() for pair in call.attached} == {"recording", "customer", "color", "order"}


def test_recordings_are_as_long_as_the_talk_and_announced(made: Made) -> None:
    audible = [told for told in made.told if told.plan.recording == "audible"]
    assert len(audible) == 48
    assert sum((NOW.astimezone(ZONE).date() - told.plan.at.astimezone(ZONE).date()).days == 1 for told in audible) >= 6
    long = 0
    for told in audible:
        call = made.calls[told.linked_id]
        assert [(recording.id, recording.source) for recording in call.recordings] == [(f"demo-{told.linked_id}", "announced")]
        with wave.open(str(made.files.audio / f"demo-{told.linked_id}.wav")) as file:
            assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (2, 8000, 2)
            lasts_s = file.getnframes() / 8000
            long += lasts_s > 200
            assert 20 <= lasts_s <= 90 or lasts_s > 200
            assert call.talk_s == pytest.approx(file.getnframes() / 8000, abs=0.2)
    assert long == 1, "one has a minute two to listen from"


def test_some_recordings_never_came_and_some_are_empty(made: Made) -> None:
    missing = [told for told in made.told if told.plan.recording == "missing"]
    assert len(missing) == 12
    for told in missing:
        assert made.calls[told.linked_id].recordings and made.calls[told.linked_id].outcome == "answered"
        assert not (made.files.audio / f"demo-{told.linked_id}.wav").exists() and told.plan.at < NOW - timedelta(days=7)
    empty = [told for told in made.told if told.plan.recording == "empty"]
    assert {(made.files.audio / f"demo-{told.linked_id}.wav").stat().st_size for told in empty} == {44}
    assert len(list(made.files.audio.iterdir())) == 48 + len(empty)


def test_two_people_speak_in_turn(made: Made) -> None:
    for told in [told for told in made.told if told.plan.recording == "audible"][::6]:
        with wave.open(str(made.files.audio / f"demo-{told.linked_id}.wav")) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32768
        assert np.abs(sound).max() < 0.99
        loud = np.sqrt((sound[: len(sound) // 160 * 160].reshape(-1, 160, 2) ** 2).mean(1)) > 0.01
        assert (loud.mean(0) > 0.1).all(), "both speak"
        assert loud.all(1).mean() < 0.15, "seldom at once"
        assert 0.1 < (~loud.any(1)).mean() < 0.6, "with pauses"


def test_the_directory_is_readable_and_complete(made: Made) -> None:
    with made.files.directory.open(encoding="utf-8", newline="") as lines:
        entries = read_directory(lines)
    assert {kind: len(rows) for kind, rows in entries.items()} == {"agents": 12, "queues": 5, "users": 18}


def test_channels_are_numbered_in_the_order_of_their_birth(made: Made) -> None:
    with made.files.cel.open(encoding="utf-8", newline="") as file:
        births = [row["uniqueid"] for row in csv.DictReader(file) if row["eventtype"] == "CHAN_START"]
    assert [int(unique_id.partition(".")[2]) for unique_id in births] == list(range(len(births)))


def test_the_same_seed_and_moment_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = (write_demo(tmp_path / name, NOW, SEED, 60) for name in ("one", "other"))
    names = [path.name for path in one.audio.iterdir()]
    assert names and filecmp.cmpfiles(one.audio, other.audio, names, shallow=False)[0] == names
    assert one.cel.read_bytes() == other.cel.read_bytes() and one.queue_log.read_bytes() == other.queue_log.read_bytes()


@pytest.mark.parametrize("now", ["2026-03-30T00:10", "2026-11-23T04:00", "2026-06-01T23:59"], ids=["after spring", "monday", "night"])
def test_any_day_will_do(now: str, tmp_path: Path) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    _, told = tell_all(moment, SEED, 300)
    assert len(told) == 300 and max(one.plan.at for one in told) < moment
