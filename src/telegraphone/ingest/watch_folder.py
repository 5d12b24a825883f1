"""Told by the system which files of a folder change, so that nothing waits for the next walk through it.

Only for promptness: on network file systems, and when too much happens at once, not all is told. Whoever needs the truth walks.
"""

import os
import threading
from pathlib import Path

MOST = 20_000
"""Changed files that are remembered; beyond that a walk finds them as fast."""
DEBOUNCE_MS, STEP_MS = 200, 50


class FolderWatch:
    """Watches from now on, in a thread of its own, until `end`."""

    def __init__(self, top: Path) -> None:
        self.problem = ""
        self.of = identity(top)
        self._changed: set[str] = set()
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(top,), name="watch", daemon=True)
        self._thread.start()

    def take(self) -> set[str]:
        """The paths that changed since the last time; they may be gone again."""
        with self._lock:
            taken, self._changed = self._changed, set()
        return taken

    def end(self) -> None:
        """Watch no more."""
        self._stop.set()
        self._thread.join()

    def _watch(self, top: Path) -> None:
        import watchfiles

        try:
            for changes in watchfiles.watch(
                top, watch_filter=None, debounce=DEBOUNCE_MS, step=STEP_MS, stop_event=self._stop, raise_interrupt=False,
                ignore_permission_denied=True,
            ):  # fmt: skip
                self._note({path for change, path in changes if change != watchfiles.Change.deleted})
        except Exception as error:  # the library's own, or the system's: no more watches, no such folder
            self.problem = str(error) or type(error).__name__

    def _note(self, paths: set[str]) -> None:
        with self._lock:
            if len(self._changed) < MOST:
                self._changed |= paths


def identity(top: Path) -> tuple[int, int] | None:
    """Which folder is at this path: another one after it was mounted or replaced; None: none that can be looked at."""
    try:
        found = os.stat(top)
    except OSError:
        return None
    return found.st_dev, found.st_ino
