"""Whether the place for audio can be written and read, and how much room this machine's disks have: one of its workers looks."""

import asyncio
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from ..config import Config
from ..db import Db, Tx
from ..errors import TelegraphoneError
from ..interpret import Settings
from ..logs import get_log
from ..media import PROBES, Media
from ..model import MediaKey
from ..sql.recorded.recording_news import count_missing
from ..sql.server.conditions import Seen, is_fresh, put_condition
from ..sql.server.counts import count_recordings
from ..sql.server.leases import take_lease

EVERY_S = 10.0
PATIENCE_S = 10.0
COUNT_EVERY = timedelta(minutes=5)
_PROBE = b"Telegraphone looks whether it can write and read here.\n"
_log = get_log()


class Places:
    """One for the process."""

    def __init__(self, config: Config, media: Media) -> None:
        self._media, self._folders, self._host = media, folders_of(config), socket.gethostname()
        self._low_bytes = config.low_disk_mib * 1024**2
        self._holder = secrets.token_hex(8)

    async def work(self, db: Db, _: Settings, now: datetime) -> None:
        """Look at all of them, if none of this machine's other workers does."""
        if not await db.write(take_lease, f"places {self._host}", self._holder, now):
            return
        seen = [await self._look_at_media(), *await asyncio.to_thread(self._look_at_disks)]
        for one, before in zip(seen, await db.write(_put_all, seen, now), strict=True):
            if before != one.state and not (before is None and one.state == "ok"):
                _tell(one)

    async def _look_at_media(self) -> Seen:
        problem = ""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await probe(self._media)
        except TimeoutError:
            problem = f"no answer within {PATIENCE_S:.0f} s"
        except TelegraphoneError as error:
            problem = error.detail
        return Seen(kind="media", name=self._host, state="failing" if problem else "ok", reason=problem)

    def _look_at_disks(self) -> list[Seen]:
        """Each disk once, by the first of our folders on it."""
        found: dict[int, Seen] = {}
        for folder in self._folders:
            there = next(path for path in (folder, *folder.parents) if path.exists())
            device = there.stat().st_dev
            if device not in found:
                usage = shutil.disk_usage(there)
                state, facts = "ok" if usage.free >= self._low_bytes else "low", {"free_bytes": usage.free, "total_bytes": usage.total}
                reason = "" if state == "ok" else f"only {usage.free // 1024**2:,} MiB are free"
                found[device] = Seen(kind="disk", name=f"{self._host}\n{folder}", state=state, reason=reason, facts=facts)
        return list(found.values())


def _put_all(tx: Tx, seen: Sequence[Seen], now: datetime) -> list[str | None]:
    return [put_condition(tx, one, now) for one in seen]


def _tell(one: Seen) -> None:
    thing = one.name.replace("\n", " ")
    if one.state == "ok":
        _log.warning(f"the {one.kind} is well again", which=thing)
    else:
        _log.error(f"the {one.kind} is not well", which=thing, reason=one.reason)


def folders_of(config: Config) -> tuple[Path, ...]:
    """The folders of this machine in which something is kept."""
    named = [config.media.removeprefix("file://")] if config.media.startswith("file://") else []
    if config.database.startswith("sqlite:///"):
        named.append(str(Path(config.database.removeprefix("sqlite:///")).absolute().parent))
    return (config.data.absolute(), *map(Path, named))


async def probe(media: Media) -> None:
    """Write some bytes, read them, take them away. Unavailable if that cannot be done."""
    key = MediaKey(f"{PROBES}{secrets.token_hex(8)}")
    await media.put(key, _once(_PROBE))
    try:
        async for _ in media.get(key):
            pass
    finally:
        await media.remove(key)


async def _once(chunk: bytes) -> AsyncIterator[bytes]:
    yield chunk


async def count_all_recordings(db: Db, _: Settings, now: datetime) -> None:
    """How many recordings are in which state, and how many were told as missing: counted by one worker of all, and not too often."""
    if not await db.read(is_fresh, "count", "recordings", now - COUNT_EVERY):
        counts = {"recordings": await db.read(count_recordings), "missing": await db.read(count_missing)}
        await db.write(_put_all, [Seen(kind="count", name=name, state="ok", facts=facts) for name, facts in counts.items()], now)
