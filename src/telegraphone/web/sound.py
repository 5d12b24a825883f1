"""Sending a recording: whole, in ranges, or converted; never held in memory (RFC 9110, 6266)."""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from ..audio import media_type, plays_in_browsers, wav_frames
from ..audio_child import Held, convert_in_child
from ..errors import NotFound
from ..media import Media
from ..model import CallId, FileId, MediaKey, Muted, RecordingState
from ..sql.people.access_log import Action
from ..sql.recorded.playback import Playback, Refused, play
from ..sql.recorded.recordings import Recording
from .endpoint import Asked, Endpoint, Function
from .playing import Asking
from .problems import render_status
from .ranges import Span, Validators, multipart, precondition, wanted_spans
from .streams import Stream, WholeFile

Target = Literal["wav", "mp3", "opus", "flac"]
SUFFIXES = {"wav49": "WAV", "ogg": "ogg"}
_HEADER, _FRAME = 44, 2
"""Bytes of the wav that a conversion makes: what has a fixed size is of one channel."""
PIECE = 256 * 1024
"""A span that is no longer than a piece of a stream is no stream."""
_log = structlog.get_logger()


class AudioQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`format`: the same sound in another format, made while it is sent."""

    format: Target | msgspec.UnsetType = msgspec.UNSET


class RecordingBody(msgspec.Struct, frozen=True, kw_only=True):
    """A recording as both dialects tell it."""

    id: FileId
    call_id: CallId | None
    state: RecordingState
    flaws: tuple[str, ...]
    muted: tuple[Muted, ...]
    started_at: datetime | None
    duration_s: float | None
    channels: int | None
    format: str | None
    bytes: int | None
    sha256: str | None


def recording_body(recording: Recording, now: datetime) -> RecordingBody:
    return RecordingBody(
        id=recording.id, call_id=recording.call_id, state=recording.state_at(now), flaws=recording.flaws, muted=recording.muted,
        started_at=recording.started_at, duration_s=recording.duration_s, channels=recording.channels, format=recording.format,
        bytes=recording.bytes, sha256=recording.sha256,
    )  # fmt: skip


def audio_endpoints(path: str, function: Function, answer: Any = None) -> tuple[Endpoint, Endpoint]:
    """GET and HEAD of audio. Rights are looked at where the access log is written, so that a refusal stands there too."""

    def endpoint(method: Literal["GET", "HEAD"]) -> Endpoint:
        types = ("audio/*", "application/octet-stream", "multipart/byteranges")
        also = (206, 304, 404, 412, 416)
        return Endpoint(
            method=method, path=path, function=function, right_inside="listen", query=AudioQuery, answers=types, answer=answer, also=also
        )

    return endpoint("GET"), endpoint("HEAD")


async def send_metadata(asked: Asked[AudioQuery, None], file_id: str) -> RecordingBody:
    """What is known of a recording, whether its audio is there or not."""
    found = await asked.db.write(play, asked.actor, file_id, "metadata", asked.now)
    return recording_body(_heard(found).recording, asked.now)


async def send_audio(asked: Asked[AudioQuery, None], file_id: str, action: Literal["listen", "download"]) -> Response:
    """The audio; what browsers cannot play is converted for `listen`."""
    asking = Asking(asked.actor, file_id, action)
    playback = await _play(asked, asking)
    try:
        return await _sent(asked, playback, action)
    except NotFound:  # another process may have put it elsewhere since it was found
        if not asked.services.playing.forget(asking):
            raise
    return await _sent(asked, await _play(asked, asking), action)


async def _sent(asked: Asked[AudioQuery, None], playback: Playback, action: Action) -> Response:
    target = _target(playback.recording, action, asked.query.format)
    headers = _headers(playback, action, target, asked.config.timezone)
    if target is None:
        return await _as_it_is(asked, playback.recording, headers)
    return await _converted(asked, playback.recording, target, headers)


async def _play(asked: Asked[AudioQuery, None], asking: Asking) -> Playback:
    return _heard(await asked.services.playing.find(asked.db, asking, asked.now, is_range="range" in asked.request.headers))


def _heard(found: Playback | Refused) -> Playback:
    if isinstance(found, Refused):
        raise found.error()
    return found


def _target(recording: Recording, action: str, wanted: Target | msgspec.UnsetType) -> Target | None:
    if wanted is not msgspec.UNSET:
        return None if wanted == recording.format else wanted
    return "wav" if action == "listen" and not plays_in_browsers(recording.format) else None


def _validators(recording: Recording, target: Target | None) -> Validators:
    """A conversion is the same sound, not the same bytes: its tag is weak."""
    tag = f'"{recording.sha256}"' if target is None else f'W/"{recording.sha256}-{target}"'
    return Validators(tag, recording.stored_at)


@lru_cache(256)
def _headers(playback: Playback, action: str, target: Target | None, zone: ZoneInfo) -> Mapping[str, str]:
    """Of what is played now they are the same for each range."""
    known = _validators(playback.recording, target)
    headers = {
        "Content-Type": media_type(target or playback.recording.format),
        "Content-Disposition": disposition("inline" if action == "listen" else "attachment", download_name(playback, target, zone)),
        "Accept-Ranges": "bytes" if target is None or _converted_size(playback.recording, target) is not None else "none",
        "ETag": known.etag,
        "Last-Modified": known.last_modified,
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    return MappingProxyType({name: value for name, value in headers.items() if value})


async def _as_it_is(asked: Asked[AudioQuery, None], recording: Recording, headers: Mapping[str, str]) -> Response:
    if asked.config.accel_redirect and asked.media.path(_key(recording)) is not None:
        return _by_proxy(asked.media, recording, asked.config.accel_redirect, headers)
    known, size, request = _validators(recording, None), recording.bytes or 0, asked.request
    if (early := _early(request, known, headers)) is not None:
        return early
    if request.method == "HEAD":
        return Response(headers={**headers, "Content-Length": str(size)})
    spans = wanted_spans(request.headers, known, size)
    if spans is None:
        return await _whole(asked.media, recording, size, {**headers, "Content-Length": str(size)})
    if not spans:
        return render_status(416, f"the audio has {size} bytes", {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    return await _ranges(asked.media, recording, spans, size, headers)


def _by_proxy(media: Media, recording: Recording, prefix: str, headers: Mapping[str, str]) -> Response:
    """The proxy in front sends the file, with its own ETag, and answers ranges and conditions by that."""
    key = _key(recording)
    path = media.path(key)
    if path is None or not path.is_file():
        raise NotFound(f"the audio of {recording.id} is not there: missing")
    kept = {name: value for name, value in headers.items() if name not in ("ETag", "Last-Modified", "Accept-Ranges")}
    return Response(headers={**kept, "X-Accel-Redirect": prefix + quote(key)})


def _early(request: Request, known: Validators, headers: Mapping[str, str]) -> Response | None:
    status = precondition(request.headers, known)
    if status == 304:
        return Response(status_code=304, headers={n: headers[n] for n in ("ETag", "Last-Modified", "Cache-Control") if n in headers})
    return render_status(412, f"the audio is another version, {known.etag}") if status == 412 else None


async def _whole(media: Media, recording: Recording, size: int, headers: Mapping[str, str]) -> Response:
    key = _key(recording)
    pieces, path = _span(media, key, None, size), media.path(key)
    if path is not None and await asyncio.to_thread(_readable_size, path) == size:
        return WholeFile(path, pieces, headers)
    return Stream(await _begun(pieces, recording), 200, headers)


def _readable_size(path: Path) -> int | None:
    """None: it cannot be read, and whoever tries it will say why."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_size
    except OSError:
        return None


