"""A real MariaDB for tests, as a PBX (FreePBX) has beside it: the machine's own, or Debian's package, unpacked into a folder of the user's.

Nothing is installed, and it runs as whoever runs the tests, on a socket in a temporary folder. It is fetched once; a machine that can have
it but does not get it fails the test with the reason, one without Debian's tools skips it.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pymysql
import pytest

from tests.servers import Program, running, temporary_folder

PACKAGE = "mariadb-server-core"
SYSTEM_TABLES = ("mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql")


class Mariadb(msgspec.Struct, frozen=True):
    """A running MariaDB. `root` owns everything, `pbx` may read."""

    socket: Path
    password: str = "se:cr@et"

    def url(self, database: str, **query: str) -> str:
        """The address of one of its databases, as `pbx` has it."""
        told = "".join(f"&{name}={value}" for name, value in query.items())
        return f"mysql://pbx:se%3Acr%40et@localhost/{database}?unix_socket={self.socket}{told}"

    def connect(self, database: str | None = None) -> Any:
        """As the owner of everything; statements are committed at once."""
        return pymysql.connect(unix_socket=str(self.socket), user="root", database=database, autocommit=True, charset="utf8mb4")

    def run(self, *statements: str, database: str | None = None) -> None:
        """Run statements as the owner of everything."""
        with contextlib.closing(self.connect(database)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@contextlib.contextmanager
def mariadb_server() -> Iterator[Mariadb]:
    """MariaDB while the block runs. Nothing is flushed to disk."""
    mariadbd, share = _program()
    with temporary_folder() as folder:
        _make_system_tables(mariadbd, share, folder)
        server = Mariadb(folder / "socket")

        def ask() -> None:
            server.socket.stat()  # the driver leaves a socket open, with a warning, if there is nothing to connect to yet
            server.connect().close()

        command = (*_command(mariadbd, share, folder), "--skip-networking", f"--socket={server.socket}")
        program = Program(command, folder, signal.SIGTERM, ask, OSError)
        with running(program) as process:
            program.wait(process)
            server.run(f"create user pbx@localhost identified by '{server.password}'", "grant select on *.* to pbx@localhost")
            yield server


def _command(program: Path, share: Path, folder: Path) -> list[str]:
    libraries = program.parents[1] / "lib"
    found = ":".join(sorted({str(path.parent) for path in libraries.rglob("*.so*")})) if libraries.parts[1:2] != ("usr",) else ""
    user = ["--user=root"] if os.geteuid() == 0 else []
    return [
        "/usr/bin/env", f"LD_LIBRARY_PATH={found}", str(program), "--no-defaults", *user, f"--datadir={folder / 'data'}",
        f"--lc-messages-dir={share}", f"--character-sets-dir={share / 'charsets'}", "--innodb-flush-log-at-trx-commit=0",
        "--innodb-buffer-pool-size=32M", f"--pid-file={folder / 'pid'}", "--wait-timeout=600",
    ]  # fmt: skip


def _make_system_tables(program: Path, share: Path, folder: Path) -> None:
    (folder / "data").mkdir()
    script = "create database mysql;\nuse mysql;\n" + "".join((share / name).read_text() for name in SYSTEM_TABLES)
    command = [*_command(program, share, folder), "--bootstrap"]
    done = subprocess.run(command, input=script.encode(), capture_output=True, check=False)
    assert not done.returncode, done.stderr.decode(errors="replace")[-3000:]


def _program() -> tuple[Path, Path]:
    """The server and the folder of its messages and system tables."""
    if (installed := shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")) and Path("/usr/share/mysql").is_dir():
        return Path(installed), Path("/usr/share/mysql")
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "telegraphone-tests" / PACKAGE
    if not (kept / "usr/sbin/mariadbd").exists():
        _fetch(kept)
    return kept / "usr/sbin/mariadbd", kept / "usr/share/mysql"


def _fetch(kept: Path) -> None:
    """Fetch the package and what it needs beside what is installed, and unpack it; two at once do no harm."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        pytest.skip("MariaDB is neither installed nor to be had: this is no Debian")
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        archives, root = Path(folder) / "archives", Path(folder) / "root"
        (archives / "partial").mkdir(parents=True)
        _download(archives)
        for package in archives.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", package, root], check=True)
        assert (root / "usr/sbin/mariadbd").exists(), f"{PACKAGE} holds no mariadbd"
        with contextlib.suppress(OSError):  # another was faster
            root.rename(kept)


def _download(archives: Path) -> None:
    options = ["-o", f"Dir::Cache::archives={archives}", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root"]
    fetch = ["apt-get", "install", "-y", "-qq", "--download-only", "--no-install-recommends", *options, PACKAGE]
    done = subprocess.run(fetch, capture_output=True, check=False)
    if done.returncode and os.geteuid() == 0:  # a machine that never asked what there is
        subprocess.run(["apt-get", "update", "-qq"], capture_output=True, check=False)
        done = subprocess.run(fetch, capture_output=True, check=False)
    if done.returncode and os.geteuid() != 0:
        pytest.skip(f"MariaDB is not installed and apt-get does not give it: {done.stderr.decode(errors='replace')[-300:]}")
    assert not done.returncode, f"apt-get does not give {PACKAGE}: {done.stderr.decode(errors='replace')[-1000:]}"
