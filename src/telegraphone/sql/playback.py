"""Playing with what a download is named after: the recording and its call's moment and numbers, in one transaction."""

from datetime import datetime

import msgspec

from ..access import Actor
from ..db import Tx, moment
from .access_log import Action
from .recordings import Recording, Refused, play


class Playback(msgspec.Struct, frozen=True):
    """A recording that may be heard, and the call that it is of; without a call only the recording's own moment is known."""

    recording: Recording
    started_at: datetime | None = None
    caller: str = ""
    dialled: str = ""


def play_call(tx: Tx, actor: Actor, file_id: str, action: Action, now: datetime) -> Playback | Refused:
    """As `play`; the actor was found to be one who may hear it before anything of the call is read."""
    found = play(tx, actor, file_id, action, now)
    if isinstance(found, Refused):
        return found
    row = tx.one("select started_at, caller_number, dialled_number from calls where id = :id", id=found.call_id)
    if row is None:
        return Playback(found, found.started_at or found.stored_at)
    return Playback(found, moment(row["started_at"]), row["caller_number"], row["dialled_number"])
