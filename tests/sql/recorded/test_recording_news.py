"""What is told of recordings: once each, and of old ones nothing."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from telegraphone.db import Db
from telegraphone.model import Call, FileId, Party, RecordingState
from telegraphone.sql.pbx.put_calls import ToPut, put_calls
from telegraphone.sql.recorded.put_recordings import StoredFile, put_file
from telegraphone.sql.recorded.recording_news import put_missing
from telegraphone.sql.recorded.recording_rows import PATIENCE
from tests.sql.recorded.test_recordings import ID, NOW, call, file, keep, put
from tests.sql.server.test_changes import told

MINUTE = timedelta(minutes=1)


def recordings(db: Db) -> list[tuple[str, object, object]]:
    return [(one.kind, one.facts["recording"], one.facts["flaws"]) for one in told(db) if one.kind.startswith("recording.")]


def missing(db: Db, now: datetime, limit: int = 500) -> int:
    with db.transaction() as tx:
        return put_missing(tx, now, limit)


def state(db: Db, id: str = ID) -> RecordingState:
    with db.transaction("read") as tx:
        [row] = tx.all("select state from recordings where id = :id", id=id)
    found: RecordingState = row["state"]
    return found


@pytest.mark.parametrize("file_first", [True, False])
@pytest.mark.parametrize("is_announced", [True, False])
def test_told_when_audio_and_call_have_met(db: Db, file_first: bool, is_announced: bool) -> None:
    one = call(ID, *([ID] if is_announced else []))
    if file_first:
        keep(db, file())
        assert recordings(db) == []
    put(db, one)
    keep(db, file())
    put(db, one)
    assert recordings(db) == [("recording.available", ID, ["silent"]), ("recording.flawed", ID, ["silent"])]
    assert {one.call_id for one in told(db)} != {None}


def test_nothing_to_hear(db: Db) -> None:
    put(db, call())
    keep(db, file(state="empty"))
    assert [kind for kind, _, _ in recordings(db)] == ["recording.flawed"]


def test_audio_of_old_calls_is_no_news(db: Db) -> None:
    put(db, call(ended_at=NOW - PATIENCE))
    keep(db, file())
    assert recordings(db) == []


def test_missing_after_a_day_and_told_once(db: Db) -> None:
    put(db, call(ID, ID, f"{ID}-2"))
    keep(db, file(f"{ID}-2"))
    assert missing(db, NOW + PATIENCE - MINUTE) == 0
    assert (missing(db, NOW + PATIENCE), missing(db, NOW + PATIENCE + MINUTE)) == (1, 0)
    assert state(db) == "missing"
    assert [(kind, id) for kind, id, _ in recordings(db) if kind == "recording.missing"] == [("recording.missing", ID)]


def test_what_was_missing_can_still_come(db: Db) -> None:
    put(db, call(ID, ID))
    missing(db, NOW + PATIENCE)
    with db.transaction() as tx:
        put_file(tx, file(), NOW + PATIENCE + MINUTE)
    assert state(db) == "available"


def test_history_is_missing_and_nobody_is_told(db: Db) -> None:
    """An import of old calls expects audio that a second import may bring: nobody waits for it."""
    old = f"{(NOW - 2 * PATIENCE).timestamp():.0f}.0"
    put(db, call(old, old, ended_at=NOW - PATIENCE - MINUTE))
    assert missing(db, NOW) == 1
    assert state(db, old) == "missing"
    assert recordings(db) == []


def test_a_call_that_goes_on_misses_nothing(db: Db) -> None:
    put(db, call(ID, ID, outcome="ongoing", ended_at=None))
    assert missing(db, NOW + 3 * PATIENCE) == 0


def test_many_are_told_some_at_a_time(db: Db) -> None:
    began = [f"{1795517244 + number}.0" for number in range(7)]
    with db.transaction() as tx:
        put_calls(tx, "pbx1", [ToPut(number, (call(id, FileId(id)),)) for number, id in enumerate(began)], "FR", NOW)
    assert [missing(db, NOW + PATIENCE, limit=3) for _ in range(4)] == [3, 3, 1, 0]
    assert [id for _, id, _ in recordings(db)] == began


def clean(id: str = ID, sha256: str = "aa" * 32, duration_s: float = 1.5) -> StoredFile:
    return msgspec.structs.replace(file(id, sha256), flaws=(), duration_s=duration_s)


def answered(*announced: str, **more: Any) -> Call:
    """It talked for more than an hour."""
    one = call(ID, *announced)
    return msgspec.structs.replace(one, outcome="answered", answered_at=one.started_at, **more)


def test_short_is_told_when_the_call_ends_and_once(db: Db) -> None:
    put(db, answered(ID, ended_at=None))
    keep(db, clean())
    assert recordings(db) == [("recording.available", ID, [])]
    put(db, answered(ID))
    put(db, answered(ID, caller=Party("1005")))
    assert recordings(db)[1:] == [("recording.flawed", ID, ["short"])]


def test_audio_that_comes_after_the_call_and_is_short(db: Db) -> None:
    put(db, answered(ID))
    keep(db, msgspec.structs.replace(clean(), flaws=("silent",)))
    assert recordings(db) == [(kind, ID, ["silent", "short"]) for kind in ("recording.available", "recording.flawed")]


def test_what_may_still_come_is_waited_for_before_it_is_short(db: Db) -> None:
    put(db, answered(ID, f"{ID}-2"))
    keep(db, clean())
    assert recordings(db) == [("recording.available", ID, [])]
    missing(db, NOW + PATIENCE)
    assert recordings(db)[1:] == [("recording.missing", f"{ID}-2", []), ("recording.flawed", ID, ["short"])]


def test_flaws_that_are_gone_are_told_too(db: Db) -> None:
    """A second file of the same call, which nobody announced, has the rest."""
    put(db, answered())
    keep(db, clean())
    keep(db, clean(f"{ID}-2", "bb" * 32, 4000.0))
    assert recordings(db) == [
        ("recording.available", ID, ["short"]), ("recording.flawed", ID, ["short"]),
        ("recording.flawed", ID, []), ("recording.available", f"{ID}-2", []),
    ]  # fmt: skip


def test_flaws_of_old_calls_are_no_news(db: Db) -> None:
    put(db, answered(ID, ended_at=NOW - PATIENCE))
    keep(db, clean())
    put(db, answered(ID, ended_at=NOW - PATIENCE, caller=Party("1005")))
    assert recordings(db) == []
