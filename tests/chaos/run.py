"""One run: a site, PBXs that tell it of calls, faults; then calm, and the same calls told to a site that nothing happens to."""

import http.client
import json
import random
import re
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from telegraphone.config.sources import FOLLOWED
from tests.chaos.compare import by_key, differences, listed, lost, whole
from tests.chaos.faults import Faults
from tests.chaos.mortals import Keeper, Mortal, ours
from tests.chaos.pbx import Pbx
from tests.chaos.pushing import Push, Pusher, pushes
from tests.chaos.site import Site, make_site, set_up, stuck_leases
from tests.chaos.story import CEL, Telling, everyday_calls, restarts, tell

CALM_S = 120.0
"""How long it may take until everything is known, once nothing is killed any more."""
SPACING_S = 1.5
FORESEEN = ("telegraphone.errors.Unavailable", "EOFError: Ran out of input")
"""The second: Python's own word when the process that starts another is killed meanwhile."""
_ENDED_IN = re.compile(r"^(\w[\w.]*(?:Error|Exception|Unavailable|Interrupt|Exit|Group)\b[^\n]*)", re.MULTILINE)
_IS_CAUSE = re.compile(r"^The above exception was the direct cause|^During handling of the above", re.MULTILINE)
WRITING, RESTARTING, PUSHING = "pbx1", "pbx3", "pbx2"


class Outcome(msgspec.Struct):
    """What was done and what came of it. `faults`: what is not as it should be, a line each."""

    counts: dict[str, int] = {}
    faults: list[str] = []


class Told(msgspec.Struct, frozen=True):
    """What there is to tell: by PBXs that write logs, and by requests."""

    written: Mapping[str, list[Telling]]
    requests: list[Push]

    @property
    def sounds(self) -> dict[str, bytes]:
        """All recordings, by file id, of the PBXs that write."""
        return {sound.name.removesuffix(".wav"): sound.data for told in self.written.values() for one in told for sound in one.sounds}


def run(folder: Path, store: str, seconds: float, seed: int) -> Outcome:
    """Everything, in this folder."""
    dice = random.Random(seed)
    told, pushed = _told(dice, datetime.now(UTC).replace(microsecond=0), seconds)
    pbxs = [Pbx(name, folder / name, tellings, dice) for name, tellings in told.written.items()]
    site = make_site(folder / "site", store, _sources(pbxs))
    keeper, outcome = Keeper(dice), Outcome()
    keeper.start()
    try:
        set_up(site, keeper)
        for pbx in pbxs if "recordings" not in FOLLOWED else ():
            keeper.keep(Mortal(f"ingest {pbx.name}", lambda pbx=pbx: site.start("ingest", "recordings", pbx.recordings, "--pbx", pbx.name)))  # type: ignore[misc]
        site.wait()
        pusher, faults = Pusher(site.api, told.requests, dice), Faults(keeper, pbxs, dice, seconds)
        for one in (*pbxs, pusher, faults):
            one.start()
        for one in (faults, *pbxs):
            one.join()
        _count(outcome, keeper, pbxs, pusher, faults)
        _settle(outcome, site, keeper, pbxs, (told, pushed, pusher))
    finally:
        keeper.close()
    left = ours(site.folder)
    outcome.faults += [f"left running: {' '.join(process.cmdline())}" for process in left]
    return outcome


def _told(dice: random.Random, beginning: datetime, seconds: float) -> tuple[Told, list[Telling]]:
    pushed = list(tell(PUSHING, everyday_calls(["69-attached-data-long"]), beginning, seconds, SPACING_S))
    written = {
        WRITING: list(tell(WRITING, everyday_calls(), beginning, seconds, SPACING_S)),
        RESTARTING: list(tell(RESTARTING, restarts(), beginning, seconds, 14.0)),
    }
    return Told(written, pushes(pushed, dice)), pushed


def _sources(pbxs: Iterable[Pbx]) -> list[dict[str, Any]]:
    found = [
        {"source": source, "path": str(pbx.logs[log].path), "pbx": pbx.name, "timezone": "UTC"}
        for pbx in pbxs
        for log, source in ((CEL, "asterisk-cel"), ("queue_log", "asterisk-queue-log"))
    ]
    if "recordings" in FOLLOWED:
        found += [{"source": "recordings", "path": str(pbx.recordings), "pbx": pbx.name} for pbx in pbxs]
    return found


