"""/recordings: what is known of a recording, its sound, its outline, and new ones."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from ...db import Tx
from ...errors import NotFound
from ...model import CallId, FileId
from ...recordings import store_upload
from ...sql.people.access_log import add_change
from ...sql.recorded.playback import Refused, play
from ...sql.recorded.recordings import find_peaks
from ...web.endpoint import Asked
from ...web.fields import Text
from ...web.sound import AudioQuery, RecordingBody, send_audio, send_metadata


class UploadQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`pbx`: whose recording it is, for an id that no call has spoken of yet."""

    pbx: Annotated[Text, Meta(min_length=1, max_length=100)] = "pbx1"


class Uploaded(msgspec.Struct, frozen=True, kw_only=True):
    """`outcome`: `new`, `known` (the same bytes were here), `unmatched` (no call is known for it yet), `unreadable` (kept; `problem` says
    why)."""

    id: FileId
    outcome: Literal["new", "known", "unmatched", "unreadable"]
    call_id: CallId | None
    problem: str


class PeaksBody(msgspec.Struct, frozen=True):
    """For drawing: the loudest moment (0 to 255) of every `step_s` seconds, for each channel."""

    step_s: float
    channels: list[list[int]]


async def get_metadata(asked: Asked[AudioQuery, None]) -> RecordingBody:
    """What is known of a recording, whether its audio is there or not."""
    return await send_metadata(asked, asked.path("file_id"))


async def get_audio(asked: Asked[AudioQuery, None]) -> Response:
    """The audio, to listen to. Ranges and conditional requests are answered as RFC 9110 says; what browsers cannot play is converted."""
    return await send_audio(asked, asked.path("file_id"), "listen")


async def get_peaks(asked: Asked[None, None]) -> PeaksBody:
    """The outline of the sound, for drawing it without decoding it."""
    file_id = asked.path("file_id")
    found = await asked.db.write(_heard_peaks, asked, file_id)
    if isinstance(found, Refused):
        raise found.error()
    if found is None:
        raise NotFound(f"the audio of {file_id} has no peaks")
    return PeaksBody(*found)


def _heard_peaks(tx: Tx, asked: Asked[Any, Any], file_id: str) -> Refused | tuple[float, list[list[int]]] | None:
    """Peaks tell of what was said: who may see them is who may listen."""
    found = play(tx, asked.actor, file_id, "peaks", asked.now)
    return found if isinstance(found, Refused) else find_peaks(tx, file_id)


async def put_audio(asked: Asked[UploadQuery, None]) -> Response:
    """Upload a recording: the body is the file. `Content-Digest` is checked. The same bytes again: 200; others: 409; never overwritten."""
    headers = asked.request.headers
    kept = await store_upload(
        asked.db, asked.media, asked.path("file_id"), asked.request.stream(), pbx=asked.query.pbx, now=asked.now,
        spool=asked.config.data / "spool", content_digest=headers.get("content-digest", ""), media_type=headers.get("content-type", ""),
    )  # fmt: skip
    assert kept.id is not None
    assert kept.outcome != "clash"
    assert kept.outcome != "growing"
    assert kept.outcome != "grown"
    if kept.outcome != "known":
        await asked.db.write(add_change, asked.actor, "upload", "", asked.now, call_id=kept.call_id, file_id=kept.id)
    answer = Uploaded(id=kept.id, outcome=kept.outcome, call_id=kept.call_id, problem=kept.problem)
    return Response(msgspec.json.encode(answer), 200 if kept.outcome == "known" else 201, media_type="application/json")
