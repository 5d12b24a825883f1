"""A connection to Asterisk's manager interface, in a thread of its own: it takes what comes at once, since a PBX does not wait for us.

It logs in (by a challenge, if the PBX has one, so that the secret is not sent), asks for life signs, and connects anew when the connection
broke, ever later, and not together with others. What arrived is kept until it is taken, up to a bound; beyond, the connection is let go.
"""

import contextlib
import random
import socket
import ssl
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from ...errors import BadSetting
from ..asterisk_ami import RECEIVED, WANTED
from .packets import Garbage, Packet, Splitter, answer_to, render_action

PORTS = {"ami": 5038, "amis": 5039}
"""Asterisk's own, in the clear and with TLS."""
CLASSES = "system,call,agent"
"""The classes of events that we ask for: CEL, holds and recordings are `call`, queues `agent`, a start `system`."""
CONNECT_S, LOGIN_S, LOOK_S = 10.0, 20.0, 0.5
PING_S, SILENT_S = 15.0, 45.0
"""After so long we ask for a life sign; and after so long without any, the other side is taken for dead."""
FIRST_WAIT_S, REFUSED_WAIT_S, LONGEST_WAIT_S = 0.5, 15.0, 60.0
"""How long is waited before another try, at least and at most; after a wrong password longer, or a PBX would lock us out."""
MOST = 100_000
"""How many packets are kept while nobody takes them: a large site's of some minutes."""


MANY_HANGUPS = 5
"""After so many calls without CEL, none will come."""


class Address(msgspec.Struct, frozen=True):
    """Where a manager is, and who we are there. `ssl_ca`: a file of those who may vouch for it, if not those whom the system trusts."""

    host: str
    port: int
    user: str
    secret: str
    is_tls: bool = False
    ssl_ca: str = ""

    def __repr__(self) -> str:
        return f"Address({self.user}@{self.host}:{self.port})"


class Times(msgspec.Struct, frozen=True):
    """How long things take: for tests, which have none to waste."""

    ping_s: float = PING_S
    silent_s: float = SILENT_S
    login_s: float = LOGIN_S
    first_wait_s: float = FIRST_WAIT_S
    refused_wait_s: float = REFUSED_WAIT_S
    longest_wait_s: float = LONGEST_WAIT_S


class Arrival(msgspec.Struct, frozen=True):
    """What came, with a number that counts from 1: a packet, or (None) that we were let in. `alive_at`: the last life sign before."""

    number: int
    at: float
    packet: Packet | None
    alive_at: float = 0.0


class Lost(Exception):
    """The connection is of no use any more."""


class Refused(Lost):
    """We were not let in."""


def parse_address(url: str) -> Address:
    """`ami://user:password@host:port`, `amis://…?ssl_ca=…`. BadSetting does not tell the URL: it holds a password."""
    try:
        parts = urlsplit(url)
        options = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
        port, names = parts.port or PORTS[parts.scheme], (unquote(parts.username or ""), unquote(parts.password or ""))
    except (ValueError, KeyError):
        raise _bad_address() from None
    [ssl_ca] = options.pop("ssl_ca", [""])[-1:]
    is_tls = parts.scheme == "amis"
    if parts.scheme not in PORTS or not parts.hostname or not all(names) or parts.path.strip("/") or options or (ssl_ca and not is_tls):
        raise _bad_address()
    return Address(parts.hostname, port, *names, is_tls, ssl_ca)


def _bad_address() -> BadSetting:
    return BadSetting(
        "url of asterisk-ami is ami://USER:PASSWORD@HOST:PORT, or amis:// for TLS, with ?ssl_ca=PATH if need be,"
        " and signs such as @ and : in a password as %40 and %3A"
    )


