"""What the groups of another server are given here, as the configuration says it."""

from datetime import datetime
from typing import Any

import msgspec

from ..access import Profile, Scope
from ..errors import BadSetting, Invalid
from ..granting import Grant, check_scope


class GrantWritten(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One group's: as `telegraphone user add` takes it. Moments have an offset."""

    profile: Profile
    queues: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    from_: datetime | None = msgspec.field(default=None, name="from")
    to: datetime | None = None


def parse_grants(text: str) -> tuple[Grant, ...]:
    """A JSON object of grants by the name of the group, in order."""
    try:
        written = msgspec.json.decode(text or "{}", type=dict[str, GrantWritten])
    except msgspec.DecodeError as error:
        raise BadSetting(" ".join(str(error).split())) from None
    return tuple(_grant(group, one) for group, one in written.items())


def _grant(group: str, one: GrantWritten) -> Grant:
    if any(at is not None and at.tzinfo is None for at in (one.from_, one.to)):
        raise BadSetting(f"{group!r:.80}: from and to need an offset, such as 2026-03-01T00:00:00+01:00")
    try:
        return Grant(group, one.profile, check_scope(one.profile, Scope(one.queues, one.agents, one.from_, one.to)) or Scope())
    except Invalid as error:
        raise BadSetting(f"{group!r:.80}: {error.detail}") from None


def render_grants(grants: tuple[Grant, ...]) -> str:
    """For people to read: which group is what."""
    told: dict[str, Any] = {grant.group: grant.profile for grant in grants}
    return msgspec.json.encode(told).decode() if told else ""
