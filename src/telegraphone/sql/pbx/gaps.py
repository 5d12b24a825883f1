"""Times of which a source could bring nothing."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from ...access import Actor, require
from ...db import Tx, micros, moment


class SourceGap(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when a source of a PBX brought nothing. `closed_by`: the log that has what is missing, or empty."""

    pbx: str
    source: str
    path: str
    from_at: datetime
    to_at: datetime
    closed_by: str = ""


def put_gaps(tx: Tx, gaps: Sequence[SourceGap]) -> None:
    """Keep them; the same gap again is known already."""
    tx.run_many(
        "insert into gaps (pbx, source, path, from_at, to_at, closed_by) values (:pbx, :source, :path, :from_at, :to_at, :closed_by)"
        " on conflict (pbx, source, path, from_at) do update set to_at = excluded.to_at, closed_by = excluded.closed_by",
        [{**msgspec.structs.asdict(gap), "from_at": micros(gap.from_at), "to_at": micros(gap.to_at)} for gap in gaps],
    )


def list_gaps(tx: Tx, actor: Actor, *, since: datetime | None = None, limit: int = 1000) -> list[SourceGap]:
    """The gaps that ended since then, the newest first."""
    require(actor, "admin")
    rows = tx.all(
        "select pbx, source, path, from_at, to_at, closed_by from gaps where to_at >= :since order by to_at desc, id desc limit :limit",
        since=micros(since) if since else 0, limit=limit,
    )  # fmt: skip
    return [SourceGap(**{**row, "from_at": moment(row["from_at"]), "to_at": moment(row["to_at"])}) for row in rows]
