"""What a PBX writes while calls go on: rows of CEL, lines of queue_log. A stand-in for Asterisk's own writing, in Asterisk's own words.

Channels get their numbers in the order of their birth, whichever call they belong to. As calls are told one after the other, the whole
story is told twice: once to learn the births, once to write it down.
"""

import csv
import json
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

COLUMNS = (
    "eventtype", "eventtime", "userdeftype", "cid_name", "cid_num", "cid_ani", "cid_rdnis", "cid_dnid", "exten", "context", "channame",
    "appname", "appdata", "amaflags", "accountcode", "peeraccount", "uniqueid", "linkedid", "userfield", "peer", "extra",
)  # fmt: skip
USER_EVENT = "ATTACHED_DATA"


class Channel(msgspec.Struct):
    """A channel as the PBX shows it at this moment."""

    name: str
    unique_id: str
    linked_id: str
    who: str = ""
    number: str = ""
    ani: str = ""
    dnid: str = ""
    exten: str = ""
    context: str = ""
    app: str = ""
    data: str = ""

    def now(self, **changes: str) -> "Channel":
        """Change what it shows."""
        for field, value in changes.items():
            setattr(self, field, value)
        return self


class Row(NamedTuple):
    """A row of CEL; `cells` are the columns without the time."""

    at: datetime
    kind: str
    own_kind: str
    cells: tuple[str, ...]


class Numbers:
    """Running numbers of each kind: as asked, until `in_order` gives those that follow the births."""

    def __init__(self, ranks: dict[str, list[int]] | None = None) -> None:
        self._births: dict[str, list[datetime]] = {}
        self._ranks = ranks

    def next(self, kind: str, at: datetime) -> int:
        """The number of what is born now."""
        births = self._births.setdefault(kind, [])
        births.append(at)
        place = len(births) - 1
        return place if self._ranks is None else self._ranks[kind][place]

    def in_order(self) -> "Numbers":
        """The same births, numbered by time."""
        ranks: dict[str, list[int]] = {}
        for kind, births in self._births.items():
            ranks[kind] = [0] * len(births)
            for rank, place in enumerate(sorted(range(len(births)), key=births.__getitem__)):
                ranks[kind][place] = rank
        return Numbers(ranks)


class Log:
    """All that a PBX wrote."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.rows: list[Row] = []
        self.lines: list[tuple[datetime, str]] = []


class Tape:
    """One call while it is told: `at` is how far we are."""

    def __init__(self, log: Log, rng: random.Random, at: datetime) -> None:
        self._log, self.rng, self.at = log, rng, at
        self.linked_id = ""

    def wait(self, seconds: float) -> None:
        """Time goes by."""
        self.at += timedelta(seconds=seconds)

    def sister(self) -> "Tape":
        """Another call, from this moment on."""
        return Tape(self._log, self.rng, self.at)

    def born(self, endpoint: str, half: str = "", number: int | None = None) -> Channel:
        """A channel of `PJSIP/1001`, or with `half` one half of a Local channel, the second with its sister's number."""
        kind = endpoint.partition("/")[0]
        number = self._log.numbers.next(kind, self.at) if number is None else number
        unique_id = f"{int(self.at.timestamp())}.{self._log.numbers.next('unique id', self.at)}"
        self.linked_id = self.linked_id or unique_id
        return Channel(f"{endpoint}-{number:08x}{half}", unique_id, self.linked_id)

    def born_local(self, endpoint: str) -> tuple[Channel, Channel]:
        """Both halves of a Local channel."""
        number = self._log.numbers.next("Local", self.at)
        return self.born(endpoint, ";1", number), self.born(endpoint, ";2", number)

    def bridge(self) -> str:
        """A new bridge's id."""
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def tell(self, channel: Channel, kind: str, *, peer: str = "", own_kind: str = "", extra: dict[str, object] | None = None) -> None:
        """A row about a channel, a moment after the last."""
        self.at += timedelta(microseconds=self.rng.randrange(40, 900))
        self.same(channel, kind, peer=peer, own_kind=own_kind, extra=extra)

    def same(self, channel: Channel, kind: str, *, peer: str = "", own_kind: str = "", extra: dict[str, object] | None = None) -> None:
        """A row of the very same moment, as the end of a channel is."""
        c = channel
        json_ = json.dumps(extra, ensure_ascii=False, separators=(",", ":")) if extra else ""
        shown = (c.who, c.number, c.ani, "", c.dnid, c.exten, c.context, c.name, c.app, c.data)
        cells = (*shown, "3", "", "", c.unique_id, c.linked_id, "", peer, json_)
        self._log.rows.append(Row(self.at, kind, own_kind, cells))

    def log(self, callid: str, queue: str, member: str, event: str, *data: object) -> None:
        """A line of queue_log."""
        epoch = int(self.at.timestamp())
        self._log.lines.append((self.at, "|".join([str(epoch), callid, queue, member, event, *(map(str, data) if data else [""])])))


def write_cel(path: Path, rows: Iterable[Row], zone: ZoneInfo) -> None:
    """As cel_custom writes it, in the order of time, which is the PBX's local time."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(COLUMNS) + "\n")
        out = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for row in sorted(rows, key=lambda row: row.at):
            out.writerow((row.kind, f"{row.at.astimezone(zone):%Y-%m-%d %H:%M:%S.%f}", row.own_kind, *row.cells))


def write_queue_log(path: Path, lines: Iterable[tuple[datetime, str]]) -> None:
    """As the file stands on the PBX."""
    ordered = sorted(lines, key=lambda line: line[0])
    path.write_text("".join(f"{text}\n" for _, text in ordered), "utf-8")
