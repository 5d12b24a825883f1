"""PBXs that write their logs and put their recordings into a folder, at the times that the story gives; and what rotates these logs."""

import heapq
import os
import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.chaos.story import CEL, Telling, header

LATE = 0.02
"""The share of rows that are written late, by at most LATE_S."""
LATE_S = 20.0
HEADER, PIECE = 44, 8000
GROWN = "pieces of recordings"


class GrowingLog:
    """A log as a PBX writes it: opened for appending, each row at once. `written` is all that ever stood in it."""

    def __init__(self, path: Path, first: str) -> None:
        self.path, self._first, self._lock = path, first, threading.Lock()
        self.written: list[str] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._begin()

    def write(self, row: str) -> None:
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(row + "\n")
            self.written.append(row)

    def rename(self) -> None:
        """Rotate as logrotate does, and let the PBX begin a new file."""
        with self._lock:
            self._make_room()
            self.path.rename(self._numbered(1))
            self._begin()

    def copy_and_truncate(self) -> None:
        """Rotate the other way. Nothing is written meanwhile: what is, is lost by that way of rotating, whoever reads."""
        with self._lock:
            self._make_room()
            shutil.copy2(self.path, self._numbered(1))
            os.truncate(self.path, 0)
            self._begin()

    def whole(self, path: Path) -> Path:
        """All of it in one file."""
        path.write_text("".join(row + "\n" for row in [*([self._first] if self._first else []), *self.written]), encoding="utf-8")
        return path

    def _begin(self) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(self._first + "\n" if self._first else "")

    def _make_room(self) -> None:
        number = 1
        while self._numbered(number).exists():
            number += 1
        for one in range(number, 1, -1):
            self._numbered(one - 1).rename(self._numbered(one))

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


class Pbx(threading.Thread):
    """One PBX that writes to a folder of its own, until everything is told."""

    def __init__(self, name: str, folder: Path, tellings: Iterable[Telling], dice: random.Random) -> None:
        super().__init__(name=name, daemon=True)
        self.logs = {CEL: GrowingLog(folder / CEL, header()), "queue_log": GrowingLog(folder / "queue_log", "")}
        self.recordings = folder / "monitor"
        self.recordings.mkdir()
        self.counts: Counter[str] = Counter()
        self._due = list(_what_is_due(tellings, dice))
        heapq.heapify(self._due)

    def run(self) -> None:
        zero = time.monotonic()
        while self._due:
            at, _, kind, name, content = heapq.heappop(self._due)
            time.sleep(max(0.0, zero + at - time.monotonic()))
            if isinstance(content, str):
                self.logs[name].write(content)
            elif kind == GROWN:
                self._grow(name, content)
            else:
                self._finish(name, content)
            self.counts[kind] += 1

    def rotate(self, dice: random.Random) -> str:
        """Rotate one of the logs in one of the ways; which way."""
        log, way = dice.choice(list(self.logs.values())), dice.choice(("renamed", "copied and truncated"))
        (log.rename if way == "renamed" else log.copy_and_truncate)()
        return way

    def _grow(self, name: str, piece: bytes) -> None:
        """A recording grows as Asterisk writes it; its header says how long it is only at the end."""
        with (self.recordings / name).open("ab") as file:
            file.write(piece)

    def _finish(self, name: str, header: bytes) -> None:
        with (self.recordings / name).open("r+b") as file:
            file.write(header)


def _what_is_due(tellings: Iterable[Telling], dice: random.Random) -> Iterator[tuple[float, int, str, str, str | bytes]]:
    """When, a number that keeps equal times in order, what it counts as, where, and what."""
    number = 0
    for telling in tellings:
        for line in telling.lines:
            is_late = dice.random() < LATE
            late_s = dice.uniform(2.0, LATE_S) if is_late else 0.0
            yield line.at + late_s, (number := number + 1), "rows, late" if is_late else "rows", line.log, line.text
        for sound in telling.sounds:
            pieces = _pieces(sound.data)
            for place, piece in enumerate(pieces):
                yield sound.at - (len(pieces) - place) * 0.5, (number := number + 1), GROWN, sound.name, piece
            yield sound.at, (number := number + 1), "recordings", sound.name, sound.data[:HEADER]


def _pieces(data: bytes) -> list[bytes]:
    """A wav half a second at a time, the lengths in its header still 0."""
    growing = data[:4] + bytes(4) + data[8 : HEADER - 4] + bytes(4) + data[HEADER:]
    return [growing[start : start + PIECE] for start in range(0, len(growing), PIECE)]
