"""The command `telegraphone`. Answers stand on standard output, progress and errors on standard error.

Exit status: 0 done, 1 it could not go on, 2 the command line makes no sense, 3 done but something was found that the command was asked
to be strict about, 130 interrupted.
"""

import os
import signal
from pathlib import Path

import click

from .. import __version__
from ..config import PREFIX, shown
from .coverage import coverage
from .directory import directory
from .importing import import_command
from .ingesting import ingest
from .keys import key
from .server import demo, serve, worker
from .store import check, explain, migrate_command, rebuild
from .terminal import Commands, as_json, config_in_force, tell
from .users import user
from .webhook import webhook


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


@main.command("config")
@as_json
def config_command(as_json: bool) -> None:
    """Show the settings in force, without secrets."""
    values = shown(config_in_force())
    width = max(map(len, values)) + len(PREFIX)
    tell(as_json, values, "\n".join(f"{PREFIX + name.upper():{width}} = {value}" for name, value in values.items()))


@main.command()
def version() -> None:
    """Show the version."""
    click.echo(__version__)


for command in (
    serve, worker, demo, migrate_command, ingest, import_command, directory, user, key, webhook, coverage, check, rebuild, explain,
):  # fmt: skip
    main.add_command(command)