def _count(outcome: Outcome, keeper: Keeper, pbxs: Iterable[Pbx], pusher: Pusher, faults: Faults) -> None:
    counts = outcome.counts
    counts["kills"] = sum(count for name, count in keeper.kills.items())
    counts |= {f"– {name}": count for name, count in sorted(keeper.kills.items())}
    counts["restarts"] = sum(keeper[name].restarts for name in keeper.names() if not name.startswith("ingest"))
    counts |= dict(sorted(faults.counts.items()))
    for pbx in pbxs:
        for name, count in sorted(pbx.counts.items()):
            counts[f"{name} written"] = counts.get(f"{name} written", 0) + count
    counts |= dict(sorted(pusher.counts.items()))


def _settle(outcome: Outcome, site: Site, keeper: Keeper, pbxs: list[Pbx], told: tuple[Told, list[Telling], Pusher]) -> None:
    """Wait until all is known, and look at it."""
    story, pushed, pusher = told
    began = time.monotonic()
    expected = _undisturbed(site.folder.parent, pbxs, story.requests)
    site.wait()
    while time.monotonic() - began < CALM_S and (pusher.left() or not _is_like(site, expected)):
        time.sleep(0.5)
    outcome.counts["seconds until all was known"] = round(time.monotonic() - began)
    found, twice = by_key(whole(site.api))
    sounds = story.sounds | {sound.name.removesuffix(".wav"): sound.data for one in pushed for sound in one.sounds}
    results = {
        "requests never accepted": [f"{pusher.left()} requests are not accepted"] * bool(pusher.left()),
        "requests refused": pusher.refusals,
        "calls that are there twice": [f"{key}: is there twice" for key in twice],
        "differences": differences(expected, found),
        "recordings lost": lost(site.api, sounds),
        **_faults_of_the_store(site),
        "traces in logs": _traces(site.folder),
    }
    keeper.end("server", "worker", *(name for name in keeper.names() if name.startswith("ingest")))
    results["leases stuck"] = [f"{count} leases are left"] if (count := stuck_leases(site)) else []
    outcome.counts |= {"calls": len(found), "recordings": len(sounds)}
    outcome.counts["uploads cut off, left in the spool for a day"] = len(list((site.folder / "spool").glob("upload-*")))
    outcome.counts |= {name: len(lines) for name, lines in results.items()}
    outcome.faults += [f"{name}: {line}" for name, lines in results.items() for line in lines[:20]]


def _undisturbed(folder: Path, pbxs: list[Pbx], requests: list[Push]) -> dict[Any, dict[str, Any]]:
    """The calls as a site knows them that is told the same once, in order, and lives."""
    calm = make_site(folder / "calm", "sqlite")
    keeper = Keeper(random.Random(0))
    keeper.start()
    try:
        set_up(calm, keeper)
        keeper.end("worker")
        calm.wait()
        for pbx in pbxs:
            for log, source in ((CEL, "asterisk-cel"), ("queue_log", "asterisk-queue-log")):
                calm.run("ingest", source, pbx.logs[log].whole(calm.folder / f"{pbx.name}-{log}"), "--pbx", pbx.name, "--timezone", "UTC")
            calm.run("ingest", "recordings", pbx.recordings, "--pbx", pbx.name)
        for push in requests:
            status, answer = calm.api.ask(push.method, push.path, push.body, push.headers)
            assert status in (200, 201), (push.path, status, answer)
        return by_key(whole(calm.api))[0]
    finally:
        keeper.close()


def _is_like(site: Site, expected: dict[Any, dict[str, Any]]) -> bool:
    """Whether all calls are there and look as expected in a list, which tells less than a call by itself."""
    try:
        found, _ = by_key(listed(site.api))
    except (OSError, http.client.HTTPException):
        return False
    return found.keys() == expected.keys() and all(
        found[key][name] == expected[key][name] for key in found for name in found[key].keys() & expected[key].keys()
    )


def _faults_of_the_store(site: Site) -> dict[str, list[str]]:
    """As `telegraphone check` has them. What uploads left that were cut off goes by itself, but not at once."""
    until = time.monotonic() + CALM_S
    while (found := json.loads(site.run("check", "--json")))["without_row"] and time.monotonic() < until:
        time.sleep(5)
    return {
        "recordings without their audio": found["without_audio"],
        "orphans": found["without_row"],
    }


def _traces(folder: Path) -> list[str]:
    """Errors in the logs that nobody foresaw: what each trace ended in, once. That the database was away is no error of the server's."""
    found: dict[str, None] = {}
    for path in folder.glob("*.log"):
        for line in path.read_text("utf-8", "replace").split("Traceback (most recent call last)")[1:]:
            ended_in = _ENDED_IN.search(line)
            if ended_in and not ended_in[1].startswith(FORESEEN) and not _IS_CAUSE.search(line):
                found[f"{path.name}: {ended_in[1][:300]}"] = None
    return list(found)
