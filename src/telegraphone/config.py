"""One frozen Config from `TELEGRAPHONE_*`: the environment, a TOML file, and secrets from files of their own.

`SETTINGS` is the whole list. The environment wins over the file. What is unknown or has no meaning is refused with one line that says which
setting and what is allowed; the value of a secret is never in that line.
"""

import os
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from .errors import BadSetting

PREFIX = "TELEGRAPHONE_"
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("console", "json")
FOLLOWED = ("asterisk-cel", "asterisk-queue-log", "asterisk-cdr", "telegraphone")
"""What can be followed."""
TABLES = ("asterisk-cel", "asterisk-queue-log", "asterisk-cdr")


class FollowedSource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A log of a PBX that is followed: a file by `path`, or a table by `url`. `timezone` is empty only until the configuration is read."""

    source: str
    path: str = ""
    url: str = ""
    pbx: str = "pbx1"
    timezone: str = ""
    columns: tuple[str, ...] = ()


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force. `token` is empty until `with_token` made or read one."""

    data: Path
    database: str
    media: str
    s3_endpoint: str = ""
    s3_region: str = ""
    s3_access_key: str = ""
    s3_secret_key: str = ""
    token: str = ""
    timezone: ZoneInfo
    country: str = ""
    trunk_contexts: tuple[str, ...] = ()
    trunk_endpoints: tuple[str, ...] = ()
    sources: tuple[FollowedSource, ...] = ()
    host: str = "127.0.0.1"
    port: int = 9400
    workers: int = 1
    log_level: str = "info"
    log_format: str = "console"

    def __repr__(self) -> str:
        """Without secrets: it may end in a log."""
        return f"Config({shown(self)})"


class Setting(msgspec.Struct, frozen=True):
    """How one setting is written: `parse` raises ValueError for what is not `allowed`."""

    parse: Callable[[str], Any]
    allowed: str
    default: str = ""
    is_secret: bool = False
    may_be_in_file: bool = False


def load_config(environ: Mapping[str, str], file: Path | None = None) -> Config:
    """The configuration, or BadSetting. The file is `file`, else the one that TELEGRAPHONE_CONFIG names, else none."""
    named = environ.get(f"{PREFIX}CONFIG")
    if file is None and named:
        file = Path(named)
    written = {**(_from_file(file) if file else {}), **_from_environment(environ)}
    values = {name: _parsed(name, setting, written.get(name, setting.default)) for name, setting in SETTINGS.items()}
    data: Path = values["data"]
    values["database"] = values["database"] or f"sqlite:///{data / 'telegraphone.db'}"
    values["media"] = values["media"] or f"file://{data / 'media'}"
    if bool(values["s3_access_key"]) != bool(values["s3_secret_key"]):
        raise BadSetting(f"{PREFIX}S3_ACCESS_KEY and {PREFIX}S3_SECRET_KEY: allowed are both or neither")
    zone = values["timezone"].key
    values["sources"] = tuple(msgspec.structs.replace(one, timezone=one.timezone or zone) for one in values["sources"])
    return Config(**values)


def with_token(config: Config) -> tuple[Config, bool]:
    """The configuration with a token, and whether that was made just now: with none set, one is kept in DATA, for its owner only."""
    if config.token:
        return config, False
    path = config.data / "token"
    config.data.mkdir(parents=True, exist_ok=True)
    made = _make_token(path)
    token = _first_line(path.read_text("utf-8"))
    if not token:
        raise BadSetting(f"{path}: is empty; write a token into it or remove it")
    return msgspec.structs.replace(config, token=token), made


def shown(config: Config) -> dict[str, str]:
    """Each setting as text, without secrets: for people to read."""
    return {name: _shown(setting, getattr(config, name)) for name, setting in SETTINGS.items()}


def without_passwords(url: str) -> str:
    """A URL with stars for its passwords."""
    url = re.sub(r"^([a-z][a-z0-9+.-]*://[^:@/?]*):.*@", r"\1:***@", url, flags=re.IGNORECASE | re.DOTALL)
    return re.sub(r"([?&][a-z_]*(?:password|secret|key|token)[a-z_]*=)[^&]*", r"\1***", url, flags=re.IGNORECASE)


