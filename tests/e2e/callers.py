"""Those who call: sipp, one process for each kind of call, at a rate of its own."""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from tests.e2e.asterisk import HERE, SOUND, Pbx, filled

TRUNK, PHONE = "127.0.0.2", "127.0.0.3"
"""From where the outside world calls, and from where a telephone of the house."""


class Kind(msgspec.Struct, frozen=True):
    """One kind of call, and how many of ten are of it. `who` and `whom` are numbers as the scenario of sipp writes them."""

    name: str
    scenario: str
    place: str
    who: str
    whom: str
    of_ten: float


KINDS = (
    Kind("queue", "call", TRUNK, "0655[call_number]", "0155503556", 4),
    Kind("incoming", "call", TRUNK, "0644[call_number]", "0155501001", 3),
    Kind("internal", "call", PHONE, "1005", "1001", 2),
    Kind("transfer", "transfer", PHONE, "1006", "1001", 1),
)


class Calling(msgspec.Struct, frozen=True):
    """How many calls a second, how many in all, and how long they talk."""

    rate: float
    calls: int
    talk_s: float


class Caller(msgspec.Struct):
    """A sipp that places calls of one kind."""

    kind: Kind
    calls: int
    process: subprocess.Popen[bytes]
    out: Path


def start_calling(pbx: Pbx, wanted: Calling) -> list[Caller]:
    """All kinds begin at once."""
    return [_start(pbx, kind, wanted, calls) for kind, calls in zip(KINDS, _shares(wanted.calls), strict=True) if calls]


def _shares(calls: int) -> list[int]:
    """How many of each kind: at least one, and as many together as there are to be."""
    shares = [max(1, round(calls * kind.of_ten / 10)) for kind in KINDS]
    shares[0] += calls - sum(shares)
    return shares


def _start(pbx: Pbx, kind: Kind, wanted: Calling, calls: int) -> Caller:
    values = {
        "who": kind.who,
        "whom": kind.whom,
        "to": "1002",
        "talk_ms": str(round(wanted.talk_s * 1000)),
        "sound": f"{pbx.run}/{SOUND}",
    }
    scenario = f"sip/{kind.name}.xml"
    pbx.ours(scenario).write_text(filled((HERE / f"sip/{kind.scenario}.xml").read_text("utf-8"), values))
    number = [one.name for one in KINDS].index(kind.name)
    rtp = 10_000 + 5_000 * number
    rate = wanted.rate * calls / wanted.calls
    words = [
        "-sf", f"{pbx.run}/{scenario}", "-i", kind.place, "-p", str(pbx.sip + 1_000 + number), "-mi", kind.place,
        "-min_rtp_port", str(rtp), "-nostdin", "-m", str(calls), "-l", "2000",
        "-r", str(max(1, round(rate * 100))), "-rp", "100000", "-timeout", "600", "-recv_timeout", "60000",
        "-trace_err", "-error_file", f"{pbx.run}/{kind.name}.errors", f"127.0.0.1:{pbx.sip}",
    ]  # fmt: skip
    out = pbx.ours(f"{kind.name}.out")
    return Caller(kind, calls, pbx.start(out, "sipp", *words), out)


def wait_for(callers: Sequence[Caller], patience_s: float) -> list[str]:
    """Until all calls are over; what did not go as it should, a line for each kind."""
    until = time.monotonic() + patience_s
    troubles = []
    for caller in callers:
        try:
            status = caller.process.wait(max(1.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            caller.process.kill()
            status = caller.process.wait()
        if status:
            said = caller.out.read_text(errors="replace").strip().splitlines()
            troubles.append(f"{caller.kind.name}: sipp ended with {status}: {' '.join(said[-3:])[-300:]}")
    return troubles
