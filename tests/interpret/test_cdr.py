"""Calls out of call detail records: pasted rows, the corpus, and what the better witnesses make of them."""

import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.events import Event
from telegraphone.ingest import asterisk_cdr, read_file
from telegraphone.interpret import Settings, Site, interpret, ties
from telegraphone.model import AnsweredBy, Call, Party, Transfer
from telegraphone.record import Batch, Log, append
from telegraphone.sql.calls import CallFilter, list_calls
from tests.corpus_truth import differences

from .corpus import CORPUS, NOW, calls_made, site, truth
from .corpus import events as better_events

SCENARIOS = sorted(path.parent.name for path in CORPUS.glob("*/Master.csv"))
UNTOLD = {"unique_ids", "recordings", "attached_data", "holds", "dialled"}
"""Records name few channels, no attached data, no hold; what was dialled has tests of its own."""
DIRECT = {"answered_by", "agents", "queues"}
"""A member is told by his phone where the queue calls it without a Local channel; a queue that refuses leaves no row at all."""


def at(text: str, day: str = "2026-11-24") -> datetime:
    return datetime.fromisoformat(f"{day}T{text}+00:00")


@functools.cache
def events(scenario: str) -> tuple[Event, ...]:
    zone = ZoneInfo(truth(scenario).get("pbx_timezone", "UTC"))
    return tuple(e for e in read_file(CORPUS / scenario / "Master.csv", "asterisk-cdr", zone) if isinstance(e, Event))


@functools.cache
def told(scenario: str) -> tuple[Call, ...]:
    return interpret(events(scenario), site(), NOW)


def rows(table: str) -> list[Event]:
    """Rows of Master.csv, without the columns that say nothing here: `uniqueid linkedid seq channel peer app data start answer end
    disposition src dst context`, blank between them, `-` for nothing."""
    found = []
    names = "uniqueid linkedid sequence channel dstchannel lastapp lastdata start answer end disposition src dst dcontext".split()
    for number, line in enumerate(table.strip().splitlines(), 1):
        row = {name: "" if cell == "-" else cell for name, cell in zip(names, line.split(), strict=True)}
        for name in ("start", "answer", "end"):
            row[name] = row[name] and f"2026-11-24 {row[name]}"
        row["disposition"] = row["disposition"].replace("_", " ")
        found.append((number, row))
    read = list(asterisk_cdr.read_rows(found, zone=ZoneInfo("UTC")))
    assert all(isinstance(event, Event) for event in read)
    return [event for event in read if isinstance(event, Event)]


def calls(table: str, where: Site | None = None, more: Iterable[Event] = ()) -> tuple[Call, ...]:
    return interpret([*rows(table), *more], where or site(), NOW)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_call_is_there_once_with_its_parties_and_times(scenario: str) -> None:
    made = calls_made(scenario)
    unseen = {"1795517630.4"}  # it was waiting when the PBX died: there is no row of it
    assert Counter(call.linked_id for call in told(scenario)) == Counter(made.keys() - unseen)
    for call in told(scenario):
        was = made[call.linked_id]
        assert {field for field, _, _ in _wrong(was, call)} <= DIRECT
        assert was["dialed_number"].endswith(call.dialled.number) or "dialled" in call.certainty


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s != "81-crash-mid-call"])
def test_calls_begin_and_end_within_two_seconds(scenario: str) -> None:
    for call in told(scenario):
        was = calls_made(scenario)[call.linked_id]
        assert call.ended_at
        assert abs(call.started_at - datetime.fromisoformat(was["started_at"])) < timedelta(seconds=2)
        assert abs(call.ended_at - datetime.fromisoformat(was["ended_at"])) < timedelta(seconds=2)


def _wrong(was: dict[str, object], call: Call) -> list[tuple[str, object, object]]:
    """Differences that are none of what records cannot tell: fields, and moments by less than the second that they leave out."""
    found = []
    for field, known, given_ in differences(was, call):
        if field in ("started_at", "answered_at", "ended_at", "talk_s", "queue wait_s") and _is_near(known, given_, call):
            continue
        if field not in UNTOLD:
            found.append((field, known, given_))
    return found