def _shown(setting: Setting, value: Any) -> str:
    if isinstance(value, tuple) and setting.parse is _sources:
        masked = [msgspec.structs.replace(one, url=without_passwords(one.url)) for one in value]
        return msgspec.json.encode(masked).decode() if masked else ""
    if isinstance(value, tuple):
        return ",".join(value)
    text = str(value)
    if setting.is_secret:
        return "***" if text else ""
    return without_passwords(text)


def _make_token(path: Path) -> bool:
    """Write a new token, whole or not at all, unless there is one; two servers that start at once agree on it."""
    if path.exists():
        return False
    draft = path.with_name(f"token.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, f"{secrets.token_urlsafe(32)}\n".encode())
        os.fsync(descriptor)
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        os.close(descriptor)
        draft.unlink()
    return True


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    written: dict[str, str] = {}
    if "PLAY_AUTH_TOKEN" in environ:  # what XiVO's own recording server reads
        written["token"] = environ["PLAY_AUTH_TOKEN"]
    ours = {name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)}
    ours.pop("config", None)
    return written | _with_secrets(ours, lambda name: PREFIX + name.upper())


def _from_file(file: Path) -> dict[str, str]:
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise BadSetting(f"{file}: cannot be read as TOML: {reason}") from error
    return _with_secrets({name: _as_text(file, name, value) for name, value in table.items()}, lambda name: f"{file}: {name}")


def _as_text(file: Path, name: str, value: object) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    if name == "sources" and isinstance(value, list):
        return msgspec.json.encode(value).decode()
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)
    raise BadSetting(f"{file}: {name}: allowed are a text, a number and a list of texts")


def _with_secrets(written: Mapping[str, str], place: Callable[[str], str]) -> dict[str, str]:
    """Names checked, and `x_file` replaced by what stands in that file."""
    values: dict[str, str] = {}
    file_names = {f"{name}_file" for name, setting in SETTINGS.items() if setting.is_secret or setting.may_be_in_file}
    for name, value in written.items():
        bare = name.removesuffix("_file")
        if name not in SETTINGS and name not in file_names:
            raise BadSetting(f"{place(name)}: there is no such setting; allowed are {', '.join(sorted([*SETTINGS, *file_names]))}")
        if bare != name and bare in written:
            raise BadSetting(f"{place(name)}: allowed are {bare} or {bare}_file, not both")
        values[bare] = value if name in SETTINGS else _secret_file(place(name), Path(value))
    return values


def _secret_file(place: str, path: Path) -> str:
    try:
        value = _first_line(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{place}: allowed is the path of a file that can be read as UTF-8, which {path} is not") from error
    if not value:
        raise BadSetting(f"{place}: the first line of {path} is empty; allowed is a file with the secret in its first line")
    return value


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0].rstrip("\r")


def _parsed(name: str, setting: Setting, text: str) -> Any:
    try:
        if "\0" in text:
            raise ValueError(name)
        return setting.parse(text)
    except BadSetting as error:  # it says what is wrong, and nothing secret
        raise BadSetting(f"{PREFIX}{name.upper()}: {error.detail}; allowed: {setting.allowed}") from error
    except Exception as error:  # whatever a parser thinks of it: the operator needs the name and what is allowed
        value = "" if setting.is_secret else f"{without_passwords(text)!r:.120} is not; "
        raise BadSetting(f"{PREFIX}{name.upper()}: {value}allowed: {setting.allowed}") from error


def _path(text: str) -> Path:
    if not text:
        raise ValueError(text)
    return Path(text).expanduser().absolute()


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return parse


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(text)
        return int(text)

    return parse


def _one_of(*words: str) -> Callable[[str], str]:
    return _matching("|".join(words))


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _country(text: str) -> str:
    if text:
        from phonenumbers import SUPPORTED_REGIONS  # heavy: only where a country is set

        if text.upper() not in SUPPORTED_REGIONS:
            raise ValueError(text)
    return text.upper()


