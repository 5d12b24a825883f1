"""What is counted for /metrics: each of these is cheap enough to be asked every few seconds, but for the recordings, which a job counts."""

import msgspec

from ...db import Tx


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """`backlog`: changes of which no deliveries were made yet. Of deliveries, `waiting` now; the others since webhooks were set up."""

    unreadable: int
    changes: int
    backlog: int
    waiting: int
    taken: int
    given_up: int
    failed_tries: int
    webhooks_off: int


def get_counts(tx: Tx) -> Counts:
    """All of them, in one statement."""
    row = tx.one(
        "select (select count(*) from unreadable) as unreadable,"
        " coalesce((select max(id) from changes), 0) as changes,"
        " (select count(*) from changes where id > (select min(after_id) from webhooks where is_on = 1)) as backlog,"
        " (select count(*) from deliveries where state = 'waiting') as waiting,"
        " (select coalesce(sum(taken), 0) from webhooks) as taken, (select coalesce(sum(given_up), 0) from webhooks) as given_up,"
        " (select coalesce(sum(failed_tries), 0) from webhooks) as failed_tries,"
        " (select count(*) from webhooks where is_on = 0) as webhooks_off"
    )
    assert row is not None
    return Counts(**{name: int(value) for name, value in row.items()})


def count_recordings(tx: Tx) -> dict[str, int]:
    """How many recordings are in which state, if any is. It reads an index of all of them: not for every question."""
    rows = tx.all(
        "select 'all' as state, count(*) as n from recordings"
        " union all select state, count(*) from recordings where state <> 'available' group by state"
    )
    counts = {row["state"]: int(row["n"]) for row in rows}
    available = counts.pop("all") - sum(counts.values())
    return counts | ({"available": available} if available else {})
