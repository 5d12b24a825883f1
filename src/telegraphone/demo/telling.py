"""All calls of the centre told in turn, and what is left to be heard of them."""

import random
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from . import phone_stories as phones
from . import queue_stories as queues
from .centre import customers
from .planned import Plan, plan_calls
from .scene import Floor, Scene, Sound
from .tape import Log, Numbers, Tape

Story = Callable[[Scene], None]

STORIES: dict[str, Story] = {
    "queue": queues.answered, "queue_hold": queues.held, "queue_overflow": queues.overflowed, "queue_to_phone": queues.to_phone,
    "queue_to_queue": queues.to_queue, "queue_attended": queues.attended, "queue_abandoned": queues.abandoned,
    "queue_timeout": queues.timed_out, "queue_leaveempty": queues.left_empty,
}  # fmt: skip
"""By kind; those of phones are told by the first word of their kind, the rest are turned away."""
_BY_WORD: dict[str, Story] = {
    "incoming": phones.incoming, "outgoing": phones.outgoing, "internal": phones.internal, "queue": queues.turned_away,
}  # fmt: skip


class Told(NamedTuple):
    """A call that was planned, the linked id that it got, and its recording."""

    plan: Plan
    linked_id: str
    sound: Sound | None


def tell_all(now: datetime, seed: int, calls: int) -> tuple[Log, list[Told]]:
    """The whole story: told once to learn when channels are born, and once more with their numbers in that order."""
    plans = plan_calls(now, random.Random(f"plan {seed}"), calls)
    draft, _ = _tell(plans, seed, Numbers())
    return _tell(plans, seed, draft.numbers.in_order())


def _tell(plans: list[Plan], seed: int, numbers: Numbers) -> tuple[Log, list[Told]]:
    log, floor = Log(numbers), Floor()
    told: list[Told] = []
    people = customers(random.Random(f"customers {seed}"))
    for place, plan in enumerate(plans):
        tape = Tape(log, random.Random(f"call {seed} {place}"), plan.at)
        scene = Scene(plan, tape, floor, people)
        story(plan.kind)(scene)
        scene.finish()
        told.append(Told(plan, tape.linked_id, scene.sound))
    return log, told


def story(kind: str) -> Story:
    """How a kind of call is told."""
    return STORIES.get(kind) or _BY_WORD[kind.partition("_")[0]]
