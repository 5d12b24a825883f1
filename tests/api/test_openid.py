"""Signing in where another server knows people: the whole way, with a real provider."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import msgspec
import pytest
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM, Scope
from telegraphone.app import create_app
from telegraphone.config import Config
from telegraphone.db import Db
from telegraphone.granting import Grant
from telegraphone.sql.people.access_log import list_accesses
from tests.api.conftest import TOKEN
from tests.each import each
from tests.providers import real_provider

WAYS, BEGIN, BACK = "/api/v1/session/ways", "/api/v1/session/openid", "/api/v1/session/openid/callback"
PEOPLE = (
    {"sub": "17", "preferred_username": "Anna", "name": "Anna Noël", "groups": ["leads"]},
    {"sub": "18", "preferred_username": "bob", "groups": ["staff"]},
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with real_provider(*PEOPLE) as url:
        yield url


@pytest.fixture
def browser(config: Config, issuer: str, example: Db) -> Iterator[TestClient]:
    elsewhere = msgspec.structs.replace(
        config, public_url="http://testserver", openid_issuer=issuer, openid_client_id="telegraphone", openid_client_secret="secret",
        openid_groups=(Grant("leads", "supervisor", Scope(("hotline",))),),
    )  # fmt: skip
    with TestClient(create_app(elsewhere), follow_redirects=False) as opened:
        yield opened


def come_back(browser: TestClient, sub: str, page: str = "/calls?agent=2000") -> tuple[str, str]:
    """Go there and sign in; the path with which the provider sends the browser back, and its query."""
    begun = browser.get(BEGIN, params={"next": page})
    assert begun.status_code == 303
    answer = httpx2.post(begun.headers["location"], data={"sub": sub}, trust_env=False)
    assert answer.status_code == 302
    back = urlsplit(answer.headers["location"])
    assert (back.netloc, back.path) == ("testserver", BACK)
    return back.path, back.query


def test_the_whole_way(browser: TestClient, example: Db) -> None:
    assert browser.get(WAYS).json() == {"password": True, "openid": BEGIN}
    path, query = come_back(browser, "17")
    assert all(part in browser.get(BEGIN).headers["set-cookie"] for part in ("HttpOnly", "SameSite=lax", f"Path={BEGIN}", "Max-Age=600"))
    path, query = come_back(browser, "17")
    answer = browser.get(f"{path}?{query}&session_state=unknown")
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls?agent=2000")
    who = browser.get("/api/v1/session").json()
    assert (who["name"], who["full_name"], who["profile"]) == ("anna", "Anna Noël", "supervisor")
    assert who["scope"]["queues"] == ["hotline"]
    assert len(browser.get("/api/v1/calls").json()["items"]) == 1
    with example.transaction("read") as tx:
        newest = list_accesses(tx, SYSTEM, limit=1)[0]
        assert (newest.actor, newest.action, newest.outcome) == ("anna", "sign_in", "ok")
    assert browser.get(f"{path}?{query}").status_code == 401, "a code is good once"


def test_who_is_given_nothing_is_told_so(browser: TestClient, example: Db) -> None:
    path, query = come_back(browser, "18")
    answer = browser.get(f"{path}?{query}")
    assert (answer.status_code, answer.json()["detail"]) == (403, "nothing is given here to you or to your groups")
    assert "telegraphone_session" not in browser.cookies
    with example.transaction("read") as tx:
        newest = list_accesses(tx, SYSTEM, limit=1)[0]
        assert (newest.actor, newest.subject, newest.outcome) == ("unknown", "bob", "forbidden")


def test_a_browser_is_told_in_the_page(browser: TestClient, config: Config) -> None:
    as_browser = {"Accept": "text/html,application/xhtml+xml"}
    path, query = come_back(browser, "18")
    answer = browser.get(f"{path}?{query}", headers=as_browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?refused=nothing")
    assert browser.get(path, headers=as_browser).headers["location"] == "/?refused=again"
    away = msgspec.structs.replace(config, public_url="http://testserver", openid_issuer="http://127.0.0.1:9", openid_client_id="x")
    with TestClient(create_app(away), follow_redirects=False) as client:
        assert client.get(BEGIN, headers=as_browser).headers["location"] == "/?refused=away"


def test_another_browsers_way_back(browser: TestClient, config: Config) -> None:
    """Nobody is signed in as somebody else by an address that he is sent."""
    path, query = come_back(browser, "17")
    browser.cookies.clear()
    assert browser.get(f"{path}?{query}").status_code == 401
    come_back(browser, "17")
    assert browser.get(f"{path}?{query}").status_code == 401, "begun twice: the first is over"


def test_what_comes_back_wrong(browser: TestClient) -> None:
    path, query = come_back(browser, "17")
    state = parse_qs(query)["state"][0]
    for wrong in ("", "code=x", f"state={state}", f"state={state}x&code=x", f"code=x&state={state}", f"error=access_denied&state={state}",
                  f"{query}&iss=https://evil.example"):  # fmt: skip
        assert browser.get(f"{path}?{wrong}").status_code == 401
    assert "access_denied" in browser.get(f"{path}?error=access_denied&state={state}").json()["detail"]
    for cookie in ("", "x", ".", "x.é", "x.Ly9ldmls"):
        browser.cookies.clear()
        assert browser.get(f"{path}?{query}", headers={"Cookie": f"telegraphone_openid={cookie}".encode("latin-1")}).status_code == 401


@each("page", ["//evil.example", "/\\evil.example", "https://evil.example", "calls", "", "/a\nb"])
def test_pages_that_are_elsewhere(browser: TestClient, page: str) -> None:
    assert browser.get(BEGIN, params={"next": page}).status_code == 400


def test_without_such_a_server(client: TestClient) -> None:
    assert client.get(WAYS).json() == {"password": True, "openid": None}
    assert client.get(BEGIN).status_code == client.get(BACK).status_code == 404


def test_a_server_that_is_away(config: Config) -> None:
    away = msgspec.structs.replace(
        config, public_url="http://testserver", openid_issuer="http://127.0.0.1:9", openid_client_id="x", token=TOKEN
    )
    with TestClient(create_app(away)) as client:
        assert client.get(BEGIN).status_code == 503
