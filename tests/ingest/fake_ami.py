"""A manager for tests: a real socket on loopback that does what it is told, and packets as Asterisk sends them."""

import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

USER, SECRET, CHALLENGE = "telegraphone", "se:cr@et", "159032574"
Packet = dict[str, str]


def cel(number: int, event: str = "CHAN_START", **other: str) -> str:
    """The packet of a CEL event of a leg of its own."""
    at = 1795517000 + number
    packet = {
        "Event": "CEL", "Privilege": "call,all", "Timestamp": f"{at}.000400", "EventName": event, "AppData": "",
        "EventTime": f"{datetime.fromtimestamp(at, UTC):%F %T}", "UniqueID": f"{at}.0", "LinkedID": f"{at}.0", **other,
    }  # fmt: skip
    return render(packet)


def render(packet: Packet) -> str:
    return "".join(f"{key}: {value}\r\n" for key, value in packet.items()) + "\r\n"


class Manager:
    """What it does: the next connection runs `script(connection)`; without one it lets in whoever knows the secret, and answers pings."""

    def __init__(self, *, offers_challenge: bool = True, context: ssl.SSLContext | None = None) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self._context = context
        self.url = f"{'ami' if context is None else 'amis'}://{USER}:se%3Acr%40et@127.0.0.1:{self.port}"
        self.offers_challenge, self.answers_pings, self.uptime = offers_challenge, True, 4000
        self.heard: list[Packet] = []
        self.logins = 0
        self.script: Callable[[socket.socket], None] | None = None
        self._sending = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def send(self, *packets: str) -> None:
        """To all who are in."""
        for connection in list(self._open):
            with suppress(OSError):
                self._send(connection, *packets)

    def _send(self, connection: socket.socket, *packets: str) -> None:
        """Whole, also where the buffer is full and another thread has something to send as well."""
        with self._sending:
            connection.sendall("".join(packets).encode())

    def drop(self) -> None:
        """Hang up on everybody."""
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self) -> None:
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop()
        for thread in [self._accepting, *self._threads]:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _serve(self, accepted: socket.socket) -> None:
        with suppress(OSError), self._spoken(accepted) as connection:
            if self.script is not None:
                self.script(connection)
                return
            connection.sendall(b"Asterisk Call Manager/9.0.0\r\n")
            for action in _actions(connection):
                self.heard.append(action)
                self._answer(connection, action)

    def _spoken(self, accepted: socket.socket) -> socket.socket:
        return accepted if self._context is None else self._context.wrap_socket(accepted, server_side=True)

    def _answer(self, connection: socket.socket, action: Packet) -> None:
        name, told = action["Action"], {"ActionID": action.get("ActionID", "")}
        if name == "Challenge" and self.offers_challenge:
            self._send(connection, render({"Response": "Success", **told, "Challenge": CHALLENGE}))
        elif name == "Login" and _knows_the_secret(action):
            booted = {"Event": "FullyBooted", "Privilege": "system,all", "Uptime": str(self.uptime), "Status": "Fully Booted"}
            self._send(connection, render({"Response": "Success", **told, "Message": "Authentication accepted"}), render(booted))
            self._open.append(connection)
            self.logins += 1
        elif name == "Login":
            self._send(connection, render({"Response": "Error", **told, "Message": "Authentication failed"}))
            connection.shutdown(socket.SHUT_RDWR)
        elif name == "Ping" and self.answers_pings:
            self._send(connection, render({"Response": "Success", "Ping": "Pong", "Timestamp": f"{time.time():.6f}"}))
        elif name != "Ping":
            self._send(connection, render({"Response": "Error", **told, "Message": "Invalid/unknown command"}))


def _knows_the_secret(action: Packet) -> bool:
    key = hashlib.md5(f"{CHALLENGE}{SECRET}".encode(), usedforsecurity=False).hexdigest()
    return action["Username"] == USER and (action.get("Key") == key or action.get("Secret") == SECRET)


def _actions(connection: socket.socket) -> Iterator[Packet]:
    data = b""
    while True:
        while b"\r\n\r\n" in data:
            text, _, data = data.partition(b"\r\n\r\n")
            yield dict(line.split(": ", 1) for line in text.decode().split("\r\n"))
        if not (more := connection.recv(4096)):
            return
        data += more


@contextmanager
def manager(**how: Any) -> Iterator[Manager]:
    one = Manager(**how)
    try:
        yield one
    finally:
        one.close()
