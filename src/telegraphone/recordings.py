"""Audio in: a file or an upload is hashed, copied to the media store, described, and only then has its row, in one transaction.

Whatever moment a crash chooses, it leaves audio without a row (found by `telegraphone check`, and used when the same file comes again),
never a row that promises audio.
"""

import asyncio
import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile, _TemporaryFileWrapper
from typing import BinaryIO, Literal, NamedTuple, cast

import msgspec
from msgspec import structs

from .arrivals import arriving
from .audio import AudioFacts, format_of, header_bytes
from .audio_child import describe_in_child
from .db import Db, Tx
from .errors import Conflict, NotFound, Unavailable, invalid
from .ingest.growth import DAY_S, QUIET_S
from .ingest.recordings import AudioFile, unique_id_in
from .media import Media, Stored
from .model import CallId, FileId, MediaKey
from .sql.recorded.folder_files import list_call_states, put_copy
from .sql.recorded.loose_media import is_loose, put_loose, take_loose
from .sql.recorded.put_recordings import (
    Grown,
    Put,
    StoredFile,
    Taken,
    find_grown,
    find_kept,
    find_same,
    find_taken,
    is_file_id,
    put_file,
    replace_file,
)

CHUNK = 256 * 1024
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._+@~-]")
MEDIA_TYPES = {
    "audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/vnd.wave": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3",
    "audio/ogg": "ogg", "application/ogg": "ogg", "audio/opus": "opus", "audio/flac": "flac", "audio/x-flac": "flac", "audio/gsm": "gsm",
    "audio/x-gsm": "gsm", "audio/basic": "ulaw", "audio/pcmu": "ulaw", "audio/pcma": "alaw", "audio/x-alaw-basic": "alaw",
    "audio/g722": "g722",
}  # fmt: skip
"""What an upload's type says of its format, for those that have no header."""


class Kept(msgspec.Struct, frozen=True):
    """What became of a file.

    `unmatched`: kept, but no call is known for it yet; `clash`: other bytes had its id, it is `id` now; `unreadable`: `problem` says why,
    and it was kept if it has an `id`; `growing`: it is still written, so it was left for the next time; `grown`: it is longer than when it
    was kept, and so is the recording now.
    """

    outcome: Literal["new", "known", "clash", "unmatched", "unreadable", "growing", "grown"]
    id: FileId | None = None
    call_id: CallId | None = None
    problem: str = ""


class _Changed(Exception):
    """The file is not the one that was looked at a moment ago."""


class Into(NamedTuple):
    """Where recordings go, whose they are, and when."""

    db: Db
    media: Media
    pbx: str
    now: datetime


async def keep_file(db: Db, media: Media, file: AudioFile, pbx: str, now: datetime, *, move: bool = False) -> Kept:
    """Keep one file of a folder, and with `move` remove it there once the copy was read back and is the same. Repeatable at any point."""
    into = Into(db, media, pbx, now)
    known = await db.read(find_kept, file.file_id, *file.place)
    if known is None and await _is_growing(into, file):
        return Kept("growing")
    return await _settle(into, file, known, move)


async def keep_complete(db: Db, media: Media, file: AudioFile, pbx: str, now: datetime) -> Kept:
    """Keep a file of which is known already that it is whole. It is kept already if it was tried with others, of which one failed."""
    known = await db.read(find_kept, file.file_id, *file.place)
    return await _settle(Into(db, media, pbx, now), file, known)


async def _is_growing(into: Into, file: AudioFile) -> bool:
    """Whether its call goes on. One that was just written to is given the time in which it would be again."""
    age = into.now.timestamp() - file.mtime / 1e9
    if age >= DAY_S:
        return False
    states = await into.db.read(list_call_states, into.pbx, [file.file_id])
    if states.get(file.file_id) != "ongoing" and 0 <= age < QUIET_S:
        await asyncio.sleep(QUIET_S - age)
    return states.get(file.file_id) == "ongoing"


