"""/calls/{id}/notes: what people wrote on a call."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...model import FileId
from ...sql.notes import Note, NoteText, add_note, list_notes, put_note, remove_note
from ...web.endpoint import Asked, Endpoint
from ...web.fields import FileIdText, Written, parse_call_id, parse_number


class NoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`at_s`: the moment that is meant, in seconds from the beginning of `recording`, or without one from that of the call."""

    text: Annotated[Written, Meta(min_length=1)]
    recording: FileIdText | None = None
    at_s: Annotated[float, Meta(ge=0, le=1e7)] | None = None


class ChangedNoteBody(NoteBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole note anew. `updated_at`: that of the note as it was seen; when somebody has changed it since, the answer is 409."""

    updated_at: Annotated[datetime, Meta(tz=True)] | UnsetType = UNSET


class Notes(msgspec.Struct, frozen=True):
    """All of a call; `next` is always null."""

    items: list[Note]
    next: None = None


async def get_notes(asked: Asked[None, None]) -> Notes:
    """The notes on a call, in the order in which they were written."""
    return Notes(await asked.db.read(list_notes, asked.actor, parse_call_id(asked.path("id"))))


async def add_one_note(asked: Asked[None, NoteBody]) -> Note:
    """Write a note on a call."""
    return await asked.db.write(add_note, asked.actor, parse_call_id(asked.path("id")), _text(asked.body), asked.now)


async def put_one_note(asked: Asked[None, ChangedNoteBody]) -> Note:
    """Change a note: one's own, or as an administrator any."""
    seen_at = None if asked.body.updated_at is UNSET else asked.body.updated_at.astimezone(UTC)
    call_id, note_id = parse_call_id(asked.path("id")), parse_number(asked.path("note"), "note")
    return await asked.db.write(put_note, asked.actor, call_id, note_id, _text(asked.body), asked.now, seen_at)


async def remove_one_note(asked: Asked[None, None]) -> None:
    """Take a note away: one's own, or as an administrator any."""
    await asked.db.write(remove_note, asked.actor, parse_call_id(asked.path("id")), parse_number(asked.path("note"), "note"), asked.now)


def _text(body: NoteBody) -> NoteText:
    return NoteText(text=body.text, recording=None if body.recording is None else FileId(body.recording), at_s=body.at_s)


ENDPOINTS = (
    Endpoint(method="GET", path="/calls/{id}/notes", function=get_notes, right="read", answer=Notes, also=(404,)),
    Endpoint(
        method="POST", path="/calls/{id}/notes", function=add_one_note, right="attach", body=NoteBody, answer=Note, status=201,
        also=(404, 409),
    ),
    Endpoint(
        method="PUT", path="/calls/{id}/notes/{note}", function=put_one_note, right="attach", body=ChangedNoteBody, answer=Note,
        also=(404, 409),
    ),
    Endpoint(method="DELETE", path="/calls/{id}/notes/{note}", function=remove_one_note, right="attach", status=204, also=(404,)),
)  # fmt: skip
