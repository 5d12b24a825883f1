"""Conditional and range requests (RFC 9110, sections 13 and 14): pure functions of headers, the entity tag, the date and the size."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

import msgspec

MOST_RANGES = 50
"""More than this, or more bytes than the whole: the whole is sent, as 14.2 allows against those who ask the same bytes again and again."""
_ONE = re.compile(r"(?P<first>[0-9]{1,19})-(?P<last>[0-9]{0,19})|-(?P<suffix>[0-9]{1,19})")
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')


class Span(msgspec.Struct, frozen=True):
    """Bytes from `start` up to `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start

    def of(self, size: int) -> str:
        """The value of Content-Range."""
        return f"bytes {self.start}-{self.end - 1}/{size}"


class Validators(msgspec.Struct, frozen=True):
    """By what a client recognises the version that it has."""

    etag: str
    modified_at: datetime | None

    @property
    def last_modified(self) -> str:
        return http_date(self.modified_at) if self.modified_at else ""


def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def precondition(headers: Mapping[str, str], known: Validators) -> int:
    """304 or 412 when a condition of the request says so, else 200; in the order of 13.2.2."""
    if "if-match" in headers:
        if not _matches(headers["if-match"], known.etag, is_weak=False):
            return 412
    elif _is_newer(headers.get("if-unmodified-since", ""), known):
        return 412
    if "if-none-match" in headers:
        return 304 if _matches(headers["if-none-match"], known.etag, is_weak=True) else 200
    since = _date(headers.get("if-modified-since", ""))
    return 304 if since is not None and known.modified_at is not None and not _is_newer(headers["if-modified-since"], known) else 200


def _matches(header: str, etag: str, *, is_weak: bool) -> bool:
    if header.strip() == "*":
        return True
    tags = _TAG.findall(header)
    if is_weak:
        return etag.removeprefix("W/") in (tag.removeprefix("W/") for tag in tags)
    return not etag.startswith("W/") and etag in tags


def _is_newer(header: str, known: Validators) -> bool:
    at = _date(header)
    return at is not None and known.modified_at is not None and known.modified_at.replace(microsecond=0) > at


def _date(header: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(header)
    except (ValueError, TypeError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def wanted_spans(headers: Mapping[str, str], known: Validators, size: int) -> list[Span] | None:
    """What of the content is asked for: None is all of it, an empty list is nothing that there is (416)."""
    header = headers.get("range", "")
    if not header or not _range_holds(headers.get("if-range"), known):
        return None
    unit, _, text = header.partition("=")
    if unit.strip().lower() != "bytes":
        return None
    parts = [part.strip() for part in text.split(",") if part.strip()]
    found = [_ONE.fullmatch(part) for part in parts]
    if not parts or len(parts) > MOST_RANGES or not all(found):
        return None
    bounds = [_bounds(match, size) for match in found if match]
    if any(bound is None for bound in bounds):
        return None
    spans = [bound for bound in bounds if bound is not None and bound.size > 0]
    return None if sum(span.size for span in spans) > size else spans


def _range_holds(header: str | None, known: Validators) -> bool:
    """If-Range: the range is of the version that the client has."""
    if header is None:
        return True
    header = header.strip()
    if header.startswith(('"', "W/")):
        return header == known.etag and not header.startswith("W/")
    return known.modified_at is not None and _date(header) == known.modified_at.astimezone(UTC).replace(microsecond=0)


def _bounds(match: re.Match[str], size: int) -> Span | None:
    """None: not a range at all (the last byte before the first). Beyond the end: a span of nothing."""
    if match["suffix"] is not None:
        return Span(max(size - int(match["suffix"]), 0), size)
    first = int(match["first"])
    last = int(match["last"]) if match["last"] else None
    if last is not None and last < first:
        return None
    end = size if last is None else min(last + 1, size)
    return Span(first, end) if first < size else Span(size, size)


class Part(msgspec.Struct, frozen=True):
    """One part of a multipart answer: what stands before its bytes, and which bytes."""

    head: bytes
    span: Span


def multipart(spans: Sequence[Span], size: int, media_type: str, boundary: str) -> tuple[list[Part], bytes]:
    """The parts of a multipart/byteranges answer, and what stands after the last."""
    parts = [
        Part(f"\r\n--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {span.of(size)}\r\n\r\n".encode(), span) for span in spans
    ]
    return parts, f"\r\n--{boundary}--\r\n".encode()