def _zone(text: str) -> ZoneInfo:
    if text.startswith("/") or not text:
        raise ValueError(text)
    return ZoneInfo(text)


def _sources(text: str) -> tuple[FollowedSource, ...]:
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
    return tuple(msgspec.structs.replace(one, path=str(_path(one.path)) if one.path else "") for one in found)


def _wrong(one: FollowedSource) -> str:
    """What is wrong with a source; empty if nothing is."""
    if one.source not in FOLLOWED:
        return f"{one.source!r:.80} is none of {', '.join(FOLLOWED)}"
    if bool(one.path) == bool(one.url):
        return "needs a path or a url, and not both"
    if one.url and (one.source not in TABLES or not re.fullmatch(r"(sqlite:///|postgres(ql)?://)[^\n\0]+", one.url)):
        return f"url is for {', '.join(TABLES)}, and begins with postgresql:// or sqlite:///"
    if "\0" in one.path:
        return "path holds a NUL"
    if not (0 < len(one.pbx) <= 100 and one.pbx.isprintable()):
        return "pbx must have 1 to 100 printable characters"
    if one.columns and (one.url or one.source not in ("asterisk-cel", "asterisk-cdr")):
        return "columns are for CSV files, of asterisk-cel and asterisk-cdr"
    try:
        _zone(one.timezone or "UTC")
    except (ValueError, OSError, KeyError):
        return f"timezone {one.timezone!r:.80} is not a time zone's name, such as Europe/Paris"
    return ""


_DATABASE = _matching(r"|sqlite:///[^\n]+|postgres(ql)?://[^\n]+")
_MEDIA = _matching(r"|file:///[^\n]+|s3://[A-Za-z0-9][A-Za-z0-9.-]{2,62}(/[^\n]*)?|memory://[^\n]*")

SETTINGS: Mapping[str, Setting] = {
    "data": Setting(_path, "the path of a folder", "data"),
    "database": Setting(_DATABASE, "sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME", may_be_in_file=True),
    "media": Setting(_MEDIA, "file:///PATH or s3://BUCKET/PREFIX"),
    "s3_endpoint": Setting(_matching(r"|https?://[^\s/]+[^\s]*"), "http://HOST:PORT or https://HOST"),
    "s3_region": Setting(_matching(r"[A-Za-z0-9-]*"), "the name of a region, such as eu-west-3"),
    "s3_access_key": Setting(_matching(r"[^\s]*"), "an access key", is_secret=True),
    "s3_secret_key": Setting(_matching(r"[^\s]*"), "a secret key", is_secret=True),
    "token": Setting(_matching(r"|[!-~]([ -~]*[!-~])?"), "visible ASCII characters, as they can stand in a header", is_secret=True),
    "timezone": Setting(_zone, "a time zone's name, such as UTC or Europe/Paris", "UTC"),
    "country": Setting(_country, "two letters (ISO 3166), such as FR"),
    "trunk_contexts": Setting(_patterns, "comma-separated shell patterns, such as from-trunk,from-did-*"),
    "trunk_endpoints": Setting(_patterns, "comma-separated shell patterns, such as PJSIP/trunk*"),
    "sources": Setting(
        _sources, "a JSON list of objects (TOML: tables) with source, path or url, and perhaps pbx, timezone, columns", may_be_in_file=True
    ),
    "host": Setting(_matching(r"[A-Za-z0-9.:_-]+"), "an address or a host's name, such as 127.0.0.1 or 0.0.0.0", "127.0.0.1"),
    "port": Setting(_number(1, 65535), "a number from 1 to 65535", "9400"),
    "workers": Setting(_number(1, 64), "a number from 1 to 64", "1"),
    "log_level": Setting(_one_of(*LOG_LEVELS), ", ".join(LOG_LEVELS), "info"),
    "log_format": Setting(_one_of(*LOG_FORMATS), ", ".join(LOG_FORMATS), "console"),
}
"""Every setting, in the order in which `telegraphone config` shows them."""
