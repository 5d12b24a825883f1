"""What the dialects share: ranges, conditions, parameters, fields and the document."""

import contextlib
import gzip
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from telegraphone.app import DIALECTS, api_document
from telegraphone.errors import Invalid, NotFound
from telegraphone.web.fields import Moment, Text, moment_of, parse_call_id
from telegraphone.web.packing import packed, unpacks
from telegraphone.web.parse import decode_body, parse_query
from telegraphone.web.ranges import Span, Validators, multipart, precondition, wanted_spans
from telegraphone.web.sound import disposition
from tests.each import each

KNOWN = Validators('"abc"', datetime(2026, 1, 1, tzinfo=UTC))
PARIS = ZoneInfo("Europe/Paris")


@given(st.text(), st.integers(0, 100))
def test_no_range_header_breaks(header: str, size: int) -> None:
    for text in (header, f"bytes={header}"):
        spans = wanted_spans({"range": text, "if-range": header} if size % 2 else {"range": text}, KNOWN, size)
        assert all(0 <= span.start < span.end <= size for span in spans or ())


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)).map(sorted), min_size=1, max_size=5), st.just(100))
def test_ranges_are_the_bytes_that_were_asked_for(asked: list[list[int]], size: int) -> None:
    spans = wanted_spans({"range": "bytes=" + ",".join(f"{first}-{last}" for first, last in asked)}, KNOWN, size)
    if sum(last - first + 1 for first, last in asked) > size:
        assert spans is None
    else:
        assert spans == [Span(first, last + 1) for first, last in asked]


def test_a_multipart_answer_has_the_length_it_promises() -> None:
    parts, end = multipart([Span(0, 3), Span(5, 6)], 10, "audio/wav", "b")
    assert parts[1].head == b"\r\n--b\r\nContent-Type: audio/wav\r\nContent-Range: bytes 5-5/10\r\n\r\n"
    assert end == b"\r\n--b--\r\n"


@given(st.dictionaries(st.sampled_from(["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"]), st.text()))
def test_no_condition_breaks(headers: dict[str, str]) -> None:
    assert precondition(headers, KNOWN) in (200, 304, 412)
    assert precondition(headers, Validators('W/"abc"', None)) in (200, 304, 412)


@each(("header", "does"), [
    ("gzip, deflate, br", True), ("br;q=1.0, gzip;q=0.5", True), ("GZIP", True), ("", False), ("identity", False), ("gzip;q=0", False),
    ("gzip; q=0.0", False), ("gzipped", False), ("br", False),
])  # fmt: skip
def test_who_can_unpack(header: str, does: bool) -> None:
    assert unpacks(asking(header)) is does


def asking(header: str) -> Request:
    return Request({"type": "http", "headers": [(b"accept-encoding", header.encode())]})


def test_what_is_long_is_packed_for_who_can_unpack_it() -> None:
    long = b"[" + b"1234567890," * 1000 + b"0]"
    answer = packed(asking("gzip"), long, 200)
    assert (gzip.decompress(answer.body), answer.headers["content-encoding"]) == (long, "gzip")
    assert answer.headers["content-length"] == str(len(answer.body))
    for header, body in (("gzip", b"[1]"), ("br", long)):
        answer = packed(asking(header), body, 201)
        assert (answer.body, answer.status_code, "content-encoding" in answer.headers) == (body, 201, False)
        assert answer.headers["vary"] == "Accept-Encoding"


class Asking(msgspec.Struct, forbid_unknown_fields=True):
    word: Text = ""
    number: int = 1
    choice: Literal["a", "b"] = "a"
    at: Moment | None = None


@given(st.binary(max_size=200), st.booleans())
def test_no_query_breaks(query: bytes, ignores_unknown: bool) -> None:
    with contextlib.suppress(Invalid):
        assert isinstance(parse_query(query, Asking, ignores_unknown=ignores_unknown), Asking)


@given(st.binary(max_size=200) | st.recursive(st.none() | st.text() | st.integers() | st.floats(), st.lists).map(msgspec.json.encode))
def test_no_body_breaks(body: bytes) -> None:
    for wanted in (Asking, list[Asking], dict[str, Asking]):
        with contextlib.suppress(Invalid):
            decode_body(body, wanted)


@given(st.datetimes(), st.sampled_from(["", "Z", "+14:00", "-12:00", "+0530"]))
def test_every_moment_of_the_calendar_is_understood(at: datetime, offset: str) -> None:
    text = f"{at:%Y-%m-%d}".rjust(10, "0") + (f"T{at:%H:%M:%S}{offset}" if offset else f" {at:%H:%M:%S}")
    assert msgspec.convert({"at": text}, Asking).at == text
    found = moment_of(text, PARIS)
    assert found is not None
    assert abs(found - at.replace(tzinfo=UTC, microsecond=0)) <= timedelta(days=1, hours=15)


@pytest.mark.parametrize("text", [
    "", "2016", "2016-3-1", "2016-02-30", "2015-02-29", "1900-02-29", "0000-01-01", "2016-01-01 24:00:00", "2016-01-01 10:00", "2016-W01-1",
    "2016-01-01T10:00:00", "2016-01-01 10:00:60", "2016-01-01 10:00:00 ", "２016-01-01", "2016-01-01T10:00:00+25:00", "2016-01-01\n",
])  # fmt: skip
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"at": text}, Asking)


@pytest.mark.parametrize(("text", "utc"), [
    ("2016-03-31 16:44:26", "2016-03-31T14:44:26"), ("2016-01-01", "2015-12-31T23:00:00"), ("2016-10-30 02:30:00", "2016-10-30T00:30:00"),
    ("2016-03-27 02:30:00", "2016-03-27T01:00:00"), ("2016-01-01T00:00:00.5Z", "2016-01-01T00:00:00.5"),
    ("2000-02-29", "2000-02-28T23:00:00"),
])  # fmt: skip
def test_moments_in_the_servers_zone(text: str, utc: str) -> None:
    assert moment_of(text, PARIS) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@given(st.text())
def test_no_call_number_breaks(text: str) -> None:
    with contextlib.suppress(NotFound):
        assert 0 <= parse_call_id(text) < 10**18


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_name_breaks_a_header(name: str) -> None:
    header = disposition("inline", name.replace('"', "_").replace("\r", "_").replace("\n", "_"))
    header.encode("ascii" if name.isascii() else "latin-1", "strict")
    assert header.count('"') == 2


def test_every_endpoint_is_documented() -> None:
    paths = api_document()["paths"]
    for dialect in DIALECTS:
        for endpoint in dialect.endpoints:
            operation = paths[dialect.prefixes[0] + endpoint.path.replace(":path", "")][endpoint.method.lower()]
            assert operation["summary"]
            assert "404" in operation["responses"] or "{" not in endpoint.path
    ids = [operation["operationId"] for item in paths.values() for name, operation in item.items() if name != "servers"]
    assert len(ids) == len(set(ids))
