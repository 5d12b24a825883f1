"""Whether the server lives, whether it can work, how the things are that it depends on, and what it counts."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from ....access import Actor
from ....db import Tx
from ....errors import TelegraphoneError, Unavailable
from ....sql.server.conditions import Condition, list_conditions
from ....sql.server.counts import Counts, get_counts
from ....web.endpoint import Asked
from ....web.measures import render_measures
from ....web.numbers import Numbers, render_numbers

PATIENCE_S = 5.0


class Health(msgspec.Struct, frozen=True):
    status: Literal["ok"]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the server depends on. `state`: `ok`, `failing`, `unknown` (nobody has looked for a minute); the database may be
    `not_writable`. `reason` is told to who administers.
    """

    state: str
    since: datetime | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class DiskPart(Part, frozen=True, kw_only=True):
    """`state`: `ok`, `low`, `unknown`. `host` and `folder`: which."""

    host: str | UnsetType = UNSET
    folder: str | UnsetType = UNSET
    free_bytes: int | UnsetType = UNSET


class SourcePart(Part, frozen=True, kw_only=True):
    """`state`: `following`, `behind` (its end was not reached for a minute), `failing`, `unknown` (nobody follows it). `lag_s`: for how
    long its end was not reached; `seen_at`: when somebody last looked.
    """

    pbx: str
    source: str
    lag_s: float
    seen_at: datetime
    path: str | UnsetType = UNSET


class Readiness(msgspec.Struct, frozen=True, kw_only=True):
    """`degraded`: requests are answered, and something is not as it should be."""

    status: Literal["ok", "degraded"]
    database: Part
    media: Part
    disks: list[DiskPart]
    sources: list[SourcePart]


async def get_health(asked: Asked[None, None]) -> Health:
    """The process answers. Needs no token."""
    return Health("ok")


async def get_readiness(asked: Asked[None, None]) -> Readiness:
    """Whether requests can be answered, and how the database, the media store, the disks and the sources are. Needs no token; with one that
    may administer, it gives reasons and paths.
    """
    found = await _conditions(asked)
    is_admin = await _may_know(asked)
    trouble = asked.db.trouble
    database = Part(state="not_writable" if trouble else "ok", reason=trouble if trouble and is_admin else UNSET)
    media = _media(found, asked.now, is_admin)
    disks = [_disk(one, asked.now, is_admin) for one in found if one.kind == "disk"]
    sources = [_source(one, asked.now, is_admin) for one in found if one.kind == "source"]
    is_well = _all_well([database, media, *disks, *sources])
    return Readiness(status="ok" if is_well else "degraded", database=database, media=media, disks=disks, sources=sources)


async def _conditions(asked: Asked[Any, Any]) -> list[Condition]:
    """Only without a database nothing can be answered."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await asked.db.read(list_conditions, asked.now)
    except TimeoutError:
        raise Unavailable(f"the database did not answer within {PATIENCE_S:.0f} s", "database") from None
    except Unavailable:
        raise
    except Exception as error:  # whatever it is, work cannot be done
        raise Unavailable(f"the database cannot be used now ({type(error).__name__})", "database") from error


async def _may_know(asked: Asked[Any, Any]) -> bool:
    """Whether whoever asks has shown that he administers."""
    try:
        actor: Actor = await asked.services.keys.get_actor(asked.request)
    except TelegraphoneError:
        return False
    return "admin" in actor.rights


def _all_well(parts: Iterable[Part]) -> bool:
    """What nobody has looked at yet is no fault of itself: a server that begins; a source that nobody follows is one."""
    return all(part.state in ("ok", "following") or (part.state == "unknown" and not isinstance(part, SourcePart)) for part in parts)


def _told(one: Condition, now: datetime, is_admin: bool) -> dict[str, Any]:
    return {"state": one.state_at(now), "since": one.since, "reason": one.reason if one.reason and is_admin else UNSET}


def _media(found: Iterable[Condition], now: datetime, is_admin: bool) -> Part:
    """As the machine sees it for which it is worst."""
    states = ("failing", "ok", "unknown")
    of_each = sorted((one for one in found if one.kind == "media"), key=lambda one: states.index(one.state_at(now)))
    return Part(**_told(of_each[0], now, is_admin)) if of_each else Part(state="unknown")


def _disk(one: Condition, now: datetime, is_admin: bool) -> DiskPart:
    host, _, folder = one.name.partition("\n")
    more = {"host": host, "folder": folder, "free_bytes": one.facts["free_bytes"]} if is_admin else {}
    return DiskPart(**_told(one, now, is_admin), **more)


def _source(one: Condition, now: datetime, is_admin: bool) -> SourcePart:
    pbx, source, path = one.name.split("\n", 2)
    told = _told(one, now, is_admin)
    return SourcePart(**told, pbx=pbx, source=source, lag_s=one.facts["lag_s"], seen_at=one.seen_at, path=path if is_admin else UNSET)


async def get_metrics(asked: Asked[None, None]) -> Response:
    """Counts and times for Prometheus: requests are this worker's, all else is the same from every worker. Any key may read them."""
    try:
        counts, conditions = await asked.db.read(_numbers, asked.now)
        numbers = Numbers(asked.now, asked.db.trouble, counts, conditions)
    except Unavailable as error:  # that is what one wants to see, too
        numbers = Numbers(asked.now, error.detail, None, [])
    return Response(render_measures() + render_numbers(numbers), media_type="text/plain; version=0.0.4; charset=utf-8")


def _numbers(tx: Tx, now: datetime) -> tuple[Counts, list[Condition]]:
    return get_counts(tx), list_conditions(tx, now)
