"""Writing what calls speak of: a recording belongs to the earliest call that announced it; what none speaks of any more is let go."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ...db import Row, Tx, micros
from ...ingest.recordings import unique_id_in
from ...model import Announced, CallId, FileId
from .put_recordings import FOUND, call_named, is_file_id, mark_recorded
from .recording_news import tell_recordings


def put_all_announced(tx: Tx, pbx: str, calls: Mapping[CallId, Sequence[Announced]], now: datetime) -> None:
    """Bring up to date what the events of these calls speak of: rows in state `expected` until the audio comes; what came is kept."""
    wanted = {call: {a.id: a for a in announced if is_file_id(a.id)} for call, announced in calls.items()}
    files = [file for announced in wanted.values() for file in announced]
    _add_rows(tx, pbx, files, now)
    rows, claimed = _rows_about(tx, list(calls), files), set(files)
    batch = _Batch(tx, pbx, rows, _by(rows, "call_id"), _by(rows, "clashes_with"), set(), {}, [])
    for call in sorted(calls):
        batch.release(call, wanted[call], claimed)
    for call in sorted(calls):
        for position, announced in enumerate(wanted[call].values()):
            batch.claim(call, position, announced)
    batch.flush(now)
    mark_recorded(tx, batch.touched)
    tell_recordings(tx, batch.found, now)


def _add_rows(tx: Tx, pbx: str, files: Sequence[FileId], now: datetime) -> None:
    """A row for each that has none. A file that comes at this moment may make the row first."""
    tx.run_many(
        "insert into recordings (id, pbx, unique_id, state, updated_at) values (:id, :pbx, :unique_id, 'expected', :now)"
        " on conflict (id) do nothing",
        [{"id": file, "pbx": pbx, "unique_id": unique_id_in(file), "now": micros(now)} for file in sorted(set(files))],
    )


def _rows_about(tx: Tx, calls: Sequence[CallId], files: Sequence[str]) -> dict[str, Row]:
    columns = "id, call_id, pbx, source, clashes_with, position, started_at, muted, sha256"
    any_of, rows = tx.dialect.any_of, {}
    for row in tx.all(
        f"select {columns} from recordings where {any_of('call_id', 'calls')}"
        f" union select {columns} from recordings where {any_of('id', 'files')}"
        f" union select {columns} from recordings where {any_of('clashes_with', 'files')}",
        calls=tx.dialect.list_argument(calls), files=tx.dialect.list_argument(files),
    ):  # fmt: skip
        rows[row["id"]] = row
    return rows


def _by(rows: Mapping[str, Row], name: str) -> dict[Any, list[Row]]:
    """The rows by what stands in this column before anything is changed."""
    found: dict[Any, list[Row]] = {}
    for row in rows.values():
        found.setdefault(row[name], []).append(row)
    return found


class _Batch(msgspec.Struct):
    """The rows that some calls speak of now or spoke of before, also by the call that had them and by the file whose name they should have;
    the calls whose recordings changed, and the audio that found its call.
    """

    tx: Tx
    pbx: str
    rows: dict[str, Row]
    of_call: Mapping[CallId, Sequence[Row]]
    beside: Mapping[FileId, Sequence[Row]]
    touched: set[CallId]
    changed: dict[str, Row]
    found: list[str]

    def release(self, call: CallId, wanted: Mapping[FileId, Announced], claimed: set[FileId]) -> None:
        """What the call spoke of before and does not any more: nothing is expected; a file goes where its name says, or to the call of this
        batch that claims it now.
        """
        for row in [r for r in self.of_call.get(call, ()) if r["source"] and r["id"] not in wanted]:
            if row["id"] in claimed:
                self.write(row, source="", position=FOUND, call_id=None)
            elif row["sha256"] is None:
                self.tx.run("delete from recordings where id = :id", id=row["id"])
                del self.rows[row["id"]]
                self.touched.add(call)
            else:
                self.write(row, source="", position=FOUND, call_id=call_named(self.tx, self.pbx, row["id"]))

    def claim(self, call: CallId, position: int, announced: Announced) -> None:
        """The recording is this call's, unless an earlier call speaks of it too or it is another PBX's."""
        row = self.rows[announced.id]
        if row["pbx"] != self.pbx or (row["call_id"] is not None and row["source"] and row["call_id"] < call):
            return
        muted = msgspec.json.encode([[m.from_s, m.to_s] for m in announced.muted]).decode() if announced.muted else ""
        at = micros(announced.started_at)
        self.write(row, call_id=call, source=announced.source, position=position, started_at=at, muted=muted)
        for clash in [r for r in self.beside.get(announced.id, ()) if r["pbx"] == self.pbx]:
            self.write(clash, call_id=call, position=FOUND)

    def write(self, row: Row, **told: Any) -> None:
        """Change the row, if that changes anything."""
        if all(row[name] == value for name, value in told.items()):
            return
        self.touched |= {call for call in (row["call_id"], told["call_id"]) if call is not None}
        if row["call_id"] is None and row["sha256"] is not None:
            self.found.append(row["id"])
        row.update(told)
        self.changed[row["id"]] = row

    def flush(self, now: datetime) -> None:
        """Write all that changed, in one go."""
        self.tx.run_many(
            "update recordings set call_id = :call_id, source = :source, position = :position, started_at = :started_at, muted = :muted,"
            " updated_at = :now where id = :id",
            [{**row, "now": micros(now)} for row in self.changed.values()],
        )
