"""When numbers were last heard of, and the pages that are found by it."""

from datetime import timedelta

import pytest

from telegraphone.access import SYSTEM
from telegraphone.db import Db, Tx
from telegraphone.model import CallId, Party
from telegraphone.sql.search.call_filter import CallFilter, asked
from telegraphone.sql.search.call_lists import walk
from telegraphone.sql.search.call_pages import find_ids
from telegraphone.sql.search.number_ends import SPAN, put_numbers
from tests.sql.test_calls import DAY, plain, put


def heard(tx: Tx, number: str) -> set[tuple[int, int]]:
    rows = tx.all("select oldest, newest from number_ends where number = :number", number=number)
    return {(row["oldest"], row["newest"]) for row in rows}


def test_a_number_is_as_old_and_as_new_as_its_calls(db: Db) -> None:
    with db.transaction() as tx:
        put_numbers(tx, [("0612345678", CallId(3 * SPAN)), ("12", CallId(5 * SPAN)), ("x" * 40, CallId(2 * SPAN))])
        assert heard(tx, "0612345678") == {(3, 3)}
        put_numbers(tx, [("0612345678", CallId(2 * SPAN)), ("0612345678", CallId(7 * SPAN + 9)), ("x" * 40, CallId(4 * SPAN))])
        assert heard(tx, "0612345678") == {(2, 7)}
        assert heard(tx, "x" * 40) == {(2, 4)}
        assert heard(tx, "12") == set()
        put_numbers(tx, [("0612345678", CallId(6 * SPAN)), ("x" * 40, CallId(SPAN))])
        assert heard(tx, "0612345678") == {(2, 7)}
        assert heard(tx, "x" * 40) == {(1, 4)}


SOME = [
    CallFilter(number="%345%"), CallFilter(number="%345"), CallFilter(caller="%345%"), CallFilter(callee="%345%"),
    CallFilter(number="%999%"),
    CallFilter(number="%345%", before=DAY + timedelta(days=200)),
    CallFilter(number="%345%", since=DAY, before=DAY + timedelta(days=9)),
    CallFilter(number="%345%", since=DAY + timedelta(days=100), before=DAY + timedelta(days=140)),
    CallFilter(number="%345%", cursor=CallId(round((DAY + timedelta(days=250)).timestamp() * 1000) * 1024)),
    CallFilter(number="%345%", since=DAY + timedelta(days=390)),
    CallFilter(number="%345%", direction="outgoing"), CallFilter(number="%345%", direction="internal"),
]  # fmt: skip


@pytest.mark.parametrize("wanted", SOME)
def test_those_who_were_heard_of_last_have_the_newest_calls(db: Db, wanted: CallFilter) -> None:
    """400 calls a day apart, of people who call once, often, or did so long ago, and are called back."""
    made = []
    for n in range(400):
        number = f"06{n % 7 if n % 3 else n:03}345"
        sides = {"caller": Party(number), "dialled": Party("0155")} if n % 5 else {"caller": Party("1001"), "dialled": Party(number)}
        at = DAY + timedelta(days=n)
        made.append(plain(n, started_at=at, ended_at=at, direction="incoming" if n % 5 else "outgoing", **sides))
    put(db, made)

    with db.transaction("read") as tx:
        for limit in (1, 3, 20):
            what = asked(tx, SYSTEM, wanted)
            expected = [row["id"] for row in tx.all(walk(what, limit), **what.args)]
            for bound in (0, 5, 40, 500):
                assert find_ids(tx, what, limit, bound=bound) == expected
