"""Many files of a folder into the record at once: brought to the disk together, described meanwhile, and put in one transaction.

Pieces of them go that way beside each other, so that neither the disk nor a processor waits for the other.

Only what has no audio yet goes this way; what must be compared with something goes the way of a single file (recordings.py).
"""

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby

from msgspec import structs

from .audio import AudioFacts
from .audio_child import describe_all_in_child, describe_in_child
from .db import Db
from .ingest.recordings import AudioFile, look
from .media import FileIn, Media
from .media import Kept as Copy
from .model import FileId, MediaKey
from .recordings import Into, Kept, began_at, keep_complete, kept_of, media_key, stored_row
from .sql.recorded.folder_files import list_taken
from .sql.recorded.put_recordings import Put, StoredFile, is_file_id, put_new_files

AT_ONCE = 4
PIECE, PIECE_BYTES = 256, 16 * 1024 * 1024
"""Files, and their bytes, that are brought to the disk together and have one transaction."""
PIECES_AT_ONCE = 3
"""While one waits for the disk, another is described and a third one copied."""


async def keep_all(db: Db, media: Media, files: Sequence[AudioFile], pbx: str, now: datetime) -> list[Kept]:
    """Keep files that are complete and not kept; what became of each, in their order. Of those with one id the first comes first."""
    into = Into(db, media, pbx, now)
    taken: set[str] = await db.read(list_taken, [file.file_id for file in files])
    new = {file.file_id: file for file in reversed(files) if is_file_id(file.file_id) and file.file_id not in taken}
    told = await _keep_pieces(into, list(new.values()))
    told |= await _keep_each(into, [file for file in files if file.where not in told])
    return [told[file.where] for file in files]


async def _keep_each(into: Into, files: Sequence[AudioFile]) -> dict[str, Kept]:
    """One by one those of one id, beside each other those of several."""
    turn = asyncio.Semaphore(AT_ONCE)
    told: dict[str, Kept] = {}

    async def keep(group: list[AudioFile]) -> None:
        async with turn:
            for file in group:
                told[file.where] = await keep_complete(into.db, into.media, file, into.pbx, into.now)

    groups = [list(group) for _, group in groupby(sorted(files, key=_by_id), key=lambda file: file.file_id)]
    await asyncio.gather(*map(keep, groups))
    return told


def _by_id(file: AudioFile) -> tuple[str, str]:
    return file.file_id, file.where


async def _keep_pieces(into: Into, files: Sequence[AudioFile]) -> dict[str, Kept]:
    """Some beside each other. What ends one ends the whole, when the others have come to their ends; what they kept stays kept."""
    turn = asyncio.Semaphore(PIECES_AT_ONCE)

    async def keep(piece: Sequence[AudioFile]) -> dict[str, Kept]:
        async with turn:
            return await _keep_new(into, piece)

    told: dict[str, Kept] = {}
    results = await asyncio.gather(*map(keep, pieces_of(files)), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
        told |= result
    return told


def pieces_of(files: Sequence[AudioFile]) -> list[list[AudioFile]]:
    """In their order, none too large but for a file that is so alone."""
    pieces: list[list[AudioFile]] = []
    room = 0
    for file in files:
        room -= file.bytes
        if not pieces or room < 0 or len(pieces[-1]) == PIECE:
            pieces.append([])
            room = PIECE_BYTES - file.bytes
        pieces[-1].append(file)
    return pieces


async def _keep_new(into: Into, files: Sequence[AudioFile]) -> dict[str, Kept]:
    """By their paths. One that is not in the answer must be compared with what has got its id meanwhile."""
    copies, facts = await _both(
        into.media.put_files([FileIn(file.where, partial(_key_of, into.pbx, file)) for file in files]),
        _describe([(file.where, file.suffix) for file in files]),
    )
    told: dict[str, Kept] = {}
    whole: list[tuple[AudioFile, StoredFile, str]] = []
    for file, copy, found, is_same in zip(files, copies, facts, await asyncio.to_thread(_are_same, files), strict=True):
        if isinstance(copy, OSError):
            told[file.where] = Kept("unreadable", problem=copy.strerror or str(copy))
        elif is_same and copy[1].bytes == file.bytes:
            row = stored_row(into.pbx, file.file_id, found, copy[1], copy[0])
            whole.append((file, structs.replace(row, source_path=file.source_path, source_mtime=file.mtime), found.problem))
        else:
            await _forget(into, file, copy[0])
            told[file.where] = Kept("growing")
    return told | (await _put(into, whole) if whole else {})


async def _both(copying: Awaitable[Sequence[Copy]], describing: Awaitable[list[AudioFacts]]) -> tuple[Sequence[Copy], list[AudioFacts]]:
    """Beside each other, each to its end: both read the same bytes, of which it is known afterwards that they stayed the same."""
    copies, facts = await asyncio.gather(copying, describing, return_exceptions=True)
    if isinstance(copies, BaseException):
        raise copies
    if isinstance(facts, BaseException):
        raise facts
    return copies, facts


async def _put(into: Into, whole: Sequence[tuple[AudioFile, StoredFile, str]]) -> dict[str, Kept]:
    puts: dict[FileId, Put] = await into.db.write(put_new_files, into.pbx, [row for _, row, _ in whole], into.now)
    return {file.where: kept_of(puts[row.id], problem) for file, row, problem in whole if row.id in puts}


async def _forget(into: Into, file: AudioFile, key: MediaKey) -> None:
    """A copy of what stands there no more, unless somebody else kept it just now."""
    if not await into.db.read(list_taken, [file.file_id]):
        await into.media.remove(key)


def _key_of(pbx: str, file: AudioFile, sha256: str) -> MediaKey:
    return media_key(pbx, file.file_id, sha256, file.suffix.lower(), began_at(file))


def _are_same(files: Sequence[AudioFile]) -> list[bool]:
    """Whether each is still as it was when it was found to be complete."""
    return [look(file.where) == file for file in files]


async def _describe(files: Sequence[tuple[str, str]]) -> list[AudioFacts]:
    try:
        return await describe_all_in_child(files)
    except OSError:  # one of them is gone
        return [await _described(path, suffix) for path, suffix in files]


async def _described(path: str, suffix: str) -> AudioFacts:
    try:
        return await describe_in_child(path, suffix)
    except OSError as error:
        return AudioFacts(suffix.lower(), flaws=("unreadable",), problem=error.strerror or str(error))
