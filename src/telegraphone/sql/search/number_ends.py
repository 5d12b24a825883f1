"""The endings of numbers, by which a number is found when only its end or middle is known, and about when each was last heard of."""

from collections.abc import Iterable, Mapping

from ...db import Row, Tx
from ...model import CallId

SHORTEST, LONGEST = 3, 32
"""A shorter ending has too many numbers to be of use; a longer number stands under `''`."""
SPAN = 2**39
"""Ids of a bit more than six days. Of a number's first and last call their ids divided by this are kept, so they are seldom written."""
FILL = f"""insert into number_ends (ending, number, oldest, newest)
    with recursive places (n) as (select 1 union all select n + 1 from places where n < {LONGEST - SHORTEST + 1}),
        said (number, id) as (select caller_number, id from calls union all select dialled_number, id from calls),
        numbers (number, oldest, newest) as (select number, min(id) / {SPAN}, max(id) / {SPAN} from said group by number),
        ends (ending, number, oldest, newest) as (
            select substr(number, n), number, oldest, newest from numbers cross join places
            where length(number) <= {LONGEST} and n <= length(number) - {SHORTEST - 1}
            union all select '', number, oldest, newest from numbers where length(number) > {LONGEST})
    select ending, number, oldest, newest from ends order by ending, number"""
"""All of it from the calls, in the order in which it is kept."""
Heard = tuple[int, int]
"""When a number was first and last heard of, in spans."""


def endings(number: str) -> list[str]:
    """Under what a number is kept."""
    if len(number) > LONGEST:
        return [""]
    return [number[place:] for place in range(len(number) - SHORTEST + 1)]


def put_numbers(tx: Tx, calls: Iterable[tuple[str, CallId]]) -> None:
    """Keep the numbers of these calls; most are known, and were heard of within the same days."""
    heard: dict[str, Heard] = {}
    for number, id in calls:
        if len(number) >= SHORTEST:
            heard[number] = _both(heard.get(number), (id // SPAN, id // SPAN))
    new = _new(tx, heard)
    if new:
        tx.run_many(
            "insert into number_ends (ending, number, oldest, newest) values (:ending, :number, :oldest, :newest)"
            " on conflict (ending, number) do update set"
            f" oldest = {tx.dialect.least}(number_ends.oldest, excluded.oldest),"
            f" newest = {tx.dialect.greatest}(number_ends.newest, excluded.newest)", _rows(new),
        )  # fmt: skip


def fill_numbers(tx: Tx) -> None:
    """Those of all calls, where none was kept before."""
    tx.run(FILL)


def _both(one: Heard | None, other: Heard) -> Heard:
    return other if one is None else (min(one[0], other[0]), max(one[1], other[1]))


def _new(tx: Tx, heard: Mapping[str, Heard]) -> dict[str, Heard]:
    """Those that are not kept so. One that is kept stands under itself, or, when it is long, under `''`."""
    long = sorted(number for number in heard if len(number) > LONGEST)
    short = sorted(heard.keys() - set(long))
    rows: list[Row] = []
    if short:
        rows += _among(tx, f"{tx.dialect.any_of('ending', 'those')} and number = ending", short)
    if long:
        rows += _among(tx, f"ending = '' and {tx.dialect.any_of('number', 'those')}", long)
    kept = {row["number"]: (row["oldest"], row["newest"]) for row in rows}
    return {number: heard[number] for number in sorted(heard) if _both(kept.get(number), heard[number]) != kept.get(number)}


def _among(tx: Tx, where: str, those: list[str]) -> list[Row]:
    return tx.all(f"select number, oldest, newest from number_ends where {where}", those=tx.dialect.list_argument(those))


def _rows(heard: Mapping[str, Heard]) -> list[Row]:
    return [
        {"ending": ending, "number": number, "oldest": oldest, "newest": newest}
        for number, (oldest, newest) in heard.items()
        for ending in endings(number)
    ]
