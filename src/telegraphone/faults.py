"""What does not fit together: rows without their audio, audio without a row, lines that nobody understood, files without a call."""

from typing import Any

import msgspec

from .access import SYSTEM
from .db import Db
from .errors import NotFound
from .media import PROBES, Media
from .migrate import pending
from .sql.pbx.sources import UnreadableLine, count_unreadable, list_unreadable
from .sql.recorded.recordings import Recording, Stored, list_stored, list_unmatched

PAGE = 1000
TOLD = 20


class Faults(msgspec.Struct, frozen=True):
    """`telegraphone check`'s findings. `without_audio` are file ids, `without_row` media keys; `unreadable_lines` are the newest."""

    migrations_pending: list[str]
    recordings: int
    without_audio: list[str]
    without_row: list[str]
    unreadable: int
    unreadable_lines: list[UnreadableLine]
    unmatched: list[str]

    @property
    def is_sound(self) -> bool:
        """Nothing is lost. Unreadable lines and unmatched files are known and kept: they are told, but are no fault of the store."""
        return not (self.migrations_pending or self.without_audio or self.without_row)

    def text(self) -> str:
        """For people: the counts, and under each what it counts."""
        lines = [f"{self.recordings:>9,} recordings with audio"]
        lines += _listed("migrations not applied", self.migrations_pending)
        lines += _listed("recordings whose audio is not in the media store, or not whole", self.without_audio)
        lines += _listed("audio files in the media store that no recording names", self.without_row)
        places = [f"{line.path} line {line.position}: {line.reason}" for line in self.unreadable_lines]
        lines += _listed("lines and files that could not be read", places, self.unreadable)
        lines += _listed("recordings that belong to no known call", self.unmatched)
        return "\n".join([*lines, "Everything is where it should be." if self.is_sound else "Something is lost: see above."])


def _listed(what: str, found: list[str], count: int | None = None) -> list[str]:
    count = len(found) if count is None else count
    more = [f"          … and {count - TOLD:,} more; --json lists them"] if count > TOLD else []
    return [f"{count:>9,} {what}", *(f"          {one}" for one in found[:TOLD]), *more]


async def find_faults(db: Db, media: Media) -> Faults:
    """Ask the database and the media store. Nothing is changed, and both may be in use."""
    stored = await _stored(db)
    lines = await db.read(list_unreadable, SYSTEM)
    return Faults(
        migrations_pending=pending(db),
        recordings=len(stored),
        without_audio=[str(one.id) for one in stored if not await _is_there(media, one)],
        without_row=await _without_row(db, media),
        unreadable=await db.read(count_unreadable, SYSTEM),
        unreadable_lines=lines,
        unmatched=[str(one.id) for one in await _unmatched(db)],
    )


async def _stored(db: Db) -> list[Stored]:
    return await _pages(db, list_stored)


async def _unmatched(db: Db) -> list[Recording]:
    return await _pages(db, list_unmatched, SYSTEM)


async def _pages(db: Db, list_page: Any, *args: Any) -> list[Any]:
    found: list[Any] = []
    while page := await db.read(list_page, *args, cursor=str(found[-1].id) if found else "", limit=PAGE):
        found += page
    return found


async def _is_there(media: Media, stored: Stored) -> bool:
    try:
        return await media.size(stored.media_key) == stored.bytes
    except NotFound:
        return False


async def _without_row(db: Db, media: Media) -> list[str]:
    """The keys are listed before the rows are asked for again: what is being stored meanwhile is no orphan."""
    keys = {str(key) async for key in media.list() if not key.startswith(PROBES)}
    rows = {str(one.media_key) for one in await _stored(db)}
    return sorted(keys - rows)
