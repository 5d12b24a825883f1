"""`telegraphone key`."""

from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from ..access import RIGHTS, SYSTEM
from .terminal import as_json, config_in_force, minute, opened, table, tell
from .users import scope_of, scope_options, seen_by


@click.group()
def key() -> None:
    """API keys: what lets a program in."""


@key.command("add")
@click.argument("name")
@click.option("--right", "rights", multiple=True, required=True, type=click.Choice(RIGHTS), help="What it may do; can be repeated.")
@scope_options
@as_json
def key_add(name: str, rights: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Make a key. It is shown once, here; only its hash is kept. With queues, agents or dates it opens these calls only."""
    from ..credentials import new_key
    from ..sql.people.api_keys import add_key

    secret, sha256 = new_key()
    with opened(config_in_force()) as db, db.transaction() as tx:
        added = add_key(tx, SYSTEM, name, rights, sha256, datetime.now(UTC), scope_of(**given))
    tell(as_json, {"name": added.name, "rights": added.rights, "key": secret}, secret)


@key.command("list")
@as_json
def key_list(as_json: bool) -> None:
    """All keys, revoked ones too, without their secrets."""
    from ..sql.people.api_keys import list_keys

    with opened(config_in_force()) as db, db.transaction("read") as tx:
        keys = list_keys(tx, SYSTEM)
    columns = ("name", "rights", "sees", "created", "revoked")
    rows = [(k.name, " ".join(k.rights), seen_by(k.scope), minute(k.created_at), minute(k.revoked_at)) for k in keys]
    tell(as_json, [msgspec.to_builtins(k) for k in keys], table(columns, rows) if rows else "There are no keys.")


@key.command("revoke")
@click.argument("name")
def key_revoke(name: str) -> None:
    """Let a key open nothing any more. Running servers refuse it within five seconds."""
    from ..sql.people.api_keys import revoke_key

    with opened(config_in_force()) as db, db.transaction() as tx:
        revoke_key(tx, SYSTEM, name, datetime.now(UTC))
    click.echo(f"{name} is revoked.")
