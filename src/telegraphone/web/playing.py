"""What is played now: one recording is asked for again and again, mostly in ranges, and the database need not be asked each time."""

from datetime import datetime, timedelta
from typing import NamedTuple

from ..access import Actor
from ..db import Db
from ..sql.people.access_log import ONE_PLAYBACK, Action
from ..sql.recorded.playback import Playback, Refused, find_playing, play

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
    """What was found a moment ago, which is believed until this process writes anything."""

    def __init__(self) -> None:
        self._found: dict[Asking, _Found] = {}

    async def find(self, db: Db, asking: Asking, now: datetime, *, is_range: bool) -> Playback | Refused:
        """The recording, together with the row of the access log that tells of it.

        A range belongs to a playback more often than not, a whole file only if it was asked for before: then the row is looked for
        first. Otherwise the transaction that writes it looks itself.
        """
        written, known = db.written, self._recent(asking, now)
        if known is not None and known.written == written and now - known.at < BELIEVED:
            return known.playback
        found: Playback | Refused | None = await db.read(find_playing, *asking, now) if is_range or known else None
        if found is None:
            found = await db.write(play, *asking, now)
        self._keep(asking, found, now, written)
        return found

    def forget(self, asking: Asking) -> bool:
        """Ask the database the next time; whether it would not have been asked."""
        return self._found.pop(asking, None) is not None

    def _recent(self, asking: Asking, now: datetime) -> _Found | None:
        known = self._found.get(asking)
        return known if known is not None and timedelta() <= now - known.at < ONE_PLAYBACK else None

    def _keep(self, asking: Asking, found: Playback | Refused, now: datetime, written: int) -> None:
        """`written`: as it was before anything was looked for. What wrote its row is therefore read once more before it is believed."""
        if len(self._found) >= MOST:
            self._found.clear()
        if isinstance(found, Playback):
            self._found[asking] = _Found(found, now, written)
        else:
            self._found.pop(asking, None)
