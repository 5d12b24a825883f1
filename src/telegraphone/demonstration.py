"""`telegraphone demo`: a made-up PBX is read as any other, served, and three questions are shown that have an answer."""

import os
import shlex
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import click

from .access import SYSTEM
from .config import PREFIX, Config, load_config, with_token
from .credentials import hash_password, new_password
from .db import Db
from .demo import COUNTRY, PBX, TRUNK_CONTEXTS, TRUNK_ENDPOINTS, ZONE, write_demo
from .feed import Tally, Tell, Wanted, feed
from .ingest.directory_csv import read_directory
from .opening import db_of, media_of, settings_of
from .serving import check_free, serve, url_of
from .sql.calls import CallFilter, StoredCall, list_calls
from .sql.directory import put_directory
from .sql.people.accounts import add_first_account

Progress = Callable[[], AbstractContextManager[Tell]]
LOGS = (("asterisk-cel", "cel.csv"), ("asterisk-queue-log", "queue_log"), ("recordings", "audio"))


def serve_demo(data: Path, host: str, port: str, progress: Progress) -> None:
    """Make what is not there yet, tell how to ask, and serve until stopped."""
    settings = _only_ours(data, host, port)
    config = load_config(settings)
    check_free(config)
    config = with_token(config)[0]
    db = db_of(config, readers=1)
    try:
        if not (data / "complete").exists():
            _make(config, db, progress)
        examples = _examples(config, db)
        password = _password(config, db)
    finally:
        db.close()
    serve(config, lambda: print(_welcome(config, examples, password), flush=True))


def _password(config: Config, db: Db) -> str:
    """Of the user `admin`, kept beside the made-up calls: it opens nothing else."""
    path = config.data / "password"
    if not path.exists():
        password, now = new_password(), datetime.now(UTC)
        with db.transaction() as tx:
            add_first_account(tx, "admin", hash_password(password), now)
        path.touch(0o600)
        path.write_text(password, "utf-8")
    return path.read_text("utf-8")


def _only_ours(data: Path, host: str, port: str) -> dict[str, str]:
    """Settings for made-up calls, in place of the operator's: those may name a real database."""
    for name in [name for name in os.environ if name.startswith(PREFIX) or name == "PLAY_AUTH_TOKEN"]:
        del os.environ[name]
    values = {
        "data": str(data), "host": host, "port": port, "timezone": ZONE.key, "country": COUNTRY,
        "trunk_contexts": ",".join(TRUNK_CONTEXTS), "trunk_endpoints": ",".join(TRUNK_ENDPOINTS), "workers": "1",
    }  # fmt: skip
    settings = {f"{PREFIX}{name.upper()}": value for name, value in values.items()}
    os.environ.update(settings)
    return settings


def _make(config: Config, db: Db, progress: Progress) -> None:
    """Write the logs of a PBX, whole, then read them: stopped in between, the next run goes on."""
    pbx = config.data / "pbx"
    if not pbx.exists():
        click.echo("Making up two months of calls …", err=True)
        draft = config.data / f"pbx.{os.getpid()}"
        write_demo(draft, datetime.now(UTC))
        draft.rename(pbx)
    with (pbx / "directory.csv").open(encoding="utf-8", newline="") as lines, db.transaction() as tx:
        for kind, rows in read_directory(lines).items():
            put_directory(tx, SYSTEM, kind, rows)
    for source, name in LOGS:
        click.echo(f"telegraphone ingest {source} {shlex.quote(os.path.relpath(pbx / name))} --pbx {PBX}", err=True)
        with progress() as tell:
            tally = feed(db, media_of(config), settings_of(config), _wanted(source, pbx / name), tell)
        _stop_if(tally)
    (config.data / "complete").touch()


def _wanted(source: str, path: Path) -> Wanted:
    return Wanted(source=source, paths=(str(path),), pbx=PBX, zone=ZONE)


def _stop_if(tally: Tally) -> None:
    click.echo(tally.text(), err=True)
    if tally.is_interrupted:
        sys.exit(130)


def _examples(config: Config, db: Db) -> list[str]:
    """Three questions, as lines for a shell."""
    with db.transaction("read") as tx:
        calls = list_calls(tx, SYSTEM, CallFilter(recorded=True, direction="incoming", outcome="answered", limit=200))
    call = next(call for call in calls if _is_good(call))
    agent, caller, id = call.call.agents[-1].number, call.call.caller.number, call.recordings[0].id
    return [
        f"curl -s '{url_of(config)}/records/search?pageSize=3' {_token(config)} -d '{{\"agent\": \"{agent}\"}}'",
        f"curl -s '{url_of(config)}/last_agent?callerNo={caller}&since=3650' {_token(config)}",
        f"curl -s '{url_of(config)}/records/{id}/audio/result' {_token(config)}",
    ]


def _is_good(call: StoredCall) -> bool:
    """There is an agent, a number that was not hidden, and something to hear."""
    is_audible = bool(call.recordings) and call.recordings[0].state == "available"
    return bool(call.call.agents) and call.call.caller.number.isdigit() and is_audible


def _token(config: Config) -> str:
    return "-H " + shlex.quote(f"X-Auth-Token: {config.token}")


def _welcome(config: Config, examples: list[str], password: str) -> str:
    search, last_agent, metadata = examples
    return "\n".join([
        "", f"A made-up contact centre is at {url_of(config)} (Ctrl-C stops it); its API for people to read: {url_of(config)}/api/docs",
        f"Token: {config.token}", f"User: admin, with the password {password}", "",
        "Find an agent's calls:", search, "",
        "Who last spoke to this caller?", last_agent, "",
        "What is known of a recording (without /result it is the audio itself):", metadata,
    ])  # fmt: skip