def _is_near(known: object, given_: object, call: Call) -> bool:
    """Two whole seconds may be two apart; where the line was taken before the answer, a call says so."""
    if "was taken before" in call.certainty.get("answered_at", ""):
        return True
    return isinstance(known, float | int) and isinstance(given_, float | int) and abs(known - given_) <= 2


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_with_the_queue_log_queues_and_agents_are_right(scenario: str) -> None:
    found = interpret([*events(scenario), *better_events(scenario, "asterisk-queue-log")], site(), NOW)
    made = calls_made(scenario)
    assert Counter(call.linked_id for call in found) == Counter(made.keys())
    for call in found:
        assert _wrong(made[call.linked_id], call) == []
        assert "queues" not in call.certainty


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_where_channels_tell_of_a_call_records_change_nothing(scenario: str) -> None:
    better = better_events(scenario)
    assert interpret([*better, *events(scenario)], site(), NOW) == interpret(better, site(), NOW)


@pytest.mark.parametrize("scenario", [scenario for scenario in SCENARIOS if scenario != "81-crash-mid-call"])
def test_without_linked_ids_the_same_calls_are_found(scenario: str) -> None:
    """Old files end at the unique id: halves of Local channels and called phones are no calls there either.

    In 81 the only row of a call is one of a Local half, and there nothing tells that it is part of one.
    """
    old = [msgspec.structs.replace(event, linked_id=event.leg) for event in events(scenario)]
    found = interpret(old, site(), NOW)
    fields = ("linked_id", "caller", "dialled", "direction", "outcome", "started_at", "answered_at", "ended_at")
    assert [[getattr(call, field) for field in fields] for call in found] == [
        [getattr(call, field) for field in fields] for call in told(scenario)
    ]


@settings(deadline=None, max_examples=60)
@given(st.data(), st.sampled_from(SCENARIOS))
def test_order_and_repetition_change_nothing(data: st.DataObject, scenario: str) -> None:
    known = events(scenario)
    again = data.draw(st.lists(st.sampled_from(known), max_size=20))
    shuffled = data.draw(st.permutations([*known, *again]))
    assert interpret(shuffled, site(), NOW) == told(scenario)
    assert ties(shuffled) == ties(known)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.sampled_from(SCENARIOS))
def test_whatever_is_lost_nothing_raises_and_no_call_is_invented(data: st.DataObject, scenario: str) -> None:
    some = data.draw(st.lists(st.sampled_from([*events(scenario), *better_events(scenario)]), unique_by=id))
    found = [(call.linked_id, call.run) for call in interpret(some, site(), NOW)]
    assert len(set(found)) == len(found)
    records = [event for event in some if event.kind == "cdr"]
    assert {call.linked_id for call in interpret(records, site(), NOW)} <= calls_made(scenario).keys()


@settings(deadline=None, max_examples=30)
@given(st.permutations(SCENARIOS).map(lambda names: names[:4]))
def test_calls_that_have_nothing_to_do_with_each_other_stay_apart(names: list[str]) -> None:
    together = interpret([event for name in names for event in events(name)], site(), NOW)
    apart = [call for name in names for call in told(name)]
    assert sorted(together, key=lambda call: call.linked_id) == sorted(apart, key=lambda call: call.linked_id)


QUEUE = """
    66.2 66.0 2 Local/2000@ag-0;2 PJSIP/1003-1 Dial x 10:44:26 10:44:27 10:44:27 ANSWERED 0612345678 2000 ag
    66.3 66.0 4 PJSIP/1003-1 Local/2000@ag-0;1 AppDial - 10:44:27 10:44:27 10:44:27 ANSWERED 1003 - phones
    66.0 66.0 0 PJSIP/trunk-0 Local/2000@ag-0;1 Queue hotline,t,,,20 10:44:26 10:44:26 10:44:27 ANSWERED 0612345678 3556 queues
    66.0 66.0 5 PJSIP/trunk-0 PJSIP/1003-1 Queue hotline,t,,,20 10:44:27 10:44:27 10:44:31 ANSWERED 0612345678 3556 queues
"""


