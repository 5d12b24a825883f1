"""`telegraphone import`: the history of an earlier system."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from ..opening import settings_of
from .terminal import FOUND, as_json, config_in_force, opened, pbx_named, progress, tell, zone_named


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--pbx", default="pbx1", show_default=True, help="The name of the PBX whose calls these were.")
@click.option("--timezone", help="Of times without an offset; instead of TELEGRAPHONE_TIMEZONE.")
@click.option("--strict", is_flag=True, help="Exit with 3 if a row told no call.")
@as_json
def import_command(path: Path, pbx: str, timezone: str | None, strict: bool, as_json: bool) -> None:
    """Read the calls of an earlier system: a CSV or Parquet file with a row for each.

    Columns, by name, of which only the first two must be there: linked_id, started_at, answered_at, ended_at, direction, outcome,
    caller_number, caller_name, caller_interface, dialled_number, dialled_name, answered_by_number, answered_by_name, answered_by_interface,
    agent, queue, queue_outcome, unique_ids, recordings, attached_data. A call that is known stays as it is: the same file again changes
    nothing. Into an empty store it is quickest.
    """
    from ..earlier import Imported, import_earlier

    config = config_in_force()
    zone = zone_named(timezone) if timezone else config.timezone
    with opened(config) as db, progress() as show:

        def told(done: Imported) -> None:
            show(f"{done.path}: {done.read:,} read")

        done: Any = import_earlier(db, path, pbx_named(pbx), zone, settings_of(config), datetime.now(UTC), told)
    tell(as_json, msgspec.to_builtins(done), done.text())
    if strict and done.unreadable:
        sys.exit(FOUND)
