"""Whether the server lives, whether it can work, and what it counts."""

import asyncio
import contextlib
from typing import Literal

import msgspec
import structlog
from starlette.responses import Response

from ...errors import NotFound, Unavailable
from ...media import Media
from ...model import MediaKey
from ...sql.api_keys import look
from ...web.endpoint import Asked
from ...web.measures import render_measures

PATIENCE_S = 5.0
_log = structlog.get_logger()


class Health(msgspec.Struct, frozen=True):
    status: Literal["ok"]


async def get_health(asked: Asked[None, None]) -> Health:
    """The process answers. Needs no token."""
    return Health("ok")


async def get_readiness(asked: Asked[None, None]) -> Health:
    """The database and the media store answer too. Needs no token."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            await asyncio.gather(asked.db.read(look), _reach(asked.media))
    except TimeoutError:
        raise Unavailable(f"the database or the media store did not answer within {PATIENCE_S:.0f} s") from None
    except Exception as error:  # whatever it is, work cannot be done
        _log.warning("not ready", exc_info=error)
        raise Unavailable("the database or the media store cannot be used now") from error
    return Health("ok")


async def _reach(media: Media) -> None:
    with contextlib.suppress(NotFound):
        await media.size(MediaKey("readyz/no-such-file"))


async def get_metrics(asked: Asked[None, None]) -> Response:
    """Counts and times for Prometheus, of this worker. Any key may read them."""
    return Response(render_measures(), media_type="text/plain; version=0.0.4; charset=utf-8")
