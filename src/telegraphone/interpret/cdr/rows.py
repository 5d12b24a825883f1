"""Call detail records: their times, which of them are one call, who answered in them, what ties them to others."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from ...events import Event
from ..channels import MACHINES
from ..clusters import PICKUP_APPS, Tie
from ..site import SHORT, interface_of

CALLED = ("appdial", "appdial2")
"""What stands for an application in the record of a phone that was called."""
SECOND = timedelta(seconds=1)
HOUR = 3600
LONGEST = timedelta(hours=24)
"""A row that claims to be longer is not followed further."""


class Record(msgspec.Struct, frozen=True):
    """One row, with its times; `answer` is None where nobody answered."""

    event: Event
    app: str
    end: datetime
    answer: datetime | None

    @property
    def at(self) -> datetime:
        return self.event.at

    @property
    def channel(self) -> str:
        return self.event.channel

    @property
    def peer(self) -> str:
        return self.event.peer

    @property
    def is_called(self) -> bool:
        """Whether its channel is a phone that was called."""
        return self.app in CALLED


class Answer(msgspec.Struct, frozen=True):
    """Somebody took the line on this channel. `is_early`: the record's time may be that of the PBX."""

    at: datetime
    channel: str
    row: Record
    is_early: bool = False


class Group(msgspec.Struct):
    """A call in the making. `own` are the rows of the caller's channel."""

    linked_id: str
    rows: list[Record]
    own: list[Record] = []

    @property
    def first(self) -> Record:
        return (self.own or self.rows)[0]

    @property
    def channel(self) -> str:
        """The caller's."""
        return self.own[0].channel if self.own else ""

    @property
    def unique_ids(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([self.first.event.leg, *(row.event.leg for row in self.rows)]))

    @property
    def ids(self) -> set[str]:
        return {self.linked_id, *self.unique_ids}

    def segments(self) -> Iterator[list[Record]]:
        """The caller's rows, those together that one application left."""
        run: list[Record] = []
        for row in self.own:
            if run and (row.app, row.event.app_data) != (run[-1].app, run[-1].event.app_data):
                yield run
                run = []
            run.append(row)
        if run:
            yield run

    def behind(self, rows: list[Record]) -> list[Record]:
        """The rows of Local channels that these lead to, and of the phones behind them."""
        locals_ = {half(row.peer) for row in rows if row.peer and not is_person(row.peer)}
        return [row for row in self.rows if half(row.channel) in locals_ or (row.is_called and half(row.peer) in locals_)]

    def told(self) -> list[Event]:
        """What the rows say of recordings, in the words of other events."""
        return [event for row in self.rows for event in _recorded(row.event)]


def is_person(channel: str) -> bool:
    """Whether a phone or a line has this channel."""
    return bool(channel) and not channel.startswith(MACHINES)


def half(channel: str) -> str:
    """Both halves of a Local channel by one name."""
    return channel[:-2] if channel[-2:] in (";1", ";2") else channel


def read(events: Iterable[Event]) -> list[Record]:
    """All records among these events, each once, by their beginning and the order in which the PBX made them."""
    rows = {(e.at, e.leg, e.app, e.app_data[:100], e.peer, e.repetition): e for e in events if e.kind == "cdr" and e.leg}
    return sorted((_record(event) for event in rows.values()), key=_place)


def _record(event: Event) -> Record:
    detail = event.detail
    lasted, billed = _seconds(detail.get("duration_s")), _seconds(detail.get("billsec_s"))
    end = _moment(detail.get("end")) or event.at + (lasted or timedelta())
    answer = None
    if detail.get("disposition", "").upper() == "ANSWERED":
        answer = _moment(detail.get("answer")) or (end - billed if billed is not None else event.at)
    return Record(event, event.app.lower(), max(end, event.at), answer)


def _place(row: Record) -> tuple[datetime, int, datetime, str, str, int]:
    number = row.event.detail.get("sequence", "")
    return (row.at, int(number) if number.isdecimal() else 0, row.end, row.event.leg, row.peer, row.event.repetition)


def _seconds(text: str | None) -> timedelta | None:
    try:
        return timedelta(seconds=int(float(text))) if text else None
    except (ValueError, OverflowError):
        return None


def _moment(text: str | None) -> datetime | None:
    try:
        told = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return told if told is None or told.tzinfo else None


def groups_of(rows: Iterable[Record]) -> list[Group]:
    """The calls that records make, oldest first."""
    by_linked: dict[str, list[Record]] = {}
    for row in rows:
        by_linked.setdefault(row.event.linked_id or row.event.leg, []).append(row)
    into = _absorbed(by_linked)
    for linked_id, target in into.items():
        by_linked[target] += by_linked.pop(linked_id)
    return [_group(linked_id, sorted(found, key=_place)) for linked_id, found in by_linked.items()]


