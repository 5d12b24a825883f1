"""Load, as wrk makes it: ever other requests on some connections that are kept."""

import json
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench.answering import TOKEN, Request, spent_s

_SCRIPT = """
local requests, place = { %s }, 0
request = function()
  place = place %% #requests + 1
  return requests[place]
end
done = function(summary, latency, _)
  local e = summary.errors
  io.write(string.format("RATE %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""
_RATE = re.compile(r"^RATE (\d+) (\d+) (\d+) (\d+) (\d+)$", re.MULTILINE)


class Rate(NamedTuple):
    """Answers a second, milliseconds until one was there, and milliseconds of a processor that our server used for each."""

    per_s: float
    p50: float
    p99: float
    cpu: float = 0.0


def load(wrk: str, port: int, requests: Sequence[Request], connections: int, seconds: int) -> Rate:
    """One thread of wrk asks, as soon as it is answered, for so long. RuntimeError if anything was refused."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "requests.lua"
        script.write_text(_SCRIPT % ", ".join(json.dumps(_written(request)) for request in requests))
        command = [wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(script), f"http://127.0.0.1:{port}/"]
        before = spent_s()
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = _RATE.search(told)
    assert found, told
    cpu_s = spent_s() - before
    answers, micros, p50, p99, errors = map(int, found.groups())
    if errors:
        raise RuntimeError(f"{errors} of {answers} requests such as {requests[0]} failed: {told}")
    return Rate(answers / micros * 1e6, p50 / 1000, p99 / 1000, cpu_s / max(answers, 1) * 1000)


def _written(request: Request) -> str:
    head = f"{request.method} {request.path} HTTP/1.1\r\nHost: bench\r\nX-Auth-Token: {TOKEN}\r\n{request.headers}"
    return f"{head}Content-Length: {len(request.body)}\r\n\r\n{request.body.decode('ascii')}"
