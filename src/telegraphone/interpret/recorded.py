"""What was recorded of a call, and what was attached to it.

Rules. A recording is announced by `ATTACHED_DATA recording=…`, or seen to start: MixMonitor's file, and the files of its options r() and
t(). Its id is the name of the file without folder and ending; each id is told once, the announcement before the start. Attached pairs are
all kept in order; only the very same row twice is one. What is muted, only the manager tells, of the channel on which the recording runs.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from ..events import Event
from ..model import Announced, Attached, FileId, Muted
from .channels import Channel

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


def recordings(events: Iterable[Event], channels: Mapping[str, Channel] | None = None) -> tuple[Announced, ...]:
    """Each recording once, in order of its beginning; with what was muted, where channels tell whose it is."""
    events = list(events)
    found: dict[FileId, Announced] = {}
    begun: dict[FileId, Event] = {}
    for event in events:
        for one in _told(event):
            known = found.get(one.id)
            if one.id not in begun or (_is_app(event) and not _is_app(begun[one.id])):
                begun[one.id] = event
            if known is None:
                found[one.id] = one
            elif known.source == "started" and one.source == "announced":
                found[one.id] = Announced(one.id, known.started_at, "announced")
    mutes = [event for event in events if event.kind in ("muted", "unmuted")]
    if not mutes or channels is None:
        return tuple(found.values())
    return tuple(msgspec.structs.replace(one, muted=tuple(_muted(begun[one.id], mutes, channels))) for one in found.values())


def _muted(begun: Event, mutes: Iterable[Event], channels: Mapping[str, Channel]) -> Iterator[Muted]:
    """The spans in which all of a recording was silenced. A mute without an end lasts to the end."""
    since: float | None = None
    for event in mutes:
        if event.leg != begun.leg or event.at < begun.at or event.detail.get("direction", "both") != "both":
            continue
        at_s = _place(begun, event.at, channels.get(begun.leg))
        if event.kind == "muted":
            since = at_s if since is None else since
        elif since is not None:
            yield Muted(since, at_s)
            since = None
    if since is not None:
        yield Muted(since)


def _place(begun: Event, at: datetime, channel: Channel | None) -> float:
    """Where in the file a moment is, in seconds: with option b the file goes on only while somebody is there to talk to."""
    options = _DIRECTIONS.sub("", begun.app_data.partition(",")[2]).partition(",")[0] if _is_app(begun) else ""
    if channel is None or "b" not in options:
        return round((at - begun.at).total_seconds(), 3)
    stays = ((max(stay.from_, begun.at), min(stay.to or at, at)) for stay in channel.stays)
    return round(sum((to - from_).total_seconds() for from_, to in stays if to > from_), 3)


def _is_app(event: Event) -> bool:
    return event.app.lower() == "mixmonitor"


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
