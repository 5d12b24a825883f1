"""Commands that look after what is kept: the schema, faults, calls built anew, how a call came about."""

import asyncio
import sys
from datetime import UTC, datetime

import click
import msgspec

from ..access import SYSTEM
from ..db import open_db
from ..migrate import migrate
from ..opening import media_of, settings_of
from .terminal import FOUND, as_json, config_in_force, moment_at, opened, progress, tell


@click.command("migrate")
@as_json
def migrate_command(as_json: bool) -> None:
    """Bring the database's schema up to date. Every command does this by itself; here you see what it did."""
    config = config_in_force()
    db = open_db(config.database, readers=1)
    try:
        applied = migrate(db)
    finally:
        db.close()
    tell(as_json, {"applied": applied}, "\n".join(f"applied {name}" for name in applied) or "The schema is up to date.")


@click.command()
@as_json
def check(as_json: bool) -> None:
    """Look whether everything fits together: the schema, and that each recording has its audio and each audio file its recording.

    Tells too which lines could not be read and which recordings belong to no call. Exit status 3 if something is lost.
    """
    from ..faults import find_faults

    config = config_in_force()
    with opened(config) as db:
        faults = asyncio.run(find_faults(db, media_of(config)))
    tell(as_json, msgspec.to_builtins(faults), faults.text())
    sys.exit(0 if faults.is_sound else FOUND)


@click.command()
@click.option("--since", metavar="DATE", help="Only what went on at or after this moment (yyyy-MM-dd or ISO 8601).")
@as_json
def rebuild(since: str | None, as_json: bool) -> None:
    """Build calls anew from what the PBX said, and say what changed.

    For after an upgrade that understands more, or a change of the directory or the trunks. Lines that could not be read are tried first.
    Can be stopped and run again; the server may go on meanwhile.
    """
    from ..rebuild import read_again, reread
    from ..rebuild import rebuild as build

    config, now = config_in_force(), datetime.now(UTC)
    start = moment_at(since, config.timezone) if since else None
    with opened(config) as db, progress() as show:
        lines, understood = reread(db, settings_of(config), now, read_again)
        changed = []
        for page in build(db, settings_of(config), now, start):
            changed += page
            show(f"{len(changed):,} calls changed")
    text = "".join(f"{change.id} {change.linked_id}: {', '.join(change.fields)}\n" for change in changed)
    summary = f"{len(changed):,} calls changed. {understood:,} of {lines:,} lines that could not be read are understood now."
    tell(as_json, {"changed": msgspec.to_builtins(changed), "unreadable": lines, "understood": understood}, text + summary)


@click.command()
@click.argument("call")
@click.option("--mask", is_flag=True, help="Put other digits and names in the place of the real ones: to send it to somebody.")
def explain(call: str, mask: bool) -> None:
    """Show line by line which event of the PBX led to what of a call.

    CALL is the number of the call, or an Asterisk unique id of one of its channels.
    """
    from ..explain import explain as explained
    from ..explain import masked
    from ..sql.pbx.explained import find_to_explain

    with opened(config_in_force()) as db, db.transaction("read") as tx:
        told = find_to_explain(tx, SYSTEM, call)
    for subject, events in told:
        click.echo(explained(*masked(subject, events)) if mask else explained(subject, events), nl=False)
