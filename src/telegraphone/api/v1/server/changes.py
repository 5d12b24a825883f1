"""/changes: what happens, told as it happens, as server-sent events."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Set
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ....access import Actor, require
from ....errors import TelegraphoneError, Unavailable
from ....sql.server.changes import KINDS, Told, check_kinds, find_visible, sees_all, without_sources
from ....web.endpoint import Asked
from ....web.streams import EventStream

RETRY_MS = 2000
_HIGHEST = 10**18


class ChangesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`kinds`: only these, comma-separated. `after`: go on after this id; without it, and without the header Last-Event-ID: from now on."""

    kinds: Annotated[str, Meta(max_length=500, examples=["call.ended,recording.available"])] | UnsetType = UNSET
    after: Annotated[int, Meta(ge=0, lt=_HIGHEST)] | UnsetType = UNSET


async def stream_changes(asked: Asked[ChangesQuery, None]) -> EventStream:
    """What happens to calls, recordings and sources, as server-sent events: as long as somebody listens, and as far as he may see it."""
    kinds = frozenset(KINDS) if asked.query.kinds is UNSET else check_kinds(asked.query.kinds.split(","))
    ticker = asked.services.ticker
    after = await ticker.start(_after(asked))
    return EventStream(_closed() if asked.request.method == "HEAD" else _told(asked, kinds, after), ticker.pace.slow_s)


def _after(asked: Asked[ChangesQuery, None]) -> int | None:
    """What a browser says when it comes back goes before the address, which it asks again as it was."""
    told = asked.request.headers.get("last-event-id", "")
    if told.isascii() and told.isdecimal() and len(told) <= 18:
        return int(told)
    return None if asked.query.after is UNSET else asked.query.after


async def _closed() -> AsyncGenerator[bytes, None]:
    """Nothing: only the head was asked for."""
    yield b""


async def _told(asked: Asked[ChangesQuery, None], kinds: Set[str], after: int) -> AsyncGenerator[bytes, None]:
    """The stream's bytes. Its first and its silent ones hold the place as well, so that who comes back goes on there."""
    ticker, actor, looked_at = asked.services.ticker, asked.actor, _clock()
    yield b"retry: %d\nid: %d\n\n" % (RETRY_MS, after)
    async with contextlib.aclosing(ticker.listen(after)) as pages:
        async for page in pages:
            try:
                if _clock() - looked_at >= ticker.pace.silence_s:
                    actor, looked_at = await _still(asked), _clock()
                shown = await _visible(asked, actor, [one for one in page if one.kind in kinds])
            except TelegraphoneError:  # he may not listen any more, or nobody can say
                return
            after = page[-1].id if page else after
            yield b"".join(map(_event, shown)) + (b"" if shown and shown[-1].id == after else b": so far\nid: %d\n\n" % after)


def _clock() -> float:
    return asyncio.get_running_loop().time()


async def _still(asked: Asked[Any, Any]) -> Actor:
    """Who listens, asked again: keys are revoked, and a stream may last for days. While the database is away, who he was."""
    try:
        actor = await asked.services.keys.get_actor(asked.request)
    except Unavailable:
        return asked.actor
    require(actor, "read")
    return actor


async def _visible(asked: Asked[Any, Any], actor: Actor, changes: list[Told]) -> list[Told]:
    """What he may hear of. The database is asked only where some calls are hidden from him."""
    mine = without_sources(actor, changes)
    return mine if not mine or sees_all(actor) else await asked.db.read(find_visible, actor, mine)


def _event(one: Told) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (one.id, one.kind.encode(), msgspec.json.encode(one.body()))
