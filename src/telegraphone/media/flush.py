"""All that was written to a file system, onto its disk: one wait for many files. Python's own `os.sync` would wait for every disk."""

import ctypes
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path


def sync_file_system(folder: Path) -> None:
    """Flush the file system of this folder. Since Linux 5.8 it tells when something could not be written."""
    call = _syncfs()
    if call is None:
        os.sync()
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if call(handle) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(handle)


@cache
def _syncfs() -> Callable[[int], int] | None:
    """The C library's call, which Python does not have."""
    call: Callable[[int], int] | None = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    return call
