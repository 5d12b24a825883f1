"""The search finds exactly the calls that a filter written out over the same calls finds: random calls, random questions, both engines."""

import fnmatch
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telegraphone.access import RIGHTS, SYSTEM, Actor
from telegraphone.db import Db
from telegraphone.errors import NotFound
from telegraphone.model import Agent, AgentTalk, Announced, Attached, Call, CallId, FileId, Party, Queue, QueuePassage
from telegraphone.names import folded
from telegraphone.sql import calls, directory
from telegraphone.sql.calls import CallFilter, Count
from telegraphone.sql.pbx.put_calls import ToPut, put_calls

DAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
AGENTS = {"2000": "Dino Falconetti", "2001": "Emma Lefèvre", "2002": "François Noël", "20": "Ann_ 100%"}
QUEUES = {"hotline": ("3556", "Hotline"), "sales": ("3557", "Ventes été"), "lost": ("", "")}
NUMBERS = ["0612345678", "+33612345678", "1001", "10_1", "a*b?[c]", "", "Ünï", "ab%"]
PATTERNS = [*NUMBERS, "%", "06%", "%78", "%1234%", "1_01", "10_%", "%*%", "a%[c]", "%%", "%\\", "A%"]
minutes = st.integers(0, 600).map(lambda n: DAY + timedelta(minutes=n))
number = st.sampled_from(NUMBERS)
outcomes = st.sampled_from(["answered", "abandoned", "timeout", "closed", "joinempty"])


@st.composite
def made_calls(draw: st.DrawFn) -> Call:
    start = draw(minutes)
    answered = draw(st.booleans())
    ended = draw(st.one_of(st.none(), st.integers(0, 300).map(lambda n: start + timedelta(seconds=n))))
    passages = draw(st.lists(st.tuples(st.sampled_from(list(QUEUES)), outcomes), max_size=2))
    agents = draw(st.lists(st.sampled_from([*AGENTS, "2009"]), max_size=2, unique=True))
    pairs = draw(st.lists(st.tuples(st.sampled_from(["color", "order"]), st.sampled_from(["green", "red", "", "x" * 300])), max_size=3))
    return Call(
        linked_id="", unique_ids=(), direction=draw(st.sampled_from(["incoming", "outgoing", "internal"])),
        outcome="ongoing" if ended is None else "answered" if answered else "missed",
        caller=Party(draw(number)), dialled=Party(draw(number)), started_at=start,
        answered_at=start if answered else None, ended_at=ended,
        queues=tuple(QueuePassage(name, start, outcome) for name, outcome in passages),
        agents=tuple(AgentTalk(agent, start, ended) for agent in agents),
        attached=tuple(Attached(key, value, start) for key, value in pairs),
        recordings=tuple(Announced(FileId("?"), start, "announced") for _ in range(draw(st.integers(0, 1)))),
    )  # fmt: skip


def numbered(made: list[Call]) -> list[Call]:
    return [
        msgspec.structs.replace(
            call, linked_id=f"{n}.0", unique_ids=(f"{n}.0", f"{n}.1"),
            recordings=tuple(msgspec.structs.replace(r, id=FileId(f"r{n}")) for r in call.recordings),
        )
        for n, call in enumerate(made)
    ]  # fmt: skip


def one_of(*values: object) -> st.SearchStrategy[object]:
    return st.one_of(st.none(), st.sampled_from(values))


wanted_calls = st.builds(
    CallFilter,
    agent=one_of(*AGENTS, "dino", "LEFEVRE", "no", "_", "%", "2009", "", "100%"),
    queue=one_of("3556", "hot", "ETE", "lost", "s", "%", "355", "zzz"),
    start=st.one_of(st.none(), minutes), end=st.one_of(st.none(), minutes),
    since=st.one_of(st.none(), minutes), before=st.one_of(st.none(), minutes),
    caller=one_of(*PATTERNS), callee=one_of(*PATTERNS), number=one_of(*PATTERNS),
    direction=one_of("incoming", "outgoing"), queue_status=one_of("abandoned", "timeout", "answered"),
    key=st.just("color"), value=one_of("green", "x" * 300, "x" * 299, ""),
    unique_id=one_of("1.0", "2.1"), outcome=one_of("answered", "missed"), recorded=one_of(True, False),
    min_duration=one_of(0.0, 10.0, 100.0),
    max_duration=one_of(0.0, 10.0, 100.0),
)  # fmt: skip
FIELDS = [name for name in CallFilter.__struct_fields__ if name not in ("cursor", "offset", "limit", "pbx", "value")]


