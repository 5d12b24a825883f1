"""What should have been recorded, and whether what was recorded can be all of it: decided from calls alone.

A policy chooses among calls that are over. What the PBX announced or started to record should be there in any case, if a person answered:
the recording of a call that nobody answered is a header without sound, and nothing is lost with it.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Annotated, Any

import msgspec

from .model import Call, Direction, Outcome

LEAST_LACKING_S = 2.0
"""Fewer seconds are no loss: ringing, and the moments in which recording begins and ends."""
TOO_SHORT_S = 1.0
"""A talk that is shorter may end before recording has begun."""


class Which(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Calls of which all that is given holds: queues by name or number, numbers of either side or of who answered, both as patterns."""

    outcomes: tuple[Outcome, ...] = ()
    directions: tuple[Direction, ...] = ()
    queues: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing is given."""
        return self == type(self)()


class Policy(Which, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which calls should have a recording; an empty one leaves it to what the PBX announces. `share` of them, the same ones every time."""

    share: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    exclude: Which = Which()


def parse_policy(text: str) -> Policy:
    """JSON, as it stands in the configuration. ValueError for what can mean nothing."""
    policy = msgspec.json.decode(text, type=Policy) if text.strip() else Policy()
    if "ongoing" in policy.outcomes or "ongoing" in policy.exclude.outcomes:
        raise ValueError("only of calls that are over can be said what they should have")
    if not policy.exclude.is_empty and msgspec.structs.replace(policy, exclude=Which()).is_empty:
        raise ValueError("there is nothing to exclude from")
    return policy


def render_policy(policy: Policy) -> str:
    """As it is written; empty for an empty one."""
    return "" if policy.is_empty else msgspec.json.encode(policy).decode()


def should_be_recorded(call: Call, policy: Policy) -> bool:
    """Whether a recording of this call, once it is over, must be found."""
    if call.outcome == "ongoing":
        return False
    return (call.answered_at is not None and bool(call.recordings)) or _is_chosen(call, policy)


def _is_chosen(call: Call, policy: Policy) -> bool:
    """By the policy alone. Calls that nobody answered only if their outcome is named."""
    if policy.is_empty or call.outcome not in (policy.outcomes or ("answered",)):
        return False
    if not _fits(call, policy) or (not policy.exclude.is_empty and _fits(call, policy.exclude)):
        return False
    return policy.share is None or _place(call.linked_id) < policy.share


def _fits(call: Call, which: Which) -> bool:
    return (
        _is_one(call.outcome, which.outcomes)
        and _is_one(call.direction, which.directions)
        and _any_like((name for queue in call.queues for name in (queue.name, queue.number)), which.queues)
        and _any_like((call.caller.number, call.dialled.number, call.answered_by.number if call.answered_by else ""), which.numbers)
    )


def _is_one(value: str, allowed: tuple[Any, ...]) -> bool:
    return not allowed or value in allowed


def _any_like(values: Iterable[str], patterns: tuple[str, ...]) -> bool:
    return not patterns or any(value and fnmatchcase(value, pattern) for value in values for pattern in patterns)


def _place(linked_id: str) -> float:
    """Between 0 and 1, evenly, and for one call always the same: on every machine, at every reading."""
    return int.from_bytes(blake2b(linked_id.encode("utf-8", "surrogatepass"), digest_size=6).digest()) / 2**48


def is_short(call: Call, heard_s: float) -> bool:
    """Whether so many seconds of audio are by far less than the talk, or end where the PBX broke down.

    Not to the second: MixMonitor may leave out what was not bridged, as the ringing after a transfer, and nothing tells whether it did.
    """
    if call.is_cut_off:
        return True
    lacking = (call.talk_s or 0.0) - heard_s
    return lacking > LEAST_LACKING_S and lacking > heard_s
