"""What is done to a site while it works. Which fault comes when is drawn from a seed; one that is not possible just then is left out."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence

import msgspec

from tests.chaos.mortals import Keeper
from tests.chaos.pbx import Pbx
from tests.chaos.site import Bucket, kill_process, kill_session

EVERY_S = 1.6
"""The mean time between two faults."""
LEAST_S = 0.5
"""A process younger than this is let alone."""


class Fault(msgspec.Struct, frozen=True):
    """Something that happens `weight` times as often as others; `do` says whether it could."""

    weight: float
    do: Callable[[], bool]


class Faults(threading.Thread):
    """All of it, for so many seconds."""

    def __init__(self, keeper: Keeper, pbxs: Sequence[Pbx], dice: random.Random, seconds: float) -> None:
        super().__init__(name="faults", daemon=True)
        self._keeper, self._pbxs, self._dice, self._seconds = keeper, pbxs, dice, seconds
        self._bucket: Bucket | None = None
        self.counts: Counter[str] = Counter()

    def run(self) -> None:
        until = time.monotonic() + self._seconds
        faults = self._faults()
        while True:
            wait_s = self._dice.expovariate(1 / EVERY_S)
            if time.monotonic() + wait_s > until:
                break
            time.sleep(wait_s)
            while not self._dice.choices(faults, [fault.weight for fault in faults])[0].do():
                time.sleep(0.05)
        if self._bucket is not None:
            self._bucket.join()

    def _faults(self) -> list[Fault]:
        kept = self._keeper.names()
        faults = [Fault(5, self._killing(name)) for name in ("server", "worker")]
        faults += [Fault(3, lambda: kill_process(self._keeper)), Fault(3, self._rotate)]
        faults += [Fault(3, self._killing(name)) for name in kept if name.startswith("ingest")]
        if "database" in kept:
            faults += [Fault(4, self._killing("database")), Fault(3, lambda: kill_session(self._keeper))]
        if "bucket" in kept:
            faults += [Fault(0.7, lambda: self._take_bucket(is_frozen=False)), Fault(0.7, lambda: self._take_bucket(is_frozen=True))]
        return faults

    def _killing(self, name: str) -> Callable[[], bool]:
        return lambda: self._keeper.kill(name, 0.0 if name.startswith("ingest") else LEAST_S)

    def _rotate(self) -> bool:
        self.counts[f"logs {self._dice.choice(self._pbxs).rotate(self._dice)}"] += 1
        return True

    def _take_bucket(self, *, is_frozen: bool) -> bool:
        if self._bucket is not None and self._bucket.is_alive():
            return False
        self._bucket = Bucket(self._keeper, self._dice.uniform(2.0, 8.0), is_frozen=is_frozen)
        self._bucket.start()
        self.counts["bucket frozen" if is_frozen else "bucket stopped"] += 1
        return True
