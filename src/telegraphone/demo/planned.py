"""When the centre is called, and what becomes of each call: Mondays are busy, nights quiet, and every outcome occurs."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

import msgspec

from .centre import ZONE

DAYS = 60
AUDIBLE, MISSING, EMPTY_OF_EACH = 48, 12, 4
"""Recordings: with sound, announced but lost, and of calls that nobody answered (a header without sound) of each kind."""
OF_YESTERDAY = 6
MARGIN = timedelta(minutes=20)
"""Every call is over by now."""
LONG_S = (205, 255)
"""How long the last of yesterday's calls that can be heard is: there is a minute two in it."""
A_WEEK = timedelta(days=7)
LONGEST_S = 540.0

OPEN: Mapping[str, float] = {
    "queue": 40, "queue_hold": 4, "queue_overflow": 2, "queue_to_phone": 2.2, "queue_to_queue": 1.3, "queue_attended": 1.3,
    "queue_abandoned": 8, "queue_timeout": 3.5, "queue_joinempty": 1.2, "queue_full": 1.5, "queue_leaveempty": 0.8, "queue_closed": 0.3,
    "queue_divert_ca_ratio": 0.5, "queue_divert_waittime": 0.5,
    "incoming": 7, "incoming_given_up": 2, "incoming_no_answer": 1.5, "incoming_busy": 1, "incoming_voicemail": 1.4,
    "incoming_rejected": 0.4, "incoming_unreachable": 0.5, "incoming_failed": 0.2,
    "outgoing": 10, "outgoing_no_answer": 2, "outgoing_busy": 1, "outgoing_failed": 0.8, "outgoing_given_up": 1,
    "internal": 3, "internal_no_answer": 0.6, "internal_busy": 0.5, "internal_given_up": 0.7,
    "internal_rejected": 0.5, "internal_unreachable": 0.4,
}  # fmt: skip
"""What happens in opening hours, of about a hundred calls."""
SHUT: Mapping[str, float] = {"queue_closed": 78, "incoming_voicemail": 12, "incoming_given_up": 10}
SPOKEN = ("queue", "queue_hold", "incoming", "outgoing", "internal")
"""Kinds of which there is sound."""
LOST = (
    "queue_abandoned", "queue_timeout", "queue_joinempty", "queue_full", "queue_leaveempty", "queue_closed", "queue_divert_ca_ratio",
    "queue_divert_waittime", "incoming_given_up", "outgoing_busy",
)  # fmt: skip
"""Kinds of which some were recorded although nobody spoke."""

_WEEKDAY = (1.4, 1.08, 0.96, 1.0, 0.9, 0.34, 0.16)
_HOUR = (0.02,) * 7 + (0.12, 0.7, 1.35, 1.6, 1.45, 0.75, 0.7, 1.3, 1.45, 1.3, 0.95, 0.6, 0.2, 0.14, 0.1, 0.06, 0.03)
_OPENING = ((8, 19),) * 5 + ((9, 17), (10, 16))

Recorded = Literal["none", "audible", "missing", "empty"]


class Plan(msgspec.Struct, frozen=True):
    """A call that will happen."""

    at: datetime
    kind: str
    talk_s: float
    recording: Recorded = "none"

    @property
    def is_sunday(self) -> bool:
        """When only some queues are served."""
        return self.at.astimezone(ZONE).weekday() == 6


def plan_calls(now: datetime, rng: random.Random, calls: int) -> list[Plan]:
    """All calls, in the order of their beginning."""
    reserved = [_talked(Plan(at, "queue", 0), rng) for at in _yesterday(now, rng)][:calls]
    reserved[-1:] = [msgspec.structs.replace(plan, talk_s=rng.uniform(*LONG_S)) for plan in reserved[-1:]]
    starts = _starts(now, rng, calls - len(reserved))
    kinds = {True: _kinds(OPEN, sum(map(is_open, starts)), rng), False: _kinds(SHUT, len(starts), rng)}
    plans = [Plan(at, kinds[is_open(at)].pop(), _talk_s(rng)) for at in starts]
    return sorted([*reserved, *_recorded(plans, now, rng, AUDIBLE - len(reserved))], key=lambda plan: plan.at)


