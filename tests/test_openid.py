"""What is believed of a server that says who somebody is, and what is not."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from telegraphone.errors import Unauthenticated, Unavailable
from telegraphone.granting import Identity
from telegraphone.openid import Begun, Provider, authorization_url, begin, identify
from tests.providers import FakeProvider, fake_provider

BEGUN = Begun("a secret of the browser's")


@pytest.fixture(scope="module")
def running() -> Iterator[FakeProvider]:
    with fake_provider() as provider:
        yield provider


@pytest.fixture
def fake(running: FakeProvider) -> FakeProvider:
    fresh = FakeProvider(int(running.url.rpartition(":")[2]))
    key = running.key
    running.__dict__.update(fresh.__dict__, key=key)
    running.signs = lambda claims: jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)
    now = int(time.time())
    running.claims = {
        "iss": running.url, "aud": "telegraphone", "sub": "17", "iat": now, "exp": now + 300, "nonce": BEGUN.nonce,
        "preferred_username": "anna", "name": "Anna Noël", "groups": ["leads", "staff"], "locale": "fr-FR",
    }  # fmt: skip
    return running


def provider(fake: FakeProvider, **more: str) -> Provider:
    return Provider(**{  # type: ignore[arg-type]
        "issuer": fake.url, "client_id": "telegraphone", "client_secret": "s:3cret",
        "redirect_uri": "https://calls.example.org/back", **more,
    })  # fmt: skip


def test_where_the_browser_goes(fake: FakeProvider) -> None:
    begun = begin()
    assert begun != begin()
    assert len({begun.state, begun.nonce, begun.verifier}) == 3
    assert 43 <= len(begun.verifier) <= 128
    url = urlsplit(authorization_url(provider(fake), begun))
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{fake.url}/authorization"
    assert begun.secret not in url.query and begun.verifier not in url.query
    assert (asked["state"], asked["nonce"], asked["code_challenge_method"]) == (begun.state, begun.nonce, "S256")
    assert (asked["client_id"], asked["scope"], asked["response_type"]) == ("telegraphone", "openid profile email", "code")
    fake.metadata = {"authorization_endpoint": f"{fake.url}/authorization?tenant=1"}
    assert "?tenant=1&response_type=code" in authorization_url(provider(fake), begun)


def test_who_somebody_is(fake: FakeProvider) -> None:
    url = urlsplit(authorization_url(provider(fake), BEGUN))
    fake.challenge = parse_qs(url.query)["code_challenge"][0]
    assert identify(provider(fake), BEGUN, "code") == Identity(f"{fake.url} 17", "anna", "Anna Noël", ("leads", "staff"), "fr")
    _, headers, form = next(one for one in fake.asked if one[0] == "/token")
    assert headers["Authorization"] == "Basic dGVsZWdyYXBob25lOnMlM0EzY3JldA=="
    assert "client_secret" not in form
    assert (form["grant_type"], form["code"], form["code_verifier"]) == ("authorization_code", "code", BEGUN.verifier)


def test_ways_of_showing_who_we_are(fake: FakeProvider) -> None:
    fake.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    identify(provider(fake), BEGUN, "code")
    identify(provider(fake, client_secret=""), BEGUN, "code")
    posted, public = [(headers, form) for path, headers, form in fake.asked if path == "/token"]
    assert posted[1]["client_secret"] == "s:3cret"
    assert "client_secret" not in public[1] and "Authorization" not in public[0]


def test_what_the_token_lacks_is_asked_for(fake: FakeProvider) -> None:
    del fake.claims["groups"]
    fake.userinfo = {"sub": "17", "groups": "leads", "preferred_username": "not believed"}
    assert identify(provider(fake), BEGUN, "code") == Identity(f"{fake.url} 17", "anna", "Anna Noël", ("leads",), "fr")
    fake.userinfo = {"sub": "18", "groups": ["admins"]}
    with pytest.raises(Unauthenticated, match="somebody else"):
        identify(provider(fake), BEGUN, "code")


@pytest.mark.parametrize("claims", [{"groups": None}, {"groups": {"a": 1}}, {"groups": []}, {"locale": "é"}, {"name": 5}])
def test_claims_of_odd_kinds(fake: FakeProvider, claims: dict[str, Any]) -> None:
    fake.claims |= claims
    assert identify(provider(fake), BEGUN, "code").name == "anna"


NOW = int(time.time())
WRONG: list[dict[str, Any]] = [
    {"iss": "https://evil.example"}, {"aud": "another"}, {"aud": ["another"]}, {"aud": None}, {"nonce": "another"}, {"nonce": None},
    {"exp": NOW - 3600}, {"exp": None}, {"iat": NOW + 3600}, {"sub": None}, {"sub": 5}, {"azp": "another"}, {"preferred_username": None},
    {"preferred_username": ["anna"]}, {"preferred_username": ""}, {"nbf": NOW + 3600},
]  # fmt: skip


@pytest.mark.parametrize("claims", WRONG, ids=",".join)
def test_tokens_that_are_not_believed(fake: FakeProvider, claims: dict[str, Any]) -> None:
    fake.claims = {name: value for name, value in (fake.claims | claims).items() if value is not None}
    fake.userinfo = {"sub": "17"}
    with pytest.raises(Unauthenticated):
        identify(provider(fake), BEGUN, "code")


def test_a_refusal_names_the_claim(fake: FakeProvider) -> None:
    """An operator sees what to set there: some servers name nobody as the audience until they are told."""
    fake.claims["aud"] = []
    with pytest.raises(Unauthenticated, match=r"InvalidClaimError aud|MissingClaimError aud"):
        identify(provider(fake), BEGUN, "a code")


def _part(of: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(of).encode()).decode().rstrip("=")


OTHER = RSAKey.generate_key(2048, {"kid": "1"})
FORGED: list[Callable[[dict[str, Any]], Any]] = [
    lambda claims: jwt.encode({"alg": "RS256", "kid": "1"}, claims, OTHER),
    lambda claims: jwt.encode({"alg": "RS256", "kid": "2"}, claims, OTHER),
    lambda claims: jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("s:3cret and enough of it to be a key")),
    lambda claims: f"{_part({'alg': 'none'})}.{_part(claims)}.",
    lambda claims: "no token", lambda claims: "", lambda claims: "a.b.c", lambda claims: None,
]  # fmt: skip


@pytest.mark.parametrize("signs", FORGED)
def test_forged_tokens(fake: FakeProvider, signs: Callable[[dict[str, Any]], str]) -> None:
    fake.signs = signs
    with pytest.raises(Unauthenticated):
        identify(provider(fake), BEGUN, "code")


def test_another_browsers_code(fake: FakeProvider) -> None:
    """A code that was stolen is of no use without what the browser keeps."""
    fake.challenge = parse_qs(urlsplit(authorization_url(provider(fake), begin())).query)["code_challenge"][0]
    with pytest.raises(Unauthenticated, match="does not confirm"):
        identify(provider(fake), BEGUN, "code")


DISCOVERY = "/.well-known/openid-configuration"
TROUBLE: list[tuple[str, tuple[int, Any]]] = [
    (DISCOVERY, (404, b"")), (DISCOVERY, (200, b"no JSON")), (DISCOVERY, (200, [])), (DISCOVERY, (200, {"issuer": "https://evil.example"})),
    ("/token", (500, b"")), ("/token", (302, b"")), ("/token", (200, b"x")), ("/jwks", (503, b"")), (DISCOVERY, (200, b"[" * 2_000_000)),
]  # fmt: skip


@pytest.mark.parametrize(("path", "answer"), TROUBLE, ids=map(str, range(len(TROUBLE))))
def test_trouble_is_no_refusal(fake: FakeProvider, path: str, answer: tuple[int, Any]) -> None:
    fake.answers = {path: answer}
    with pytest.raises(Unavailable):
        identify(provider(fake), BEGUN, "code")


@pytest.mark.parametrize("url", ["http://evil.example/token", "file:///etc/passwd", "", None])
def test_addresses_without_tls_are_not_asked(fake: FakeProvider, url: str | None) -> None:
    for name in ("token_endpoint", "jwks_uri", "authorization_endpoint"):
        fake.metadata = {name: url}
        with pytest.raises(Unavailable, match="without TLS"):
            identify(provider(fake), BEGUN, "code") if name != "authorization_endpoint" else authorization_url(provider(fake), BEGUN)


def test_a_server_that_is_away() -> None:
    with fake_provider() as gone:
        away = provider(gone)
    with pytest.raises(Unavailable, match="cannot be asked now"):
        authorization_url(away, BEGUN)
    with pytest.raises(Unavailable, match="without TLS"):
        authorization_url(msgspec.structs.replace(away, issuer="http://192.0.2.1"), BEGUN)
