"""The OpenAPI document, and a page of our own that shows it: no script, nothing from elsewhere."""

import hashlib
import re
from base64 import b64encode
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from starlette.responses import Response

from ...web.endpoint import Asked
from ...web.openapi import list_refusals


async def get_document(asked: Asked[None, None]) -> dict[str, Any]:
    """This API as an OpenAPI 3.1 document. Needs no token."""
    document: dict[str, Any] = asked.services.document()
    return document


async def get_page(asked: Asked[None, None]) -> Response:
    """This API for people. Needs no token."""
    page, policy = _page(asked.services.document)
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"})


@cache
def _page(document: Any) -> tuple[str, str]:
    from jinja2 import Environment  # heavy: only who reads the page pays for it
    from markupsafe import Markup, escape

    def prose(text: str | None) -> Markup:
        return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text or ""))))

    folder = files(__package__)
    style = (folder / "docs.css").read_text("utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["prose"] = prose
    template = environment.from_string((folder / "docs.html").read_text("utf-8"))
    page = template.render(api=document(), style=style, refusals=list_refusals(), version=version("telegraphone"))
    digest = b64encode(hashlib.sha256(f"\n{style}".encode()).digest()).decode()
    return page, f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
