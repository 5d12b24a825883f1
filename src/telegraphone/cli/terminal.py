"""What all commands share: how they answer, what they open, and how mistakes are told."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import click

from ..config import Config, load_config
from ..db import Db
from ..errors import TelegraphoneError
from ..opening import db_of
from ..zones import parse_moment

FOUND, INTERRUPTED = 3, 130
Row = tuple[str, ...]
"""The cells of a line of a table."""
as_json = click.option("--json", "as_json", is_flag=True, help="Answer with JSON instead of text.")


class Commands(click.Group):
    """What we raise on purpose becomes one line and exit status 1; everything else is a bug and shows its trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TelegraphoneError as error:
            stop(error.detail or error.title)
        except OSError as error:
            stop(f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "))
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)


def stop(reason: str) -> NoReturn:
    click.echo(f"telegraphone: {' '.join(reason.split())}", err=True)
    sys.exit(1)


def config_in_force() -> Config:
    return load_config(os.environ)


@contextmanager
def opened(config: Config) -> Iterator[Db]:
    db = db_of(config, readers=2)
    try:
        yield db
    finally:
        db.close()


@contextmanager
def progress() -> Iterator[Callable[[Any], None]]:
    """One line on a terminal that says how far it is."""
    if not sys.stderr.isatty():
        yield lambda what: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("reading …") as status:
        yield lambda what: status.update(escape(what if isinstance(what, str) else f"{what.path}: {what.read:,} read, {what.new:,} new"))


def pbx_named(name: str) -> str:
    if not (0 < len(name) <= 100 and name.isprintable()):
        raise click.BadParameter("must have 1 to 100 printable characters", param_hint="--pbx")
    return name


def zone_named(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise click.BadParameter(f"{name!r} is not a time zone's name, such as Europe/Paris", param_hint="--timezone") from error


def moment_at(text: str, zone: ZoneInfo, option: str = "--since") -> datetime:
    try:
        return parse_moment(text, zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


def minute(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else ""


def tell(as_json: bool, value: Any, text: str) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else text)


def table(columns: Row, rows: Sequence[Row]) -> str:
    widths = [max(len(row[place]) for row in [columns, *rows]) for place in range(len(columns))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [columns, *rows])