@st.composite
def questions(draw: st.DrawFn) -> CallFilter:
    """One to three conditions at once: with all of them nothing would ever be found."""
    drawn = draw(wanted_calls)
    asked = set(draw(st.lists(st.sampled_from(FIELDS), max_size=3, unique=True)))
    asked |= {"value"} if "key" in asked else set()
    return CallFilter(**{name: getattr(drawn, name) for name in asked})


def like(text: str, pattern: str) -> bool:
    quoted = "".join("*" if c == "%" else f"[{c}]" if c in "*?[" else c for c in pattern)
    return fnmatch.fnmatchcase(text, quoted) if "%" in pattern else text == pattern


def is_wanted(call: Call, w: CallFilter) -> bool:
    """The filter, written out."""
    current = {pair.key: pair.value for pair in call.attached}
    agents, queues = [a.number for a in call.agents], [q.name for q in call.queues]
    ends = call.ended_at or DAY - timedelta(days=1)
    return all((
        w.agent is None or any(a == w.agent or folded(w.agent) in folded(AGENTS[a]) for a in agents if a in AGENTS or a == w.agent)
        if w.agent != "2009" else "2009" in agents,
        w.queue is None or any(w.queue == QUEUES[q][0] or folded(w.queue) in folded(f"{q}\n{QUEUES[q][1]}") for q in queues),
        w.start is None or call.started_at >= w.start or ends >= w.start,
        w.end is None or call.started_at < w.end,
        w.since is None or call.started_at >= w.since,
        w.before is None or call.started_at < w.before,
        w.caller is None or like(call.caller.number, w.caller),
        w.callee is None or like(call.dialled.number, w.callee),
        w.number is None or like(call.caller.number, w.number) or like(call.dialled.number, w.number),
        w.direction is None or call.direction == w.direction,
        w.queue_status is None or w.queue_status in [q.outcome for q in call.queues],
        w.key is None or (w.key in current and (w.value is None or current[w.key] == w.value)),
        w.unique_id is None or w.unique_id in call.unique_ids,
        w.outcome is None or call.outcome == w.outcome,
        w.recorded is None or bool(call.recordings) == w.recorded,
        w.min_duration is None or (call.talk_s is not None and call.talk_s >= w.min_duration),
        w.max_duration is None or (call.talk_s is not None and call.talk_s <= w.max_duration),
    ))  # fmt: skip


def put(db: Db, made: list[Call]) -> None:
    with db.transaction() as tx:
        for table in ("attached_data", "recordings", "call_legs", "call_agents", "call_queues", "calls", "agents", "queues"):
            tx.run(f"delete from {table}")
        directory.put_directory(tx, SYSTEM, "agents", [Agent(number, firstname=name) for number, name in AGENTS.items()])
        listed = [Queue(number, name=name, display_name=shown) for name, (number, shown) in QUEUES.items() if number]
        directory.put_directory(tx, SYSTEM, "queues", listed)
        directory.add_seen(tx, "queues", [Queue("", name="lost")])
        put_calls(tx, "pbx1", [ToPut(n, (call,)) for n, call in enumerate(made)], "FR", DAY)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(made=st.lists(made_calls(), min_size=3, max_size=12), asked=st.lists(questions(), min_size=12, max_size=12))
def test_search_is_the_brute_force_filter(db: Db, made: list[Call], asked: list[CallFilter]) -> None:
    made = numbered(made)
    put(db, made)

    with db.transaction("read") as tx:
        everything = [found.call.linked_id for found in calls.list_calls(tx, SYSTEM, CallFilter(limit=1000))]
        assert sorted(everything) == sorted(call.linked_id for call in made)
        for wanted in asked:
            expected = {call.linked_id for call in made if is_wanted(call, wanted)}
            found = [stored.call.linked_id for stored in calls.list_calls(tx, SYSTEM, wanted)]
            assert found == [id for id in everything if id in expected], wanted
            assert calls.count_calls(tx, SYSTEM, wanted) == Count(len(expected))


def plain(n: int, **more: object) -> Call:
    return Call(**{  # type: ignore[arg-type]
        "linked_id": f"{n}.0", "unique_ids": (f"{n}.0",), "direction": "internal", "outcome": "missed", "caller": Party("1"),
        "dialled": Party("2"), "started_at": DAY + timedelta(seconds=n), "ended_at": DAY + timedelta(seconds=n), **more,
    })  # fmt: skip


