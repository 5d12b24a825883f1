from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.numbers import canonical
from telegraphone.sql.last_agent import find_last_agent

from .made import DAY, answered_by_agent, at, made, put


def asked(db: Db, number: str, since: float = 0) -> str | None:
    with db.transaction("read") as tx:
        agent = find_last_agent(tx, SYSTEM, canonical(number, "FR"), at(since))
        assert tx.statements == 1
        return agent


def test_the_last_to_begin_talking_counts(db: Db) -> None:
    put(db, answered_by_agent(1, "2000"), answered_by_agent(2, "2001", talked_at=50), answered_by_agent(3, "2002", talked_at=40), made(99))

    assert asked(db, "0612345678") == "2001"


def test_the_number_may_be_written_otherwise(db: Db) -> None:
    put(db, answered_by_agent(1, "2000", caller="0033612345678"))

    assert asked(db, "+33612345678") == asked(db, "0612345678") == "2000"
    assert asked(db, "0612345679") is None


def test_who_only_rang_or_talked_too_long_ago_is_nobody(db: Db) -> None:
    put(db, answered_by_agent(1, "2000", talked_at=5))

    assert asked(db, "0612345678", since=5) == "2000"
    assert asked(db, "0612345678", since=6) is None
    assert DAY == at(0)
