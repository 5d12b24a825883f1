"""Finding a recording, hearing it, and which call it belongs to."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from telegraphone.access import SYSTEM, Actor, Scope
from telegraphone.db import Db
from telegraphone.errors import Conflict, Forbidden, NotFound
from telegraphone.ingest.recordings import unique_id_in
from telegraphone.model import Announced, Call, CallId, FileId, MediaKey, Muted, Outcome, Party, RecordingState
from telegraphone.sql.calls import CallFilter, list_calls
from telegraphone.sql.pbx.put_calls import ToPut, put_calls
from telegraphone.sql.people.access_log import Access, AccessFilter, Action, list_accesses
from telegraphone.sql.recorded.playback import Playback, Refused, find_playing, play
from telegraphone.sql.recorded.put_recordings import Put, StoredFile, find_kept, put_file
from telegraphone.sql.recorded.recordings import Recording, find_recording, list_stored, list_unmatched

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ID = "1795517244.0"
LISTENER = Actor("desk", frozenset({"read", "listen"}), "192.0.2.7")


def call(
    unique_id: str = ID, *announced: str, more: Sequence[str] = (), outcome: Outcome = "missed", ended_at: datetime | None = NOW
) -> Call:
    began = datetime.fromtimestamp(float(unique_id_in(unique_id)), UTC)
    return Call(
        linked_id=unique_id, unique_ids=(unique_id, *more), direction="internal", outcome=outcome, caller=Party("1001"),
        dialled=Party("1002"), started_at=began, ended_at=ended_at,
        recordings=tuple(Announced(FileId(id), began, "announced", (Muted(1.0, 2.5),)) for id in announced),
    )  # fmt: skip


def put(db: Db, *calls: Call, pbx: str = "pbx1", cluster: int = 1) -> list[CallId]:
    with db.transaction() as tx:
        put_calls(tx, pbx, [ToPut(cluster, calls)], "FR", NOW)
        rows = tx.all("select id from calls where cluster_id = :cluster order by started_at, linked_id", cluster=cluster)
    return [CallId(row["id"]) for row in rows]


def file(id: str = ID, sha256: str = "aa" * 32, pbx: str = "pbx1", state: RecordingState = "available") -> StoredFile:
    return StoredFile(
        id=FileId(id), pbx=pbx, unique_id=unique_id_in(id), state=state, duration_s=1.5, channels=1, format="wav", bytes=100, sha256=sha256,
        media_key=MediaKey(f"k/{id}/{sha256}"), source_path=f"/m/{id}.wav", source_mtime=7, flaws=("silent",),
    )  # fmt: skip


def keep(db: Db, *files: StoredFile) -> list[Put]:
    puts = []
    for one in files:
        with db.transaction() as tx:
            puts.append(put_file(tx, one, NOW))
    return puts


def owners(db: Db) -> dict[str, CallId | None]:
    with db.transaction("read") as tx:
        return {row["id"]: row["call_id"] for row in tx.all("select id, call_id from recordings")}


def recorded(db: Db) -> list[CallId]:
    with db.transaction("read") as tx:
        return sorted(one.id for one in list_calls(tx, SYSTEM, CallFilter(recorded=True)))


def hear(db: Db, actor: Actor = LISTENER, id: str = ID, action: Action = "listen", now: datetime = NOW) -> Recording | Refused:
    with db.transaction() as tx:
        found = play(tx, actor, id, action, now)
    return found.recording if isinstance(found, Playback) else found


def log(db: Db) -> list[Access]:
    with db.transaction("read") as tx:
        return list_accesses(tx, SYSTEM)


NAMES = [ID, f"pbx1-{ID}", f"pbx1-{ID}-in", f"q-3556-0612345678-20261124-100000-{ID}", f"out-06-10-20261124-100000-{ID}-1795517999.9"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("file_first", [True, False])
def test_a_file_meets_its_call_whichever_comes_first(db: Db, name: str, file_first: bool) -> None:
    if file_first:
        assert keep(db, file(name))[0].call_id is None
        [id] = put(db, call(more=["1795517244.1"]))
    else:
        [id] = put(db, call(more=["1795517244.1"]))
        assert keep(db, file(name))[0].call_id == id
    assert (owners(db), recorded(db)) == ({name: id}, [id])


@pytest.mark.parametrize("file_first", [True, False])
def test_the_id_of_a_later_leg_will_do_and_the_first_legs_call_is_preferred(db: Db, file_first: bool) -> None:
    calls = (call("1795517240.0", more=[ID]), call(ID), call("1795517250.5", more=["1795517250.6"]))
    if not file_first:
        put(db, *calls)
    keep(db, file(ID), file("1795517250.6", "bb" * 32))
    if file_first:
        for cluster, one in enumerate(calls):
            put(db, one, cluster=cluster)
    first, second, third = (put(db, *calls))[-3:]
    assert owners(db) == {ID: second, "1795517250.6": third}
    assert recorded(db) == [second, third]
    assert first not in recorded(db)


@pytest.mark.parametrize("file_first", [True, False])
def test_systems_with_names_are_told_apart(db: Db, file_first: bool) -> None:
    names = [f"b-{ID}", f"a-a-{ID}"]
    if file_first:
        keep(db, *map(file, names))
    a, b = put(db, call(f"a-{ID}"), call(f"b-{ID}"))
    if not file_first:
        keep(db, *map(file, names))
    assert owners(db) == {names[0]: b, names[1]: a}


def test_a_call_of_another_pbx_is_not_its_call(db: Db) -> None:
    put(db, call(), pbx="pbx2")
    keep(db, file())
    assert owners(db) == {ID: None}
    with db.transaction("read") as tx:
        assert [one.id for one in list_unmatched(tx, LISTENER)] == [ID]
        assert list_unmatched(tx, LISTENER, cursor=ID) == []
        with pytest.raises(Forbidden):
            list_unmatched(tx, Actor("x"))


@pytest.mark.parametrize("file_first", [True, False])
def test_what_a_call_speaks_of_is_its_own_whatever_the_name_says(db: Db, file_first: bool) -> None:
    name = "pbx1-1795517299.0"
    if file_first:
        keep(db, file(name))
    one, other = put(db, call(ID, name), call("1795517299.0"))
    if not file_first:
        keep(db, file(name))
    assert (owners(db), recorded(db)) == ({name: one}, [one])
    with db.transaction("read") as tx:
        [recording] = list_calls(tx, SYSTEM, CallFilter(recorded=True))[0].recordings
    assert (recording.state, recording.muted, recording.flaws, recording.duration_s) == ("available", (Muted(1.0, 2.5),), ("silent",), 1.5)
    assert other != one


def test_of_two_calls_that_speak_of_one_file_the_earlier_has_it(db: Db) -> None:
    later, earlier = call("1795517300.0", "x"), call("1795517200.0", "x")
    put(db, later, cluster=2)
    [first] = put(db, earlier, cluster=1)
    put(db, later, cluster=2)
    assert (owners(db), recorded(db)) == ({"x": first}, [first])


def test_what_is_not_spoken_of_any_more_is_not_expected_any_more(db: Db) -> None:
    [id] = put(db, call(ID, "x", "y", ID))
    keep(db, file("x"), file(ID, "bb" * 32))
    put(db, call(ID))
    assert owners(db) == {"x": None, ID: id}
    put(db, call(ID, "x"))
    assert owners(db) == {"x": id, ID: id}


def test_announced_recordings_are_expected_and_missing_a_day_after_the_call(db: Db) -> None:
    put(db, call(ID, "x"), call("1795517245.0", "y", outcome="ongoing", ended_at=None))
    with db.transaction("read") as tx:
        ended, ongoing = (find_recording(tx, SYSTEM, id) for id in "xy")
        [listed] = [one for one in list_calls(tx, SYSTEM, CallFilter()) if one.call.ended_at]
    assert ended
    assert ongoing
    assert listed.recordings == (ended,)
    times = [NOW, NOW + timedelta(hours=23), NOW + timedelta(days=1), NOW + timedelta(days=99)]
    assert [ended.state_at(at) for at in times] == ["expected", "expected", "missing", "missing"]
    assert {ongoing.state_at(at) for at in times} == {"expected"}


def test_announcements_stand_in_their_order_and_found_files_after_them(db: Db) -> None:
    put(db, call(ID, "z", "a"))
    keep(db, file(f"{ID}-in"))
    with db.transaction("read") as tx:
        assert [r.id for one in list_calls(tx, SYSTEM, CallFilter()) for r in one.recordings] == ["z", "a", f"{ID}-in"]


def test_an_id_that_nobody_can_ask_for_is_not_expected(db: Db) -> None:
    put(db, call(ID, "x" * 256, "a\0b", "", "fine"))
    assert list(owners(db)) == ["fine"]


def test_putting_a_batch_again_takes_the_same_statements_however_many_calls(db: Db) -> None:
    calls = [call(f"17955172{n}.0", f"r{n}") for n in range(10, 60)]
    put(db, *calls)
    again = [Call(**{**{name: getattr(one, name) for name in one.__struct_fields__}, "outcome": "busy"}) for one in calls]
    with db.transaction() as tx:
        put_calls(tx, "pbx1", [ToPut(1, tuple(again))], "FR", NOW)
        assert tx.statements < 20


def test_one_file_id_is_one_row_and_other_bytes_get_their_own(db: Db) -> None:
    first, again, other, other_again = keep(db, file(), file(), file(sha256="bb" * 32), file(sha256="bb" * 32))
    assert (first.outcome, again.outcome, other.outcome, other_again.outcome) == ("new", "known", "clash", "known")
    assert (again, other.id, other_again.id) == (Put("known", first.id, None, first.media_key), f"{ID}~bbbbbbbb", f"{ID}~bbbbbbbb")
    with db.transaction("read") as tx:
        assert [one.sha256 for one in list_stored(tx)] == ["aa" * 32, "bb" * 32]
        assert [one.sha256 for one in list_stored(tx, cursor=ID)] == ["bb" * 32]


def test_a_clash_can_be_refused(db: Db) -> None:
    keep(db, file())
    with pytest.raises(Conflict), db.transaction() as tx:
        put_file(tx, file(sha256="bb" * 32), NOW, may_clash=False)
    assert list(owners(db)) == [ID]


def test_the_other_pbxs_expected_file_is_not_filled(db: Db) -> None:
    put(db, call(ID, "x"), pbx="pbx2")
    assert keep(db, file("x"))[0].outcome == "clash"
    with db.transaction("read") as tx:
        assert [one.state for one in [find_recording(tx, SYSTEM, "x")] if one] == ["expected"]


def test_a_file_is_recognised_by_place_size_and_time(db: Db) -> None:
    keep(db, file())
    with db.transaction("read") as tx:
        assert find_kept(tx, ID, f"/m/{ID}.wav", 100, 7) == Put("known", FileId(ID), None, file().media_key)
        for path, size, mtime in ((f"/n/{ID}.wav", 100, 7), (f"/m/{ID}.wav", 101, 7), (f"/m/{ID}.wav", 100, 8)):
            assert find_kept(tx, ID, path, size, mtime) is None


def test_files_that_come_at_once_are_each_kept_once(db: Db) -> None:
    with ThreadPoolExecutor(4) as threads:
        puts = list(threads.map(lambda n: keep(db, file(sha256="ab"[n % 2] * 64))[0], range(8)))
    assert sorted(one.outcome for one in puts) == ["clash", *["known"] * 6, "new"]
    assert len(owners(db)) == 2


def test_hearing_writes_down_who_heard(db: Db) -> None:
    [id] = put(db, call())
    keep(db, file())
    heard = hear(db)
    assert isinstance(heard, Recording)
    assert (heard.id, heard.call_id, heard.media_key) == (ID, id, file().media_key)
    [row] = log(db)
    told = {"actor": "desk", "action": "listen", "file_id": ID, "call_id": id, "address": "192.0.2.7", "outcome": "ok"}
    assert row == Access(id=row.id, at=NOW, **told)


def test_ranges_of_a_minute_are_one_playback(db: Db) -> None:
    keep(db, file())
    for seconds in (0, 1, 59, 60, 61, 119):
        hear(db, now=NOW + timedelta(seconds=seconds))
    assert [access.at - NOW for access in reversed(log(db))] == [timedelta(0), timedelta(minutes=1)]
    hear(db, action="download")
    hear(db, Actor("other", LISTENER.rights))
    assert len(log(db)) == 4


def test_ranges_that_come_at_once_are_one_playback(db: Db) -> None:
    keep(db, file())
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: hear(db), range(16)))
    assert len(log(db)) == 1


@pytest.mark.parametrize(("actor", "action", "code"), [
    (Actor("a", frozenset({"read"})), "listen", "forbidden"), (Actor("a", frozenset({"read"})), "download", "forbidden"),
    (Actor("a", frozenset({"read"})), "peaks", "forbidden"), (Actor("a", frozenset({"listen"})), "metadata", "forbidden"),
    (Actor("a"), "listen", "forbidden"), (Actor("a", frozenset({"ingest"})), "metadata", "forbidden"),
    (Actor("a", frozenset({"read"})), "metadata", "ok"), (Actor("a", frozenset({"listen"})), "listen", "ok"),
    (Actor("a", frozenset({"admin"})), "download", "ok"),
])  # fmt: skip
def test_who_may_hear_what_is_written_down_either_way(db: Db, actor: Actor, action: Action, code: str) -> None:
    put(db, call())
    keep(db, file())
    found = hear(db, actor, action=action)
    assert (found.code if isinstance(found, Refused) else "ok") == code
    assert [(access.actor, access.action, access.outcome) for access in log(db)] == [("a", action, code)]


def test_a_refusal_becomes_an_error_after_the_commit(db: Db) -> None:
    forbidden, unknown = hear(db, Actor("a")), hear(db, id="nobody")
    assert isinstance(forbidden, Refused)
    assert isinstance(unknown, Refused)
    assert (type(forbidden.error()), type(unknown.error())) == (Forbidden, NotFound)


@pytest.mark.parametrize("id", ["", "nobody", "../../etc/passwd", "%2e%2e%2f", "a\0b", "x" * 10_000, "\ud800"])
def test_what_is_not_there_is_written_down_too(db: Db, id: str) -> None:
    found = hear(db, id=id)
    assert isinstance(found, Refused)
    [row] = log(db)
    assert (row.outcome, row.file_id[:200]) == ("not_found", id.replace("\0", "\ufffd").replace("\ud800", "?")[:200])


def test_audio_that_is_not_there_is_refused_with_its_state_but_described(db: Db) -> None:
    put(db, call(ID, "x"))
    keep(db, file("1795517244.7", state="empty"))
    for id, now, state in (("x", NOW, "expected"), ("x", NOW + timedelta(days=2), "missing"), ("1795517244.7", NOW, "empty")):
        found = hear(db, id=id, now=now)
        assert isinstance(found, Refused)
        assert (found.code, state in found.detail) == ("not_found", True)
        assert isinstance(hear(db, id=id, action="metadata", now=now), Recording)


def test_playing_is_one_transaction_of_two_statements(db: Db) -> None:
    keep(db, file())
    with db.transaction() as tx:
        play(tx, LISTENER, ID, "listen", NOW)
        assert tx.statements == 2


def test_what_is_playing_is_read_only_as_long_as_the_log_tells_of_it(db: Db) -> None:
    keep(db, file())
    assert not playing(db), "nobody asked yet"
    hear(db)
    assert playing(db)
    assert playing(db, now=NOW + timedelta(seconds=59))
    assert not playing(db, now=NOW + timedelta(seconds=61))
    assert not playing(db, now=NOW - timedelta(seconds=1))
    assert not playing(db, msgspec.structs.replace(LISTENER, address="192.0.2.8"))
    assert not playing(db, msgspec.structs.replace(LISTENER, name="another"))
    assert not playing(db, msgspec.structs.replace(LISTENER, rights=frozenset({"read"}))), "the right was taken away meanwhile"
    assert not playing(db, msgspec.structs.replace(LISTENER, scope=Scope(queues=("none",)))), "so was the call"
    assert not playing(db, action="download")
    assert not playing(db, id="another")
    assert not playing(db, id="a\0b")
    assert len(log(db)) == 1


def playing(db: Db, actor: Actor = LISTENER, id: str = ID, action: Action = "listen", now: datetime = NOW) -> bool:
    """Whether one more range needs no row; it is one statement at most."""
    with db.transaction("read") as tx:
        found = find_playing(tx, actor, id, action, now)
        assert tx.statements <= 1
    return found is not None


def test_the_log_is_read_page_by_page_by_those_who_may(db: Db) -> None:
    keep(db, file())
    for minute in range(5):
        hear(db, now=NOW + timedelta(minutes=minute))
    with db.transaction("read") as tx:
        newest = list_accesses(tx, SYSTEM, limit=2)
        older = list_accesses(tx, SYSTEM, AccessFilter(file_id=ID, since=NOW + timedelta(minutes=1)), cursor=newest[-1].id)
        assert [access.at.minute for access in (*newest, *older)] == [4, 3, 2, 1]
        with pytest.raises(Forbidden):
            list_accesses(tx, LISTENER)


@pytest.mark.parametrize("first", [0, 1])
def test_a_recording_that_is_understood_to_be_another_calls_goes_there(db: Db, first: int) -> None:
    """Both calls come out otherwise in one batch: what one lets go the other takes, whichever is older."""
    begins = datetime(2026, 3, 2, tzinfo=UTC)
    told = (Announced(FileId("moved"), begins, "announced"),)

    def made(n: int, recordings: tuple[Announced, ...]) -> Call:
        at = begins + timedelta(seconds=n)
        return Call(
            linked_id=f"{n}.0", unique_ids=(f"{n}.0",), direction="internal", outcome="missed", caller=Party(), dialled=Party(),
            started_at=at, ended_at=at, recordings=recordings,
        )  # fmt: skip

    def batch(holder: int) -> list[ToPut]:
        return [ToPut(n + 1, (made(n, told if n == holder else ()),)) for n in (0, 1)]

    with db.transaction() as tx:
        put_calls(tx, "pbx1", batch(first), "", begins)
        put_calls(tx, "pbx1", batch(1 - first), "", begins)
        owners = {call.call.linked_id: [r.id for r in call.recordings] for call in list_calls(tx, SYSTEM, CallFilter())}
        recorded = [call.call.linked_id for call in list_calls(tx, SYSTEM, CallFilter(recorded=True))]
    assert owners == {f"{1 - first}.0": ["moved"], f"{first}.0": []}
    assert recorded == [f"{1 - first}.0"]
