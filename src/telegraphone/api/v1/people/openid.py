"""/session/openid: signing in where another server knows people."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType
from starlette.responses import RedirectResponse, Response

from ....config import Config
from ....credentials import new_session, same
from ....errors import Forbidden, NotFound, Unauthenticated, Unavailable, invalid
from ....logs import get_log
from ....openid import Begun, Provider, authorization_url, begin, identify
from ....sql.people.identities import Coming, Refused, sign_in_identified
from ....web.endpoint import Asked, Endpoint
from ....web.fields import Text
from ....web.who import set_cookie

COOKIE, PATH, LASTS_S = "telegraphone_openid", "/api/v1/session/openid", 600
REASONS = {401: "again", 403: "nothing", 503: "away"}
"""What the page is told of a refusal, by its status: it has words for each in the reader's language."""
Q = TypeVar("Q")
_log = get_log()
_Text = Annotated[Text, Meta(max_length=4000)]


class Ways(msgspec.Struct, frozen=True):
    """How people sign in: with a password, and, unless it is null, by going to this address."""

    password: bool
    openid: str | None


class BeginQuery(msgspec.Struct, frozen=True):
    """`next`: the page of this server to come back to."""

    next: _Text = "/"


class CallbackQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What the other server sends along (RFC 6749, 9207)."""

    code: _Text | UnsetType = UNSET
    state: _Text | UnsetType = UNSET
    error: _Text | UnsetType = UNSET
    iss: _Text | UnsetType = UNSET


async def get_ways(asked: Asked[None, None]) -> Ways:
    """How people sign in here. Needs no token."""
    return Ways(True, PATH if asked.config.openid_issuer else None)


def told_in_the_page(function: Callable[[Asked[Q, None]], Awaitable[Response]]) -> Callable[[Asked[Q, None]], Awaitable[Response]]:
    """Browsers are led here, so a refusal leads on to the page, which says why; who does not ask for HTML gets the refusal itself."""

    @wraps(function)
    async def answer(asked: Asked[Q, None]) -> Response:
        try:
            return await function(asked)
        except (Unauthenticated, Forbidden, Unavailable) as error:
            if "text/html" not in asked.request.headers.get("accept", ""):
                raise
            _log.warning("sign-in elsewhere refused", reason=error.detail)
            return RedirectResponse(f"/?refused={REASONS[error.status]}", 303)

    return answer


@told_in_the_page
async def begin_openid(asked: Asked[BeginQuery, None]) -> Response:
    """Go to the other server to sign in: 303. A cookie for ten minutes binds what comes back to this browser."""
    provider = provider_of(asked.config)
    page = asked.query.next
    if not is_page(page):
        raise invalid("next", "must be a path of this server")
    begun = begin()
    response = RedirectResponse(await asyncio.to_thread(authorization_url, provider, begun), 303)
    value = f"{begun.secret}.{base64.urlsafe_b64encode(page.encode()).decode()}"
    is_secure = asked.services.keys.front.is_secure(asked.request)
    response.set_cookie(COOKIE, value, max_age=LASTS_S, path=PATH, secure=is_secure, httponly=True, samesite="lax")
    return response


@told_in_the_page
async def end_openid(asked: Asked[CallbackQuery, None]) -> Response:
    """Come back from there: the answer sets the session's cookie and leads to the page that was left."""
    provider, keys = provider_of(asked.config), asked.services.keys
    begun, page = _kept(asked.request.cookies.get(COOKIE, ""))
    query = asked.query
    if query.state is UNSET or not same(query.state, begun.state) or (query.iss is not UNSET and query.iss != provider.issuer):
        raise Unauthenticated("this sign-in was not begun here; begin again")
    if query.code is UNSET:
        raise Unauthenticated(f"the sign-in server says: {'nothing' if query.error is UNSET else query.error[:100]}")
    identity = await asyncio.to_thread(identify, provider, begun, query.code)
    secret, sha256 = new_session()
    coming = Coming(identity, keys.front.address_of(asked.request), sha256)
    found = await asked.db.write(sign_in_identified, coming, asked.config.openid_groups, asked.now, keys.lasting)
    if isinstance(found, Refused):
        raise Forbidden(found.detail)
    response = RedirectResponse(page, 303)
    set_cookie(response, secret, keys.lasting, is_secure=keys.front.is_secure(asked.request))
    response.delete_cookie(COOKIE, path=PATH)
    return response


def provider_of(config: Config) -> Provider:
    """The server that the configuration names; NotFound without one."""
    if not config.openid_issuer:
        raise NotFound("nobody signs in elsewhere here")
    return Provider(
        issuer=config.openid_issuer, client_id=config.openid_client_id, client_secret=config.openid_client_secret,
        redirect_uri=f"{config.public_url}{PATH}/callback", scopes=config.openid_scopes, name_claim=config.openid_name_claim,
        groups_claim=config.openid_groups_claim,
    )  # fmt: skip


def _kept(cookie: str) -> tuple[Begun, str]:
    """What the browser kept: without it anybody could send it here to be signed in as himself."""
    secret, _, page = cookie.partition(".")
    try:
        left = base64.urlsafe_b64decode(page).decode()
    except ValueError:  # no base64, or no text
        left = ""
    if not secret or not is_page(left):
        raise Unauthenticated("this sign-in was not begun here; begin again")
    return Begun(secret), left


def is_page(text: str) -> bool:
    """Whether it is a path of this server: browsers take `//` and `/\\` for another host."""
    return text.startswith("/") and text[1:2] not in ("/", "\\") and text.isprintable()


ENDPOINTS = (
    Endpoint(method="GET", path="/session/ways", function=get_ways, needs_token=False, answer=Ways),
    Endpoint(
        method="GET", path="/session/openid", function=begin_openid, needs_token=False, query=BeginQuery, status=303, also=(401, 404),
    ),
    Endpoint(
        method="GET", path="/session/openid/callback", function=end_openid, needs_token=False, query=CallbackQuery, status=303,
        also=(401, 403, 404), ignores_unknown=True,
    ),
)  # fmt: skip
