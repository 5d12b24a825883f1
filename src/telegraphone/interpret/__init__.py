"""From events to calls: `interpret(events of a cluster) → the calls in it`. Pure: no clock, no I/O, and no order that matters.

The rules stand at the top of each module:

    echoes.py     what came by two roads
    order.py      when things happened, and in which run of the PBX
    channels.py   what channels and bridges did
    clusters.py   which channels make one call, what ties clusters
    movements.py  holds
    transfers.py  transfers, parking, forwards
    parties.py    who called whom, which way, who answered, when it ended
    queues.py     passages through queues, agents
    outcome.py    how an unanswered call ended
    recorded.py   recordings and attached data
    site.py       what an installation is like: trunks, people, queues
    calls.py      a call from all of these
    cdr/          calls of which only call detail records tell
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from ..events import Event
from ..model import Call
from .calls import calls_of
from .cdr import with_records
from .cdr.rows import read as read_records
from .cdr.rows import record_ties
from .channels import read
from .clusters import Tie, draft
from .clusters import ties as leg_ties
from .echoes import without_echoes
from .movements import hold_traces
from .order import in_order, in_runs
from .site import Settings, Site
from .transfers import joins


def interpret(events: Iterable[Event], site: Site, now: datetime) -> tuple[Call, ...]:
    """The calls that these events tell, oldest first: all events of a cluster, and later starts of its PBX."""
    runs = in_runs(in_order(without_echoes(events)))
    starts = [event.at for event in runs[-1] if event.kind == "pbx_started"]
    found: list[Call] = []
    seen: dict[str, int] = {}
    for place, run in enumerate(runs):
        later = runs[place + 1 :]
        calls = _calls(run, site, now, starts=[r[0].at for r in later if r] + (starts if later else []))
        for call in calls:
            found.append(_numbered(call, seen))
        for call in calls:
            seen[call.linked_id] = seen.get(call.linked_id, 0) + 1
    return tuple(found)


def ties(events: Iterable[Event]) -> frozenset[Tie]:
    """What ties these events to other clusters. Too much does no harm, too little does."""
    events = list(events)
    return leg_ties(events) | frozenset(record_ties(events))


def _calls(run: list[Event], site: Site, now: datetime, starts: list[datetime]) -> list[Call]:
    scene = read(run)
    scene.pbx_starts += starts
    drafts = draft(scene)
    calls = calls_of(drafts, site, now, hold_traces(scene), joins(drafts))
    return with_records(calls, scene, read_records(run), site, now)


def _numbered(call: Call, seen: dict[str, int]) -> Call:
    """The same linked id in a further run of the PBX is another call."""
    run = seen.get(call.linked_id, 0)
    main = call.consultation_of
    if main is not None:
        main = (main[0], seen.get(main[0], 0))
    return msgspec.structs.replace(call, run=run, consultation_of=main) if run or main != call.consultation_of else call


__all__ = ["Settings", "Site", "Tie", "interpret", "ties", "without_echoes"]
