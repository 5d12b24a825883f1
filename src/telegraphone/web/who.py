"""Who asks: a token becomes an Actor. Tokens come in headers only, never in a URL, which ends up in logs."""

import time
from collections.abc import Callable

from starlette.requests import Request

from ..access import RIGHTS, Actor
from ..credentials import same, sha256_of
from ..db import Db
from ..errors import Unauthenticated
from ..sql.api_keys import find_key

CACHED_S = 5.0
"""How long a key is believed without asking the database: so long a revoked one may still work."""
MOST_CACHED = 1000


class Keys:
    """The configured token, which has every right, and the keys of the database."""

    def __init__(self, db: Db, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._db, self._clock = db, clock
        self._token = sha256_of(token) if token else ""
        self._known: dict[str, tuple[float, Actor | None]] = {}

    async def get_actor(self, request: Request) -> Actor:
        """Whoever sent this request. Unauthenticated without a token, and with one that nobody was given."""
        secret = _secret(request)
        if not secret:
            raise Unauthenticated("send a token as X-Auth-Token or as Authorization: Bearer")
        actor = await self._find(sha256_of(secret))
        if actor is None:
            raise Unauthenticated("this token is not known")
        return Actor(actor.name, actor.rights, request.client.host if request.client else "")

    async def _find(self, sha256: str) -> Actor | None:
        if self._token and same(sha256, self._token):
            return Actor("token", frozenset(RIGHTS))
        until, actor = self._known.get(sha256, (0.0, None))
        if until > self._clock():
            return actor
        key = await self._db.read(find_key, sha256)
        actor = Actor(key.name, frozenset(key.rights)) if key else None
        if len(self._known) >= MOST_CACHED:
            self._known.clear()
        self._known[sha256] = (self._clock() + CACHED_S, actor)
        return actor


def _secret(request: Request) -> bytes:
    """The token's bytes, whatever they are: the documented example holds `@#[<]` and a backtick."""
    headers = dict(reversed(request.scope["headers"]))
    if token := headers.get(b"x-auth-token", b"").strip():
        return bytes(token)
    scheme, _, token = headers.get(b"authorization", b"").partition(b" ")
    return bytes(token.strip()) if scheme.lower() == b"bearer" else b""
