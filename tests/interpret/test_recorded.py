"""Recordings and attached data."""

import pytest

from telegraphone.interpret.recorded import file_id

from .tables import calls

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
