"""A server with the demonstration's calls, and Debian's Chromium to look at it with."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from telegraphone.access import SYSTEM, Profile, Scope
from telegraphone.config import Config, load_config
from telegraphone.credentials import hash_password
from telegraphone.db import Db
from telegraphone.demo import COUNTRY, PBX, TRUNK_CONTEXTS, TRUNK_ENDPOINTS, ZONE, write_demo
from telegraphone.feed import Wanted as Reading
from telegraphone.feed import feed
from telegraphone.ingest.directory_csv import read_directory
from telegraphone.opening import db_of, media_of, settings_of
from telegraphone.sql.directory import put_directory
from telegraphone.sql.people.accounts import Wanted, add_account
from tests.bench.multiplied import build
from tests.programs import find_program, how_to_install
from tests.servers import free_ports

TOKEN = "a-token-of-the-tests"
PASSWORD = "a password of the tests"
PEOPLE: dict[str, tuple[Profile, Scope]] = {
    "helene": ("administrator", Scope()), "bruno": ("supervisor", Scope(queues=("sales",))), "agathe": ("administrator", Scope()),
}  # fmt: skip
ARGUMENTS = [
    "--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
CALLS = 300
MORE_CALLS, PART = int(os.environ.get("MORE_CALLS", "0")), 100_000
"""So many older calls are in the store beside those of the demonstration."""
PATIENCE_MS = 20_000
"""How long something may take to be seen, on a machine that has much else to do."""
expect.set_options(timeout=PATIENCE_MS)
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Site(msgspec.Struct, frozen=True):
    """A running server."""

    url: str
    config: Config

    def send(self, path: str, body: bytes) -> None:
        """POST this."""
        asked = urllib.request.Request(f"{self.url}{path}", body, {"X-Auth-Token": TOKEN}, method="POST")
        _DIRECT.open(asked, timeout=20).close()

    def sign_in(self, name: str) -> str:
        """The cookie of a new session of one of `PEOPLE`."""
        body = json.dumps({"name": name, "password": PASSWORD}).encode()
        with _DIRECT.open(urllib.request.Request(f"{self.url}/api/v1/session", body, method="POST"), timeout=20) as answer:
            return str(answer.headers["set-cookie"]).partition(";")[0].partition("=")[2]

    def ask(self, path: str) -> bytes:
        """What the API answers to the token."""
        with _DIRECT.open(urllib.request.Request(f"{self.url}{path}", headers={"X-Auth-Token": TOKEN}), timeout=20) as answer:
            return bytes(answer.read())


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration's contact centre, smaller than for people."""
    data = tmp_path_factory.mktemp("page")
    config = load_config(_settings(data))
    _fill(config)
    with _serving(config) as site:
        yield site
    if MORE_CALLS:  # pytest keeps what three runs have left
        shutil.rmtree(data)


