"""What /metrics tells. Each worker counts for itself."""

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram


class Measures(NamedTuple):
    registry: "CollectorRegistry"
    requests: "Counter"
    seconds: "Histogram"


@cache
def measures() -> Measures:
    """One set for the process."""
    from prometheus_client import CollectorRegistry, Counter, Histogram, PlatformCollector, ProcessCollector

    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    requests = Counter("telegraphone_requests", "Requests answered.", ("method", "path", "status"), registry=registry)
    seconds = Histogram("telegraphone_request_seconds", "Time until the answer began.", ("method", "path"), registry=registry)
    return Measures(registry, requests, seconds)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE"})


def count_request(method: str, path: str, status: int, seconds: float) -> None:
    """`path` is the route's, so that there are as many series as routes."""
    found = measures()
    method = method if method in METHODS else "other"
    found.requests.labels(method, path, str(status)).inc()
    found.seconds.labels(method, path).observe(seconds)


def render_measures() -> bytes:
    """Prometheus' text format."""
    from prometheus_client import generate_latest

    return generate_latest(measures().registry)