async def _settle(into: Into, file: AudioFile, known: Put | None = None, move: bool = False) -> Kept:
    if not is_file_id(file.file_id):
        return Kept("unreadable", problem="its name is too long or no text")
    try:
        put, problem = (known, "") if known is not None else await _keep(into, file)
        if move:
            await _remove_source(into.media, file, put)
    except _Changed:
        return Kept("growing")
    except OSError as error:
        return Kept("unreadable", problem=error.strerror or str(error))
    return kept_of(put, problem)


def kept_of(put: Put, problem: str) -> Kept:
    if problem and put.outcome != "known":
        return Kept("unreadable", put.id, put.call_id, problem)
    is_lost = put.outcome == "new" and put.call_id is None
    return Kept("unmatched" if is_lost else put.outcome, put.id, put.call_id)


async def _keep(into: Into, file: AudioFile) -> tuple[Put, str]:
    """Its row, and what is wrong with it. A file that was kept before is recognised by its bytes, and the next time by its place."""
    path = file.source_path
    sha256 = await asyncio.to_thread(_sha256_of, file.path)
    if (same := await into.db.read(find_same, file.file_id, sha256)) is not None:
        await into.db.write(put_copy, same.id, file.place)
        return same, ""
    before = await _beginning(into, file, path)
    facts = await describe_in_child(file.path, file.suffix)
    key = media_key(into.pbx, file.file_id, sha256, file.suffix.lower(), began_at(file))
    stored = await into.media.put(key, _unchanged(file))
    if stored.sha256 != sha256:
        await into.media.remove(key)
        raise _Changed
    row = structs.replace(stored_row(into.pbx, file.file_id, facts, stored, key), source_path=path, source_mtime=file.mtime)
    return await (_put(into, row) if before is None else _put_grown(into, row, before)), facts.problem


async def _beginning(into: Into, file: AudioFile, path: str) -> Grown | None:
    """What was kept of this file before, if that is its beginning. Its header does not count: it tells lengths, and those grew."""
    before = await into.db.read(find_grown, file.file_id, path, file.bytes)
    if before is None:
        return None
    at, header = 0, await asyncio.to_thread(_header_of, file)
    with await asyncio.to_thread(open, file.path, "rb") as now, suppress(NotFound):
        async for chunk in into.media.get(before.media_key):
            there, skipped = await asyncio.to_thread(now.read, len(chunk)), max(header - at, 0)
            if there[skipped:] != chunk[skipped:]:
                return None
            at += len(chunk)
        return before
    return None


def _header_of(file: AudioFile) -> int:
    with open(file.path, "rb") as sound:
        return header_bytes(sound)


async def _put_grown(into: Into, row: StoredFile, before: Grown) -> Put:
    """The longer one in the place of its beginning, which is loose then; it is removed at once, or, if we die now, a little later."""
    put: Put | None = await into.db.write(_replace, before, row, into.now)
    if put is None:
        return await _put(into, row)
    await into.media.remove(before.media_key)
    return put


def _replace(tx: Tx, before: Grown, row: StoredFile, now: datetime) -> Put | None:
    _take_if_loose(tx, row.media_key)
    put = replace_file(tx, before, row, now)
    if put is not None:
        put_loose(tx, before.media_key, now)
    return put


def _put_found(tx: Tx, row: StoredFile, now: datetime) -> Put:
    _take_if_loose(tx, row.media_key)
    return put_file(tx, row, now)


def _take_if_loose(tx: Tx, key: MediaKey) -> None:
    """The same bytes under the same id were replaced before: their key must not be removed any more, or they come again when it is."""
    if is_loose(tx, key) and not take_loose(tx, key):
        raise Unavailable("the same bytes are just being removed; they come again")


async def _put(into: Into, row: StoredFile, how: Callable[[Tx, StoredFile, datetime], Put] = _put_found) -> Put:
    try:
        put: Put = await into.db.write(how, row, into.now)
    except Conflict:
        await into.media.remove(row.media_key)
        raise
    if put.media_key != row.media_key:  # somebody else kept the same bytes in the meantime
        await into.media.remove(row.media_key)
    return put


