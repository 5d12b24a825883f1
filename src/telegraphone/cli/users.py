"""`telegraphone user`: people who sign in."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from ..access import PROFILES, SYSTEM, Scope
from .terminal import as_json, config_in_force, minute, moment_at, opened, stop, table, tell

Command = Callable[..., Any]


def scope_options(command: Command) -> Command:
    """What somebody is given to see; for users and keys."""
    options = (
        click.option(
            "--queue", "queues", multiple=True, help="A queue whose calls are given: its number or the PBX's name; repeatable; *: all."
        ),
        click.option("--agent", "agents", multiple=True, help="The number of an agent whose calls are given; repeatable."),
        click.option("--from", "from_", metavar="DATE", help="Only calls that begin at or after this moment (yyyy-MM-dd or ISO 8601)."),
        click.option("--to", metavar="DATE", help="Only calls that begin before this moment."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def scope_of(queues: tuple[str, ...], agents: tuple[str, ...], from_: str | None, to: str | None) -> Scope:
    """The scope that the options name."""
    zone = config_in_force().timezone
    since = moment_at(from_, zone, "--from") if from_ else None
    return Scope(queues, agents, since, moment_at(to, zone, "--to") if to else None)


_profile = click.option("--profile", required=True, type=click.Choice(list(PROFILES)), help="What kind of person it is.")
_password_file = click.option(
    "--password-file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="A file with the password in its first line; - is standard input.",
)


@click.group()
def user() -> None:
    """People who sign in: administrators, supervisors, teachers, agents."""


@user.command("add")
@click.argument("name")
@_profile
@click.option("--full-name", default="", help="How people call them.")
@scope_options
@_password_file
@click.option("--no-password", is_flag=True, help="They sign in elsewhere only.")
@as_json
def user_add(name: str, profile: Any, full_name: str, password_file: Path | None, no_password: bool, as_json: bool, **given: Any) -> None:
    """Make somebody known. The password is asked for, or read from a file.

    An administrator sees everything; a supervisor the calls of queues and agents; a teacher those of queues within a span of time; an agent
    those of numbers of his own.
    """
    from ..sql.people.accounts import Wanted, add_account

    hashed = None if no_password else _hashed(name, password_file)
    wanted = Wanted(profile=profile, scope=scope_of(**given), full_name=full_name)
    with opened(config_in_force()) as db, db.transaction() as tx:
        added = add_account(tx, SYSTEM, name, wanted, hashed, datetime.now(UTC))
    tell(as_json, msgspec.to_builtins(added), f"{added.name} is a user: {profile}.")


@user.command("list")
@as_json
def user_list(as_json: bool) -> None:
    """Everybody who signs in, those who may not any more too."""
    from ..sql.people.accounts import list_accounts

    with opened(config_in_force()) as db, db.transaction("read") as tx:
        accounts = list_accounts(tx, SYSTEM)
    columns = ("name", "full name", "profile", "sees", "signed in", "disabled")
    rows = [
        (a.name, a.full_name, a.profile, seen_by(a.scope), minute(a.signed_in_at), "disabled" if a.is_disabled else "") for a in accounts
    ]
    tell(as_json, [msgspec.to_builtins(a) for a in accounts], table(columns, rows) if rows else "There are no users.")


@user.command("grant")
@click.argument("name")
@_profile
@scope_options
@as_json
def user_grant(name: str, profile: Any, as_json: bool, **given: Any) -> None:
    """Give somebody this profile and these calls, in place of what was given before."""
    from ..sql.people.accounts import Wanted, get_account, put_account

    with opened(config_in_force()) as db, db.transaction() as tx:
        before = get_account(tx, SYSTEM, name)
        wanted = Wanted(profile=profile, scope=scope_of(**given), full_name=before.full_name, language=before.language)
        after = put_account(tx, SYSTEM, name, wanted, datetime.now(UTC), is_disabled=before.is_disabled)
    tell(as_json, msgspec.to_builtins(after), f"{after.name} is {profile} and sees {seen_by(after.scope)}.")


@user.command("passwd")
@click.argument("name")
@_password_file
def user_passwd(name: str, password_file: Path | None) -> None:
    """Give somebody a new password, asked for or read from a file. Their sessions end."""
    from ..sql.people.accounts import get_account, put_password

    with opened(config_in_force()) as db:
        with db.transaction("read") as tx:
            get_account(tx, SYSTEM, name)
        hashed = _hashed(name, password_file)
        with db.transaction() as tx:
            put_password(tx, SYSTEM, name, hashed, datetime.now(UTC))
    click.echo(f"{name} has a new password.")


@user.command("disable")
@click.argument("name")
def user_disable(name: str) -> None:
    """Let somebody in no more. Their sessions end; the name stays known, since the access log speaks of it."""
    _disable(name, True)
    click.echo(f"{name} is disabled.")


@user.command("enable")
@click.argument("name")
def user_enable(name: str) -> None:
    """Let somebody in again."""
    _disable(name, False)
    click.echo(f"{name} is enabled.")


def seen_by(scope: Scope | None) -> str:
    """What somebody is given to see, for people to read."""
    if scope is None:
        return "everything"
    parts = ["all calls"] if scope.is_everything else [f"queue {one}" for one in scope.queues] + [f"agent {one}" for one in scope.agents]
    parts += [f"from {minute(scope.from_)}"] if scope.from_ else []
    return ", ".join([*parts, *([f"to {minute(scope.to)}"] if scope.to else [])]) or "nothing"


def _disable(name: str, is_disabled: bool) -> None:
    from ..sql.people.accounts import disable_account

    with opened(config_in_force()) as db, db.transaction() as tx:
        disable_account(tx, SYSTEM, name, datetime.now(UTC), is_disabled=is_disabled)


def _hashed(name: str, file: Path | None) -> str:
    from ..credentials import hash_password
    from ..sql.people.accounts import check_password

    password = _asked(name) if file is None else _read(file)
    check_password(password, name)
    return hash_password(password)


def _asked(name: str) -> str:
    """From the terminal, twice; never from the command line, which others see."""
    if not sys.stdin.isatty():
        stop("there is no terminal to ask for the password; give --password-file FILE, or - for standard input")
    return str(click.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True, err=True))


def _read(file: Path) -> str:
    text = sys.stdin.readline() if str(file) == "-" else file.read_text("utf-8")
    return text.split("\n", 1)[0].rstrip("\r")
