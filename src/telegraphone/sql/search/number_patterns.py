"""Numbers of which a part is given: `061%`, `%345678`, `%3456%`."""

from ...db import Dialect, Row
from .id_ranges import IdRange
from .number_ends import LONGEST, SHORTEST, SPAN

HEARD = "heard"
"""The parameter that says since when a number must have been heard of (number_ends.SPAN): 0, unless only newer calls are looked for."""
Listed = tuple[str, str]
"""A table and a condition."""


def is_by_ending(text: str) -> bool:
    """Whether calls with a number of this form are looked for by the endings of numbers."""
    run, place = _longest_run(text)
    return "%" in text and place != "start" and len(run) >= SHORTEST


def number_condition(dialect: Dialect, columns: tuple[str, ...], name: str, text: str) -> str:
    """That one of the columns is this number, or has this form."""
    one = [dialect.matches(column, name) if "%" in text else f"{dialect.exact(column)} = :{name}" for column in columns]
    return f"({' or '.join(one)})"


def number_candidate(dialect: Dialect, columns: tuple[str, ...], name: str, text: str, ids: IdRange) -> tuple[list[Listed], Row] | None:
    """Where calls whose number has this form are listed, and the parameters; None when too few characters are known."""
    run, place = _longest_run(text)
    if len(run) < (1 if place == "start" else SHORTEST):
        return None
    args: Row = {f"{name}_from": run, f"{name}_to": _after(run)}
    if place == "start":
        between = "{0} >= :{1}_from and {0} < :{1}_to and {2}"
        return [("calls c", between.format(dialect.exact(column), name, dialect.matches(column, name))) for column in columns], args
    table = f"({heard_numbers(dialect, name, text, ids)}) e cross join calls c"
    args[HEARD] = 0
    return [(table, f"{dialect.exact(column)} = e.number") for column in columns], args


def heard_numbers(dialect: Dialect, name: str, text: str, ids: IdRange) -> str:
    """The numbers of this form that may have such calls, since then, and when each was last heard of; with the few that are too long for a
    list of endings.
    """
    ending = f"ending = :{name}_from" if _longest_run(text)[1] == "end" else f"ending >= :{name}_from and ending < :{name}_to"
    heard = [f"newest >= :{HEARD}", *([f"newest >= ({ids.lower}) / {SPAN}"] if ids.lower else [])]
    heard += [f"oldest <= ({ids.upper}) / {SPAN}"] if ids.upper else []
    numbers = f"select number, newest from number_ends where {' and '.join([*heard, dialect.matches('number', name)])}"
    return f"{numbers} and {ending} union all {numbers} and ending = ''"


def _longest_run(text: str) -> tuple[str, str]:
    """The longest part without `%`, and whether it is the number's start, its end or in its middle."""
    runs = text.split("%")
    place, run = max(enumerate(runs), key=lambda found: (min(len(found[1]), LONGEST), found[0] == 0, found[0] == len(runs) - 1))
    return run, "start" if place == 0 else "end" if place == len(runs) - 1 else "middle"


def _after(run: str) -> str:
    """The least text that is greater than all that begin with this."""
    kept = run.rstrip("\U0010ffff")
    if not kept:
        return "\U0010ffff" * (len(run) + 1)
    following = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if following == 0xD800 else following)
