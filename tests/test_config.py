"""Settings: where they come from, which wins, what is refused and how that is said."""

import json
import os
import stat
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from telegraphone.access import Scope
from telegraphone.config import Config, load_config, shown, with_token, without_passwords
from telegraphone.config.settings import SETTINGS
from telegraphone.config.sources import FOLLOWED, RECORDINGS, TABLES, FollowedSource
from telegraphone.errors import BadSetting
from telegraphone.granting import Grant
from telegraphone.ingest import SOURCES
from telegraphone.policy import Policy, Which
from tests.each import each


def config(**settings: str) -> Config:
    return load_config({f"TELEGRAPHONE_{name.upper()}": value for name, value in settings.items()})


def refusal(environ: dict[str, str], file: Path | None = None) -> str:
    with pytest.raises(BadSetting) as caught:
        load_config(environ, file)
    assert "\n" not in caught.value.detail
    return caught.value.detail


def test_nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    got = load_config({"PATH": "/bin"})
    assert got.database == f"sqlite:///{tmp_path}/data/telegraphone.db"
    assert got.media == f"file://{tmp_path}/data/media"
    assert (got.host, got.port, got.workers, got.timezone) == ("127.0.0.1", 9400, 1, ZoneInfo("UTC"))
    assert not list(tmp_path.iterdir()), "reading the configuration makes nothing"


def test_everything_set() -> None:
    got = config(
        data="/srv/t", database="postgresql://u:p@db/t", media="s3://calls/2026", s3_endpoint="http://127.0.0.1:8333", s3_region="x-1",
        s3_access_key="a", s3_secret_key="b", token="@#[<]`x", timezone="Europe/Paris", country="fr", trunk_contexts="from-trunk, from-* ,",
        trunk_endpoints="PJSIP/trunk", host="0.0.0.0", port="80", workers="4", log_level="debug", log_format="json",
    )  # fmt: skip
    assert (got.data, got.database, got.media) == (Path("/srv/t"), "postgresql://u:p@db/t", "s3://calls/2026")
    assert (got.token, got.country, got.port, got.workers) == ("@#[<]`x", "FR", 80, 4)
    assert (got.trunk_contexts, got.trunk_endpoints) == (("from-trunk", "from-*"), ("PJSIP/trunk",))
    assert got.timezone == ZoneInfo("Europe/Paris")


