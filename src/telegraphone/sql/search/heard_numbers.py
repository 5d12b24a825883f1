"""A page of calls by numbers of which a part is given: those that were heard of last are followed, since the newest calls are theirs."""

from collections.abc import Iterable, Sequence
from itertools import accumulate

from ...db import Tx
from .call_filter import Asked
from .call_lists import Ids, from_list, near
from .number_ends import SPAN
from .number_patterns import HEARD

MANY = 40_000
"""So many numbers are looked at for when they were last heard of."""


def from_short(tx: Tx, asked: Asked, name: str, reach: int, glance: int, bound: int) -> Ids | None:
    """By a list without an order, if it is short, or that of a few numbers."""
    numbers = asked.lists[name][0].numbers
    heard = _heard(tx, asked, numbers, glance) if numbers else []
    if heard is None or (numbers and not heard):
        return None if heard is None else []
    if sum(count for _, count in heard) > 2 * reach:
        return _from_heard(tx, asked, name, reach, heard, bound)
    found = from_list(tx, asked, name, reach, glance)
    if found is None and heard:  # few, and often heard of
        return _since(tx, asked, name, reach, (heard[0][0] - spans for spans in (0, 4, 16)), bound)
    return found


def from_numbers(tx: Tx, asked: Asked, name: str, reach: int, bound: int) -> Ids | None:
    """By the numbers that were heard of last, if they can be listed."""
    numbers = asked.lists[name][0].numbers
    heard = _heard(tx, asked, numbers, MANY) if numbers else None
    return _from_heard(tx, asked, name, reach, heard, bound) if heard else None


def _from_heard(tx: Tx, asked: Asked, name: str, reach: int, heard: Sequence[tuple[int, int]], bound: int) -> Ids | None:
    """First a few more numbers than a page has calls, then more, then all; None where their calls are too many."""
    spans = (_after_enough(heard, enough * reach) for enough in (2, 16))
    return _since(tx, asked, name, reach, spans, bound) or from_list(tx, asked, name, reach, bound)


def _since(tx: Tx, asked: Asked, name: str, reach: int, spans: Iterable[int], bound: int) -> Ids | None:
    """By the numbers that were heard of since one of these spans: who was not has no call since. None if they do not fill the page."""
    for last in dict.fromkeys(spans):
        found = from_list(tx, near(tx.dialect, asked, last * SPAN, {HEARD: last}), name, reach, bound)
        if found is None or len(found) == reach:
            return found
    return None


def _heard(tx: Tx, asked: Asked, numbers: str, many: int) -> list[tuple[int, int]] | None:
    """When these numbers were last heard of in the time that is asked for, the latest first, and of how many that is surely so: others were
    heard of later, too. None if there are more than `many`.
    """
    upper = f"({asked.ids.upper}) / {SPAN}" if asked.ids.upper else "e.newest"
    counted = f"sum(case when e.newest <= {upper} then 1 else 0 end) as fit, count(*) as n"
    some = f"(select newest from ({numbers}) of_all limit {many + 1}) e"
    rows = tx.all(f"select {tx.dialect.least}(e.newest, {upper}) as newest, {counted} from {some} group by 1 order by 1 desc", **asked.args)
    return [(row["newest"], row["fit"]) for row in rows] if sum(row["n"] for row in rows) <= many else None


def _after_enough(heard: Sequence[tuple[int, int]], enough: int) -> int:
    """Since when so many were heard of, or all."""
    so_many = accumulate(count for _, count in heard)
    return next((last for (last, _), count in zip(heard, so_many, strict=True) if count >= enough), heard[-1][0])
