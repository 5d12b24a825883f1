"""What a browser is sent: the shell and its parts, with what keeps strangers out."""

import gzip
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from telegraphone.app import create_app
from telegraphone.config import Config
from telegraphone.ui import pages
from tests.each import each

STATIC = Path(pages.__file__).parent / "static"
WRITTEN = sorted(str(path.relative_to(STATIC)) for path in STATIC.rglob("*") if path.is_file())


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    config = Config(data=tmp_path, database=f"sqlite:///{tmp_path}/t.db", media="memory://", token="t", timezone=ZoneInfo("UTC"))
    with TestClient(create_app(config)) as opened:
        yield opened


def test_the_shell_needs_no_token_and_says_what_it_may_load(client: TestClient) -> None:
    answer = client.get("/?q=agent:2001&call=1&t=83&whatever=x")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"} <= set(policy)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-cache"


def test_what_the_shell_names_is_there_for_ever(client: TestClient) -> None:
    named = re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get("/").text)
    assert named
    for address in named:
        answer = client.get(address)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "public, max-age=31536000, immutable"), address
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "charset=utf-8" in answer.headers["content-type"] or address.endswith(".svg")


def test_the_shell_holds_no_script_and_no_style(client: TestClient) -> None:
    page = client.get("/").text
    assert not re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:|https?://", page)


def test_what_is_known_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/")
    again = client.get("/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]


def test_who_can_unpack_gets_less(client: TestClient) -> None:
    address = f"/static/{pages.version()}/style.css"
    with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as packed:
        sent = b"".join(packed.iter_raw())
        assert packed.headers["content-encoding"] == "gzip"
    plain = client.get(address, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(sent) == plain.content == (STATIC / "style.css").read_bytes()
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"


def test_a_page_of_the_version_before_finds_what_there_is_now(client: TestClient) -> None:
    answer = client.get("/static/000000000000/app.js")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


@each("address", ["/static/x/nothing.js", "/static/x/index.html", "/static/x/..%2Fpages.py", "/static/x/", "/static/app.js", "/index.html"])
def test_nothing_else_is_there(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@each("method", ["POST", "PUT", "DELETE"])
def test_the_shell_is_only_read(client: TestClient, method: str) -> None:
    assert client.request(method, "/").status_code == 405


def test_everything_together_weighs_little() -> None:
    """As it is sent, in both languages, with every view."""
    assert sum(len(piece.packed) for piece in pages.pieces().values()) < 150_000


@each("name", [name for name in WRITTEN if name.endswith(".js")])
def test_no_text_becomes_markup_and_nothing_is_from_elsewhere(name: str) -> None:
    text = (STATIC / name).read_text("utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\b|new Function|srcdoc", text)
    assert not [link for link in re.findall(r"https?://[^'\"\s`]+", text) if link != "http://www.w3.org/2000/svg"]
    assert len(text.splitlines()) <= 400


def imported(name: str, how: str) -> set[str]:
    """What a module names, by its address below static/."""
    text = (STATIC / name).read_text("utf-8")
    return {
        posixpath.normpath(posixpath.join(posixpath.dirname(name), found)) for found in re.findall(rf"(?:{how})'(\.[^']+)'", text, re.M)
    }


def test_a_module_imports_what_is_there() -> None:
    """But for the views of the shell, which say so where they are missing."""
    for name in WRITTEN:
        if name.endswith(".js"):
            assert imported(name, "from ") <= set(WRITTEN), name


def test_what_is_needed_at_once_is_asked_for_at_once() -> None:
    """Without it a browser learns of each module only when it has read another."""
    needed, todo = {"app.js"}, ["app.js"]
    while todo:
        found = imported(todo.pop(), "from |^import ") - needed
        needed |= found
        todo += found
    preloaded = re.findall(r'modulepreload" href="/static/{version}/([^"]+)"', (STATIC / "index.html").read_text("utf-8"))
    assert sorted(preloaded) == sorted(needed - {"app.js"})
