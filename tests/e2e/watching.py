"""Watches from outside how soon each call is known: the PBX's log says when it ended, the API when it is found and can be heard."""

import csv
import http.client
import io
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from tests.chaos.pushing import Api

EVERY_S = 0.2
"""So much may be added to what is measured: asking more often would be a load of its own."""
WINDOW = timedelta(seconds=4)
"""Calls that ended within this time are asked for again and again; what is not known by then is asked for by its id, every second."""
AT_ONCE = 20
HEARERS = 16
"""So many listen at once: each first time is written down before a byte is sent, which waits for what else is written."""
UNIQUE_ID, LINKED_ID, CHANNEL = 14, 15, 9
CALLING = ("PJSIP/trunk-", "PJSIP/phone-")


class Watched(msgspec.Struct):
    """One call: when it ended, when it was first found as ended, when each of its recordings was first heard (epochs, seconds)."""

    linked_id: str
    ended: float = 0.0
    found: float = 0.0
    heard: dict[str, float] = {}
    recordings: int = 0
    asked: float = 0.0


class Watch(threading.Thread):
    """Reads the log and asks the API until it is told to end."""

    def __init__(self, api: Api, cel: Path) -> None:
        super().__init__(name="watch", daemon=True)
        self._api, self._log, self._is_over = api, _Tail(cel), threading.Event()
        self.calls: dict[str, Watched] = {}
        self._asked: set[str] = set()
        self._lock = threading.Lock()
        self._hearing = ThreadPoolExecutor(HEARERS, "hear")

    def run(self) -> None:
        while not self._is_over.wait(EVERY_S):
            self._read_log()
            self._ask(f"start={quote((datetime.now(UTC) - WINDOW).strftime('%Y-%m-%d %H:%M:%S'))}")
            self._ask_for_late()

    def _ask_for_late(self) -> None:
        now = time.time()
        late = [call for call in self.calls.values() if 0 < call.ended < now - WINDOW.total_seconds() and not self._is_done(call)]
        for call in [call for call in late if call.asked < now - 1][:AT_ONCE]:
            call.asked = now
            self._ask(f"unique_id={call.linked_id}")

    def end(self) -> None:
        self._is_over.set()
        self.join()
        self._hearing.shutdown()

    def placed(self) -> list[Watched]:
        """The calls of which the PBX's log tells."""
        return list(self.calls.values())

    def are_all_done(self) -> bool:
        return all(self._is_done(call) for call in self.placed())

    def _is_done(self, call: Watched) -> bool:
        return bool(call.ended and call.found and call.recordings and len(call.heard) == call.recordings)

    def _read_log(self) -> None:
        for row in self._log.read():
            linked_id = row[LINKED_ID]
            if row[0] == "CHAN_START" and row[UNIQUE_ID] == linked_id and row[CHANNEL].startswith(CALLING):
                self.calls.setdefault(linked_id, Watched(linked_id))
            if row[0] == "LINKEDID_END" and linked_id in self.calls:
                self.calls[linked_id].ended = datetime.fromisoformat(row[1]).replace(tzinfo=UTC).timestamp()

    def _ask(self, query: str) -> None:
        try:
            status, body = self._api.ask("GET", f"/api/v1/calls?limit=1000&{query}")
        except (OSError, http.client.HTTPException):
            return
        now = time.time()
        if status != 200:
            raise RuntimeError(f"{status}: {body[:300].decode(errors='replace')}")
        for told in json.loads(body)["items"]:
            self._note(told, now)

    def _note(self, told: dict[str, Any], now: float) -> None:
        call = self.calls.get(told["linked_id"])
        if call is None or told["ended_at"] is None:
            return
        call.found = call.found or now
        call.recordings = len(told["recordings"])
        for recording in told["recordings"]:
            if recording["state"] == "available" and recording["id"] not in self._asked:
                self._asked.add(recording["id"])
                self._hearing.submit(self._hear, call, recording["id"])

    def _hear(self, call: Watched, file_id: str) -> None:
        try:
            status, body = self._api.ask("GET", f"/api/v1/recordings/{file_id}/audio", headers={"Range": "bytes=0-4095"})
        except (OSError, http.client.HTTPException):
            status, body = 0, b""
        with self._lock:
            if status == 206 and len(body) == 4096:
                call.heard[file_id] = time.time()
            else:
                self._asked.discard(file_id)


class _Tail:
    """The whole rows of a file that grows."""

    def __init__(self, path: Path) -> None:
        self._path, self._at = path, 0

    def read(self) -> list[list[str]]:
        try:
            with self._path.open("rb") as file:
                file.seek(self._at)
                data = file.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._at += len(whole)
        return [row for row in csv.reader(io.StringIO(whole.decode("utf-8", "replace"))) if len(row) > LINKED_ID]


def delays(calls: list[Watched], at: Callable[[Watched], float]) -> list[float]:
    """How long after its end each was so far, sorted; of a call that never was, nothing."""
    return sorted(at(call) - call.ended for call in calls if call.ended and at(call))