def stored_row(pbx: str, file_id: FileId, facts: AudioFacts, stored: Stored, key: MediaKey) -> StoredFile:
    peaks = msgspec.msgpack.encode((facts.peaks.step_s, facts.peaks.channels)) if facts.peaks.channels else None
    return StoredFile(
        id=file_id, pbx=pbx, unique_id=unique_id_in(file_id), state="empty" if facts.is_empty else "available", flaws=facts.flaws,
        duration_s=facts.duration_s, channels=facts.channels, format=facts.format, bytes=stored.bytes, sha256=stored.sha256,
        media_key=key, peaks=peaks,
    )  # fmt: skip


def media_key(pbx: str, file_id: str, content: str, suffix: str, began: datetime) -> MediaKey:
    """Where a file's bytes are: by PBX and day, with a name for people, and a hash that only this content under this id has."""
    own = hashlib.sha256(f"{file_id}\0{content}".encode()).hexdigest()[:16]
    day = f"{began.year:04}/{began.month:02}/{began.day:02}"
    return MediaKey(f"{_plain(pbx)[:60]}/{day}/{_plain(file_id)[:120]}-{own}.{_plain(suffix)[:10] or 'bin'}")


def _plain(text: str) -> str:
    return _NOT_PLAIN.sub("_", text).lstrip(".") or "_"


def began_at(file: AudioFile) -> datetime:
    """The day for its media key: a time that is the same whenever the file is read."""
    unique_id = file.unique_id
    seconds = float(unique_id) if unique_id else file.mtime / 1e9
    return datetime.fromtimestamp(int(seconds), UTC)


def _sha256_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _unchanged(file: AudioFile) -> AsyncIterator[bytes]:
    """The file's bytes; an error at the end of one that grew or was written anew since its size was read."""
    async for chunk in read_file(file.path):
        yield chunk
    found = await asyncio.to_thread(file.path.stat)
    if (found.st_size, found.st_mtime_ns) != (file.bytes, file.mtime):
        raise _Changed


