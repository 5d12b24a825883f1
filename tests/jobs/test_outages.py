"""One line when it begins, one when it is over, whatever happens in between."""

from structlog.testing import capture_logs

from telegraphone.errors import Unavailable
from telegraphone.jobs.outages import Outages


def test_what_is_away_for_many_is_told_once() -> None:
    outages = Outages()
    with capture_logs() as logs:
        for _ in range(5):
            for job in ("a", "b", "c"):
                outages.fails(job, Unavailable("the database cannot be used now", "database"))
        outages.fails("d", Unavailable("the bucket does not answer", "media"))
        for job in ("x", "a", "b", "a", "d", "c"):
            outages.works(job)
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [
        ("the database is away", "error"), ("the media is away", "error"),
        ("the database is back", "warning"), ("the media is back", "warning"),
    ]  # fmt: skip


def test_each_job_that_fails_by_itself() -> None:
    outages = Outages()
    with capture_logs() as logs:
        for _ in range(3):
            outages.fails("a", Unavailable("no such file"))
            outages.fails("b", ZeroDivisionError())
        for _ in range(2):
            outages.works("a")
    assert [(entry["event"], entry["job"]) for entry in logs] == [
        ("job does not work", "a"), ("job does not work", "b"), ("job works again", "a"),
    ]  # fmt: skip
    assert "exc_info" in logs[1] and "exc_info" not in logs[0]
