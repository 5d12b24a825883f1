"""Recordings in SQL: finding one and writing down who asked, in one transaction. How they are written stands in `put_recordings.py`."""

from datetime import datetime

import msgspec

from ..access import Actor, require, visible_calls
from ..db import Tx
from ..errors import Forbidden, NotFound, TelegraphoneError
from ..model import FileId, MediaKey
from .access_log import Action, add_access
from .bodies import decode_call
from .put_recordings import is_file_id, match_recordings, put_announced
from .recording_rows import Recording, json_list, recording_columns, recording_of, recordings_of, rows_of_recordings

__all__ = ["Recording", "Refused", "Stored", "match_recordings", "play", "put_announced"]


class Refused(msgspec.Struct, frozen=True):
    """No audio, and why. A value: raised inside the transaction it would undo the row that tells of it."""

    code: str
    detail: str

    def error(self) -> TelegraphoneError:
        """What the handler raises after the commit."""
        return Forbidden(self.detail) if self.code == Forbidden.code else NotFound(self.detail)


class Stored(msgspec.Struct, frozen=True):
    """A recording's audio as it should be found in the media store."""

    id: FileId
    media_key: MediaKey
    bytes: int
    sha256: str


def find_recording(tx: Tx, actor: Actor, file_id: str) -> Recording | None:
    """The recording, if the actor may know of it; nobody hears it through this: see `play`."""
    where, args = visible_calls(actor)
    return _find(tx, where, args, file_id)


def _find(tx: Tx, where: list[str], args: dict[str, object], file_id: str) -> Recording | None:
    conditions = " and ".join([*where, "r.id = :file_id"])
    row = tx.one(
        f"select {recording_columns()}, c.body, (select {rows_of_recordings(tx.dialect, 'o')} from recordings o"
        f" where o.call_id = r.call_id) as together from recordings r left join calls c on c.id = r.call_id where {conditions}",
        file_id=file_id, **args,
    )  # fmt: skip
    if row is None:
        return None
    if row["body"] is None:
        return recording_of(row, None)
    return next(one for one in recordings_of(json_list(row["together"]), decode_call(row["body"])) if one.id == row["id"])


def play(tx: Tx, actor: Actor, file_id: str, action: Action, now: datetime) -> Recording | Refused:
    """Find the recording within what the actor may hear *and* write down that he asked: without the row there is no audio.

    `metadata` needs the right to read and no audio, all else the right to listen. Two ranges that come at once are one row too.
    """
    if not is_file_id(file_id):
        found: Recording | Refused = Refused(NotFound.code, "there is no such recording")
    else:
        tx.lock(f"play {actor.name} {file_id}")
        found = _heard(tx, actor, file_id, action, now)
    if isinstance(found, Refused):
        add_access(tx, actor, action, file_id, now=now, outcome=found.code)
    else:
        add_access(tx, actor, action, file_id, now=now, call_id=found.call_id)
    return found


def _heard(tx: Tx, actor: Actor, file_id: str, action: Action, now: datetime) -> Recording | Refused:
    try:
        require(actor, "read" if action == "metadata" else "listen")
    except Forbidden as error:
        return Refused(error.code, error.detail)
    where, args = _audible_calls(actor)
    found = _find(tx, where, args, file_id)
    if found is None:
        return Refused(NotFound.code, f"there is no recording {file_id}")
    if action in ("listen", "download") and found.state != "available":
        return Refused(NotFound.code, f"the audio of {file_id} is not there: {found.state_at(now)}")
    return found


def _audible_calls(actor: Actor) -> tuple[list[str], dict[str, object]]:
    """Who may listen needs no right to search: he may see what he is given the name of."""
    return visible_calls(msgspec.structs.replace(actor, rights=actor.rights | {"read"}))


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