def is_open(at: datetime) -> bool:
    """Whether somebody is there."""
    local = at.astimezone(ZONE)
    opens, closes = _OPENING[local.weekday()]
    return opens <= local.hour < closes


def _yesterday(now: datetime, rng: random.Random) -> list[datetime]:
    """Moments of yesterday's busiest hours, for calls that can be heard."""
    day = (now.astimezone(ZONE) - timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)
    span = 5.5 * 3600 / OF_YESTERDAY
    return [day + timedelta(seconds=(place + rng.random()) * span) for place in range(OF_YESTERDAY)]


def _starts(now: datetime, rng: random.Random, count: int) -> list[datetime]:
    first, last = now - timedelta(days=DAYS), now - MARGIN
    top = first.replace(minute=0, second=0, microsecond=0)
    edges = [max(first, min(top + timedelta(hours=n), last)) for n in range(DAYS * 24 + 2)]
    hours = list(pairwise(edges))
    weights = [_weight(since) * (until - since).total_seconds() for since, until in hours]
    chosen = rng.choices(hours, weights, k=count)
    return sorted(since + (until - since) * rng.random() for since, until in chosen)


def _weight(at: datetime) -> float:
    local = at.astimezone(ZONE)
    return _WEEKDAY[local.weekday()] * _HOUR[local.hour]


def _kinds(weights: Mapping[str, float], count: int, rng: random.Random) -> list[str]:
    """So many kinds in their proportions, every kind at least once where there is room, in any order."""
    total = sum(weights.values())
    kinds = [kind for kind, weight in weights.items() for _ in range(max(1, round(count * weight / total)))]
    rng.shuffle(kinds)
    while len(kinds) < count:
        kinds.append(next(iter(weights)))
    return _keeping_all(kinds, count)


def _keeping_all(kinds: list[str], count: int) -> list[str]:
    """The first of each kind stays when there are too many."""
    seen: set[str] = set()
    firsts = [kind for kind in kinds if not (kind in seen or seen.add(kind))]  # type: ignore[func-returns-value]
    rest = list(kinds)
    for kind in firsts:
        rest.remove(kind)
    return [*rest, *firsts][max(0, len(kinds) - count) :]


def _talk_s(rng: random.Random) -> float:
    return min(LONGEST_S, max(6.0, rng.lognormvariate(4.9, 0.75)))


def _talked(plan: Plan, rng: random.Random) -> Plan:
    """A call that one can listen to is not long."""
    return msgspec.structs.replace(plan, talk_s=rng.uniform(22, 80), recording="audible")


def _recorded(plans: list[Plan], now: datetime, rng: random.Random, audible: int) -> list[Plan]:
    """The same with recordings, spread over the whole time."""
    found = list(plans)
    spoken = [n for n, plan in enumerate(plans) if plan.kind in SPOKEN]
    for n in _spread(spoken, audible):
        found[n] = _talked(plans[n], rng)
    older = [n for n in spoken if found[n].recording == "none" and plans[n].at < now - A_WEEK]
    for n in _spread(older, MISSING):
        found[n] = msgspec.structs.replace(plans[n], recording="missing")
    for kind in LOST:
        for n in _spread([n for n, plan in enumerate(plans) if plan.kind == kind], EMPTY_OF_EACH):
            found[n] = msgspec.structs.replace(plans[n], recording="empty")
    return found


def _spread(among: list[int], count: int) -> list[int]:
    """So many of these, evenly, the last among them."""
    count = min(count, len(among))
    return [among[(place + 1) * len(among) // count - 1] for place in range(count)]