@pytest.fixture(scope="session")
def empty_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server that was just installed."""
    with site_of(tmp_path_factory.mktemp("empty")) as site:
        yield site


@contextmanager
def site_of(data: Path, log: str = "") -> Iterator[Site]:
    """A server without calls for the people of these tests, which follows a log that says this."""
    config = load_config(_settings(data))
    if log:
        (data / "queue_log").write_text(log)
    db = db_of(config)
    _let_in(db)
    db.close()
    with _serving(config, follows=data / "queue_log" if log else None) as site:
        yield site


def _settings(data: Path) -> dict[str, str]:
    values = {
        "data": str(data), "port": str(free_ports(1)[0]), "token": TOKEN, "timezone": ZONE.key, "country": COUNTRY,
        "trunk_contexts": ",".join(TRUNK_CONTEXTS), "trunk_endpoints": ",".join(TRUNK_ENDPOINTS), "log_level": "warning",
    }  # fmt: skip
    return {f"TELEGRAPHONE_{name.upper()}": value for name, value in values.items()}


def _fill(config: Config) -> None:
    if MORE_CALLS:
        build(config.database, MORE_CALLS, PART)
    files = write_demo(config.data / "pbx", datetime.now(UTC), calls=CALLS)
    db = db_of(config)
    with files.directory.open(encoding="utf-8", newline="") as lines, db.transaction() as tx:
        for kind, rows in read_directory(lines).items():
            put_directory(tx, SYSTEM, kind, rows)
    _let_in(db)
    for source, path in (("asterisk-cel", files.cel), ("asterisk-queue-log", files.queue_log), ("recordings", files.audio)):
        wanted = Reading(source=source, paths=(str(path),), pbx=PBX, zone=ZONE)
        feed(db, media_of(config), settings_of(config), wanted, lambda *_: None)
    db.close()


def _let_in(db: Db) -> None:
    with db.transaction() as tx:
        for name, (profile, scope) in PEOPLE.items():
            add_account(tx, SYSTEM, name, Wanted(profile=profile, scope=scope), hash_password(PASSWORD), datetime.now(UTC))


class _serving:
    """The server as a process of its own, which ends with the block."""

    def __init__(self, config: Config, follows: Path | None = None) -> None:
        self._site = Site(f"http://127.0.0.1:{config.port}", config)
        self._sources = [{"source": "asterisk-queue-log", "path": str(follows)}] if follows else []

    def __enter__(self) -> Site:
        settings = {**os.environ, **_settings(self._site.config.data), "TELEGRAPHONE_PORT": str(self._site.config.port)}
        settings["TELEGRAPHONE_SOURCES"] = json.dumps(self._sources)
        self._process = subprocess.Popen([sys.executable, "-m", "telegraphone", "serve"], env=settings, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the server did not start")
            time.sleep(0.05)
        return self._site

    def _answers(self) -> bool:
        try:
            return bool(self._site.ask("/api/v1/healthz"))
        except (OSError, urllib.error.URLError):
            return False

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path. Root gets it installed where it lacks; everybody else is told the one line."""
    found = find_program("chromium", "chromium")
    if found is None:
        pytest.skip(f"the page is tested in Chromium, which is not here. Run: {how_to_install('chromium')}")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for a file of tests: while it is open, nothing else may have an event loop in this thread."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def sessions() -> Callable[[Site, str], str]:
    """The cookie of somebody who signed in once: a password is made to take time."""
    known: dict[tuple[str, str], str] = {}

    def cookie(site: Site, name: str) -> str:
        if (site.url, name) not in known:
            known[site.url, name] = site.sign_in(name)
        return known[site.url, name]

    return cookie


class Seen(list[str]):
    """What the browser complained about: errors of scripts, violations of the policy, requests to elsewhere."""


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def open_page(browser: Browser, site: Site, seen: Seen, sessions: Callable[[Site, str], str]) -> Iterator[Callable[..., Page]]:
    """Open an address as somebody who is signed in. At the end the browser must not have complained."""
    contexts: list[BrowserContext] = []

    def open_(address: str = "/", *, width: int = 1280, height: int = 800, at: Site = site, as_: str = "helene", **options: object) -> Page:
        settings = {"color_scheme": "light", "locale": "en-GB", "timezone_id": "Europe/Paris", **options}
        context = browser.new_context(viewport={"width": width, "height": height}, **settings)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "telegraphone_session", "value": sessions(at, as_), "url": at.url}])
        contexts.append(context)
        page = context.new_page()
        watch(page, at, seen)
        page.goto(at.url + address)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert seen == []


def watch(page: Page, site: Site, seen: Seen) -> None:
    """Write down what no page should do. A refused answer (401, 404) is an answer."""
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("console", lambda line: seen.append(line.text) if line.type == "error" and "Failed to load resource" not in line.text else None)
    page.on("request", lambda asked: seen.append(asked.url) if not asked.url.startswith((site.url, "blob:", "data:")) else None)
