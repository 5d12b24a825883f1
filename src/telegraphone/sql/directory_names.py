"""How the directory calls queues and agents now: read once for each edition of it, not with each call."""

import secrets
from collections.abc import Mapping, Sequence

import msgspec

from ..db import Row, Tx
from ..names import full_name

EDITION = "(select e.edition from directory_editions e) as edition"
"""A column of statements that read calls, for `names_of`."""
_MOST = 16
_READ: dict[str, "Names"] = {}
"""By edition. There is hardly ever more than one, and the one before, of which answers are still being made."""


class Names(msgspec.Struct, frozen=True, eq=False):
    """Of queues, by the PBX's name, number and the name that is shown; of agents, by number, the full name. One edition is one value."""

    queues: Mapping[str, tuple[str, str]] = {}
    agents: Mapping[str, str] = {}

    def queue(self, name: str) -> tuple[str, str]:
        """Its number, empty if the directory has none, and the name that is shown."""
        return self.queues.get(name, ("", name))


NOBODY = Names()


def names_of(tx: Tx, rows: Sequence[Row]) -> Names:
    """The names for these rows, which have an `EDITION`."""
    if not rows:
        return NOBODY
    edition: str = rows[0]["edition"]
    if (known := _READ.get(edition)) is not None:
        return known
    if len(_READ) >= _MOST:
        _READ.clear()
    _READ[edition] = names = _read(tx)
    return names


def put_edition(tx: Tx) -> None:
    """What was read before is out of date as soon as this transaction ends."""
    tx.run("update directory_editions set edition = :edition", edition=secrets.token_hex(16))


def _read(tx: Tx) -> Names:
    """If it has changed since the rows were read, their edition gets these later names, and nobody asks for it again."""
    rows = tx.all(
        "select 'queue' as kind, name, number, display_name, '' as firstname, '' as lastname from queues union all"
        " select 'agent', name, number, '', firstname, lastname from agents"
    )
    queues = {row["name"]: (row["number"], row["display_name"] or row["name"]) for row in rows if row["kind"] == "queue"}
    agents = {row["number"]: full_name(row["firstname"], row["lastname"], row["name"]) for row in rows if row["kind"] == "agent"}
    return Names(queues, agents)
