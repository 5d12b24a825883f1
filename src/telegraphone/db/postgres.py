"""PostgreSQL: pools of connections."""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..errors import BadSetting, TooSlow, Unavailable
from .database import Access, Db, Lane
from .dialects import PostgresDialect
from .limits import Limits
from .tx import Row, Tx

WRITERS = 6
"""So many write at a time."""
PATIENCE_S, IMPATIENCE_S = 10.0, 1.0
"""How long a connection to PostgreSQL is waited for: when all is well, and when the server is known to be away."""
RECONNECT_S = 4.0
"""How long a connection is tried before that is given up; the next who wants one begins again, so the end of an outage is seen soon."""
_CONNECTION = {
    "connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000,
}  # fmt: skip
"""So that a network that swallows everything is noticed within half a minute."""


CHECK_S = 5


def check_server(url: str) -> None:
    """Unavailable while no server answers, or one that begins or ends; BadSetting if it refuses us: a wrong password, no such database."""
    import psycopg

    refusal = ""
    for _ in range(2):  # one that begins between the connection and the question is asked again
        try:
            psycopg.connect(url, connect_timeout=CHECK_S).close()
        except psycopg.Error as error:
            refusal = " ".join(str(error).split())
        else:
            return
        where = psycopg.conninfo.make_conninfo(url, connect_timeout=CHECK_S).encode()
        if psycopg.pq.PGconn.ping(where) in (psycopg.pq.Ping.REJECT, psycopg.pq.Ping.NO_RESPONSE):
            raise Unavailable(f"no database answers: {refusal}", "database")
    raise BadSetting(f"the database refuses what TELEGRAPHONE_DATABASE says: {refusal}")


class PostgresTx(Tx):
    def _interrupt(self) -> None:
        self.conn.cancel_safe(timeout=5)

    def all(self, sql: str, **args: Any) -> list[Row]:
        self._begin()
        cursor = self.conn.execute(self.dialect.sql(sql), args or None, binary=True)
        return list(cursor.fetchall()) if cursor.description else []

    def run(self, sql: str, **args: Any) -> int:
        self._begin()
        return int(self.conn.execute(self.dialect.sql(sql), args or None).rowcount)

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        self._begin()
        if rows:
            with self.conn.cursor() as cursor:
                cursor.executemany(self.dialect.sql(sql), rows)

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        self._begin()
        with self.conn.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)

    def lock(self, name: str) -> None:
        self.conn.execute("select pg_advisory_xact_lock(hashtextextended(%s, 1898))", (name,))


class PostgresDb(Db):
    """Pools of connections; broken ones are replaced. Those of a lane know how long a statement may take there."""

    dialect = PostgresDialect()
    grace_s = 0.1

    def __init__(self, url: str, readers: int, limits: Limits | None) -> None:
        super().__init__(readers, WRITERS, limits)
        logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # it tells each try; what is away is told once, by who needs it
        self._pool = _pool(url, 1, WRITERS if limits else readers + WRITERS)  # who reads must find one however many write
        self._lanes: dict[Lane, Any] = {}
        if limits is not None:
            self._lanes = {"brief": _pool(url, 1, readers, limits.brief_s), "slow": _pool(url, 0, limits.slow, limits.statement_s)}
        self._is_away, self._again_at = False, 0.0

    @contextmanager
    def transaction(self, access: Access = "write") -> Iterator[Tx]:
        with self._connection(self._pool) as conn:
            if access == "read":
                yield PostgresTx(conn, self.dialect)
            else:
                with self._counted(), conn.transaction():
                    yield (tx := PostgresTx(conn, self.dialect))
                    tx.finish()

    @contextmanager
    def reading(self, lane: Lane) -> Iterator[Tx]:
        with self._connection(self._lanes[lane]) as conn:
            yield PostgresTx(conn, self.dialect)

    @contextmanager
    def _connection(self, pool: Any) -> Iterator[Any]:
        """One of a pool; while the server is away nobody waits in a thread for what was not there a moment ago."""
        import psycopg
        import psycopg_pool

        if self._is_away and time.monotonic() < self._again_at:
            raise Unavailable("the database cannot be used now", "database")
        try:
            with pool.connection(IMPATIENCE_S if self._is_away else None) as conn:
                yield conn
            self._is_away = False
        except psycopg.errors.QueryCanceled:
            raise TooSlow from None
        except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction, psycopg_pool.PoolTimeout) as error:
            self._lost()
            reason = "its disk is full" if isinstance(error, psycopg.errors.DiskFull) else type(error).__name__
            raise Unavailable(f"the database cannot be used now ({reason})", "database") from error

    def _lost(self) -> None:
        """Once it is away, nobody waits as long for it as the first; and the connections that broke with this one are replaced."""
        self._again_at = time.monotonic() + IMPATIENCE_S
        if not self._is_away:
            self._is_away = True
            for pool in (self._pool, *self._lanes.values()):
                threading.Thread(target=pool.check, daemon=True).start()

    def close(self) -> None:
        super().close()
        for pool in (self._pool, *self._lanes.values()):
            pool.close()


def _pool(url: str, least: int, most: int, limit_s: float | None = None) -> Any:
    """With a limit, statements end after so long, and soon after we are gone; none of them takes several cores.

    Bitmaps are off: one reads the whole of a list before its first row, and our statements take as much of a list as a page has.
    """
    from psycopg.rows import dict_row
    from psycopg_pool import ConnectionPool

    def configure(conn: Any) -> None:
        settings = {"enable_bitmapscan": "off"}
        if limit_s is not None:
            settings |= {"statement_timeout": f"{limit_s * 1000:.0f}", "client_connection_check_interval": "2s"}
            settings |= {"max_parallel_workers_per_gather": "0"}
        for name, value in settings.items():
            conn.execute(f"set {name} = '{value}'")

    options = {"row_factory": dict_row, "autocommit": True, **_CONNECTION}
    return ConnectionPool(
        url, min_size=least, max_size=most, kwargs=options, timeout=PATIENCE_S, reconnect_timeout=RECONNECT_S, open=True,
        configure=configure,
    )  # fmt: skip