class Client:
    """One manager. `refusal` says why there is no connection now, and is empty if there is one, or none was tried yet."""

    def __init__(self, address: Address, times: Times | None = None, most: int = MOST) -> None:
        self._address, self._times, self._most = address, times or Times(), most
        self._arrived: deque[Arrival] = deque()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._socket: socket.socket | None = None
        self._number = self._asked = self._hangups = 0
        self.refusal = ""
        self.is_in = False
        self.alive_at = self._heard = 0.0
        self._thread = threading.Thread(target=self._run, name=f"ami {address.host}", daemon=True)

    @property
    def hint(self) -> str:
        """What is wrong with a connection that is well."""
        told = "calls end, but no CEL comes: it takes enabled = yes below [manager] in cel.conf, and cel_manager.so"
        return told if self._hangups >= MANY_HANGUPS else ""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the connection go. What arrived and was not taken is gone."""
        self._stop.set()
        if (open_ := self._socket) is not None:
            with contextlib.suppress(OSError):
                open_.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def take(self, done: int, most: int) -> list[Arrival]:
        """What arrived behind the arrival `done`; what came before it is let go."""
        with self._lock:
            while self._arrived and self._arrived[0].number <= done:
                self._arrived.popleft()
            return list(islice(self._arrived, most))

    def _run(self) -> None:
        wait_s = self._times.first_wait_s / 2
        while not self._stop.is_set():
            least_s = self._times.first_wait_s
            try:
                self._session()
            except Refused as error:
                self.refusal, least_s = str(error), self._times.refused_wait_s
            except (OSError, Lost, Garbage) as error:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
                self.refusal = f"{self._address.host}:{self._address.port}: {reason}"
            was_in, self.is_in = self.is_in, False
            wait_s = least_s if was_in else min(max(2 * wait_s, least_s), self._times.longest_wait_s)
            self._stop.wait(wait_s * (0.75 + random.random() / 4))
            while not self._has_room() and not self._stop.wait(LOOK_S):
                pass

    def _has_room(self) -> bool:
        return len(self._arrived) < max(1, self._most // 2)

    def _session(self) -> None:
        """One connection, from its beginning to its end."""
        with _connected(self._address) as connection:
            self._socket = connection
            connection.settimeout(LOOK_S)
            try:
                packets = self._packets(connection)
                self._log_in(connection, packets)
                self._arrive(None, self.alive_at)
                self.is_in, self.refusal, self.alive_at = True, "", time.time()
                self._listen(connection, packets)
            finally:
                self._socket = None

    def _packets(self, connection: socket.socket) -> Iterator[Packet | None]:
        """What comes; None when nothing came for a moment, and after what came together."""
        splitter = Splitter()
        self._heard = time.monotonic()
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                if not (data := connection.recv(65536)):
                    raise Lost("the manager closed the connection")
                self._heard = time.monotonic()
                self.alive_at = time.time() if self.is_in else self.alive_at
                yield from splitter.feed(data)
            yield None

    def _log_in(self, connection: socket.socket, packets: Iterator[Packet | None]) -> None:
        offered = self._answer(connection, packets, "Challenge", AuthType="MD5")
        user, secret = self._address.user, self._address.secret
        how = {"Secret": secret}
        if challenge := offered.get("Challenge", ""):
            how = {"AuthType": "MD5", "Key": answer_to(challenge, secret)}
        told = self._answer(connection, packets, "Login", Username=user, Events=CLASSES, **how)
        if told.get("Response") != "Success":
            raise Refused(f"{self._address.host} does not let {user} in: {told.get('Message', '')[:200]}")

    def _answer(self, connection: socket.socket, packets: Iterator[Packet | None], action: str, **others: str) -> Packet:
        """What the manager answers to an action. Nothing else comes before we are in."""
        self._asked += 1
        wanted, until = str(self._asked), time.monotonic() + self._times.login_s
        is_sent = False
        for packet in packets:
            if not is_sent:  # it greets first
                connection.sendall(render_action(action, ActionID=wanted, **others))
                is_sent = True
            if packet is not None and packet.get("ActionID") == wanted and "Response" in packet:
                return packet
            if time.monotonic() > until:
                break
        raise Lost("the manager does not answer to a login")

    def _listen(self, connection: socket.socket, packets: Iterator[Packet | None]) -> None:
        asked = time.monotonic()
        for packet in packets:
            if packet is not None:
                self._hear(packet)
            now = time.monotonic()
            if now - asked >= self._times.ping_s:
                connection.sendall(render_action("Ping"))
                asked = now
            if now - self._heard >= self._times.silent_s:
                raise Lost(f"nothing came for {self._times.silent_s:.0f} s")

    def _hear(self, packet: Packet) -> None:
        name = packet.get("Event", "")
        if name == "CEL":
            self._hangups = -sys.maxsize
        elif name == "Hangup":
            self._hangups += 1
        if name in WANTED:
            self._arrive({**packet, RECEIVED: f"{time.time():.6f}"}, 0.0)

    def _arrive(self, packet: Packet | None, alive_at: float) -> None:
        if len(self._arrived) >= self._most:
            raise Lost("more came than could be kept")
        with self._lock:
            self._number += 1
            self._arrived.append(Arrival(self._number, time.time(), packet, alive_at))


def _connected(address: Address) -> socket.socket:
    """A connection, encrypted if it is to be: then the manager must show that it is the host that was named."""
    context = _context(address.ssl_ca) if address.is_tls else None
    connection = socket.create_connection((address.host, address.port), CONNECT_S)
    return connection if context is None else context.wrap_socket(connection, server_hostname=address.host)


def _context(ssl_ca: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ssl_ca or None)
    except OSError as error:
        raise Lost(f"ssl_ca {ssl_ca}: {error.strerror or error}") from error
