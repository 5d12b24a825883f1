"""Hearing a recording: it is found within what the actor may hear *and* it is written down that he asked, in one transaction."""

from datetime import datetime

import msgspec

from ...access import Actor, require, visible_calls
from ...db import Tx
from ...errors import Forbidden, NotFound, TelegraphoneError
from ...model import Call
from ..people.access_log import Action, add_access, noted
from .put_recordings import is_file_id
from .recordings import Recording, find_with_call


class Refused(msgspec.Struct, frozen=True):
    """No audio, and why. A value: raised inside the transaction it would undo the row that tells of it."""

    code: str
    detail: str

    def error(self) -> TelegraphoneError:
        """What the handler raises after the commit."""
        return Forbidden(self.detail) if self.code == Forbidden.code else NotFound(self.detail)


class Playback(msgspec.Struct, frozen=True, eq=False):
    """A recording that may be heard, and the call that it is of, if it is known: a download is named after it. Each one is itself."""

    recording: Recording
    call: Call | None = None

    @property
    def started_at(self) -> datetime | None:
        """When the call began; without a call only the recording's own moment is known."""
        return self.call.started_at if self.call else self.recording.started_at or self.recording.stored_at


def play(tx: Tx, actor: Actor, file_id: str, action: Action, now: datetime) -> Playback | Refused:
    """Find the recording within what the actor may hear *and* write down that he asked: without the row there is no audio.

    `metadata` needs the right to read and no audio, all else the right to listen. Two ranges that come at once are one row too.
    """
    if not is_file_id(file_id):
        found: Playback | Refused = Refused(NotFound.code, "there is no such recording")
    else:
        tx.lock(f"play {actor.name} {file_id}")
        found = _heard(tx, actor, file_id, action, now)
    if isinstance(found, Refused):
        add_access(tx, actor, action, file_id, now=now, outcome=found.code)
    else:
        add_access(tx, actor, action, file_id, now=now, call_id=found.recording.call_id)
    return found


def find_playing(tx: Tx, actor: Actor, file_id: str, action: Action, now: datetime) -> Playback | None:
    """What this actor hears already: the row that tells of it is no minute old, and one more range of it needs none. It only reads."""
    if not is_file_id(file_id):
        return None
    found = _heard(tx, actor, file_id, action, now, is_playing=True)
    return None if isinstance(found, Refused) else found


def _heard(tx: Tx, actor: Actor, file_id: str, action: Action, now: datetime, *, is_playing: bool = False) -> Playback | Refused:
    try:
        require(actor, "read" if action == "metadata" else "listen")
    except Forbidden as error:
        return Refused(error.code, error.detail)
    where, args = _audible_calls(actor)
    if is_playing:
        condition, more = noted(actor, action, file_id, now)
        where, args = [*where, condition], args | more
    found = find_with_call(tx, where, args, file_id)
    if found is None:
        return Refused(NotFound.code, f"there is no recording {file_id}")
    if action in ("listen", "download") and found[0].state != "available":
        return Refused(NotFound.code, f"the audio of {file_id} is not there: {found[0].state_at(now)}")
    return Playback(*found)


def _audible_calls(actor: Actor) -> tuple[list[str], dict[str, object]]:
    """Who may listen needs no right to search: he may see what he is given the name of."""
    return visible_calls(msgspec.structs.replace(actor, rights=actor.rights | {"read"}))
