"""Transfers and parking, as far as call detail records tell.

Rules. An answered row of the caller's channel that another one follows at once was transferred blindly, if the extension or the context
changed and the call was not parked: else the dial plan went on. To somebody whom the transferer had called meanwhile, in a call of his own,
it was an attended transfer. Whoever talks to the caller next has retrieved a parked call.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from ...model import Parking, Transfer
from ..outcome import DIALS
from ..site import interface_of
from .known import CONFERENCES, NOTES, TALKING, Known, number_of
from .rows import Record, is_person

AT_ONCE = timedelta(seconds=1)
PARKS = ("park", "parkandannounce")


def transfers(known: Known) -> Iterator[Transfer]:
    """All transfers of a call, in order."""
    segments = list(known.group.segments())
    for place, rows in enumerate(segments):
        answered = _answered(rows)
        if rows[0].app not in (*DIALS, "queue") or not answered:
            continue
        yield from _attended(answered, known)
        end, after = answered[-1].end, next(iter(segments[place + 1 : place + 2]), rows)[0]
        if after is not rows[0] and after.app in TALKING and abs(after.at - end) <= AT_ONCE and (to := _target(rows, after)):
            yield _transfer("blind", answered[-1], to, end, known)


def _answered(rows: list[Record]) -> list[Record]:
    return [row for row in rows if row.answer and is_person(row.peer)]


def _target(rows: list[Record], after: Record) -> str:
    """Where a blind transfer led: the extension that took the place of the first one, in this record or in the next."""
    first, last = rows[0].event, rows[-1].event
    if last.exten != first.exten:
        return last.exten
    is_moved = last.exten != after.event.exten or last.context != after.event.context or after.app in CONFERENCES
    return after.event.exten if is_moved else ""


def _attended(answered: list[Record], known: Known) -> Iterator[Transfer]:
    for before, row in pairwise(answered):
        for group in known.near:
            is_his = group is not known.group and group.own and interface_of(group.channel) == interface_of(before.peer)
            if is_his and any(other.peer == row.peer for other in group.own):
                yield _transfer("attended", before, group.first.event.exten, before.end, known)


def _transfer(kind: Literal["blind", "attended"], row: Record, to: str, at: datetime, known: Known) -> Transfer:
    known.notes["transfers"] = NOTES["transfers"]
    return Transfer(kind, number_of(row.peer, known), to, at, known.agents.get(row.peer))


def parkings(known: Known) -> Iterator[Parking]:
    """Each time that the caller was parked."""
    rows = known.group.own
    for place, row in enumerate(rows):
        if row.app in PARKS:
            by, taker = _answered(rows[:place])[-1:], _answered(rows[place + 1 :])[:1]
            retrieved = (number_of(taker[0].peer, known), row.end) if taker else (None, None)
            yield Parking(number_of(by[0].peer, known) if by else "", row.event.app_data.rpartition(":")[2], row.at, *retrieved)
