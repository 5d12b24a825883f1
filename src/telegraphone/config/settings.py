"""Every setting: how it is written, what is allowed, and what it is when nobody says."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ..policy import parse_policy
from .parsing import a_number, matching, one_of, parse_country, parse_networks, parse_path, parse_patterns, parse_zone
from .people import parse_grants
from .sources import parse_sources

LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("console", "json")


class Setting(msgspec.Struct, frozen=True):
    """How one setting is written: `parse` raises ValueError for what is not `allowed`."""

    parse: Callable[[str], Any]
    allowed: str
    default: str = ""
    is_secret: bool = False
    may_be_in_file: bool = False
    may_be_table: bool = False


_ISSUER = r"|https://[^\s]+|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?(/[^\s]*)?"
_SCOPES = r"(?=.*\bopenid\b)[!-~]+( [!-~]+)*"
_DATABASE = matching(r"|sqlite:///[^\n]+|postgres(ql)?://[^\n]+")
_MEDIA = matching(r"|file:///[^\n]+|s3://[A-Za-z0-9][A-Za-z0-9.-]{2,62}(/[^\n]*)?|memory://[^\n]*")

SETTINGS: Mapping[str, Setting] = {
    "data": Setting(parse_path, "the path of a folder", "data"),
    "database": Setting(_DATABASE, "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME", may_be_in_file=True),
    "media": Setting(_MEDIA, "file:///PATH or s3://BUCKET/PREFIX"),
    "s3_endpoint": Setting(matching(r"|https?://[^\s/]+[^\s]*"), "http://HOST:PORT or https://HOST"),
    "s3_region": Setting(matching(r"[A-Za-z0-9-]*"), "the name of a region, such as eu-west-3"),
    "s3_access_key": Setting(matching(r"[^\s]*"), "an access key", is_secret=True),
    "s3_secret_key": Setting(matching(r"[^\s]*"), "a secret key", is_secret=True),
    "low_disk_mib": Setting(a_number(0, 99_999_999), "a number of MiB from 0 to 99999999", "1024"),
    "token": Setting(matching(r"|[!-~]([ -~]*[!-~])?"), "visible ASCII characters, as they can stand in a header", is_secret=True),
    "public_url": Setting(matching(r"|https?://[A-Za-z0-9.:_\[\]-]+"), "http://HOST or https://HOST, perhaps with :PORT, without a path"),
    "trusted_proxies": Setting(parse_networks, "comma-separated addresses and networks, such as 127.0.0.1,10.0.0.0/8"),
    "session_idle_minutes": Setting(a_number(1, 10_080), "a number from 1 to 10080", "120"),
    "session_hours": Setting(a_number(1, 720), "a number from 1 to 720", "12"),
    "openid_issuer": Setting(matching(_ISSUER), "the https URL by which the server calls itself"),
    "openid_client_id": Setting(matching(r"|[ -~]+"), "the name that the server gave to this one"),
    "openid_client_secret": Setting(matching(r"|[ -~]+"), "the secret that belongs to it", is_secret=True),
    "openid_scopes": Setting(matching(_SCOPES), "openid and others, with spaces between", "openid profile email"),
    "openid_name_claim": Setting(matching(r"[!-~]+"), "the name of a claim, such as preferred_username or email", "preferred_username"),
    "openid_groups_claim": Setting(matching(r"[!-~]+"), "the name of a claim, such as groups", "groups"),
    "openid_groups": Setting(
        parse_grants, 'a JSON object of grants by group: {"leads": {"profile": "supervisor", "queues": ["hotline"]}}', may_be_table=True
    ),
    "timezone": Setting(parse_zone, "a time zone's name, such as UTC or Europe/Paris", "UTC"),
    "country": Setting(parse_country, "two letters (ISO 3166), such as FR"),
    "trunk_contexts": Setting(parse_patterns, "comma-separated shell patterns, such as from-trunk,from-did-*"),
    "trunk_endpoints": Setting(parse_patterns, "comma-separated shell patterns, such as PJSIP/trunk*"),
    "sources": Setting(
        parse_sources,
        "a JSON list of objects (TOML: tables) with source, path or url, and perhaps pbx, timezone, columns",
        may_be_in_file=True,
    ),
    "recording_policy": Setting(
        parse_policy, 'a JSON object such as {"outcomes": ["answered"], "queues": ["hotline"], "share": 0.5}', may_be_table=True
    ),
    "host": Setting(matching(r"[A-Za-z0-9.:_-]+"), "an address or a host's name, such as 127.0.0.1 or 0.0.0.0", "127.0.0.1"),
    "port": Setting(a_number(1, 65535), "a number from 1 to 65535", "9400"),
    "workers": Setting(a_number(1, 64), "a number from 1 to 64", "1"),
    "accel_redirect": Setting(matching(r"|/([A-Za-z0-9_.-]+/)+"), "a path such as /telegraphone-media/, with a slash at both ends"),
    "statement_timeout": Setting(a_number(1, 3600), "a number of seconds from 1 to 3600", "10"),
    "log_level": Setting(one_of(*LOG_LEVELS), ", ".join(LOG_LEVELS), "info"),
    "log_format": Setting(one_of(*LOG_FORMATS), ", ".join(LOG_FORMATS), "console"),
}
"""Every setting, in the order in which `telegraphone config` shows them."""
