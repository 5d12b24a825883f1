"""The command `telegraphone`. Answers stand on standard output, progress and errors on standard error.

Exit status: 0 done, 1 it could not go on, 2 the command line makes no sense, 3 done but something was found that the command was asked
to be strict about, 130 interrupted.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click
import msgspec

from . import __version__
from .access import RIGHTS, SYSTEM
from .config import PREFIX, Config, load_config, shown, with_token
from .db import Db, open_db
from .errors import TelegraphoneError
from .migrate import migrate
from .opening import db_of, media_of, settings_of
from .zones import parse_moment

FOUND, INTERRUPTED = 3, 130


class Commands(click.Group):
    """What we raise on purpose becomes one line and exit status 1; everything else is a bug and shows its trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TelegraphoneError as error:
            _stop(error.detail or error.title)
        except OSError as error:
            _stop(f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "))
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)


def _stop(reason: str) -> NoReturn:
    click.echo(f"telegraphone: {' '.join(reason.split())}", err=True)
    sys.exit(1)


as_json = click.option("--json", "as_json", is_flag=True, help="Answer with JSON instead of text.")


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--config", "file", type=click.Path(path_type=Path), help="A TOML file with settings; the environment wins over it.")
@click.version_option(__version__, "--version", message="%(version)s")
@click.pass_context
def main(ctx: click.Context, file: Path | None) -> None:
    """The record of your telephone calls: find them, hear them, ask who spoke to whom.

    Begin with `telegraphone demo` to look around. With a PBX of your own: `telegraphone ingest` reads what it wrote, `telegraphone serve`
    answers questions about it. Settings are environment variables named TELEGRAPHONE_…; `telegraphone config` shows what is in force.

    \b
    Exit status: 0 done · 1 could not go on · 2 wrong usage · 3 found what it was told to be strict about · 130 interrupted
    """
    if file is not None:
        os.environ[f"{PREFIX}CONFIG"] = str(file.absolute())  # the server's workers read it there
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@main.command()
@click.option("--host", help="The address to listen on, instead of TELEGRAPHONE_HOST.")
@click.option("--port", help="The port to listen on, instead of TELEGRAPHONE_PORT.")
@click.option("--workers", help="How many processes answer, instead of TELEGRAPHONE_WORKERS.")
def serve(**options: str | None) -> None:
    """Answer requests until stopped with Ctrl-C or SIGTERM."""
    os.environ.update({f"{PREFIX}{name.upper()}": value for name, value in options.items() if value is not None})
    from .serving import check_free, serve, url_of

    check_free(_config())
    config, is_new = with_token(_config())
    db_of(config, readers=1).close()
    if is_new:
        click.echo(f"A token was made: {config.token}")
        click.echo(f"It is kept in {config.data / 'token'} and not shown again. Requests carry it as X-Auth-Token.")
    serve(config, lambda: click.echo(f"Telegraphone {__version__} answers on {url_of(config)}", err=True))


@main.command()
def worker() -> None:
    """Follow the sources of TELEGRAPHONE_SOURCES without answering requests, until stopped with Ctrl-C or SIGTERM.

    `serve` follows them too. A worker beside it, on the PBX for example, takes that over: each source is read by one of them at a time.
    """
    from .app import run_worker

    config = _config()
    click.echo(f"Telegraphone {__version__} follows {len(config.sources)} sources", err=True)
    run_worker(config)


@main.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), default="demo-data", show_default=True, help="Its folder.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default="9400", show_default=True, help="The port to listen on.")
def demo(data: Path, host: str, port: str) -> None:
    """Serve a made-up contact centre: two months of calls, some to listen to.

    Everything is in one folder, which the next run uses again; remove it to begin anew. Your own settings and data are not touched.
    """
    from .demonstration import serve_demo

    serve_demo(data.absolute(), host, port, _progress)


@main.command("migrate")
@as_json
def migrate_command(as_json: bool) -> None:
    """Bring the database's schema up to date. Every command does this by itself; here you see what it did."""
    config = _config()
    db = open_db(config.database, readers=1)
    try:
        applied = migrate(db)
    finally:
        db.close()
    _tell(as_json, {"applied": applied}, "\n".join(f"applied {name}" for name in applied) or "The schema is up to date.")


