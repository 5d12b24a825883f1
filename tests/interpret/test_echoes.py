"""An event that came by two roads is one."""

from datetime import UTC, datetime, timedelta

from telegraphone.events import AMI, Event
from telegraphone.interpret import without_echoes

AT = datetime(2026, 11, 24, 10, 44, 26, 500_000, tzinfo=UTC)


def logged(seconds: float = 0, **other: str) -> Event:
    return Event(**{"kind": "dtmf", "at": AT + timedelta(seconds=seconds), "leg": "1.1", "source": "asterisk-cel", **other})


def sent(seconds: float = 0, **other: str) -> Event:
    return logged(seconds, **{"source": AMI, **other})


def test_the_log_counts() -> None:
    assert without_echoes([sent(0.0004), logged()]) == [logged()]
    assert without_echoes([logged(), sent(0.0004)]) == [logged()]


def test_what_only_one_road_brought_stays() -> None:
    assert without_echoes([sent(), sent(leg="1.2"), logged(kind="held")]) == [sent(), sent(leg="1.2"), logged(kind="held")]
    assert without_echoes([sent(), logged(3)]) == [sent(), logged(3)]
    assert without_echoes([]) == []


def test_equal_events_are_paired_with_the_nearest() -> None:
    first, second, third = sent(0.001), sent(1.001), sent(1.301)
    assert without_echoes([first, second, third, logged(1)]) == [first, third, logged(1)]
    assert without_echoes([first, second, third, logged(0), logged(1), logged(1.3)]) == [logged(0), logged(1), logged(1.3)]
    assert without_echoes([first, logged(0), logged(1)]) == [logged(0), logged(1)]


def test_a_table_of_whole_seconds() -> None:
    assert without_echoes([sent(), logged(-0.5), sent(0.2), logged(0.5)]) == [logged(-0.5), logged(0.5)]


def test_a_name_counts_where_there_is_no_other_word() -> None:
    a, b = ({"kind": "user_event", "detail": {"verb": verb}} for verb in ("A", "B"))
    assert without_echoes([sent(**a), logged(**b)]) == [sent(**a), logged(**b)]  # type: ignore[arg-type]
    assert without_echoes([sent(kind="stream_stopped"), logged(kind="stream_stopped", detail={"verb": "MOH_STREAM_END"})])[0].source != AMI  # type: ignore[arg-type]
