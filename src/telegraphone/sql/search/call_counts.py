"""Counting the calls of a search, with bounded work: what cannot be counted so is told as "at least so many".

A list of no more than `bound` calls is counted to its end. Of a longer one, and where there is none, as many calls as that are looked at,
the newest, and those of them that fit are counted.
"""

import msgspec

from ...db import Tx
from .call_filter import Asked
from .call_lists import each_length, followed, lengths, newest_of, nth, others_of, since, walk, where_all

WALKED = 50_000
"""So many of the newest calls are looked at to count those that fit."""


class Count(msgspec.Struct, frozen=True, order=True):
    """`calls`: so many there are if `is_exact`, otherwise at least so many."""

    calls: int
    is_exact: bool = True


def count_ids(tx: Tx, asked: Asked, bound: int) -> Count:
    """How many there are, up to `bound`."""
    if asked.is_empty:
        return Count(0)
    best = Count(0, is_exact=False)
    for name in asked.ranked:
        count = (_count_listed if name in asked.lists else _count_followed)(tx, asked, name, bound)
        if count.is_exact:
            return count
        best = max(best, count)
    return best if asked.ranked else _count_newest(tx, asked, bound)


def _count(found: int, bound: int, *, is_all: bool) -> Count:
    return Count(min(found, bound), is_exact=is_all and found <= bound)


def _count_followed(tx: Tx, asked: Asked, name: str, bound: int) -> Count:
    """By the ordered lists of a condition. That of one key need not be read to be counted, if nothing else is asked."""
    if not others_of(asked, name):
        listed = [row["n"] for row in tx.all(each_length(tx.dialect, asked, name, bound + 1), **asked.args)]
        if len(listed) == 1 or max(listed) > bound:
            return _count(max(listed), bound, is_all=True)
    found = newest_of(followed(tx, asked, name, bound + 1, bound + 1), bound + 1)
    longest = tx.one(lengths(tx.dialect, asked, name, bound + 1), **asked.args)
    return _count(len(found), bound, is_all=longest is None or (longest["n"] or 0) <= bound)


def _count_listed(tx: Tx, asked: Asked, name: str, bound: int) -> Count:
    """By a list without an order."""
    lists = [f"select {one.id} as id from {one.table}{where_all([one.where, *asked.ids.conditions(one.id)])}" for one in asked.lists[name]]
    row = tx.one(
        f"with list as materialized ({' union all '.join(lists)} limit {bound + 1}) select (select count(*) from list) as n,"
        f" (select count(*) from (select distinct id from list) s{where_all(others_of(asked, name))}) as fitting",
        **asked.args,
    )
    assert row is not None
    return _count(row["fitting"], bound, is_all=row["n"] <= bound)


def _count_newest(tx: Tx, asked: Asked, bound: int) -> Count:
    """Among the newest calls, where no list has those that fit."""
    last = tx.one(f"select ({nth(asked, WALKED - 1)}) as id", **asked.args) if asked.where else None
    if last is None or last["id"] is None:
        row = tx.one(f"select count(*) as n from ({walk(asked, bound + 1)}) as counted", **asked.args)
        assert row is not None
        return _count(row["n"], bound, is_all=True)
    return _count(len(since(tx, asked, bound + 1, last["id"])), bound, is_all=False)
