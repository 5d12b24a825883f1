"""What a story needs to be told: the tape, the people who are free, and what was planned; and what it leaves for the recording."""

import random
from datetime import datetime, timedelta

import msgspec

from . import moves
from .centre import AGENT_PHONES, AGENTS, HIDDEN, OFFICE_PHONES, QUEUE_WEIGHTS, QUEUES, Customer, Phone, Queue
from .planned import Plan
from .tape import Channel, Tape

PAUSE = timedelta(seconds=5)
"""How long a phone stays untouched after a call."""
COLOURS = ("red", "green", "blue", "amber")


class Sound(msgspec.Struct):
    """What was said on a call that is recorded: how long, and when nobody spoke because the caller was held."""

    file_id: str
    began_at: datetime | None = None
    ended_at: datetime | None = None
    holds: list[tuple[datetime, datetime]] = []


class Floor:
    """Which phones are taken, and until when: nobody is in two calls."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def free(self, phones: tuple[Phone, ...], at: datetime) -> list[Phone]:
        """Those who could take a call."""
        return [phone for phone in phones if self._until.get(phone.number, at) <= at and phone.is_plugged_in]

    def take(self, phones: list[Phone], until: datetime) -> None:
        """These were in a call."""
        self._until |= {phone.number: max(until, self._until.get(phone.number, until)) for phone in phones}


class Scene:
    """One call that is about to happen."""

    def __init__(self, plan: Plan, tape: Tape, floor: Floor, people: list[Customer]) -> None:
        self.plan, self.tape, self._floor = plan, tape, floor
        self.rng: random.Random = tape.rng
        self.customer = HIDDEN if self.rng.random() < 0.02 else _often(self.rng, people)
        self.sound: Sound | None = None
        self._began = tape.at
        self._taken: list[Phone] = []
        self._rung: dict[str, list[Phone]] = {}

    def finish(self) -> None:
        """The call is over: its phones are free again."""
        self._floor.take(self._taken, self.tape.at + PAUSE)

    def pick(self, phones: tuple[Phone, ...]) -> Phone:
        """One who is free all through this call; somebody steps in where nobody is."""
        free = self._free(phones) or self._free(AGENT_PHONES) or [phone for phone in AGENT_PHONES if phone not in self._taken]
        chosen = self.rng.choice(free)
        self._taken.append(chosen)
        return chosen

    def members(self, queue: Queue) -> list[Phone]:
        """Whom the queue rings now: all of them, or the next one; the same again when everybody was rung."""
        rung = self._rung.setdefault(queue.name, [])
        free = self._free(tuple(AGENTS[agent] for agent in queue.agents))
        if queue.way == "ringall":
            rung += [] if rung else free
            self._taken += [phone for phone in rung if phone not in self._taken]
        if rung and (queue.way == "ringall" or not free):
            rung.append(rung.pop(0))
            return list(rung) if queue.way == "ringall" else rung[-1:]
        rung.append(self.pick(tuple(free)))
        return rung[-1:]

    def _free(self, phones: tuple[Phone, ...]) -> list[Phone]:
        return [phone for phone in self._floor.free(phones, self._began) if phone not in self._taken]

    def colleague(self) -> Phone:
        """Somebody in the office, or else at a queue's phone."""
        return self.pick(OFFICE_PHONES if self.rng.random() < 0.6 else AGENT_PHONES)

    def queue(self) -> Queue:
        """The queue that is called."""
        is_sunday = self.plan.is_sunday
        fit = [(queue, weight) for queue, weight in zip(QUEUES, QUEUE_WEIGHTS, strict=True) if queue.is_open_on_sundays or not is_sunday]
        return self.rng.choices([queue for queue, _ in fit], [weight for _, weight in fit])[0]

    def tell_data(self, caller: Channel) -> None:
        """What the dial plan found out about the other side, and what it is about."""
        rng, pairs = self.rng, {}
        if self.customer.reference and rng.random() < 0.8:
            pairs["customer"] = self.customer.reference
        if rng.random() < 0.35:
            pairs["color"] = rng.choice(COLOURS)
        if rng.random() < 0.3:
            pairs["order"] = f"{rng.choice('ABCD')}-{rng.randrange(10_000, 99_999)}"
        moves.attach(self.tape, caller, pairs)

    def record(self, caller: Channel, options: str = "") -> None:
        """Begin a recording, if one is wanted."""
        if self.plan.recording != "none":
            self.sound = Sound(moves.record(self.tape, caller, options))

    def talk(self, share: float = 1.0) -> None:
        """People talk; the recording hears it."""
        if self.sound is not None and self.sound.began_at is None:
            self.sound.began_at = self.tape.at
        self.tape.wait(self.plan.talk_s * share)
        if self.sound is not None:
            self.sound.ended_at = self.tape.at

    def hold(self, caller: Channel) -> None:
        """The caller listens to music for a while."""
        moves.music(self.tape, caller, "BEGIN")
        since = self.tape.at
        self.tape.wait(self.rng.uniform(4, 9) if self.sound else self.rng.uniform(10, 60))
        moves.music(self.tape, caller, "END")
        if self.sound is not None:
            self.sound.holds.append((since, self.tape.at))

    def later(self) -> Tape:
        """A further call of the same people, from now on."""
        return self.tape.sister()


def _often(rng: random.Random, people: list[Customer]) -> Customer:
    """Some customers call much more than others."""
    return people[int(len(people) * rng.random() ** 2)]
