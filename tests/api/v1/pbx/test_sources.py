"""GET /api/v1/sources: how far each log has been read."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from telegraphone.app import create_app
from telegraphone.config import Config
from telegraphone.config.sources import FollowedSource
from telegraphone.db import Db
from telegraphone.ingest.follow_files import LogFile
from telegraphone.ingest.follow_tables import RowPlace
from telegraphone.sql.pbx.sources import put_position
from telegraphone.sql.server.leases import take_lease
from tests.api.conftest import TOKEN, Clock
from tests.ingest.cel import UTC_ZONE

LINE = "1795517001|1795517001.0|hotline|NONE|ENTERQUEUE||0612|1\n"
TABLE = "postgresql://asterisk:secret@pbx/asterisk?table=cel"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "queue_log").write_text(LINE * 3)
    return tmp_path / "queue_log"


@pytest.fixture
def read(db: Db, log: Path, clock: Clock) -> Db:
    """The log was read to its end, under a lease; a table and a file of another machine were, too."""
    step = LogFile(log, "asterisk-queue-log", UTC_ZONE).read_on(None, 2e9)
    assert step
    with db.transaction() as tx:
        put_position(tx, "pbx1", "asterisk-queue-log", str(log), step.place.position, clock.now, step.place.kept())
        take_lease(tx, f"follow pbx1 asterisk-queue-log {log}", "me", clock.now)
        put_position(tx, "pbx1", "asterisk-cel", "postgresql://asterisk@pbx/asterisk?table=cel", 7, clock.now, RowPlace(7).kept())
        put_position(tx, "pbx2", "asterisk-cel", "/none/Master.csv", 5, clock.now)
    return db


def test_how_far_each_was_read(client: TestClient, read: Db, log: Path, clock: Clock) -> None:
    usual = {"pbx": "pbx1", "read_at": "2016-04-01T12:00:00Z", "is_configured": False, "is_followed": False, "behind": None}
    cel, queue, other = client.get("/api/v1/sources").json()["items"]
    assert cel == usual | {"source": "asterisk-cel", "path": "postgresql://asterisk@pbx/asterisk?table=cel", "position": 7}
    place = {"source": "asterisk-queue-log", "path": str(log), "position": len(LINE) * 3}
    assert queue == usual | place | {"is_followed": True, "behind": 0}
    assert other == usual | {"pbx": "pbx2", "source": "asterisk-cel", "path": "/none/Master.csv", "position": 5}
    clock.now += timedelta(minutes=1)
    assert not client.get("/api/v1/sources").json()["items"][1]["is_followed"], "its follower died"


def test_how_far_it_is_behind(client: TestClient, read: Db, log: Path) -> None:
    behind = lambda: client.get("/api/v1/sources").json()["items"][1]["behind"]  # noqa: E731
    with log.open("a") as file:
        file.write(LINE)
    assert behind() == len(LINE)
    log.rename(f"{log}.1")
    assert behind() == len(LINE)
    log.write_text(LINE * 2)
    assert behind() == len(LINE) * 3, "the rest of the old file and the new one"
    Path(f"{log}.1").unlink()
    assert behind() is None


def test_what_is_configured_is_told_before_it_was_read(config: Config, clock: Clock, log: Path) -> None:
    configured = (FollowedSource(source="asterisk-cel", url=TABLE, timezone="UTC"),)
    with TestClient(create_app(msgspec.structs.replace(config, sources=configured), clock), headers={"X-Auth-Token": TOKEN}) as client:
        answer = client.get("/api/v1/sources")
    (one,) = answer.json()["items"]
    assert one | {"is_followed": None} == {
        "pbx": "pbx1", "source": "asterisk-cel", "path": "postgresql://asterisk@pbx/asterisk?table=cel", "position": 0, "read_at": None,
        "is_configured": True, "is_followed": None, "behind": None,
    }  # fmt: skip
    assert "secret" not in answer.text


def test_for_administrators_alone(client: TestClient, new_token: Callable[..., str]) -> None:
    assert client.get("/api/v1/sources").json() == {"items": [], "next": None}
    assert client.get("/api/v1/sources", headers={"X-Auth-Token": new_token("read", "listen", "ingest")}).status_code == 403
