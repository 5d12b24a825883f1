"""One frozen Config from `TELEGRAPHONE_*`: the environment, a TOML file, and secrets from files of their own.

`SETTINGS` is the whole list. The environment wins over the file. What is unknown or has no meaning is refused with one line that says which
setting and what is allowed; the value of a secret is never in that line.
"""

import json
import os
import re
import secrets
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ..errors import BadSetting
from ..granting import Grant
from ..policy import Policy, render_policy
from .people import parse_grants, render_grants
from .settings import SETTINGS, Setting
from .sources import RECORDINGS, FollowedSource, parse_sources

PREFIX = "TELEGRAPHONE_"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force. `token` is empty until `with_token` made or read one."""

    data: Path
    database: str
    media: str
    s3_endpoint: str = ""
    s3_region: str = ""
    s3_access_key: str = ""
    s3_secret_key: str = ""
    low_disk_mib: int = 1024
    token: str = ""
    public_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    session_idle_minutes: int = 120
    session_hours: int = 12
    openid_issuer: str = ""
    openid_client_id: str = ""
    openid_client_secret: str = ""
    openid_scopes: str = "openid profile email"
    openid_name_claim: str = "preferred_username"
    openid_groups_claim: str = "groups"
    openid_groups: tuple[Grant, ...] = ()
    timezone: ZoneInfo
    country: str = ""
    trunk_contexts: tuple[str, ...] = ()
    trunk_endpoints: tuple[str, ...] = ()
    sources: tuple[FollowedSource, ...] = ()
    recording_policy: Policy = Policy()
    host: str = "127.0.0.1"
    port: int = 9400
    workers: int = 1
    accel_redirect: str = ""
    statement_timeout: int = 10
    log_level: str = "info"
    log_format: str = "console"

    def __repr__(self) -> str:
        """Without secrets: it may end in a log."""
        return f"Config({shown(self)})"


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
    _check_folders(values["sources"], values["media"])
    if values["openid_issuer"] and not (values["openid_client_id"] and values["public_url"]):
        raise BadSetting(f"{PREFIX}OPENID_ISSUER: needs {PREFIX}OPENID_CLIENT_ID and {PREFIX}PUBLIC_URL")
    zone = values["timezone"].key
    values["sources"] = tuple(msgspec.structs.replace(one, timezone=one.timezone or zone) for one in values["sources"])
    return Config(**values)


def _check_folders(sources: Sequence[FollowedSource], media: str) -> None:
    """What is kept must not be found as something new, and kept again."""
    kept = Path(media.removeprefix("file://")).absolute() if media.startswith("file://") else None
    for one in sources:
        if one.source == RECORDINGS and kept is not None and kept.is_relative_to(one.path):
            raise BadSetting(f"{PREFIX}SOURCES: the folder {one.path} holds the media store {kept}; allowed is a folder without it")


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
    if isinstance(value, tuple) and setting.parse is parse_sources:
        masked = [msgspec.structs.replace(one, url=without_passwords(one.url)) for one in value]
        return msgspec.json.encode(masked).decode() if masked else ""
    if setting.parse is parse_grants:
        return render_grants(value)
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, Policy):
        return render_policy(value)
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
    if isinstance(value, dict) and name in SETTINGS and SETTINGS[name].may_be_table:
        return json.dumps(value, ensure_ascii=False, default=str)  # a table's setting is checked as JSON, as in the environment
    raise BadSetting(f"{file}: {name}: allowed are a text, a number, a list of texts and, for recording_policy and openid_groups, a table")


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
