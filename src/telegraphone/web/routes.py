"""From a dialect's table to answers: each path is one ASGI application that knows its methods."""

import time
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from ..access import Actor, require
from ..errors import TelegraphoneError
from .departed import ended_with_client
from .endpoint import Asked, Dialect, Endpoint, Services
from .measures import count_request
from .packing import packed
from .parse import decode_body, parse_query, read_body
from .problems import render_bug, render_problem, render_status

NOBODY = Actor("", frozenset())


def routes_of(dialect: Dialect) -> list[Route]:
    """One route for each path and prefix."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in dialect.endpoints:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    return [
        Route(prefix + path, Address(dialect, (prefix + path).replace(":path", ""), endpoints), include_in_schema=False)
        for prefix in dialect.prefixes for path, endpoints in by_path.items()
    ]  # fmt: skip


class Address:
    """One path."""

    def __init__(self, dialect: Dialect, path: str, endpoints: Mapping[str, Endpoint]) -> None:
        self._dialect, self._path = dialect, path
        self._endpoints = dict(endpoints)
        if "GET" in endpoints:
            self._endpoints.setdefault("HEAD", endpoints["GET"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        began = time.perf_counter()
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        count_request(request.method, self._path, response.status_code, time.perf_counter() - began)
        await response(scope, receive, _without_body(send) if request.method == "HEAD" else send)

    async def _respond(self, request: Request) -> Response:
        endpoint = self._endpoints.get(request.method)
        if endpoint is None:
            return render_status(405, f"{self._path} has no {request.method[:20]}", {"Allow": ", ".join(sorted(self._endpoints))})
        try:
            asked = await self._asked(request, endpoint)
            with ended_with_client(request.receive) if _only_reads(endpoint) else nullcontext():
                answer = await endpoint.function(asked)
            return _rendered(request, endpoint, answer)
        except TelegraphoneError as error:
            return render_problem(error)
        except (ClientDisconnect, HTTPException):
            raise
        except Exception as error:
            return render_bug(request, error)

    async def _asked(self, request: Request, endpoint: Endpoint) -> Asked[Any, Any]:
        """Who asks is looked at first, then whether he may, and only then what he asks."""
        services: Services = request.scope["state"]["services"]
        actor = await services.keys.get_actor(request) if endpoint.needs_token else NOBODY
        if endpoint.right is not None:
            require(actor, endpoint.right)
        ignores_unknown = endpoint.ignores_unknown or self._dialect.ignores_unknown
        query = parse_query(request.scope["query_string"], endpoint.query, ignores_unknown=ignores_unknown)
        body = await _body(request, endpoint)
        return Asked(request, services, actor, services.clock(), query, body)


def _only_reads(endpoint: Endpoint) -> bool:
    """What changes something is finished, whoever still waits for it."""
    return endpoint.method in ("GET", "HEAD") or endpoint.right == "read"


async def _body(request: Request, endpoint: Endpoint) -> Any:
    if endpoint.body is None:
        return None
    body = await read_body(request, endpoint.body_limit)
    return decode_body(body or b"{}" if endpoint.body_is_optional else body, endpoint.body)


def _rendered(request: Request, endpoint: Endpoint, answer: Any) -> Response:
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(status_code=204)
    return packed(request, msgspec.json.encode(answer), endpoint.status)


def _without_body(send: Send) -> Send:
    """The same answer as to GET, its head only."""
    is_over = False

    async def head_only(message: Message) -> None:
        nonlocal is_over
        if message["type"] == "http.response.start":
            await send(message)
        elif not is_over:
            is_over = True
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return head_only


def endpoints_of(dialects: Iterable[Dialect]) -> list[tuple[Dialect, Endpoint]]:
    """All endpoints, for the document."""
    return [(dialect, endpoint) for dialect in dialects for endpoint in dialect.endpoints]
