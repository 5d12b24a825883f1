"""Events that came by two roads: as the manager's stream sent them, and as a log or table has them.

Rules. The stream has another time than the log (the moment of sending, or whole seconds), so an event of the stream is the same as one of
the log if both say the same of the same leg within `NEAR`; the nearest are paired, each once. Then the log's counts: its time and place are
the true ones. So calls are the same whichever came first, and however much of it came by both roads.
"""

from collections.abc import Iterable
from datetime import timedelta

from ..events import AMI, Event

NEAR = timedelta(seconds=2)
"""A line of queue_log is written in another second than its packet is sent, now and then; a table without fractions may round up."""
NAMED = frozenset({"user_event", "other"})
"""Kinds of events that have a name beside."""
Words = tuple[str, ...]


def without_echoes(events: Iterable[Event]) -> list[Event]:
    """The events without those of the stream that a log tells, too. In the same order."""
    events = list(events)
    heard: dict[Words, list[Event]] = {}
    for event in events:
        if event.source == AMI:
            heard.setdefault(_words(event), []).append(event)
    if not heard:
        return events
    echoes: set[int] = set()
    for event in sorted((event for event in events if event.source != AMI), key=lambda event: event.at):
        same = heard.get(_words(event), ())
        near = [echo for echo in same if id(echo) not in echoes and abs(echo.at - event.at) <= NEAR]
        if near:
            echoes.add(id(min(near, key=lambda echo: abs(echo.at - event.at))))
    return [event for event in events if id(event) not in echoes]


def _words(event: Event) -> Words:
    """What an event is recognised by, but for its time (events.digest), and for what the stream leaves out: names of what has a kind."""
    detail = event.detail
    name = detail.get("verb", "") if event.kind in NAMED or event.kind.startswith("queue_") else ""
    return (event.kind, event.leg, event.queue, event.member, event.app, event.app_data[:100], detail.get("bridge_id", ""), name)
