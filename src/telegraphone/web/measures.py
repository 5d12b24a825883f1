"""What /metrics tells. Each worker counts for itself."""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram


class Measures(NamedTuple):
    registry: "CollectorRegistry"
    requests: "Counter"
    seconds: "Histogram"
    gaps: "Counter"
    gap_seconds: "Counter"


@cache
def measures() -> Measures:
    """One set for the process."""
    from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    requests = Counter("telegraphone_requests", "Requests answered.", ("method", "path", "status"), registry=registry)
    seconds = Histogram("telegraphone_request_seconds", "Time until the answer began.", ("method", "path"), registry=registry)
    sources = ("pbx", "source", "closed")
    gaps = Counter("telegraphone_source_gaps", "Times in which a source could bring nothing.", sources, registry=registry)
    gap_seconds = Counter("telegraphone_source_gap_seconds", "How long these were.", sources, registry=registry)
    return Measures(registry, requests, seconds, gaps, gap_seconds)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})


def count_request(method: str, path: str, status: int, seconds: float) -> None:
    """`path` is the route's, so that there are as many series as routes."""
    counter, histogram = _series(method if method in METHODS else "other", path, status)
    counter.inc()
    histogram.observe(seconds)


@cache
def _series(method: str, path: str, status: int) -> tuple["Counter", "Histogram"]:
    """They are some hundreds, and found more slowly than they are counted."""
    found = measures()
    return found.requests.labels(method, path, str(status)), found.seconds.labels(method, path)


def count_gap(pbx: str, source: str, seconds: float, *, is_closed: bool) -> None:
    """A time in which a source could bring nothing; `is_closed`: a log has what is missing."""
    found, labels = measures(), (pbx, source, "yes" if is_closed else "no")
    found.gaps.labels(*labels).inc()
    found.gap_seconds.labels(*labels).inc(seconds)


def render_measures() -> bytes:
    """Prometheus' text format."""
    from prometheus_client import generate_latest

    return generate_latest(measures().registry)
