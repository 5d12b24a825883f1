"""What a PBX can tell us, in our words. Ingest sources speak only this; interpretation reads only this."""

import hashlib
from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal[
    # a leg's life
    "leg_started", "leg_answered", "leg_hung_up", "leg_ended", "linked_id_ended",
    # what a dial plan does with it
    "app_started", "app_ended", "user_event", "attached", "recording_started", "recording_stopped",
    # who is together with whom
    "bridge_entered", "bridge_left", "local_optimizing", "local_optimized",
    "transferred_blind", "transferred_attended", "picked_up", "forwarded", "park_started", "park_ended",
    # sound and fingers
    "stream_started", "stream_stopped", "dtmf", "held", "unheld", "muted", "unmuted",
    # what a queue tells
    "queue_entered", "queue_connected", "queue_completed", "queue_abandoned", "queue_timed_out", "queue_emptied",
    "queue_key_pressed", "queue_refused", "queue_not_answered", "queue_transferred", "queue_told",
    # the PBX itself, and whatever we have no word for yet
    "pbx_started", "cdr", "other",
]  # fmt: skip


AMI = "asterisk-ami"
"""The source whose events may be told by another, too, with other words for the time (interpret/echoes.py)."""


class Event(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something that happened to one leg, with what the PBX said of that leg in the same breath.

    `leg` is the unique id of the leg (Asterisk: of the channel), `linked_id` that of the call as the PBX sees it now; a queue's log knows
    only the leg. `channel` is the PBX's own name of the leg (`PJSIP/1003-00000001`). `position` is the place in its source (line, row id):
    with `at` it orders events (calls.md, rule 2). `detail` holds what only this kind has, as text; see docs/api.md for each kind.
    """

    kind: Kind
    at: datetime
    leg: str = ""
    linked_id: str = ""
    channel: str = ""
    number: str = ""
    name: str = ""
    ani: str = ""
    rdnis: str = ""
    dnid: str = ""
    exten: str = ""
    context: str = ""
    app: str = ""
    app_data: str = ""
    peer: str = ""
    queue: str = ""
    member: str = ""
    detail: dict[str, str] = {}
    source: str = ""
    position: int = 0
    repetition: int = 0


class Unreadable(msgspec.Struct, frozen=True):
    """A line that could not be understood: data, not an exception; ingest goes on."""

    position: int
    text: str
    reason: str


def digest(event: Event) -> bytes:
    """16 bytes that recognise an event by what it says, wherever it stood (calls.md, rule 5a).

    Only what every form of a source carries takes part: CSV cut at 1024 characters, a table with more columns and a queue_log file with
    whole seconds must agree with each other. `repetition` counts equal rows within their source (0, 1, …), so real repetitions stay two.
    """
    is_queue = event.kind.startswith("queue_") or event.kind == "pbx_started"
    moment = int(event.at.timestamp()) if is_queue else round(event.at.timestamp() * 1_000_000)
    said = (
        event.kind, moment, event.leg, event.queue, event.member, event.app, event.app_data[:100],
        event.detail.get("bridge_id", ""), event.detail.get("verb", ""), event.repetition,
    )  # fmt: skip
    return hashlib.blake2b(repr(said).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def order(event: Event) -> tuple[datetime, str, int, int]:
    """The place of an event among the others of its PBX: when, then where it stood."""
    return (event.at, event.source, event.position, event.repetition)
