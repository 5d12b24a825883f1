"""The OpenAPI 3.1 document, made from the same tables and types that answer requests."""

import re
from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

import msgspec

from ..errors import TelegraphoneError
from .endpoint import Dialect, Endpoint
from .problems import MEDIA_TYPE, Problem
from .who import COOKIE

Json = dict[str, Any]
_PART = re.compile(r"\{([a-z_]+)(:path)?\}")
_REF = "#/components/schemas/{name}"
_REFUSALS = {
    304: "Not modified: the client has this version.",
    400: "The request makes no sense; `errors` names the fields.",
    401: "No token, or one that nobody was given.", 403: "The key has not the right to this.", 404: "There is no such thing here.",
    409: "It would overwrite, or means two things.", 412: "The audio is another version.", 413: "The body is too large.",
    416: "None of the bytes asked for exist.", 500: "A mistake of the server's.",
    429: "Too many attempts failed; `Retry-After` says when to try again.",
    503: "The database or the media store does not answer now, or a question took too long: `errors` names what to narrow.",
}  # fmt: skip
_SUCCESSES = {
    200: "Done.", 201: "Done: something was added.", 204: "Done; there is nothing to say.", 206: "The bytes asked for.",
    303: "It goes on there.",
}  # fmt: skip
_INTRODUCTION = (
    "Two dialects over the same calls: `xivo` answers what the XiVO recording server answers, `v1` has everything. "
    "A token is sent as `X-Auth-Token` or as `Authorization: Bearer`, never in a URL. "
    "The paths of `xivo` are served under `/recording` too. Errors are `application/problem+json`. "
    "Bodies are read as JSON whatever their `Content-Type`."
)


def make_document(dialects: Iterable[Dialect], version: str) -> Json:
    """The whole document."""
    pairs = [(dialect, endpoint) for dialect in dialects for endpoint in dialect.endpoints]
    schemas = _Schemas([Problem, *(t for _, e in pairs for t in (e.body, e.answer) if t is not None)])
    paths: dict[str, Json] = {}
    for dialect, endpoint in pairs:
        item = paths.setdefault(dialect.prefixes[0] + _PART.sub(r"{\1}", endpoint.path), {})
        item[endpoint.method.lower()] = _operation(dialect, endpoint, schemas)
        if len(dialect.prefixes) > 1:
            item["servers"] = [{"url": prefix or "/"} for prefix in dialect.prefixes]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Telegraphone", "version": version, "description": _INTRODUCTION, "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"bearer": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }  # fmt: skip


def list_refusals() -> list[type[TelegraphoneError]]:
    """The kinds of error that answers name by `type`."""
    return sorted((kind for kind in TelegraphoneError.__subclasses__() if kind.status != 500), key=lambda kind: kind.status)


class _Schemas:
    """Types by the schemas that describe them."""

    def __init__(self, types: list[Any]) -> None:
        unique = list({repr(t): t for t in types}.values())
        found, self.components = msgspec.json.schema_components(unique, ref_template=_REF)
        self._by_type = {repr(t): schema for t, schema in zip(unique, found, strict=True)}

    def of(self, wanted: Any) -> Json:
        return self._by_type[repr(wanted)]


def _operation(dialect: Dialect, endpoint: Endpoint, schemas: _Schemas) -> Json:
    text = " ".join((endpoint.function.__doc__ or "").split())
    operation: Json = {
        "operationId": _operation_id(dialect, endpoint), "tags": [dialect.name],
        "summary": re.split(r"(?<=[a-z`])[.:;] ", text)[0].rstrip("."), "description": text,
        "parameters": [*_path_parameters(dialect, endpoint), *_query_parameters(endpoint)],
        "responses": {str(status): _response(endpoint, status, schemas) for status in _statuses(endpoint)},
    }  # fmt: skip
    if (body := _request_body(endpoint, schemas)) is not None:
        operation["requestBody"] = body
    if not endpoint.needs_token:
        operation["security"] = []
    if right := endpoint.right or endpoint.right_inside:
        operation["x-right"] = right
    return operation


def _operation_id(dialect: Dialect, endpoint: Endpoint) -> str:
    words = re.findall(r"[A-Za-z0-9]+", _PART.sub(r"by_\1", endpoint.path))
    return "_".join([dialect.name, endpoint.method.lower(), *words])


def _path_parameters(dialect: Dialect, endpoint: Endpoint) -> list[Json]:
    names = [match[1] for match in _PART.finditer(endpoint.path)]
    return [{"name": name, "in": "path", "required": True, "schema": msgspec.json.schema(dialect.path_types[name])} for name in names]


def _query_parameters(endpoint: Endpoint) -> list[Json]:
    schema = msgspec.json.schema(endpoint.query)["$defs"][endpoint.query.__name__]
    of_each = dict(schema["properties"])
    parameters: list[Json] = []
    for name, needed in endpoint.together.items():  # in no other way can it be said that one parameter needs another
        both = {"type": "object", "properties": {needed: of_each.pop(needed), name: of_each.pop(name)}, "additionalProperties": False}
        both["dependentRequired"] = {name: [needed]}
        parameters.append({"name": f"{needed}_and_{name}", "in": "query", "style": "form", "explode": True, "schema": both})
    return parameters + [
        {"name": name, "in": "query", "required": name in schema["required"], "schema": _with_names(of_one)}
        for name, of_one in of_each.items()
    ]


def _with_names(schema: Json) -> Json:
    """A time zone is one of the names that this server knows."""
    return {"type": "string", "enum": sorted(available_timezones())} if schema.get("format") == "time-zone" else schema


def _request_body(endpoint: Endpoint, schemas: _Schemas) -> Json | None:
    if endpoint.body is not None:
        content = {"application/json": {"schema": schemas.of(endpoint.body)}}
        return {"required": not endpoint.body_is_optional, "content": content}
    if endpoint.streams:
        schema: Json = {"type": "string"} if endpoint.body_is_optional else {"type": "string", "minLength": 1}
        return {"required": not endpoint.body_is_optional, "content": {media_type: {"schema": schema} for media_type in endpoint.streams}}
    return None


def _statuses(endpoint: Endpoint) -> list[int]:
    usual = [endpoint.status, 400, 500, 503, *endpoint.also]
    usual += [401, 403] if endpoint.needs_token else []
    usual += [413] if endpoint.body is not None else []
    return sorted(set(usual))


def _response(endpoint: Endpoint, status: int, schemas: _Schemas) -> Json:
    if status in (204, 303, 304):
        return {"description": (_SUCCESSES | _REFUSALS)[status]}
    if status not in _SUCCESSES:
        return {"description": _REFUSALS[status], "content": {MEDIA_TYPE: {"schema": schemas.of(Problem)}}}
    content: Json = {media_type: {"schema": {"type": "string"}} for media_type in endpoint.answers}
    if endpoint.answer is not None:
        content["application/json"] = {"schema": schemas.of(endpoint.answer)}
    return {"description": _SUCCESSES[status], "content": content}
