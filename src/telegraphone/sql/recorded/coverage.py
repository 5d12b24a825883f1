"""Which calls should have a recording, and which of them have one: decided call by call in Python, over pages of calls.

Nothing of it is kept: a policy, a file that came late and a call that is understood better count for the past as well.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from ...access import Actor
from ...db import Tx
from ...model import AnsweredBy, Call, CallId, Direction, FileId, Outcome, Party
from ...policy import TOO_SHORT_S, Policy, should_be_recorded
from ..calls import CallFilter, StoredCall, list_calls

By = Literal["day", "queue", "agent", "pbx"]
Reason = Literal["expected", "pbx_restarted", "unreadable", "too_short", "empty", "missing", "not_announced"]

PAGE = 500
MOST_READ = 20_000
"""Calls that are read for one page of those without a recording: where all is well, there are pages with nothing, and a cursor."""
USUAL = timedelta(days=30)
"""How far back is looked when nobody says how far."""
MOST_COUNTED = 5_000
"""Calls that are counted at once, some 150 ms of work: others want to be answered as well, and a month of a large store has 400,000."""


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that started in this time, by this policy; `now` decides what may still come.

    `page` calls are read at once, `most_read` for one page of those that lack, and `most_counted` for one part of the counts.
    """

    policy: Policy
    since: datetime
    before: datetime
    now: datetime
    page: int = PAGE
    most_read: int = MOST_READ
    most_counted: int = MOST_COUNTED


class Judged(msgspec.Struct, frozen=True):
    """A call that should have a recording. `reason`: why there is no audio; `is_removed`: there was, until it was to go."""

    stored: StoredCall
    reason: Reason | None = None
    is_removed: bool = False
    flaws: frozenset[str] = frozenset()


