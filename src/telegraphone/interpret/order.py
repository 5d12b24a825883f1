"""Events in the order in which they happened, and apart by run of the PBX.

Rules. An event's place is its time, then its place in its source (calls.md, rule 2). Counters begin again with every start of the PBX: an
id that begins twice, or acts on after its end, belongs to a second run, and what a cluster tells from there on is another cluster's.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from ..events import Event

SLACK = timedelta(seconds=5)
"""Rows step back a little; an id that begins again so soon is the same."""
_NEVER = datetime.min.replace(tzinfo=UTC)


def in_order(events: Iterable[Event]) -> list[Event]:
    """All events by time and place; whatever order they came in, the result is the same."""
    return sorted(events, key=_place)


def _place(event: Event) -> tuple[datetime, str, int, int, str, str, str]:
    """Its order, and what tells apart events that came without a position."""
    said = event.app_data or event.member
    return (event.at, event.source, event.position, event.repetition, event.kind, event.leg, said)


def in_runs(ordered: list[Event]) -> list[list[Event]]:
    """The same events, apart by run of the PBX; nearly always there is but one."""
    cuts = _cuts(ordered)
    if not cuts:
        return [ordered]
    runs: list[list[Event]] = [[] for _ in range(len(cuts) + 1)]
    for event in ordered:
        at = event.at + timedelta(seconds=1) if _is_whole(event.kind) else event.at
        runs[sum(cut <= at for cut in cuts)].append(event)
    return runs


def _is_whole(kind: str) -> bool:
    """Whether such events come from a log that has whole seconds only."""
    return kind.startswith("queue_") or kind == "cdr"


def _cuts(ordered: list[Event]) -> list[datetime]:
    """When a further run of the PBX began, as far as repeated ids show it."""
    cuts: list[datetime] = []
    begun: dict[str, datetime] = {}
    ended: dict[str, datetime] = {}
    restarted = _NEVER
    for event in ordered:
        kind, leg, at = event.kind, event.leg, event.at
        if kind == "pbx_started":
            restarted = at
        elif _is_whole(kind) or kind == "linked_id_ended" or not leg:
            continue
        elif _again(kind, at, begun.get(leg), ended.get(leg)):
            before = max(x for x in (begun.get(leg), ended.get(leg)) if x is not None)
            cuts.append(restarted if restarted > before else at)
            begun, ended = {leg: at}, {}
        if kind == "leg_started":
            begun.setdefault(leg, at)
        elif kind == "leg_ended":
            ended[leg] = at
    return cuts


def _again(kind: str, at: datetime, begun: datetime | None, ended: datetime | None) -> bool:
    """Whether this cannot be the same leg as before."""
    if kind == "leg_started" and begun is not None and at - begun > SLACK:
        return True
    return ended is not None and at - ended > SLACK
