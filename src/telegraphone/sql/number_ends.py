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
    new = _unknown(tx, numbers)
    if new:
        tx.run_many("insert into number_ends (ending, number) values (:ending, :number) on conflict do nothing", _rows(new))


def copy_numbers(tx: Tx, numbers: Iterable[str]) -> None:
    """The same by COPY, where nobody else writes."""
    tx.copy("number_ends", ("ending", "number"), ((ending, number) for number in _unknown(tx, numbers) for ending in endings(number)))


def _unknown(tx: Tx, numbers: Iterable[str]) -> list[str]:
    """Those that are not kept. One that is stands under itself, or, when it is long, under `''`."""
    wanted = {number for number in numbers if len(number) >= SHORTEST}
    long = sorted(number for number in wanted if len(number) > LONGEST)
    short = sorted(wanted.difference(long))
    known: list[Row] = []
    if short:
        known += _among(tx, f"{tx.dialect.any_of('ending', 'those')} and number = ending", short)
    if long:
        known += _among(tx, f"ending = '' and {tx.dialect.any_of('number', 'those')}", long)
    return sorted(wanted - {row["number"] for row in known})


def _among(tx: Tx, where: str, those: list[str]) -> list[Row]:
    return tx.all(f"select number from number_ends where {where}", those=tx.dialect.list_argument(those))


def _rows(numbers: Iterable[str]) -> list[Row]:
    return [{"ending": ending, "number": number} for number in numbers for ending in endings(number)]
