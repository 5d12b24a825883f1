"""A private root folder with Asterisk 22 and sipp of Debian sid in it, made once and kept.

The machine's own packages are not touched: its apt fetches those of sid with lists of their own, from the mirror and by the proxy that it
uses anyway, and they are unpacked side by side. No script of any package runs, which is most of what an installation takes.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FOLDER = Path(os.environ.get("E2E_ROOT", "/var/cache/telegraphone-e2e/sid"))
PACKAGES = ("asterisk", "sip-tester", "base-files", "dash")
KEYS = tuple(Path("/usr/share/keyrings") / f"debian-archive-keyring.{suffix}" for suffix in ("pgp", "gpg"))
DEVICES = {"null": (1, 3), "zero": (1, 5), "random": (1, 8), "urandom": (1, 9)}
MAKING_S = 900
_IS_COMPLETE = "telegraphone-e2e"


class CannotRun(Exception):
    """Why there is no such root on this machine."""


def root() -> Path:
    """The root folder; made if it is not there. CannotRun says what the machine lacks."""
    _check_machine()
    if (FOLDER / _IS_COMPLETE).exists():
        return FOLDER
    print(f"making {FOLDER}: a minute or two, once", flush=True)
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="making-", dir=FOLDER.parent, ignore_cleanup_errors=True) as making:
        _make(Path(making), FOLDER)
    return FOLDER


def _check_machine() -> None:
    if os.geteuid() != 0:
        raise CannotRun("it needs root, for chroot")
    for program in ("chroot", "apt-get", "dpkg-deb"):
        if shutil.which(program) is None:
            raise CannotRun(f"there is no {program}")


def _make(making: Path, folder: Path) -> None:
    draft = making / "root"
    _unpack(_fetch(making / "apt", _mirror()), draft)
    _make_devices(draft / "dev")
    _run(["chroot", draft, "asterisk", "-V"])
    (draft / _IS_COMPLETE).write_text(" ".join(PACKAGES) + "\n")
    if folder.exists():  # what an earlier attempt left
        shutil.rmtree(folder)
    draft.chmod(0o755)
    draft.rename(folder)


def _fetch(apt: Path, mirror: str) -> list[Path]:
    """The packages, and all that they need, as for a machine on which nothing is."""
    for name in ("lists/partial", "archives/partial"):
        (apt / name).mkdir(parents=True)
    (apt / "status").touch()
    key = next((key for key in KEYS if key.exists()), None)
    if key is None:
        raise CannotRun("Debian's keys are not here (package debian-archive-keyring)")
    (apt / "sources.list").write_text(f"deb [signed-by={key}] {mirror} sid main\n")
    settings = {
        "Dir::State": apt, "Dir::State::status": apt / "status", "Dir::State::lists": apt / "lists", "Dir::Cache": apt,
        "Dir::Cache::archives": apt / "archives", "Dir::Etc::sourcelist": apt / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null", "Dir::Etc::preferencesparts": "/dev/null", "APT::Sandbox::User": "root",
        "Acquire::Languages": "none", "Acquire::Retries": "3", "APT::Update::Error-Mode": "any",
    }  # fmt: skip
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    _run(["apt-get", *options, "update", "-q"])
    _run(["apt-get", *options, "install", "-y", "-q", "--download-only", "--no-install-recommends", *PACKAGES])
    return sorted((apt / "archives").glob("*.deb"))


def _unpack(packages: Iterable[Path], folder: Path) -> None:
    folder.mkdir()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for _ in threads.map(lambda package: _run(["dpkg-deb", "-x", package, folder]), packages):
            pass


def _make_devices(folder: Path) -> None:
    """Those that a program may take for granted; where that is not allowed, it is tried without."""
    for name, number in DEVICES.items():
        try:
            os.mknod(folder / name, 0o020666, os.makedev(*number))
            (folder / name).chmod(0o666)
        except OSError:
            return


def _mirror() -> str:
    """Where the machine itself gets Debian from. One that never asked what there is asks now."""
    if not (found := _known_mirrors()):
        _run(["apt-get", "update", "-qq"])
        found = _known_mirrors()
    if not found:
        raise CannotRun("the machine's apt knows no mirror of Debian")
    return found[0]


def _known_mirrors() -> list[str]:
    wanted = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(LABEL)", "Created-By: Packages"]
    return [line.split(" ", 1)[0] for line in _run(wanted).splitlines() if line.endswith(" Debian Debian")]


def _run(command: Sequence[str | Path]) -> str:
    """What it says. CannotRun if it does not work."""
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    try:
        done = subprocess.run(command, check=False, env=environ, capture_output=True, text=True, errors="replace", timeout=MAKING_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotRun(f"{command[0]} did not work: {error}") from error
    if done.returncode:
        raise CannotRun(f"{command[0]} did not work: {' '.join((done.stdout + done.stderr).split())[-600:]}")
    return done.stdout
