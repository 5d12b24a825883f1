"""Whichever way a page is found, by lists or by walking, it is the same page; and the ranges and lists leave nothing out."""

from datetime import timedelta
from importlib.resources import files

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telegraphone.access import SYSTEM
from telegraphone.db import Db, Tx
from telegraphone.model import Call, Party
from telegraphone.sql.calls import CallFilter, count_calls, list_calls
from telegraphone.sql.pbx.put_calls import ToPut, put_calls
from telegraphone.sql.search.call_counts import Count, count_ids
from telegraphone.sql.search.call_filter import asked
from telegraphone.sql.search.call_pages import find_ids
from telegraphone.sql.search.number_ends import FILL, endings
from tests.sql.test_calls import DAY, made_calls, numbered, plain, put, questions


def page(tx: Tx, wanted: CallFilter, bound: int) -> list[int]:
    return find_ids(tx, asked(tx, SYSTEM, wanted), wanted.limit, wanted.offset, bound)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    made=st.lists(made_calls(), min_size=3, max_size=10), wanted=st.lists(questions(), min_size=10, max_size=10), offset=st.integers(0, 2)
)
def test_every_way_finds_the_same(db: Db, made: list[Call], wanted: list[CallFilter], offset: int) -> None:
    put(db, numbered(made))

    with db.transaction("read") as tx:
        for one in wanted:
            whole = page(tx, one, 10_000)
            cut = msgspec.structs.replace(one, offset=offset, limit=2)
            for bound in (0, 1, 3, 10_000):
                assert page(tx, cut, bound) == whole[offset : offset + 2], (one, bound)
            for bound in (1, 2, 1000):
                count = count_ids(tx, asked(tx, SYSTEM, one), bound)
                assert count.calls == len(whole) if count.is_exact else count.calls <= len(whole), (one, bound)
                assert count.is_exact or bound < 1000
                assert count.calls <= bound


SPANS = [
    (CallFilter(since=DAY + timedelta(hours=4)), {"late"}),
    (CallFilter(before=DAY + timedelta(hours=4)), {"early", "long"}),
    (CallFilter(end=DAY + timedelta(hours=4)), {"early", "long"}),
    (CallFilter(start=DAY + timedelta(hours=4)), {"late", "long"}),
    (CallFilter(since=DAY + timedelta(hours=4), before=DAY + timedelta(hours=6)), {"late"}),
    (CallFilter(since=DAY - timedelta(hours=1), before=DAY + timedelta(hours=1)), {"early", "long"}),
]


@pytest.mark.parametrize(("wanted", "expected"), SPANS)
def test_dates_find_calls_whose_number_is_not_their_start(db: Db, wanted: CallFilter, expected: set[str]) -> None:
    """Numbered an hour or a day too early or too late, or ending half a day after their start."""

    def called(name: str, hours: float, ended: float) -> Call:
        start, end = DAY + timedelta(hours=hours), DAY + timedelta(hours=ended)
        return plain(0, linked_id=name, unique_ids=(name,), started_at=start, ended_at=end)

    with db.transaction() as tx:
        for n, (name, first) in enumerate([("early", 24), ("late", -24)]):
            put_calls(tx, "pbx1", [ToPut(n, (called(name, first, first + 1),))], "", DAY)
        for n, call in enumerate([called("early", 0, 1), called("late", 5, 6), called("long", 0, 12)]):
            put_calls(tx, "pbx1", [ToPut(n, (call,))], "", DAY)

        assert {stored.call.linked_id for stored in list_calls(tx, SYSTEM, wanted)} == expected
        assert count_calls(tx, SYSTEM, wanted) == Count(len(expected))


LONG = "sip:" + "9876543210" * 4
FORMS = [
    ("061%", {"0612345678"}), ("%678", {"0612345678"}), ("%3456%", {"0612345678"}), ("06%345%78", {"0612345678"}), ("%345%99%", set()),
    ("%3210", {LONG}), ("%210987%", {LONG}), ("sip%", {LONG}), (f"%{LONG[1:]}", {LONG}), ("%x\U0010ffff%", {"x\U0010ffff\U0010ffffy"}),
    ("x\U0010ffff\U0010ffff%", {"x\U0010ffff\U0010ffffy"}), ("ab\ud7ff%", {"ab\ud7ffc"}),
    ("%_23%", {"a_23"}), ("%A_2%", set()), ("%456", set()),
    ("\U0010ffff\U0010ffff\U0010ffff%", set()),
]  # fmt: skip


@pytest.mark.parametrize(("form", "expected"), FORMS)
@pytest.mark.parametrize("field", ["caller", "callee", "number"])
def test_a_number_is_found_by_any_part_of_it(db: Db, field: str, form: str, expected: set[str]) -> None:
    made = ["0612345678", LONG, "x\U0010ffff\U0010ffffy", "ab\ud7ffc", "a_23", "ab", ""]
    side, other = ("dialled", "caller") if field == "callee" else ("caller", "dialled")
    put(db, [plain(n, **{side: Party(number), other: Party("")}) for n, number in enumerate(made)])

    with db.transaction("read") as tx:
        found = list_calls(tx, SYSTEM, CallFilter(**{field: form}))  # type: ignore[arg-type]
        assert {stored.call.caller.number or stored.call.dialled.number for stored in found} == expected


def test_a_store_from_before_gets_the_same_endings(db: Db) -> None:
    numbers = ["0612345678", "12", "", "123", "x" * 32, LONG]
    put(db, [plain(n, caller=Party(number)) for n, number in enumerate(numbers)])
    text = (files("telegraphone.sql") / "migrations" / "0016_when_numbers_were_heard.sql").read_text("utf-8")

    with db.transaction() as tx:
        kept = _ends(tx)
        for statement in (text[text.index("insert into number_ends") :].rstrip(" ;\n"), FILL):
            tx.run("delete from number_ends")
            tx.run(statement)
            assert _ends(tx) == kept
        assert {row[:2] for row in kept} == {(end, number) for number in numbers for end in endings(number)}


def _ends(tx: Tx) -> set[tuple[object, ...]]:
    return {tuple(row.values()) for row in tx.all("select ending, number, oldest, newest from number_ends")}
