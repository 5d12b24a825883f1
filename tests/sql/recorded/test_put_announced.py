"""What calls speak of, a batch at a time: how often its rows are looked at. That they are right is seen in `test_recordings.py`."""

from typing import Any

from telegraphone.db import Db, Row, Tx
from telegraphone.model import CallId, FileId
from telegraphone.sql.pbx.put_calls import ToPut, put_calls
from telegraphone.sql.recorded.put_announced import put_all_announced
from tests.sql.recorded.test_recordings import NOW, call


class Looked(dict[str, Any]):
    """A row that counts, together with all others of its kind, how often something is read of it."""

    count = 0

    def __getitem__(self, name: str) -> Any:
        Looked.count += 1
        return super().__getitem__(name)


class Looking(Tx):
    """Gives such rows."""

    def __init__(self, tx: Tx) -> None:
        super().__init__(tx.conn, tx.dialect)
        self._tx = tx

    def all(self, sql: str, **args: Any) -> list[Row]:
        return [Looked(row) for row in self._tx.all(sql, **args)]

    def run(self, sql: str, **args: Any) -> int:
        return self._tx.run(sql, **args)

    def run_many(self, sql: str, rows: Any) -> None:
        self._tx.run_many(sql, rows)


def looked_at(db: Db, first: int, count: int) -> int:
    """How often, when so many calls speak of a recording each."""
    ids = [f"{1795517244 + first + number}.0" for number in range(count)]
    with db.transaction() as tx:
        put_calls(tx, "pbx1", [ToPut(first + number, (call(id),)) for number, id in enumerate(ids)], "FR", NOW)
        spoken = {CallId(row["id"]): call(row["linked_id"], FileId(row["linked_id"])).recordings for row in tx.all("select * from calls")}
        Looked.count = 0
        put_all_announced(Looking(tx), "pbx1", spoken, NOW)
    return Looked.count


def test_each_row_is_looked_at_a_few_times_however_many_there_are(db: Db) -> None:
    few = looked_at(db, 0, 50)
    assert 50 < looked_at(db, 1000, 350) < 10 * few, "400 calls are eight times 50"
