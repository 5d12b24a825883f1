"""A recording as its row and its call tell of it: read alike wherever recordings are read."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from ...db import Dialect, Row, moment
from ...model import Call, CallId, FileId, MediaKey, Muted, RecordingState
from ...policy import is_short

PATIENCE = timedelta(days=1)
"""How long after the end of its call a recording is expected; then it is missing."""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """One audio file of a call. What is shown as its state depends on the time: see `state_at`."""

    id: FileId
    call_id: CallId | None = None
    pbx: str = ""
    state: RecordingState
    flaws: tuple[str, ...] = ()
    muted: tuple[Muted, ...] = ()
    started_at: datetime | None = None
    duration_s: float | None = None
    channels: int | None = None
    format: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    media_key: MediaKey | None = None
    stored_at: datetime | None = None
    expected_until: datetime | None = None

    @property
    def has_audio(self) -> bool:
        """There is something to hear."""
        return self.state == "available" and bool(self.duration_s)

    def state_at(self, now: datetime) -> RecordingState:
        """`expected` becomes `missing` when the call has been over for a day."""
        is_late = self.state == "expected" and self.expected_until is not None and now >= self.expected_until
        return "missing" if is_late else self.state


_COLUMNS = (
    "id", "call_id", "pbx", "state", "flaws", "muted", "started_at", "duration_ms", "channels", "format", "bytes", "sha256",
    "media_key", "stored_at",
)  # fmt: skip


def recording_columns(alias: str = "r") -> str:
    """The columns of which `recordings_of` makes recordings, in their order."""
    return ", ".join(f"{alias}.{name}" for name in _COLUMNS)


def recordings_of(rows: Iterable[Sequence[Any]], call: Call) -> tuple[Recording, ...]:
    """The recordings of a call, of rows with `recording_columns`; whether they are short is seen when they are read, all together."""
    until = None if call.outcome == "ongoing" else (call.ended_at or call.started_at) + PATIENCE
    found = [_recording(row, until) for row in rows]
    if not is_short(call, heard_s(found)):
        return tuple(found)
    return tuple(msgspec.structs.replace(one, flaws=(*one.flaws, "short")) if one.has_audio else one for one in found)


def heard_s(recordings: Sequence[Recording]) -> float:
    """Seconds of audio, those once that were recorded beside each other, as one file for each direction."""
    if len(recordings) == 1:
        return recordings[0].duration_s or 0.0 if recordings[0].has_audio else 0.0
    longest: dict[datetime | str, float] = {}
    for one in recordings:
        if one.has_audio:
            began = one.started_at or str(one.id)
            longest[began] = max(longest.get(began, 0.0), one.duration_s or 0.0)
    return sum(longest.values())


def rows_of_recordings(dialect: Dialect, alias: str) -> str:
    """One JSON value of the rows of which `recordings_of` makes recordings."""
    return f"{dialect.json_rows}({dialect.json_row}({recording_columns(alias)}) order by {alias}.position, {alias}.id)"


def json_list(value: Any) -> list[Any]:
    """What an engine answers for JSON: a text or the value."""
    return msgspec.json.decode(value) if isinstance(value, str) else value or []


def recording_of(row: Row, ended_at: datetime | None) -> Recording:
    """Of a row by the names of its columns; `ended_at`: the end of its call, if that is over."""
    return _recording([row[name] for name in _COLUMNS], None if ended_at is None else ended_at + PATIENCE)


def _recording(values: Sequence[Any], expected_until: datetime | None) -> Recording:
    """Of the values of `_COLUMNS`. A page reads hundreds of them."""
    id, call_id, pbx, state, flaws, muted, started_at, duration_ms, channels, format, bytes, sha256, media_key, stored_at = values
    return Recording(
        id=id, call_id=call_id, pbx=pbx, state=state, flaws=tuple(flaws.split(",")) if flaws else (),
        muted=tuple(Muted(*span) for span in msgspec.json.decode(muted)) if muted else (),
        started_at=None if started_at is None else moment(started_at), duration_s=None if duration_ms is None else duration_ms / 1000,
        channels=channels, format=format, bytes=bytes, sha256=sha256, media_key=media_key,
        stored_at=None if stored_at is None else moment(stored_at), expected_until=expected_until,
    )  # fmt: skip
