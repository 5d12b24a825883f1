"""The logs and folders of a PBX that are followed, as the configuration names them."""

import re

import msgspec

from ..errors import BadSetting
from .parsing import parse_path, parse_zone

RECORDINGS = "recordings"
"""The source that is a folder of audio files and not a log."""
FOLLOWED = ("asterisk-cel", "asterisk-queue-log", "asterisk-cdr", "asterisk-ami", "telegraphone", RECORDINGS)
"""What can be followed."""
TABLES = ("asterisk-cel", "asterisk-queue-log", "asterisk-cdr")


STREAM = "asterisk-ami"
_MANAGER = r"://[^\s:@/?#]+:[^\s:@/?#]+@([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?/?"
STREAM_URL = re.compile(rf"ami{_MANAGER}|amis{_MANAGER}(\?ssl_ca=[^\s&#]+)?")


class FollowedSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A log of a PBX that is followed: a file by `path`, or a table by `url`; or a folder of recordings by `path`.

    `timezone` is empty only until the configuration is read.
    """

    source: str
    path: str = ""
    url: str = ""
    pbx: str = "pbx1"
    timezone: str = ""
    columns: tuple[str, ...] = ()


def parse_sources(text: str) -> tuple[FollowedSource, ...]:
    """BadSetting says what is wrong with which of them, never with a URL in it: that may hold a password."""
    try:
        found = msgspec.json.decode(text or "[]", type=tuple[FollowedSource, ...])
    except msgspec.DecodeError as error:
        raise BadSetting(" ".join(str(error).split())) from None
    for number, one in enumerate(found, 1):
        if wrong := _wrong(one):
            raise BadSetting(f"source {number}: {wrong}")
    places = [(one.pbx, one.source, one.path or one.url) for one in found]
    if len(set(places)) < len(places):
        raise BadSetting("the same source is named twice")
    return tuple(msgspec.structs.replace(one, path=str(parse_path(one.path)) if one.path else "") for one in found)


def _wrong(one: FollowedSource) -> str:
    """What is wrong with a source; empty if nothing is."""
    if one.source not in FOLLOWED:
        return f"{one.source!r:.80} is none of {', '.join(FOLLOWED)}"
    if wrong := _wrong_place(one):
        return wrong
    if not (0 < len(one.pbx) <= 100 and one.pbx.isprintable()):
        return "pbx must have 1 to 100 printable characters"
    if one.timezone and one.source == RECORDINGS:
        return "timezone is for logs: the names of recordings tell no local times"
    if one.columns and (one.url or one.source not in ("asterisk-cel", "asterisk-cdr")):
        return "columns are for CSV files, of asterisk-cel and asterisk-cdr"
    try:
        parse_zone(one.timezone or "UTC")
    except (ValueError, OSError, KeyError):
        return f"timezone {one.timezone!r:.80} is not a time zone's name, such as Europe/Paris"
    return ""


def _wrong_place(one: FollowedSource) -> str:
    """What is wrong with where it is said to be."""
    if one.source == STREAM:
        if one.path or not STREAM_URL.fullmatch(one.url):
            return (
                f"{STREAM} has no path, and a url ami://USER:PASSWORD@HOST:PORT, or amis:// for TLS, with ?ssl_ca=PATH if need be,"
                " and signs such as @ and : in a password as %40 and %3A"
            )
    elif bool(one.path) == bool(one.url):
        return "needs a path or a url, and not both"
    elif one.url and (one.source not in TABLES or not re.fullmatch(r"(sqlite:///|postgres(ql)?://|mysql://)[^\n\0]+", one.url)):
        return f"url is for {', '.join(TABLES)}, and begins with mysql://, postgresql:// or sqlite:///"
    return "path holds a NUL" if "\0" in one.path else ""
