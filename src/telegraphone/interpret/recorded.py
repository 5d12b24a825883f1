"""What was recorded of a call, and what was attached to it.

Rules. A recording is announced by `ATTACHED_DATA recording=…`, or seen to start: MixMonitor's file, and the files of its options r() and
t(). Its id is the name of the file without folder and ending; each id is told once, the announcement before the start. Attached pairs are
all kept in order; only the very same row twice is one.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from ..events import Event
from ..model import Announced, Attached, FileId

_SUFFIXES = (".wav", ".WAV", ".gsm", ".ulaw", ".alaw", ".sln", ".sln16", ".g722", ".mp3", ".opus", ".flac", ".raw", ".wav49")
_DIRECTIONS = re.compile(r"[rt]\(([^)]*)\)")


def file_id(name: str) -> FileId:
    """The id of a recording in its file's name."""
    stem = name.strip().replace("\\", "/").rpartition("/")[2]
    suffix = next((end for end in _SUFFIXES if stem.endswith(end)), "")
    return FileId(stem.removesuffix(suffix) if suffix != stem else stem)


def attached(events: Iterable[Event]) -> tuple[Attached, ...]:
    """All pairs in order."""
    found = {(e.at, e.detail.get("key", ""), e.detail.get("value", "")): None for e in events if e.kind == "attached"}
    return tuple(Attached(key, value, at) for at, key, value in found)


def recordings(events: Iterable[Event]) -> tuple[Announced, ...]:
    """Each recording once, in order of its beginning."""
    found: dict[FileId, Announced] = {}
    for event in events:
        for one in _told(event):
            known = found.get(one.id)
            if known is None:
                found[one.id] = one
            elif known.source == "started" and one.source == "announced":
                found[one.id] = Announced(one.id, known.started_at, "announced")
    return tuple(found.values())


def _told(event: Event) -> Iterator[Announced]:
    if event.kind == "attached":
        if event.detail.get("key") == "recording":
            yield from _named([event.detail.get("value", "")], event.at, is_announced=True)
    elif event.kind == "recording_started":
        yield from _named([event.detail.get("filename", "") or event.app_data.partition(",")[0]], event.at)
    elif event.kind == "app_started":
        name, _, options = event.app_data.partition(",")
        yield from _named([name, *_DIRECTIONS.findall(options)], event.at)


def _named(names: Iterable[str], at: datetime, *, is_announced: bool = False) -> Iterator[Announced]:
    for name in names:
        if id_ := file_id(name):
            yield Announced(id_, at, "announced" if is_announced else "started")
