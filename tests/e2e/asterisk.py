"""Asterisk in the private root, with a configuration and folders of its own for each run; nothing of it listens beyond loopback."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tests.certificates import put_certificate
from tests.e2e.packets import packets
from tests.servers import end, free_ports
from tests.sounds import companded, to_alaw, tone

HERE = Path(__file__).parent
START_S = 60.0
USER, SECRET = "telegraphone", "only-of-the-tests"
"""Who listens to the manager's stream."""
SOUND = "sip/sound.pcap"
"""What those who speak say."""
CERTIFICATE = "etc/pbx.pem"
FOLDERS = ("etc", "lib", "spool/monitor", "run", "log/cel-custom", "moh", "sip")


class Pbx(msgspec.Struct, frozen=True):
    """A running Asterisk. `run` is its folder as it sees it, below `root`; the other paths are ours."""

    root: Path
    run: Path
    sip: int
    answering: int
    manager: int
    plain_manager: int
    has_manager: bool

    def ours(self, path: str) -> Path:
        """A file of its folder."""
        return self.root / self.run.relative_to("/") / path

    @property
    def cel(self) -> Path:
        return self.ours("log/cel-custom/Master.csv")

    @property
    def queue_log(self) -> Path:
        return self.ours("log/queue_log")

    @property
    def recordings(self) -> Path:
        return self.ours("spool/monitor")

    @property
    def stream(self) -> str:
        """Where its manager's events can be followed: by TLS, as over any network that is not its own."""
        return f"amis://{USER}:{SECRET}@127.0.0.1:{self.manager}?ssl_ca={self.ours(CERTIFICATE)}"

    def command(self, *words: str) -> list[str]:
        """A command in the private root, which ends when we do."""
        mortal = ["setpriv", "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        return [*mortal, "chroot", str(self.root), *words]

    def start(self, log: Path, *words: str) -> subprocess.Popen[bytes]:
        """The same, begun in a session of its own; what it says goes into a file."""
        environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC", "LC_ALL": "C.UTF-8", "TERM": "dumb", "HOME": str(self.run)}
        with log.open("ab") as out:
            return subprocess.Popen(
                self.command(*words), stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environ, cwd="/", start_new_session=True
            )


@contextlib.contextmanager
def asterisk(root: Path, *, with_manager: bool = False) -> Iterator[Pbx]:
    """Asterisk while the block runs."""
    sip, answering, manager, plain = free_ports(4)
    pbx = Pbx(root, Path(f"/run/e2e-{os.getpid()}"), sip, answering, manager, plain, with_manager)
    for folder in FOLDERS:
        pbx.ours(folder).mkdir(parents=True)
    try:
        _configure(pbx)
        process = pbx.start(pbx.ours("asterisk.out"), "asterisk", "-f", "-C", f"{pbx.run}/etc/asterisk.conf")
        try:
            _wait(pbx, process)
            yield pbx
        finally:
            end(process, signal.SIGTERM)
    finally:
        shutil.rmtree(pbx.ours(""), ignore_errors=True)


def ask(pbx: Pbx, words: str) -> str:
    """What its console answers."""
    command = pbx.command("asterisk", "-C", f"{pbx.run}/etc/asterisk.conf", "-rx", words)
    return subprocess.run(command, check=False, capture_output=True, text=True, errors="replace", timeout=60).stdout


def _configure(pbx: Pbx) -> None:
    rtp = random.randrange(33_000, 50_000, 2)
    modules = next(pbx.root.glob("usr/lib/*/asterisk/modules"))
    values = {
        "run": str(pbx.run), "sip": str(pbx.sip), "answering": str(pbx.answering), "triplet": modules.parts[-3],
        "rtp_start": str(rtp), "rtp_end": str(rtp + 9_999), "manager": str(pbx.manager), "plain": str(pbx.plain_manager),
        "user": USER, "secret": SECRET, "has_manager": "yes" if pbx.has_manager else "no",
    }  # fmt: skip
    for path in (HERE / "etc").glob("*.conf"):
        pbx.ours(f"etc/{path.name}").write_text(filled(path.read_text("utf-8"), values), encoding="utf-8")
    put_certificate(pbx.ours(CERTIFICATE), "127.0.0.1")
    pbx.ours("moh/music.alaw").write_bytes(companded(to_alaw, tone(20)))
    pbx.ours(SOUND).write_bytes(packets(companded(to_alaw, tone(10))))


def filled(text: str, values: dict[str, str]) -> str:
    """A text with each {name} replaced; Asterisk's own ${…} stays."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _wait(pbx: Pbx, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_S
    while "fully booted" not in ask(pbx, "core waitfullybooted").lower():
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"Asterisk did not start: {pbx.ours('asterisk.out').read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)


def phones(pbx: Pbx, talk_s: float) -> list[subprocess.Popen[bytes]]:
    """Telephones that answer every call and send back what they hear, and one whose owner speaks for so long and hangs up.

    Two that send back what they hear must never be brought together: each packet would go round between them without end, as fast as the
    machine can carry it.
    """
    return [
        _answering(pbx, "answer", "127.0.0.4", {}, "-rtp_echo"),
        _answering(pbx, "speak", "127.0.0.5", {"talk_ms": str(round(talk_s * 1000)), "sound": f"{pbx.run}/{SOUND}"}),
    ]


def _answering(pbx: Pbx, name: str, place: str, values: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    scenario = f"sip/{name}.xml"
    pbx.ours(scenario).write_text(filled((HERE / scenario).read_text("utf-8"), values))
    listening = ("-i", place, "-p", str(pbx.answering), "-mi", place, "-nostdin", *words)
    return pbx.start(pbx.ours(f"{name}.out"), "sipp", "-sf", f"{pbx.run}/{scenario}", *listening)
