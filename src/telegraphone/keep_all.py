"""Many files of a folder into the record at once: read once, brought to the disk together, and put in one transaction.

Only what has no audio yet goes this way; what must be compared with something goes the way of a single file (recordings.py).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path

from msgspec import structs

from .audio import AudioFacts
from .audio_child import describe_all_in_child, describe_in_child
from .db import Db
from .ingest.recordings import AudioFile, look
from .media import FileIn, Media, Stored
from .model import FileId, MediaKey
from .recordings import Into, Kept, began_at, keep_complete, kept_of, media_key, stored_row
from .sql.folder_files import list_taken
from .sql.put_recordings import Put, is_file_id, put_new_files

AT_ONCE = 4


async def keep_all(db: Db, media: Media, files: Sequence[AudioFile], pbx: str, now: datetime) -> list[Kept]:
    """Keep files that are complete and not kept; what became of each, in their order. Of those with one id the first comes first."""
    into = Into(db, media, pbx, now)
    taken: set[str] = await db.read(list_taken, [file.file_id for file in files])
    new = {file.file_id: file for file in reversed(files) if is_file_id(file.file_id) and file.file_id not in taken}
    told = await _keep_new(into, list(new.values())) if new else {}
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


async def _keep_new(into: Into, files: Sequence[AudioFile]) -> dict[str, Kept]:
    """By their paths. One that is not in the answer must be compared with what has got its id meanwhile."""
    copies = await into.media.put_files([FileIn(file.path, partial(_key_of, into.pbx, file)) for file in files])
    told: dict[str, Kept] = {}
    whole: list[tuple[AudioFile, MediaKey, Stored]] = []
    for file, copy, is_same in zip(files, copies, await asyncio.to_thread(_are_same, files), strict=True):
        if isinstance(copy, OSError):
            told[file.where] = Kept("unreadable", problem=copy.strerror or str(copy))
        elif is_same and copy[1].bytes == file.bytes:
            whole.append((file, *copy))
        else:
            await _forget(into, file, copy[0])
            told[file.where] = Kept("growing")
    return told | await _put(into, whole)


async def _put(into: Into, whole: Sequence[tuple[AudioFile, MediaKey, Stored]]) -> dict[str, Kept]:
    if not whole:
        return {}
    facts = await _describe([(into.media.path(key) or file.path, file.suffix) for file, key, _ in whole])
    rows = []
    for (file, key, stored), found in zip(whole, facts, strict=True):
        row = stored_row(into.pbx, file.file_id, found, stored, key)
        rows.append(structs.replace(row, source_path=file.source_path, source_mtime=file.mtime))
    puts: dict[FileId, Put] = await into.db.write(put_new_files, into.pbx, rows, into.now)
    named = {file.where: (file.file_id, found.problem) for (file, _, _), found in zip(whole, facts, strict=True)}
    return {where: kept_of(puts[id], problem) for where, (id, problem) in named.items() if id in puts}


async def _forget(into: Into, file: AudioFile, key: MediaKey) -> None:
    """A copy of what stands there no more, unless somebody else kept it just now."""
    if not await into.db.read(list_taken, [file.file_id]):
        await into.media.remove(key)


def _key_of(pbx: str, file: AudioFile, sha256: str) -> MediaKey:
    return media_key(pbx, file.file_id, sha256, file.suffix.lower(), began_at(file))


def _are_same(files: Sequence[AudioFile]) -> list[bool]:
    """Whether each is still as it was when it was found to be complete."""
    return [look(file.where) == file for file in files]


async def _describe(files: Sequence[tuple[Path, str]]) -> list[AudioFacts]:
    try:
        return await describe_all_in_child(files)
    except OSError:  # one of them is gone, after it was copied
        return [await _described(path, suffix) for path, suffix in files]


async def _described(path: Path, suffix: str) -> AudioFacts:
    try:
        return await describe_in_child(path, suffix)
    except OSError as error:
        return AudioFacts(suffix.lower(), flaws=("unreadable",), problem=error.strerror or str(error))
