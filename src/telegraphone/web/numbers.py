"""What /metrics tells of the things in the database: the same from every worker, read when it is asked for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from ..sql.server.conditions import Condition
from ..sql.server.counts import Counts

if TYPE_CHECKING:
    from prometheus_client import Metric

_SOURCE = ("pbx", "source", "path")
_DISK = ("host", "folder")


class Numbers(NamedTuple):
    """`trouble`: why the database cannot be read or written; then there may be no counts."""

    now: datetime
    trouble: str
    counts: Counts | None
    conditions: Sequence[Condition]

    def collect(self) -> Iterable["Metric"]:
        """As Prometheus' client wants it."""
        yield _gauge("database_up", "1: the database can be read and written.", [((), float(not self.trouble))])
        yield from self._parts()
        yield from self._counts()

    def _parts(self) -> Iterable["Metric"]:
        media, disks, sources = (self._of(kind) for kind in ("media", "disk", "source"))
        is_well = [((one.name,), float(one.state_at(self.now) == "ok")) for one in media]
        yield _gauge("media_up", "1: this machine can write and read the place for audio.", is_well, ("host",))
        free = [(tuple(one.name.split("\n", 1)), float(one.facts["free_bytes"])) for one in disks]
        yield _gauge("disk_free_bytes", "Room on the disk on which this folder is.", free, _DISK)
        lags = [(tuple(one.name.split("\n", 2)), self._lag(one)) for one in sources]
        yield _gauge("source_lag_seconds", "For how long the end of a source was not reached.", lags, _SOURCE)
        following = [(tuple(one.name.split("\n", 2)), float(one.state_at(self.now) == "following")) for one in sources]
        yield _gauge("source_up", "1: a source is followed and not behind.", following, _SOURCE)

    def _lag(self, one: Condition) -> float:
        """It grows while nobody follows the source."""
        unseen = (self.now - one.seen_at).total_seconds() if one.state_at(self.now) == "unknown" else 0.0
        return float(one.facts["lag_s"]) + unseen

    def _counts(self) -> Iterable["Metric"]:
        yield _gauge("recordings", "Recordings by state, counted every five minutes.", self._counted("recordings"), ("state",))
        text = "Recordings that were told as missing within 30 days and have not come, by who wanted them, counted every five minutes."
        yield _gauge("recordings_missing", text, self._counted("missing"), ("why",))
        if (counts := self.counts) is None:
            return
        yield _gauge("unreadable_lines", "Lines and files that could not be read, and are kept.", [((), float(counts.unreadable))])
        yield _counter("changes", "Changes that were told.", [((), float(counts.changes))])
        yield _gauge("webhook_backlog", "Changes that were not passed on, and messages that wait.", [
            (("changes",), float(counts.backlog)), (("deliveries",), float(counts.waiting)),
        ], ("what",))  # fmt: skip
        yield _counter("webhook_deliveries", "Tries to tell a webhook, by what became of them.", [
            (("taken",), float(counts.taken)), (("failed",), float(counts.failed_tries)), (("given_up",), float(counts.given_up)),
        ], ("outcome",))  # fmt: skip
        yield _gauge("webhooks_off", "Webhooks that answered 410 and are switched off.", [((), float(counts.webhooks_off))])

    def _counted(self, name: str) -> list[tuple[tuple[str, ...], float]]:
        return [((of,), float(count)) for one in self._of("count") if one.name == name for of, count in one.facts.items()]

    def _of(self, kind: str) -> list[Condition]:
        return [one for one in self.conditions if one.kind == kind]


_Values = Sequence[tuple[tuple[str, ...], float]]


def _gauge(name: str, text: str, values: _Values, labels: Sequence[str] = ()) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"telegraphone_{name}", text, labels=labels)
    for of, value in values:
        family.add_metric(of, value)
    return family


def _counter(name: str, text: str, values: _Values, labels: Sequence[str] = ()) -> "Metric":
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(f"telegraphone_{name}", text, labels=labels)
    for of, value in values:
        family.add_metric(of, value)
    return family


def render_numbers(numbers: Numbers) -> bytes:
    """Prometheus' text format."""
    from prometheus_client import CollectorRegistry, generate_latest

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(numbers))
    return generate_latest(registry)


class _Once:
    """A collector that is registered without being asked for its numbers."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers

    def collect(self) -> Iterable["Metric"]:
        return self._numbers.collect()
