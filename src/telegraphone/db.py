"""Two databases, one shape. The only code that knows a driver.

The functions in sql/ are plain and synchronous: `fn(tx, …)`. The async world runs a whole one in a database thread, with one hop:
`await db.read(fn, …)`. A write is one transaction; a read runs its statements one by one (nearly always there is only one), which
saves PostgreSQL two round trips.
"""

import asyncio
import queue
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar

from .errors import BadSetting, Unavailable

P = ParamSpec("P")
R = TypeVar("R")
Row = dict[str, Any]
Access = Literal["read", "write"]
_PARAMETER = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BUSY_S = 60.0
"""How long a writer waits for another process that writes to the same SQLite file."""


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(value: int) -> datetime:
    """The aware UTC moment of so many microseconds."""
    return _EPOCH + timedelta(microseconds=value)


class Dialect:
    """What the two engines cannot agree on (here: SQLite). Keep it this short."""

    name = "sqlite"
    types: Mapping[str, str] = {
        "{big}": "integer", "{small}": "integer", "{blob}": "blob", "{serial}": "integer primary key", "{strict}": " strict",
    }  # fmt: skip
    json_rows, json_row = "json_group_array", "json_array"

    def sql(self, text: str) -> str:
        """The statement as the driver wants it."""
        return text

    def list_argument(self, values: Sequence[Any]) -> Any:
        """A list as one parameter, for `any_of`."""
        import msgspec

        return msgspec.json.encode(values).decode()

    def any_of(self, column: str, parameter: str) -> str:
        """The condition that a column is one of the values of a list parameter."""
        return f"{column} in (select value from json_each(:{parameter}))"

    def pattern(self, text: str) -> str:
        """`%` is any run of characters, all others are themselves, case counts: LIKE ignores case here, GLOB does not."""
        return "".join("*" if c == "%" else f"[{c}]" if c in "*?[" else c for c in text)

    def matches(self, column: str, parameter: str) -> str:
        """The condition that a column has the form of a `pattern` parameter."""
        return f"{column} glob :{parameter}"


class PostgresDialect(Dialect):
    name = "postgresql"
    types = {
        "{big}": "bigint", "{small}": "smallint", "{blob}": "bytea",
        "{serial}": "bigint generated always as identity primary key", "{strict}": "",
    }  # fmt: skip
    json_rows, json_row = "json_agg", "json_build_array"

    def sql(self, text: str) -> str:
        return _postgres(text)

    def list_argument(self, values: Sequence[Any]) -> Any:
        return list(values)

    def any_of(self, column: str, parameter: str) -> str:
        return f"{column} = any(:{parameter})"

    def pattern(self, text: str) -> str:
        return text.replace("\\", "\\\\").replace("_", "\\_")

    def matches(self, column: str, parameter: str) -> str:
        return f"{column} like :{parameter}"


@lru_cache(maxsize=1024)
def _postgres(text: str) -> str:
    return _PARAMETER.sub(r"%(\1)s", text.replace("%", "%%"))


