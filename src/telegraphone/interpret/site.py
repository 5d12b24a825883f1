"""What interpretation must know of an installation: its trunks, its people, its queues.

Rules. A leg is *outside* when its context or its endpoint is one of the trunks that the configuration names. Without such names it is
found by elimination: whoever is no known phone or agent is outside; with nobody known, a short number that its endpoint carries too is a
phone. An agent is a member written `Agent/2000`, or one whose number or interface the directory knows as an agent's.
"""

from fnmatch import fnmatchcase

import msgspec

SHORT = 5
"""Inside numbers have at most so many digits, where nothing else tells inside from outside."""


class Settings(msgspec.Struct, frozen=True):
    """What the configuration gives; the directory completes it to a Site."""

    trunk_contexts: tuple[str, ...] = ()
    trunk_endpoints: tuple[str, ...] = ()
    country: str = ""


class Site(msgspec.Struct, frozen=True):
    """`users`: interface → number; `queues`: name → number; `agents`: numbers; `agent_interfaces`: interface → agent number."""

    trunk_contexts: tuple[str, ...] = ()
    trunk_endpoints: tuple[str, ...] = ()
    users: dict[str, str] = {}
    queues: dict[str, str] = {}
    agents: frozenset[str] = frozenset()
    agent_interfaces: dict[str, str] = {}

    @property
    def knows_trunks(self) -> bool:
        """Whether the configuration tells what is outside; else it is inferred."""
        return bool(self.trunk_contexts or self.trunk_endpoints)

    def is_outside(self, interface: str, context: str, number: str) -> bool:
        """Whether a leg leads out of the house."""
        if self.knows_trunks:
            return any(fnmatchcase(context, p) for p in self.trunk_contexts) or any(fnmatchcase(interface, p) for p in self.trunk_endpoints)
        if self.users or self.agent_interfaces:
            return interface not in self.users and interface not in self.agent_interfaces
        return not (number and interface.endswith("/" + number)) and len(number.lstrip("+")) > SHORT

    def agent_of(self, member: str) -> str | None:
        """The agent's number when a queue member is an agent."""
        name = member.partition("@")[0].rpartition("/")[2]
        if member.startswith("Agent/") or name in self.agents:
            return name
        return self.agent_interfaces.get(member)

    def member(self, member: str) -> str:
        """How a queue member is told: an agent by his number, anybody else as written."""
        return self.agent_of(member) or member


def interface_of(channel: str) -> str:
    """`PJSIP/1001` of `PJSIP/1001-0000001a`; `Local/2000@agentcallback` of `Local/2000@agentcallback-00000000;1`."""
    name, _, number = channel.rpartition("-")
    return name if name and number else channel
