"""One measurement: a PBX, a server that follows it, calls, and at the end a look at all of them."""

import contextlib
import hashlib
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from tests.chaos.compare import listed
from tests.chaos.mortals import Keeper
from tests.chaos.pushing import Api
from tests.chaos.site import Site, make_site, set_up
from tests.e2e.asterisk import USER, Pbx, ask, asterisk, phones
from tests.e2e.callers import KINDS, Calling, start_calling, wait_for
from tests.e2e.watching import Watch, Watched
from tests.servers import end

AFTER_S = 20.0
"""How long it is waited for what is not known yet, once the last call is over."""
NAME = "pbx1"
Way = Literal["logs", "stream"]
"""By CEL and queue_log as files, or by the manager's event stream alone; the recordings come from their folder."""


class Result(msgspec.Struct):
    """`placed`: by sipp; `found`: calls of the API; `once`: of which each is one call of the PBX; `faults`: what is wrong, a line each."""

    calls: list[Watched]
    placed: int
    found: int = 0
    once: int = 0
    recordings: int = 0
    heard: int = 0
    faults: list[str] = []


def measure(root: Path, store: str, wanted: Calling, ways: Sequence[Way], *, keep: bool = False) -> dict[Way, Result]:
    """Place all calls, and find them by each way: a server for each, which follows the PBX so and not otherwise."""
    folder = Path(tempfile.mkdtemp(prefix="e2e-"))
    folder.chmod(0o755)
    try:
        with asterisk(root, with_manager="stream" in ways) as pbx:
            try:
                with contextlib.ExitStack() as stack:
                    sites = {way: stack.enter_context(_serving(folder / way, store, _sources(pbx, way))) for way in ways}
                    return _placed(pbx, sites, wanted)
            finally:
                if keep:
                    shutil.copytree(pbx.ours(""), folder / "pbx", symlinks=True, ignore=lambda *_: ["asterisk.ctl"])
    finally:
        if keep:
            print(f"everything is kept in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _serving(folder: Path, store: str, sources: list[dict[str, Any]]) -> Iterator[Site]:
    """A server that works while the block runs."""
    keeper = Keeper(random.Random(0))
    keeper.start()
    site = make_site(folder, store, sources)
    try:
        set_up(site, keeper)
        keeper.end("worker")
        site.wait()
        yield site
    finally:
        keeper.close()


def _sources(pbx: Pbx, way: Way) -> list[dict[str, Any]]:
    logs = [("asterisk-cel", "path", str(pbx.cel)), ("asterisk-queue-log", "path", str(pbx.queue_log))]
    what = logs if way == "logs" else [("asterisk-ami", "url", pbx.stream)]
    found = [{"source": source, place: where, "pbx": NAME, "timezone": "UTC"} for source, place, where in what]
    return [*found, {"source": "recordings", "path": str(pbx.recordings), "pbx": NAME}]


def _placed(pbx: Pbx, sites: Mapping[Way, Site], wanted: Calling) -> dict[Way, Result]:
    if "stream" in sites:
        _wait_for_listener(pbx)
    watches = {way: Watch(site.api, pbx.cel) for way, site in sites.items()}
    answering = phones(pbx, wanted.talk_s)
    try:
        for watch in watches.values():
            watch.start()
        callers = start_calling(pbx, wanted)
        troubles = wait_for(callers, wanted.calls / wanted.rate + wanted.talk_s + 60)
        _wait_for_silence(pbx)
        until = time.monotonic() + AFTER_S
        while time.monotonic() < until and not all(watch.are_all_done() for watch in watches.values()):
            time.sleep(0.1)
    finally:
        for phone in answering:
            end(phone, signal.SIGTERM)
        for watch in watches.values():
            watch.end()
    placed = sum(caller.calls for caller in callers)
    results = {way: Result(watch.placed(), placed, faults=list(troubles)) for way, watch in watches.items()}
    for way, result in results.items():
        _judge(result, sites[way].api, pbx)
    return results


def _wait_for_listener(pbx: Pbx) -> None:
    """Until somebody listens to the manager: what is sent before that is lost."""
    until = time.monotonic() + AFTER_S
    while USER not in ask(pbx, "manager show connected"):
        if time.monotonic() > until:
            raise RuntimeError("nobody listens to the manager's stream")
        time.sleep(0.1)


def _wait_for_silence(pbx: Pbx) -> None:
    """Until no channel is left: those whom a transfer brought together talk on when sipp is done."""
    until = time.monotonic() + 40
    while "0 active channels" not in ask(pbx, "core show channels count") and time.monotonic() < until:
        time.sleep(0.2)


def _judge(result: Result, api: Api, pbx: Pbx) -> None:
    """Each call that was placed is one call, with all its recordings, which hold sound."""
    found = listed(api)
    linked_ids = Counter(call["linked_id"] for call in found)
    known = {call.linked_id for call in result.calls}
    result.found = len(found)
    result.once = sum(count == 1 and linked_id in known for linked_id, count in linked_ids.items())
    recordings = [recording for call in found for recording in call["recordings"]]
    result.recordings, result.heard = len(recordings), sum(len(call.heard) for call in result.calls)
    if not result.placed == len(known) == result.found == result.once:
        result.faults.append(
            f"{result.placed} calls were placed, {len(known)} are in the PBX's log, {result.found} found, {result.once} once"
        )
    result.faults += [f"{call['linked_id']}: has no recording" for call in found if not call["recordings"]][:10]
    result.faults += [_told(one) for call in found for one in call["recordings"] if _is_flawed(call, one)][:10]
    result.faults += [
        f"recording {one['id']}: other bytes than the PBX's" for one in recordings if one["sha256"] != _written(pbx, one["id"])
    ][:10]
    if result.heard != result.recordings:
        result.faults.append(f"{result.recordings} recordings, of which {result.heard} could be heard")


def _written(pbx: Pbx, file_id: str) -> str:
    """The hash of what the PBX wrote."""
    with (pbx.recordings / f"{file_id}.wav").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_flawed(call: dict[str, Any], recording: dict[str, Any]) -> bool:
    """Of a call that is sent on there are two recordings, each shorter than the call."""
    allowed = {"short"} if call["caller"]["number"] == KINDS[-1].who else set()
    return bool(recording["state"] != "available" or set(recording["flaws"]) - allowed)


def _told(recording: dict[str, Any]) -> str:
    return f"recording {recording['id']}: {json.dumps({name: recording[name] for name in ('state', 'flaws', 'duration_s', 'bytes')})}"