@main.command()
@click.argument("source")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--pbx", default="pbx1", show_default=True, help="The name of the PBX that wrote this; several PBXs need different names.")
@click.option("--timezone", help="The PBX's time zone, for times without one; instead of TELEGRAPHONE_TIMEZONE.")
@click.option("--columns", help="asterisk-cel: the comma-separated names of the columns, for a CSV file without a header of another form.")
@click.option("--strict", is_flag=True, help="Exit with 3 if anything was unreadable, belonged to no call or clashed.")
@click.option("--move", is_flag=True, help="recordings: remove a source file once its copy was read back and found equal.")
@as_json
def ingest(source: str, paths: tuple[str, ...], pbx: str, timezone: str | None, columns: str | None, **flags: bool) -> None:
    """Read what a PBX wrote.

    \b
    SOURCE is one of
      asterisk-cel        CEL: a CSV file, or a database with a `cel` table (postgresql://… or sqlite:///…)
      asterisk-queue-log  queue_log: the file, or a database with a `queue_log` table
      asterisk-cdr        CDR: Master.csv, or a database with a `cdr` table; it tells less than CEL
      telegraphone        our own events as JSON lines (docs/api.md), from PBXs of other kinds
      recordings          a folder of audio files, or one such file

    It can be stopped at any time and run again, on the same files or on longer ones: what is known is not kept twice. Lines that cannot be
    read are kept and told at the end, and do not stop it.
    """
    from .feed import Wanted, feed

    config = _config()
    wanted = Wanted(
        source=source, paths=paths, pbx=_pbx(pbx), zone=_zone(timezone) if timezone else config.timezone,
        columns=tuple(c.strip() for c in columns.split(",")) if columns else None, move=flags["move"],
    )  # fmt: skip
    with _opened(config) as db, _progress() as tell:
        tally = feed(db, media_of(config), settings_of(config), wanted, tell)
    _tell(flags["as_json"], msgspec.to_builtins(tally), tally.text())
    if tally.is_interrupted:
        sys.exit(INTERRUPTED)
    if flags["strict"] and not tally.is_clean:
        sys.exit(FOUND)


@main.group()
def directory() -> None:
    """Agents, queues and users: who has which number."""


@directory.command("load")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@as_json
def load(file: Path, as_json: bool) -> None:
    """Put a CSV file with the columns kind,number,name,firstname,lastname,interface,display_name in place of what was known.

    `kind` is agent, queue or user. A kind that does not occur in the file is left as it is. For a queue, `name` is the PBX's name of it and
    `display_name` what people read.
    """
    from .ingest.directory_csv import read_directory
    from .sql.directory import put_directory

    with file.open(encoding="utf-8-sig", newline="") as lines:
        entries = read_directory(lines)
    with _opened(_config()) as db, db.transaction() as tx:
        counts = {kind: put_directory(tx, SYSTEM, kind, rows) for kind, rows in entries.items()}
    _tell(as_json, counts, "Loaded " + (", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing") + ".")


@main.group()
def key() -> None:
    """API keys: what lets a program in."""


@key.command("add")
@click.argument("name")
@click.option("--right", "rights", multiple=True, required=True, type=click.Choice(RIGHTS), help="What it may do; can be repeated.")
@as_json
def key_add(name: str, rights: tuple[str, ...], as_json: bool) -> None:
    """Make a key. It is shown once, here; only its hash is kept."""
    from .credentials import new_key
    from .sql.api_keys import add_key

    secret, sha256 = new_key()
    with _opened(_config()) as db, db.transaction() as tx:
        added = add_key(tx, SYSTEM, name, rights, sha256, datetime.now(UTC))
    _tell(as_json, {"name": added.name, "rights": added.rights, "key": secret}, secret)


@key.command("list")
@as_json
def key_list(as_json: bool) -> None:
    """All keys, revoked ones too, without their secrets."""
    from .sql.api_keys import list_keys

    with _opened(_config()) as db, db.transaction("read") as tx:
        keys = list_keys(tx, SYSTEM)
    columns = ("name", "rights", "created", "revoked")
    rows = [(k.name, " ".join(k.rights), _minute(k.created_at), _minute(k.revoked_at)) for k in keys]
    _tell(as_json, [msgspec.to_builtins(k) for k in keys], _table(columns, rows) if rows else "There are no keys.")


