"""The endings of numbers, by which a number is found when only its end or middle is known."""

from collections.abc import Iterable

from ..db import Row, Tx

SHORTEST, LONGEST = 3, 32
"""A shorter ending has too many numbers to be of use; a longer number stands under `''`."""


def endings(number: str) -> list[str]:
    """Under what a number is kept."""
    if len(number) > LONGEST:
        return [""]
    return [number[place:] for place in range(len(number) - SHORTEST + 1)]


def put_numbers(tx: Tx, numbers: Iterable[str]) -> None:
    """Keep these numbers; most are known."""
    wanted = {number for number in numbers if len(number) >= SHORTEST}
    if not wanted:
        return
    whole = tx.dialect.list_argument(sorted(wanted | {""}))
    rows = tx.all(
        f"select number from number_ends where {tx.dialect.any_of('ending', 'whole')} and {tx.dialect.any_of('number', 'whole')}",
        whole=whole,
    )
    new = sorted(wanted - {row["number"] for row in rows})
    tx.run_many("insert into number_ends (ending, number) values (:ending, :number) on conflict do nothing", _rows(new))


def _rows(numbers: Iterable[str]) -> list[Row]:
    return [{"ending": ending, "number": number} for number in numbers for ending in endings(number)]
