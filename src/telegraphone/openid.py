"""OpenID Connect: another server says who somebody is. Code flow with PKCE, state and nonce; the ID token's signature is verified.

What comes out is an `Identity`, as any other source of people would give it (an LDAP bind, for one). The functions that ask the server
block; they are run in threads. Nothing is kept between sign-ins, so a server may change its keys at any time.
"""

import base64
import hashlib
import json
import re
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from .errors import Unauthenticated, Unavailable
from .granting import Identity

TIMEOUT_S, MOST_BYTES, LEEWAY_S = 10, 1024 * 1024, 60
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures that only the server can make: with a shared secret we could make them ourselves, and `none` is none."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """The server, who we are to it, and which claims say what."""

    issuer: str
    client_id: str
    client_secret: str = ""
    redirect_uri: str
    scopes: str = "openid profile email"
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"


class Begun(msgspec.Struct, frozen=True):
    """A sign-in that was begun: all that must come back is derived from one secret, which the browser keeps in a cookie."""

    secret: str

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        return self._derived("verifier")

    def _derived(self, what: str) -> str:
        return _base64(hashlib.sha256(f"{what} {self.secret}".encode()).digest())


def begin() -> Begun:
    """A new sign-in."""
    return Begun(secrets.token_urlsafe(32))


def authorization_url(provider: Provider, begun: Begun) -> str:
    """Where the browser goes to sign in."""
    endpoint = _discover(provider).get("authorization_endpoint")
    challenge = _base64(hashlib.sha256(begun.verifier.encode()).digest())
    asked = {
        "response_type": "code", "client_id": provider.client_id, "redirect_uri": provider.redirect_uri, "scope": provider.scopes,
        "state": begun.state, "nonce": begun.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    return f"{_checked(endpoint)}{'&' if urlsplit(str(endpoint)).query else '?'}{urlencode(asked)}"


def identify(provider: Provider, begun: Begun, code: str) -> Identity:
    """Who somebody is that came back with this code. Unauthenticated when the server does not stand to it, or what it says is not right."""
    metadata = _discover(provider)
    tokens = _ask(_token_request(provider, metadata, begun, code))
    claims = dict(_verified(provider, metadata, begun, str(tokens.get("id_token", ""))))
    if not {provider.name_claim, provider.groups_claim} <= claims.keys() and "userinfo_endpoint" in metadata:
        more = _ask(urllib.request.Request(
            _checked(metadata["userinfo_endpoint"]), headers={"Authorization": f"Bearer {tokens.get('access_token', '')}"}
        ))  # fmt: skip
        if more.get("sub") != claims["sub"]:
            raise Unauthenticated("the sign-in server tells of somebody else")
        claims = {**more, **claims}
    return _identity(provider, claims)


def _identity(provider: Provider, claims: Mapping[str, Any]) -> Identity:
    name, groups = claims.get(provider.name_claim), claims.get(provider.groups_claim) or []
    if not isinstance(name, str) or not name:
        raise Unauthenticated(f"the sign-in server tells no {provider.name_claim}")
    groups = [groups] if isinstance(groups, str) else groups
    full_name, language = claims.get("name", ""), re.match("[a-z]{2}", str(claims.get("locale", "")).lower())
    return Identity(
        f"{provider.issuer} {claims['sub']}", name, full_name if isinstance(full_name, str) else "",
        tuple(str(group) for group in groups) if isinstance(groups, list) else (), language[0] if language else "",
    )  # fmt: skip


def _verified(provider: Provider, metadata: Mapping[str, Any], begun: Begun, token: str) -> Mapping[str, Any]:
    """The claims of an ID token that this server signed for us and for this sign-in (OpenID Connect Core, 3.1.3.7)."""
    from joserfc import jwt
    from joserfc.errors import ClaimError, JoseError
    from joserfc.jwk import KeySet

    keys = _ask(urllib.request.Request(_checked(metadata.get("jwks_uri"))))
    registry = jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S, iss={"essential": True, "value": provider.issuer}, aud={"essential": True, "value": provider.client_id},
        sub={"essential": True}, exp={"essential": True}, iat={"essential": True}, nonce={"essential": True, "value": begun.nonce},
    )  # fmt: skip
    try:
        claims = jwt.decode(token, KeySet.import_key_set({"keys": keys["keys"]}), algorithms=list(ALGORITHMS)).claims
        registry.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        why = " ".join([type(error).__name__, *([error.claim] if isinstance(error, ClaimError) else [])])
        raise Unauthenticated(f"the sign-in server's answer is not right ({why})") from error
    if claims.get("azp", provider.client_id) != provider.client_id or not isinstance(claims["sub"], str):
        raise Unauthenticated("the sign-in server's answer is for somebody else")
    return claims


def _token_request(provider: Provider, metadata: Mapping[str, Any], begun: Begun, code: str) -> urllib.request.Request:
    body = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": provider.redirect_uri, "code_verifier": begun.verifier,
        "client_id": provider.client_id,
    }  # fmt: skip
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    methods: Sequence[str] = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if provider.client_secret and "client_secret_basic" in methods:
        pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    elif provider.client_secret:
        body["client_secret"] = provider.client_secret
    return urllib.request.Request(_checked(metadata.get("token_endpoint")), urlencode(body).encode(), headers)


def _discover(provider: Provider) -> Mapping[str, Any]:
    url = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    metadata = _ask(urllib.request.Request(_checked(url)))
    if metadata.get("issuer") != provider.issuer:
        raise Unavailable("the sign-in server calls itself otherwise than OPENID_ISSUER does")
    return metadata


def _checked(url: object) -> str:
    """An address that may be asked: with TLS, or on this machine."""
    parts = urlsplit(str(url))
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return str(url)
    raise Unavailable("the sign-in server names an address without TLS")


def _ask(request: urllib.request.Request) -> dict[str, Any]:
    """A JSON object. A refusal of the server's is one of the sign-in; anything else is trouble."""
    try:
        with _opener(request).open(request, timeout=TIMEOUT_S) as answer:
            found = json.loads(answer.read(MOST_BYTES))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (400, 401, 403):
            raise Unauthenticated("the sign-in server does not confirm it") from error
        raise Unavailable(f"the sign-in server answers {error.code}") from error
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        raise Unavailable(f"the sign-in server cannot be asked now ({type(error).__name__})") from error
    if not isinstance(found, dict):
        raise Unavailable("the sign-in server's answer is no object")
    return found


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Secrets are sent to the addresses that were checked, and to no others."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _opener(request: urllib.request.Request) -> urllib.request.OpenerDirector:
    """Through the proxy that the environment names, but for this machine itself."""
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if urlsplit(request.full_url).hostname in LOOPBACK:
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
