"""Recordings in SQL: how they are found. Who hears one stands in `playback.py`, how they are written in `put_recordings.py`."""

from collections.abc import Mapping, Sequence

import msgspec

from ...access import Actor, require, visible_calls
from ...db import Tx
from ...model import Call, FileId, MediaKey
from ..bodies import decode_call
from .recording_rows import Recording, json_list, recording_columns, recording_of, recordings_of, rows_of_recordings

__all__ = ["Recording", "Stored", "find_peaks", "find_recording", "find_with_call", "list_stored", "list_unmatched"]


class Stored(msgspec.Struct, frozen=True):
    """A recording's audio as it should be found in the media store."""

    id: FileId
    media_key: MediaKey
    bytes: int
    sha256: str


def find_recording(tx: Tx, actor: Actor, file_id: str) -> Recording | None:
    """The recording, if the actor may know of it; nobody hears it through this: see `play`."""
    where, args = visible_calls(actor)
    found = find_with_call(tx, where, args, file_id)
    return None if found is None else found[0]


def find_with_call(tx: Tx, where: Sequence[str], args: Mapping[str, object], file_id: str) -> tuple[Recording, Call | None] | None:
    """The recording of which this holds, and its call, if that is known."""
    conditions = " and ".join([*where, "r.id = :file_id"])
    row = tx.one(
        f"select {recording_columns()}, c.body, (select {rows_of_recordings(tx.dialect, 'o')} from recordings o"
        f" where o.call_id = r.call_id) as together from recordings r left join calls c on c.id = r.call_id where {conditions}",
        file_id=file_id, **args,
    )  # fmt: skip
    if row is None:
        return None
    if row["body"] is None:
        return recording_of(row, None), None
    call = decode_call(row["body"])
    return next(one for one in recordings_of(json_list(row["together"]), call) if one.id == row["id"]), call


def find_peaks(tx: Tx, file_id: str) -> tuple[float, list[list[int]]] | None:
    """Seconds between two peaks, and for each channel its peaks of 0–255; call `play` before it."""
    row = tx.one("select peaks from recordings where id = :file_id", file_id=file_id)
    if row is None or row["peaks"] is None:
        return None
    step_s, channels = msgspec.msgpack.decode(row["peaks"], type=tuple[float, list[bytes]])
    return step_s, [list(channel) for channel in channels]


def list_unmatched(tx: Tx, actor: Actor, *, cursor: str = "", limit: int = 50) -> list[Recording]:
    """Files that belong to no call that we know of, by file id; `cursor`: after this one."""
    require(actor, "read")
    if actor.scope is not None:  # what belongs to no call was given to nobody
        return []
    rows = tx.all(
        f"select {recording_columns()} from recordings r where r.call_id is null and r.id > :cursor order by r.id limit :limit",
        cursor=cursor, limit=limit,
    )  # fmt: skip
    return [recording_of(row, None) for row in rows]


def list_stored(tx: Tx, *, cursor: str = "", limit: int = 1000) -> list[Stored]:
    """What the media store should hold, by file id: for `telegraphone check`."""
    rows = tx.all(
        "select id, media_key, bytes, sha256 from recordings where media_key is not null and id > :cursor order by id limit :limit",
        cursor=cursor, limit=limit,
    )  # fmt: skip
    return [Stored(**row) for row in rows]
