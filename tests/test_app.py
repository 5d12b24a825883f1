"""The application as a process: what it does when the process that looks after it is no more."""

import subprocess
import sys
from pathlib import Path

import psutil

from tests.test_cli import environment, wait_until

ORPHAN = """
import asyncio, multiprocessing, os, signal, time

def begin():
    while os.getppid() == multiprocessing.parent_process().pid:
        time.sleep(0.01)
    asyncio.run(live())

async def live():
    from telegraphone.app import serve
    app = serve()
    async with app.router.lifespan_context(app):
        await asyncio.sleep(60)

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=begin)
    process.start()
    print(process.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_whose_supervisor_was_killed_before_it_began_ends(tmp_path: Path) -> None:
    """Else it would keep the port, follow the sources, and nobody could stop it."""
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN)
    command = [sys.executable, script]
    with subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
    try:
        wait_until(lambda: not psutil.pid_exists(pid))
    finally:
        if psutil.pid_exists(pid):
            psutil.Process(pid).kill()
