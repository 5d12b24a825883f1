"""A PBX that pushes: its events and recordings are sent to the API, tried until they are accepted, some late, some twice, some at once."""

import base64
import csv
import hashlib
import heapq
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tests.chaos.story import CEL, Line, Telling, header

CHUNK_S = 2.0
LATE, TWICE, AT_ONCE = 0.1, 0.15, 0.1
"""Shares of requests that are sent late, again after they were accepted, or two at the same moment."""
LATE_S = 20.0
AGAIN_S = 0.3
SOURCES = {CEL: "asterisk-cel", "queue_log": "asterisk-queue-log"}
REPEATED = "known"


class Push(NamedTuple):
    """A request, and when it is due, in seconds from the beginning. `number`: its place in the story."""

    at: float
    number: int
    method: str
    path: str
    body: bytes
    headers: dict[str, str]


class Api(NamedTuple):
    """Where a server is, and the token that lets us in."""

    port: int
    token: str

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Status and body; OSError or HTTPException when there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {"X-Auth-Token": self.token, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def pushes(tellings: Iterable[Telling], dice: random.Random) -> list[Push]:
    """The requests that tell all this, each event once, in the order of the story."""
    found: list[Push] = []
    for telling in tellings:
        for at, path, body, headers in _requests(telling):
            due = at + (dice.uniform(2.0, LATE_S) if dice.random() < LATE else 0.0)
            method = "PUT" if "/recordings/" in path else "POST"
            found.append(Push(due, len(found), method, path, body, headers))
    return found


def _requests(telling: Telling) -> Iterator[tuple[float, str, bytes, dict[str, str]]]:
    for log, source in SOURCES.items():
        for chunk in _chunks([line for line in telling.lines if line.log == log]):
            body = "".join(json.dumps(_named(line)) + "\n" for line in chunk).encode()
            path = f"/api/v1/events?pbx={telling.pbx}&source={source}&timezone=UTC"
            yield chunk[-1].at, path, body, {"Content-Type": "application/jsonl"}
    for sound in telling.sounds:
        digest = base64.b64encode(hashlib.sha256(sound.data).digest()).decode()
        headers = {"Content-Type": "audio/wav", "Content-Digest": f"sha-256=:{digest}:"}
        yield sound.at, f"/api/v1/recordings/{sound.name.removesuffix('.wav')}/audio?pbx={telling.pbx}", sound.data, headers


def _chunks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """The rows of some seconds at a time: a call is told in several requests."""
    chunk: list[Line] = []
    for line in lines:
        if chunk and line.at - chunk[0].at > CHUNK_S:
            yield chunk
            chunk = []
        chunk.append(line)
    if chunk:
        yield chunk


def _named(line: Line) -> dict[str, str]:
    if line.log == CEL:
        return dict(zip(header().split(","), next(csv.reader([line.text])), strict=True))
    fields = line.text.split("|")
    names = ("time", "callid", "queuename", "agent", "event", "data1", "data2", "data3", "data4", "data5")
    return dict(zip(names, fields, strict=False))


class Pusher:
    """Some threads that send what is due."""

    def __init__(self, api: Api, due: Iterable[Push], dice: random.Random, threads: int = 4) -> None:
        self._api, self._dice, self._lock = api, dice, threading.Lock()
        self._due = list(due)
        for push in list(self._due):
            if dice.random() < AT_ONCE:
                self._due.append(push)
        heapq.heapify(self._due)
        self._zero, self._busy = time.monotonic(), 0
        self.counts: Counter[str] = Counter()
        self.refusals: list[str] = []
        self._again = {push.number for push in due if dice.random() < TWICE}
        self._threads = [threading.Thread(target=self._run, name=f"push {n}", daemon=True) for n in range(threads)]

    def start(self) -> None:
        self._zero = time.monotonic()
        for thread in self._threads:
            thread.start()

    def left(self) -> int:
        """How many requests are not accepted yet."""
        with self._lock:
            return len(self._due) + self._busy

    def _run(self) -> None:
        while True:
            with self._lock:
                is_due = bool(self._due) and self._due[0].at <= time.monotonic() - self._zero
                push = heapq.heappop(self._due) if is_due else None
                self._busy += is_due
            if push is None:
                time.sleep(0.05)
                continue
            self._send(push)
            with self._lock:
                self._busy -= 1

    def _send(self, push: Push) -> None:
        while not self._try(push):
            time.sleep(AGAIN_S)
        with self._lock:
            if push.number in self._again:
                self._again.discard(push.number)
                heapq.heappush(self._due, push._replace(at=push.at + self._dice.uniform(0.5, LATE_S)))

    def _try(self, push: Push) -> bool:
        """Whether it is settled: accepted, or refused in a way that no repetition changes."""
        try:
            status, answer = self._api.ask(push.method, push.path, push.body, push.headers)
        except (OSError, http.client.HTTPException):
            self._count("requests without an answer")
            return False
        self._count("requests answered")
        if status in (200, 201):
            return True
        self._count(f"answers {status}")
        if status >= 500:
            return False
        self.refusals.append(f"{status} {push.method} {push.path}: {answer[:300].decode(errors='replace')}")
        return True

    def _count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1