def test_four_rows_of_a_queue_are_one_call() -> None:
    (call,) = calls(QUEUE)

    assert (call.direction, call.outcome, call.caller, call.dialled) == ("incoming", "answered", Party("0612345678"), Party("3556"))
    assert (call.started_at, call.answered_at, call.ended_at) == (at("10:44:26"), at("10:44:27"), at("10:44:31"))
    assert call.answered_by == AnsweredBy("1003", "", "2000")
    assert [(q.name, q.number, q.outcome, q.wait_s, q.agent, q.rang) for q in call.queues] == [
        ("hotline", "3556", "answered", 1.0, "2000", ("2000",)),
    ]
    assert [(talk.number, talk.from_, talk.to) for talk in call.agents] == [("2000", at("10:44:27"), at("10:44:31"))]
    assert [(leg.unique_id, leg.interface, leg.role) for leg in call.legs] == [
        ("66.0", "PJSIP/trunk", "caller"), ("66.3", "PJSIP/1003", "agent"),
    ]  # fmt: skip
    assert call.unique_ids[0] == "66.0" and set(call.unique_ids) == {"66.0", "66.2", "66.3"}
    assert call.certainty.keys() == {"dialled", "answered_at", "queues", "agents"}


def test_a_transfer_by_the_agent_takes_the_place_of_what_was_dialled() -> None:
    """The row of a queue that calls phones directly is the only one, and its `dst` is the target (oddity of CDRs)."""
    (call,) = calls("""
        1.0 1.0 0 PJSIP/trunk-0 PJSIP/1003-1 Queue hotline,t 10:47:24 10:47:25 10:47:28 ANSWERED 0612345678 1002 from-phones
        1.0 1.0 6 PJSIP/trunk-0 PJSIP/1002-2 Dial PJSIP/1002,20 10:47:28 10:47:28 10:47:32 ANSWERED 0612345678 1002 user
    """)

    assert call.transfers == (Transfer("blind", "1003", "1002", at("10:47:28"), "PJSIP/1003"),)
    assert call.dialled == Party("3556")
    assert "whoever answered" in call.certainty["dialled"]
    assert [leg.role for leg in call.legs] == ["caller", "agent", "transfer_target"]


def test_a_dial_plan_that_goes_on_is_no_transfer() -> None:
    (call,) = calls("""
        1.0 1.0 0 PJSIP/trunk-0 PJSIP/1002-1 Dial PJSIP/1002,20,g 10:00:00 10:00:02 10:00:05 ANSWERED 0612345678 1002 user
        1.0 1.0 2 PJSIP/trunk-0 PJSIP/1004-2 Dial PJSIP/1004,20 10:00:05 10:00:05 10:00:09 ANSWERED 0612345678 1002 user
    """)

    assert (call.transfers, call.dialled, call.ended_at) == ((), Party("1002"), at("10:00:09"))


def test_a_parked_call_is_parked_and_retrieved() -> None:
    (call,) = calls("""
        1.0 1.0 0 PJSIP/trunk-0 PJSIP/1002-1 Dial PJSIP/1002 10:55:49 10:55:50 10:55:52 ANSWERED 0612345678 1002 user
        1.0 1.0 2 PJSIP/trunk-0 - Park default:701 10:55:52 10:55:52 10:55:55 ANSWERED 0612345678 1002 user
        1.0 1.0 4 PJSIP/trunk-0 PJSIP/w2x6pl-2 Dial PJSIP/1002 10:55:55 10:55:55 10:55:58 ANSWERED 0612345678 1002 user
        5.2 1.0 3 PJSIP/w2x6pl-2 - ParkedCall default,701 10:55:55 10:55:55 10:55:56 ANSWERED 1006 701 from-phones
    """)

    (parking,) = call.parked
    assert (parking.by, parking.slot, parking.at) == ("1002", "701", at("10:55:52"))
    assert (parking.retrieved_by, parking.retrieved_at) == ("1006", at("10:55:55"))
    assert call.transfers == ()


def test_a_phone_that_calls_while_it_talks_consults() -> None:
    main, other = calls("""
        1.0 1.0 0 PJSIP/trunk-0 PJSIP/1003-1 Dial PJSIP/1003 10:00:00 10:00:01 10:00:09 ANSWERED 0612345678 1003 user
        2.2 2.2 1 PJSIP/1003-2 PJSIP/1004-3 Dial PJSIP/1004 10:00:04 10:00:05 10:00:09 ANSWERED 1003 1004 user
        1.0 1.0 2 PJSIP/trunk-0 PJSIP/1004-3 Dial PJSIP/1003 10:00:04 10:00:04 10:00:20 ANSWERED 0612345678 1003 user
    """)

    assert other.consultation_of == (main.linked_id, 0)
    assert main.transfers == (Transfer("attended", "1003", "1004", at("10:00:09")),)
    assert (main.ended_at, other.ended_at) == (at("10:00:20"), at("10:00:09"))
    assert {"transfers", "consultation_of"} <= main.certainty.keys() | other.certainty.keys()