BAD = {
    "data": ["", "a\0b"], "database": ["mysql://h/x", "sqlite://x", "postgresql"], "media": ["/srv", "file://x", "s3://", "s3://a", "ftp://x"],
    "s3_endpoint": ["127.0.0.1", "http://"], "s3_region": ["a b"], "s3_access_key": ["a b"], "s3_secret_key": ["a\nb"],
    "token": [" x", "x\n", "é", "a\x7f"], "timezone": ["", "Mars/Base", "../etc", "/etc/localtime"], "country": ["XX", "France", "33"],
    "host": ["", "a b", "http://x"], "port": ["0", "65536", "-1", "x", "80.0", "٣"], "workers": ["0", "65", "many"],
    "accel_redirect": ["media", "/media", "media/", "/a b/", "//"], "low_disk_mib": ["-1", "1e3", "100000000"],
    "statement_timeout": ["0", "3601", "soon"],
    "recording_policy": [
        "x", "[]", '{"outcome": []}', '{"outcomes": ["won"]}', '{"outcomes": ["ongoing"]}',
        '{"share": 1.5}', '{"exclude": {"queues": ["a"]}}',
    ],
    "public_url": ["calls.example.org", "https://a/b", "ftp://a", "https://"], "trusted_proxies": ["x", "10.0.0.0/33", "127.0.0.1,,x"],
    "openid_issuer": ["id.example", "http://id.example", "ftp://x"], "openid_client_id": ["é"], "openid_client_secret": ["a\nb"],
    "openid_scopes": ["", "profile", "openid  x"], "openid_name_claim": ["", "a b"], "openid_groups_claim": [""],
    "openid_groups": [
        "x", "[]", '{"a": {}}', '{"a": {"profile": "boss"}}', '{"a": {"profile": "agent", "queues": ["x"]}}',
        '{"a": {"profile": "teacher", "from": "2026-01-01T00:00:00", "to": "2026-02-01T00:00:00"}}', '{"a": {"profile": "agent", "x": 1}}',
    ],
    "session_idle_minutes": ["0", "10081", "x"], "session_hours": ["0", "721", "1.5"],
    "log_level": ["loud", ""], "log_format": ["xml"], "sources": ["x", "{}", '[{"path": "x"}]', '["asterisk-cel"]'],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_bad_value(name: str, value: str) -> None:
    told = refusal({f"TELEGRAPHONE_{name.upper()}": value})
    assert f"TELEGRAPHONE_{name.upper()}" in told
    assert SETTINGS[name].allowed in told


def test_each_setting_can_be_wrong() -> None:
    assert BAD.keys() == SETTINGS.keys() - {"trunk_contexts", "trunk_endpoints"}, "any text is a list of patterns"


SOURCE = {"source": "asterisk-cel", "path": "/var/log/cel.csv"}
WRONG_SOURCES = [
    ({"source": "cel", "path": "x"}, "source 1: 'cel' is none of asterisk-cel, "),
    ({"source": "asterisk-cel"}, "source 1: needs a path or a url"),
    ({**SOURCE, "url": "sqlite:///x"}, "source 1: needs a path or a url"),
    ({"source": "asterisk-cel", "url": "oracle://u:hunter2@h/x"}, "source 1: url is for"),
    ({"source": "telegraphone", "url": "sqlite:///x"}, "source 1: url is for"),
    ({"source": "asterisk-ami", "path": "x"}, "source 1: asterisk-ami has no path"),
    ({"source": "asterisk-ami", "url": "ami://h:5038"}, "source 1: asterisk-ami has no path, and a url ami://USER"),
    ({"source": "asterisk-ami", "url": "ami://u:hunter2@x@h"}, "source 1: asterisk-ami has no path, and a url ami://USER"),
    ({"source": "asterisk-ami", "url": "ami://u:hunter2@h?ssl_ca=/x"}, "source 1: asterisk-ami has no path, and a url ami://USER"),
    ({"source": "asterisk-ami", "url": "amis://u:hunter2@h?x=1"}, "source 1: asterisk-ami has no path, and a url ami://USER"),
    ({"source": "asterisk-ami", "url": "mysql://u:hunter2@h/x"}, "source 1: asterisk-ami has no path, and a url ami://USER"),
    ({"source": "asterisk-cel", "url": "ami://u:hunter2@h"}, "source 1: url is for"),
    ({**SOURCE, "path": "a\0"}, "source 1: path holds"),
    ({**SOURCE, "pbx": ""}, "source 1: pbx must have"),
    ({**SOURCE, "timezone": "Mars/Base"}, "source 1: timezone 'Mars/Base' is not"),
    ({"source": "asterisk-queue-log", "path": "x", "columns": ["a"]}, "source 1: columns are for"),
    ({"source": "recordings", "path": "x", "columns": ["a"]}, "source 1: columns are for"),
    ({"source": "recordings", "path": "x", "timezone": "UTC"}, "source 1: timezone is for logs"),
    ({"source": "recordings", "url": "sqlite:///x"}, "source 1: url is for"),
    ({**SOURCE, "pxb": "x"}, "unknown field `pxb`"),
    ({**SOURCE, "path": 1}, "got `int`"),
]


@pytest.mark.parametrize(("source", "told"), WRONG_SOURCES)
def test_wrong_source(source: dict[str, object], told: str) -> None:
    refused = refusal({"TELEGRAPHONE_SOURCES": json.dumps([source])})
    assert told in refused and "hunter2" not in refused


def test_a_folder_of_recordings_must_not_hold_the_media_store(tmp_path: Path) -> None:
    sources = json.dumps([{"source": "recordings", "path": str(tmp_path)}])
    inside = {"TELEGRAPHONE_SOURCES": sources, "TELEGRAPHONE_MEDIA": f"file://{tmp_path}/media"}
    assert refusal(inside).startswith(f"TELEGRAPHONE_SOURCES: the folder {tmp_path} holds the media store")
    beside = {**inside, "TELEGRAPHONE_MEDIA": f"file://{tmp_path}-media"}
    assert load_config(beside).sources[0].path == str(tmp_path)


@each("url", [
    "ami://telegraphone:hunter2%40@[::1]:5038", "amis://telegraphone:hunter2@192.0.2.20",
    "amis://telegraphone:hunter2@h:1?ssl_ca=/etc/pbx.pem",
])  # fmt: skip
def test_a_stream(url: str) -> None:
    source = {"source": "asterisk-ami", "url": url, "pbx": "a"}
    got = config(sources=json.dumps([source]))
    assert got.sources == (FollowedSource(**source, timezone="UTC"),)
    assert "hunter2" not in repr(got)


def test_a_source_twice() -> None:
    assert "named twice" in refusal({"TELEGRAPHONE_SOURCES": json.dumps([SOURCE, SOURCE])})


def test_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "t.toml"
    file.write_text(
        'timezone = "Europe/Paris"\n[[sources]]\nsource = "asterisk-cel"\npath = "cel.csv"\ncolumns = ["eventtype", "eventtime"]\n'
        '[[sources]]\nsource = "asterisk-queue-log"\nurl = "postgresql://u:hunter2@h/x?password=hunter2"\npbx = "b"\ntimezone = "UTC"\n'
    )
    got = load_config({}, file)
    assert got.sources == (
        FollowedSource(source="asterisk-cel", path=str(tmp_path / "cel.csv"), timezone="Europe/Paris", columns=("eventtype", "eventtime")),
        FollowedSource(source="asterisk-queue-log", url="postgresql://u:hunter2@h/x?password=hunter2", pbx="b", timezone="UTC"),
    )
    assert "hunter2" not in shown(got)["sources"] + repr(got)
    assert load_config({"TELEGRAPHONE_SOURCES": json.dumps([SOURCE])}, file).sources[0].path == SOURCE["path"], "the environment wins"


def test_what_can_be_followed_is_what_can_be_read() -> None:
    assert FOLLOWED == (*SOURCES, RECORDINGS)
    assert TABLES == tuple(name for name, source in SOURCES.items() if source.table)


@pytest.mark.parametrize("written", [
    'recording_policy = \'{"outcomes": ["answered"], "share": 0.5, "exclude": {"numbers": ["1*"]}}\'',
    '[recording_policy]\noutcomes = ["answered"]\nshare = 0.5\nexclude = {numbers = ["1*"]}',
])  # fmt: skip
def test_a_policy_is_json_or_a_table(tmp_path: Path, written: str) -> None:
    (tmp_path / "t.toml").write_text(written)
    got = load_config({}, tmp_path / "t.toml")
    assert got.recording_policy == Policy(outcomes=("answered",), share=0.5, exclude=Which(numbers=("1*",)))
    again = shown(got)["recording_policy"]
    assert config(recording_policy=again).recording_policy == got.recording_policy
    assert shown(config(recording_policy="{}"))["recording_policy"] == ""


def test_a_table_that_is_no_policy(tmp_path: Path) -> None:
    (tmp_path / "t.toml").write_text("[recording_policy]\nshare = 2026-01-01")
    assert "TELEGRAPHONE_RECORDING_POLICY" in refusal({}, tmp_path / "t.toml")
    (tmp_path / "t.toml").write_text("[host]\nx = 1")
    assert "host: allowed are" in refusal({}, tmp_path / "t.toml")


def test_unknown_name() -> None:
    told = refusal({"TELEGRAPHONE_TIMEZON": "UTC"})
    assert "TELEGRAPHONE_TIMEZON: there is no such setting" in told
    assert "timezone" in told


def test_no_secret_in_a_refusal() -> None:
    assert "hunter2" not in refusal({"TELEGRAPHONE_TOKEN": "hunter2\n"})
    assert "hunter2" not in refusal({"TELEGRAPHONE_DATABASE": "mysql://u:hunter2@h/x"})
    assert "hunter2" not in refusal({"TELEGRAPHONE_S3_SECRET_KEY": "hunter2"})


def test_one_s3_key_alone() -> None:
    assert "both or neither" in refusal({"TELEGRAPHONE_S3_ACCESS_KEY": "a"})


def test_token_of_xivo() -> None:
    assert load_config({"PLAY_AUTH_TOKEN": "old"}).token == "old"
    assert load_config({"PLAY_AUTH_TOKEN": "old", "TELEGRAPHONE_TOKEN": "new"}).token == "new"


def test_secrets_from_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\r\nsecond line\n")
    assert config(token_file=str(secret)).token == "s3cret"
    secret.write_text("postgresql://u:p@h/d\n")
    assert config(database_file=str(secret)).database == "postgresql://u:p@h/d"


def test_secret_file_refused(tmp_path: Path) -> None:
    assert "TELEGRAPHONE_TOKEN_FILE" in refusal({"TELEGRAPHONE_TOKEN_FILE": str(tmp_path / "none")})
    (tmp_path / "empty").touch()
    assert "is empty" in refusal({"TELEGRAPHONE_TOKEN_FILE": str(tmp_path / "empty")})
    assert "not both" in refusal({"TELEGRAPHONE_TOKEN_FILE": str(tmp_path / "empty"), "TELEGRAPHONE_TOKEN": "x"})
    assert "no such setting" in refusal({"TELEGRAPHONE_PORT_FILE": str(tmp_path / "empty")})


def test_toml_file(tmp_path: Path) -> None:
    file = tmp_path / "telegraphone.toml"
    (tmp_path / "token").write_text("s3cret\n")
    file.write_text(f'port = 9401\ntimezone = "Europe/Paris"\ntrunk_contexts = ["a", "b-*"]\ntoken_file = "{tmp_path}/token"\n')
    got = load_config({"TELEGRAPHONE_TIMEZONE": "UTC"}, file)
    assert (got.port, got.trunk_contexts, got.token) == (9401, ("a", "b-*"), "s3cret")
    assert got.timezone == ZoneInfo("UTC"), "the environment wins"
    assert load_config({"TELEGRAPHONE_CONFIG": str(file)}).port == 9401


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("port = ", "cannot be read as TOML"),
        ("prot = 1", "prot: there is no such setting"),
        ("port = true", "port: allowed are"),
        ("port = 1.5", "port: allowed are"),
        ("trunk_contexts = [1]", "trunk_contexts: allowed are"),
        ("[server]\nport = 1", "server: allowed are"),
        ("port = 0", "TELEGRAPHONE_PORT"),
    ],
)
def test_toml_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "t.toml"
    file.write_text(text)
    assert told in refusal({}, file)


