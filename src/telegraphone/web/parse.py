"""What a request says → the types that an endpoint asks for: parameters of the URL, and bodies read within a limit."""

import json
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request

from ..errors import Invalid, TooLarge, invalid
from .fields import invalid_of

Q = TypeVar("Q", bound=msgspec.Struct)
MOST_PARAMETERS = 200


class NoQuery(msgspec.Struct, frozen=True):
    """An endpoint without parameters."""


def parse_query(text: bytes, wanted: type[Q], *, ignores_unknown: bool) -> Q:
    """The parameters, checked. The XiVO dialect ignores what it does not know, and takes the first of a repeated one."""
    known = _known(wanted)
    values: dict[str, str] = {}
    for name, value in _pairs(text):
        if name in known and name not in values:
            values[name] = _utf8(name, value)
        elif not ignores_unknown:
            raise invalid(name, "is given twice" if name in known else "is not a known parameter")
    try:
        return msgspec.convert(values, wanted, strict=False)
    except msgspec.ValidationError as error:
        raise invalid_of(error, "query") from None


@lru_cache
def _known(wanted: type[msgspec.Struct]) -> frozenset[str]:
    """The names of the parameters; to look at a type takes longer than to read a URL."""
    return frozenset(field.encode_name for field in msgspec.structs.fields(wanted))


def _pairs(text: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            text.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape", max_num_fields=MOST_PARAMETERS
        )
    except ValueError:
        raise invalid("query", f"has more than {MOST_PARAMETERS} parameters") from None


def _utf8(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise invalid(name, "is not UTF-8") from None
    return value


MIB = 1024 * 1024


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Refused as soon as it is known to be too large: by what it announces, or while it comes in."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise _too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body may have {limit // MIB} MiB here")


def decode_body(body: bytes, wanted: Any) -> Any:
    """The value in a JSON body, checked."""
    try:
        return _decoder(wanted).decode(body)
    except msgspec.ValidationError as error:
        raise invalid_of(error, "body") from None
    except UnicodeDecodeError:
        raise _not_text(body) or invalid("body", "is not UTF-8") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise _not_text(body) or invalid("body", f"is not JSON: {error}") from None


@lru_cache
def _decoder(wanted: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(wanted)


def _not_text(body: bytes) -> Invalid | None:
    """A lone surrogate, written as UTF-8 or as an escape, is told by the field that it is in."""
    try:
        value = json.loads(body.decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError:
        return invalid("body", "is not UTF-8")
    except (ValueError, RecursionError):
        return None
    field = _field_of_surrogate(value, "")
    return None if field is None else invalid(field or "body", "must not contain a lone surrogate")


def _field_of_surrogate(value: Any, path: str) -> str | None:
    if isinstance(value, str):
        return path if any("\ud800" <= c <= "\udfff" for c in value) else None
    inner: list[tuple[Any, str]] = []
    if isinstance(value, dict):
        inner = [(item, f"{path}.{name}".lstrip(".")) for name, item in value.items()]
        inner += [(name, path) for name in value]
    elif isinstance(value, list):
        inner = [(item, f"{path}[{place}]") for place, item in enumerate(value)]
    return next((found for item, place in inner if (found := _field_of_surrogate(item, place)) is not None), None)
