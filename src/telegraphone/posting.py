"""One POST over HTTP, bounded in time and in what is read of the answer. No redirect is followed, no proxy asked, nothing kept open."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from functools import cache
from urllib.parse import SplitResult, urlsplit

import msgspec

TIMEOUT_S = 10.0
"""For all of it: finding the address, connecting, sending, and the answer."""
SHOWN = 500
LONGEST_URL = 2000
_LONGEST_HEAD = 64 * 1024
_HOST = r"([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[::1\]|\[[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){7}\])"
_PORT = "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
RECEIVER = rf"^https?://{_HOST}{_PORT}([/?][!-~]*)?$(?!\n)"
"""The form of an address that can be posted to: without a name and a password, since the signature says who sends."""
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})\b")


class Answer(msgspec.Struct, frozen=True):
    """The status and the first bytes of what was answered; without a status, why there was no answer."""

    status: int | None
    text: str


def parse_receiver(url: str) -> SplitResult:
    """The parts of an address that can be posted to, else ValueError."""
    if len(url) > LONGEST_URL or not re.search(RECEIVER, url):
        raise ValueError("must be http://HOST… or https://HOST…, without a name or a password")
    return urlsplit(url)


async def post(url: str, headers: Mapping[str, str], body: bytes, timeout_s: float = TIMEOUT_S) -> Answer:
    """Send it and read how it was taken. Whatever goes wrong is an answer without a status."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _exchange(parse_receiver(url), headers, body)
    except TimeoutError:
        return Answer(None, f"no answer within {timeout_s:g} s")
    except (OSError, ValueError, EOFError) as error:
        return Answer(None, (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:SHOWN])


async def _exchange(to: SplitResult, headers: Mapping[str, str], body: bytes) -> Answer:
    assert to.hostname is not None
    is_tls = to.scheme == "https"
    port = to.port or (443 if is_tls else 80)
    reader, writer = await asyncio.open_connection(to.hostname, port, ssl=_tls() if is_tls else None, limit=_LONGEST_HEAD)
    try:
        writer.write(_head(to, headers, len(body)) + body)
        await writer.drain()
        status, head = await _status(reader)
        return Answer(status, await _beginning(reader, head))
    finally:
        writer.transport.abort()  # nothing more is wanted, and nobody is waited for


@cache
def _tls() -> ssl.SSLContext:
    """The machine's own authorities are believed."""
    return ssl.create_default_context()


def _head(to: SplitResult, headers: Mapping[str, str], length: int) -> bytes:
    target = (to.path or "/") + (f"?{to.query}" if to.query else "")
    lines = {"Host": to.netloc, "Content-Length": str(length), "Connection": "close", **headers}
    return "".join([f"POST {target} HTTP/1.1\r\n", *(f"{name}: {value}\r\n" for name, value in lines.items()), "\r\n"]).encode("ascii")


async def _status(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The status, and the head that it stands in; what is only said on the way (100, 103) is passed over."""
    while True:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise ValueError("the head of the answer is too long") from None
        except asyncio.IncompleteReadError as error:
            raise EOFError("the connection was closed without an answer" if not error.partial else "the answer broke off") from None
        found = _STATUS.match(head)
        if found is None:
            raise ValueError("the answer is no HTTP")
        if (status := int(found[1])) >= 200:
            return status, head


async def _beginning(reader: asyncio.StreamReader, head: bytes) -> str:
    """The first bytes of the body as text. The status is what counts: a body that breaks off is no error."""
    lengths = re.findall(rb"(?i)\r\ncontent-length: *([0-9]{1,9})\r\n", head)
    wanted = min(SHOWN, int(lengths[0])) if lengths else SHOWN
    body = bytearray()
    try:
        async with asyncio.timeout(1):
            while len(body) < wanted and (piece := await reader.read(wanted - len(body))):
                body += piece
    except (OSError, TimeoutError):
        pass
    text = bytes(body)
    if re.search(rb"(?i)\r\ntransfer-encoding: *chunked\r\n", head):
        text = re.sub(rb"(?:^|\r\n)[0-9a-fA-F]+(?:;[^\r\n]*)?\r\n", b"", text)
    return text.decode("utf-8", "replace").replace("\0", "\ufffd").strip()
