"""Audio on its way in: noted before the first byte, so that whatever ends an upload, its audio has a row or is removed soon."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from .db import Db
from .errors import Unavailable
from .media import Media
from .model import MediaKey
from .sql.recorded.loose_media import claim_over, forget_loose, has_over, prolong_loose, put_loose

PATIENCE = timedelta(minutes=1)
"""How long nothing may be heard of an upload; it is heard of three times as often."""


@asynccontextmanager
async def arriving(db: Db, key: MediaKey, now: datetime) -> AsyncIterator[None]:
    """While the block puts audio under this key. A recording takes the key with `take_loose`, in the transaction of its row."""
    began = time.monotonic()

    def until() -> datetime:
        return now + timedelta(seconds=time.monotonic() - began) + PATIENCE

    async def prolong() -> None:
        while True:
            await asyncio.sleep(PATIENCE.total_seconds() / 3)
            with suppress(Unavailable):
                await db.write(prolong_loose, key, until())

    await db.write(put_loose, key, until())
    prolonging = asyncio.create_task(prolong())
    try:
        yield
    finally:
        prolonging.cancel()
        await asyncio.gather(prolonging, return_exceptions=True)


async def remove_over(db: Db, media: Media, now: datetime) -> bool:
    """Remove audio that no recording took in its time; whether there may be more. May be done by several at once."""
    if not await db.read(has_over, now):
        return False
    keys = await db.write(claim_over, now)
    for key in keys:
        await media.remove(key)
    await db.write(forget_loose, keys)
    return True
