"""Build calls anew from what the PBX said: after an upgrade that understands more, or when the directory or the trunks changed.

Lines that were unreadable are read again first. Events are never changed; a call that comes out as it was is not written.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from .access import SYSTEM
from .db import Db, Tx
from .events import Event, Unreadable
from .ingest import SOURCES
from .interpret import Settings
from .model import Call, CallId
from .record import Batch, Log, append, reinterpret
from .sql.calls import bodies_of_clusters
from .sql.pbx.clusters import list_clusters
from .sql.pbx.sources import UnreadableLine, list_unreadable, remove_unreadable

PAGE = 200
"""Clusters in one transaction: others can write in between."""


class Changed(msgspec.Struct, frozen=True):
    """A call that came out otherwise: the names of the fields that differ; `new` and `gone` say that it was not or is not there."""

    id: CallId
    linked_id: str
    fields: tuple[str, ...]


def rebuild(db: Db, settings: Settings, now: datetime, since: datetime | None = None) -> Iterator[list[Changed]]:
    """What changed, some calls at a time; `since`: only what went on then or later."""
    cursor = 0
    while True:
        with db.transaction() as tx:
            clusters = list_clusters(tx, cursor, since, PAGE)
            if not clusters:
                return
            cursor = clusters[-1][0]
            changed = [change for pbx in sorted({pbx for _, pbx in clusters}) for change in _rebuilt(tx, pbx, clusters, settings, now)]
        yield changed


def _rebuilt(tx: Tx, pbx: str, clusters: list[tuple[int, str]], settings: Settings, now: datetime) -> list[Changed]:
    ids = [cluster for cluster, of in clusters if of == pbx]
    before = bodies_of_clusters(tx, ids)
    touched = reinterpret(tx, pbx, ids, settings, now)
    after = bodies_of_clusters(tx, ids)
    return [_changed(id, before.get(id), after.get(id)) for id in sorted(touched)]


def _changed(id: CallId, before: Call | None, after: Call | None) -> Changed:
    if before is None or after is None:
        known = before or after
        return Changed(id, known.linked_id if known else "", ("gone",) if after is None else ("new",))
    fields = tuple(name for name in Call.__struct_fields__ if getattr(before, name) != getattr(after, name))
    return Changed(id, after.linked_id, fields)


ReadLine = Callable[[UnreadableLine, ZoneInfo], list[Event | Unreadable]]
"""How one kept line is read: given by who knows the sources."""


def reread(db: Db, settings: Settings, now: datetime, read: ReadLine) -> tuple[int, int]:
    """Read the unreadable lines again; how many there were and how many are understood now."""
    with db.transaction() as tx:
        lines = list_unreadable(tx, SYSTEM, limit=100_000)
        return len(lines), reread_lines(tx, lines, settings, now, read)


def reread_lines(tx: Tx, lines: Sequence[UnreadableLine], settings: Settings, now: datetime, read: ReadLine) -> int:
    """Read some of them again; how many are understood now, and unreadable no longer. A file of a recording is none of our logs' lines."""
    return sum(_reread(tx, line, settings, now, read) for line in lines if line.source in SOURCES)


def _reread(tx: Tx, line: UnreadableLine, settings: Settings, now: datetime, read: ReadLine) -> bool:
    items = read(line, ZoneInfo(line.zone))
    events = [msgspec.structs.replace(item, position=line.position) for item in items if isinstance(item, Event)]
    if not events or len(events) < len(items):
        return False
    append(tx, Batch(Log(line.pbx, line.source, line.path, line.zone), events, None), settings, now)
    remove_unreadable(tx, line)
    return True


def read_again(line: UnreadableLine, zone: ZoneInfo) -> list[Event | Unreadable]:
    """A kept line once more; of a CSV the header line is that of its file, if the file is still there."""
    source = SOURCES[line.source]
    try:
        values = msgspec.json.decode(line.text, type=dict[str, Any])
    except msgspec.DecodeError:
        return list(source.read([*_header(Path(line.path), line.text), line.text], zone=zone))
    return list(source.read_rows([(line.position, values)], zone=zone))


def _header(path: Path, text: str) -> list[str]:
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            first = lines.readline()
    except OSError:
        return []
    return [first] if first != text and "eventtype" in first else []
