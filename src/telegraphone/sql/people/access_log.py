"""Who heard, saw or changed what, when, and whose sign-ins failed: rows are only ever added."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from ...access import Actor, require
from ...db import Row, Tx, micros, moment

Action = Literal["listen", "download", "metadata", "peaks", "upload"]
"""What is done with a recording; what is changed has words of its own (`add_change`)."""
ONE_PLAYBACK = timedelta(minutes=1)
"""A player fetches one recording in many ranges: those of one actor, file and action within this time are one row."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One row: `outcome` is `ok`, or the code of the refusal. `subject`: what was changed: a user, a key, a key of attached data."""

    id: int
    at: datetime
    actor: str
    action: str
    file_id: str
    call_id: int | None
    address: str
    outcome: str
    subject: str = ""


class AccessFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What to look for; None means: any. All that is given must hold."""

    actor: str | None = None
    action: str | None = None
    outcome: str | None = None
    subject: str | None = None
    file_id: str | None = None
    call_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None


_CONDITIONS = {
    "actor": "actor = :actor", "action": "action = :action", "outcome": "outcome = :outcome", "subject": "subject = :subject",
    "file_id": "file_id = :file_id", "call_id": "call_id = :call_id", "since": "at >= :since", "before": "at < :before",
}  # fmt: skip


def add_access(
    tx: Tx, actor: Actor, action: Action, file_id: str, *, now: datetime, call_id: int | None = None, outcome: str = "ok"
) -> None:
    """Write it down, unless this is one more range of a playback that stands there already. Refusals are written each time."""
    is_noted, args = noted(actor, action, file_id, now)
    tx.run(
        "insert into access_log (at, actor, action, file_id, call_id, address, outcome)"
        " select :noted_at, :noted_actor, :noted_action, :noted_file_id, :call_id, :noted_address, :outcome"
        f" where not (:outcome = 'ok' and {is_noted})",
        call_id=call_id, outcome=outcome, **args,
    )  # fmt: skip


def noted(actor: Actor, action: Action, file_id: str, now: datetime) -> tuple[str, Row]:
    """The condition that this playback stands there already, and its parameters."""
    args = {
        "noted_at": micros(now), "noted_since": micros(now - ONE_PLAYBACK), "noted_actor": _text(actor.name), "noted_action": action,
        "noted_file_id": _text(file_id), "noted_address": _text(actor.address),
    }  # fmt: skip
    return (
        "exists (select 1 from access_log where file_id = :noted_file_id and actor = :noted_actor and action = :noted_action"
        " and address = :noted_address and outcome = 'ok' and at > :noted_since and at <= :noted_at)",
        args,
    )


def add_change(
    tx: Tx, actor: Actor, action: str, subject: str, now: datetime, *, call_id: int | None = None, file_id: str = "", outcome: str = "ok"
) -> None:
    """Write down that something was changed, exported or tried: each time."""
    tx.run(
        "insert into access_log (at, actor, action, file_id, call_id, address, outcome, subject)"
        " values (:at, :actor, :action, :file_id, :call_id, :address, :outcome, :subject)",
        at=micros(now), actor=_text(actor.name), action=action, file_id=_text(file_id), call_id=call_id, address=_text(actor.address),
        outcome=outcome, subject=_text(subject),
    )  # fmt: skip


def list_accesses(tx: Tx, actor: Actor, wanted: AccessFilter | None = None, *, cursor: int | None = None, limit: int = 50) -> list[Access]:
    """One page, newest first; `cursor`: below this id."""
    require(actor, "admin")
    where: list[str] = []
    args: Row = {"limit": limit}
    for name, condition in _CONDITIONS.items():
        if wanted is not None and (value := getattr(wanted, name)) is not None:
            where, args[name] = [*where, condition], micros(value) if isinstance(value, datetime) else value
    if cursor is not None:
        where, args["cursor"] = [*where, "id < :cursor"], cursor
    conditions = f" where {' and '.join(where)}" if where else ""
    return [_access(row) for row in tx.all(f"select * from access_log{conditions} order by id desc limit :limit", **args)]


def _access(row: Row) -> Access:
    return Access(**{**row, "at": moment(row["at"])})


def _text(text: str) -> str:
    """Whatever was asked for can be written down: no U+0000 and no half characters, and not a book."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()[:255]
