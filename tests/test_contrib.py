"""The script that a PBX runs when a recording ends, against a real server and against servers that fail."""

import http.server
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.servers import free_ports
from tests.test_cli import DIRECT, serving
from tests.test_recordings import OTHER, SOUND, UNIQUE_ID

SCRIPT = Path(__file__).parents[1] / "contrib" / "mixmonitor_upload.py"
TOKEN = "not@in#[any<list`of processes"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    path = tmp_path / f"pbx1-{UNIQUE_ID}.wav"
    path.write_bytes(SOUND)
    return path


def words(url: str, file: Path, *more: str) -> list[str]:
    given = ["--server", url, "--token-file", str(file.parent / "token"), "--pause", "0.1", *more, str(file)]
    return [sys.executable, "-I", "-W", "error", str(SCRIPT), *given]


def upload(url: str, file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words(url, file, *more), check=False, capture_output=True, text=True, timeout=60)


def heard(url: str) -> bytes:
    request = urllib.request.Request(f"{url}/records/pbx1-{UNIQUE_ID}/audio", headers={"X-Auth-Token": TOKEN})
    with DIRECT.open(request) as answer:
        sound: bytes = answer.read()
    return sound


def test_against_a_server(tmp_path: Path, file: Path) -> None:
    with serving(tmp_path, token=TOKEN) as (_, url):
        for _ in range(2):  # the same again is fine
            done = upload(url, file, "--pbx", "pbx7")
            assert (done.returncode, done.stderr) == (0, "")
        assert heard(url) == SOUND
        assert file.exists()
        assert upload(url, file, "--remove").returncode == 0
        assert not file.exists()

        file.write_bytes(OTHER)
        done = upload(url, file, "--remove")
        assert (done.returncode, file.read_bytes()) == (1, OTHER)
        assert "refused: 409" in done.stderr
        assert heard(url) == SOUND

        (tmp_path / "token").write_text("wrong")
        done = upload(url, file)
        assert done.returncode == 1
        assert "refused: 401" in done.stderr


def test_a_server_that_comes_back_gets_it(tmp_path: Path, file: Path) -> None:
    [port] = free_ports(1)
    sending = subprocess.Popen(words(f"http://127.0.0.1:{port}", file, "--remove"), stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    assert sending.poll() is None
    with open(f"/proc/{sending.pid}/cmdline", "rb") as told:
        assert TOKEN.encode() not in told.read()
    with serving(tmp_path, port=str(port), token=TOKEN) as (_, url):
        assert sending.communicate(timeout=60) == (None, "")
        assert heard(url) == SOUND
    assert sending.returncode == 0
    assert not file.exists()


def test_without_a_server_the_file_stays(file: Path) -> None:
    [port] = free_ports(1)
    done = upload(f"http://127.0.0.1:{port}", file, "--patience", "0.5", "--remove")
    assert done.returncode == 75
    assert "given up for now" in done.stderr
    assert file.read_bytes() == SOUND


@pytest.mark.parametrize("missing", ["token", f"pbx1-{UNIQUE_ID}.wav"])
def test_what_is_not_there_is_said(file: Path, missing: str) -> None:
    (file.parent / missing).unlink()
    done = upload("http://127.0.0.1:1", file)
    assert done.returncode == 1
    assert "No such file" in done.stderr
    assert "Traceback" not in done.stderr


@contextmanager
def failing(statuses: list[int]) -> Iterator[tuple[str, list[str]]]:
    """A server that answers with these, one after the other; 0: it hangs up in the middle."""
    asked: list[str] = []

    class Answers(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            status = statuses[len(asked)]
            asked.append(self.path)
            assert self.headers["X-Auth-Token"] == TOKEN
            if status:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
            self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/in/front/", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_may_work_later_is_tried_again(file: Path) -> None:
    odd = file.with_name("a b#1%.wav")
    os.rename(file, odd)
    with failing([503, 0, 429, 500, 201]) as (url, asked):
        assert upload(url, odd, "--pbx", "my pbx").returncode == 0
    assert asked == ["/in/front/api/v1/recordings/a%20b%231%25/audio?pbx=my+pbx"] * 5


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413])
def test_what_is_refused_is_not_tried_again(file: Path, status: int) -> None:
    with failing([status, 201]) as (url, asked):
        assert upload(url, file, "--remove").returncode == 1
    assert len(asked) == 1
    assert file.exists()
