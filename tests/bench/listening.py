"""Ranges of recordings, alone and while others listen: they take a whole file as fast as it is heard."""

import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.answering import TOKEN, Client, Request, answering
from tests.bench.over_http import at

TRIES = 400
HEARD_BYTES, EVERY_S = 16_000, 0.5
"""Two channels of 8 kHz."""


def beside_listeners(url: str, folder: Path, ids: Sequence[str], asked: Sequence[Request], listeners: int) -> tuple[float, ...]:
    """p50 and p99 in milliseconds, alone and beside so many."""
    with answering(url, folder) as port:
        _times(port, asked[:20])
        alone = _times(port, asked)
        with _listeners(port, ids, listeners):
            beside = _times(port, asked)
    return tuple(at(times, part) for times in (alone, beside) for part in (0.5, 0.99))


def _times(port: int, asked: Sequence[Request]) -> list[float]:
    client, times = Client(port), list[float]()
    for n in range(TRIES):
        began = time.perf_counter()
        status, _ = client.ask(asked[n % len(asked)])
        times.append((time.perf_counter() - began) * 1000)
        assert status == 206
    client.close()
    return times


@contextmanager
def _listeners(port: int, ids: Sequence[str], count: int) -> Iterator[None]:
    """Connections whose buffers are small, so that the server must wait for them."""
    is_over = threading.Event()
    opened = [_listen(port, ids[n % len(ids)]) for n in range(count)]

    def hear() -> None:
        while not is_over.wait(EVERY_S):
            for one in opened:
                if not one.recv(HEARD_BYTES):
                    raise ConnectionError("the server hung up")

    thread = threading.Thread(target=hear)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
        for one in opened:
            one.close()


def _listen(port: int, id: str) -> socket.socket:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HEARD_BYTES)
    one.connect(("127.0.0.1", port))
    one.sendall(f"GET /records/{id}/audio/listen HTTP/1.1\r\nHost: bench\r\nX-Auth-Token: {TOKEN}\r\n\r\n".encode())
    return one
