"""To those who see some calls only, nothing is suggested of the others."""

import msgspec

from telegraphone.access import SYSTEM, Actor
from telegraphone.db import Db
from telegraphone.model import Attached, QueuePassage
from telegraphone.sql.search.suggestions import list_suggestions
from tests.each import each
from tests.sql.made import answered_by_agent, at, put

NOBODY = Actor("nobody", frozenset({"ingest"}))


@each(("field", "told"), [("agent", "2001"), ("queue", "hotline"), ("key", "color"), ("value", "green")])
def test_nothing_of_calls_that_are_not_seen(db: Db, field: str, told: str) -> None:
    call = msgspec.structs.replace(answered_by_agent(1, "2001"), attached=(Attached("color", "green", at(1)),))
    call = msgspec.structs.replace(call, queues=(QueuePassage("hotline", at(1), "answered", 1.0, "2001", ()),))
    put(db, call)
    with db.transaction() as tx:
        tx.run(
            "insert into queues (number, name, firstname, lastname, interface, display_name, folded, is_seen)"
            " values ('', 'hotline', '', '', '', '', 'hotline', 1) on conflict do nothing"
        )
        found = [[one.value for one in list_suggestions(tx, who, field, "", "color")] for who in (SYSTEM, NOBODY)]  # type: ignore[arg-type]
    assert found == [[told], []]
