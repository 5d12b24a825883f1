"""What is played now: a player asks for one recording in many ranges, and the database need not be asked for each."""

from datetime import datetime, timedelta
from typing import NamedTuple

from ..access import Actor
from ..db import Db
from ..sql.people.access_log import Action
from ..sql.recorded.playback import Playback, find_playing

BELIEVED = timedelta(seconds=1)
"""So long another process may take something away without this one knowing. What this one writes it knows at once."""
MOST = 1000


class Asking(NamedTuple):
    """Who wants to hear what."""

    actor: Actor
    file_id: str
    action: Action


class _Found(NamedTuple):
    playback: Playback
    at: datetime
    written: int


class Playing:
    """What `find_playing` found a moment ago, which is believed until this process writes anything."""

    def __init__(self) -> None:
        self._found: dict[Asking, _Found] = {}

    async def find(self, db: Db, asking: Asking, now: datetime) -> Playback | None:
        """The playback to which one more range belongs. None: it must be found with the row of the access log that tells of it."""
        written, known = db.written, self._found.get(asking)
        if known is not None and known.written == written and timedelta() <= now - known.at < BELIEVED:
            return known.playback
        playback = await db.read(find_playing, *asking, now)
        if playback is not None:
            self._put(asking, _Found(playback, now, written))
        return playback

    def forget(self, asking: Asking) -> bool:
        """Ask the database the next time; whether it would not have been asked."""
        return self._found.pop(asking, None) is not None

    def _put(self, asking: Asking, found: _Found) -> None:
        if len(self._found) >= MOST:
            self._found.clear()
        self._found[asking] = found
