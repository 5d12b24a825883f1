"""Which calls of a real PBX should have a recording and have none, against what its files hold; and what is said of the others."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from telegraphone.access import SYSTEM, Actor
from telegraphone.audio.wav import parse_header
from telegraphone.db import Db
from telegraphone.feed import RECORDINGS, Wanted, feed
from telegraphone.ingest.directory_csv import read_directory
from telegraphone.interpret import Settings
from telegraphone.media import open_media
from telegraphone.model import CUT_OFF, Announced, Call, CallId, FileId
from telegraphone.policy import Policy, parse_policy
from telegraphone.sql.calls import CallFilter, StoredCall, list_calls
from telegraphone.sql.directory import put_directory
from telegraphone.sql.directory_names import NOBODY
from telegraphone.sql.recorded.coverage import Asking, By, Count, Counts, Judged, count_coverage, judge, list_lacking
from telegraphone.sql.recorded.recordings import Recording
from tests.interpret.corpus import CORPUS, NOW, SCENARIOS, truth
from tests.sql.made import answered_by_agent, at, made, put

EVERY_ANSWERED = parse_policy('{"outcomes": ["answered"]}')
UTC_ZONE = ZoneInfo("UTC")
SETTINGS = Settings(("from-trunk",), ("PJSIP/trunk",), "FR")


@pytest.fixture
def corpus(db: Db, tmp_path: Path) -> Db:
    """All scenarios with their audio, each a PBX of its own, as it was."""
    with (CORPUS / "directory.csv").open(encoding="utf-8-sig", newline="") as lines, db.transaction() as tx:
        for kind, rows in read_directory(lines).items():
            put_directory(tx, SYSTEM, kind, rows)
    media = open_media(f"file://{tmp_path}/media")
    for scenario in SCENARIOS:
        zone = ZoneInfo(truth(scenario).get("pbx_timezone", "UTC"))
        for source, name in (("asterisk-queue-log", "queue_log"), ("asterisk-cel", "cel.csv"), (RECORDINGS, "audio")):
            path = CORPUS / scenario / name
            if path.exists():
                wanted = Wanted(source=source, paths=(str(path),), pbx=scenario, zone=zone)
                feed(db, media, SETTINGS, wanted, lambda tally: None)
    return db


def told() -> Iterator[tuple[str, dict[str, Any]]]:
    """The calls that a person answered, as the people at the phones know them, with their scenario."""
    for scenario in SCENARIOS:
        yield from ((scenario, call) for call in truth(scenario)["calls"] if call["answered"])


def has_sound(scenario: str, call: dict[str, Any]) -> bool:
    """By truth.json; it has no length for a file whose header a crash left stale, so that one's size counts."""
    return any(recording["seconds"] or _bytes_of_sound(scenario, recording["file"]) for recording in call["recordings"])


def _bytes_of_sound(scenario: str, file: str) -> int:
    path = CORPUS / scenario / "audio" / file
    with path.open("rb") as opened:
        header = parse_header(opened, path.stat().st_size)
    assert header is not None
    return header.length or 0


def asking(policy: Policy = EVERY_ANSWERED, **more: Any) -> Asking:
    return Asking(**{"policy": policy, "since": datetime(2026, 1, 1, tzinfo=UTC), "before": NOW, "now": NOW, **more})


def counted(db: Db, by: By = "pbx", asked: Asking | None = None, zone: ZoneInfo = UTC_ZONE) -> tuple[dict[str, Count], Count]:
    with db.transaction("read") as tx:
        counts = count_coverage(tx, SYSTEM, asked or asking(), by, zone)
    return {count.key: count for count in counts.items}, counts.total


def lacking(db: Db, asked: Asking | None = None, **more: Any) -> list[tuple[str, str]]:
    with db.transaction("read") as tx:
        found, _ = list_lacking(tx, SYSTEM, asked or asking(), **more)
    return [(call.linked_id, call.reason) for call in found]


def judged_of(db: Db) -> dict[str, Judged]:
    """All calls that should be recorded, by linked id."""
    with db.transaction("read") as tx:
        found = [judge(stored, asking()) for stored in list_calls(tx, SYSTEM, CallFilter(limit=1000))]
    return {judged.stored.call.linked_id: judged for judged in found if judged is not None}


def test_of_every_answered_call_of_the_corpus_exactly_what_was_recorded_counts(corpus: Db) -> None:
    should = {call["linkedid"]: has_sound(scenario, call) for scenario, call in told()}
    judged = judged_of(corpus)
    assert {id: one.reason is None for id, one in judged.items()} == should
    crashed = truth("81-crash-mid-call")["calls"][0]["linkedid"]
    assert {id: one.flaws for id, one in judged.items() if one.flaws} == {crashed: {"short"}}
    not_recorded = truth("77-record-none")["calls"][0]["linkedid"]
    assert lacking(corpus) == [(not_recorded, "not_announced")]

    by_pbx, total = counted(corpus)
    assert (total.should, total.recorded, total.missing, total.expected, total.removed) == (len(should), len(should) - 1, 1, 0, 0)
    assert (total.flawed, total.flaws) == (1, {"short": 1})
    assert {key for key, count in by_pbx.items() if count.missing} == {"77-record-none"}
    assert {key for key, count in by_pbx.items() if count.flawed} == {"81-crash-mid-call"}

    _, announced = counted(corpus, asked=asking(Policy()))
    assert (announced.recorded, announced.should, announced.flaws) == (len(should) - 1, len(should) - 1, {"short": 1})


