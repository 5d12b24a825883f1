"""Signing in and out through a browser's eyes: the cookie, forged origins, guesses, and when sessions end."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import msgspec
import pytest
from starlette.testclient import TestClient

from telegraphone.access import SYSTEM, Scope
from telegraphone.app import create_app
from telegraphone.config import Config
from telegraphone.credentials import hash_password
from telegraphone.db import Db
from telegraphone.sql.people.access_log import list_accesses
from telegraphone.sql.people.accounts import Wanted, add_account, disable_account
from tests.api.conftest import TOKEN, Clock
from tests.each import each

PASSWORD = "correct horse battery"
SESSION, OWN_PASSWORD = "/api/v1/session", "/api/v1/session/password"
ORIGIN = {"Origin": "http://testserver"}
HASH = hash_password(PASSWORD)


@pytest.fixture
def people(db: Db, clock: Clock) -> Db:
    with db.transaction() as tx:
        add_account(tx, SYSTEM, "admin", Wanted(profile="administrator"), HASH, clock.now)
        wanted = Wanted(profile="supervisor", scope=Scope(("hotline",), ("1564",)), full_name="Anna Noël", language="fr")
        add_account(tx, SYSTEM, "anna", wanted, HASH, clock.now)
    return db


@pytest.fixture
def browser(config: Config, clock: Clock, people: Db) -> Iterator[TestClient]:
    with TestClient(create_app(config, clock)) as opened:
        yield opened


def sign_in(browser: TestClient, name: str = "anna", password: str = PASSWORD, **headers: str) -> int:
    return browser.post(SESSION, json={"name": name, "password": password}, headers={**ORIGIN, **headers}).status_code


def test_signing_in_and_out(browser: TestClient, example: Db) -> None:
    assert browser.get(SESSION).status_code == 401
    answer = browser.post(SESSION, json={"name": "Anna", "password": PASSWORD}, headers=ORIGIN)
    scope = {"queues": ["hotline"], "agents": ["1564"], "from": None, "to": None}
    who = {"name": "anna", "full_name": "Anna Noël", "profile": "supervisor", "rights": ["read", "listen", "attach"], "scope": scope}
    assert (answer.status_code, answer.json()) == (200, {**who, "language": "fr"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("telegraphone_session=")
    assert all(part in cookie for part in ("; HttpOnly", "; SameSite=strict", "; Path=/", "; Max-Age=43200"))
    assert "Secure" not in cookie
    assert browser.get(SESSION).json() == answer.json()
    assert browser.post("/records/search", headers=ORIGIN).json()["records"]
    secret = browser.cookies["telegraphone_session"]
    ended = browser.delete(SESSION, headers=ORIGIN)
    assert (ended.status_code, 'telegraphone_session=""' in ended.headers["set-cookie"]) == (204, True)
    assert "telegraphone_session" not in browser.cookies
    assert browser.get(SESSION, headers={"Cookie": f"telegraphone_session={secret}"}).status_code == 401
    with example.transaction("read") as tx:
        told = [(row.actor, row.action, row.outcome, row.address) for row in list_accesses(tx, SYSTEM)]
        assert told[:2] == [("anna", "sign_out", "ok", "testclient"), ("anna", "sign_in", "ok", "testclient")]
        assert secret not in str(tx.all("select * from sessions"))


def test_a_token_has_no_session(browser: TestClient) -> None:
    headers = {"X-Auth-Token": TOKEN}
    answer = browser.get(SESSION, headers=headers).json()
    assert (answer["name"], answer["profile"], answer["scope"], "admin" in answer["rights"]) == ("token", "key", None, True)
    assert browser.delete(SESSION, headers=headers).status_code == 403
    new = {"password": PASSWORD, "new_password": "another long one"}
    assert browser.put(OWN_PASSWORD, json=new, headers=headers).status_code == 403


def test_a_keys_secret_is_no_cookie_and_a_cookies_no_key(browser: TestClient, new_token: Callable[..., str]) -> None:
    sign_in(browser)
    secret = browser.cookies["telegraphone_session"]
    browser.cookies.clear()
    assert browser.get(SESSION, headers={"X-Auth-Token": secret}).status_code == 401
    for token in (TOKEN, new_token("read")):
        browser.cookies.set("telegraphone_session", token)
        assert browser.get(SESSION).status_code == 401
        browser.cookies.clear()


@each(("name", "password"), [
    ("anna", "wrong"), ("nobody", PASSWORD), ("", ""), ("anna", ""), ("ANNA", PASSWORD.upper()), ("' or 1=1 --", "x"), ("é", "x" * 1000),
])  # fmt: skip
def test_wrong_names_and_passwords_are_told_alike(browser: TestClient, name: str, password: str) -> None:
    answer = browser.post(SESSION, json={"name": name, "password": password})
    assert (answer.status_code, answer.json()["detail"]) == (401, "the name or the password is wrong")
    assert "set-cookie" not in answer.headers


@each("body", [b"", b"[]", b'{"name": "anna"}', b'{"name": "a", "password": "b", "c": 1}', b'{"name": "a\\u0000", "password": "b"}'])
def test_bodies_that_make_no_sense(browser: TestClient, body: bytes) -> None:
    assert browser.post(SESSION, content=body).status_code == 400


def test_guessing_is_slowed(browser: TestClient, clock: Clock) -> None:
    assert [sign_in(browser, password="wrong") for _ in range(6)] == [401] * 5 + [429]
    answer = browser.post(SESSION, json={"name": "anna", "password": PASSWORD})
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["type"]) == (429, "1", "/api/docs#too-many-attempts")
    clock.now += timedelta(seconds=1)
    assert sign_in(browser) == 200


OTHERS: list[dict[str, str]] = [
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "https://testserver"}, {"Origin": "http://testserver:81"},
    {"Origin": "http://testserver.evil.example"}, {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
]  # fmt: skip
FORMS = [
    ("POST", "/records/search", {}), ("PUT", "/api/v1/calls/1/attached_data/k", {"value": "x"}), ("DELETE", SESSION, None),
    ("POST", "/call_data/1.1/attached_data", []), ("DELETE", "/api/v1/calls/1/attached_data/k", None),
    ("PUT", OWN_PASSWORD, {"password": PASSWORD, "new_password": "another long one"}), ("POST", "/api/v1/users", {}),
]  # fmt: skip


@each("headers", [{}, *OTHERS])
def test_forged_origins(browser: TestClient, headers: dict[str, str]) -> None:
    if "telegraphone_session" not in browser.cookies:
        assert sign_in(browser, "admin") == 200
    for method, path, body in FORMS:
        assert browser.request(method, path, json=body, headers=headers).status_code == 403
    assert browser.get(SESSION, headers=headers).status_code == 200, "what changes nothing may be asked; no other page can read the answer"


@each("headers", OTHERS)
def test_nobody_is_signed_in_by_another_page(browser: TestClient, headers: dict[str, str]) -> None:
    assert browser.post(SESSION, json={"name": "anna", "password": PASSWORD}, headers=headers).status_code == 403


@each("headers", [{}, ORIGIN, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "same-origin", "Origin": "https://proxied.example"}])
def test_right_origins(browser: TestClient, headers: dict[str, str]) -> None:
    assert browser.post(SESSION, json={"name": "anna", "password": PASSWORD}, headers=headers).status_code == 200


def test_a_token_needs_no_origin(browser: TestClient) -> None:
    """No browser sends it by itself, even beside a cookie."""
    sign_in(browser)
    assert browser.post("/records/search", headers={"X-Auth-Token": TOKEN, "Origin": "http://other.example"}).status_code == 200


def test_a_session_ends_without_use_and_in_any_case(browser: TestClient, config: Config, clock: Clock) -> None:
    sign_in(browser)
    with TestClient(create_app(config, clock), cookies=dict(browser.cookies)) as other:  # what was believed is not believed by a fresh one
        for _ in range(11):
            clock.now += timedelta(minutes=65)
            with TestClient(create_app(config, clock), cookies=dict(browser.cookies)) as fresh:
                assert fresh.get(SESSION).status_code == 200
        clock.now += timedelta(minutes=65)
        assert other.get(SESSION).status_code == 401
    sign_in(browser)
    clock.now += timedelta(hours=2)
    with TestClient(create_app(config, clock), cookies=dict(browser.cookies)) as fresh:
        assert fresh.get(SESSION).status_code == 401


def test_a_new_password_ends_all_sessions(browser: TestClient, config: Config, clock: Clock) -> None:
    sign_in(browser)
    old = dict(browser.cookies)
    new = {"password": PASSWORD, "new_password": "another long one"}
    assert browser.put(OWN_PASSWORD, json=new, headers=ORIGIN).status_code == 204
    assert browser.get(SESSION).status_code == 200
    assert dict(browser.cookies) != old
    browser.cookies.clear()
    assert browser.get(SESSION, headers={"Cookie": f"telegraphone_session={old['telegraphone_session']}"}).status_code == 401
    assert sign_in(browser) == 401
    assert sign_in(browser, password="another long one") == 200


@each(
    ("password", "new", "field"),
    [("wrong", "another long one", "password"), (PASSWORD, "short", "new_password"), (PASSWORD, "a", "new_password")],
)
def test_a_new_password_that_is_refused(browser: TestClient, password: str, new: str, field: str) -> None:
    sign_in(browser)
    answer = browser.put(OWN_PASSWORD, json={"password": password, "new_password": new}, headers=ORIGIN)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [field])
    assert browser.get(SESSION).status_code == 200


def test_the_language_that_is_chosen_is_kept(browser: TestClient) -> None:
    browser.post(SESSION, json={"name": "anna", "password": PASSWORD}, headers=ORIGIN)
    for language in ("en", ""):
        assert browser.put("/api/v1/session/language", json={"language": language}, headers=ORIGIN).status_code == 204
        assert browser.get(SESSION).json()["language"] == language
    assert browser.put("/api/v1/session/language", json={"language": "x"}, headers=ORIGIN).status_code == 400
    assert browser.put("/api/v1/session/language", json={"language": "en"}, headers={"Origin": "http://evil.example"}).status_code == 403
    browser.cookies.clear()
    assert browser.put("/api/v1/session/language", json={"language": "en"}, headers={"X-Auth-Token": TOKEN}).status_code == 403


def test_somebody_disabled_is_out(browser: TestClient, people: Db, clock: Clock, config: Config) -> None:
    sign_in(browser)
    with people.transaction() as tx:
        disable_account(tx, SYSTEM, "anna", clock.now)
    with TestClient(create_app(config, clock), cookies=dict(browser.cookies)) as fresh:
        assert fresh.get(SESSION).status_code == 401
        assert sign_in(fresh) == 401


def test_behind_a_proxy_with_tls(config: Config, clock: Clock, people: Db) -> None:
    behind = msgspec.structs.replace(config, public_url="https://calls.example.org")
    with TestClient(create_app(behind, clock)) as client:
        for origin, status in (("https://calls.example.org", 200), ("http://testserver", 403), ("http://calls.example.org", 403)):
            answer = client.post(SESSION, json={"name": "anna", "password": PASSWORD}, headers={"Origin": origin})
            assert answer.status_code == status
            assert ("; Secure" in answer.headers.get("set-cookie", "")) == (status == 200)


def test_headers_of_proxies_are_believed_only_from_ours(config: Config, clock: Clock, people: Db) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.5, 198.51.100.1, 10.1.2.3", "X-Forwarded-Proto": "https"}
    body = {"name": "anna", "password": PASSWORD}
    trusting = msgspec.structs.replace(config, trusted_proxies=("10.0.0.0/8", "192.0.2.1/32"))
    for settings, client, address, is_secure in (
        (config, "10.9.9.9", "10.9.9.9", False), (trusting, "198.51.100.9", "198.51.100.9", False),
        (trusting, "10.9.9.9", "198.51.100.1", True), (trusting, "192.0.2.1", "198.51.100.1", True),
    ):  # fmt: skip
        with TestClient(create_app(settings, clock), client=(client, 5)) as opened:
            answer = opened.post(SESSION, json=body, headers={**forwarded, "Sec-Fetch-Site": "same-origin"})
            assert ("; Secure" in answer.headers["set-cookie"]) == is_secure
        with people.transaction("read") as tx:
            assert list_accesses(tx, SYSTEM, limit=1)[0].address == address


def test_workers_share_what_slows_guesses_down(config: Config, clock: Clock, people: Db) -> None:
    with TestClient(create_app(config, clock)) as one, TestClient(create_app(config, clock)) as other:
        assert [sign_in(worker, password="wrong") for worker in (one, other, one, other, one, other, one)] == [401] * 5 + [429] * 2
