"""Many files of a folder at once: which are known already by their place, size and time, and whose calls are over."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from ...db import Tx
from ...ingest.recordings import AudioFile
from ...model import FileId
from .put_recordings import call_names

CallState = Literal["ongoing", "over"]
Place = tuple[str, int, int]
"""A path, the bytes of the file there and its time in nanoseconds."""


def list_known(tx: Tx, files: Sequence[AudioFile]) -> set[Place]:
    """The places at which these files, or others of their names, were read before; a file that stands there unchanged need not be."""
    any_of, argument = tx.dialect.any_of, tx.dialect.list_argument
    columns = "select source_path as path, bytes, source_mtime as mtime from recordings where sha256 is not null"
    rows = tx.all(
        f"{columns} and {any_of('id', 'ids')} union all {columns} and {any_of('clashes_with', 'ids')}"
        f" union all select path, bytes, mtime from copies where {any_of('path', 'paths')}",
        ids=argument(sorted({file.file_id for file in files})), paths=argument([file.source_path for file in files]),
    )  # fmt: skip
    return {(row["path"], row["bytes"], row["mtime"]) for row in rows}


def list_taken(tx: Tx, ids: Sequence[str]) -> set[str]:
    """Those of these file ids that have or had audio: what comes under one of them must be compared with it."""
    any_of, argument = tx.dialect.any_of, tx.dialect.list_argument(ids)
    rows = tx.all(
        f"select id from recordings where (sha256 is not null or state not in ('expected', 'missing')) and {any_of('id', 'ids')}"
        f" union select clashes_with as id from recordings where {any_of('clashes_with', 'ids')}",
        ids=argument,
    )  # fmt: skip
    return {row["id"] for row in rows}


def put_copy(tx: Tx, id: FileId, place: Place) -> None:
    """The file at this place is a copy of what is kept as `id`; it need not be read again until it changes."""
    path, bytes, mtime = place
    tx.run(
        "insert into copies (path, bytes, mtime, id) values (:path, :bytes, :mtime, :id)"
        " on conflict (path) do update set bytes = excluded.bytes, mtime = excluded.mtime, id = excluded.id",
        path=path, bytes=bytes, mtime=mtime, id=id,
    )  # fmt: skip


def list_call_states(tx: Tx, pbx: str, file_ids: Sequence[str]) -> dict[str, CallState]:
    """Whether the calls are over to which these files belong, because a call speaks of them or by the unique id in their names.

    A file of no known call is not in the answer; of several calls the one that goes on counts.
    """
    any_of, argument = tx.dialect.any_of, tx.dialect.list_argument
    named = {file_id: call_names(file_id) for file_id in file_ids}
    outcomes: dict[str, set[str]] = {}
    for row in tx.all(
        "select r.id, c.outcome from recordings r join calls c on c.id = r.call_id"
        f" where r.pbx = :pbx and r.source <> '' and {any_of('r.id', 'ids')}"
        " union select l.unique_id, c.outcome from call_legs l join calls c on c.id = l.call_id"
        f" where c.pbx = :pbx and {any_of('l.unique_id', 'names')}",
        pbx=pbx, ids=argument(list(named)), names=argument(sorted({name for names in named.values() for name in names})),
    ):  # fmt: skip
        outcomes.setdefault(row["id"], set()).add(row["outcome"])
    return {id: state for id, names in named.items() if (state := _state(outcomes, [id, *names])) is not None}


def _state(outcomes: dict[str, set[str]], names: Sequence[str]) -> CallState | None:
    found = {outcome for name in names for outcome in outcomes.get(name, ())}
    return ("ongoing" if "ongoing" in found else "over") if found else None


class Trouble(msgspec.Struct, frozen=True):
    """A file or a folder that cannot be read now."""

    path: str
    reason: str


def remove_trouble(tx: Tx, pbx: str, path: str) -> None:
    """It can be read now, or is gone."""
    tx.run("delete from unreadable where pbx = :pbx and source = 'recordings' and path = :path and text = path", pbx=pbx, path=path)


def list_troubles(tx: Tx, pbx: str) -> list[Trouble]:
    """What could not be read in this PBX's folders, so that nothing of it was kept."""
    rows = tx.all("select path, reason from unreadable where pbx = :pbx and source = 'recordings' and text = path", pbx=pbx)
    return [Trouble(row["path"], row["reason"]) for row in rows]