def test_counts_by_day_queue_agent_and_pbx(db: Db) -> None:
    put(db, answered_by_agent(0, "2000"), answered_by_agent(100, "2001"), made(200, outcome="answered", answered_at=at(200)), made(300))
    put(db, answered_by_agent(86400 - 8 * 3600 - 1, "2000"), pbx="pbx2")
    assert {key: count.should for key, count in counted(db, "day")[0].items()} == {"2026-03-02": 4}
    paris = counted(db, "day", zone=ZoneInfo("Europe/Paris"))[0]
    assert {key: count.missing for key, count in paris.items()} == {"2026-03-02": 3, "2026-03-03": 1}
    assert {key: count.should for key, count in counted(db, "queue")[0].items()} == {"": 1, "hotline": 3}
    assert {key: count.should for key, count in counted(db, "agent")[0].items()} == {"": 1, "2000": 2, "2001": 1}
    assert {key: count.should for key, count in counted(db, "pbx")[0].items()} == {"pbx1": 3, "pbx2": 1}


def test_a_time_has_its_first_moment_and_not_its_last(db: Db) -> None:
    put(db, *(answered_by_agent(n, "2000") for n in (10, 20, 30)))
    assert counted(db, asked=asking(since=at(10), before=at(30)))[1].should == 2
    always = asking(since=datetime(1, 1, 1, tzinfo=UTC), before=datetime(9999, 12, 31, tzinfo=UTC))
    assert counted(db, asked=always)[1].should == 3


def test_pages_of_what_is_missing(db: Db) -> None:
    """In few and in many pages of calls, and where most calls are none that should be recorded."""
    put(db, *(answered_by_agent(n, "2000") if n % 3 else made(n) for n in range(1, 30)))
    everything = lacking(db)
    assert [id for id, _ in everything] == [f"{n}.0" for n in range(29, 0, -1) if n % 3]
    few = asking(page=4, most_read=7)
    found: list[tuple[str, str]] = []
    cursor: CallId | None = None
    pages = 0
    while pages == 0 or cursor is not None:
        with db.transaction("read") as tx:
            page, cursor = list_lacking(tx, SYSTEM, few, cursor, 3)
        assert len(page) <= 3
        found += [(call.linked_id, call.reason) for call in page]
        pages += 1
        assert pages < 15
    assert found == everything


def test_parts_of_any_size_are_the_whole(corpus: Db) -> None:
    by: By
    for by in ("day", "queue", "agent", "pbx"):
        whole = counted(corpus, by)
        assert whole[1].should > 10
        for size in (1, 7):
            assert counted(corpus, by, asking(page=size, most_counted=3 * size)) == whole


def test_whoever_may_not_read_sees_nothing(db: Db) -> None:
    put(db, answered_by_agent(1, "2000"))
    with db.transaction("read") as tx:
        assert count_coverage(tx, Actor("x"), asking(), "day", UTC_ZONE) == Counts()
        assert list_lacking(tx, Actor("x"), asking()) == ([], None)


ENDED = at(60)


def stored(call: Call, *recordings: Recording) -> StoredCall:
    return StoredCall(
        id=CallId(1), pbx="pbx1", call=call, recordings=recordings, attached_data={}, consultation_of=None, updated_at=ENDED,
        names=NOBODY,
    )  # fmt: skip


def recording(state: Any, **more: Any) -> Recording:
    return Recording(id=FileId("r"), state=state, expected_until=ENDED + timedelta(days=1), **more)


TALK = {"outcome": "answered", "answered_at": at(0), "ended_at": ENDED}


@pytest.mark.parametrize(("more", "recordings", "reason"), [
    ({}, [], "not_announced"), ({"ended_at": at(0.9)}, [], "too_short"), ({}, [recording("empty")], "empty"),
    ({"ended_at": at(0.9)}, [recording("empty")], "too_short"), ({}, [recording("expected")], "missing"),
    ({"ended_at": None, "certainty": {"ended_at": CUT_OFF}}, [recording("empty")], "pbx_restarted"),
    ({}, [recording("available", flaws=("unreadable",))], "unreadable"),
    ({}, [recording("empty"), recording("available", duration_s=1.0)], None),
])  # fmt: skip
def test_reasons(more: dict[str, Any], recordings: list[Recording], reason: str | None) -> None:
    judged = judge(stored(made(0, **(TALK | more)), *recordings), asking())
    assert judged is not None
    assert judged.reason == reason


def test_for_a_day_a_recording_may_still_come() -> None:
    judged = judge(stored(made(0, **TALK), recording("expected")), asking(now=ENDED + timedelta(hours=23)))
    assert judged is not None
    count = Count()
    count.add(judged)
    assert (judged.reason, count) == ("expected", Count(should=1, expected=1))


def test_what_was_to_go_is_not_missing() -> None:
    count = Count()
    for state in ("expired", "erased"):
        judged = judge(stored(made(0, **TALK), recording(state)), asking())
        assert judged is not None and judged.reason is None
        count.add(judged)
    assert count == Count(should=2, removed=2)


def test_a_flaw_counts_once_a_call() -> None:
    call = made(0, **TALK, recordings=(Announced(FileId("r"), at(0), "started"),))
    both = [recording("available", duration_s=60.0, flaws=("silent",)), recording("available", duration_s=60.0, flaws=("silent",))]
    judged = judge(stored(call, *both), asking(Policy()))
    assert judged is not None
    count = Count()
    count.add(judged)
    assert count == Count(should=1, recorded=1, flawed=1, flaws={"silent": 1})
