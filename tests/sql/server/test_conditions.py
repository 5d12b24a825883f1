"""How things are: since when, and for how long that is believed."""

from datetime import UTC, datetime, timedelta

from telegraphone.db import Db
from telegraphone.sql.server.conditions import (
    FRESH,
    KEPT,
    Condition,
    Seen,
    is_fresh,
    list_conditions,
    put_condition,
    remove_old_conditions,
)
from telegraphone.sql.server.counts import get_counts

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def put(db: Db, state: str, now: datetime, reason: str = "", name: str = "x") -> str | None:
    with db.transaction() as tx:
        return put_condition(tx, Seen(kind="media", name=name, state=state, reason=reason, facts={"n": 1}), now)


def conditions(db: Db, now: datetime = NOW) -> list[Condition]:
    with db.transaction("read") as tx:
        return list_conditions(tx, now)


def test_since_when_a_state_lasts(db: Db) -> None:
    assert put(db, "ok", NOW) is None
    assert put(db, "failing", NOW + SECOND, "full") == "ok"
    assert put(db, "failing", NOW + 2 * SECOND, "fuller") == "failing"
    [one] = conditions(db)
    assert one == Condition(
        kind="media", name="x", state="failing", reason="fuller", since=NOW + SECOND, seen_at=NOW + 2 * SECOND, facts={"n": 1}
    )  # fmt: skip


def test_what_nobody_looks_at_is_not_known(db: Db) -> None:
    put(db, "ok", NOW)
    [one] = conditions(db)
    assert [one.state_at(NOW + wait) for wait in (FRESH, FRESH + SECOND, -FRESH)] == ["ok", "unknown", "ok"]
    assert conditions(db, NOW + KEPT) == []
    with db.transaction() as tx:
        assert [is_fresh(tx, "media", name, NOW - SECOND) for name in ("x", "y")] == [True, False]
        assert [remove_old_conditions(tx, NOW + wait) for wait in (KEPT, KEPT + SECOND)] == [0, 1]


def test_counts_of_nothing(db: Db) -> None:
    with db.transaction("read") as tx:
        assert (
            set(get_counts(tx).__struct_fields__) and sum(getattr(get_counts(tx), name) for name in get_counts(tx).__struct_fields__) == 0
        )