@key.command("revoke")
@click.argument("name")
def key_revoke(name: str) -> None:
    """Let a key open nothing any more. Running servers refuse it within five seconds."""
    from .sql.api_keys import revoke_key

    with _opened(_config()) as db, db.transaction() as tx:
        revoke_key(tx, SYSTEM, name, datetime.now(UTC))
    click.echo(f"{name} is revoked.")


@main.command()
@as_json
def check(as_json: bool) -> None:
    """Look whether everything fits together: the schema, and that each recording has its audio and each audio file its recording.

    Tells too which lines could not be read and which recordings belong to no call. Exit status 3 if something is lost.
    """
    from .faults import find_faults

    config = _config()
    with _opened(config) as db:
        faults = asyncio.run(find_faults(db, media_of(config)))
    _tell(as_json, msgspec.to_builtins(faults), faults.text())
    sys.exit(0 if faults.is_sound else FOUND)


@main.command()
@click.option("--since", metavar="DATE", help="Only what went on at or after this moment (yyyy-MM-dd or ISO 8601).")
@as_json
def rebuild(since: str | None, as_json: bool) -> None:
    """Build calls anew from what the PBX said, and say what changed.

    For after an upgrade that understands more, or a change of the directory or the trunks. Lines that could not be read are tried first.
    Can be stopped and run again; the server may go on meanwhile.
    """
    from .feed import read_again
    from .rebuild import rebuild as build
    from .rebuild import reread

    config, now = _config(), datetime.now(UTC)
    start = _moment(since, config.timezone) if since else None
    with _opened(config) as db, _progress() as tell:
        lines, understood = reread(db, settings_of(config), now, read_again)
        changed = []
        for page in build(db, settings_of(config), now, start):
            changed += page
            tell(f"{len(changed):,} calls changed")
    text = "".join(f"{change.id} {change.linked_id}: {', '.join(change.fields)}\n" for change in changed)
    summary = f"{len(changed):,} calls changed. {understood:,} of {lines:,} lines that could not be read are understood now."
    _tell(as_json, {"changed": msgspec.to_builtins(changed), "unreadable": lines, "understood": understood}, text + summary)


@main.command()
@click.argument("call")
@click.option("--mask", is_flag=True, help="Put other digits and names in the place of the real ones: to send it to somebody.")
def explain(call: str, mask: bool) -> None:
    """Show line by line which event of the PBX led to what of a call.

    CALL is the number of the call, or an Asterisk unique id of one of its channels.
    """
    from .explain import explain as explained
    from .explain import masked
    from .sql.explained import find_to_explain

    with _opened(_config()) as db, db.transaction("read") as tx:
        told = find_to_explain(tx, SYSTEM, call)
    for subject, events in told:
        click.echo(explained(*masked(subject, events)) if mask else explained(subject, events), nl=False)


@main.command("config")
@as_json
def config_command(as_json: bool) -> None:
    """Show the settings in force, without secrets."""
    values = shown(_config())
    width = max(map(len, values)) + len(PREFIX)
    _tell(as_json, values, "\n".join(f"{PREFIX + name.upper():{width}} = {value}" for name, value in values.items()))


@main.command()
def version() -> None:
    """Show the version."""
    click.echo(__version__)


def _config() -> Config:
    return load_config(os.environ)


@contextmanager
def _opened(config: Config) -> Iterator[Db]:
    db = db_of(config, readers=2)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def _progress() -> Iterator[Callable[[Any], None]]:
    """One line on a terminal that says how far it is."""
    if not sys.stderr.isatty():
        yield lambda what: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("reading …") as status:
        yield lambda what: status.update(escape(what if isinstance(what, str) else f"{what.path}: {what.read:,} read, {what.new:,} new"))


def _pbx(name: str) -> str:
    if not (0 < len(name) <= 100 and name.isprintable()):
        raise click.BadParameter("must have 1 to 100 printable characters", param_hint="--pbx")
    return name


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise click.BadParameter(f"{name!r} is not a time zone's name, such as Europe/Paris", param_hint="--timezone") from error


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        return parse_moment(text, zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--since") from None


def _minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def _tell(as_json: bool, value: Any, text: str) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else text)


def _table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[place]) for row in [columns, *rows]) for place in range(len(columns))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [columns, *rows])
