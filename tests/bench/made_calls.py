"""Calls as a contact centre of some size has them, made up by a seed: 24 months, quiet nights, busy Mondays, few callers who call often."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from telegraphone.model import Agent, AgentTalk, Announced, AnsweredBy, Attached, Call, FileId, Leg, Party, Queue, QueuePassage

BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
DAYS, AGENTS, QUEUES = 730, 500, 40
TOPICS = ("invoice", "delivery", "repair", "order", "contract", "complaint", "address", "password", "return", "other")
_HOURS = (1, 1, 1, 1, 1, 2, 5, 20, 60, 90, 100, 95, 60, 70, 90, 95, 85, 60, 30, 15, 8, 4, 2, 1)
_WEEKDAYS = (150, 110, 100, 100, 90, 20, 5)
_FIRST = ("Anne", "Bruno", "Chloé", "Dino", "Emma", "François", "Gaëlle", "Hugo", "Inès", "Jules", "Karim", "Léa", "Marc", "Nora", "Oscar")
_LAST = ("Falconetti", "Lefèvre", "Noël", "Martin", "Petit", "Roux", "Moreau", "Girard", "Bonnet", "Dupuis", "Lambert", "Fontaine")
_LOST = ("abandoned", "abandoned", "abandoned", "timeout", "closed", "joinempty")


def agents() -> list[Agent]:
    return [Agent(str(2000 + n), firstname=_FIRST[n % len(_FIRST)], lastname=f"{_LAST[n % 12]} {n // 12}") for n in range(AGENTS)]


def queues() -> list[Queue]:
    return [Queue(str(3000 + n), name=f"queue{n:02}", display_name=f"Queue {chr(65 + n % 26)}{n}") for n in range(QUEUES)]


def number(n: int) -> str:
    """The telephone number of caller n: all different, without a pattern."""
    return f"0{6 if n % 3 else 1}{n * 48_271 % 99_999_989:08}"


def caller(dice: random.Random, calls: int) -> int:
    """Three in a hundred calls come from five callers; the others are many, some of whom call again and again."""
    return dice.randrange(5) if dice.random() < 0.03 else 5 + int(dice.random() ** 2 * calls / 4)


def made_calls(calls: int, seed: int = 1898) -> Iterator[Call]:
    """So many calls, oldest first; the same ones every time."""
    dice = random.Random(seed)
    for n, start in enumerate(_starts(dice, calls)):
        yield _call(dice, n, start, calls)


def _starts(dice: random.Random, calls: int) -> Iterator[datetime]:
    weights = [_WEEKDAYS[day % 7] * hour for day in range(DAYS) for hour in _HOURS]
    cumulated = list(accumulate(weights))
    hours = dice.choices(range(len(weights)), cum_weights=cumulated, k=calls)
    for seconds in sorted(hour * 3600 + dice.random() * 3600 for hour in hours):
        yield BEGINNING + timedelta(milliseconds=int(seconds * 1000))


def _call(dice: random.Random, n: int, start: datetime, calls: int) -> Call:
    who, kind = number(caller(dice, calls)), dice.random()
    end = start + timedelta(seconds=int(dice.expovariate(1 / 240)) + 5)
    told = (Attached("case", f"C{n * 7919 % 1_000_000_007:010}", start), Attached("topic", _topic(dice), start))
    recordings = (Announced(FileId(f"rec-{n}"), start, "announced"),) if dice.random() < 0.8 else ()
    made = {"n": n, "start": start, "end": end, "attached": told, "recordings": recordings}
    if kind < 0.7:
        return _queued(dice, who, made)
    return _direct(dice, who, made, "incoming" if kind < 0.85 else "outgoing")


def _topic(dice: random.Random) -> str:
    return TOPICS[int(dice.random() ** 2 * len(TOPICS))]


def _queued(dice: random.Random, who: str, made: dict[str, object]) -> Call:
    start, end = made["start"], made["end"]
    assert isinstance(start, datetime) and isinstance(end, datetime)
    place = int(dice.random() ** 2 * QUEUES)
    agent = str(2000 + (int(dice.random() ** 1.5 * AGENTS) + place * 12) % AGENTS)
    joined = start + timedelta(seconds=3) if dice.random() < 0.85 else None
    lost = dice.choice(_LOST)
    passage = QueuePassage(f"queue{place:02}", start, "answered" if joined else lost, 3.0, agent if joined else None, (agent,))  # type: ignore[arg-type]
    talks = (AgentTalk(agent, joined, end),) if joined else ()
    outcome = "answered" if joined else "abandoned"
    called, phone = Party(f"01800{place:05}"), f"PJSIP/{agent}"
    return _whole(made, "incoming", outcome, Party(who), called, phone, "agent", joined, queues=(passage,), agents=talks)


def _direct(dice: random.Random, who: str, made: dict[str, object], direction: str) -> Call:
    start = made["start"]
    assert isinstance(start, datetime)
    joined = start + timedelta(seconds=4) if dice.random() < 0.8 else None
    phone = str(1000 + dice.randrange(AGENTS))
    sides = (Party(who), Party(phone)) if direction == "incoming" else (Party(phone), Party(who))
    return _whole(made, direction, "answered" if joined else "missed", *sides, f"PJSIP/{phone}", "callee", joined)


def _whole(
    made: dict[str, object], direction: str, outcome: str, calling: Party, called: Party, phone: str, role: str,
    joined: datetime | None, **more: object,
) -> Call:  # fmt: skip
    start, end, unique = made["start"], made["end"], f"{1_700_000_000 + int(str(made['n']))}"
    out = direction == "outgoing"
    legs = (
        Leg(f"{unique}.0", phone if out else "PJSIP/trunk", "caller", calling.number, "", start, joined, end),  # type: ignore[arg-type]
        Leg(f"{unique}.1", "PJSIP/trunk" if out else phone, role, called.number, "", start, joined, end),  # type: ignore[arg-type]
    )
    return Call(
        linked_id=f"{unique}.0", unique_ids=(f"{unique}.0", f"{unique}.1"), direction=direction, outcome=outcome,  # type: ignore[arg-type]
        caller=calling, dialled=called, started_at=start, ended_at=end, legs=legs,  # type: ignore[arg-type]
        answered_at=joined, answered_by=AnsweredBy(called.number) if joined else None, is_closed=True,
        attached=made["attached"], recordings=made["recordings"], **more,  # type: ignore[arg-type]
    )  # fmt: skip
