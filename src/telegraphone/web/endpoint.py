"""An endpoint: one line of a dialect's table. Routing, validation and the OpenAPI document are all made from it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

import msgspec
from starlette.requests import Request

from ..access import Actor, Right
from ..config import Config
from ..db import Db
from ..interpret import Settings
from ..media import Media
from .parse import MIB, NoQuery
from .playing import Playing
from .ticker import Ticker
from .who import Keys

Q = TypeVar("Q")
B = TypeVar("B")
Method = Literal["GET", "HEAD", "POST", "PUT", "DELETE"]


class Services(msgspec.Struct, frozen=True):
    """What the application holds for its requests."""

    config: Config
    db: Db
    media: Media
    keys: Keys
    clock: Callable[[], datetime]
    settings: Settings
    document: Callable[[], dict[str, Any]]
    ticker: Ticker
    playing: Playing = msgspec.field(default_factory=Playing)


class Asked(msgspec.Struct, Generic[Q, B], frozen=True):
    """A request whose sender is known and whose parameters and body were found to be right."""

    request: Request
    services: Services
    actor: Actor
    now: datetime
    query: Q
    body: B

    @property
    def db(self) -> Db:
        return self.services.db

    @property
    def media(self) -> Media:
        return self.services.media

    @property
    def config(self) -> Config:
        return self.services.config

    def path(self, name: str) -> str:
        """A part of the path; whatever it holds."""
        return str(self.request.path_params[name])


Function = Callable[[Asked[Any, Any]], Awaitable[Any]]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`function` answers a value of the type `answer`, or a Response of its own.

    `right`: None lets any known key in. `right_inside`: one that the SQL function looks at itself, since it writes refusals down; told
    in the document only. `body`: the type of the JSON body; `streams`: the media types of a body that the function reads itself, without a
    limit. `answers`: media types of an answer that is no JSON. `together`: parameters that need another one. `also`: statuses that this
    endpoint has beside the usual ones. `ignores_unknown`: as the dialect's, where somebody else's server decides what is sent.
    """

    method: Method
    path: str
    function: Function
    right: Right | None = None
    right_inside: Right | None = None
    needs_token: bool = True
    query: type[msgspec.Struct] = NoQuery
    together: Mapping[str, str] = {}
    body: Any = None
    body_is_optional: bool = False
    body_limit: int = MIB
    streams: tuple[str, ...] = ()
    answer: Any = None
    status: int = 200
    answers: tuple[str, ...] = ()
    also: tuple[int, ...] = ()
    ignores_unknown: bool = False


class Dialect(msgspec.Struct, frozen=True):
    """A table of endpoints and where it is served. `ignores_unknown`: parameters of a URL that nobody knows are no error.

    `path_types`: what the parts of paths may hold, for the document; what cannot be one of them is 404.
    """

    name: str
    prefixes: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    path_types: Mapping[str, Any] = {}
    ignores_unknown: bool = False
