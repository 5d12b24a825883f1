"""Fixtures that all tests share. `db` runs a test on both engines, each time on a fresh, migrated database."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from telegraphone.db import Db, open_db
from telegraphone.migrate import migrate
from tests.mariadb import Mariadb, mariadb_server
from tests.servers import S3, Postgres, postgres_server, s3_server

ENGINES = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """PostgreSQL, started once for the run."""
    with postgres_server(in_memory=True) as server:
        yield server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3]:
    """An S3 server, started once for the run."""
    with s3_server() as server:
        yield server


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Mariadb]:
    """MariaDB, started once for the run."""
    with mariadb_server() as server:
        yield server


@pytest.fixture
def s3_media(s3: S3) -> str:
    """The URL of an empty place in the bucket (`s3://bucket/prefix`); endpoint and keys are those of `s3`."""
    return f"s3://{s3.bucket}/{uuid.uuid4().hex}"


@pytest.fixture
def empty_postgres(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty PostgreSQL database: for a PBX's own tables, and for migrations."""
    yield from _database(postgres, "template0")


@pytest.fixture
def empty_mariadb(mariadb: Mariadb) -> Iterator[str]:
    """The name of an empty MariaDB database: for a PBX's own tables."""
    name = f"t_{uuid.uuid4().hex}"
    mariadb.run(f"create database {name}")
    yield name
    mariadb.run(f"drop database {name}")


@pytest.fixture(params=ENGINES)
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database, on each engine in turn. Fresh is a copy: that takes a hundredth of migrating."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("_sqlite_template"), tmp_path / "telegraphone.db")
        yield f"sqlite:///{tmp_path}/telegraphone.db"
    else:
        yield from _database(request.getfixturevalue("postgres"), request.getfixturevalue("_postgres_template"))


@pytest.fixture
def db(db_url: str) -> Iterator[Db]:
    """The same, open."""
    opened = open_db(db_url, readers=2)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _postgres_template(postgres: Postgres) -> str:
    postgres.run("create database migrated template template0")
    _migrate(postgres.url("migrated"))
    return "migrated"


def _migrate(url: str) -> None:
    db = open_db(url, readers=1)
    migrate(db)
    db.close()


def _database(server: Postgres, template: str) -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex}"
    server.run(f"create database {name} template {template} strategy file_copy")
    yield server.url(name)
    server.run(f"drop database {name} with (force)")
