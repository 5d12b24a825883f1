"""Events in, calls out: the one way by which the record grows, in one transaction for each batch.

A batch is grouped by what ties its events together; each group joins the stored clusters that it meets, until no further tie is found; the
events that are new are kept; each cluster that changed is interpreted whole, and its calls are put. So order, repetition and batches of the
input do not matter, and a crash leaves either all of a batch or nothing (calls.md, rules 1 and 5a).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase

import msgspec

from .db import Tx
from .events import Event, Unreadable, digest, order
from .interpret import Settings, Site, interpret, ties, without_echoes
from .model import Call, CallId, Leg, Queue, User
from .sql import directory
from .sql.pbx import clusters as stored
from .sql.pbx.clusters import ClusterId, PutCluster, Span, spans_of
from .sql.pbx.put_calls import ToPut, put_calls
from .sql.pbx.sources import put_position, put_unreadable

SILENCE = timedelta(hours=4)
"""A call without an event for so long is over, even if nobody said so (calls.md, rule 3)."""


class Log(msgspec.Struct, frozen=True):
    """One log of one PBX: what is read, and the name of the zone of its local times."""

    pbx: str
    source: str
    path: str
    zone: str = "UTC"


class Batch(msgspec.Struct, frozen=True):
    """Some events of a log, and the position that is reached with them (None: it does not move). `state`: how a follower finds it again."""

    log: Log
    items: Sequence[Event | Unreadable]
    position: int | None
    state: bytes | None = None


class Added(msgspec.Struct, frozen=True):
    """What became of a batch: events that were new, events known already (or of no call), lines not understood, calls that changed."""

    accepted: int
    known: int
    unreadable: tuple[Unreadable, ...]
    calls: frozenset[CallId]


class Group(msgspec.Struct):
    """Events that belong together, and the stored clusters that they belong to."""

    events: list[Event]
    spans: set[Span]
    clusters: set[ClusterId]


def append(tx: Tx, batch: Batch, settings: Settings, now: datetime) -> Added:
    """Keep what is new of a batch and bring the calls that it touches up to date."""
    log = batch.log
    tx.lock(f"record {log.pbx}")
    events = [item for item in batch.items if isinstance(item, Event)]
    unreadable = tuple(item for item in batch.items if isinstance(item, Unreadable))
    starts = [event.at for event in events if event.kind == "pbx_started"]
    new_starts = stored.add_pbx_starts(tx, log.pbx, starts)
    groups = _grouped([event for event in events if event.leg or event.linked_id])
    groups += _interrupted(tx, log.pbx, starts)
    accepted, calls = _keep(tx, log.pbx, groups, settings, now)
    accepted += new_starts
    put_unreadable(tx, log.pbx, log.source, log.path, unreadable, now, log.zone)
    if batch.position is not None:
        put_position(tx, log.pbx, log.source, log.path, batch.position, now, batch.state)
    return Added(accepted, len(events) - accepted, unreadable, frozenset(calls))


def close_silent(tx: Tx, settings: Settings, now: datetime) -> set[CallId]:
    """Bring calls up to date that cannot be going on any more, because nothing was heard of them for hours."""
    calls: set[CallId] = set()
    for pbx in stored.list_pbxs_with_open(tx):
        calls |= reinterpret(tx, pbx, stored.list_open_before(tx, pbx, now - SILENCE), settings, now)
    return calls


def reinterpret(tx: Tx, pbx: str, clusters: Iterable[ClusterId], settings: Settings, now: datetime) -> set[CallId]:
    """Interpret what is known of these clusters once more; the calls that came out otherwise."""
    tx.lock(f"record {pbx}")
    return _keep(tx, pbx, [Group([], set(), {cluster}) for cluster in clusters], settings, now)[1]


def _interrupted(tx: Tx, pbx: str, starts: Sequence[datetime]) -> list[Group]:
    """Open clusters that a start of the PBX ends."""
    if not starts:
        return []
    return [Group([], set(), {cluster}) for cluster in stored.list_open_before(tx, pbx, max(starts))]


def _grouped(events: Iterable[Event]) -> list[Group]:
    """Events that name the same ids; ties across ids are found by `_joined`."""
    by_id: dict[str, list[Event]] = {}
    for event in events:
        by_id.setdefault(event.linked_id or event.leg, []).append(event)
    return [Group(group, _spans(group), set()) for group in by_id.values()]


def _spans(events: list[Event]) -> set[Span]:
    return {span for tie in ties(events) for span in spans_of(tie)}


def _keep(tx: Tx, pbx: str, groups: list[Group], settings: Settings, now: datetime) -> tuple[int, set[CallId]]:
    """How many events were new, and the calls that changed."""
    if not groups:
        return 0, set()
    groups, known = _joined(tx, pbx, groups)
    site = directory.read_site(tx, settings)
    starts = [Event(kind="pbx_started", at=at) for at in stored.list_pbx_starts(tx, pbx)]
    news = [_new(group, known) for group in groups]
    changed = [(group, new) for group, new in zip(groups, news, strict=True) if new or len(group.clusters) != 1 or not group.events]
    fresh = iter(stored.add_clusters(tx, pbx, sum(not group.clusters for group, _ in changed)))
    clusters: list[PutCluster] = []
    calls: list[ToPut] = []
    for group, new in changed:
        cluster_id = min(group.clusters) if group.clusters else next(fresh)
        cluster, found = _interpreted(pbx, cluster_id, group, known, new, starts, site, now)
        if len(group.clusters) > 1:
            stored.merge_clusters(tx, cluster_id, sorted(group.clusters - {cluster_id}))
        clusters.append(cluster)
        calls.append(found)
    stored.put_clusters(tx, clusters)
    _add_seen(tx, calls, site)
    return sum(map(len, news)), put_calls(tx, pbx, calls, settings.country, now)


def _new(group: Group, known: dict[ClusterId, list[Event]]) -> list[Event]:
    """The events of a group that were not kept before, each once, whatever road it came by."""
    old = [event for cluster in group.clusters for event in known[cluster]]
    seen = {digest(event) for event in old}
    new: dict[bytes, Event] = {}
    for event in group.events:
        if (mark := digest(event)) not in seen:
            new.setdefault(mark, event)
    told = {id(event) for event in without_echoes([*old, *new.values()])}
    return [event for event in new.values() if id(event) in told]


def _interpreted(
    pbx: str, cluster_id: ClusterId, group: Group, known: dict[ClusterId, list[Event]], new: list[Event],
    starts: Sequence[Event], site: Site, now: datetime,
) -> tuple[PutCluster, ToPut]:  # fmt: skip
    events = sorted(without_echoes([*(e for cluster in sorted(group.clusters) for e in known[cluster]), *new]), key=order)
    first_at, last_at = events[0].at, events[-1].at
    calls = interpret([*events, *(start for start in starts if start.at > first_at)], site, now)
    put = PutCluster(
        id=cluster_id, pbx=pbx, first_at=first_at, last_at=last_at,
        is_closed=all(call.is_closed for call in calls) and bool(calls), was_stored=bool(group.clusters),
        new=new, all=events, ties=sorted(group.spans, key=lambda span: (span.key, span.from_at)),
    )  # fmt: skip
    return put, ToPut(cluster_id, calls)


def _joined(tx: Tx, pbx: str, groups: list[Group]) -> tuple[list[Group], dict[ClusterId, list[Event]]]:
    """Groups joined with all that they are tied to: each other, and stored clusters with the clusters that those lead to."""
    known: dict[ClusterId, list[Event]] = {}
    asked: set[Span] = set()
    while True:
        spans = {span for group in groups for span in group.spans}
        tied = stored.find_tied(tx, pbx, spans - asked)
        asked |= spans
        for group in groups:
            for span in group.spans:
                group.clusters |= tied.get(span, set())
        groups = _united(groups)
        unread = sorted({cluster for group in groups for cluster in group.clusters} - known.keys())
        known |= stored.list_events(tx, unread)
        for group in groups:
            if not group.clusters.isdisjoint(unread):
                together = [*(event for cluster in group.clusters for event in known[cluster]), *group.events]
                group.spans = _spans(together)
        if asked.issuperset(span for group in groups for span in group.spans):
            return groups, known


def _united(groups: list[Group]) -> list[Group]:
    """Groups that share a cluster or whose spans meet become one."""
    owner: dict[object, list[tuple[Span | None, int]]] = {}
    parent = list(range(len(groups)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = index = parent[parent[index]]
        return index

    for index, group in enumerate(groups):
        for mark, span in [*((cluster, None) for cluster in group.clusters), *((span.key, span) for span in group.spans)]:
            others = owner.setdefault(mark, [])
            for other, at in others:
                if span is None or other is None or span.meets(other):
                    parent[root(index)] = root(at)
            others.append((span, index))
    united: dict[int, Group] = {}
    for index, group in enumerate(groups):
        if (whole := united.get(root(index))) is None:
            united[root(index)] = group
        else:
            whole.events, whole.spans = whole.events + group.events, whole.spans | group.spans
            whole.clusters |= group.clusters
    return list(united.values())


def _add_seen(tx: Tx, puts: Sequence[ToPut], site: Site) -> None:
    """Queues and people that the PBX named, where the directory has nothing."""
    calls = [call for put in puts for call in put.calls]
    queues = sorted({passage.name for call in calls for passage in call.queues})
    directory.add_seen(tx, "queues", [Queue(number="", name=name) for name in queues])
    people = {leg.number: leg.name for call in calls for leg in call.legs if leg.number and leg.name and _is_inside(call, leg, site)}
    directory.add_seen(tx, "users", [User(number=number, name=name) for number, name in sorted(people.items())])


def _is_inside(call: Call, leg: Leg, site: Site) -> bool:
    """Whether a leg is surely a telephone of this PBX: no trunk, or, where none is configured, in a call that never left the house."""
    if site.trunk_endpoints:
        return bool(leg.interface) and not any(fnmatchcase(leg.interface, pattern) for pattern in site.trunk_endpoints)
    return call.direction == "internal" or leg.role == "agent"
