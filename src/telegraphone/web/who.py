"""Who asks: a token or a session's cookie becomes an Actor. Tokens come in headers only, never in a URL, which ends up in logs."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ..access import RIGHTS, Actor
from ..credentials import same, sha256_of
from ..db import Db
from ..errors import Unauthenticated
from ..sql.people.api_keys import find_actor
from ..sql.people.sessions import Lasting, find_session, touch_session
from .front import SAFE, Front

CACHED_S = 5.0
"""How long a key or a session is believed without asking the database: so long a revoked one may still work."""
MOST_CACHED = 1000
COOKIE = "telegraphone_session"


class Keys:
    """The configured token, which has every right, the keys of the database, and the sessions of people who signed in."""

    def __init__(
        self, db: Db, token: str, clock: Callable[[], float] = time.monotonic, *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC), lasting: Lasting | None = None, front: Front | None = None,
    ) -> None:  # fmt: skip
        self._db, self._clock, self._now = db, clock, now
        self.lasting, self.front = lasting or Lasting(), front or Front()
        self._token = sha256_of(token) if token else ""
        self._known: dict[str, tuple[float, Actor | None]] = {}

    async def get_actor(self, request: Request) -> Actor:
        """Whoever sent this request. Unauthenticated without a token or session, and with one that nobody was given.

        A cookie is sent by a browser whoever made it ask, so what changes something must come from a page of ours.
        """
        if secret := _secret(request):
            actor = await self._find(sha256_of(secret))
            refusal = "this token is not known"
        elif cookie := request.cookies.get(COOKIE, ""):
            if request.method not in SAFE:
                self.front.check_origin(request)
            actor = await self._find_signed_in(sha256_of(cookie))
            refusal = "this session is over; sign in again"
        else:
            raise Unauthenticated("sign in, or send a token as X-Auth-Token or as Authorization: Bearer")
        if actor is None:
            raise Unauthenticated(refusal)
        return msgspec.structs.replace(actor, address=self.front.address_of(request))

    def forget(self) -> None:
        """Believe nothing any more without asking: a session or a key ended here."""
        self._known.clear()

    async def _find(self, sha256: str) -> Actor | None:
        if self._token and same(sha256, self._token):
            return Actor("token", frozenset(RIGHTS))
        until, actor = self._known.get(sha256, (0.0, None))
        if until > self._clock():
            return actor
        return self._believe(sha256, await self._db.read(find_actor, sha256))

    async def _find_signed_in(self, sha256: str) -> Actor | None:
        until, actor = self._known.get(f"session {sha256}", (0.0, None))
        if until > self._clock():
            return actor
        now = self._now()
        session = await self._db.read(find_session, sha256, now, self.lasting)
        if session is not None and session.is_stale:
            await self._db.write(touch_session, sha256, now)
        return self._believe(f"session {sha256}", session.actor if session else None)

    def _believe(self, name: str, actor: Actor | None) -> Actor | None:
        if len(self._known) >= MOST_CACHED:
            self._known.clear()
        self._known[name] = (self._clock() + CACHED_S, actor)
        return actor


def session_sha256(request: Request) -> str | None:
    """What is kept of the cookie that came along; None: a token was sent, or nothing."""
    cookie = request.cookies.get(COOKIE, "")
    return None if _secret(request) or not cookie else sha256_of(cookie)


def set_cookie(response: Response, secret: str, lasting: Lasting, *, is_secure: bool) -> None:
    """Give a browser its session. Scripts cannot read it, and no page from elsewhere makes the browser send it."""
    response.set_cookie(COOKIE, secret, max_age=int(lasting.most.total_seconds()), secure=is_secure, httponly=True, samesite="strict")


def drop_cookie(response: Response, *, is_secure: bool) -> None:
    """Take it back."""
    response.delete_cookie(COOKIE, secure=is_secure, httponly=True, samesite="strict")


def _secret(request: Request) -> bytes:
    """The token's bytes, whatever they are: the documented example holds `@#[<]` and a backtick."""
    headers = dict(reversed(request.scope["headers"]))
    if token := headers.get(b"x-auth-token", b"").strip():
        return bytes(token)
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    return bytes(token.strip()) if scheme.lower() == b"bearer" else b""
