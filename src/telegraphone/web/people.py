"""The types of what the API says of people and keys: what they are given to see, names, passwords."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, field

from ..access import Scope
from .fields import Instant, Text, instant_of

AccountName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}$(?!\n)", examples=["anna"])]
NewPasswordText = Annotated[Text, Meta(min_length=10, max_length=1000)]
Language = Annotated[str, Meta(pattern=r"^([a-z]{2})?$(?!\n)", examples=["fr"])]
FullName = Annotated[str, Meta(pattern=r"^[^\u0000-\u001f\u007f-\u009f]{0,200}$(?!\n)")]
KeyName = Annotated[str, Meta(pattern=r"^[^\u0000-\u001f\u007f-\u009f]{1,100}$(?!\n)")]
_Given = Annotated[list[Annotated[str, Meta(pattern=r"^[^\u0000-\u001f\u007f-\u009f]{1,200}$(?!\n)")]], Meta(max_length=500)]


class ScopeWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The calls that somebody is given: of these queues (number or the PBX's name; `*`: everything) or agents (number), begun in a span of
    time, `to` not included."""

    queues: _Given = []
    agents: _Given = []
    from_: Instant | None = field(default=None, name="from")
    to: Instant | None = None

    def scope(self) -> Scope:
        since, until = (instant_of(at) if at is not None else None for at in (self.from_, self.to))
        return Scope(tuple(self.queues), tuple(self.agents), since, until)


class ScopeBody(msgspec.Struct, frozen=True, kw_only=True):
    """The same, as it was given."""

    queues: tuple[str, ...]
    agents: tuple[str, ...]
    from_: datetime | None = field(name="from")
    to: datetime | None


def scope_body(scope: Scope | None) -> ScopeBody | None:
    """None: all calls."""
    return None if scope is None else ScopeBody(queues=scope.queues, agents=scope.agents, from_=scope.from_, to=scope.to)
