"""Calls as an earlier system has them, a row for each: CSV, or Parquet where pyarrow is installed. Columns are known by their names.

Such a row tells less than events do; it is taken at its word. A row without sense is told with its line, and does not stop the others.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec

from ..errors import Invalid
from ..events import Unreadable
from ..model import AgentTalk, Announced, AnsweredBy, Attached, Call, Direction, FileId, Leg, Outcome, Party, QueueOutcome, QueuePassage
from ..zones import parse_moment

COLUMNS = (
    "linked_id", "unique_ids", "started_at", "answered_at", "ended_at", "direction", "outcome", "caller_number", "caller_name",
    "caller_interface", "dialled_number", "dialled_name", "answered_by_number", "answered_by_name", "answered_by_interface", "agent",
    "queue", "queue_outcome", "recordings", "attached_data",
)  # fmt: skip
NEEDED = ("linked_id", "started_at")
TOLD = "this call was told by a row of an earlier system, not by events"
DIRECTIONS: tuple[str, ...] = get_args(Direction)
OUTCOMES, QUEUE_OUTCOMES = (tuple(word for word in get_args(words) if word != "ongoing") for words in (Outcome, QueueOutcome))
_PAIRS = msgspec.json.Decoder(dict[str, str])
Cells = Mapping[str, str]
Rows = Iterator[tuple[int, Cells]]


def read_earlier(path: Path, zone: ZoneInfo) -> Iterator[tuple[int, Call | Unreadable]]:
    """Each row of a file with its line: the call that it tells, or why it tells none. Invalid if it is no such file."""
    for line, cells in _parquet_rows(path) if path.suffix == ".parquet" else _csv_rows(path):
        try:
            yield line, call_of(cells, zone)
        except (ValueError, msgspec.DecodeError) as error:
            yield line, Unreadable(line, ",".join(cells.values())[:2000], str(error))


def call_of(cells: Cells, zone: ZoneInfo) -> Call:
    """The call that a row tells. ValueError names the column that makes no sense."""
    for name in NEEDED:
        if not cells.get(name):
            raise ValueError(f"{name} is empty")
    started, answered, ended = (_moment(cells, name, zone) for name in ("started_at", "answered_at", "ended_at"))
    assert started is not None
    if (answered or started) < started or (ended or started) < (answered or started):
        raise ValueError("started_at, answered_at and ended_at are not in this order")
    linked_id, agent = cells["linked_id"], cells.get("agent", "")
    return Call(
        linked_id=linked_id,
        unique_ids=tuple(dict.fromkeys((linked_id, *cells.get("unique_ids", "").split()))),
        direction=_one_of(cells, "direction", DIRECTIONS, "internal"),
        outcome=_one_of(cells, "outcome", OUTCOMES, "answered" if answered else "missed"),
        caller=Party(cells.get("caller_number", ""), cells.get("caller_name", "")),
        dialled=Party(cells.get("dialled_number", ""), cells.get("dialled_name", "")),
        answered_by=_answered_by(cells) if answered else None,
        started_at=started, answered_at=answered, ended_at=ended or answered or started,
        queues=_queues(cells, started, answered, ended), agents=(AgentTalk(agent, answered, ended),) if agent and answered else (),
        legs=tuple(_legs(cells, started, answered, ended)),
        recordings=tuple(Announced(FileId(id), answered or started, "announced") for id in cells.get("recordings", "").split()),
        attached=tuple(Attached(key, value, started) for key, value in _pairs(cells).items()),
        certainty={"legs": TOLD} if cells.get("direction") else {"legs": TOLD, "direction": "the row does not tell"}, is_closed=True,
    )  # fmt: skip


def _answered_by(cells: Cells) -> AnsweredBy:
    return AnsweredBy(cells.get("answered_by_number", ""), cells.get("answered_by_name", ""), cells.get("agent") or None)


def _queues(cells: Cells, started: datetime, answered: datetime | None, ended: datetime | None) -> tuple[QueuePassage, ...]:
    if not cells.get("queue"):
        return ()
    outcome: QueueOutcome = _one_of(cells, "queue_outcome", QUEUE_OUTCOMES, "answered" if answered else "unknown")
    until = answered or ended
    wait_s = round((until - started).total_seconds(), 3) if until else None
    return (QueuePassage(cells["queue"], started, outcome, wait_s, cells.get("agent") or None if answered else None),)


def _legs(cells: Cells, started: datetime, answered: datetime | None, ended: datetime | None) -> Iterator[Leg]:
    """Whoever is known by his telephone."""
    ids = [cells["linked_id"], *cells.get("unique_ids", "").split()]
    if cells.get("caller_interface"):
        name, number = cells.get("caller_name", ""), cells.get("caller_number", "")
        yield Leg(ids[0], cells["caller_interface"], "caller", number, name, started, answered, ended)
    if cells.get("answered_by_interface"):
        name, number = cells.get("answered_by_name", ""), cells.get("answered_by_number", "")
        role: Any = "agent" if cells.get("agent") else "callee"
        yield Leg(ids[-1] if len(ids) > 1 else "", cells["answered_by_interface"], role, number, name, started, answered, ended)


def _moment(cells: Cells, name: str, zone: ZoneInfo) -> datetime | None:
    try:
        return parse_moment(cells[name], zone) if cells.get(name) else None
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _one_of(cells: Cells, name: str, words: tuple[str, ...], default: str) -> Any:
    word, allowed = cells.get(name) or default, words
    if word not in allowed:
        raise ValueError(f"{name}: {word!r:.40} is none of {', '.join(allowed)}")
    return word


def _pairs(cells: Cells) -> dict[str, str]:
    text = cells.get("attached_data", "")
    try:
        pairs = _PAIRS.decode(text) if text else {}
    except msgspec.DecodeError:
        raise ValueError("attached_data is no JSON object of texts") from None
    if not all(0 < len(key) <= 128 for key in pairs):
        raise ValueError("attached_data has a key that is not 1 to 128 characters long")
    return pairs


def _csv_rows(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="", errors="surrogateescape") as lines:
        reader = csv.reader(lines)
        names = _known([name.strip().lower() for name in next(reader, [])], path)
        for row in reader:
            if row:
                yield reader.line_num, _clean(zip(names, row, strict=False))


def _parquet_rows(path: Path) -> Rows:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise Invalid(f"{path}: Parquet needs pyarrow; install telegraphone[parquet], or give a CSV file") from None
    with ParquetFile(path) as file:
        names = _known([name.lower() for name in file.schema_arrow.names], path)
        line = 0
        for batch in file.iter_batches(10_000):
            for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                line += 1
                yield line, _clean(zip(names, (_text(value) for value in values), strict=True))


def _text(value: Any) -> str:
    """A time of Parquet without a zone is told as a time without an offset."""
    return "" if value is None else value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)


def _clean(cells: Iterable[tuple[str, str]]) -> Cells:
    """Without empty cells, and nothing that a database's text cannot hold."""
    return {name: text if text.isascii() and "\0" not in text else _storable(text) for name, cell in cells if (text := cell.strip())}


def _storable(cell: str) -> str:
    return cell.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _known(names: list[str], path: Path) -> list[str]:
    unknown = [name for name in names if name not in COLUMNS]
    if unknown or len(set(names)) < len(names) or not set(NEEDED) <= set(names):
        raise Invalid(f"{path}: line 1 must name linked_id, started_at and others of {', '.join(COLUMNS)}, each once")
    return names
