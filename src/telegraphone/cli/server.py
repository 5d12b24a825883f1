"""The commands that serve: the server, a worker beside it, and a demonstration."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from .. import __version__
from ..access import SYSTEM
from ..config import PREFIX, Config, with_token
from ..opening import db_of
from .terminal import config_in_force, progress

FIRST = "admin"
"""The name of the administrator who is made at the first start."""


@click.command()
@click.option("--host", help="The address to listen on, instead of TELEGRAPHONE_HOST.")
@click.option("--port", help="The port to listen on, instead of TELEGRAPHONE_PORT.")
@click.option("--workers", help="How many processes answer, instead of TELEGRAPHONE_WORKERS.")
def serve(**options: str | None) -> None:
    """Answer requests until stopped with Ctrl-C or SIGTERM."""
    os.environ.update({f"{PREFIX}{name.upper()}": value for name, value in options.items() if value is not None})
    from ..serving import check_free, serve, url_of
    from ..waiting import wait_for_database

    check_free(config_in_force())
    wait_for_database(config_in_force(), answering=True)
    config, is_new = with_token(config_in_force())
    password = _first_password(config)
    if is_new:
        click.echo(f"A token was made: {config.token}")
        click.echo(f"It is kept in {config.data / 'token'} and not shown again. Requests carry it as X-Auth-Token.")
    if password is not None:
        click.echo(f"A user was made: {FIRST}, with the password {password}")
        click.echo("It is kept nowhere and not shown again. `telegraphone user passwd admin` gives another one.")
    serve(config, lambda: click.echo(f"Telegraphone {__version__} answers on {url_of(config)}", err=True))


def _first_password(config: Config) -> str | None:
    """Of the first administrator, whom a database without users gets; None if there are users."""
    from ..credentials import hash_password, new_password
    from ..sql.people.accounts import add_first_account, list_accounts

    db = db_of(config, readers=1)
    try:
        with db.transaction("read") as tx:
            if list_accounts(tx, SYSTEM):
                return None
        password = new_password()
        hashed = hash_password(password)
        with db.transaction() as tx:
            return password if add_first_account(tx, FIRST, hashed, datetime.now(UTC)) else None
    finally:
        db.close()


@click.command()
def worker() -> None:
    """Follow the sources of TELEGRAPHONE_SOURCES without answering requests, until stopped with Ctrl-C or SIGTERM.

    `serve` follows them too. A worker beside it, on the PBX for example, takes that over: each source is read by one of them at a time.
    """
    from ..app import run_worker
    from ..waiting import wait_for_database

    config = config_in_force()
    wait_for_database(config, answering=False)
    click.echo(f"Telegraphone {__version__} follows {len(config.sources)} sources", err=True)
    run_worker(config)


@click.command()
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), default="demo-data", show_default=True, help="Its folder.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default="9400", show_default=True, help="The port to listen on.")
def demo(data: Path, host: str, port: str) -> None:
    """Serve a made-up contact centre: two months of calls, some to listen to.

    Everything is in one folder, which the next run uses again; remove it to begin anew. Your own settings and data are not touched.
    """
    from ..demonstration import serve_demo

    serve_demo(data.absolute(), host, port, progress)
