"""How much memory a process took."""

import re
from pathlib import Path


def peak_mib() -> int:
    """The most that this process ever had, in MiB (proc(5), VmHWM). `getrusage` tells of a child no less than its parent had."""
    [kib] = re.findall(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text("ascii"), re.M)
    return int(kib) // 1024
