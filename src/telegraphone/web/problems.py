"""Errors as `application/problem+json` (RFC 9457)."""

import http

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..errors import FieldError, TelegraphoneError, TooManyAttempts, Unavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
_HEADERS = {401: {"WWW-Authenticate": 'Bearer realm="telegraphone"'}, 503: {"Retry-After": str(RETRY_AFTER_S)}}
_log = structlog.get_logger()


class Problem(msgspec.Struct, frozen=True):
    """What every refusal looks like. `errors` names the fields, for bad input; `away` what does not answer: `database`, `media`, `disk`."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] | msgspec.UnsetType = msgspec.UNSET
    away: str | msgspec.UnsetType = msgspec.UNSET


def render_problem(error: TelegraphoneError, headers: dict[str, str] | None = None) -> Response:
    """The answer to an error that was raised on purpose."""
    type_ = f"/api/docs#{error.code.replace('_', '-')}"
    away = error.away if isinstance(error, Unavailable) and error.away else msgspec.UNSET
    errors = tuple(map(_clean, error.errors)) or msgspec.UNSET
    problem = Problem(type_, error.title, error.status, _encodable(error.detail), errors, away)
    return _render(problem, {**_of(error), **(headers or {})})


def _of(error: TelegraphoneError) -> dict[str, str]:
    """What a refusal says in headers."""
    return {"Retry-After": str(error.after_s)} if isinstance(error, TooManyAttempts) else _HEADERS.get(error.status, {})


def render_status(status: int, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    """The answer to what has no error class of ours: an unknown path, a method that an address does not have, a range beyond the end."""
    return _render(Problem("about:blank", http.HTTPStatus(status).phrase, status, _encodable(detail)), headers or {})


def render_bug(request: Request, error: Exception) -> Response:
    """Anything else is a bug: the trace goes to the log, and nothing of it into the answer."""
    _log.error("unhandled error", method=request.method, path=request.scope["path"][:300], exc_info=error)
    return render_status(500, "the server made a mistake; its log tells more")


async def render_http_exception(request: Request, error: Exception) -> Response:
    """The router's own refusals in the same form as ours."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    return render_status(status, f"there is no {request.scope['path'][:200]!r} here" if status == 404 else "")


def _render(problem: Problem, headers: dict[str, str]) -> Response:
    return Response(msgspec.json.encode(problem), problem.status, headers, MEDIA_TYPE)


def _clean(error: FieldError) -> FieldError:
    return FieldError(_encodable(error.field)[:200], _encodable(error.reason)[:500])


def _encodable(text: str) -> str:
    """What was sent may hold half characters; the answer must not."""
    return text.encode("utf-8", "replace").decode()
