"""A server that begins before its database does, as after a power cut: it waits, says so, and goes on by itself."""

import json
import signal
import subprocess
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from telegraphone.db import check
from telegraphone.errors import BadSetting, Unavailable
from tests.jobs.test_follow import wait
from tests.servers import Postgres, stoppable_postgres
from tests.test_cli import DIRECT, command, environment, serving


def ask(url: str) -> tuple[int, Any]:
    try:
        with DIRECT.open(url, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            assert error.headers["retry-after"] == "5"
            return error.code, json.load(error)
    except OSError:  # between who waited and who serves
        return 0, None


def test_serve_waits_for_its_database_and_says_so(tmp_path: Path) -> None:
    with stoppable_postgres() as (server, process):
        process.stop()
        with pytest.raises(Unavailable, match="no database answers"):
            check(server.url())
        with serving(tmp_path, database=server.url(), token="t", log_format="json") as (telegraphone, url):
            status, problem = ask(f"{url}/api/v1/readyz")
            assert (status, problem["away"]) == (503, "database")
            assert ask(f"{url}/api/v1/healthz") == (200, {"status": "ok"})
            process.start()
            wait(lambda: ask(f"{url}/api/v1/readyz")[0] == 200, 60)
            telegraphone.send_signal(signal.SIGTERM)
            out, told = telegraphone.communicate(timeout=30)
            assert telegraphone.returncode == 0
            assert "A user was made: admin" in out
            assert [told.count(line) for line in ("the database is away", "the database is back")] == [1, 1]


def test_who_waits_can_be_stopped(tmp_path: Path) -> None:
    with serving(tmp_path, database="postgresql:///x?host=/nowhere") as (telegraphone, _):
        telegraphone.send_signal(signal.SIGTERM)
        telegraphone.communicate(timeout=20)
        assert telegraphone.returncode == 0


def test_a_database_that_refuses_ends_it(tmp_path: Path, postgres: Postgres) -> None:
    with pytest.raises(BadSetting, match="no_such_role"):
        check(postgres.url().replace("postgres@", "no_such_role@"))
    for words in ("serve", "worker"):
        env = environment(tmp_path, database=postgres.url("no_such"), token="t")
        done = subprocess.run(command(words), env=env, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert "TELEGRAPHONE_DATABASE" in done.stderr and '"no_such" does not exist' in done.stderr