async def _ranges(media: Media, recording: Recording, spans: list[Span], size: int, headers: Mapping[str, str]) -> Response:
    key = _key(recording)
    if len(spans) == 1:
        pieces = await _begun(_span(media, key, spans[0], spans[0].size), recording)
        headers = {**headers, "Content-Range": spans[0].of(size), "Content-Length": str(spans[0].size)}
        if spans[0].size <= PIECE:
            return Response(b"".join([piece async for piece in pieces]), 206, headers)
        return Stream(pieces, 206, headers)
    boundary = secrets.token_hex(16)
    parts, end = multipart(spans, size, headers["Content-Type"], boundary)
    length = sum(len(part.head) + part.span.size for part in parts) + len(end)

    begun = await _begun(_span(media, key, parts[0].span, parts[0].span.size), recording)

    async def together() -> AsyncGenerator[bytes, None]:
        for part in parts:
            yield part.head
            async for piece in begun if part is parts[0] else _span(media, key, part.span, part.span.size):
                yield piece
        yield end

    headers = {**headers, "Content-Type": f"multipart/byteranges; boundary={boundary}", "Content-Length": str(length)}
    return Stream(together(), 206, headers)


async def _span(media: Media, key: MediaKey, span: Span | None, size: int) -> AsyncGenerator[bytes, None]:
    """The bytes of a span, or all. An audio that is shorter than it was cuts the connection: the length was promised."""
    sent = 0
    async for piece in media.get(key) if span is None else media.get(key, span.start, span.end):
        sent += len(piece)
        yield piece
    if sent != size:
        _log.error("audio has another size than when it was stored", media_key=key, expected=size, found=sent)
        raise NotFound("the audio is damaged")


