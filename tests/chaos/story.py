"""What PBXs tell during a run: the calls of the corpus, again and again, at other times, with ids, bridges and sounds of their own."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

CORPUS = Path(__file__).parents[1] / "corpus"
CEL, QUEUE_LOG = "cel.csv", "queue_log"
RESTARTS = ("81-crash-mid-call", "83-restart-uniqueids")
"""Here the PBX itself starts anew; they are told one after the other, by a PBX of their own."""
LEFT_OUT = ("78-clock-midnight", "79-clock-dst-autumn")
"""Told in another time zone."""
ENDING_S = 12.0
"""Longer than any of these scenarios: what begins so long before the end is told whole."""
_UNIQUE_ID = re.compile(r"\b(1\d{9})\.(\d+)")
_TIME = re.compile(r'(?<=",")(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d+)?')
_BRIDGE = re.compile(r'(bridge\d?_id"":"")([0-9a-f]{8})')
_CHANNEL = re.compile(r"-([0-9a-f]{8})(?![0-9a-f-])")
_ROW = re.compile(r'^"[A-Z_]+","\d{4}-', re.MULTILINE)


class Line(NamedTuple):
    """A row of a log, without its end, and when it is written, in seconds from the beginning of the run."""

    at: float
    log: str
    text: str


class Sound(NamedTuple):
    """A finished recording: when it is there, the name of its file, its bytes."""

    at: float
    name: str
    data: bytes


class Telling(NamedTuple):
    """One scenario of the corpus as one PBX told it at one time."""

    pbx: str
    lines: tuple[Line, ...]
    sounds: tuple[Sound, ...]


class Scenario(NamedTuple):
    """A folder of the corpus: when it began, its rows with their seconds from there, its sounds."""

    began: datetime
    rows: tuple[Line, ...]
    sounds: tuple[tuple[str, bytes], ...]

    @property
    def lasts_s(self) -> float:
        return max(row.at for row in self.rows)


def header() -> str:
    """The line that names the columns of a CEL file."""
    return (CORPUS / "01-internal-answered" / CEL).read_text("utf-8").splitlines()[0]


def everyday_calls(left_out: Sequence[str] = ()) -> list[Scenario]:
    """The scenarios in which the PBX goes on; its starts are not told."""
    names = sorted(path.parent.name for path in CORPUS.glob("*/cel.csv"))
    found = [_scenario(name, with_starts=False) for name in names if name not in (*RESTARTS, *LEFT_OUT, *left_out)]
    return [scenario for scenario in found if scenario.rows]


def restarts() -> list[Scenario]:
    """Those in which it does not."""
    return [_scenario(name, with_starts=True) for name in RESTARTS]


def tell(pbx: str, scenarios: Sequence[Scenario], beginning: datetime, seconds: float, spacing_s: float) -> Iterator[Telling]:
    """One scenario after the other, `spacing_s` between their beginnings, as many as are told whole within these seconds."""
    for turn in range(max(int((seconds - ENDING_S) / spacing_s), 1)):
        yield _moved(pbx, scenarios[turn % len(scenarios)], beginning, int(turn * spacing_s), turn)


def _scenario(name: str, *, with_starts: bool) -> Scenario:
    cel, queue_log = (CORPUS / name / log for log in (CEL, QUEUE_LOG))
    text = cel.read_text("utf-8")
    starts = [found.start() for found in _ROW.finditer(text)]
    told = [text[start:end].rstrip("\n") for start, end in zip(starts, [*starts[1:], len(text)], strict=False)]
    rows = [(_moment(row), CEL, row) for row in told]
    for row in queue_log.read_text("utf-8").splitlines():
        if with_starts or "|QUEUESTART|" not in row:
            rows.append((datetime.fromtimestamp(int(row.split("|")[0]), UTC), QUEUE_LOG, row))
    began = min((row[0] for row in rows), default=datetime.now(UTC)).replace(microsecond=0)
    lines = sorted((Line((at - began).total_seconds(), log, row) for at, log, row in rows), key=lambda line: line.at)
    sounds = tuple((path.name, path.read_bytes()) for path in sorted((CORPUS / name / "audio").glob("*.wav")))
    return Scenario(began, tuple(lines), sounds)


def _moment(row: str) -> datetime:
    found = _TIME.search(row)
    assert found, row
    return datetime.fromisoformat(found[0]).replace(tzinfo=UTC)


def _moved(pbx: str, scenario: Scenario, beginning: datetime, at: int, turn: int) -> Telling:
    """The scenario at another time. The first counts the seconds; the second keeps numbers apart that began in the same second."""
    by = beginning + timedelta(seconds=at) - scenario.began
    is_new_run = any("|QUEUESTART|" in row.text for row in scenario.rows)
    move = _Move(pbx, by, 0 if is_new_run else turn * 100)
    lines = tuple(Line(at + row.at, row.log, move.row(row)) for row in scenario.rows)
    sounds = (_sound(at + scenario.lasts_s + 0.3, move.ids(name), data) for name, data in scenario.sounds)
    return Telling(pbx, lines, tuple(sounds))


class _Move(NamedTuple):
    pbx: str
    by: timedelta
    count: int

    def ids(self, text: str) -> str:
        moved = _UNIQUE_ID.sub(lambda m: f"{int(m[1]) + self._seconds}.{int(m[2]) + self.count}", text)
        return moved.replace("pbx1-", f"{self.pbx}-")

    def row(self, row: Line) -> str:
        text = self.ids(row.text)
        if row.log == QUEUE_LOG:
            epoch, rest = text.split("|", 1)
            return f"{int(epoch) + self._seconds}|{rest}"
        text = _BRIDGE.sub(lambda m: f"{m[1]}{(int(m[2], 16) + self.count + self._seconds) % 2**32:08x}", text)
        text = _CHANNEL.sub(lambda m: f"-{int(m[1], 16) + self.count:08x}", text)
        return _TIME.sub(lambda m: f"{datetime.fromisoformat(m[1]) + self.by:%Y-%m-%d %H:%M:%S}{m[2] or ''}", text, count=1)

    @property
    def _seconds(self) -> int:
        return int(self.by.total_seconds())


def _sound(at: float, name: str, data: bytes) -> Sound:
    """The same sound with a click of its own in it, so that no two files are equal."""
    if len(data) < 200:
        return Sound(at, name, data)
    return Sound(at, name, data[:100] + hashlib.blake2b(name.encode(), digest_size=16).digest() + data[116:])
