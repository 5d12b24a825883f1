"""When a file of a folder is complete: it stopped growing and its call is over, or a day went by."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from .recordings import AudioFile

QUIET_S = 1.0
"""A file that keeps its size and time for so long is written to no more, or not now."""
UNCHANGED_S = 0.5
"""How long we must have seen it so ourselves, whatever its time says of how long it was so before: another's clock may differ."""
SETTLED_S = 10.0
"""A file whose time is so long ago need not be looked at twice; far more than clocks differ that somebody takes care of."""
DAY_S = 86_400.0
OFTEN, SELDOM = timedelta(seconds=UNCHANGED_S), timedelta(seconds=60)


class Pending(msgspec.Struct, frozen=True):
    """A file that may be growing: seen like this since when, and when to look at it again."""

    file: AudioFile
    since: datetime
    due_at: datetime

    def seen(self, file: AudioFile, now: datetime) -> "Pending":
        """The same after another look: it begins anew if the file changed."""
        return self if file == self.file else first_seen(file, now)

    def later(self, state: Literal["ongoing", "over"] | None, now: datetime) -> "Pending":
        """Looked at again soon when its call is known to go on; ever more seldom when nobody knows its call."""
        pause = OFTEN if state == "ongoing" else min(max(OFTEN, timedelta(seconds=age_s(self.file, now) / 10)), SELDOM)
        quiet_at = self.since + timedelta(seconds=self._quiet_after_s())
        return msgspec.structs.replace(self, due_at=now + pause if self.is_quiet(now) else min(quiet_at, now + pause))

    def is_quiet(self, now: datetime) -> bool:
        """It stopped growing. A clock that was set back makes no file wait."""
        return abs((now - self.since).total_seconds()) >= self._quiet_after_s() or age_s(self.file, now) >= SETTLED_S

    def _quiet_after_s(self) -> float:
        """How long it has to stay as it was seen first: less, if it had been so for a while."""
        return min(max(QUIET_S - age_s(self.file, self.since), UNCHANGED_S), QUIET_S)

    def is_due(self, now: datetime) -> bool:
        """It is to be looked at now."""
        return now >= self.due_at or self.due_at - now > 2 * SELDOM

    def is_complete(self, state: Literal["ongoing", "over"] | None, now: datetime) -> bool:
        """Whether it can be kept as it is; `state`: its call's, if that is known."""
        return is_old(self.file, now) or (state == "over" and self.is_quiet(now))


def first_seen(file: AudioFile, now: datetime) -> Pending:
    """A file that was not looked at before, or not like this. The sooner it is looked at again, the sooner it is known to be quiet."""
    is_settled = age_s(file, now) >= SETTLED_S
    return Pending(file, now, now if is_settled else now + OFTEN)


def age_s(file: AudioFile, now: datetime) -> float:
    """Seconds since the file was written to, by two clocks."""
    return now.timestamp() - file.mtime / 1e9


def is_old(file: AudioFile, now: datetime) -> bool:
    """A day went by: whatever its call does, nobody waits longer for it."""
    return age_s(file, now) >= DAY_S
