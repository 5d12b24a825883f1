"""/suggestions: what somebody may mean who has begun to type."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ...sql.search.suggestions import Field, Suggestion, list_suggestions
from ...web.endpoint import Asked, Endpoint
from ...web.fields import AttachedKey, Text


class SuggestionsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed so far for which filter; for a `value`, of which `key`."""

    field: Field
    text: Annotated[Text, Meta(max_length=100)] = ""
    key: AttachedKey | UnsetType = UNSET


class Suggestions(msgspec.Struct, frozen=True):
    """At most ten; `next` is always null."""

    items: list[Suggestion]
    next: None = None


async def get_suggestions(asked: Asked[SuggestionsQuery, None]) -> Suggestions:
    """Agents, queues, keys or values of attached data that begin with a text, or have it in their name."""
    query = asked.query
    key = None if query.key is UNSET else query.key
    return Suggestions(await asked.db.read(list_suggestions, asked.actor, query.field, query.text, key))


ENDPOINTS = (
    Endpoint(method="GET", path="/suggestions", function=get_suggestions, right="read", query=SuggestionsQuery, answer=Suggestions),
)  # fmt: skip
