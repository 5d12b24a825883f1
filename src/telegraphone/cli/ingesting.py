"""`telegraphone ingest`."""

import sys

import click
import msgspec

from ..opening import media_of, settings_of
from .terminal import FOUND, INTERRUPTED, as_json, config_in_force, opened, pbx_named, progress, tell, zone_named


@click.command()
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
      asterisk-cel        CEL: a CSV file, or a database with a `cel` table (mysql://…, postgresql://… or sqlite:///…)
      asterisk-queue-log  queue_log: the file, or a database with a `queue_log` table
      asterisk-cdr        CDR: Master.csv, or a database with a `cdr` table; it tells less than CEL
      asterisk-ami        the manager's event stream, recorded in a file
      telegraphone        our own events as JSON lines (docs/api.md), from PBXs of other kinds
      recordings          a folder of audio files, or one such file

    It can be stopped at any time and run again, on the same files or on longer ones: what is known is not kept twice. Lines that cannot be
    read are kept and told at the end, and do not stop it.
    """
    from ..feed import Wanted, feed

    config = config_in_force()
    wanted = Wanted(
        source=source, paths=paths, pbx=pbx_named(pbx), zone=zone_named(timezone) if timezone else config.timezone,
        columns=tuple(c.strip() for c in columns.split(",")) if columns else None, move=flags["move"],
    )  # fmt: skip
    with opened(config) as db, progress() as show:
        tally = feed(db, media_of(config), settings_of(config), wanted, show)
    tell(flags["as_json"], msgspec.to_builtins(tally), tally.text())
    if tally.is_interrupted:
        sys.exit(INTERRUPTED)
    if flags["strict"] and not tally.is_clean:
        sys.exit(FOUND)
