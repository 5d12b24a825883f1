"""Numbers of which a part is given: `061%`, `%345678`, `%3456%`."""

from ..db import Dialect, Row
from .number_ends import LONGEST, SHORTEST

Listed = tuple[str, str]
"""A table and a condition."""


def number_condition(dialect: Dialect, columns: tuple[str, ...], name: str, text: str) -> str:
    """That one of the columns is this number, or has this form."""
    one = [dialect.matches(column, name) if "%" in text else f"{dialect.exact(column)} = :{name}" for column in columns]
    return f"({' or '.join(one)})"


def number_candidate(dialect: Dialect, columns: tuple[str, ...], name: str, text: str) -> tuple[list[Listed], Row] | None:
    """Where calls whose number has this form are listed, and the parameters; None when too few characters are known."""
    run, place = _longest_run(text)
    if len(run) < (1 if place == "start" else SHORTEST):
        return None
    args = {f"{name}_from": run, f"{name}_to": _after(run)}
    if place == "start":
        between = "{0} >= :{1}_from and {0} < :{1}_to and {2}"
        return [("calls c", between.format(dialect.exact(column), name, dialect.matches(column, name))) for column in columns], args
    table = f"({_numbers(dialect, name, place)}) e cross join calls c"
    return [(table, f"{dialect.exact(column)} = e.number") for column in columns], args


def _numbers(dialect: Dialect, name: str, place: str) -> str:
    """The numbers of this form. The last one is a list of the few that are too long to have their endings listed."""
    ending = f"ending = :{name}_from" if place == "end" else f"ending >= :{name}_from and ending < :{name}_to"
    form = dialect.matches("number", name)
    return f"select number from number_ends where {ending} and {form} union all select number from number_ends where ending = '' and {form}"


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