def test_toml_missing(tmp_path: Path) -> None:
    assert "No such file" in refusal({}, tmp_path / "none.toml")


def test_token_is_made_once(tmp_path: Path) -> None:
    first, is_new = with_token(config(data=str(tmp_path / "new")))
    again, is_new_again = with_token(config(data=str(tmp_path / "new")))
    assert (is_new, is_new_again) == (True, False)
    assert first.token == again.token
    assert len(first.token) >= 32
    assert stat.S_IMODE((tmp_path / "new" / "token").stat().st_mode) == 0o600
    assert os.listdir(tmp_path / "new") == ["token"]
    assert with_token(config(data=str(tmp_path / "other"), token="mine")) == (config(data=str(tmp_path / "other"), token="mine"), False)
    assert not (tmp_path / "other").exists()


def test_empty_token_file_is_no_token(tmp_path: Path) -> None:
    (tmp_path / "token").touch()
    with pytest.raises(BadSetting, match="is empty"):
        with_token(config(data=str(tmp_path)))


def test_shown_without_secrets() -> None:
    got = config(database="postgresql://u:hunter2@h/d?password=hunter2", token="hunter2", s3_access_key="hunter2", s3_secret_key="hunter2")
    assert shown(got).keys() == SETTINGS.keys() == set(Config.__struct_fields__)
    assert "hunter2" not in str(shown(got)) + repr(got)
    assert shown(got)["token"] == "***"


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("postgresql://u:p@h:5432/d", "postgresql://u:***@h:5432/d"),
        ("postgresql://u:p@ss:w/rd@h/d", "postgresql://u:***@h/d"),
        ("postgresql://h/d?user=u&sslpassword=x&password=a%20b", "postgresql://h/d?user=u&sslpassword=***&password=***"),
        ("postgresql://h:5432/d", "postgresql://h:5432/d"),
        ("sqlite:////srv/a@b.db", "sqlite:////srv/a@b.db"),
        ("s3://bucket/prefix", "s3://bucket/prefix"),
        ("Europe/Paris", "Europe/Paris"),
    ],
)
def test_without_passwords(url: str, masked: str) -> None:
    assert without_passwords(url) == masked


def test_signing_in_elsewhere_needs_a_name_and_an_address() -> None:
    issuer = "https://id.example"
    for more in ({}, {"openid_client_id": "x"}, {"public_url": "https://calls.example"}):
        told = refusal({f"TELEGRAPHONE_{name.upper()}": value for name, value in {"openid_issuer": issuer, **more}.items()})
        assert told == "TELEGRAPHONE_OPENID_ISSUER: needs TELEGRAPHONE_OPENID_CLIENT_ID and TELEGRAPHONE_PUBLIC_URL"
    assert config(openid_issuer=issuer, openid_client_id="x", public_url="https://calls.example").openid_issuer == issuer


def test_groups_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "t.toml"
    file.write_text('[openid_groups.leads]\nprofile = "supervisor"\nqueues = ["hotline"]\n[openid_groups.all]\nprofile = "administrator"\n')
    got = load_config({}, file)
    assert got.openid_groups == (Grant("leads", "supervisor", Scope(("hotline",))), Grant("all", "administrator"))
    assert shown(got)["openid_groups"] == '{"leads":"supervisor","all":"administrator"}'
