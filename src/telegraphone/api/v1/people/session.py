"""/session: signing in and out with a name and a password, and who one is."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, Literal, ParamSpec, TypeVar

import msgspec
from msgspec import Meta
from starlette.responses import Response

from ....access import PROFILES, RIGHTS, Profile, Right
from ....credentials import hash_password, new_session, verify_password
from ....errors import Forbidden, TooManyAttempts, Unauthenticated, invalid
from ....sql.people.accounts import Account, check_password, find_account, put_language
from ....sql.people.sign_in import Attempt, NewSecrets, begin_attempt, change_own_password, end_session, fail, succeed
from ....web.endpoint import Asked
from ....web.fields import Text
from ....web.people import Language, NewPasswordText, ScopeBody, scope_body
from ....web.who import drop_cookie, session_sha256, set_cookie

P = ParamSpec("P")
R = TypeVar("R")
_AT_ONCE = ThreadPoolExecutor(2, "passwords")
"""Passwords that are looked at at the same time: each takes 64 MiB."""


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name, whatever its case, and a password."""

    name: Annotated[Text, Meta(max_length=200, examples=["admin"])]
    password: Annotated[Text, Meta(max_length=1000)]


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`password` is the present one."""

    password: Annotated[Text, Meta(max_length=1000)]
    new_password: NewPasswordText


class OwnLanguage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two small letters, such as `fr`; none: that of the browser."""

    language: Language


class SessionBody(msgspec.Struct, frozen=True, kw_only=True):
    """Who one is and what one may do. `profile` is `key` for tokens; `scope` null: all calls."""

    name: str
    full_name: str = ""
    profile: Profile | Literal["key"]
    rights: list[Right]
    scope: ScopeBody | None
    language: str = ""


async def sign_in(asked: Asked[None, SignIn]) -> Response:
    """Sign in: the answer sets a cookie. After failures it takes longer and longer until the next attempt is allowed (429)."""
    keys = asked.services.keys
    keys.front.check_origin(asked.request, may_lack=True)
    attempt = await _attempt(asked, asked.body.name, keys.front.address_of(asked.request), asked.body.password, "sign_in")
    secret, sha256 = new_session()
    account = await asked.db.write(succeed, attempt, sha256, asked.now, keys.lasting) if attempt else None
    if account is None:
        raise Unauthenticated("the name or the password is wrong")
    return _with_cookie(asked, Response(msgspec.json.encode(_person(account)), media_type="application/json"), secret)


async def get_session(asked: Asked[None, None]) -> SessionBody:
    """Who one is, by a session or by a token."""
    actor = asked.actor
    account = None if actor.profile == "key" else await asked.db.read(find_account, actor.name)
    if account is not None:
        return _person(account)
    rights = [right for right in RIGHTS if right in actor.rights]
    return SessionBody(name=actor.name, profile=actor.profile, rights=rights, scope=scope_body(actor.scope))


async def sign_out(asked: Asked[None, None]) -> Response:
    """End the session: its cookie opens nothing any more."""
    keys, sha256 = asked.services.keys, session_sha256(asked.request)
    if sha256 is None:
        raise Forbidden("a token has no session to end")
    await asked.db.write(end_session, asked.actor, sha256, asked.now)
    keys.forget()
    response = Response(status_code=204)
    drop_cookie(response, is_secure=keys.front.is_secure(asked.request))
    return response


async def put_own_password(asked: Asked[None, NewPassword]) -> Response:
    """Change one's own password. All of one's sessions end, and the answer sets a new cookie for this one."""
    actor, body = asked.actor, asked.body
    if actor.profile == "key":
        raise Forbidden("a token has no password")
    check_password(body.new_password, actor.name, "new_password")
    attempt = await _attempt(asked, actor.name, actor.address, body.password, "password_change")
    if attempt is None:
        raise invalid("password", "is not the present one")
    password = await slowly(hash_password, body.new_password)
    secret, sha256 = new_session()
    await asked.db.write(change_own_password, actor, attempt, NewSecrets(password, sha256), asked.now, asked.services.keys.lasting)
    asked.services.keys.forget()
    return _with_cookie(asked, Response(status_code=204), secret)


async def put_own_language(asked: Asked[None, OwnLanguage]) -> None:
    """The language in which one reads the page from now on, in any browser."""
    await asked.db.write(put_language, asked.actor, asked.body.language)


async def slowly(hashing: Callable[P, R], *args: P.args, **kw: P.kwargs) -> R:
    """Hash or compare a password without keeping others waiting."""
    return await asyncio.get_running_loop().run_in_executor(_AT_ONCE, lambda: hashing(*args, **kw))


async def _attempt(asked: Asked[Any, Any], name: str, address: str, password: str, action: str) -> Attempt | None:
    """Look at a password; None if it is wrong, which is counted and written down."""
    attempt = await asked.db.write(begin_attempt, name, address, asked.now)
    if attempt.wait_s:
        raise TooManyAttempts(attempt.wait_s)
    if await slowly(verify_password, attempt.password, password):
        return attempt
    await asked.db.write(fail, attempt, asked.now, action)
    return None


def _person(account: Account) -> SessionBody:
    rights = [right for right in RIGHTS if right in PROFILES[account.profile]]
    return SessionBody(
        name=account.name, full_name=account.full_name, profile=account.profile, rights=rights, scope=scope_body(account.scope),
        language=account.language,
    )  # fmt: skip


def _with_cookie(asked: Asked[Any, Any], response: Response, secret: str) -> Response:
    keys = asked.services.keys
    set_cookie(response, secret, keys.lasting, is_secure=keys.front.is_secure(asked.request))
    return response