@pytest.mark.parametrize(
    ("table", "outcome"),
    [
        ("1.0 1.0 0 PJSIP/1001-0 PJSIP/1002-1 Dial x 10:00:00 - 10:00:04 NO_ANSWER 1001 1002 user", "cancelled"),
        ("1.0 1.0 0 PJSIP/trunk-0 PJSIP/1002-1 Dial x 10:00:00 - 10:00:04 NO_ANSWER 0612345678 1002 user", "missed"),
        (
            "1.0 1.0 0 PJSIP/1001-0 PJSIP/1002-1 Dial x 10:00:00 - 10:00:04 NO_ANSWER 1001 1002 user\n"
            "1.0 1.0 2 PJSIP/1001-0 - Hangup - 10:00:04 - 10:00:04 NO_ANSWER 1001 1002 user",
            "missed",
        ),
        ("1.0 1.0 0 PJSIP/1001-0 PJSIP/1002-1 Dial x 10:00:00 - 10:00:04 BUSY 1001 1002 user", "busy"),
        ("1.0 1.0 0 PJSIP/1001-0 - Dial x 10:00:00 - 10:00:04 FAILED 1001 1007 user", "unreachable"),
        ("1.0 1.0 0 PJSIP/1001-0 PJSIP/trunk-1 Dial x 10:00:00 - 10:00:04 CONGESTION 1001 0612345678 out", "failed"),
        ("1.0 1.0 0 PJSIP/1001-0 PJSIP/1002-1 VoiceMail 1002 10:00:00 10:00:04 10:00:09 ANSWERED 1001 1002 user", "voicemail"),
        ("1.0 1.0 0 PJSIP/trunk-0 - BackGround menu 10:00:00 10:00:00 10:00:09 ANSWERED 0612345678 s ivr", "abandoned"),
        ("1.0 1.0 0 PJSIP/trunk-0 - Hangup - 10:00:00 10:00:00 10:00:09 ANSWERED 0612345678 3556 queues", "missed"),
        ("1.0 1.0 0 PJSIP/trunk-0 PJSIP/1003-1 Queue q,t,,,20 10:00:00 10:00:00 10:00:09 NO_ANSWER 0612345678 3556 queues", "abandoned"),
        ("1.0 1.0 0 PJSIP/trunk-0 - Queue q,t,,,20 10:00:00 10:00:00 10:00:09 ANSWERED 0612345678 3556 queues", "abandoned"),
    ],
)
def test_how_a_call_ended_that_nobody_answered(table: str, outcome: str) -> None:
    (call,) = calls(table)

    assert (call.outcome, call.answered_at, call.answered_by) == (outcome, None, None)
    assert "outcome" in call.certainty


@pytest.mark.parametrize(
    ("data", "outcome"), [("q,t,,,20", "leaveempty"), ("q,t,,,9", "timeout"), ("q", "timeout")]
)  # fmt: skip
def test_how_a_queue_lost_a_call(data: str, outcome: str) -> None:
    (call,) = calls(f"""
        1.0 1.0 0 PJSIP/trunk-0 PJSIP/1003-1 Queue {data} 10:00:00 10:00:00 10:00:08 NO_ANSWER 0612345678 3556 queues
        1.0 1.0 2 PJSIP/trunk-0 - Hangup - 10:00:08 10:00:08 10:00:10 ANSWERED 0612345678 3556 queues
    """)

    assert [(q.outcome, q.wait_s) for q in call.queues] == [(outcome, 8.0)]
    assert call.outcome == "missed"


def test_when_all_rang_the_others_tell_when_one_answered() -> None:
    (call,) = calls("""
        1.0 1.0 0 PJSIP/trunk-0 PJSIP/q7r5te-1 Queue support 10:00:00 10:00:00 10:00:07 NO_ANSWER 0612345678 3558 queues
        1.0 1.0 3 PJSIP/trunk-0 PJSIP/w2x6pl-2 Queue support 10:00:00 10:00:00 10:00:20 ANSWERED 0612345678 3558 queues
    """)

    assert (call.answered_at, call.queues[0].wait_s) == (at("10:00:07"), 7.0)
    assert "line was taken before" in call.certainty["answered_at"]


