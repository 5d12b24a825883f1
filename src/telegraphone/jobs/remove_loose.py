"""Audio that an upload left in the media store when it was cut off is removed."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from ..arrivals import remove_over
from ..db import Db
from ..interpret import Settings
from ..media import Media


def removing_loose(media: Media) -> Callable[[Db, Settings, datetime], Awaitable[bool]]:
    """The work, for this media store."""

    async def remove_loose_media(db: Db, _: Settings, now: datetime) -> bool:
        return await remove_over(db, media, now)

    return remove_loose_media
