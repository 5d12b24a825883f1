"""The text of Asterisk's manager interface: packets of `Key: value` lines, each ended by an empty line.

Asterisk does not escape what it puts into a value, so a line without a key goes on with the value before it, and of a key that occurs
twice the last one counts: in the packets that we read, what a dial plan or a caller may have written stands before what identifies.
"""

import hashlib
from collections.abc import Iterator, Mapping

Packet = Mapping[str, str]
BANNER = b"Asterisk Call Manager"
END = b"\r\n\r\n"
LONGEST = 1024 * 1024
"""Bytes in which a packet must end: more is none."""


class Garbage(Exception):
    """What came is nothing that a PBX says."""


class Splitter:
    """Bytes as they arrive → packets. The banner comes first, on a line of its own."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._is_begun = False

    def feed(self, data: bytes) -> Iterator[Packet]:
        """The packets that are whole now. Garbage if this is no manager, or a packet has no end."""
        self._bytes += data
        if not self._is_begun and not self._greeted():
            return
        while (end := self._bytes.find(END)) >= 0:
            text = self._bytes[:end].decode("utf-8", "replace")
            del self._bytes[: end + len(END)]
            if packet := parse_packet(text):
                yield packet
        if len(self._bytes) > LONGEST:
            raise Garbage(f"a packet is longer than {LONGEST} bytes")

    def _greeted(self) -> bool:
        end = self._bytes.find(b"\n")
        said = bytes(self._bytes[: max(end, 0) or len(BANNER)])
        if not said.startswith(BANNER) and not BANNER.startswith(said):
            raise Garbage("what answers there is no Asterisk manager")
        if end < 0:
            return False
        del self._bytes[: end + 1]
        self._is_begun = True
        return True


def parse_packet(text: str) -> Packet:
    """One packet. Lines before the first key are none of ours."""
    found: dict[str, str] = {}
    last = ""
    for line in text.split("\r\n"):
        key, colon, value = line.partition(":")
        if colon and key and key.isascii() and all(c.isalnum() or c in "-_" for c in key):
            last = key
            found[key] = value.removeprefix(" ")
        elif last:
            found[last] += f"\n{line}"
    return found


def render_action(action: str, **others: str) -> bytes:
    """An action as it is sent. A name or a secret must not add lines to it."""
    lines = [f"Action: {action}", *(f"{key}: {' '.join(value.splitlines())}" for key, value in others.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def answer_to(challenge: str, secret: str) -> str:
    """The key by which a secret is proved without being sent (AuthType MD5)."""
    return hashlib.md5(f"{challenge}{secret}".encode(), usedforsecurity=False).hexdigest()
