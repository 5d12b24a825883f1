"""The whole application over ASGI, on both engines, with calls that came in as events."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM, Right
from telegraphone.app import create_app
from telegraphone.config import Config
from telegraphone.credentials import new_key
from telegraphone.db import Db
from telegraphone.sql.people.api_keys import add_key
from tests.api import telling

TOKEN = "u@pf#41[gYHJm<]9N[a0iWDQQ7`e9k"
"""The token of the documentation: opaque, and full of signs."""


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = datetime(2016, 4, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def media(tmp_path: Path) -> dict[str, str]:
    """The settings of the place for audio."""
    return {"media": f"file://{tmp_path}/media"}


@pytest.fixture
def config(db_url: str, tmp_path: Path, media: dict[str, str]) -> Config:
    return Config(
        data=tmp_path / "data", database=db_url, token=TOKEN, timezone=ZoneInfo("Europe/Paris"), country="FR",
        trunk_contexts=("from-trunk",), trunk_endpoints=("PJSIP/trunk",), **media,
    )  # fmt: skip


@pytest.fixture
def client(config: Config, clock: Clock) -> Iterator[TestClient]:
    """The application, asked by the configured token. It has no calls yet."""
    with TestClient(create_app(config, clock), headers={"X-Auth-Token": TOKEN}) as opened:
        yield opened


@pytest.fixture
def example(db: Db) -> Db:
    """The call of the documentation's examples, and the people in it."""
    telling.put_people(db)
    telling.feed(db, telling.queue_call(recording="xivocc_gateway-1459435465.15089"))
    return db


@pytest.fixture
def new_token(db: Db, clock: Clock) -> Callable[..., str]:
    """A new key with these rights."""

    def make(*rights: Right, name: str = "crm") -> str:
        secret, sha256 = new_key()
        with db.transaction() as tx:
            add_key(tx, SYSTEM, name, rights, sha256, clock.now)
        return secret

    return make