async def _begun(pieces: AsyncGenerator[bytes, None], recording: Recording) -> AsyncGenerator[bytes, None]:
    """The same pieces, the first of them read already: what is not there is told before the answer begins."""
    try:
        first = await anext(pieces, b"")
    except NotFound as error:
        raise NotFound(f"the audio of {recording.id} is not there: missing") from error

    async def continued() -> AsyncGenerator[bytes, None]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    return continued()


async def _converted(asked: Asked[AudioQuery, None], recording: Recording, target: Target, headers: Mapping[str, str]) -> Response:
    """A wav whose length is known before it is made can be asked for in parts, so that one can seek in it."""
    known, request, size = _validators(recording, target), asked.request, _converted_size(recording, target)
    if (early := _early(request, known, headers)) is not None:
        return early
    if size is not None:
        headers = {**headers, "Content-Length": str(size)}
    if request.method == "HEAD":
        return Stream(_nothing(), 200, headers)
    spans = None if size is None else wanted_spans(request.headers, known, size)
    if spans is not None and not spans:
        return render_status(416, f"the audio has {size} bytes", {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"})
    if size is None:
        return Stream(await _made(asked, recording, target), 200, headers)
    if spans is None or len(spans) > 1:
        made = await _made(asked, recording, target)
        return Stream(Held(_exactly(made, size), made), 200, headers)
    span = spans[0]
    headers = {**headers, "Content-Range": span.of(size), "Content-Length": str(span.size)}
    return Stream(await _made_span(asked, recording, span), 206, headers)


async def _made(asked: Asked[AudioQuery, None], recording: Recording, target: Target, start: int = 0) -> AsyncGenerator[bytes, None]:
    key = _key(recording)
    path = asked.media.path(key)
    if path is not None and not path.is_file():
        raise NotFound(f"the audio of {recording.id} is not there: missing")
    return await convert_in_child(path or asked.media.get(key), recording.format or "", target, recording.bytes, start)


async def _made_span(asked: Asked[AudioQuery, None], recording: Recording, span: Span) -> AsyncGenerator[bytes, None]:
    """Bytes of the wav: made from the frame on in which they begin."""
    start = max(span.start - _HEADER, 0) // _FRAME
    made = await _made(asked, recording, "wav", start)
    skip = span.start - (_HEADER + start * _FRAME if start else 0)

    return Held(_exactly(made, span.size, skip), made)


async def _exactly(made: AsyncGenerator[bytes, None], size: int, skip: int = 0) -> AsyncGenerator[bytes, None]:
    """So many bytes, since they were promised: what is missing is silence."""
    async with aclosing(made):
        async for piece in made:
            wanted, skip = piece[skip:][:size], max(skip - len(piece), 0)
            size -= len(wanted)
            if wanted:
                yield wanted
            if not size:
                return
    while size:
        yield bytes(min(size, 65_536))
        size -= min(size, 65_536)


def _converted_size(recording: Recording, target: Target) -> int | None:
    frames = wav_frames(recording.format, recording.bytes, recording.duration_s) if target == "wav" else None
    return None if frames is None else _HEADER + frames * _FRAME


async def _nothing() -> AsyncGenerator[bytes, None]:
    return
    yield b""


def _key(recording: Recording) -> MediaKey:
    if recording.media_key is None:
        raise NotFound(f"the audio of {recording.id} is not there: {recording.state}")
    return recording.media_key


def download_name(playback: Playback, target: str | None, zone: ZoneInfo) -> str:
    """`2016-03-31_164426_loadtester_73556_<file-id>.wav`: when, who, whom, and what it is."""
    began = f"{playback.started_at.astimezone(zone):%Y-%m-%d_%H%M%S}" if playback.started_at else ""
    form = target or playback.recording.format or "bin"
    sides = (playback.call.caller, playback.call.dialled) if playback.call else ()
    parts = (began, *(side.number[:40] for side in sides), playback.recording.id)
    name = "_".join(re.sub(r'[\\/:*?"<>|%;\x00-\x1f\x7f]', "_", part) for part in parts if part)
    return f"{name}.{SUFFIXES.get(form, form)}"


def disposition(kind: str, name: str) -> str:
    """Content-Disposition (RFC 6266): the name in ASCII for all, and as it is for those who know RFC 8187."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    header = f'{kind}; filename="{plain}"'
    return header if plain == name else f"{header}; filename*=UTF-8''{quote(name, safe='')}"