async def read_file(path: Path) -> AsyncIterator[bytes]:
    """A file's bytes in pieces, none of them read in the event loop."""
    with await asyncio.to_thread(open, path, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk


async def _remove_source(media: Media, file: AudioFile, put: Put) -> None:
    """Only when the stored copy, read back, is what stands in the source now."""
    copy = hashlib.sha256()
    async for chunk in media.get(put.media_key):
        copy.update(chunk)
    if await asyncio.to_thread(_sha256_of, file.path) != copy.hexdigest():
        raise _Changed
    await asyncio.to_thread(file.path.unlink)


async def store_upload(
    db: Db, media: Media, file_id: str, body: AsyncIterator[bytes], *,
    pbx: str, now: datetime, spool: Path, content_digest: str = "", media_type: str = "",
) -> Kept:  # fmt: skip
    """Keep a recording that is sent to us. The same bytes again are `known`; other bytes are a Conflict, nothing is ever overwritten."""
    if not is_file_id(file_id) or "/" in file_id or "\\" in file_id or ".." in file_id:
        raise NotFound("this is no file id")
    wanted = _wanted_digests(content_digest)
    with await asyncio.to_thread(_spool_file, spool) as file:
        stored = await _spool(cast(BinaryIO, file), body, wanted)
        if not stored.bytes:
            raise invalid("body", "is empty")
        return await _store(Into(db, media, pbx, now), FileId(file_id), Path(file.name), stored, _suffix(media_type, file_id))


async def _store(into: Into, file_id: FileId, path: Path, sent: Stored, suffix: str) -> Kept:
    taken = await into.db.read(find_taken, file_id)
    if taken is not None and taken.sha256 is not None:
        return _same_or_conflict(file_id, taken, sent.sha256)
    into = into._replace(pbx=taken.pbx) if taken is not None else into
    facts = await describe_in_child(path, suffix)
    only_ours = f"{sent.sha256} {secrets.token_hex(8)}"  # so that it can be removed when another upload was first
    key = media_key(into.pbx, file_id, only_ours, suffix or facts.format, _day_of_upload(file_id, into.now))
    async with arriving(into.db, key, into.now):
        await into.media.put(key, read_file(path))
        put = await _put(into, stored_row(into.pbx, file_id, facts, sent, key), put_upload)
    return kept_of(put, facts.problem)


def put_upload(tx: Tx, row: StoredFile, now: datetime) -> Put:
    """Its row, if its audio may still have one. What belongs to nobody, since the same bytes are here already, is loose again."""
    if not take_loose(tx, row.media_key):
        raise Unavailable("the upload took too long; send it again")
    put = put_file(tx, row, now, may_clash=False)
    if put.media_key != row.media_key:
        put_loose(tx, row.media_key, now)
    return put


def clear_spool(folder: Path, now: datetime) -> None:
    """Remove what uploads left there that were cut off a day ago and earlier."""
    for path in folder.glob("upload-*"):
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < now.timestamp() - DAY_S:
                path.unlink()


def _spool_file(folder: Path) -> "_TemporaryFileWrapper[bytes]":
    with _spool_errors():
        folder.mkdir(parents=True, exist_ok=True)
        return NamedTemporaryFile(dir=folder, prefix="upload-")


@contextmanager
def _spool_errors() -> Iterator[None]:
    """A disk that is full, or a folder that may not be written, is nobody's mistake who sends a file."""
    try:
        yield
    except OSError as error:
        raise Unavailable(f"the folder for uploads: {error.strerror or error}", "disk") from error


def _same_or_conflict(file_id: FileId, taken: Taken, sha256: str) -> Kept:
    if taken.sha256 != sha256:
        raise Conflict(f"recording {file_id} has other audio already")
    return Kept("known", file_id, taken.call_id)


def _day_of_upload(file_id: str, now: datetime) -> datetime:
    unique_id = unique_id_in(file_id)
    return datetime.fromtimestamp(int(float(unique_id)), UTC) if unique_id else now


def _suffix(media_type: str, file_id: str) -> str:
    """From the type it was sent with, else from the id; a file with a header says it itself."""
    told = MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower(), "")
    end = file_id.rpartition(".")[2]
    return told or (end if format_of(end) else "")


async def _spool(file: BinaryIO, body: AsyncIterator[bytes], wanted: dict[str, bytes]) -> Stored:
    digests = {name: hashlib.new(name) for name in {"sha256", *wanted}}
    size = 0
    async for chunk in body:
        await asyncio.to_thread(_write, file, chunk, list(digests.values()))
        size += len(chunk)
    with _spool_errors():
        file.flush()
    for name, value in wanted.items():
        if digests[name].digest() != value:
            raise invalid("Content-Digest", f"the body's {name} is another one")
    return Stored(size, digests["sha256"].hexdigest())


def _write(file: BinaryIO, chunk: bytes, digests: list["hashlib._Hash"]) -> None:
    with _spool_errors():
        file.write(chunk)
    for digest in digests:
        digest.update(chunk)


def _wanted_digests(header: str) -> dict[str, bytes]:
    """RFC 9530: `sha-256=:base64:, …`. Algorithms that nobody should use any more, or that we do not know, are not looked at."""
    wanted: dict[str, bytes] = {}
    for part in filter(None, map(str.strip, header.split(","))):
        name, _, value = part.partition("=")
        if not (value.startswith(":") and value.endswith(":") and len(value) > 2):
            raise invalid("Content-Digest", "must be written as sha-256=:base64:")
        try:
            digest = base64.b64decode(value[1:-1], validate=True)
        except binascii.Error:
            raise invalid("Content-Digest", f"{name}: is no base64") from None
        if name.lower() in ("sha-256", "sha-512"):
            wanted[name.lower().replace("-", "")] = digest
    return wanted
