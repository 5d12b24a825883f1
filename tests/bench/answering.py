"""A real server, as people run it, and a client that costs next to nothing: so that what is measured is the server."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil

from tests.servers import free_ports

TOKEN = "bench"


class Request(NamedTuple):
    method: str
    path: str
    body: bytes = b""
    headers: str = ""


class Client:
    """One connection that is kept, as long as it is used."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.connect()

    def connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: Request) -> tuple[int, bytes]:
        """Status and body."""
        head = f"{request.method} {request.path} HTTP/1.1\r\nHost: bench\r\nX-Auth-Token: {TOKEN}\r\n{request.headers}"
        self._socket.sendall(f"{head}Content-Length: {len(request.body)}\r\n\r\n".encode() + request.body)
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._more()
        top, _, body = got.partition(b"\r\n\r\n")
        lines = top.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), None)
        pieces, size = [body], len(body)
        while size < (length or 0):
            pieces.append(self._more())
            size += len(pieces[-1])
        return int(lines[0].split()[1]), b"".join(pieces)

    def _more(self) -> bytes:
        if not (piece := self._socket.recv(1 << 18)):
            raise ConnectionError("the server hung up")
        return piece

    def close(self) -> None:
        self._socket.close()


@contextlib.contextmanager
def answering(database: str, folder: Path, **settings: str) -> Iterator[int]:
    """`telegraphone serve` with this database; its port."""
    (port,) = free_ports(1)
    ours = {"database": database, "data": str(folder), "token": TOKEN, "port": str(port), "country": "FR", **settings}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TELEGRAPHONE_", "PLAY_"))}
    env = {**kept, **{f"TELEGRAPHONE_{name.upper()}": value for name, value in ours.items()}}
    process = subprocess.Popen(
        [sys.executable, "-m", "telegraphone", "serve"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(process, port)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def spent_s() -> float:
    """Seconds that the servers which we started have used of the processors: it tells the cost of an answer on a busy machine, too."""
    ours = [one for one in psutil.Process().children() if one.cmdline()[1:4] == ["-m", "telegraphone", "serve"]]
    times = [one.cpu_times() for server in ours for one in (server, *server.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            client = Client(port)
            status, _ = client.ask(Request("GET", "/api/v1/readyz"))
            client.close()
            if status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")
