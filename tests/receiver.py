"""A program that is told by webhooks: a real server on loopback, which does what a test wants with each message."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec


class Message(msgspec.Struct, frozen=True):
    """What came: the headers have small letters."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Answering = Callable[[Message, int], int]
"""The status for the n-th message (from 0) that comes."""


class Receiver:
    """`messages`: all that came, whatever was answered."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server, self.messages = server, list[Message]()
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/hook?from=tests"

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.messages]


@contextmanager
def receiving(answering: Answering = lambda message, number: 204, location: str = "") -> Iterator[Receiver]:
    """While the block runs. A redirect leads to `location`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            message = Message(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            number = len(receiver.messages)
            receiver.messages.append(message)
            receiver.may_answer.wait(30)
            status = answering(message, number)
            text = b"" if status == 204 else f"answer {number}".encode()
            self.send_response(status)
            if location:
                self.send_header("location", location)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def finish(self) -> None:
            with suppress(OSError):  # whoever sent it has gone
                super().finish()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Whoever sent it has gone."""

    with Server(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(server)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.may_answer.set()
            server.shutdown()
            thread.join()
