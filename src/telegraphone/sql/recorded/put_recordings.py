"""Writing recordings: what files hold, and which call each belongs to. What calls speak of is written by `put_announced.py`.

A recording belongs to the call that speaks of it (the earliest, when several do), else to the call one of whose legs has the unique id in
its name. So the same rows result whether the file or the call came first.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from ...db import Row, Tx, micros
from ...errors import Conflict
from ...ingest.recordings import unique_id_in
from ...model import CallId, FileId, MediaKey, RecordingState
from .recording_news import tell_recordings

FOUND = 1000
"""The place among a call's recordings of those that no event speaks of: after the others."""


Blob = bytes


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """Audio that is in the media store and is to have its row."""

    id: FileId
    pbx: str
    unique_id: str = ""
    state: RecordingState
    flaws: tuple[str, ...] = ()
    duration_s: float | None = None
    channels: int | None = None
    format: str
    bytes: int
    sha256: str
    media_key: MediaKey
    peaks: Blob | None = None
    source_path: str = ""
    source_mtime: int | None = None


class Put(msgspec.Struct, frozen=True):
    """What became of a file: `clash`: other bytes had its id, it is known as `id`; `grown`: it is longer than it was.

    `media_key`: where its bytes are to stay.
    """

    outcome: Literal["new", "known", "clash", "grown"]
    id: FileId
    call_id: CallId | None
    media_key: MediaKey


def is_file_id(text: str) -> bool:
    """Whether a recording can be called so: what is printable, and has a length that a file name can have."""
    return 0 < len(text) <= 255 and text.isprintable()


def mark_recorded(tx: Tx, calls: Iterable[CallId]) -> None:
    """Note of these calls whether any recording is theirs."""
    ids = sorted(set(calls))
    if ids:
        has = "case when exists (select 1 from recordings r where r.call_id = calls.id) then 1 else 0 end"
        tx.run(
            f"update calls set is_recorded = {has} where {tx.dialect.any_of('id', 'ids')} and is_recorded <> {has}",
            ids=tx.dialect.list_argument(ids),
        )


def match_all_recordings(tx: Tx, pbx: str, calls: Mapping[CallId, Sequence[str]], now: datetime) -> None:
    """Give these calls the files that have one of their unique ids in their names and that no call speaks of."""
    bare = {unique_id_in(unique_id) for unique_ids in calls.values() for unique_id in unique_ids} - {""}
    if not bare:
        return
    rows = tx.all(
        f"select id, call_id, clashes_with from recordings where pbx = :pbx and source = '' and {tx.dialect.any_of('unique_id', 'bare')}",
        pbx=pbx, bare=tx.dialect.list_argument(sorted(bare)),
    )  # fmt: skip
    touched: set[CallId] = set()
    found: list[str] = []
    for row in rows:
        call = _call_of(tx, pbx, row["id"], row["clashes_with"])
        if call is not None and call != row["call_id"]:
            tx.run("update recordings set call_id = :call, position = :found where id = :id", call=call, found=FOUND, id=row["id"])
            touched |= {call} | ({row["call_id"]} if row["call_id"] is not None else set())
            found += [row["id"]] if row["call_id"] is None else []
    mark_recorded(tx, touched)
    tell_recordings(tx, found, now)


def call_names(file_id: str) -> list[str]:
    """The unique ids that may stand in a name: epoch.counter, and with more and more of what stands before it (a system's name)."""
    bare = unique_id_in(file_id)
    if not bare:
        return []
    end = file_id.rindex(bare) + len(bare)
    starts = {0, end - len(bare), *(m.end() for m in re.finditer("-", file_id[: end - len(bare)]))}
    return [file_id[start:end] for start in sorted(starts)]


def call_named(tx: Tx, pbx: str, file_id: str) -> CallId | None:
    """The call whose leg's unique id stands in the name: rather the call that has it as its own linked id, rather the earlier leg."""
    return _calls_named(tx, pbx, [file_id]).get(file_id)


def _calls_named(tx: Tx, pbx: str, file_ids: Sequence[str]) -> dict[str, CallId]:
    """The same for many names; those of no call are left out."""
    names = {file_id: call_names(file_id) for file_id in file_ids}
    wanted = sorted({name for some in names.values() for name in some})
    if not wanted:
        return {}
    found: dict[str, list[tuple[int, int, int, int]]] = {}
    for row in tx.all(
        "select l.unique_id, l.position, l.call_id, c.linked_id from call_legs l join calls c on c.id = l.call_id"
        f" where c.pbx = :pbx and {tx.dialect.any_of('l.unique_id', 'names')}",
        pbx=pbx, names=tx.dialect.list_argument(wanted),
    ):  # fmt: skip
        rank = (int(row["linked_id"] != row["unique_id"]), row["position"], -len(row["unique_id"]), row["call_id"])
        found.setdefault(row["unique_id"], []).append(rank)
    best = {file_id: min((rank for name in some for rank in found.get(name, ())), default=None) for file_id, some in names.items()}
    return {file_id: CallId(rank[3]) for file_id, rank in best.items() if rank is not None}


