"""`/` and `/static/…`. What is sent is what stands in static/: nothing is built, and nothing comes from elsewhere.

Addresses of static files hold the version of all of them together, so that a browser may keep them for ever and never mixes two versions.
"""

import gzip
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec
from starlette.responses import Response

from ..errors import NotFound
from ..web.endpoint import Asked, Dialect, Endpoint
from ..web.packing import unpacks
from ..web.ranges import Validators, precondition

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
TYPES = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}
SHELL = "index.html"
FOR_EVER, ASK_FIRST = "public, max-age=31536000, immutable", "no-cache"


class Piece(msgspec.Struct, frozen=True):
    """A file of static/, and the same packed where that makes it smaller."""

    body: bytes
    packed: bytes
    media_type: str
    etag: str


async def get_shell(asked: Asked[None, None]) -> Response:
    """The page itself; which call or search it shows is in the parameters of its address, and read in the browser."""
    return _send(asked, pieces()[SHELL], ASK_FIRST)


async def get_piece(asked: Asked[None, None]) -> Response:
    """A module, a style, a picture. A page of the version before gets what there is now, and may not keep it."""
    piece = pieces().get(asked.path("name"))
    if piece is None or piece is pieces()[SHELL]:
        raise NotFound("there is no such part of the page")
    return _send(asked, piece, FOR_EVER if asked.path("version") == version() else ASK_FIRST)


DIALECT = Dialect(
    "pages",
    ("",),
    (
        Endpoint(method="GET", path="/", function=get_shell, needs_token=False, answers=("text/html",)),
        Endpoint(method="GET", path="/static/{version}/{name:path}", function=get_piece, needs_token=False, answers=("text/javascript",)),
    ),
    ignores_unknown=True,
)


@cache
def version() -> str:
    """Of all files of static/ together."""
    return hashlib.sha256(b"\0".join(name.encode() + b"\0" + body for name, body in sorted(_written().items()))).hexdigest()[:12]


@cache
def pieces() -> dict[str, Piece]:
    """Every file by its address below static/; the shell names the version."""
    written = _written()
    written[SHELL] = written[SHELL].replace(b"{version}", version().encode())
    return {name: _piece(name, body) for name, body in written.items()}


def _written() -> dict[str, bytes]:
    return dict(_within(files(__package__) / "static", ""))


def _within(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    """The files of a folder and of those in it, each with its address below static/."""
    for path in folder.iterdir():
        if path.is_dir():
            yield from _within(path, f"{prefix}{path.name}/")
        elif path.name.rpartition(".")[2] in TYPES:
            yield prefix + path.name, path.read_bytes()


def _piece(name: str, body: bytes) -> Piece:
    return Piece(body, gzip.compress(body, 9, mtime=0), TYPES[name.rpartition(".")[2]], f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _send(asked: Asked[None, None], piece: Piece, caching: str) -> Response:
    request = asked.request
    headers = {**HEADERS, "Cache-Control": caching, "ETag": piece.etag, "Vary": "Accept-Encoding"}
    if precondition(request.headers, Validators(piece.etag, None)) == 304:
        return Response(status_code=304, headers=headers)
    if unpacks(request):
        return Response(piece.packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=piece.media_type)
    return Response(piece.body, headers=headers, media_type=piece.media_type)
