"""What the fields of a call are inferred from, and the reasons that are told for it."""

import msgspec

from ..outcome import DIALS
from ..parties import NO_EXTEN, plain
from ..site import SHORT, Site, interface_of
from .rows import Answer, Group, Record, is_person

CONFERENCES = ("confbridge", "meetme")
TALKING = (*DIALS, *CONFERENCES, "queue")
NOTES = {
    "dialled": "a record tells the last extension that the dial plan reached, not what was dialled",
    "overwritten": "a transfer took the place of the extension in the record: inferred from whoever answered",
    "unseen": "no record of the caller's own channel: inferred from those that the call led to",
    "direction": "no trunk's endpoint is configured: inferred from known phones and numbers",
    "answered_at": "only a record tells of the answer",
    "early": "the line was taken before somebody answered: a record does not tell when that was",
    "queues": "only records tell of the queue: inferred from how they follow each other",
    "agents": "only records tell who answered",
    "outcome": "inferred from the disposition of the records",
    "transfers": "inferred from records that follow each other",
    "consultation_of": "begun by a phone within another of its calls",
    "ended_at": "no record of the caller's own channel: the call's end was not told",
}


class Passage(msgspec.Struct, frozen=True):
    """A way through a queue: the rows that the caller's channel left of it, and who answered."""

    rows: list[Record]
    answer: Answer | None
    member: str
    is_last: bool

    @property
    def queue(self) -> str:
        return self.rows[0].event.app_data.partition(",")[0]


class Known(msgspec.Struct):
    """What the fields of a call must know: its rows, those of other calls of its time, the installation; and what was inferred so far."""

    group: Group
    near: list[Group]
    site: Site
    answer: Answer | None = None
    passages: list[Passage] = []
    agents: dict[str, str] = {}
    notes: dict[str, str] = {}


def is_outside(channel: str, context: str, number: str, site: Site) -> bool:
    """Whether a leg leads out. Records tell the last context only, so contexts alone cannot show that a call stayed inside."""
    interface = interface_of(channel) if is_person(channel) else ""
    if not interface:
        return number not in site.users.values() and len(number.lstrip("+")) > SHORT
    if site.is_outside(interface, context, number):
        return True
    only_contexts = site.knows_trunks and not site.trunk_endpoints
    return only_contexts and msgspec.structs.replace(site, trunk_contexts=()).is_outside(interface, context, number)


def number_of(channel: str, known: Known) -> str:
    """The number of a person's channel: the directory's, its own record's, what was dialled outside, or what its name tells."""
    interface = interface_of(channel)
    if interface in known.site.users:
        return known.site.users[interface]
    rows = [row for group in (known.group, *known.near) for row in group.rows]
    own = next((plain(row.event.number) for row in rows if row.channel == channel and row.event.number), "")
    dials = (row.event.exten for row in rows if row.peer == channel and row.app in DIALS)
    dialled = next((exten for exten in dials if exten not in NO_EXTEN), "")
    if own or (dialled and is_outside(channel, "", dialled, known.site)):
        return own or dialled
    tail = interface.rpartition("/")[2]
    return tail if tail.isdigit() else dialled
