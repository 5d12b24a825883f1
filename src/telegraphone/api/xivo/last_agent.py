"""/last_agent: asked by dialplans while a caller waits."""

from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, field

from ...errors import NotFound
from ...numbers import canonical
from ...sql.last_agent import find_last_agent
from ...web.endpoint import Asked
from ...web.fields import Days, SomeText


class LastAgentQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The calling number, however it is written, and how many days back."""

    caller_no: Annotated[SomeText, Meta(examples=["0612345678"])] = field(name="callerNo")
    since: Days = 30


class LastAgent(msgspec.Struct, frozen=True):
    agent_number: str = field(name="agentNumber")


async def get_last_agent(asked: Asked[LastAgentQuery, None]) -> LastAgent:
    """The number of the agent who last answered a call from this caller."""
    caller = asked.query.caller_no
    since = asked.now - timedelta(days=asked.query.since)
    agent = await asked.db.read(find_last_agent, asked.actor, canonical(caller, asked.config.country), since)
    if agent is None:
        raise NotFound(f"no agent answered a call from {caller[:50]} within {asked.query.since} days")
    return LastAgent(agent)
