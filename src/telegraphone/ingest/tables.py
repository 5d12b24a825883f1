"""A PBX's own tables: rows of `cel` or `queue_log`, by a URL like `postgresql://user@host/asterisk?table=cel` or `sqlite:///master.db`.

The only SELECTs outside `sql/`: they are on foreign tables, and only read. Rows come in the order of their number, some at a time.
"""

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..errors import Invalid

PAGE = 5000
BUSY_MS = 30_000
"""How long a PBX that is writing is waited for."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
_SCHEMES = ("postgresql", "postgres", "sqlite")
Row = Sequence[Any]
Pages = Iterator[tuple[Sequence[str], Sequence[Row]]]


def is_table(path: str) -> bool:
    """Whether a path of the command line is the URL of a table."""
    return path.partition("://")[0] in _SCHEMES and "://" in path


def shown(url: str) -> str:
    """The URL without its password: so it is kept with the position, and told."""
    scheme, mark, rest = url.partition("://")
    address, question, query = rest.partition("?")
    who, at, where = address.rpartition("@")
    told = "&".join(pair for pair in query.split("&") if not pair.startswith("password="))
    return f"{scheme}{mark}{who.partition(':')[0]}{at}{where}{question if told else ''}{told}"


def rows_of(url: str, table: str, after: int = 0, page: int = PAGE) -> Generator[tuple[int, Mapping[str, Any]], None, None]:
    """The rows of a table whose number is greater than `after`, with their numbers. `?table=` names another than the usual one."""
    bare, named = _split(url, table)
    read = _sqlite_pages if bare.startswith("sqlite:") else _postgres_pages
    for names, rows in read(bare, named, after, page):
        for number, *values in rows:
            yield number, dict(zip(names[1:], values, strict=True))


def _split(url: str, table: str) -> tuple[str, str]:
    """What to connect to, and the table."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Invalid(f"{shown(url)}: {error}") from None
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    named = query.pop("table", table)
    if not _NAME.fullmatch(named):
        raise Invalid(f"{named!r:.80} is no name of a table")
    if parts.scheme == "sqlite":
        return f"sqlite:{parts.path.removeprefix('/')}", named
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), "")), named


def _pages(select: Callable[[int], tuple[Sequence[str], Sequence[Row]]], after: int) -> Pages:
    while True:
        names, rows = select(after)
        if not rows:
            return
        yield names, rows
        after = rows[-1][0]


def _sqlite_pages(url: str, table: str, after: int, page: int) -> Pages:
    import apsw

    path = url.removeprefix("sqlite:")
    # Every table has a row id, whatever its own number is called (cel_sqlite3_custom: AcctId).
    statement = f"select rowid, * from {table} where rowid > ? order by rowid limit {page}"

    def select(after: int) -> tuple[Sequence[str], Sequence[Row]]:
        cursor = connection.execute(statement, (after,))
        names = [column[0] for column in cursor.get_description()] if (first := cursor.fetchone()) else []
        return names, [first, *cursor.fetchall()] if first else []

    try:
        with closing(apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            connection.set_busy_timeout(BUSY_MS)
            # No transaction around the pages: the PBX must be able to write between them.
            yield from _pages(select, after)
    except apsw.Error as error:
        raise Invalid(f"{path}: {error}") from None


def _postgres_pages(url: str, table: str, after: int, page: int) -> Pages:
    import psycopg

    statement = f"select id, * from {table} where id > %s order by id limit {page}"

    def select(after: int) -> tuple[Sequence[str], Sequence[Row]]:
        cursor = connection.execute(statement, (after,))
        return [column.name for column in cursor.description or ()], cursor.fetchall()

    try:
        with psycopg.connect(url, autocommit=True) as connection:
            yield from _pages(select, after)
    except psycopg.Error as error:
        raise Invalid(f"{shown(url)}: {(str(error).splitlines() or [type(error).__name__])[0]}") from None
