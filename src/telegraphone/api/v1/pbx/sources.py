"""/sources: which logs are read, and how far each has been read."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from ....config.sources import FollowedSource
from ....ingest import tables
from ....ingest.follow_files import LogFile
from ....sql.pbx.sources import Source, list_sources
from ....web.endpoint import Asked, Endpoint


class SourceBody(msgspec.Struct, frozen=True, kw_only=True):
    """`position`: bytes, lines or the number of a row; `read_at`: when something new was last read, null if never.

    `is_configured`: this server is told to follow it; `is_followed`: somebody does so now. `behind`: bytes that were not read yet, null
    where this server cannot know.
    """

    pbx: str
    source: str
    path: str
    position: int
    read_at: datetime | None
    is_configured: bool
    is_followed: bool
    behind: int | None


class Sources(msgspec.Struct, frozen=True):
    """All of them; `next` is always null."""

    items: list[SourceBody]
    next: None = None


async def get_sources(asked: Asked[None, None]) -> Sources:
    """All logs that were ever read, and those that are to be followed."""
    known = await asked.db.read(list_sources, asked.actor)
    return Sources(await asyncio.to_thread(_bodies, known, asked.config.sources, asked.now))


def _bodies(known: Sequence[Source], configured: Sequence[FollowedSource], now: datetime) -> list[SourceBody]:
    named = {(one.pbx, one.source, _shown(one)): one for one in configured}
    found = {(one.pbx, one.source, one.path): one for one in known}
    return [_body(key, found.get(key), named.get(key), now) for key in sorted(found.keys() | named.keys())]


def _shown(one: FollowedSource) -> str:
    return tables.shown(one.url) if one.url else one.path


def _body(key: tuple[str, str, str], known: Source | None, named: FollowedSource | None, now: datetime) -> SourceBody:
    pbx, source, path = key
    return SourceBody(
        pbx=pbx, source=source, path=path, position=known.position if known else 0, read_at=known.read_at if known else None,
        is_configured=named is not None, is_followed=bool(known and known.held_until and known.held_until > now),
        behind=None if known is None else _behind(known),
    )  # fmt: skip


def _behind(known: Source) -> int | None:
    if known.state is None or not Path(known.path).is_absolute():
        return None
    log = LogFile(Path(known.path), known.source, ZoneInfo("UTC"))
    try:
        return log.behind(log.place_of(known.state))
    except msgspec.MsgspecError:  # a place of another kind: of a table, of a folder
        return None


ENDPOINTS = (Endpoint(method="GET", path="/sources", function=get_sources, right="admin", answer=Sources),)
