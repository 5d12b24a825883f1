"""Notes that people write on calls while they listen. Whoever sees a call sees its notes; who wrote one may change it."""

from datetime import datetime

import msgspec

from ..access import Actor, require, visible_calls
from ..db import Row, Tx, micros, moment
from ..errors import Conflict, Forbidden, NotFound, invalid
from ..model import CallId, FileId
from .people.access_log import add_change
from .people.visible import check_visible, no_call

MOST_NOTES = 1000
"""On one call: all are shown at once."""
_COLUMNS = "n.id, n.recording, n.at_ms, n.text, n.author, n.written_at, n.updated_by, n.updated_at"


class NoteText(msgspec.Struct, frozen=True, kw_only=True):
    """What is written, and the moment that it is pinned to: `at_s` seconds into a recording, or without one into the call."""

    text: str
    recording: FileId | None = None
    at_s: float | None = None


class Note(NoteText, frozen=True, kw_only=True):
    """A note as it is kept."""

    id: int
    author: str
    written_at: datetime
    updated_by: str
    updated_at: datetime


def list_notes(tx: Tx, actor: Actor, call_id: CallId) -> list[Note]:
    """All notes of a call, in the order in which they were written."""
    where, args = visible_calls(actor)
    rows = tx.all(
        f"select {_COLUMNS} from calls c left join call_notes n on n.call_id = c.id"
        f" where {' and '.join(['c.id = :call_id', *where])} order by n.id",
        call_id=call_id, **args,
    )  # fmt: skip
    if not rows:
        raise no_call(call_id)
    return [_note(row) for row in rows if row["id"] is not None]


def add_note(tx: Tx, actor: Actor, call_id: CallId, wanted: NoteText, now: datetime) -> Note:
    require(actor, "attach")
    check_visible(tx, actor, call_id)
    _check_recording(tx, call_id, wanted.recording)
    tx.lock(f"notes of {call_id}")
    count = tx.one("select count(*) as n from call_notes where call_id = :call_id", call_id=call_id)
    if count and count["n"] >= MOST_NOTES:
        raise Conflict(f"call {call_id} has {MOST_NOTES:,} notes, and can have no more")
    row = tx.one(
        "insert into call_notes (call_id, recording, at_ms, text, author, written_at, updated_by, updated_at)"
        f" values (:call_id, :recording, :at_ms, :text, :author, :now, :author, :now) returning {_COLUMNS.replace('n.', '')}",
        call_id=call_id, author=actor.name, now=micros(now), **_row(wanted),
    )  # fmt: skip
    assert row is not None
    add_change(tx, actor, "add_note", f"note {row['id']}", now, call_id=call_id, file_id=wanted.recording or "")
    return _note(row)


def put_note(tx: Tx, actor: Actor, call_id: CallId, note_id: int, wanted: NoteText, now: datetime, seen_at: datetime | None = None) -> Note:
    """Change a note. `seen_at`: its `updated_at` as the writer saw it; Conflict when somebody has changed it since."""
    before = _own(tx, actor, call_id, note_id)
    _check_recording(tx, call_id, wanted.recording)
    was_at = micros(before.updated_at if seen_at is None else seen_at)
    row = tx.one(
        "update call_notes set text = :text, recording = :recording, at_ms = :at_ms, updated_by = :actor, updated_at = :at"
        f" where id = :id and updated_at = :was_at returning {_COLUMNS.replace('n.', '')}",
        id=note_id, was_at=was_at, at=max(micros(now), was_at + 1), actor=actor.name, **_row(wanted),
    )  # fmt: skip
    if row is None:
        raise Conflict(f"updated_at: {before.updated_by} has changed this note meanwhile")
    add_change(tx, actor, "change_note", f"note {note_id}", now, call_id=call_id, file_id=wanted.recording or "")
    return _note(row)


def remove_note(tx: Tx, actor: Actor, call_id: CallId, note_id: int, now: datetime) -> None:
    before = _own(tx, actor, call_id, note_id)
    tx.run("delete from call_notes where id = :id", id=note_id)
    subject = f"note {note_id} of {before.author}: {before.text}"
    add_change(tx, actor, "remove_note", subject, now, call_id=call_id, file_id=before.recording or "")


def _own(tx: Tx, actor: Actor, call_id: CallId, note_id: int) -> Note:
    """The note, if this actor may change it: its author, or an administrator."""
    require(actor, "attach")
    where, args = visible_calls(actor)
    row = tx.one(
        f"select {_COLUMNS} from call_notes n join calls c on c.id = n.call_id"
        f" where {' and '.join(['n.id = :id', 'c.id = :call_id', *where])}",
        id=note_id, call_id=call_id, **args,
    )  # fmt: skip
    if row is None:
        raise NotFound(f"call {call_id} has no note {note_id}")
    if row["author"] != actor.name and "admin" not in actor.rights:
        raise Forbidden(f"this note is {row['author']}'s")
    return _note(row)


def _check_recording(tx: Tx, call_id: CallId, file_id: str | None) -> None:
    known = "select 1 as one from recordings where id = :file_id and call_id = :call_id"
    if file_id is not None and tx.one(known, file_id=file_id, call_id=call_id) is None:
        raise Conflict(f"recording: {file_id!r:.200} is not known to be a recording of call {call_id}")


def _row(wanted: NoteText) -> Row:
    if not wanted.text.strip():
        raise invalid("text", "must not be empty")
    at_ms = None if wanted.at_s is None else round(wanted.at_s * 1000)
    return {"text": wanted.text, "recording": wanted.recording, "at_ms": at_ms}


def _note(row: Row) -> Note:
    return Note(
        id=row["id"], recording=row["recording"], at_s=None if row["at_ms"] is None else row["at_ms"] / 1000, text=row["text"],
        author=row["author"], written_at=moment(row["written_at"]), updated_by=row["updated_by"], updated_at=moment(row["updated_at"]),
    )  # fmt: skip
