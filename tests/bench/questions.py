"""Each question that people ask of a store, in ever other words: as a request, and as the function that answers it."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from telegraphone.access import SYSTEM
from telegraphone.db import Tx
from telegraphone.model import CallId
from telegraphone.numbers import canonical
from telegraphone.sql.call_summaries import list_summaries, with_unique_id
from telegraphone.sql.calls import CallFilter, count_calls, get_call, list_calls
from telegraphone.sql.history import list_history
from telegraphone.sql.last_agent import find_last_agent
from tests.bench import made_calls as made
from tests.bench.answering import Request
from tests.bench.store import COUNTRY, NOW, PART, call_ids, other_number

PAGE = 50


class Asking(NamedTuple):
    """One question: as it is sent, and what the server does for it."""

    request: Request
    answer: Callable[[Tx], Any]


Question = Callable[[random.Random, int], Asking]
Draw = Callable[[random.Random, int], Any]


def search(**wanted: Draw) -> Question:
    """A page of /api/v1/calls."""

    def ask(dice: random.Random, size: int) -> Asking:
        return _page({name: value(dice, size) for name, value in wanted.items()})

    return ask


def _page(fields: dict[str, Any]) -> Asking:
    texts = {{"queue_status": "queueCallStatus"}.get(name, name): _text(value) for name, value in fields.items()}
    request = Request("GET", f"/api/v1/calls?{urlencode({**texts, 'limit': PAGE})}")
    return Asking(request, lambda tx: list_calls(tx, SYSTEM, CallFilter(limit=PAGE + 1, **fields)))


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return "yes" if value is True else str(value)


def always(value: Any) -> Draw:
    return lambda dice, size: value


def _number(dice: random.Random, size: int) -> str:
    part = dice.randrange(max(size // PART, 1))
    return other_number(made.number(made.caller(dice, min(size, PART))), part)


def _start(digits: int) -> Draw:
    return lambda dice, size: f"{_number(dice, size)[:digits]}%"


def _end(digits: int) -> Draw:
    return lambda dice, size: f"%{_number(dice, size)[-digits:]}"


def _middle(digits: int) -> Draw:
    return lambda dice, size: f"%{_number(dice, size)[1 : 1 + digits]}%"


def _agent(dice: random.Random, size: int) -> str:
    return str(2000 + dice.randrange(made.AGENTS))


def _queue(dice: random.Random, size: int) -> str:
    return str(3000 + dice.randrange(made.QUEUES))


def _case(dice: random.Random, size: int) -> str:
    return f"C{dice.randrange(size) * 7919 % 1_000_000_007:010}"


def _topic(dice: random.Random, size: int) -> str:
    return dice.choice(made.TOPICS)


def _name_part(dice: random.Random, size: int) -> str:
    return dice.choice(("falco", "lefev", "dino", "noel 3", "martin 12", "ine", "oux", "girard 40"))


def _within(days: int) -> dict[str, Draw]:
    """A span of so many days, anywhere: `before` follows what was drawn for `since`."""
    drawn: list[datetime] = []

    def since(dice: random.Random, size: int) -> datetime:
        drawn[:] = [NOW - timedelta(days=dice.randrange(days, made.DAYS))]
        return drawn[0]

    return {"since": since, "before": lambda dice, size: drawn[0] + timedelta(days=days)}


def _numbered_page(page: int) -> Question:
    """XiVO's search, recorded calls alone; deeper than the store is, its last page."""

    def ask(dice: random.Random, size: int) -> Asking:
        number = max(min(page, size * 8 // 10 // PAGE) - dice.randrange(10), 1)
        wanted = CallFilter(recorded=True, offset=(number - 1) * PAGE, limit=PAGE + 1)
        request = Request("POST", f"/records/search?page={number}&pageSize={PAGE}", b"{}")
        return Asking(request, lambda tx: list_summaries(tx, SYSTEM, wanted))

    return ask


def _by_cursor(page: int) -> Question:
    def ask(dice: random.Random, size: int) -> Asking:
        behind = min(page + dice.randrange(10), size // PAGE) * PAGE / size
        at = NOW - timedelta(days=made.DAYS * behind)
        return _page({"cursor": CallId(int(at.timestamp() * 1000) * 1024)})

    return ask


def _history(interface: Draw) -> Question:
    def ask(dice: random.Random, size: int) -> Asking:
        phone = interface(dice, size)
        request = Request("POST", "/history?size=50", msgspec.json.encode({"interface": phone}))
        return Asking(request, lambda tx: list_history(tx, SYSTEM, interface=phone, since=None, limit=50))

    return ask


def _last_agent(who: Draw) -> Question:
    def ask(dice: random.Random, size: int) -> Asking:
        caller = who(dice, size)
        request = Request("GET", f"/last_agent?{urlencode({'callerNo': caller, 'since': 2000})}")
        return Asking(request, lambda tx: find_last_agent(tx, SYSTEM, canonical(caller, COUNTRY), made.BEGINNING))

    return ask


def _of_unique_id(dice: random.Random, size: int) -> Asking:
    unique_id = f"{1_700_000_000 + dice.randrange(size)}.1"
    request = Request("POST", f"/records/callid_search?callid={unique_id}")
    return Asking(request, lambda tx: list_summaries(tx, SYSTEM, with_unique_id(unique_id)))


def _one_call(dice: random.Random, size: int) -> Asking:
    id = dice.choice(call_ids(min(size, PART)))
    return Asking(Request("GET", f"/api/v1/calls/{id}"), lambda tx: get_call(tx, SYSTEM, id))


def _count(**wanted: Any) -> Question:
    """The number of calls, with a page of one beside it."""

    def ask(dice: random.Random, size: int) -> Asking:
        request = Request("GET", f"/api/v1/calls?{urlencode({**wanted, 'limit': 1, 'count': 'true'})}")

        def answer(tx: Tx) -> Any:
            return list_calls(tx, SYSTEM, CallFilter(limit=2, **wanted)), count_calls(tx, SYSTEM, CallFilter(limit=2, **wanted))

        return Asking(request, answer)

    return ask


def _one_of_the_first_agents(dice: random.Random, size: int) -> str:
    return str(2000 + dice.randrange(20))


QUESTIONS: dict[str, Question] = {
    "newest page": search(),
    "agent by number": search(agent=_agent),
    "part of an agent's name": search(agent=_name_part),
    "queue": search(queue=_queue),
    "agent, queue, 30 days": search(agent=_agent, queue=_queue, **_within(30)),
    "30 days": search(**_within(30)),
    "XiVO start and end, 30 days": search(start=_within(30)["since"], end=always(NOW)),
    "exact number, either side": search(number=_number),
    "exact number of a caller": search(caller=_number),
    **{f"number's start, {n} digits": search(number=_start(n)) for n in (3, 4, 6, 8)},
    **{f"number's end, {n} digits": search(number=_end(n)) for n in (3, 4, 6, 8)},
    **{f"number's middle, {n} digits": search(number=_middle(n)) for n in (3, 4, 6, 8)},
    **{f"number's middle, {n} digits, 30 days": search(number=_middle(n), **_within(30)) for n in (3, 4, 6, 8)},
    "key and rare value": search(key=always("case"), value=_case),
    "key and common value": search(key=always("topic"), value=_topic),
    "key and absent value": search(key=always("topic"), value=always("nothing")),
    "key alone": search(key=always("topic")),
    "agent and queue that rarely meet": search(agent=_one_of_the_first_agents, queue=always("3039")),
    "topic and agent that nobody has": search(key=always("topic"), value=always("invoice"), agent=always("9999")),
    "number that nobody has": search(number=always("0999999999")),
    "number's middle that nobody has": search(number=always("%#123%")),
    "three digits' start that nobody has": search(number=always("099%")),
    "two digits' start that nobody has": search(number=always("09%")),
    "direction": search(direction=lambda dice, size: dice.choice(("incoming", "outgoing"))),
    "direction that no call has": search(direction=always("internal")),
    "outcome that no call has": search(outcome=always("voicemail")),
    "direction and outcome that never meet": search(direction=always("outgoing"), outcome=always("abandoned")),
    "queueCallStatus": search(queue_status=lambda dice, size: dice.choice(("abandoned", "timeout", "closed"))),
    "call of a unique id": _of_unique_id,
    "one call": _one_call,
    "page 1000": _numbered_page(1000),
    "page 1000 by cursor": _by_cursor(1000),
    "page 100 000": _numbered_page(100_000),
    "newest page, once more": search(),
    "page 100 000 by cursor": _by_cursor(100_000),
    "history of the trunk": _history(always("PJSIP/trunk")),
    "history of a telephone": _history(lambda dice, size: f"PJSIP/{1000 + dice.randrange(made.AGENTS)}"),
    "last agent of a known caller": _last_agent(_number),
    "last agent of an unknown caller": _last_agent(always("0788888888")),
    "last agent of a frequent caller": _last_agent(always(made.number(1))),
    "count of all, bounded": _count(),
    "count of a common value, bounded": _count(key="topic", value="invoice"),
    "count of a number's middle, bounded": _count(number="%345%"),
}
