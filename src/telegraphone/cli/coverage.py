"""`telegraphone coverage`: how many calls that should have a recording have one, and which have none."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import click
import msgspec

from ..access import SYSTEM
from ..config import Config
from ..db import Tx
from ..sql.recorded.coverage import Asking, By, Count, Lacking, asking_of, count_coverage, list_lacking
from .terminal import Row, as_json, config_in_force, moment_at, opened, table, tell

COLUMNS: Row = ("should", "recorded", "", "flawed", "expected", "missing", "removed")
MISSING_COLUMNS: Row = ("id", "started", "caller", "dialled", "talk", "reason", "recordings")


@click.command()
@click.option("--since", metavar="DATE", help="Calls that started at or after this moment; otherwise thirty days back.")
@click.option("--before", metavar="DATE", help="Calls that started before this moment; otherwise now.")
@click.option("--by", type=click.Choice(get_args(By)), default="day", show_default=True, help="What to count by.")
@click.option("--missing", is_flag=True, help="List the calls without a recording, and why, instead of counting.")
@as_json
def coverage(since: str | None, before: str | None, by: By, missing: bool, as_json: bool) -> None:
    """Tell how many calls should have a recording, and how many have one.

    Which calls should have one says TELEGRAPHONE_RECORDING_POLICY; without it those of which the PBX announced a recording.
    """
    config = config_in_force()
    asking = _asking(config, since, before)
    with opened(config) as db, db.transaction("read") as tx:
        value, rows = _missing(tx, asking, config.timezone) if missing else _counts(tx, asking, by, config.timezone)
    tell(as_json, msgspec.to_builtins({"since": asking.since, "before": asking.before, **value}), table(rows[0], rows[1:]))


def _asking(config: Config, since: str | None, before: str | None) -> Asking:
    start, end = (moment_at(text, config.timezone, f"--{name}") if text else None for name, text in (("since", since), ("before", before)))
    return asking_of(config.recording_policy, datetime.now(UTC), start, end)


def _counts(tx: Tx, asking: Asking, by: By, zone: ZoneInfo) -> tuple[dict[str, Any], list[Row]]:
    counts = count_coverage(tx, SYSTEM, asking, by, zone)
    named = [(f"{count.key} {count.name}".strip() if count.name != count.key else count.key, count) for count in counts.items]
    rows = [(by, *COLUMNS), *(_row(name or "none", count) for name, count in named), _row("all", counts.total)]
    return {"by": by, "items": counts.items, "total": counts.total}, rows


def _row(name: str, count: Count) -> Row:
    share = f"{count.recorded / count.should:.1%}" if count.should else ""
    flaws = ", ".join(f"{number} {flaw}" for flaw, number in sorted(count.flaws.items()))
    flawed = f"{count.flawed} ({flaws})" if flaws else str(count.flawed)
    return (name, str(count.should), str(count.recorded), share, flawed, str(count.expected), str(count.missing), str(count.removed))


def _missing(tx: Tx, asking: Asking, zone: ZoneInfo) -> tuple[dict[str, Any], list[Row]]:
    found = list(_all_lacking(tx, asking))
    return {"items": found}, [MISSING_COLUMNS, *(_missing_row(call, zone) for call in found)]


def _missing_row(call: Lacking, zone: ZoneInfo) -> Row:
    talk = "" if call.talk_s is None else f"{call.talk_s:.1f} s"
    started = f"{call.started_at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
    return (str(call.id), started, call.caller.number, call.dialled.number, talk, call.reason, " ".join(call.recordings))


def _all_lacking(tx: Tx, asking: Asking) -> Iterator[Lacking]:
    found, cursor = list_lacking(tx, SYSTEM, asking, None, 1000)
    yield from found
    while cursor is not None:
        found, cursor = list_lacking(tx, SYSTEM, asking, cursor, 1000)
        yield from found