class Tx:
    """What a SQL function gets: statements with `:named` parameters. `statements` counts them, for the tests that hold us to few."""

    def __init__(self, conn: Any, dialect: Dialect) -> None:
        self.conn, self.dialect, self.statements = conn, dialect, 0

    def all(self, sql: str, **args: Any) -> list[Row]:
        raise NotImplementedError

    def one(self, sql: str, **args: Any) -> Row | None:
        rows = self.all(sql, **args)
        return rows[0] if rows else None

    def run(self, sql: str, **args: Any) -> int:
        """Run a statement that changes rows; how many it changed."""
        raise NotImplementedError

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run one statement for each set of parameters."""
        raise NotImplementedError

    def lock(self, name: str) -> None:
        """Wait until no other transaction holds this name. On SQLite a write transaction is alone anyway."""


class SqliteTx(Tx):
    def all(self, sql: str, **args: Any) -> list[Row]:
        self.statements += 1
        names: list[str] = []
        rows: list[Row] = []
        for row in (cursor := self.conn.execute(sql, args)):
            if not names:
                names = [d[0] for d in cursor.get_description()]
            rows.append(dict(zip(names, row, strict=True)))
        return rows

    def run(self, sql: str, **args: Any) -> int:
        self.statements += 1
        self.conn.execute(sql, args)
        return int(self.conn.changes())

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        self.statements += 1
        self.conn.executemany(sql, rows)


class PostgresTx(Tx):
    def all(self, sql: str, **args: Any) -> list[Row]:
        self.statements += 1
        cursor = self.conn.execute(self.dialect.sql(sql), args or None, binary=True)
        return list(cursor.fetchall()) if cursor.description else []

    def run(self, sql: str, **args: Any) -> int:
        self.statements += 1
        return int(self.conn.execute(self.dialect.sql(sql), args or None).rowcount)

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        self.statements += 1
        if rows:
            with self.conn.cursor() as cursor:
                cursor.executemany(self.dialect.sql(sql), rows)

    def lock(self, name: str) -> None:
        self.conn.execute("select pg_advisory_xact_lock(hashtextextended(%s, 1898))", (name,))


class Db:
    """A database and the threads that talk to it."""

    dialect: Dialect = Dialect()

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, "db")

    async def read(self, fn: Callable[Concatenate[Tx, P], R], *args: P.args, **kw: P.kwargs) -> R:
        """The answer of `fn(tx, …)`, run in a database thread."""
        return await self._hop("read", lambda tx: fn(tx, *args, **kw))

    async def write(self, fn: Callable[Concatenate[Tx, P], R], *args: P.args, **kw: P.kwargs) -> R:
        """The same in one transaction, undone if `fn` raises."""
        return await self._hop("write", lambda tx: fn(tx, *args, **kw))

    async def _hop(self, access: Access, fn: Callable[[Tx], R]) -> R:
        def work() -> R:
            with self.transaction(access) as tx:
                return fn(tx)

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    @contextmanager
    def transaction(self, access: Access = "write") -> Iterator[Tx]:
        """The synchronous form, for commands and tests."""
        raise NotImplementedError
        yield

    def close(self) -> None:
        self._threads.shutdown()


class SqliteDb(Db):
    """One writer, many readers, in one file."""

    def __init__(self, path: str, readers: int) -> None:
        super().__init__(readers + 1)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._writing = threading.Lock()
        with _sqlite_errors():
            self._writer = self._connect()
            for _ in range(readers):
                self._idle.put(self._connect())
        self._readers = readers

    def _connect(self) -> Any:
        import apsw

        conn = apsw.Connection(self._path, statementcachesize=200)
        conn.set_busy_timeout(int(BUSY_S * 1000))
        for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "cache_size=-16000", "temp_store=memory"):
            conn.execute(f"pragma {pragma}").fetchall()
        return conn

    @contextmanager
    def transaction(self, access: Access = "write") -> Iterator[Tx]:
        with _sqlite_errors():
            if access == "write":
                with self._writing, _begun(self._writer):
                    yield SqliteTx(self._writer, self.dialect)
            else:
                conn = self._idle.get()
                try:
                    yield SqliteTx(conn, self.dialect)
                finally:
                    self._idle.put(conn)

    def close(self) -> None:
        super().close()
        self._writer.close()
        for _ in range(self._readers):
            self._idle.get().close()


@contextmanager
def _begun(conn: Any) -> Iterator[None]:
    conn.execute("begin immediate")
    try:
        yield
        conn.execute("commit")
    except BaseException:
        if conn.in_transaction:
            conn.execute("rollback")
        raise


@contextmanager
def _sqlite_errors() -> Iterator[None]:
    import apsw

    try:
        yield
    except (apsw.BusyError, apsw.FullError, apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.NotADBError) as error:
        raise Unavailable(f"the database cannot be used now ({type(error).__name__})") from error


class PostgresDb(Db):
    """A pool of connections; broken ones are replaced."""

    dialect = PostgresDialect()

    def __init__(self, url: str, readers: int) -> None:
        from psycopg.rows import dict_row
        from psycopg_pool import ConnectionPool

        super().__init__(readers + 2)
        options = {"row_factory": dict_row, "autocommit": True}
        self._pool = ConnectionPool(url, min_size=1, max_size=readers + 2, kwargs=options, timeout=10, open=True)

    @contextmanager
    def transaction(self, access: Access = "write") -> Iterator[Tx]:
        import psycopg
        import psycopg_pool

        try:
            with self._pool.connection() as conn:
                if access == "read":
                    yield PostgresTx(conn, self.dialect)
                else:
                    with conn.transaction():
                        yield PostgresTx(conn, self.dialect)
        except (psycopg.OperationalError, psycopg_pool.PoolTimeout) as error:
            raise Unavailable(f"the database cannot be used now ({type(error).__name__})") from error

    def close(self) -> None:
        super().close()
        self._pool.close()


def open_db(url: str, *, readers: int = 4) -> Db:
    """`sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://…`."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        return SqliteDb(rest.removeprefix("/"), readers)
    if scheme in ("postgresql", "postgres"):
        return PostgresDb(url, readers)
    raise BadSetting("database: allowed are sqlite:///PATH and postgresql://…")
