"""Finding the ids of a page of calls, with bounded work whatever is asked.

A planner that is told `order by id desc limit 50` walks the newest calls in the hope that some fit, because it takes a rare number or value
for a common one. So we choose ourselves, by trying: for each condition, those that find fewest first, the calls that its index lists are
looked at, newest first, until the page is full, and `BOUND` of them at most. Most pages are full after some fifty, or the list is at its
end. A list without an order is read when it is short; when it is not, a sample of the newest calls tells how many of them hold a page, and
these are walked if that is cheaper; or those numbers are followed that were heard of last. Only when nothing else led there is a list
followed to its end, or are all calls walked.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...access import Actor
from ...db import Dialect, Row, Tx
from .call_filter import Asked, CallFilter, asked
from .call_lists import Ids, followed, from_list, lengths, near, newest_of, nth, others_of, since, walk
from .heard_numbers import from_numbers, from_short

BOUND = 10_000
"""So many calls of a list are looked at before another way is tried."""
GLANCE = 500
"""So far lists are measured before one of several is chosen."""
SAMPLE, NEAR = 2_000, 20_000
"""So many of the newest calls are looked at to guess how many must be walked, and so many are worth it before a long list is read that
has no order."""
QUIET = 8
"""A night's calls take so much longer to come than those of the sample."""
ENDLESS = 2**40


class Page(NamedTuple):
    """`clause` begins a statement that reads `page.id`, the ids of some calls; `args` are its parameters."""

    clause: str
    args: Row


def page_of(tx: Tx, actor: Actor, wanted: CallFilter) -> Page | None:
    """The calls of one page; None if there are none. They are found by the statement that reads them; where conditions have lists, a few
    small ones find their ids before."""
    what = asked(tx, actor, wanted)
    if not (what.ranked or what.is_empty):
        return _page(walk(what, wanted.limit, wanted.offset), what.args)
    return page_with(tx.dialect, find_ids(tx, what, wanted.limit, wanted.offset))


def page_with(dialect: Dialect, ids: Sequence[int]) -> Page | None:
    """The calls with these ids; None without any."""
    return _page(f"select k.value as id from {dialect.each('ids', 'bigint')}", {"ids": dialect.list_argument(list(ids))}) if ids else None


def _page(select: str, args: Row) -> Page:
    return Page(f"with page as materialized ({select})", args)


def find_ids(tx: Tx, asked: Asked, limit: int, offset: int = 0, bound: int = BOUND) -> Ids:
    """The ids of a page, newest first."""
    if asked.is_empty:
        return []
    reach = limit + offset
    for ids in _ways(tx, asked, reach, max(bound, reach)):
        if ids is not None:
            return ids[offset:]
    return [row["id"] for row in tx.all(walk(asked, limit, offset), **asked.args)]


def _ways(tx: Tx, asked: Asked, reach: int, bound: int) -> Iterator[Ids | None]:
    """The newest `reach`, by one way after the other, the cheap ones first; None where a way did not lead there."""
    measured = _measured(tx, asked)
    ranked = sorted(asked.ranked, key=lambda name: measured.get(name, GLANCE))
    lists, streams = [name for name in ranked if name in asked.lists], [name for name in ranked if name in asked.streams]
    glance = min(GLANCE, bound)
    for name in lists:
        yield from_short(tx, asked, name, reach, glance, 2 * bound)
    for name in streams:
        yield _from_streams(tx, asked, name, reach, bound, is_short=measured.get(name, GLANCE) < glance)
    if lists and not streams:  # what is in so many calls that there is no list of them is in some of the newest
        yield _from_newest(tx, asked, reach)
    for name in lists:  # its calls are read at once: one costs less than one that is walked to
        yield from_numbers(tx, asked, name, reach, 2 * bound) or from_list(tx, asked, name, reach, 2 * bound)
    if streams:
        yield newest_of(followed(tx, asked, streams[0], reach, ENDLESS), reach)
    elif lists:  # many, but not of late: the last ones are looked at, then their list is read, before the whole store is walked
        yield _from_last(tx, asked, reach, 5 * bound)
        for name in lists:
            yield from_list(tx, asked, name, reach, 20 * bound)


def _measured(tx: Tx, asked: Asked) -> dict[str, int]:
    """How long each of several lists is, up to `GLANCE`: one that is nearly empty says it all. Longer ones stay as they are ranked."""
    streams = [name for name in asked.ranked if name in asked.streams and name != "given"]  # what somebody is given is hardly ever short
    if len(streams) < 2:
        return {}
    each = (
        f"select {place} as place, n from ({lengths(tx.dialect, asked, name, GLANCE)}) as list{place}" for place, name in enumerate(streams)
    )
    return {streams[row["place"]]: row["n"] or 0 for row in tx.all(" union all ".join(each), **asked.args)}


def _from_streams(tx: Tx, asked: Asked, name: str, reach: int, bound: int, *, is_short: bool) -> Ids | None:
    """By the ordered lists of a condition; None if what was found is not surely the newest."""
    lists = followed(tx, asked, name, reach, bound)
    found = newest_of(lists, reach)
    if is_short or not others_of(asked, name) or all(len(ids) >= reach for ids in lists):
        return found
    passed = near(tx.dialect, asked, found[-1]) if len(found) == reach else asked
    longest = tx.one(lengths(tx.dialect, passed, name, bound + 1), **passed.args)
    return found if longest is None or (longest["n"] or 0) <= bound else None


def _from_newest(tx: Tx, asked: Asked, reach: int) -> Ids | None:
    """Those that fit of the newest calls, of as many as it takes if a sample tells that this is the cheapest way; None if it is not."""
    places = {"newest": nth(asked, 0), "oldest": nth(asked, SAMPLE - 1), "first": nth(asked, 0, "asc")}
    ends = tx.one(f"select {', '.join(f'({id}) as {name}' for name, id in places.items())}", **asked.args)
    if ends is None or ends["oldest"] is None:
        return None  # a small store, or a short span: its lists are short as well
    found = since(tx, asked, reach, ends["oldest"])
    if len(found) < reach and _is_near(len(found), reach, (ends["newest"] - ends["first"]) / (ends["newest"] - ends["oldest"])):
        span = (ends["newest"] - ends["oldest"]) * reach // len(found)
        found = since(tx, asked, reach, ends["newest"] - QUIET * span)
    return found if len(found) == reach else None


def _from_last(tx: Tx, asked: Asked, reach: int, calls: int) -> Ids | None:
    """Those that fit of so many of the newest calls; None if they do not fill the page."""
    oldest = tx.one(f"select ({nth(asked, calls - 1)}) as id", **asked.args)
    if oldest is None or oldest["id"] is None:
        return None
    found = since(tx, asked, reach, oldest["id"])
    return found if len(found) == reach else None


def _is_near(found: int, reach: int, samples: float) -> bool:
    """Whether so many that fit are among few enough calls, or else their list is far too long to be read; `samples` make the whole span."""
    return found > 0 and (SAMPLE * reach // found <= NEAR or found * samples > 4 * BOUND)
