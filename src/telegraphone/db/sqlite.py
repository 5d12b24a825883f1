"""SQLite: one file, one writer, many readers."""

import os
import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import TooSlow, Unavailable
from .database import Access, Db, Lane
from .limits import Limits
from .tx import Row, Tx

CACHE_KIB = 8_000
"""Of each connection: what is asked for again and again; the rest is in the system's memory."""
STEPS = 10_000
"""Of SQLite's machine, a quarter of a millisecond or less: after so many a question lets others have the processor."""
BUSY_S = 60.0
"""How long a writer waits for another process that writes to the same file."""


class SqliteTx(Tx):
    def _interrupt(self) -> None:
        self.conn.interrupt()

    def all(self, sql: str, **args: Any) -> list[Row]:
        self._begin()
        names: list[str] = []
        rows: list[Row] = []
        for row in (cursor := self.conn.execute(sql, args)):
            if not names:
                names = [d[0] for d in cursor.get_description()]
            rows.append(dict(zip(names, row, strict=True)))
        return rows

    def run(self, sql: str, **args: Any) -> int:
        self._begin()
        self.conn.execute(sql, args)
        return int(self.conn.changes())

    def run_many(self, sql: str, rows: Sequence[Row]) -> None:
        self._begin()
        self.conn.executemany(sql, rows)

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        self._begin()
        marks = ", ".join("?" * len(columns))
        self.conn.executemany(f"insert into {table} ({', '.join(columns)}) values ({marks})", rows)


def _let_others_go_on() -> bool:
    """What SQLite calls of those that read; True would end the question.

    The system itself would look every 4 ms whether somebody waits for the processor (docs/decisions.md, 49).
    """
    os.sched_yield()
    return False


class SqliteDb(Db):
    """One writer, many readers, in one file."""

    def __init__(self, path: str, readers: int, limits: Limits | None) -> None:
        super().__init__(readers, 1, limits)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._idle: dict[Lane, queue.SimpleQueue[Any]] = {"brief": queue.SimpleQueue(), "slow": queue.SimpleQueue()}
        self._writing = threading.Lock()
        self._readers: dict[Lane, int] = {"brief": readers, "slow": limits.slow if limits else 0}
        with _sqlite_errors():
            self._writer = self._connect()
            for lane, count in self._readers.items():
                for _ in range(count):
                    self._idle[lane].put(self._reader())

    def _connect(self) -> Any:
        import apsw

        conn = apsw.Connection(self._path, statementcachesize=200)
        conn.set_busy_timeout(int(BUSY_S * 1000))
        for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", f"cache_size=-{CACHE_KIB}", "temp_store=memory"):
            conn.execute(f"pragma {pragma}").fetchall()
        return conn

    def _reader(self) -> Any:
        conn = self._connect()
        conn.set_progress_handler(_let_others_go_on, STEPS)
        return conn

    @contextmanager
    def transaction(self, access: Access = "write") -> Iterator[Tx]:
        if access == "read":
            with self.reading("brief") as tx:
                yield tx
        else:
            with _sqlite_errors(), self._writing, self._counted(), _begun(self._writer):
                yield (tx := SqliteTx(self._writer, self.dialect))
                tx.finish()

    @contextmanager
    def reading(self, lane: Lane) -> Iterator[Tx]:
        conn = self._idle[lane].get()
        try:
            with _sqlite_errors():
                yield SqliteTx(conn, self.dialect)
        finally:
            self._idle[lane].put(conn)

    def close(self) -> None:
        super().close()
        self._writer.close()
        for lane, count in self._readers.items():
            for _ in range(count):
                self._idle[lane].get().close()


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
    except apsw.InterruptError:
        raise TooSlow from None
    except (
        apsw.BusyError, apsw.FullError, apsw.IOError, apsw.CantOpenError, apsw.PermissionsError, apsw.ReadOnlyError, apsw.NotADBError
    ) as error:  # fmt: skip
        reason = "its disk is full" if isinstance(error, apsw.FullError) else type(error).__name__
        raise Unavailable(f"the database cannot be used now ({reason})", "database") from error
