"""Clusters and their events: what belongs together, as the PBX said it. Rows while a cluster is open, compressed once it is closed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
import zstandard

from ...db import Row, Tx, micros, moment
from ...events import Event, digest
from ...interpret import Tie

_ENCODER = msgspec.msgpack.Encoder()
_EVENT = msgspec.msgpack.Decoder(Event)
_EVENTS = msgspec.msgpack.Decoder(list[Event])
_FOREVER = 2**62
_HOUR = 3_600_000_000
LONGEST = timedelta(hours=4)
"""As long as a hold is taken to last when nobody tells of its end."""
ClusterId = int


class Span(msgspec.Struct, frozen=True):
    """A tie with its bounds in microseconds."""

    key: str
    from_at: int
    to_at: int

    def meets(self, other: "Span") -> bool:
        return self.key == other.key and self.from_at <= other.to_at and other.from_at <= self.to_at


def spans_of(tie: Tie) -> list[Span]:
    """The spans by which a tie is found again. One with bounds stands under each hour that it touches, so that years of holds of one phone
    are never looked through; one that never ended is taken to last as long as a call can.
    """
    if tie.from_ is None:
        return [Span(tie.key, -_FOREVER, _FOREVER)]
    from_at, to_at = micros(tie.from_), micros(min(tie.to or tie.from_ + LONGEST, tie.from_ + LONGEST))
    return [Span(f"{tie.key}@{hour}", from_at, to_at) for hour in range(from_at // _HOUR, to_at // _HOUR + 1)]


def find_tied(tx: Tx, pbx: str, spans: Iterable[Span]) -> dict[Span, set[ClusterId]]:
    """For each span, the clusters of this PBX that meet it."""
    wanted: dict[str, list[Span]] = {}
    for span in spans:
        wanted.setdefault(span.key, []).append(span)
    condition = tx.dialect.any_of("tie", "keys")
    rows = tx.all(
        f"select tie, from_at, to_at, cluster_id from ties where pbx = :pbx and {condition}",
        pbx=pbx, keys=tx.dialect.list_argument(list(wanted)),
    )  # fmt: skip
    tied: dict[Span, set[ClusterId]] = {}
    for row in rows:
        kept = Span(row["tie"], row["from_at"], row["to_at"])
        for span in wanted[kept.key]:
            if span.meets(kept):
                tied.setdefault(span, set()).add(row["cluster_id"])
    return tied


def list_events(tx: Tx, clusters: Sequence[ClusterId]) -> dict[ClusterId, list[Event]]:
    """All that is known of these clusters."""
    if not clusters:
        return {}
    ids = tx.dialect.list_argument(list(clusters))
    events: dict[ClusterId, list[Event]] = {cluster: [] for cluster in clusters}
    for row in tx.all(f"select id, archive from clusters where archive is not null and {tx.dialect.any_of('id', 'ids')}", ids=ids):
        events[row["id"]] = unpack(row["archive"])
    for row in tx.all(f"select cluster_id, body from events where {tx.dialect.any_of('cluster_id', 'ids')}", ids=ids):
        events[row["cluster_id"]].append(_EVENT.decode(row["body"]))
    return events


def pack(events: Sequence[Event]) -> bytes:
    """Events as they are kept when their call is over."""
    return zstandard.ZstdCompressor(level=3).compress(_ENCODER.encode(events))


def unpack(archive: bytes) -> list[Event]:
    return _EVENTS.decode(zstandard.ZstdDecompressor().decompress(archive))


def add_clusters(tx: Tx, pbx: str, count: int) -> list[ClusterId]:
    """So many clusters of which nothing is known yet: `put_clusters` fills them."""
    rows = tx.all(
        "with recursive n (i) as (select 1 where :count > 0 union all select i + 1 from n where i < :count)"
        " insert into clusters (pbx, first_at, last_at) select :pbx, 0, 0 from n returning id",
        count=count, pbx=pbx,
    )  # fmt: skip
    return [row["id"] for row in rows]


def merge_clusters(tx: Tx, into: ClusterId, others: Sequence[ClusterId]) -> None:
    """All that is known of the others becomes part of one. Their archives must be in the events that are put next."""
    ids = tx.dialect.list_argument(list(others))
    some = tx.dialect.any_of("cluster_id", "ids")
    tx.run(
        f"insert into ties (pbx, tie, from_at, to_at, cluster_id) select pbx, tie, from_at, to_at, :into from ties where {some}"
        " on conflict do nothing",
        into=into, ids=ids,
    )  # fmt: skip
    for table in ("ties", "events"):
        tx.run(f"delete from {table} where {some}", ids=ids)
    tx.run(f"update calls set cluster_id = :into where {some}", into=into, ids=ids)
    tx.run(f"delete from clusters where {tx.dialect.any_of('id', 'ids')}", ids=ids)


class PutCluster(msgspec.Struct):
    """What is to be written of a cluster: its new events while it is open, all of them once it is closed."""

    id: ClusterId
    pbx: str
    first_at: datetime
    last_at: datetime
    is_closed: bool
    was_stored: bool
    new: list[Event]
    all: list[Event]
    ties: list[Span]


def put_clusters(tx: Tx, clusters: Sequence[PutCluster]) -> None:
    """Write the state, events and ties of clusters that changed."""
    tx.run_many(
        "insert into clusters (id, pbx, first_at, last_at, is_closed, archive)"
        " values (:id, :pbx, :first_at, :last_at, :is_closed, :archive)"
        " on conflict (id) do update set first_at = excluded.first_at, last_at = excluded.last_at, is_closed = excluded.is_closed,"
        " archive = excluded.archive",
        [_cluster_row(cluster) for cluster in clusters],
    )
    _remove(tx, "ties", [cluster.id for cluster in clusters if cluster.was_stored])  # a hold that was open had no end
    tx.run_many(
        "insert into ties (pbx, tie, from_at, to_at, cluster_id) values (:pbx, :tie, :from_at, :to_at, :id) on conflict do nothing",
        [row for cluster in clusters for row in _tie_rows(cluster)],
    )
    _remove(tx, "events", [cluster.id for cluster in clusters if cluster.is_closed and cluster.was_stored])
    tx.run_many(
        "insert into events (cluster_id, digest, body) values (:id, :digest, :body) on conflict do nothing",
        [_event_row(c.id, event) for c in clusters if not c.is_closed for event in (c.all if c.was_stored else c.new)],
    )


def _tie_rows(cluster: PutCluster) -> list[Row]:
    """Of ties that begin at one moment the longest says it all."""
    longest: dict[tuple[str, int], int] = {}
    for tie in cluster.ties:
        longest[tie.key, tie.from_at] = max(tie.to_at, longest.get((tie.key, tie.from_at), tie.to_at))
    return [
        {"pbx": cluster.pbx, "tie": key, "from_at": from_at, "to_at": to_at, "id": cluster.id} for (key, from_at), to_at in longest.items()
    ]


def _remove(tx: Tx, table: str, clusters: Sequence[ClusterId]) -> None:
    if clusters:
        tx.run(f"delete from {table} where {tx.dialect.any_of('cluster_id', 'ids')}", ids=tx.dialect.list_argument(clusters))


def _cluster_row(cluster: PutCluster) -> Row:
    archive = pack(cluster.all) if cluster.is_closed else None
    return {
        "id": cluster.id, "pbx": cluster.pbx, "first_at": micros(cluster.first_at), "last_at": micros(cluster.last_at),
        "is_closed": int(cluster.is_closed), "archive": archive,
    }  # fmt: skip


def _event_row(cluster: ClusterId, event: Event) -> Row:
    return {"id": cluster, "digest": digest(event), "body": _ENCODER.encode(event)}


def list_open_before(tx: Tx, pbx: str, at: datetime) -> list[ClusterId]:
    """Open clusters whose last event is older: after a restart of the PBX, or hours of silence, they cannot be going on."""
    rows = tx.all("select id from clusters where pbx = :pbx and is_closed = 0 and last_at < :at", pbx=pbx, at=micros(at))
    return [row["id"] for row in rows]


def list_pbxs_with_open(tx: Tx) -> list[str]:
    return [row["pbx"] for row in tx.all("select distinct pbx from clusters where is_closed = 0 order by pbx")]


def add_pbx_starts(tx: Tx, pbx: str, starts: Iterable[datetime]) -> int:
    """How many of them were not known yet."""
    added = "insert into pbx_starts (pbx, at) values (:pbx, :at) on conflict do nothing"
    return sum(tx.run(added, pbx=pbx, at=micros(at)) for at in starts)


def list_pbx_starts(tx: Tx, pbx: str) -> list[datetime]:
    return [moment(row["at"]) for row in tx.all("select at from pbx_starts where pbx = :pbx order by at", pbx=pbx)]


def list_clusters(tx: Tx, after: ClusterId, since: datetime | None, limit: int) -> list[tuple[ClusterId, str]]:
    """Clusters and their PBXs in the order of their numbers, those in which something happened since then."""
    rows = tx.all(
        "select id, pbx from clusters where id > :after and last_at >= :since order by id limit :limit",
        after=after, since=micros(since) if since else 0, limit=limit,
    )  # fmt: skip
    return [(row["id"], row["pbx"]) for row in rows]


def list_events_of(tx: Tx, call_id: int) -> list[Event]:
    """All events of the cluster of a call, in no order."""
    row = tx.one("select cluster_id from calls where id = :id", id=call_id)
    return list_events(tx, [row["cluster_id"]])[row["cluster_id"]] if row and row["cluster_id"] is not None else []
