"""One POST, whatever is at the other end."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

import pytest

from telegraphone.posting import SHOWN, Answer, parse_receiver, post
from tests.each import each

Peer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def posted(peer: Peer, timeout_s: float = 10.0, body: bytes = b"{}") -> Answer:
    async def all_of_it() -> Answer:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            served.append(asyncio.current_task())
            try:
                with contextlib.suppress(OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
                    await peer(reader, writer)
                    await writer.drain()
                    writer.write_eof()
                    await asyncio.sleep(1)
            finally:
                writer.transport.abort()

        served: list[asyncio.Task[None] | None] = []
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            answer = await post(f"http://127.0.0.1:{port}/a/b?c=d", {"X-Told": "yes"}, body, timeout_s)
            tasks = [task for task in served if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)
            return answer

    return asyncio.run(all_of_it())


def says(*pieces: bytes, stays_s: float = 0) -> Peer:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(2)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        await asyncio.sleep(stays_s)

    return peer


@each(("pieces", "answer"), [
    ([b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello more"], Answer(200, "hello")),
    ([b"HTTP/1.0 500 No\r\n\r\nit is ", b"broken"], Answer(500, "it is broken")),
    ([b"HTTP/1.1 204 No Content\r\n\r\n"], Answer(204, "")), ([b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"], Answer(410, "")),
    ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"], Answer(200, "abcde")),
    ([b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\n", b"HTTP/1.1 202 Yes\r\n\r\nok"], Answer(202, "ok")),
    ([b"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\n\r\n"], Answer(301, "")),
    ([b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 10_000], Answer(200, "x" * SHOWN)),
    ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\xffa\0"], Answer(200, "\ufffda\ufffd")),
    ([], Answer(None, "the connection was closed without an answer")), ([b"HTTP/1.1 200 OK\r\n"], Answer(None, "the answer broke off")),
    ([b"SSH-2.0-x\r\n\r\n"], Answer(None, "the answer is no HTTP")), ([b"HTTP/1.1 999 Odd\r\n\r\n"], Answer(None, "the answer is no HTTP")),
    ([b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000], Answer(None, "the head of the answer is too long")),
])  # fmt: skip
def test_answers(pieces: list[bytes], answer: Answer) -> None:
    assert posted(says(*pieces)) == answer


def test_what_is_sent() -> None:
    sent = bytearray()

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent.extend(await reader.readuntil(b"\r\n\r\n"))
        sent.extend(await reader.readexactly(9))
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")

    assert posted(peer, body=b'{"a": 10}') == Answer(200, "")
    head, _, body = bytes(sent).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert (first, body) == ("POST /a/b?c=d HTTP/1.1", b'{"a": 10}')
    assert sorted(line.split(":")[0] for line in lines) == ["Connection", "Content-Length", "Host", "X-Told"]


@each("pieces", [[], [b"HTTP/1.1 "], [b"HTTP/1.1 100 Continue\r\n\r\n"]])
def test_who_does_not_answer_is_not_waited_for(pieces: list[bytes]) -> None:
    assert posted(says(*pieces, stays_s=30), 0.2) == Answer(None, "no answer within 0.2 s")


def test_who_answers_drop_by_drop_is_not_waited_for() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.05)

    assert posted(peer, 0.3) == Answer(None, "no answer within 0.3 s")


def test_who_takes_nothing_is_not_waited_for() -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(30)

    assert posted(peer, 0.3, b"x" * 50_000_000).status is None


def test_nobody_is_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused = asyncio.run(post(f"http://127.0.0.1:{port}/", {}, b""))
    assert refused.status is None and "onnect" in refused.text
    assert asyncio.run(post("https://[::1]:9/", {}, b"", 2.0)).status is None
    assert asyncio.run(post("http://no-such-host.invalid/", {}, b"", 5.0)).status is None


@each("url", ["http://a", "https://a.example:8443/x?y=z", "http://[::1]:80/", "http://10.0.0.1/", "https://a_b-c.example/%20"])
def test_addresses(url: str) -> None:
    assert parse_receiver(url).geturl() == url


@each("url", [
    "", "a", "ftp://a/", "http://", "http:///x", "http://a:0/", "http://a:65536/", "http://u:p@a/", "http://u@a/", "http://a/\r\nX: y",
    "http://a b/", "http://é/", "http://a/é", "http://[::2/", "http://a\n", "http://" + "a" * 2000, "http://a..b/", "http://a/\0",
])  # fmt: skip
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match="must be http"):
        parse_receiver(url)
