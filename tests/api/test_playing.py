"""What is being played: found without the database for a second, but never against what this process has written."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM
from telegraphone.db import Db
from telegraphone.sql.people.access_log import AccessFilter, list_accesses
from tests import sounds
from tests.api.conftest import Clock

FILE_ID = "xivocc_gateway-1459435465.15089"
PATH = f"/records/{FILE_ID}/audio"
SOUND = sounds.wav(sounds.tone(1))


@pytest.fixture
def played(client: TestClient, example: Db) -> Db:
    """The sound of the documentation's call, of which somebody has had two ranges. The other processes use this database."""
    assert client.put(f"/api/v1/recordings/{FILE_ID}/audio", content=SOUND).status_code == 201
    assert [a_range(client) for _ in range(2)] == [206, 206]
    return example


def a_range(client: TestClient, **headers: str) -> int:
    answer = client.get(PATH, headers={"Range": "bytes=10-19", **headers})
    assert answer.status_code != 206 or answer.content == SOUND[10:20]
    return answer.status_code


def erase(db: Db) -> None:
    with db.transaction() as tx:
        tx.run("update recordings set state = 'erased'")


def test_another_process_is_heard_of_within_a_second(client: TestClient, played: Db, clock: Clock) -> None:
    erase(played)
    assert a_range(client) == 206
    clock.now += timedelta(seconds=1)
    assert a_range(client) == 404


def test_a_whole_file_is_believed_as_a_range_is(client: TestClient, played: Db, clock: Clock) -> None:
    erase(played)
    assert client.get(PATH).content == SOUND
    clock.now += timedelta(seconds=1)
    assert client.get(PATH).status_code == 404


def test_a_whole_file_has_a_row_for_each_minute_in_which_it_is_asked_for(client: TestClient, played: Db, clock: Clock) -> None:
    for seconds in (0, 1, 30, 59, 61, 61, 200):
        clock.now += timedelta(seconds=seconds)
        assert [client.get(PATH).content for _ in range(3)] == [SOUND] * 3
    with played.transaction("read") as tx:
        rows = list_accesses(tx, SYSTEM, AccessFilter(action="download"))
    assert len(rows) == 5, "at first, and after 90, 151, 212 and 412 seconds"


def test_what_this_process_writes_is_known_at_once(client: TestClient, played: Db) -> None:
    erase(played)
    [call] = client.get("/api/v1/calls").json()["items"]
    assert client.put(f"/api/v1/calls/{call['id']}/attached_data/color", json={"value": "red"}).status_code == 200
    assert a_range(client) == 404
    with played.transaction("read") as tx:
        refused = list_accesses(tx, SYSTEM, AccessFilter(outcome="not_found"))
    assert len(refused) == 1, "it was asked for once"


def test_what_one_asks_is_believed_of_no_other(client: TestClient, played: Db, new_token: Callable[..., str]) -> None:
    other = new_token("listen")
    erase(played)
    assert a_range(client) == 206
    assert a_range(client, **{"X-Auth-Token": other}) == 404
    assert a_range(client, **{"X-Auth-Token": "nobody's"}) == 401


def test_what_another_process_puts_elsewhere_is_found_there(client: TestClient, played: Db, tmp_path: Path) -> None:
    with played.transaction() as tx:
        row = tx.one("select media_key from recordings")
        assert row
        tx.run("update recordings set media_key = 'elsewhere.wav'")
    (tmp_path / "media" / row["media_key"]).rename(tmp_path / "media" / "elsewhere.wav")
    assert [a_range(client) for _ in range(2)] == [206, 206]


def test_what_is_gone_is_told(client: TestClient, played: Db, tmp_path: Path) -> None:
    for path in (tmp_path / "media").rglob("*.wav"):
        path.unlink()
    assert [a_range(client) for _ in range(2)] == [404, 404]
