"""How the databases of PBXs are reached: one shape for SQLite, PostgreSQL and MySQL or MariaDB, and all that goes wrong is an Invalid.

What they answer is never kept open: each statement sees what is committed when it is asked.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar
from urllib.parse import SplitResult, quote, unquote, urlencode, urlunsplit

from ...errors import Invalid

CONNECT_S, ANSWER_S = 10, 120
"""How long a database is waited for: until it accepts us, and until it answers a statement."""
BUSY_MS = 30_000
"""How long a PBX that is writing to its SQLite file is waited for."""
MYSQL_PORT = 3306
Row = Sequence[Any]
Rows = tuple[Sequence[str], list[Row]]


class Driver:
    """A connection to a PBX's database (here: SQLite). `mark` stands for a parameter, `number` is what numbers a row if nothing else does,
    `is_kept` whether a connection is worth keeping (a file may be replaced by another, and is opened in no time).
    """

    mark, number, is_kept = "?", "rowid", False

    def __init__(self, parts: SplitResult, query: Mapping[str, str], name: str) -> None:
        self.name = name
        with self._told():
            self._connection = self._connect(parts, query)

    def ask(self, statement: str, *values: Any) -> Rows:
        """The names of the columns, and the rows. Without a row the names may be none."""
        with self._told():
            return self._ask(statement, values)

    def close(self) -> None:
        with self._told():
            self._connection.close()

    def as_text(self, column: str) -> str:
        """A column's value as text, a time as `2026-11-24 10:00:00…`."""
        return f"cast({column} as text)"

    def _connect(self, parts: SplitResult, query: Mapping[str, str]) -> Any:
        import apsw

        self.name = parts.path.removeprefix("/")
        connection = apsw.Connection(self.name, flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(BUSY_MS)
        return connection

    def _ask(self, statement: str, values: Sequence[Any]) -> Rows:
        cursor = self._connection.execute(statement, values)
        first = cursor.fetchone()
        return ([column[0] for column in cursor.get_description()], [first, *cursor.fetchall()]) if first else ([], [])

    def _reason(self, error: Exception) -> str | None:
        """What a driver's error says; None if it is none of the driver's."""
        import apsw

        return str(error) if isinstance(error, apsw.Error) else None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if (reason := self._reason(error)) is None:
                raise
            raise Invalid(f"{self.name}: {(reason.splitlines() or [type(error).__name__])[0]}") from None


class PostgresDriver(Driver):
    mark, number, is_kept = "%s", "", True

    def _connect(self, parts: SplitResult, query: Mapping[str, str]) -> Any:
        import psycopg

        query = {"connect_timeout": str(CONNECT_S), "tcp_user_timeout": str(ANSWER_S * 1000), "options": "-c timezone=UTC", **query}
        # In UTC no hour of a column with a zone comes twice.
        return psycopg.connect(urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query, quote_via=quote), "")), autocommit=True)

    def _ask(self, statement: str, values: Sequence[Any]) -> Rows:
        cursor = self._connection.execute(statement, values)
        return [column.name for column in cursor.description or ()], cursor.fetchall()

    def _reason(self, error: Exception) -> str | None:
        import psycopg

        return str(error) if isinstance(error, psycopg.Error) else None


class MysqlDriver(Driver):
    mark, number, is_kept = "%s", "", True
    options: ClassVar[Mapping[str, str]] = {"unix_socket": "unix_socket", "ssl_ca": "ssl_ca", "charset": "charset"}
    """What may stand behind the question mark, and what the driver calls it."""

    def as_text(self, column: str) -> str:
        return f"cast({column} as char)"

    def _connect(self, parts: SplitResult, query: Mapping[str, str]) -> Any:
        import pymysql

        if unknown := sorted(query.keys() - self.options.keys()):
            raise Invalid(f"{self.name}: {unknown[0]} is none of {', '.join(['table', *self.options])}")
        others = {self.options[name]: value for name, value in query.items()}
        # Each statement must see the rows that were committed meanwhile: no transaction is left open.
        return pymysql.connect(
            host=parts.hostname or "127.0.0.1", port=parts.port or MYSQL_PORT, user=unquote(parts.username or ""),
            password=unquote(parts.password or ""), database=unquote(parts.path.removeprefix("/")), autocommit=True,
            connect_timeout=CONNECT_S, read_timeout=ANSWER_S, write_timeout=ANSWER_S, **{"charset": "utf8mb4", **others},
        )  # fmt: skip

    def _ask(self, statement: str, values: Sequence[Any]) -> Rows:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [column[0] for column in cursor.description or ()], list(cursor.fetchall())

    def _reason(self, error: Exception) -> str | None:
        import pymysql

        # An OSError: a certificate that is not there.
        return str(error.args[-1] if error.args else "") if isinstance(error, pymysql.Error | OSError) else None


SCHEMES: Mapping[str, Callable[[SplitResult, Mapping[str, str], str], Driver]] = {
    "sqlite": Driver, "postgresql": PostgresDriver, "postgres": PostgresDriver, "mysql": MysqlDriver,
}  # fmt: skip
