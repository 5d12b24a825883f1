"""Passages through queues, as far as call detail records tell.

Rules. The rows that one Queue() left on the caller's channel are one passage. It was answered if a person answered there or behind the
Local half that stands for the member. Whoever hung up in the queue left no further row; else the time that Queue() was given tells whether
it was up or the queue had become empty. A queue that refused a call left no row at all.
"""

from collections.abc import Iterator
from datetime import timedelta

from ...model import AgentTalk, QueueOutcome, QueuePassage
from ..site import Site, interface_of
from .known import NOTES, Known, Passage
from .rows import Group, first_answer, is_person

ROUNDED = timedelta(seconds=2)
"""By so much a wait in whole seconds may differ."""


def passages(group: Group) -> Iterator[Passage]:
    """All passages of a call in order."""
    segments = list(group.segments())
    for place, rows in enumerate(segments):
        if rows[0].app == "queue":
            answer = first_answer([*rows, *group.behind(rows)])
            local = next((row.peer for row in rows if row.answer and not is_person(row.peer)), "")
            yield Passage(rows, answer, interface_of(local or answer.channel) if answer else "", place == len(segments) - 1)


def told(passage: Passage, site: Site) -> QueuePassage:
    """A passage as the record shows it."""
    rows, answer = passage.rows, passage.answer
    left = answer.at if answer else max(row.end for row in rows)
    waited = max(left - rows[0].at, timedelta())
    line = answer.channel if answer and passage.member != interface_of(answer.channel) else ""
    rang = dict.fromkeys(site.member(interface_of(row.peer)) for row in rows if row.peer and row.peer != line and row.at <= left)
    return QueuePassage(
        name=passage.queue, entered_at=rows[0].at, outcome=_left(passage, waited), wait_s=waited.total_seconds(),
        agent=site.member(passage.member) if answer else None, rang=tuple(rang), number=site.queues.get(passage.queue, ""),
    )  # fmt: skip


def _left(passage: Passage, waited: timedelta) -> QueueOutcome:
    if passage.answer is not None:
        return "answered"
    if passage.is_last:
        return "abandoned"
    limit = (passage.rows[0].event.app_data.split(",") + [""] * 5)[4]
    return "leaveempty" if limit.isdecimal() and waited + ROUNDED < timedelta(seconds=int(limit)) else "timeout"


def talks(known: Known) -> Iterator[AgentTalk]:
    """The members who answered, each until the last row that names his phone."""
    for passage in known.passages:
        known.notes["queues"] = NOTES["queues"]
        if (answer := passage.answer) is not None:
            known.notes["agents"] = NOTES["agents"]
            to = max((row.end for row in known.group.rows if row.peer == answer.channel), default=answer.row.end)
            yield AgentTalk(number=known.agents[answer.channel], from_=answer.at, to=to)
