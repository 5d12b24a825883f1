"""A long CEL file: the calls of the corpus, again and again, each time some seconds later and with unique ids and bridges of their own."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "corpus"
SPACING_S = 7
_LEFT_OUT = ("69-", "78-", "79-", "81-", "83-")
"""A cut row, another zone, and restarts: no everyday calls."""
_UNIQUE_ID = re.compile(r"\b(1\d{9})\.(\d+)")
_TIME = re.compile(r'"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)')
_BRIDGE = re.compile(r'(bridge\d?_id"":"")([0-9a-f]{8})')
_BEGINNING = datetime.fromisoformat("2025-01-06")


def write_cel(path: Path, rows: int) -> int:
    """At least so many rows under a header line; how many."""
    with path.open("w", encoding="utf-8") as file:
        file.write((CORPUS / "01-internal-answered" / "cel.csv").read_text("utf-8").splitlines()[0] + "\n")
        written = 0
        for row in _endless():
            if written >= rows and row.startswith('"CHAN_START'):
                return written
            file.write(row + "\n")
            written += 1
    return written


def _endless() -> Iterator[str]:
    scenarios = [_scenario(file) for file in sorted(CORPUS.glob("*/cel.csv")) if not file.parent.name.startswith(_LEFT_OUT)]
    turn = 0
    while True:
        for began, rows in scenarios:
            if rows:
                yield from _moved(rows, _BEGINNING + timedelta(seconds=turn * SPACING_S) - began, turn)
                turn += 1


def _scenario(file: Path) -> tuple[datetime, list[str]]:
    rows = file.read_text("utf-8").splitlines()[1:]
    found = _TIME.search(rows[0]) if rows else None
    return (datetime.fromisoformat(found[1]) if found else _BEGINNING), rows


def _moved(rows: list[str], by: timedelta, turn: int) -> Iterator[str]:
    """The rows of a scenario at another time."""
    seconds = int(by.total_seconds())
    for row in rows:
        moved = _UNIQUE_ID.sub(lambda m: f"{int(m[1]) + seconds}.{int(m[2]) + turn * 100}", row)
        moved = _BRIDGE.sub(lambda m: f"{m[1]}{(int(m[2], 16) + turn) % 2**32:08x}", moved)
        yield _TIME.sub(lambda m: f'"{datetime.fromisoformat(m[1]) + timedelta(seconds=seconds)}', moved, count=1)
