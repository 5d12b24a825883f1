"""Rows that a process knows as they were read last, with what was made of them: the same rows are read all day, since whoever looks for
calls looks at the newest. A row of which anything has changed is another one, so nothing can be out of date.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Generic, TypeVar

from ..db import Row
from .directory_names import Names

V = TypeVar("V")
R = TypeVar("R")
KNOWN, LONGEST = 10_000, 4096
"""So many rows are kept, the last that were read, and so long each may be: what somebody attached may be far longer. About 33 MB, if what
is made of a row is text: objects take more than twice as much, and time to throw them away."""


class Known(Generic[V]):
    """What is made of the rows of one statement. `read` makes a value of a row's values, in the order of its columns, and of the names that
    the directory has; `texts` are the columns that may be long."""

    def __init__(self, read: Callable[[tuple[Any, ...], Names], V], *texts: str) -> None:
        self._texts = texts
        self._made = lru_cache(KNOWN)(lambda render, names, values: render(read(values, names)))

    def rendered(self, row: Row, names: Names, render: Callable[[V], R]) -> R:
        """What `render` makes of the row, now or earlier: it must look at nothing else, and be the same function each time."""
        length = sum([len(row[name] or "") for name in self._texts])
        made: R = (self._made if length <= LONGEST else self._made.__wrapped__)(render, names, tuple(row.values()))
        return made
