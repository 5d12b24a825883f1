"""Audio that the nginx in front sends: by the header that it reads, and through a real nginx where there is one."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM
from telegraphone.app import create_app
from telegraphone.config import Config
from telegraphone.db import Db
from telegraphone.sql.people.access_log import list_accesses
from tests import sounds
from tests.api.conftest import TOKEN, Clock
from tests.servers import free_ports

SOUND = sounds.wav(sounds.tone(1.5))
FILE_ID = "xivocc_gateway-1459435465.15089"
NGINX = shutil.which("nginx")
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def client(config: Config, clock: Clock) -> Iterator[TestClient]:
    with TestClient(
        create_app(msgspec.structs.replace(config, accel_redirect="/media/"), clock), headers={"X-Auth-Token": TOKEN}
    ) as opened:
        opened.put(f"/api/v1/recordings/{FILE_ID}/audio", content=SOUND)
        yield opened


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}])
def test_the_file_is_named_and_not_sent(client: TestClient, db: Db, tmp_path: Path, headers: dict[str, str]) -> None:
    answer = client.get(f"/records/{FILE_ID}/audio", headers=headers)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "audio/wav"
    assert "attachment" in answer.headers["content-disposition"]
    prefix, _, key = answer.headers["x-accel-redirect"].partition("/media/")
    assert (prefix, (tmp_path / "media" / key).read_bytes()) == ("", SOUND)
    assert not {"etag", "last-modified"} & set(answer.headers), "those are of the proxy"
    with db.transaction("read") as tx:
        assert list_accesses(tx, SYSTEM)[0].outcome == "ok"


def test_a_conversion_and_a_refusal_are_sent_by_us(client: TestClient) -> None:
    assert client.get(f"/records/{FILE_ID}/audio?format=flac").content.startswith(b"fLaC")
    assert client.get(f"/records/{FILE_ID}/audio", headers={"X-Auth-Token": "no"}).status_code == 401
    assert client.get("/records/none/audio").status_code == 404


def test_audio_that_is_gone_is_told(client: TestClient, tmp_path: Path) -> None:
    for path in (tmp_path / "media").rglob("*.wav"):
        path.unlink()
    answer = client.get(f"/records/{FILE_ID}/audio")
    assert (answer.status_code, "x-accel-redirect" in answer.headers) == (404, False)


CONF = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
    scgi_temp_path {folder}/s;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass http://127.0.0.1:{ours}; proxy_http_version 1.1; proxy_set_header Connection ""; }}
        location /media/ {{ internal; alias {folder}/media/; }}
    }}
}}
"""


@contextlib.contextmanager
def running(command: list[str], env: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def ask(url: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(
        url, headers={"X-Auth-Token": TOKEN, **{name.replace("_", "-"): text for name, text in headers.items()}}
    )
    for _ in range(200):
        try:
            with DIRECT.open(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                if error.code != 502:
                    return error.code, error.read()
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("nobody answers")


@pytest.mark.skipif(NGINX is None, reason="there is no nginx here")
def test_through_nginx(client: TestClient, config: Config, tmp_path: Path) -> None:
    port, ours = free_ports(2)
    tmp_path.chmod(0o755)
    (tmp_path / "nginx.conf").write_text(CONF.format(folder=tmp_path, port=port, ours=ours))
    settings = {"data": tmp_path / "data", "database": config.database, "media": config.media, "token": TOKEN, "port": ours}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TELEGRAPHONE_", "PLAY_"))}
    env = {**kept, "TELEGRAPHONE_ACCEL_REDIRECT": "/media/", **{f"TELEGRAPHONE_{n.upper()}": str(v) for n, v in settings.items()}}
    nginx = [str(NGINX), "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "error.log")]
    with running([sys.executable, "-m", "telegraphone", "serve"], env), running(nginx, kept):
        url = f"http://127.0.0.1:{port}/records/{FILE_ID}/audio"
        assert ask(url) == (200, SOUND)
        assert ask(url, Range="bytes=10-19") == (206, SOUND[10:20])
        assert ask(url, Range=f"bytes={len(SOUND)}-")[0] == 416
        assert ask(url, X_Auth_Token="no")[0] == 401
        assert ask(f"http://127.0.0.1:{port}/media/")[0] == 404, "nobody can ask for it himself"
