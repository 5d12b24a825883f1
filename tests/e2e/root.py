"""A private root folder with Asterisk 22 and sipp of Debian sid in it, made once and kept.

The machine's own packages are not touched. The mirror and the proxy are those of the machine's apt.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

FOLDER = Path(os.environ.get("E2E_ROOT", "/var/cache/telegraphone-e2e/sid"))
PACKAGES = ("asterisk", "sip-tester")
MAKING_S = 900
_IS_COMPLETE = "telegraphone-e2e"


class CannotRun(Exception):
    """Why there is no such root on this machine."""


def root() -> Path:
    """The root folder; made if it is not there. CannotRun says what the machine lacks."""
    if (FOLDER / _IS_COMPLETE).exists():
        _check_root_user()
        return FOLDER
    _check_root_user()
    if shutil.which("debootstrap") is None:
        raise CannotRun("debootstrap is not installed")
    print(f"making {FOLDER}: some minutes, once", flush=True)
    draft = FOLDER.with_name(f"{FOLDER.name}.{os.getpid()}")
    try:
        _make(draft, _mirror())
        if FOLDER.exists():  # what an earlier attempt left
            shutil.rmtree(FOLDER)
        draft.rename(FOLDER)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return FOLDER


def _check_root_user() -> None:
    if os.geteuid() != 0:
        raise CannotRun("it needs root, for chroot")
    if shutil.which("chroot") is None:
        raise CannotRun("there is no chroot")


def _make(folder: Path, mirror: str) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    environ = {**os.environ, **_proxy(), "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    _run(["debootstrap", "--variant=minbase", "sid", folder, mirror], environ)
    policy = folder / "usr/sbin/policy-rc.d"  # no package may start a service
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    if Path("/etc/resolv.conf").exists():
        shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    _run(["chroot", folder, "apt-get", "install", "-y", "-q", "--no-install-recommends", *PACKAGES], environ)
    shutil.rmtree(folder / "var/cache/apt", ignore_errors=True)
    (folder / _IS_COMPLETE).write_text(" ".join(PACKAGES) + "\n")


def _mirror() -> str:
    """Where the machine itself gets Debian from."""
    wanted = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(LABEL)", "Created-By: Packages"]
    try:
        told = subprocess.run(wanted, check=True, capture_output=True, text=True, timeout=60).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotRun("the machine has no apt that tells where packages come from") from error
    found = [line.split(" ", 1)[0] for line in told.splitlines() if line.endswith(" Debian Debian")]
    if not found:
        raise CannotRun("the machine's apt knows no mirror of Debian (apt-get update may help)")
    return found[0]


def _proxy() -> dict[str, str]:
    """Debootstrap does not ask apt for its proxy."""
    command = ["apt-config", "shell", "http_proxy", "Acquire::http::Proxy"]
    told = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60).stdout
    _, _, value = told.strip().partition("=")
    return {"http_proxy": value.strip("'")} if value.strip("'") else {}


def _run(command: Sequence[str | Path], environ: Mapping[str, str]) -> None:
    done = subprocess.run(command, check=False, env=environ, capture_output=True, text=True, errors="replace", timeout=MAKING_S)
    if done.returncode:
        raise CannotRun(f"{command[0]} did not work: {' '.join((done.stdout + done.stderr).split())[-600:]}")
