"""A site that is put to the test: its database, its place for audio, its server, a worker beside it, and what reads its recordings."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tests.chaos.mortals import Keeper, Mortal
from tests.chaos.pushing import Api
from tests.servers import Program, free_ports, postgres_program, s3_program

COMMAND = Path(sys.executable).parent / "telegraphone"
DIRECTORY = Path(__file__).parents[1] / "corpus" / "directory.csv"
TOKEN = "chaos-token-0123456789"
STORES = ("postgresql", "sqlite")
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Site(msgspec.Struct, frozen=True):
    """Where everything is. `environ` are the settings."""

    folder: Path
    port: int
    environ: Mapping[str, str]
    programs: Mapping[str, Program]

    @property
    def api(self) -> Api:
        return Api(self.port, TOKEN)

    def run(self, *words: str | Path, patience_s: float = 600) -> str:
        """Run a command to its end; what it says. RuntimeError if it could not go on."""
        done = subprocess.run([COMMAND, *words], env=self.environ, check=False, capture_output=True, text=True, timeout=patience_s)
        if done.returncode not in (0, 3):
            raise RuntimeError(f"{words}: {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    def start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        """Start a command that goes on; what it says goes into a log named after it.

        In a session of its own: between these Linux shares processors, as it does between the services of a machine (sched(7), autogroup).
        """
        with (self.folder / f"{words[0]}.log").open("ab") as log:
            mortal = ["setpriv", "--pdeathsig", "KILL", "--"] if os.path.exists("/usr/bin/setpriv") else []
            command, environ = [*mortal, COMMAND, *words], self.environ
            return subprocess.Popen(command, env=environ, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)

    def answers(self) -> bool:
        """Whether the server can work."""
        try:
            with _DIRECT.open(f"http://127.0.0.1:{self.port}/api/v1/readyz", timeout=5):
                return True
        except OSError:
            return False

    def wait(self, patience_s: float = 90.0) -> None:
        """Until it can."""
        until = time.monotonic() + patience_s
        while not self.answers():
            if time.monotonic() > until:
                raise RuntimeError(f"the server does not work: see {self.folder}")
            time.sleep(0.1)


def make_site(folder: Path, store: str, sources: Iterable[Mapping[str, Any]] = (), port: int = 0) -> Site:
    """A site that is not running yet."""
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    settings: dict[str, str] = {
        "DATA": str(folder), "DATABASE": f"sqlite:///{folder}/telegraphone.db", "MEDIA": f"file://{folder}/media", "TOKEN": TOKEN,
        "COUNTRY": "FR", "TRUNK_CONTEXTS": "from-trunk", "TRUNK_ENDPOINTS": "PJSIP/trunk", "LOG_FORMAT": "json",
        "SOURCES": msgspec.json.encode(list(sources)).decode(),
    }  # fmt: skip
    programs: dict[str, Program] = {}
    if store == "postgresql":
        (folder / "pg").mkdir()
        (folder / "s3").mkdir()
        # A commit is in the hands of the operating system before it is acknowledged, as in production; power cuts are another matter.
        postgres, programs["database"] = postgres_program(folder / "pg", fsync="off")
        s3, programs["bucket"] = s3_program(folder / "s3")
        settings |= {
            "DATABASE": postgres.url(), "MEDIA": f"s3://{s3.bucket}/chaos", "S3_ENDPOINT": s3.endpoint, "S3_REGION": s3.region,
            "S3_ACCESS_KEY": s3.access_key, "S3_SECRET_KEY": s3.secret_key,
        }  # fmt: skip
    port = port or free_ports(1)[0]
    settings["PORT"] = str(port)
    own = {name: value for name, value in os.environ.items() if not name.startswith("TELEGRAPHONE_")}
    return Site(folder, port, {**own, **{f"TELEGRAPHONE_{name}": value for name, value in settings.items()}}, programs)


def set_up(site: Site, keeper: Keeper) -> None:
    """Start its database and its bucket, and tell it who is who; then have the server and a worker running."""
    for name, program in site.programs.items():
        keeper.keep(Mortal(name, program.start, program.stop))
    for name, program in site.programs.items():
        _wait_for(keeper[name], program)
    site.run("directory", "load", DIRECTORY)
    keeper.keep(Mortal("server", lambda: site.start("serve")))
    keeper.keep(Mortal("worker", lambda: site.start("worker")))


def _wait_for(mortal: Mortal, program: Program) -> None:
    while mortal.process is None:
        time.sleep(0.05)
    program.wait(mortal.process)


def kill_session(keeper: Keeper) -> bool:
    """Kill one process of PostgreSQL's that serves a client: all clients are thrown out, and it recovers."""
    return keeper.kill_child("database", "database's session", lambda command: "postgres: postgres" in command)


def kill_process(keeper: Keeper) -> bool:
    """Kill the server's process that answers, and not the one that looks after it."""
    return keeper.kill_child("server", "server's process", lambda command: "spawn_main" in command)


def stuck_leases(site: Site) -> int:
    """How many leases still bind somebody when all who could hold one have been gone for longer than a lease lasts."""
    from telegraphone.db import micros, open_db
    from telegraphone.sql.server.leases import LEASE

    time.sleep(LEASE.total_seconds() + 1)

    db = open_db(site.environ["TELEGRAPHONE_DATABASE"], readers=1)
    try:
        with db.transaction("read") as tx:
            row = tx.one("select count(*) as n from leases where until > :now", now=micros(datetime.now(UTC)))
            return int(row["n"]) if row else 0
    finally:
        db.close()


class Bucket(threading.Thread):
    """Takes the S3 server away for some seconds: stopped and started again, or frozen in the middle of what it does."""

    def __init__(self, keeper: Keeper, seconds: float, *, is_frozen: bool) -> None:
        super().__init__(name="bucket", daemon=True)
        self._mortal, self._seconds, self._is_frozen = keeper["bucket"], seconds, is_frozen

    def run(self) -> None:
        process = self._mortal.process
        if process is None or process.poll() is not None:
            return
        if self._is_frozen:
            process.send_signal(signal.SIGSTOP)
            time.sleep(self._seconds)
            process.send_signal(signal.SIGCONT)
            return
        self._mortal.is_wanted = False
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
        time.sleep(self._seconds)
        self._mortal.is_wanted = True
