"""A manager's stream is followed over a real socket, whatever the other side does."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telegraphone.errors import BadSetting, Unavailable
from telegraphone.events import Event, Unreadable
from telegraphone.ingest.ami import client
from telegraphone.ingest.ami.client import Address, Client, Times, parse_address
from telegraphone.ingest.ami.follow import ALIVE_S, AmiStream, Gap, StreamPlace
from telegraphone.ingest.ami.packets import LONGEST, Garbage, Splitter, parse_packet, render_action
from tests.certificates import put_certificate
from tests.each import each
from tests.ingest.cel import UTC_ZONE
from tests.ingest.fake_ami import SECRET, USER, Manager, cel, manager

QUICK = Times(ping_s=0.1, silent_s=0.8, login_s=1.0, first_wait_s=0.02, refused_wait_s=0.3, longest_wait_s=0.4)


@pytest.fixture
def pbx() -> Iterator[Manager]:
    with manager() as one:
        yield one


HANGUP = "Event: Hangup\r\nUniqueid: 1.1\r\n\r\n"


class Reader:
    """Follows as a worker does; `again` is another worker that begins where this one kept its place."""

    def __init__(self, url: str, times: Times = QUICK) -> None:
        self.url, self.times = url, times
        self.stream = AmiStream(url, UTC_ZONE, times)
        self.place: StreamPlace | None = None
        self.items: list[Event | Unreadable] = []
        self.gaps: list[Gap] = []
        self.refusals: list[str] = []
        self.hints: list[str] = []

    def poll(self) -> None:
        try:
            while step := self.stream.read_on(self.place, time.time()):
                assert self.place is None or step.place.position >= self.place.position
                self.items += step.items
                self.gaps += step.gaps
                self.hints += [step.hint] if step.hint else []
                self.place = self.stream.place_of(step.place.kept())
        except Unavailable as error:
            self.refusals.append(error.detail)

    def wait(self, is_so: Callable[[], bool], seconds: float = 15.0) -> None:
        until = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < until, (self.items, self.gaps, self.refusals[-3:])
            self.poll()
            time.sleep(0.005)

    def legs(self) -> list[int]:
        return [int(item.leg[:-2]) - 1795517000 for item in self.items if isinstance(item, Event) and item.leg]


@pytest.fixture
def reader(pbx: Manager) -> Iterator[Reader]:
    one = Reader(pbx.url)
    yield one
    one.stream.close()


def test_what_is_sent_arrives(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: bool(reader.items))
    pbx.send(cel(1), "Event: Newchannel\r\nUniqueid: 1.1\r\n\r\n", cel(2))
    reader.wait(lambda: reader.legs() == [1, 2])
    (start,) = [item for item in reader.items if isinstance(item, Event) and item.kind == "pbx_started"]
    assert 3990 < time.time() - start.at.timestamp() < 4030
    assert reader.gaps == [] and reader.refusals == []
    login = pbx.heard[1]
    assert login["AuthType"] == "MD5" and SECRET not in str(pbx.heard) and login["Events"] == client.CLASSES


def test_without_a_challenge_the_secret_is_sent() -> None:
    with manager(offers_challenge=False) as pbx:
        reader = Reader(pbx.url)
        reader.wait(lambda: pbx.logins == 1)
        assert pbx.heard[1] == {"Action": "Login", "ActionID": "2", "Username": USER, "Events": client.CLASSES, "Secret": SECRET}
        reader.stream.close()


def test_in_pieces(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: pbx.logins == 1)
    text = "".join(map(cel, range(6))) + cel(7, CallerIDname="Zoë 😀")
    data = text.encode()
    for start in range(0, len(data), 97):
        for connection in pbx._open:
            connection.sendall(data[start : start + 97])
        time.sleep(0.001)
    reader.wait(lambda: reader.legs() == [0, 1, 2, 3, 4, 5, 7])
    assert isinstance(reader.items[-1], Event) and reader.items[-1].name == "Zoë 😀"


def test_a_dropped_connection_is_a_gap(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: pbx.logins == 1)
    pbx.send(cel(1), cel(2)[:40])
    reader.wait(lambda: reader.legs() == [1])
    before = time.time()
    pbx.drop()
    reader.wait(lambda: pbx.logins == 2)
    pbx.send(cel(3))
    reader.wait(lambda: reader.legs() == [1, 3])
    (gap,) = reader.gaps
    assert before - 5 < gap.from_at.timestamp() <= before + 0.2 and gap.from_at < gap.to_at
    assert "the manager closed the connection" in "".join(reader.refusals) or not reader.refusals
    starts = [item for item in reader.items if isinstance(item, Event) and item.kind == "pbx_started"]
    assert len(starts) == 1, "that it lets us in again is no start"


def test_a_start_of_the_pbx_is_told_once(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: pbx.logins == 1)
    pbx.uptime = 1
    pbx.drop()
    reader.wait(lambda: pbx.logins == 2)
    pbx.drop()
    reader.wait(lambda: pbx.logins == 3)
    reader.wait(lambda: len(reader.gaps) == 2)
    starts = [item.at.timestamp() for item in reader.items if isinstance(item, Event) and item.kind == "pbx_started"]
    assert len(starts) == 2 and time.time() - starts[1] < 30


def test_a_dead_peer_is_noticed(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: pbx.logins == 1)
    reader.wait(lambda: sum(action["Action"] == "Ping" for action in pbx.heard) > 3)
    assert pbx.logins == 1, "answers to pings are life signs"
    pbx.answers_pings = False
    reader.wait(lambda: pbx.logins > 1)
    reader.wait(lambda: bool(reader.gaps))


def test_a_wrong_password(pbx: Manager) -> None:
    reader = Reader(pbx.url.replace("cr%40", "other"))
    reader.wait(lambda: len(reader.refusals) > 100)
    assert set(reader.refusals) == {f"127.0.0.1 does not let {USER} in: Authentication failed"}
    tries = sum(action["Action"] == "Login" for action in pbx.heard)
    reader.wait(lambda: sum(action["Action"] == "Login" for action in pbx.heard) > tries)
    assert tries <= 3, "a PBX may lock out who comes too often"
    reader.stream.close()


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no Asterisk manager"),
        (b"", "does not answer to a login"),
        (b"Asterisk Call Manager/9.0.0\r\n", "does not answer"),
    ],
)
def test_what_is_no_manager(pbx: Manager, reader: Reader, greeting: bytes, reason: str) -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(greeting)
        connection.settimeout(20)
        while connection.recv(4096):
            pass

    pbx.script = script
    reader.wait(lambda: reason in "".join(reader.refusals))
    pbx.script = None
    reader.wait(lambda: pbx.logins == 1)


def test_a_slow_login(pbx: Manager) -> None:
    """The banner comes late, and an event before the answer."""

    def script(connection: socket.socket) -> None:
        time.sleep(0.6)
        for part in (b"Asterisk Call ", b"Manager/9.0.0\r", b"\n"):
            connection.sendall(part)
            time.sleep(0.05)
        for challenge in ("Challenge: 1\r\n", ""):
            action = parse_packet(connection.recv(4096).decode().strip())
            early = "Event: Hold\r\nUniqueid: 9.9\r\n\r\n"
            connection.sendall(f"{early}Response: Success\r\nActionID: {action['ActionID']}\r\n{challenge}\r\n".encode())
            time.sleep(0.1)
        connection.sendall(cel(1).encode())
        while connection.recv(4096):
            pass

    pbx.script = script
    reader = Reader(pbx.url, Times(first_wait_s=0.02))
    reader.wait(lambda: reader.legs() == [1])
    assert reader.refusals == []
    reader.stream.close()


def test_nobody_there_yet() -> None:
    pbx = Manager()
    pbx.close()
    reader = Reader(pbx.url)
    reader.wait(lambda: len(reader.refusals) > 3)
    assert set(reader.refusals) == {f"127.0.0.1:{pbx.port}: Connection refused"}
    reader.stream.close()


def test_a_flood(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: pbx.logins == 1)
    for start in range(0, 20_000, 100):
        pbx.send("".join(f"Event: VarSet\r\nVariable: {number}\r\n\r\n{cel(number)}" for number in range(start, start + 100)))
    reader.wait(lambda: len(reader.legs()) == 20_000, 60)
    assert reader.legs() == list(range(20_000)) and reader.gaps == []
    positions = [item.position for item in reader.items]
    assert positions == sorted(set(positions))


def test_more_than_can_be_kept_is_a_gap_and_not_a_full_memory(pbx: Manager) -> None:
    one = Client(parse_address(pbx.url), QUICK, most=100)
    one.start()
    while not pbx.logins:
        time.sleep(0.01)
    pbx.send(*(cel(number) for number in range(300)))
    while "more came than could be kept" not in one.refusal:
        time.sleep(0.01)
    assert len(one.take(0, 1000)) == 100
    time.sleep(0.3)
    assert pbx.logins == 1, "it comes back when there is room"
    one.take(80, 1000)
    while pbx.logins < 2:
        time.sleep(0.01)
    while (last := one.take(100, 1000)[:1]) == []:
        time.sleep(0.01)
    assert last[0].packet is None and last[0].alive_at > 0
    one.stop()


def test_what_could_not_be_kept_is_given_again(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: pbx.logins == 1)
    reader.wait(lambda: bool(reader.items))
    pbx.send(cel(1))
    while not (first := reader.stream.read_on(reader.place, 0.0)):
        time.sleep(0.01)
    pbx.send(cel(2))
    time.sleep(0.2)
    assert reader.stream.read_on(reader.place, 0.0) == first
    reader.wait(lambda: reader.legs() == [1, 2])


def test_another_worker_goes_on_and_tells_the_gap(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: pbx.logins == 1)
    pbx.send(cel(1))
    reader.wait(lambda: reader.legs() == [1])
    kept = reader.place
    reader.stream.close()
    other = Reader(pbx.url)
    other.place = kept
    other.wait(lambda: bool(other.gaps))
    pbx.send(cel(2))
    other.wait(lambda: other.legs() == [2])
    assert kept and other.gaps[0].from_at.timestamp() == pytest.approx(kept.alive_at, abs=0.01)
    assert other.place and other.place.position > kept.position
    reader.place, reader.items = other.place, []
    other.stream.close()
    reader.wait(lambda: bool(reader.gaps))
    pbx.send(cel(3))
    reader.wait(lambda: reader.legs() == [3])


def test_a_connection_has_no_place_where_another_was_meanwhile(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: pbx.logins == 1)
    reader.wait(lambda: reader.place is not None)
    assert reader.place
    reader.place = StreamPlace(reader.place.position + 1000, time.time() - 60)
    reader.wait(lambda: pbx.logins == 2)
    reader.wait(lambda: bool(reader.gaps))
    assert 59 < (reader.gaps[0].to_at - reader.gaps[0].from_at).total_seconds() < 90


def test_a_manager_without_cel_is_told_of_once(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: pbx.logins == 1)
    pbx.send(HANGUP * 9)
    reader.wait(lambda: bool(reader.hints))
    pbx.send(HANGUP * 9)
    time.sleep(0.2)
    reader.poll()
    assert len(reader.hints) == 1 and "cel.conf" in reader.hints[0]


def test_hangups_beside_cel_are_well(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: pbx.logins == 1)
    pbx.send(cel(1), HANGUP * 9, cel(2))
    reader.wait(lambda: reader.legs() == [1, 2])
    reader.poll()
    assert reader.hints == []


def test_a_quiet_night_is_no_gap(pbx: Manager, reader: Reader) -> None:
    reader.wait(lambda: pbx.logins == 1)
    reader.wait(lambda: reader.place is not None)
    assert reader.place
    old = StreamPlace(reader.place.position, reader.place.alive_at - ALIVE_S)
    reader.wait(lambda: reader.stream.read_on(old, 0.0) is not None)
    step = reader.stream.read_on(old, 0.0)
    assert step and step.items == () and step.place.alive_at > old.alive_at + ALIVE_S / 2


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return tmp_path / "pbx.pem"


def test_a_stream_is_encrypted(certificate: Path) -> None:
    with manager(context=put_certificate(certificate, "127.0.0.1")) as pbx:
        reader = Reader(f"{pbx.url}?ssl_ca={certificate}")
        reader.wait(lambda: bool(reader.items))
        pbx.send(*(cel(n) for n in range(2000)))
        reader.wait(lambda: reader.legs() == [*range(2000)])
        pbx.drop()
        reader.wait(lambda: pbx.logins == 2)
        pbx.send(cel(2000))
        reader.wait(lambda: reader.legs()[-1] == 2000)
        reader.stream.close()


@each(("vouched_for", "query", "told"), [
    ("127.0.0.1", "", "certificate verify failed"), ("127.0.0.9", "?ssl_ca={}", "certificate verify failed: IP address mismatch"),
    ("127.0.0.1", "?ssl_ca={}.none", "pbx.pem.none: No such file"),
])  # fmt: skip
def test_who_cannot_show_that_it_is_the_pbx_gets_no_secret(certificate: Path, vouched_for: str, query: str, told: str) -> None:
    with manager(context=put_certificate(certificate, vouched_for)) as pbx:
        reader = Reader(pbx.url + query.format(certificate))
        reader.wait(lambda: any(told in refusal for refusal in reader.refusals))
        reader.stream.close()
        assert pbx.heard == []


@pytest.mark.parametrize("is_tls", [True, False])
def test_nobody_gets_in_where_one_side_alone_speaks_tls(certificate: Path, is_tls: bool) -> None:
    """`is_tls`: the PBX does."""
    context = put_certificate(certificate, "127.0.0.1")
    with manager(context=context if is_tls else None) as pbx:
        url = pbx.url.replace("amis:", "ami:") if is_tls else f"{pbx.url.replace('ami:', 'amis:')}?ssl_ca={certificate}"
        reader = Reader(url)
        reader.wait(lambda: bool(reader.refusals))
        reader.stream.close()
        assert pbx.heard == []


@pytest.mark.parametrize("rest", ["h", "u@h", "u:p@", "u:p@h:x", "u:p@h:70000", "u:p@h/x", "u:p@h?x=1", "u:p@h?ssl_ca=x"])
def test_bad_addresses(rest: str) -> None:
    url = f"ami://{rest}"
    with pytest.raises(BadSetting) as told:
        parse_address(url)
    assert url not in str(told.value)


def test_addresses() -> None:
    found = parse_address("ami://u%40x:p%3Aw@[::1]")
    assert found == Address("::1", 5038, "u@x", "p:w")
    assert "p:w" not in repr(found)
    assert parse_address("amis://u:p@h") == Address("h", 5039, "u", "p", is_tls=True)
    assert parse_address("amis://u:p@h:1?ssl_ca=/a%20b.pem") == Address("h", 1, "u", "p", is_tls=True, ssl_ca="/a b.pem")


def test_a_packet_without_end_is_refused() -> None:
    splitter = Splitter()
    assert list(splitter.feed(b"Asterisk Call Manager/9.0.0\r\n")) == []
    assert list(splitter.feed(b"x" * LONGEST)) == []
    with pytest.raises(Garbage):
        list(splitter.feed(b"x"))


def test_an_action_has_no_more_lines_than_it_should() -> None:
    assert render_action("Login", Username="a\r\nAction: Originate") == b"Action: Login\r\nUsername: a Action: Originate\r\n\r\n"