def _call_of(tx: Tx, pbx: str, file_id: str, clashes_with: str | None) -> CallId | None:
    """The second file of one id belongs where the first does, if they come from the same PBX."""
    if clashes_with is not None:
        first = tx.one("select call_id from recordings where id = :id and pbx = :pbx and source <> ''", id=clashes_with, pbx=pbx)
        if first is not None:
            return CallId(first["call_id"]) if first["call_id"] is not None else None
    return call_named(tx, pbx, clashes_with or file_id)


def find_kept(tx: Tx, file_id: str, path: str, bytes: int, mtime: int) -> Put | None:
    """The file that was at this path with this size and time when it was kept, or found to be a copy: it need not be read again."""
    row = tx.one(
        "select id, call_id, media_key from recordings r where (id = :id or clashes_with = :id) and sha256 is not null"
        " and (source_path = :path and bytes = :bytes and source_mtime = :mtime"
        " or exists (select 1 from copies c where c.path = :path and c.bytes = :bytes and c.mtime = :mtime and c.id = r.id))",
        id=file_id, path=path, bytes=bytes, mtime=mtime,
    )  # fmt: skip
    return Put("known", row["id"], row["call_id"], row["media_key"]) if row else None


def find_same(tx: Tx, file_id: str, sha256: str) -> Put | None:
    """The same bytes under this id, or under the id that a clash gave them."""
    row = tx.one(
        "select id, call_id, media_key from recordings where (id = :id or clashes_with = :id) and sha256 = :sha256",
        id=file_id, sha256=sha256,
    )  # fmt: skip
    return Put("known", row["id"], row["call_id"], row["media_key"]) if row else None


class Grown(msgspec.Struct, frozen=True):
    """A recording of which a file may be the continuation: it came from the same place."""

    id: FileId
    call_id: CallId | None
    media_key: MediaKey
    bytes: int
    sha256: str


def find_grown(tx: Tx, file_id: str, source_path: str, bytes: int) -> Grown | None:
    """What was kept of the file at this path when it was not longer than now."""
    row = tx.one(
        "select id, call_id, media_key, bytes, sha256 from recordings where (id = :id or clashes_with = :id) and source_path = :path"
        " and bytes <= :bytes and state in ('available', 'empty') and sha256 is not null order by bytes desc, id limit 1",
        id=file_id, path=source_path, bytes=bytes,
    )  # fmt: skip
    return Grown(**row) if row else None


class Taken(msgspec.Struct, frozen=True):
    """Who has a file id: `sha256` is None while only a call has spoken of it."""

    pbx: str
    call_id: CallId | None
    sha256: str | None


def find_taken(tx: Tx, file_id: str) -> Taken | None:
    row = tx.one("select pbx, call_id, sha256 from recordings where id = :id", id=file_id)
    return Taken(**row) if row else None


def put_file(tx: Tx, file: StoredFile, now: datetime, may_clash: bool = True) -> Put:
    """Give stored audio its row: the expected one, a new one, or (`may_clash`, else Conflict) one beside that which other bytes have."""
    tx.lock(f"record {file.pbx}")  # as record.append does: a call and its file that come at once must see each other
    if (same := find_same(tx, file.id, file.sha256)) is not None:
        return same
    _reserve(tx, file, file.id, None, now)
    if _fill(tx, file, file.id, now):
        return _settled(tx, file, file.id, None, now)
    if not may_clash:
        raise Conflict(f"recording {file.id} has other audio already")
    other = FileId(f"{file.id[: 255 - 9]}~{file.sha256[:8]}")
    _reserve(tx, file, other, file.id, now)
    _fill(tx, file, other, now)
    return _settled(tx, file, other, file.id, now)