@pytest.mark.parametrize(
    ("where", "table", "direction"),
    [
        (Site(), "1.0 1.0 0 SIP/1001-0 SIP/1002-1 Dial x 10:00:00 10:00:01 10:00:04 ANSWERED 1001 1002 user", "internal"),
        (Site(), "1.0 1.0 0 SIP/ovh-0 SIP/1002-1 Dial x 10:00:00 10:00:01 10:00:04 ANSWERED 0612345678 1002 user", "incoming"),
        (Site(), "1.0 1.0 0 SIP/1001-0 SIP/ovh-1 Dial x 10:00:00 10:00:01 10:00:04 ANSWERED 1001 0612345678 out", "outgoing"),
        (Site(("from-trunk",)), "1.0 1.0 0 SIP/ovh-0 SIP/1-1 Dial x 10:00:00 10:00:01 10:00:04 ANSWERED 0612345678 1 user", "incoming"),
        (Site((), ("SIP/ovh",)), "1.0 1.0 0 SIP/ovh-0 SIP/1-1 Dial x 10:00:00 10:00:01 10:00:04 ANSWERED 12 1 user", "incoming"),
    ],
)
def test_which_way(where: Site, table: str, direction: str) -> None:
    (call,) = calls(table, where)

    assert call.direction == direction
    assert ("direction" in call.certainty) is not bool(where.trunk_endpoints)


def test_a_did_column_tells_what_was_dialled() -> None:
    (event,) = rows("1.0 1.0 0 PJSIP/trunk-0 PJSIP/1002-1 Dial x 10:00:00 10:00:01 10:00:04 ANSWERED 0612345678 1002 user")
    (call,) = interpret([msgspec.structs.replace(event, detail={**event.detail, "did": "0155501002"})], site(), NOW)

    assert call.dialled == Party("0155501002")
    assert "dialled" not in call.certainty


@pytest.mark.parametrize(
    ("column", "value", "id_", "source"),
    [
        ("recordingfile", "in-1002-0612-20261124-100000-1.0.wav", "in-1002-0612-20261124-100000-1.0", "announced"),
        ("recordingfile", "/var/spool/asterisk/monitor/2026/x.wav", "x", "announced"),
        ("userfield", "audio:old.gsm", "old", "announced"),
        ("mixmonitor", "new.wav,b", "new", "started"),
    ],
)
def test_recordings_that_records_tell(column: str, value: str, id_: str, source: str) -> None:
    (event,) = rows("1.0 1.0 0 PJSIP/trunk-0 PJSIP/1002-1 Dial x 10:00:00 10:00:01 10:00:04 ANSWERED 0612345678 1002 user")
    if column == "mixmonitor":
        event = msgspec.structs.replace(event, app="MixMonitor", app_data=value)
    else:
        event = msgspec.structs.replace(event, detail={**event.detail, column: value})
    (call,) = interpret([event], site(), NOW)

    assert [(recording.id, recording.source) for recording in call.recordings] == [(id_, source)]


def test_a_recording_that_only_the_record_tells_is_added_to_the_call_of_the_channels() -> None:
    scenario = "77-record-none"
    told_ = [msgspec.structs.replace(e, detail={**e.detail, "recordingfile": "r.wav"}) for e in events(scenario)]
    (before,) = interpret(better_events(scenario), site(), NOW)
    (after,) = interpret([*better_events(scenario), *told_], site(), NOW)

    assert [recording.id for recording in after.recordings] == ["r"]
    assert msgspec.structs.replace(after, recordings=before.recordings) == before


def test_a_table_without_answer_and_end_tells_them_by_duration() -> None:
    (event,) = rows("1.0 1.0 0 PJSIP/trunk-0 PJSIP/1002-1 Dial x 10:00:00 - - ANSWERED 0612345678 1002 user")
    event = msgspec.structs.replace(event, detail={**event.detail, "duration_s": "9", "billsec_s": "6"})
    (call,) = interpret([event], site(), NOW)

    assert (call.answered_at, call.ended_at) == (at("10:00:03"), at("10:00:09"))


