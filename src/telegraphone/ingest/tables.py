"""A PBX's own tables: rows of `cel` or `queue_log`, by a URL like `postgresql://user@host/asterisk?table=cel` or `sqlite:///cdr.db`.

The only SELECTs outside `sql/`: they are on foreign tables, and only read. Rows come in the order of their number, some at a time.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..errors import Invalid

PAGE = 5000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
Rows = Iterator[tuple[int, Mapping[str, Any]]]


def is_table(path: str) -> bool:
    """Whether a path of the command line is the URL of a table."""
    return path.startswith(("postgresql://", "postgres://", "sqlite://"))


def shown(url: str) -> str:
    """The URL without its password: it is kept with the position."""
    return re.sub(r"//([^/@:]*):[^@/]*@", r"//\1@", url)


def rows_of(url: str, table: str, after: int = 0) -> Rows:
    """The rows of a table whose number is greater than `after`, with their numbers. `?table=` names another than the usual one."""
    bare, named = _split(url, table)
    read = _sqlite_pages if bare.startswith("sqlite://") else _postgres_pages
    for names, rows in read(bare, named, after):
        for row in rows:
            values = dict(zip(names, row, strict=True))
            yield int(values["id"]), values


def _split(url: str, table: str) -> tuple[str, str]:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    named = query.pop("table", table)
    if not _NAME.fullmatch(named):
        raise Invalid(f"{named!r:.80} is no name of a table")
    rest = urlencode(query)
    if parts.scheme == "sqlite":
        return f"sqlite://{parts.path}", named
    return urlunsplit((parts.scheme, parts.netloc, parts.path, rest, "")), named


def _statement(table: str, parameter: str) -> str:
    return f"select * from {table} where id > {parameter} order by id limit {PAGE}"


Pages = Iterator[tuple[Sequence[str], Sequence[Sequence[Any]]]]


def _sqlite_pages(url: str, table: str, after: int) -> Pages:
    import apsw

    path = url.removeprefix("sqlite://").removeprefix("/")
    try:
        conn = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.CantOpenError as error:
        raise Invalid(f"{path}: cannot be opened as an SQLite file") from error
    try:
        while True:
            cursor = conn.execute(_statement(table, "?"), (after,))
            names = [column[0] for column in cursor.get_description()] if (first := cursor.fetchone()) else []
            if first is None:
                return
            rows = [first, *cursor.fetchall()]
            yield names, rows
            after = rows[-1][list(names).index("id")]
    except apsw.SQLError as error:
        raise Invalid(f"{table}: {error}") from error
    finally:
        conn.close()


def _postgres_pages(url: str, table: str, after: int) -> Pages:
    import psycopg

    try:
        with psycopg.connect(url, autocommit=True) as conn:
            while True:
                cursor = conn.execute(_statement(table, "%s"), (after,))
                names = [column.name for column in cursor.description or ()]
                if not (rows := cursor.fetchall()):
                    return
                yield names, rows
                after = rows[-1][names.index("id")]
    except psycopg.Error as error:
        raise Invalid(f"{shown(url)}: {str(error).splitlines()[0] if str(error) else type(error).__name__}") from error
