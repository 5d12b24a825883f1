"""What to say to whoever asked for too much: which fields to narrow."""

from collections.abc import Awaitable
from typing import NamedTuple, TypeVar

from ..errors import FieldError, TooSlow
from ..sql.calls import CallFilter

R = TypeVar("R")


class Words(NamedTuple):
    """How a dialect names what can be narrowed; `page` is the one that goes by number, if it has one."""

    since: str
    before: str
    page: str | None = None


async def or_narrower(answer: Awaitable[R], wanted: CallFilter, words: Words) -> R:
    """The answer; if it took too long, a refusal that names the fields."""
    try:
        return await answer
    except TooSlow as error:
        raise TooSlow(error.detail, *narrower(wanted, words)) from None


def narrower(wanted: CallFilter, words: Words) -> tuple[FieldError, ...]:
    """What would make less work of this filter, the most helpful first."""
    advice = []
    if words.page and wanted.offset > 10_000:
        advice.append(FieldError(words.page, "pages far behind are counted up to: give dates instead"))
    since, before = wanted.start or wanted.since, wanted.end or wanted.before
    if since is None or before is None:
        advice.append(FieldError(words.since if since is None else words.before, f"give {words.since} and {words.before}"))
    else:
        advice.append(FieldError(words.since, "give a shorter time"))
    for name in ("caller", "callee", "number"):
        text = getattr(wanted, name)
        if text is not None and max(map(len, text.split("%"))) < 3:
            advice.append(FieldError(name, "give three characters or more in a row"))
    return tuple(advice)