def test_a_call_goes_on_until_the_callers_own_record_comes() -> None:
    half, _, *own = rows(QUEUE)
    soon = half.at + timedelta(minutes=1)
    (open_,) = interpret([half], site(), soon)
    (silent,) = interpret([half], site(), soon + timedelta(hours=5))
    (closed,) = interpret([half, *own], site(), soon)

    assert (open_.outcome, open_.is_closed, open_.ended_at, open_.direction) == ("ongoing", False, None, "incoming")
    assert (silent.outcome, silent.is_closed, silent.ended_at) == ("answered", True, None)
    assert "not told" in silent.certainty["ended_at"]
    assert (closed.outcome, closed.is_closed) == ("answered", True)


def test_only_records_of_one_time_tie_channels_of_one_name() -> None:
    """Channel names begin again with every start of the PBX, and a trunk carries many calls at once; a phone has one after the other."""
    one = rows("1.0 1.0 0 PJSIP/trunk-0 PJSIP/1002-1 Dial x 10:00:00 10:00:01 10:00:04 ANSWERED 0612345678 1002 user")
    later = rows("2.0 2.0 0 PJSIP/trunk-0 PJSIP/1002-1 Dial x 11:30:00 11:30:01 11:30:04 ANSWERED 0612345678 1002 user")
    after = rows("5.0 5.0 0 PJSIP/trunk-9 PJSIP/1002-10 Dial x 10:00:04 10:00:05 10:00:09 ANSWERED 0612345678 1002 user")
    beside = rows("3.2 3.2 0 PJSIP/trunk-5 PJSIP/1004-6 Dial x 10:00:00 10:00:01 10:00:04 ANSWERED 0612345679 1004 user")

    assert not any(_meet(one, other) for other in (later, beside, after))
    assert _meet(one, rows("4.2 4.2 0 PJSIP/1002-7 PJSIP/1004-6 Dial x 10:00:02 10:00:03 10:00:04 ANSWERED 1002 1004 user"))


def _meet(some: Sequence[Event], others: Sequence[Event]) -> bool:
    spans = [{(tie.key, tie.from_ or at("00:00:00"), tie.to or at("23:00:00")) for tie in ties(events)} for events in (some, others)]
    return any(key == other and since <= end and begin <= to for key, since, to in spans[0] for other, begin, end in spans[1])


TOLD = ("43-transfer-attended-agent-to-agent", "44-transfer-attended-cancelled", "58-conference-of-three", "83-restart-uniqueids")
CONFIGURED = Settings(("from-trunk",), ("PJSIP/trunk",), "FR")


def add(db: Db, items: Sequence[Event]) -> None:
    with db.transaction() as tx:
        append(tx, Batch(Log("pbx1", "asterisk-cdr", "Master.csv"), items, len(items)), CONFIGURED, datetime(2026, 11, 25, tzinfo=UTC))


def kept(db: Db) -> list[Call]:
    with db.transaction("read") as tx:
        return sorted((one.call for one in list_calls(tx, SYSTEM, CallFilter(limit=1000))), key=lambda call: call.linked_id)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(draw=st.data())
def test_the_record_is_the_same_in_whatever_batches_rows_come(db: Db, draw: st.DataObject) -> None:
    said = [event for scenario in TOLD for event in events(scenario)]
    clear(db)
    add(db, said)
    once = kept(db)
    clear(db)
    shuffled = draw.draw(st.permutations(said))
    size = draw.draw(st.integers(1, len(said)))
    for start in range(0, len(shuffled), size):
        add(db, shuffled[start : start + size])

    assert kept(db) == once
    assert [call.linked_id for call in once] == sorted(linked_id for scenario in TOLD for linked_id in calls_made(scenario))


def test_better_witnesses_may_come_later(db: Db) -> None:
    scenario = TOLD[0]
    add(db, events(scenario))
    assert all("answered_at" in call.certainty for call in kept(db))
    add(db, better_events(scenario))
    assert not any("answered_at" in call.certainty for call in kept(db))
    assert [call.linked_id for call in kept(db)] == sorted(calls_made(scenario))


def clear(db: Db) -> None:
    """Names that were heard with calls go too: they are shown with other calls."""
    tables = "attached_data recordings call_legs call_agents call_queues calls events ties clusters pbx_starts sources users queues".split()
    with db.transaction() as tx:
        for table in tables:
            tx.run(f"delete from {table}")
