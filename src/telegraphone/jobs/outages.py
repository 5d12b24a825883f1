"""What jobs cannot do now, told once when it begins and once when it is over, not at each try.

What is away for one is away for many: that the database does not answer is one line, however many jobs ask it.
"""

from ..errors import TelegraphoneError, Unavailable
from ..logs import get_log

_log = get_log()


class Outages:
    """Of all jobs of a process: the jobs that do not work, and those of them that wait for something that is away."""

    def __init__(self) -> None:
        self._failing: set[str] = set()
        self._waiting: dict[str, set[str]] = {}

    def fails(self, job: str, error: Exception) -> None:
        """A try went wrong."""
        if isinstance(error, Unavailable) and error.away:
            self._waits(job, error)
            return
        if job not in self._failing:
            self._failing.add(job)
            if isinstance(error, TelegraphoneError):
                _log.error("job does not work", job=job, reason=error.detail)
            else:
                _log.error("job does not work", job=job, exc_info=error)

    def works(self, job: str) -> None:
        """A try went well."""
        if job in self._failing:
            self._failing.discard(job)
            _log.warning("job works again", job=job)
        for away in [away for away, jobs in self._waiting.items() if job in jobs]:
            del self._waiting[away]  # what one finds again is there for all: others may look for it in an hour only
            _log.warning(f"the {away} is back")

    def _waits(self, job: str, error: Unavailable) -> None:
        if error.away not in self._waiting:
            _log.error(f"the {error.away} is away", job=job, reason=error.detail)
        self._waiting.setdefault(error.away, set()).add(job)