def put_new_files(tx: Tx, pbx: str, files: Sequence[StoredFile], now: datetime) -> dict[FileId, Put]:
    """The same for many files of one PBX whose ids are probably free, with few statements. Those that are not free are left out."""
    tx.lock(f"record {pbx}")
    any_of, ids = tx.dialect.any_of, tx.dialect.list_argument([file.id for file in files])
    taken = {row["id"]: row for row in tx.all(
        "select id, pbx, call_id, source, sha256, state, exists (select 1 from recordings o where o.clashes_with = r.id) as has_clash"
        f" from recordings r where {any_of('id', 'ids')}", ids=ids,
    )}  # fmt: skip
    free = [file for file in files if file.id not in taken]
    told = [file for file in files if file.id in taken and _is_free(taken[file.id], pbx)]
    calls = _calls_named(tx, pbx, [file.id for file in free])
    calls |= {file.id: taken[file.id]["call_id"] for file in told if taken[file.id]["source"]}
    calls |= _calls_named(tx, pbx, [file.id for file in told if not taken[file.id]["source"]])
    rows = {file.id: _audio_of(file) | {"id": file.id, "call": calls.get(file.id), "now": micros(now)} for file in (*free, *told)}
    columns = ", ".join(_AUDIO_COLUMNS)
    tx.run_many(
        f"insert into recordings (id, pbx, call_id, unique_id, position, {columns}, stored_at, updated_at) values"
        f" (:id, :pbx, :call, :unique_id, {FOUND}, {', '.join(f':{name}' for name in _AUDIO_COLUMNS)}, :now, :now)"
        " on conflict (id) do nothing",
        [rows[file.id] | {"pbx": pbx, "unique_id": file.unique_id} for file in free],
    )
    tx.run_many(
        f"update recordings set {_AUDIO}, call_id = :call, stored_at = :now, updated_at = :now where id = :id",
        [rows[file.id] for file in told],
    )
    mark_recorded(tx, [call for call in calls.values() if call is not None])
    put = {row["id"]: row["media_key"] for row in tx.all(f"select id, media_key from recordings where {any_of('id', 'ids')}", ids=ids)}
    done = [file for file in (*free, *told) if put.get(file.id) == file.media_key]
    tell_recordings(tx, [file.id for file in done if calls.get(file.id) is not None], now)
    return {file.id: Put("new", file.id, calls.get(file.id), file.media_key) for file in done}


def _is_free(row: Row, pbx: str) -> bool:
    return row["pbx"] == pbx and row["sha256"] is None and row["state"] in ("expected", "missing") and not row["has_clash"]


def _reserve(tx: Tx, file: StoredFile, id: FileId, clashes_with: FileId | None, now: datetime) -> None:
    tx.run(
        "insert into recordings (id, pbx, unique_id, clashes_with, position, state, updated_at)"
        " values (:id, :pbx, :unique_id, :clashes_with, :found, 'expected', :now) on conflict (id) do nothing",
        id=id, pbx=file.pbx, unique_id=file.unique_id, clashes_with=clashes_with, found=FOUND, now=micros(now),
    )  # fmt: skip


def _fill(tx: Tx, file: StoredFile, id: FileId, now: datetime) -> bool:
    """Whether the row was free: what has audio, or had some that was deleted, is never given other bytes."""
    return bool(tx.run(
        f"update recordings set {_AUDIO}, stored_at = :now, updated_at = :now"
        " where id = :id and pbx = :pbx and sha256 is null and state in ('expected', 'missing')",
        id=id, pbx=file.pbx, now=micros(now), **_audio_of(file),
    ))  # fmt: skip


_AUDIO_COLUMNS = (
    "state", "flaws", "duration_ms", "channels", "format", "bytes", "sha256", "media_key", "peaks", "source_path", "source_mtime",
)  # fmt: skip
_AUDIO = ", ".join(f"{name} = :{name}" for name in _AUDIO_COLUMNS)


def _audio_of(file: StoredFile) -> Row:
    return {
        "state": file.state, "flaws": ",".join(file.flaws),
        "duration_ms": None if file.duration_s is None else round(file.duration_s * 1000),
        "channels": file.channels, "format": file.format, "bytes": file.bytes, "sha256": file.sha256, "media_key": file.media_key,
        "peaks": file.peaks, "source_path": file.source_path, "source_mtime": file.source_mtime,
    }  # fmt: skip


def replace_file(tx: Tx, before: Grown, file: StoredFile, now: datetime) -> Put | None:
    """Give a recording the whole of the file of which it had the beginning; None if it has other audio by now."""
    tx.lock(f"record {file.pbx}")
    is_done = tx.run(
        f"update recordings set {_AUDIO}, stored_at = :now, updated_at = :now where id = :id and sha256 = :before",
        id=before.id, before=before.sha256, now=micros(now), **_audio_of(file),
    )  # fmt: skip
    if not is_done:
        return None
    if before.call_id is not None:
        tell_recordings(tx, [before.id], now)
    return Put("grown", before.id, before.call_id, file.media_key)


def _settled(tx: Tx, file: StoredFile, id: FileId, clashes_with: FileId | None, now: datetime) -> Put:
    row = tx.one("select call_id, source from recordings where id = :id", id=id)
    call = row["call_id"] if row else None
    if row and not row["source"]:
        call = _call_of(tx, file.pbx, id, clashes_with)
        tx.run("update recordings set call_id = :call where id = :id", call=call, id=id)
    if call is not None:
        mark_recorded(tx, [call])
        tell_recordings(tx, [id], now)
    return Put("new" if clashes_with is None else "clash", id, call, file.media_key)
