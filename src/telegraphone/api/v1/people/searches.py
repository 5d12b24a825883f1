"""/searches: those that the asker keeps."""

import msgspec

from ....sql.people.searches import SavedSearch, get_search, list_searches, put_search, remove_search
from ....web.endpoint import Asked, Endpoint
from ....web.fields import Written, check_name


class SearchBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of an address, as they stand behind its `?`."""

    query: Written


class Searches(msgspec.Struct, frozen=True):
    """All of the asker; `next` is always null."""

    items: list[SavedSearch]
    next: None = None


async def get_searches(asked: Asked[None, None]) -> Searches:
    """One's own saved searches, by name."""
    return Searches(await asked.db.read(list_searches, asked.actor))


async def get_one_search(asked: Asked[None, None]) -> SavedSearch:
    """One saved search."""
    return await asked.db.read(get_search, asked.actor, _name(asked))


async def put_one_search(asked: Asked[None, SearchBody]) -> SavedSearch:
    """Keep a search under a name of one's own; what had this name is replaced."""
    return await asked.db.write(put_search, asked.actor, _name(asked), asked.body.query, asked.now)


async def remove_one_search(asked: Asked[None, None]) -> None:
    """Keep it no longer."""
    await asked.db.write(remove_search, asked.actor, _name(asked))


def _name(asked: Asked[None, SearchBody] | Asked[None, None]) -> str:
    return check_name("name", asked.path("search"), 100)


_ONE = "/searches/{search:path}"
ENDPOINTS = (
    Endpoint(method="GET", path="/searches", function=get_searches, right="read", answer=Searches),
    Endpoint(method="GET", path=_ONE, function=get_one_search, right="read", answer=SavedSearch, also=(404,)),
    Endpoint(method="PUT", path=_ONE, function=put_one_search, right="read", body=SearchBody, answer=SavedSearch, also=(404, 409)),
    Endpoint(method="DELETE", path=_ONE, function=remove_one_search, right="read", status=204, also=(404,)),
)
