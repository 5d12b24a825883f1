"""`telegraphone directory`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from ..access import SYSTEM
from .terminal import as_json, config_in_force, opened, tell


@click.group()
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
    from ..ingest.directory_csv import read_directory
    from ..sql.directory import put_directory
    from ..sql.people.access_log import add_change

    with file.open(encoding="utf-8-sig", newline="") as lines:
        entries = read_directory(lines)
    with opened(config_in_force()) as db, db.transaction() as tx:
        counts = {kind: put_directory(tx, SYSTEM, kind, rows) for kind, rows in entries.items()}
        for kind in counts:
            add_change(tx, SYSTEM, "directory", kind, datetime.now(UTC))
    tell(as_json, counts, "Loaded " + (", ".join(f"{count} {kind}" for kind, count in counts.items()) or "nothing") + ".")
