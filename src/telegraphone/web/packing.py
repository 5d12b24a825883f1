"""JSON on its way out: long answers are packed for who can unpack them."""

import gzip

from starlette.requests import Request
from starlette.responses import Response

LEAST = 4096
"""Shorter answers, secrets that are shown once among them, are sent as they are: it would save next to nothing."""
LEVEL = 1
"""A page of calls becomes a fifth, in less than a millisecond; higher levels take several times as long for a little more."""


def unpacks(request: Request) -> bool:
    """Whether the client takes gzip (RFC 9110, 12.5.3); one that says nothing is sent nothing packed."""
    codings = [part.replace(" ", "").lower().partition(";") for part in request.headers.get("accept-encoding", "").split(",")]
    return any(name == "gzip" and weight not in ("q=0", "q=0.0", "q=0.00", "q=0.000") for name, _, weight in codings)


def packed(request: Request, body: bytes, status: int) -> Response:
    """The answer with this JSON."""
    headers = {"Vary": "Accept-Encoding"}
    if len(body) < LEAST or not unpacks(request):
        return Response(body, status, headers, "application/json")
    return Response(gzip.compress(body, LEVEL, mtime=0), status, {**headers, "Content-Encoding": "gzip"}, "application/json")
