"""Programs of Debian that some tests and benchmarks need beside the project."""

import os
import shutil
import subprocess


def how_to_install(package: str) -> str:
    """The one line for whoever may do it."""
    return f"sudo apt-get install --no-install-recommends -y {package}"


def find_program(name: str, package: str) -> str | None:
    """Its path. Root gets it installed where it lacks; everybody else must be told the one line. No server is started by that."""
    found = shutil.which(name)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(how_to_install(package).removeprefix("sudo ").split(), check=False, env=env, stdout=subprocess.DEVNULL)
        found = shutil.which(name)
    return found
