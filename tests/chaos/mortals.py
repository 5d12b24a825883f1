"""Processes that are killed and started again, as a service manager does it."""

import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil

from tests.servers import end

LOOK_S = 0.1
BACK_AFTER_S = (0.1, 1.0)
"""How soon what ended is started again."""


class Mortal(msgspec.Struct):
    """One process that is to be running. `start` makes it; `stop` ends it politely. `restarts`: how often it was started after an end."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    due: float = 0.0
    restarts: int = 0
    is_wanted: bool = True

    def lives_s(self) -> float:
        """For how long it is running; 0 if it is not."""
        process = self.process
        return time.monotonic() - self.began if process is not None and process.poll() is None else 0.0


class Keeper(threading.Thread):
    """Starts what is wanted and not running. All is started from this one thread, since processes end with the thread that made them."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__(name="keeper", daemon=True)
        self._dice, self._mortals, self._is_over = dice, dict[str, Mortal](), threading.Event()
        self.kills: Counter[str] = Counter()

    def keep(self, mortal: Mortal) -> None:
        """Have it running from now on."""
        self._mortals[mortal.name] = mortal

    def names(self) -> list[str]:
        return list(self._mortals)

    def __getitem__(self, name: str) -> Mortal:
        return self._mortals[name]

    def run(self) -> None:
        while not self._is_over.wait(LOOK_S):
            for mortal in list(self._mortals.values()):
                self._look_after(mortal)

    def _look_after(self, mortal: Mortal) -> None:
        if not mortal.is_wanted or mortal.lives_s():
            return
        now = time.monotonic()
        if mortal.process is not None and not mortal.due:
            mortal.due = now + self._dice.uniform(*BACK_AFTER_S)
        if now >= mortal.due:
            mortal.restarts += mortal.process is not None
            mortal.process, mortal.began, mortal.due = mortal.start(), now, 0.0

    def kill(self, name: str, least_s: float) -> bool:
        """Kill it with -9, if it has been running for so long."""
        mortal = self._mortals[name]
        if mortal.lives_s() < least_s or mortal.process is None:
            return False
        mortal.process.kill()
        self.kills[name] += 1
        return True

    def kill_child(self, name: str, label: str, is_it: Callable[[str], bool]) -> bool:
        """Kill one of its own processes, one whose command line is such."""
        mortal = self._mortals[name]
        if not mortal.lives_s() or mortal.process is None:
            return False
        try:
            children = psutil.Process(mortal.process.pid).children()
            found = [child for child in children if is_it(" ".join(child.cmdline()))]
            if not found:
                return False
            self._dice.choice(found).kill()
        except psutil.Error:
            return False
        self.kills[label] += 1
        return True

    def end(self, *names: str) -> None:
        """Stop these politely, for good."""
        for name in names:
            mortal = self._mortals[name]
            mortal.is_wanted = False
            if mortal.process is not None and mortal.process.poll() is None:
                end(mortal.process, mortal.stop, patience_s=40)

    def close(self) -> None:
        """Stop everything, the newest first."""
        self.end(*reversed(self._mortals))
        self._is_over.set()
        self.join()


def ours(folder: Path) -> list[psutil.Process]:
    """The processes whose data are in this folder: none must be left at the end."""
    mark = f"TELEGRAPHONE_DATA={folder}"
    found = []
    for process in psutil.process_iter():
        try:
            environ = Path(f"/proc/{process.pid}/environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(mark) in environ and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found
