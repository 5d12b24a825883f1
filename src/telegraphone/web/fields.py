"""The types of what requests hold, and how a wrong value is told: by the name of its field (api.md)."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..errors import FieldError, Invalid, NotFound, invalid
from ..model import CallId
from ..posting import RECEIVER
from ..zones import parse_moment

_NO_NUL = r"^[^\u0000]*$"
_YEAR = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_LEAP = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
_DAY = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])"
_DATE = f"({_YEAR}-({_DAY})|{_LEAP}-02-29)"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_OFFSET = r"(Z|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])"
_MOMENT = rf"^{_DATE}( {_TIME}|[T ]{_TIME}(\.[0-9]{{1,9}})?{_OFFSET})?$(?!\n)"
_INSTANT = rf"^{_DATE}T{_TIME}(\.[0-9]{{1,9}})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$(?!\n)"
_FILE_ID = r"^[^\u0000-\u001f\u007f/\\]{1,255}$"
_REASONS = {
    _NO_NUL: "must not contain U+0000",
    _MOMENT: "must be yyyy-MM-dd HH:mm:ss, yyyy-MM-dd, or ISO 8601 with an offset",
    RECEIVER: "must be http://HOST… or https://HOST…, without a name or a password",
    _INSTANT: "must be RFC 3339: yyyy-MM-ddTHH:mm:ss with Z or an offset",
}

Text = Annotated[str, Meta(pattern=_NO_NUL)]
"""Any text that both databases can hold."""
SomeText = Annotated[str, Meta(pattern=_NO_NUL, min_length=1)]
Moment = Annotated[str, Meta(pattern=_MOMENT, examples=["2016-03-31 16:44:26", "2016-03-31", "2016-03-31T16:44:26+02:00"])]
"""A moment as the XiVO dialect writes it; in the server's time zone unless it has an offset."""
Instant = Annotated[str, Meta(pattern=_INSTANT, examples=["2016-03-31T14:44:26Z"])]
"""RFC 3339."""
ZoneName = Annotated[Text, Meta(extra_json_schema={"format": "time-zone"}, examples=["Europe/Paris"])]
PageSize = Annotated[int, Meta(ge=1, le=1000)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
UniqueIdText = Annotated[str, Meta(pattern="^[ -.0-~]{1,150}$", examples=["1471858488.233"])]
CallNumber = Annotated[int, Meta(ge=0, lt=10**18)]
MOST_VALUE_BYTES = 64 * 1024
AttachedKey = Annotated[str, Meta(pattern=_NO_NUL, min_length=1, max_length=128)]
AttachedValue = Annotated[str, Meta(pattern=_NO_NUL, max_length=MOST_VALUE_BYTES)]
SearchName = Annotated[str, Meta(pattern=_NO_NUL, min_length=1, max_length=100)]
Written = Annotated[str, Meta(pattern=_NO_NUL, max_length=4000)]
"""What a person writes: a page at most."""
FileIdText = Annotated[str, Meta(pattern=_FILE_ID, examples=["xivocc_gateway-1459435465.15089"])]

_NUMBER = re.compile("[0-9]{1,18}")
_MESSAGE = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>\$.*)`)?", re.DOTALL)
_FIELD = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)
_FORM = re.compile(r"Expected `str` matching regex (.*)", re.DOTALL)


def moment_of(text: str | UnsetType | None, zone: ZoneInfo) -> datetime | None:
    """The moment that a `Moment` field names."""
    if text is None or text is UNSET:
        return None
    try:
        return parse_moment(text, zone)
    except ValueError:  # its form was looked at before
        return _edge(text)


def instant_of(text: str | UnsetType) -> datetime | None:
    """The moment that an `Instant` field names."""
    if text is UNSET:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        return _edge(text)


def zone_of(name: str | UnsetType, usual: ZoneInfo) -> ZoneInfo:
    """The zone that a parameter `timezone` names."""
    if name is UNSET:
        return usual
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise invalid("timezone", "is not the name of a time zone") from None


def _edge(text: str) -> datetime:
    """The first or last day of the calendar, where an offset leads out of it: nothing happened there."""
    return datetime(1, 1, 1, tzinfo=UTC) if text.startswith("0") else datetime(9999, 12, 31, tzinfo=UTC)


def given(**fields: Any) -> dict[str, Any]:
    """Only what was given: neither left out nor null."""
    return {name: value for name, value in fields.items() if value is not None and value is not UNSET}


def invalid_of(error: msgspec.ValidationError, root: str) -> Invalid:
    """A validation error with the name of its field; `root` names the whole."""
    found = _MESSAGE.fullmatch(str(error))
    assert found is not None
    what, path = found["what"], (found["path"] or "$")[1:].lstrip(".")
    if field := _FIELD.fullmatch(what):
        path = f"{path}.{field[2]}".lstrip(".")
        what = "is required" if field[1] == "missing required" else "is not a known field"
    elif form := _FORM.fullmatch(what):
        what = next((reason for pattern, reason in _REASONS.items() if repr(pattern) == form[1]), "has a form that is not allowed")
    else:
        what = (what[:1].lower() + what[1:]).replace("`", "")
    path = path or root
    return Invalid(f"{path[:200]}: {what[:500]}", FieldError(path, what))


def check_value(field: str, value: str) -> None:
    """The limit of an attached value is in bytes, whatever the characters."""
    if len(value.encode()) > MOST_VALUE_BYTES:
        raise invalid(field, f"must have at most {MOST_VALUE_BYTES // 1024} KiB")


def check_key(key: str) -> str:
    """A key of attached data, from a path."""
    return check_name("key", key, 128)


def check_name(field: str, name: str, longest: int) -> str:
    """A name from a path that may hold anything."""
    if not 1 <= len(name) <= longest or "\0" in name or not _is_text(name):
        raise invalid(field, f"must have 1 to {longest} characters, none of them U+0000")
    return name


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def parse_number(text: str, what: str) -> int:
    """A number in a path by which something is kept; what cannot be one is not there."""
    if not _NUMBER.fullmatch(text):
        raise NotFound(f"there is no {what} {text[:100]!r}")
    return int(text)


def parse_call_id(text: str) -> CallId:
    """A call's number in a path; what cannot be one is no call."""
    return CallId(parse_number(text, "call"))