class Count(msgspec.Struct, kw_only=True):
    """Of calls that `should` have a recording: `recorded` with audio, of them `flawed` ones and how; `expected` may still come;
    `missing` have none; `removed` had one that expired or was erased."""

    key: str = ""
    name: str = ""
    should: int = 0
    recorded: int = 0
    flawed: int = 0
    expected: int = 0
    missing: int = 0
    removed: int = 0
    flaws: dict[str, int] = {}

    def add(self, judged: Judged) -> None:
        """One call more."""
        self.should += 1
        self.removed += judged.is_removed
        self.expected += judged.reason == "expected"
        self.missing += judged.reason not in (None, "expected")
        if judged.reason is None and not judged.is_removed:
            self.recorded += 1
            self.flawed += bool(judged.flaws)
            for flaw in judged.flaws:
                self.flaws[flaw] = self.flaws.get(flaw, 0) + 1

    def add_all(self, other: "Count") -> None:
        """All calls of another count."""
        for name in ("should", "recorded", "flawed", "expected", "missing", "removed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.flaws = dict(Counter(self.flaws) + Counter(other.flaws))


class Counts(msgspec.Struct):
    """The counts of each day, queue, agent or PBX by its key, and of all together. A call counts for each of its queues and agents."""

    by_key: dict[str, Count] = {}
    total: Count = msgspec.field(default_factory=Count)

    def of(self, key: str, name: str) -> Count:
        """That of a key."""
        return self.by_key.setdefault(key, Count(key=key, name=name))

    def add_all(self, other: "Counts") -> None:
        """Another part."""
        self.total.add_all(other.total)
        for key, count in other.by_key.items():
            self.of(key, count.name).add_all(count)

    @property
    def items(self) -> list[Count]:
        """By key."""
        return [self.by_key[key] for key in sorted(self.by_key)]


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """A call without the recording that it should have. `recordings`: the file ids that are known of it; `queues` and `agents` by key."""

    id: CallId
    pbx: str
    linked_id: str
    started_at: datetime
    direction: Direction
    outcome: Outcome
    caller: Party
    dialled: Party
    answered_by: AnsweredBy | None
    talk_s: float | None
    queues: tuple[str, ...]
    agents: tuple[str, ...]
    recordings: tuple[FileId, ...]
    reason: Reason


def asking_of(policy: Policy, now: datetime, since: datetime | None, before: datetime | None) -> Asking:
    """Without `before` until now, and without `since` from some weeks before that."""
    before = now if before is None else before
    if since is None:
        since = before - USUAL if before.year > 1 else before
    return Asking(policy=policy, since=since, before=before, now=now)


def count_coverage(tx: Tx, actor: Actor, asking: Asking, by: By, zone: ZoneInfo) -> Counts:
    """All of it, however long it takes."""
    counts, cursor = count_part(tx, actor, asking, by, zone)
    while cursor is not None:
        part, cursor = count_part(tx, actor, asking, by, zone, cursor)
        counts.add_all(part)
    return counts


def count_part(tx: Tx, actor: Actor, asking: Asking, by: By, zone: ZoneInfo, cursor: CallId | None = None) -> tuple[Counts, CallId | None]:
    """The newest calls below the cursor, and the cursor of the next part."""
    counts = Counts()
    for read, stored in enumerate(_calls(tx, actor, asking, cursor), 1):
        if (judged := judge(stored, asking)) is not None:
            counts.total.add(judged)
            for key, name in _keys(stored, by, zone).items():
                counts.of(key, name).add(judged)
        if read == asking.most_counted:
            return counts, stored.id
    return counts, None


def list_lacking(
    tx: Tx, actor: Actor, asking: Asking, cursor: CallId | None = None, limit: int = 50
) -> tuple[list[Lacking], CallId | None]:
    """Calls that have no audio, newest first, and the cursor of the next page. A page may be short, or empty, and not the last."""
    found: list[Lacking] = []
    for read, stored in enumerate(_calls(tx, actor, asking, cursor)):
        if len(found) == limit or read == asking.most_read:
            return found, cursor
        cursor = stored.id
        judged = judge(stored, asking)
        if judged is not None and judged.reason is not None:
            found.append(_lacking(stored, judged.reason))
    return found, None


def judge(stored: StoredCall, asking: Asking) -> Judged | None:
    """What became of a call's recording; None when it needs none."""
    if not should_be_recorded(stored.call, asking.policy):
        return None
    here = [one for one in stored.recordings if one.state == "available"]
    if any(one.has_audio for one in here):
        return Judged(stored, flaws=frozenset(flaw for one in here for flaw in one.flaws))
    if any(one.state in ("expired", "erased") for one in stored.recordings):
        return Judged(stored, is_removed=True)
    return Judged(stored, _reason(stored.call, {one.state_at(asking.now) for one in stored.recordings}))


def _reason(call: Call, states: set[str]) -> Reason:
    """As far as it is known: what the call tells goes before what its files look like."""
    if "expected" in states:
        return "expected"
    if call.is_cut_off:
        return "pbx_restarted"
    if "available" in states:
        return "unreadable"
    if call.talk_s is not None and call.talk_s < TOO_SHORT_S:
        return "too_short"
    if "empty" in states:
        return "empty"
    return "missing" if states else "not_announced"


def _calls(tx: Tx, actor: Actor, asking: Asking, cursor: CallId | None) -> Iterator[StoredCall]:
    """All calls of the time, newest first, below the cursor."""
    while True:
        page = list_calls(tx, actor, CallFilter(since=asking.since, before=asking.before, cursor=cursor, limit=asking.page))
        yield from page
        if len(page) < asking.page:
            return
        cursor = page[-1].id


def _keys(stored: StoredCall, by: By, zone: ZoneInfo) -> dict[str, str]:
    """What the call counts for, and how that is called; a call of no queue or agent for the empty key."""
    call = stored.call
    if by == "day":
        return {call.started_at.astimezone(zone).date().isoformat(): ""}
    if by == "pbx":
        return {stored.pbx: ""}
    if by == "queue":
        return {queue.name: stored.names.queue(queue.name)[1] for queue in call.queues} or {"": ""}
    return {agent.number: agent.name for agent in call.agents} or {"": ""}


def _lacking(stored: StoredCall, reason: Reason) -> Lacking:
    call = stored.call
    return Lacking(
        id=stored.id, pbx=stored.pbx, linked_id=call.linked_id, started_at=call.started_at, direction=call.direction,
        outcome=call.outcome, caller=call.caller, dialled=call.dialled, answered_by=call.answered_by, talk_s=call.talk_s,
        queues=tuple(queue.name for queue in call.queues), agents=tuple(agent.number for agent in call.agents),
        recordings=tuple(one.id for one in stored.recordings), reason=reason,
    )  # fmt: skip
