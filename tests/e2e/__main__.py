"""`python -m tests.e2e [--short | --load]`: exit status 1 if a call is not found, or not in time; 0 with a word if it cannot run here."""

import argparse
import sys
import time
from collections.abc import Mapping

import msgspec

from tests.chaos.site import STORES
from tests.e2e.callers import KINDS, Calling
from tests.e2e.measuring import Result, Way, measure
from tests.e2e.root import CannotRun, root
from tests.e2e.watching import Watched, delays

FOUND_S, HEARD_S = 2.0, 3.0
"""How soon after its hangup a call is to be found, and its audio to be heard."""
FORMS = {
    "usual": Calling(rate=10, calls=300, talk_s=10),
    "short": Calling(rate=2, calls=12, talk_s=3),
    "load": Calling(rate=20, calls=2400, talk_s=4),
}


def main() -> int:
    asked = _asked()
    wanted = FORMS[asked.form]
    wanted = msgspec.structs.replace(wanted, rate=asked.rate or wanted.rate, calls=asked.calls or wanted.calls)
    began, before = time.monotonic(), _processors()
    try:
        place = root()
    except CannotRun as reason:
        print(f"No calls were placed by a real PBX, since it cannot be started here: {reason}.")
        return 0
    if asked.only_root:
        return 0
    results = measure(place, asked.on, wanted, ("logs", "stream") if asked.ami else ("logs",), keep=asked.keep)
    print(table(results, wanted, asked.on, time.monotonic() - began))
    print(f"Of the processors others on the same hardware had {_stolen(before):.0%} meanwhile.")
    faults = [f"{way}: {fault}" for way, result in results.items() for fault in _faults(result, asked.no_limits)]
    for fault in faults:
        print(f"  {fault}", file=sys.stderr)
    return 1 if faults else 0


def _processors() -> list[int]:
    """What all of them did since the machine was started, in hundredths of a second (proc_stat(5)): the eighth is `steal`."""
    with open("/proc/stat") as file:
        return [int(word) for word in file.readline().split()[1:9]]


def _stolen(before: list[int]) -> float:
    """The share that a hypervisor gave to others since then."""
    spent = [now - then for now, then in zip(_processors(), before, strict=True)]
    return spent[7] / max(1, sum(spent))


def _faults(result: Result, no_limits: bool) -> list[str]:
    return [*result.faults, *([] if no_limits else _too_late(result.calls))]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.e2e", description="Place real calls by a real PBX, and find them.")
    parser.add_argument("--form", choices=FORMS, default="usual", help="which calls (default: 300 at 10 a second)")
    parser.add_argument("--short", dest="form", action="store_const", const="short", help="a dozen calls")
    parser.add_argument("--load", dest="form", action="store_const", const="load", help="20 calls a second for two minutes")
    parser.add_argument("--rate", type=float, help="calls a second, at most 20")
    parser.add_argument("--calls", type=int, help="how many calls")
    parser.add_argument("--on", choices=STORES, default="sqlite", help="on which store (default: sqlite, and a folder)")
    parser.add_argument("--ami", action="store_true", help="a second server beside, which follows the manager's event stream alone")
    parser.add_argument("--no-limits", action="store_true", help="print how long it took, and judge only what was found")
    parser.add_argument("--only-root", action="store_true", help="make the private root and end")
    parser.add_argument("--keep", action="store_true", help="keep the folder with all logs")
    asked = parser.parse_args()
    if asked.rate is not None and not 0 < asked.rate <= 20:
        parser.error("--rate must be above 0 and at most 20: Asterisk, sipp and the server share this machine")
    return asked


def table(results: Mapping[Way, Result], wanted: Calling, store: str, took_s: float) -> str:
    """What came of it, for people and for docs/benchmarks.md."""
    kinds = ", ".join(f"{kind.of_ten:g} in ten {kind.name}" for kind in KINDS)
    lines = [
        f"{wanted.calls} calls of about {wanted.talk_s:g} s, {wanted.rate:g} a second ({kinds}), {store}, {took_s:.0f} s in all:",
        "| by | placed | found | once each | recordings | heard | found after, s: p50 | p95 | max | heard after, s: p50 | p95 | max |",
        "|" + "---|" * 12,
        *(_line(way, result) for way, result in results.items()),
    ]
    return "\n".join(lines)


def _line(way: Way, result: Result) -> str:
    found, heard = delays(result.calls, lambda call: call.found), delays(result.calls, _heard_at)
    counts = map(str, (result.placed, result.found, result.once, result.recordings, result.heard))
    return "| " + " | ".join([way, *counts, *_three(found), *_three(heard)]) + " |"


def _heard_at(call: Watched) -> float:
    """When the last of its recordings could be heard."""
    return max(call.heard.values()) if call.recordings and len(call.heard) == call.recordings else 0.0


def _three(sorted_delays: list[float]) -> list[str]:
    if not sorted_delays:
        return ["–"] * 3
    places = (len(sorted_delays) // 2, len(sorted_delays) * 95 // 100, -1)
    return [f"{sorted_delays[place]:.2f}" for place in places]


def _too_late(calls: list[Watched]) -> list[str]:
    found, heard = delays(calls, lambda call: call.found), delays(calls, _heard_at)
    late = [sum(delay > limit for delay in all_) for all_, limit in ((found, FOUND_S), (heard, HEARD_S))]
    return [
        f"{count} calls were {what} more than {limit:g} s after their hangup"
        for count, what, limit in zip(late, ("found", "heard"), (FOUND_S, HEARD_S), strict=True)
        if count
    ]


if __name__ == "__main__":
    sys.exit(main())