def _group(linked_id: str, rows: list[Record]) -> Group:
    people = [row for row in rows if is_person(row.channel)]
    callers = [row for row in people if not row.is_called]
    first = next((row for row in callers if row.event.leg == linked_id), None) or next(iter(callers), None)
    first = first or next((row for row in people if row.event.leg == linked_id), None)
    return Group(linked_id, rows, [row for row in rows if first is not None and row.event.leg == first.event.leg])


def _absorbed(by_linked: dict[str, list[Record]]) -> dict[str, str]:
    """Linked ids without a caller of their own, as those of old files that have none, and the call that names their channels."""
    naming: dict[str, set[str]] = {}
    for linked_id, rows in by_linked.items():
        for row in rows:
            if row.peer:
                naming.setdefault(half(row.peer), set()).add(linked_id)
    secondary = {id_ for id_, rows in by_linked.items() if all(_is_secondary(row) for row in rows)}
    into = {}
    for linked_id in secondary:
        found, waiting = {linked_id}, [linked_id]
        while waiting:
            named = {other for row in by_linked[waiting.pop()] for other in naming.get(half(row.channel), ())}
            waiting += sorted((named - found) & secondary)
            found |= named
        mains = [one for one in found - secondary if overlap(by_linked[one], by_linked[linked_id])]
        if mains:
            into[linked_id] = min(mains, key=lambda one: (by_linked[one][0].at, one))
    return into


def _is_secondary(row: Record) -> bool:
    """Whether its channel began no call, and no linked id tells which one it belongs to."""
    is_taker = row.app in PICKUP_APPS
    return row.event.linked_id in ("", row.event.leg) and (row.is_called or is_taker or not is_person(row.channel))


def overlap(some: list[Record], others: list[Record]) -> bool:
    """Whether they may be of one time: the names of channels begin again with every start of the PBX."""
    ends = max(row.end for row in some), max(row.end for row in others)
    return min(row.at for row in some) <= ends[1] and min(row.at for row in others) <= ends[0]


def first_answer(rows: Iterable[Record]) -> Answer | None:
    """Whoever answered first in these rows. Where one tells it too early: when the other phones stopped ringing."""
    rows = list(rows)
    found = [answer for row in rows if (answer := _answer(row)) is not None]
    first = min(found, key=lambda answer: (answer.at, answer.is_early), default=None)
    if first is None or not first.is_early:
        return first
    row = first.row
    beside = [one.end for one in rows if one.answer is None and one.event.leg == row.event.leg and one.event.app_data == row.event.app_data]
    return msgspec.structs.replace(first, at=max([first.at, *(end for end in beside if row.at <= end <= row.end)]))


def _answer(row: Record) -> Answer | None:
    if row.answer is None:
        return None
    if row.is_called:
        return Answer(row.answer, row.channel, row) if is_person(row.channel) else None
    return Answer(row.answer, row.peer, row, is_early=row.answer <= row.at) if is_person(row.peer) else None


def _recorded(event: Event) -> Iterator[Event]:
    told = event.detail.get("recordingfile", "") or event.detail.get("userfield", "").partition("audio:")[2]
    if told:
        yield Event(kind="attached", at=event.at, detail={"key": "recording", "value": told})
    if event.app.lower() == "mixmonitor":
        yield Event(kind="app_started", at=event.at, app="MixMonitor", app_data=event.app_data)


def record_ties(events: Iterable[Event]) -> Iterator[Tie]:
    """Records that name one channel belong together, and those of a phone that has two calls at once.

    Names of channels begin again with every start of the PBX, so a channel ties for the hours of its row only.
    """
    for row in read(events):
        first, last = (int(moment.timestamp()) // HOUR for moment in (row.at, min(row.end, row.at + LONGEST)))
        for channel in {half(row.channel), half(row.peer)} - {""}:
            yield from (Tie(f"channel:{channel}@{hour}") for hour in range(first, last + 1))
        yield from _phones(row)


def _phones(row: Record) -> Iterator[Tie]:
    """Only phones, by their short numbers, have two calls of one person: calls of a trunk have nothing to do with each other."""
    if row.is_called:
        return
    for channel, told in ((row.channel, row.event.number), (row.peer if row.answer else "", "")):
        interface = interface_of(channel)
        number = told or interface.rpartition("/")[2]
        if is_person(channel) and number.isdigit() and len(number) <= SHORT:
            # Seconds are whole: what begins in the second in which another call ended came after it, as a rule.
            yield Tie(f"phone:{interface}/{number}", row.at, max(row.at, row.end - SECOND))