def test_a_page_is_one_statement_and_pages_meet(db: Db) -> None:
    put(db, [plain(n) for n in range(7)])

    with db.transaction("read") as tx:
        assert calls.list_calls(tx, SYSTEM, CallFilter(limit=1))  # and the directory is known
        tx.statements = 0
        first = calls.list_calls(tx, SYSTEM, CallFilter(limit=3))
        assert tx.statements == 1
        rest = calls.list_calls(tx, SYSTEM, CallFilter(cursor=first[-1].id))
        assert [c.call.linked_id for c in first + rest] == [f"{n}.0" for n in range(6, -1, -1)]
        assert [c.id for c in calls.list_calls(tx, SYSTEM, CallFilter(offset=3))] == [c.id for c in rest]
        assert calls.count_calls(tx, SYSTEM, CallFilter(), bound=4) == Count(4, is_exact=False)


def test_a_call_is_one_statement(db: Db) -> None:
    made = plain(1, queues=(QueuePassage("hotline", DAY, "answered"),), agents=(AgentTalk("2000", DAY),))
    put(db, [made])

    with db.transaction("read") as tx:
        [listed] = calls.list_calls(tx, SYSTEM, CallFilter())
        tx.statements = 0
        stored = calls.get_call(tx, SYSTEM, listed.id)
        assert tx.statements == 1
        assert stored.call.queues[0].number == "3556"
        assert stored.call.agents[0].name == "Dino Falconetti"
        with pytest.raises(NotFound):
            calls.get_call(tx, SYSTEM, CallId(1))


def test_a_call_is_rendered_once_and_told_as_it_is_now(db: Db) -> None:
    from telegraphone.sql.attached_data import attach

    put(db, [plain(1)])
    with db.transaction() as tx:
        [(id, first)], [(_, again)] = (calls.list_rendered(tx, SYSTEM, CallFilter(), attached_of) for _ in range(2))
        assert first is again
        for value in ("green", "x" * 10_000):
            attach(tx, SYSTEM, id, [("color", value)], DAY)
            assert calls.list_rendered(tx, SYSTEM, CallFilter(), attached_of) == [(id, {"color": value})]
            assert calls.get_rendered(tx, SYSTEM, id, attached_of) == {"color": value}


def attached_of(stored: calls.StoredCall) -> dict[str, str]:
    return stored.attached_data


def test_who_may_not_read_sees_nothing(db: Db) -> None:
    put(db, [plain(1)])
    listener = Actor("listener", frozenset(RIGHTS) - {"read", "admin"})

    with db.transaction("read") as tx:
        assert calls.list_calls(tx, listener, CallFilter()) == []
        assert calls.count_calls(tx, listener, CallFilter()) == Count(0)


def test_a_call_keeps_its_number_when_its_start_is_learned_later(db: Db) -> None:
    with db.transaction() as tx:
        [number] = put_calls(tx, "pbx1", [ToPut(1, (plain(60),))], "", DAY)
        earlier = plain(60, started_at=DAY)
        assert put_calls(tx, "pbx1", [ToPut(1, (earlier,))], "", DAY) == {number}
        assert put_calls(tx, "pbx1", [ToPut(1, (earlier,))], "", DAY) == set()
        assert calls.get_call(tx, SYSTEM, number).call.started_at == DAY


def test_a_call_that_turns_out_to_be_part_of_another_leaves_its_data_there(db: Db) -> None:
    from telegraphone.sql.attached_data import attach, list_attached

    with db.transaction() as tx:
        [main] = put_calls(tx, "pbx1", [ToPut(1, (plain(1),))], "", DAY)
        [other] = put_calls(tx, "pbx1", [ToPut(2, (plain(2),))], "", DAY)
        attach(tx, SYSTEM, other, [("color", "green")], DAY)
        tx.run("update calls set cluster_id = 1")
        put_calls(tx, "pbx1", [ToPut(1, (plain(1, unique_ids=("1.0", "2.0")),))], "", DAY)
        assert [c.id for c in calls.list_calls(tx, SYSTEM, CallFilter())] == [main]
        assert list_attached(tx, main) == {"color": "green"}


def test_a_thousand_calls_in_one_millisecond_have_numbers_of_their_own(db: Db) -> None:
    made = [msgspec.structs.replace(plain(0), linked_id=f"{n}.1", unique_ids=(f"{n}.1",)) for n in range(1100)]

    with db.transaction() as tx:
        assert len(put_calls(tx, "pbx1", [ToPut(n, (call,)) for n, call in enumerate(made)], "", DAY)) == 1100
