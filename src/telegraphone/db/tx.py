"""What SQL functions get, and the values that stand in rows."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from ..errors import TooSlow
from .dialects import Dialect

R = TypeVar("R")
Row = dict[str, Any]
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """The aware UTC moment of so many microseconds."""
    return _EPOCH + timedelta(microseconds=value)


class Tx:
    """What a SQL function gets: statements with `:named` parameters. `statements` counts them, for the tests that hold us to few."""

    def __init__(self, conn: Any, dialect: Dialect) -> None:
        self.conn, self.dialect, self.statements, self.is_stopped = conn, dialect, 0, False
        self._last: dict[Callable[[Any, list[Any]], None], list[Any]] = {}

    def stop(self) -> None:
        """End the statement that runs, from another thread, and let no other one begin."""
        self.is_stopped = True
        self._interrupt()

    def _interrupt(self) -> None:
        raise NotImplementedError

    def _begin(self) -> None:
        if self.is_stopped:
            raise TooSlow
        self.statements += 1

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

    def copy(self, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        """Put many new rows by the engine's shortest way."""
        raise NotImplementedError

    def lock(self, name: str) -> None:
        """Wait until no other transaction holds this name. On SQLite a write transaction is alone anyway."""

    def at_end(self, fn: Callable[[Any, list[R]], None], rows: Iterable[R]) -> None:
        """Let `fn(tx, rows)` be the last that this write transaction does, once with all rows that it was given.

        What takes a lock for which everybody waits must hold it no longer than the commit, and ask for no other.
        """
        self._last.setdefault(fn, []).extend(rows)

    def finish(self) -> None:
        """Do what was left to the end."""
        for fn, rows in self._last.items():
            fn(self, rows)
