"""A PBX's own tables: rows of `cel`, `queue_log` or `cdr`, by URLs like `mysql://user@host/asteriskcdrdb` or `sqlite:///master.db`.

The only SELECTs outside `sql/`: they are on foreign tables, and only read. `drivers` knows how an engine is reached, `table` what is asked.
"""

from collections.abc import Generator, Mapping
from contextlib import closing
from typing import Any

from .drivers import SCHEMES
from .table import MINUTES, Table, Timed, open_table, seconds_of, shown

__all__ = ["MINUTES", "PAGE", "Table", "Timed", "is_table", "open_table", "rows_of", "seconds_of", "shown"]
PAGE = 5000


def is_table(path: str) -> bool:
    """Whether a path of the command line is the URL of a table."""
    return path.partition("://")[0] in SCHEMES and "://" in path


def rows_of(url: str, table: str, after: int = 0, page: int = PAGE) -> Generator[tuple[int, Mapping[str, Any]], None, None]:
    """The rows of a table with their numbers, in order, some at a time. `?table=` names another than the usual one.

    `after` leaves out rows up to a number. In a table without numbers they are made out of the time.
    """
    with closing(open_table(url, table)) as opened:
        yield from _by_time(opened, page) if opened.time else _by_number(opened, after, page)


def _by_number(opened: Table, after: int, page: int) -> Generator[tuple[int, Mapping[str, Any]], None, None]:
    # No transaction around the pages: the PBX must be able to write between them.
    while rows := opened.after(after, page):
        yield from rows
        after = rows[-1][0]


def _by_time(opened: Table, page: int) -> Generator[tuple[int, Mapping[str, Any]], None, None]:
    rows, further = opened.since("", page)
    while True:
        yield from ((row.number, row.row) for row in rows)
        if not further:
            return
        rows, further = opened.since(further, page)
