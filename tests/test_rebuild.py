"""Calls built anew from kept events."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.events import Event, Unreadable
from telegraphone.interpret import Settings
from telegraphone.rebuild import rebuild, reread
from telegraphone.sql.pbx.sources import UnreadableLine, count_unreadable
from tests.test_record import NOW, SETTINGS, TOLD, add, events, told


def changes(db: Db, settings: Settings = SETTINGS, **more: object) -> list[tuple[str, ...]]:
    return [change.fields for page in rebuild(db, settings, NOW, **more) for change in page]  # type: ignore[arg-type]


def test_nothing_changes_when_nothing_is_understood_otherwise(db: Db) -> None:
    add(db, events(*TOLD))
    once = told(db)

    assert changes(db) == []
    assert told(db) == once


def test_what_changed_is_told(db: Db) -> None:
    add(db, events("01-internal-answered", "54-pickup-directed"))

    changed = changes(db, Settings(("nothing",), ("nothing",)))

    assert all("direction" in fields for fields in changed)
    assert len(changed) == 1
    assert changes(db) == changed


def test_since_leaves_older_calls_alone(db: Db) -> None:
    said = events("54-pickup-directed")
    add(db, said)

    assert changes(db, Settings(("nothing",), ("nothing",)), since=said[-1].at + timedelta(days=1)) == []


def test_a_line_that_is_understood_now_joins_its_call(db: Db) -> None:
    said = events("01-internal-answered", sources=["asterisk-cel"])
    attached = msgspec.structs.replace(said[0], kind="attached", detail={"key": "color", "value": "green"})
    add(db, [*said, Unreadable(99, "color=green", "?"), Unreadable(100, "what?", "?")])

    def read(line: UnreadableLine, zone: ZoneInfo) -> list[Event | Unreadable]:
        return [attached] if line.text == "color=green" else [Unreadable(1, line.text, "?")]

    assert reread(db, SETTINGS, NOW, read) == (2, 1)
    [call] = told(db)
    assert ("color", "green") in [(pair.key, pair.value) for pair in call.attached]
    with db.transaction("read") as tx:
        assert count_unreadable(tx, SYSTEM) == 1
