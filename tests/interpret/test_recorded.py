"""Recordings and attached data."""

from datetime import UTC, datetime

import pytest

from telegraphone.events import AMI, Event, Kind
from telegraphone.interpret import Site, interpret
from telegraphone.interpret.recorded import file_id
from telegraphone.model import Muted

from .corpus import NOW, site
from .corpus import events as corpus_events
from .tables import calls, cel_events

HEAD = "eventtype | eventtime | exten | channame | appname | appdata | uniqueid | linkedid\n"
BEGUN = "CHAN_START | 10:00:00.000 | 1002 | PJSIP/1001-00000000 | | | 1.0 | 1.0\n"


def row(verb: str, second: int, app: str, data: str) -> str:
    return f"{verb} | 10:00:{second:02}.000 | s | PJSIP/1001-00000000 | {app} | {data} | 1.0 | 1.0\n"


def test_a_recording_is_told_once_and_its_directions_with_it() -> None:
    table = HEAD + BEGUN + row("APP_START", 1, "MixMonitor", "/var/spool/pbx1-1.0.wav,r(pbx1-1.0-in.wav)t(pbx1-1.0-out.wav)b")
    table += row("ATTACHED_DATA", 2, "CELGenUserEvent", "ATTACHED_DATA,recording=pbx1-1.0") + row(
        "APP_START", 5, "MixMonitor", "second.WAV,a"
    )
    (call,) = calls(table)
    assert [(recording.id, recording.source, recording.started_at.second) for recording in call.recordings] == [
        ("pbx1-1.0", "announced", 1), ("pbx1-1.0-in", "started", 1), ("pbx1-1.0-out", "started", 1), ("second", "started", 5),
    ]  # fmt: skip


def mute(second: int, kind: Kind = "muted", leg: str = "1.0", **detail: str) -> Event:
    at = datetime(2026, 11, 24, 10, 0, second, tzinfo=UTC)
    return Event(kind=kind, at=at, leg=leg, linked_id="1.0", channel="PJSIP/1001-00000000", detail=detail, source=AMI)


@pytest.mark.parametrize(("options", "place"), [("", 1), ("a,/usr/bin/beep", 1), ("r(b.wav)", 1), ("b", 4), ("r(x.wav)b", 4)])
def test_what_is_muted(options: str, place: int) -> None:
    """With option b the file begins when somebody is there; a second file of another channel has its own mutes."""
    table = HEAD + BEGUN + row("APP_START", 1, "MixMonitor", f"a.wav,{options}") + row("BRIDGE_ENTER", 4, "", "")
    table += row("ATTACHED_DATA", 1, "CELGenUserEvent", "ATTACHED_DATA,recording=a")
    events = [
        *cel_events(table),
        mute(6),
        mute(7),
        mute(9, "unmuted"),
        mute(12, leg="9.9"),
        mute(14, direction="both"),
        mute(15, direction="read"),
    ]
    (call,) = interpret(events, Site(), events[-1].at)
    assert call.recordings[0].muted == (Muted(6.0 - place, 9.0 - place), Muted(14.0 - place))


def test_a_muted_recording_of_the_corpus() -> None:
    """The agent answered a second after the recording was begun, with option b: its 2 s are the file's."""
    scenario = "72-record-mute-resume"
    (call,) = interpret([*corpus_events(scenario), *corpus_events(scenario, "asterisk-ami")], site(), NOW)
    ((span,),) = (recording.muted for recording in call.recordings)
    assert span.from_s == pytest.approx(2.0, abs=0.05)
    assert span.to_s == pytest.approx(4.0, abs=0.05)


def test_all_pairs_are_kept_in_order_and_odd_ones_too() -> None:
    pairs = ["order=1", "order=2", "order=1", "novalue", "=x", "json={'a': 1, 'b': 'c=d'}"]
    table = (
        HEAD + BEGUN + "".join(row("ATTACHED_DATA", place, "CELGenUserEvent", f"ATTACHED_DATA,{pair}") for place, pair in enumerate(pairs))
    )
    (call,) = calls(table)
    assert [(pair.key, pair.value) for pair in call.attached] == [
        ("order", "1"), ("order", "2"), ("order", "1"), ("novalue", ""), ("", "x"), ("json", "{'a': 1, 'b': 'c=d'}"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a/b/pbx1-1.0.wav", "pbx1-1.0"),
        ("x.WAV", "x"),
        ("pbx1-1795516988.0", "pbx1-1795516988.0"),
        ("C:\\rec\\x.gsm", "x"),
        ("", ""),
        (".wav", ".wav"),
    ],
)
def test_the_id_in_a_file_name(name: str, expected: str) -> None:
    assert file_id(name) == expected
