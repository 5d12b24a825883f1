"""Asterisk's call detail records: `Master.csv` as cdr_csv writes it, or rows of a `cdr` table.

A file has no header; its last columns depend on cdr.conf (`loguniqueid`, `loguserfield`, `newcdrcolumns`), so the length of a row tells
them. Other files name theirs, in a header line or by the caller. Times are whole seconds; the end may be told as a duration alone.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..events import Event, Unreadable
from .rows import Repetitions, Row, as_text, numbered, plain_name, unreadable
from .times import Clock

SOURCE = "asterisk-cdr"
FIRST = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata", "start", "answer", "end",
    "duration", "billsec", "disposition", "amaflags",
)  # fmt: skip
"""The columns that every Master.csv has."""
NEW = ("peeraccount", "linkedid", "sequence")
ALIASES = {
    "calldate": "start", "starttime": "start", "answertime": "answer", "endtime": "end", "billableseconds": "billsec",
    "source": "src", "destination": "dst", "destinationcontext": "dcontext", "callerid": "clid", "destinationchannel": "dstchannel",
    "lastapplication": "lastapp",
}  # fmt: skip
"""What the tables of other installations, and the manager's event, call the same columns."""
DETAIL = {
    "duration": "duration_s", "billsec": "billsec_s", "disposition": "disposition", "userfield": "userfield",
    "recordingfile": "recordingfile", "did": "did", "sequence": "sequence", "accountcode": "accountcode", "peeraccount": "peeraccount",
}  # fmt: skip
"""Columns that are kept by name, and their names there."""
_ID = re.compile(r"(?:.+-)?\d+\.\d+$", re.ASCII)
_CLID = re.compile(r'\s*(?:"(?P<quoted>.*)"|(?P<bare>.*?))\s*<(?P<number>[^<>]*)>\s*$', re.DOTALL)


def read(lines: Iterable[str], *, zone: ZoneInfo, columns: Sequence[str] | None = None) -> Iterator[Event | Unreadable]:
    """The events that the lines of a CSV file tell, each a row. A position is a line's number, counted from 1."""
    names = [_usual(name) for name in columns] if columns else None
    reader = _Reader(zone)
    width = 0
    for position, text, is_unfinished in numbered(lines):
        try:
            fields = next(csv.reader((text,)), [])
        except csv.Error as error:
            yield unreadable(position, text, str(error))
            continue
        if not text.strip() or (is_unfinished and (len(fields) < width or text.count('"') % 2 or text.endswith(","))):
            continue
        width = len(fields)
        if _is_header(fields):
            names = names or [_usual(name) for name in fields]
        elif names is None and width < len(FIRST):
            yield unreadable(position, text, f"a row has at least {len(FIRST)} columns")
        else:
            yield reader.event(position, dict(zip(names or _layout(fields), fields, strict=False)), text)


def read_rows(rows: Iterable[tuple[int, Row]], *, zone: ZoneInfo) -> Iterator[Event | Unreadable]:
    """The same from rows of a table, or JSON objects: each with its place, columns by name."""
    reader = _Reader(zone)
    for position, row in rows:
        yield reader.event(position, {_usual(name): value for name, value in row.items()}, row)


def _usual(name: str) -> str:
    plain = plain_name(name)
    return ALIASES.get(plain, plain)


def _is_header(fields: Sequence[str]) -> bool:
    return {"channel", "disposition", "start"} <= {_usual(field) for field in fields}


def _layout(fields: Sequence[str]) -> tuple[str, ...]:
    """The columns of a row of Master.csv: which of the last there are."""
    rest = fields[len(FIRST) :]
    new = NEW if len(rest) >= len(NEW) else ()
    ids = rest[: len(rest) - len(new)]
    old = ("uniqueid", "userfield") if len(ids) != 1 or _ID.match(ids[0]) else ("userfield",)
    return (*FIRST, *old[: len(ids)], *new)


class _Reader:
    def __init__(self, zone: ZoneInfo) -> None:
        self._zone, self._repetitions = zone, Repetitions()

    def event(self, position: int, row: Mapping[str, Any], written: object) -> Event | Unreadable:
        """What one row tells. `written` is the row as it stood."""
        text = {name: as_text(value).strip() for name, value in row.items()}
        leg = text.get("uniqueid", "")
        if not leg:
            return unreadable(position, written, "there is no unique id; `loguniqueid=yes` in cdr.conf writes it")
        # A file is in order of the ends, but within a row the clock goes on: each row has a clock of its own.
        clock = Clock(self._zone)
        try:
            at = clock.moment(row.get("start"), leg).replace(microsecond=0)
        except (ValueError, OverflowError) as error:
            return unreadable(position, written, f"the start is not understood: {error}")
        times = {name: told.isoformat() for name in ("answer", "end") if (told := _moment(clock, row.get(name), leg))}
        app, data, peer = text.get("lastapp", ""), text.get("lastdata", ""), text.get("dstchannel", "")
        number, name = _caller(text)
        kept = {ours: value for theirs, ours in DETAIL.items() if (value := text.get(theirs, ""))}
        return Event(
            kind="cdr", at=at, leg=leg, linked_id=text.get("linkedid", "") or leg, channel=text.get("channel", ""),
            number=number, name=name, exten=text.get("dst", ""), context=text.get("dcontext", ""), app=app, app_data=data, peer=peer,
            # The rows of one leg differ in whom they name: `verb` takes part in what an event is recognised by.
            detail={**({"verb": peer} if peer else {}), **times, **kept}, source=SOURCE, position=position,
            repetition=self._repetitions.count((at, leg, app, data[:100], peer)),
        )  # fmt: skip


def _moment(clock: Clock, told: object, leg: str) -> datetime | None:
    """A time that need not be there: empty, or a date of zeros."""
    try:
        return clock.moment(told, leg).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def _caller(text: Mapping[str, str]) -> tuple[str, str]:
    """The caller's number and name; FreePBX keeps both beside a `clid` that it changes for calls to the outside."""
    found = _CLID.match(text.get("clid", ""))
    named = (found["quoted"] or found["bare"] or "") if found else ""
    number = text.get("cnum") or text.get("src") or (found["number"] if found else text.get("clid", ""))
    return number, text.get("cnam") or named
