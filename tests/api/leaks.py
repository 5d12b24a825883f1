"""How every address is asked of every call, seen or not, and random worlds of calls to ask it in. See test_leaks.py."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec
from hypothesis import strategies as st

from telegraphone.access import Scope
from telegraphone.db import Tx
from telegraphone.model import (
    Agent,
    AgentTalk,
    Announced,
    AnsweredBy,
    Attached,
    Call,
    CallId,
    FileId,
    Leg,
    MediaKey,
    Party,
    Queue,
    QueuePassage,
    User,
)
from telegraphone.sql.directory import Kind
from telegraphone.sql.pbx.put_calls import ToPut, put_calls
from telegraphone.sql.recorded.put_recordings import StoredFile, put_file
from tests.sql.made import DAY, at

QUEUES = {"hotline": "3556", "cars": "3000", "3001": ""}
"""Names by number; one is called as a number might be."""
AGENTS = ("2000", "2001", "2002")
NUMBERS = ("0612345678", "0698765432", "1001")

PEOPLE: dict[Kind, list[Agent]] = {
    "queues": [Queue(number, name, display_name=name.title()) for name, number in QUEUES.items()],
    "agents": [Agent(number, f"Agent {number}") for number in AGENTS], "users": [User("1001", "Poste 1001", interface="PJSIP/1001")],
}  # fmt: skip


class Question(NamedTuple):
    """One request."""

    method: str
    url: str
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012


class Told(msgspec.Struct, frozen=True):
    """A call of a random world: its PBX, and whether it is the consultation of the one before."""

    pbx: str
    call: Call
    is_consultation: bool = False


class World(NamedTuple):
    """What can be asked about: the calls of the full world, and their numbers in it."""

    told: Sequence[Told]
    ids: Sequence[CallId]

    @property
    def unique_ids(self) -> list[str]:
        return sorted({id for one in self.told for id in one.call.unique_ids})

    @property
    def file_ids(self) -> list[str]:
        return [*(str(recording.id) for one in self.told for recording in one.call.recordings), "unmatched", "nothing"]


def is_given(call: Call, scope: Scope | None) -> bool:
    """What access.py is to decide, said otherwise."""
    if scope is None:
        return True
    if (scope.from_ and call.started_at < scope.from_) or (scope.to and call.started_at >= scope.to):
        return False
    if "*" in scope.queues:
        return True
    own = {name for name, number in QUEUES.items() if name in scope.queues or (number and number in scope.queues)}
    return bool(own & {passage.name for passage in call.queues}) or bool(set(scope.agents) & {talk.number for talk in call.agents})


@st.composite
def calls(draw: st.DrawFn) -> list[Told]:
    """Up to six calls in any order of time, some of which share unique ids, numbers and attached data with others."""
    found = list[Told]()
    for n, second in enumerate(draw(st.lists(st.integers(0, 500), unique=True, min_size=2, max_size=6))):
        queues = draw(st.lists(st.sampled_from(sorted(QUEUES)), max_size=2))
        agents = draw(st.lists(st.sampled_from(AGENTS), max_size=2, unique=True))
        rang = tuple(draw(st.lists(st.sampled_from(AGENTS), max_size=2)))
        twin = found[-1].call.unique_ids[0] if found and found[-1].pbx == "pbx1" and draw(st.booleans()) else ""
        is_consultation = bool(found) and not twin and draw(st.booleans())
        told = call(n, second, twin, draw(st.sampled_from(NUMBERS)), queues, agents, rang)
        if is_consultation:
            main = found[-1].call
            told = msgspec.structs.replace(told, consultation_of=(main.linked_id, 0), unique_ids=(*told.unique_ids, main.unique_ids[0]))
        found.append(Told("pbx2" if twin else found[-1].pbx if is_consultation else "pbx1", told, is_consultation))
    return found


def call(n: int, second: int, twin: str, number: str, queues: list[str], agents: list[str], rang: tuple[str, ...]) -> Call:
    begun, linked = at(second), twin or f"{1_772_438_400 + second}.{n}"
    files = (Announced(FileId(f"file-{n}"), begun, "announced"), Announced(FileId(f"second-{n}"), begun, "started"))
    return Call(
        linked_id=linked, unique_ids=(linked, f"{linked}9"), direction="incoming", outcome="answered" if agents else "missed",
        caller=Party(number), dialled=Party(NUMBERS[n % 3]), started_at=begun, ended_at=at(second + 60),
        answered_at=begun if agents else None,
        answered_by=AnsweredBy("1009", agent=agents[0]) if agents else None,
        queues=tuple(
            QueuePassage(name, begun, "answered" if agents else "abandoned", 1.0, agents[0] if agents else None, rang) for name in queues
        ),
        agents=tuple(AgentTalk(agent, at(second + place), at(second + 60)) for place, agent in enumerate(agents)),
        legs=(
            Leg(linked, "PJSIP/trunk", "caller", number, joined_at=begun),
            Leg(f"{linked}9", f"PJSIP/100{n % 2}", "agent", "1009", joined_at=begun),
        ),
        attached=(Attached("case", f"C{n}", begun), Attached("color", "green", begun)), recordings=files[: n % 3], is_closed=True,
    )  # fmt: skip


@st.composite
def scopes(draw: st.DrawFn) -> tuple[str, Scope | None]:
    """A profile, or `key`, and what is given to it."""
    profile = draw(st.sampled_from(["administrator", "supervisor", "teacher", "agent", "key"]))
    names = st.lists(st.sampled_from([*QUEUES, "3556", "3000", "none"]), max_size=2, unique=True).map(tuple)
    numbers = st.lists(st.sampled_from([*AGENTS, "9999"]), max_size=2, unique=True).map(tuple)
    queues, agents = draw(names), draw(numbers)
    first, last = sorted(draw(st.lists(st.integers(0, 500), min_size=2, max_size=2, unique=True)))
    span = draw(st.booleans())
    since, until = (at(first), at(last)) if span or profile == "teacher" else (None, None)
    return profile, {
        "administrator": None, "supervisor": Scope(queues, agents, since, until), "teacher": Scope(queues, (), since, until),
        "agent": Scope((), agents, since, until), "key": Scope(queues or ("*",), agents, since, until),
    }[profile]  # fmt: skip


def fill(tx: Tx, told: Sequence[Told], *, with_unmatched: bool) -> list[CallId]:
    """These calls, their recordings with sound, and a recording that belongs to no call; the numbers of the calls."""
    for pbx, cluster, members in _clusters(told):
        put_calls(tx, pbx, [ToPut(cluster, tuple(one.call for one in members))], "FR", DAY)
    files = [(str(file.id), one.pbx) for one in told for file in one.call.recordings]
    for file_id, pbx in [*files, *([("unmatched", "pbx1")] if with_unmatched else [])]:
        put_file(tx, _stored(file_id, pbx), DAY)
    rows = tx.all("select id, pbx, linked_id from calls")
    ids = {(row["pbx"], row["linked_id"]): CallId(row["id"]) for row in rows}
    return [ids[one.pbx, one.call.linked_id] for one in told]


def _clusters(told: Sequence[Told]) -> Iterator[tuple[str, int, list[Told]]]:
    """A consultation is in the cluster of its main call, if that is there."""
    groups = list[list[Told]]()
    for one in told:
        if one.is_consultation and groups and one.call.consultation_of == (groups[-1][-1].call.linked_id, 0):
            groups[-1].append(one)
        else:
            groups.append([one])
    for group in groups:
        yield group[0].pbx, int(float(group[0].call.linked_id)) * 2 + (group[0].pbx == "pbx2"), group


SOUND = b"a sound that nobody converts"


def _stored(file_id: str, pbx: str) -> StoredFile:
    peaks = msgspec.msgpack.encode((1.0, [b"\1\2"]))
    return StoredFile(
        id=FileId(file_id), pbx=pbx, state="available", duration_s=1.0, channels=1, format="wav", bytes=len(SOUND), sha256="0" * 64,
        media_key=MediaKey("sound.wav"), peaks=peaks,
    )  # fmt: skip


Ask = Callable[[World], Iterable[Question]]


def get(*urls: str, method: str = "GET", body: Any = None) -> Ask:
    """The same question, whatever the world."""
    return lambda world: [Question(method, url, body) for url in urls]


def of_calls(url: str, *, method: str = "GET", body: Any = None) -> Ask:
    """One question for each call, and one for a call that is not there; `{}` is its number."""
    return lambda world: [Question(method, url.format(id), body) for id in (*world.ids, 4711)]


def of_files(url: str, *, method: str = "GET", body: Any = None, headers: Sequence[dict[str, str]] = ({},)) -> Ask:
    """One question for each recording, and for what is none; `{}` is the file id."""
    return lambda world: [Question(method, url.format(id), body, more) for id in world.file_ids for more in headers]


def of_unique_ids(url: str, *, method: str = "GET", body: Any = None) -> Ask:
    return lambda world: [Question(method, url.format(quote(id)), body) for id in (*world.unique_ids, "1.1")]


def both(*asks: Ask) -> Ask:
    return lambda world: [question for ask in asks for question in ask(world)]


def each_value(url: str, name: str, values: Iterable[str], *, more: str = "") -> Ask:
    return get(*(f"{url}?{urlencode({name: value})}{more}" for value in values))


SEARCHES: list[dict[str, str]] = [
    {}, *({"agent": agent} for agent in AGENTS), *({"queue": name} for name in QUEUES), *({"caller": number} for number in NUMBERS),
    {"callee": "%1"}, {"caller": "06%"}, {"direction": "incoming"}, {"key": "color"}, {"key": "color", "value": "green"},
    {"key": "case", "value": "C1"}, {"key": "recording", "value": "file-1"}, {"queueCallStatus": "answered"},
    {"start": "2026-03-02 09:01:00", "end": "2026-03-02 09:05:00"},
]  # fmt: skip


def _v1_searches(world: World) -> Iterator[Question]:
    for wanted in [
        *SEARCHES,
        *({"unique_id": id} for id in world.unique_ids),
        {"number": "%4567%"},
        {"recorded": "yes"},
        {"pbx": "pbx2"},
        {"reviewed": "yes"},
        {"reviewed": "no"},
    ]:
        yield Question("GET", f"/api/v1/calls?{urlencode({**wanted, 'count': 'true'})}")
    yield from (Question("GET", f"/api/v1/calls?limit=1&cursor={id}&count=true") for id in world.ids)
    yield Question("GET", "/api/v1/calls?limit=2&since=2026-03-02T08:01:00Z&before=2026-03-02T08:05:00Z&count=true")


def _searches(world: World) -> Iterator[Question]:
    for wanted in SEARCHES:
        yield Question("POST", "/records/search", wanted)
    yield from (Question("POST", f"/records/search?pageSize=1&page={page}", {}) for page in (1, 2, 9))


def _last_agents(world: World) -> Iterator[Question]:
    yield from (Question("GET", f"/last_agent?callerNo={number}&since={days}") for number in NUMBERS for days in (1, 36_500))


def _suggestions(world: World) -> Iterator[Question]:
    for field in ("agent", "queue", "key", "value"):
        yield from (
            Question("GET", f"/api/v1/suggestions?field={field}&key={key}&text={text}")
            for key in ("case", "color")
            for text in ("", "c", "2")
        )


def _each_note(method: str, body: Any) -> Ask:
    """Of each call the notes with low numbers: whatever call they are on."""
    return lambda world: [Question(method, f"/api/v1/calls/{id}/notes/{note}", body) for id in (*world.ids, 4711) for note in range(1, 9)]


RANGES = ({}, {"Range": "bytes=2-5"})
DIRECTORY = ("agents", "queues", "users")
PAIRS = [{"key": "seen", "value": "yes"}]
ASKS: dict[tuple[str, str, str], Ask] = {
    ("xivo", "GET", "/last_agent"): _last_agents,
    ("xivo", "POST", "/records/search"): _searches,
    ("xivo", "POST", "/records/callid_search"): of_unique_ids("/records/callid_search?callid={}", method="POST"),
    ("xivo", "GET", "/records/{file_id}/audio"): of_files("/records/{}/audio", headers=RANGES),
    ("xivo", "GET", "/records/records/{file_id}/audio"): of_files("/recording/records/records/{}/audio"),
    ("xivo", "GET", "/records/{file_id}/audio/{action}"): both(
        *(of_files(f"/records/{{}}/audio/{action}") for action in ("result", "listen", "download"))
    ),
    ("xivo", "POST", "/call_data/{call_data_id}/attached_data"): both(
        of_calls("/call_data/{}/attached_data", method="POST", body=PAIRS),
        of_unique_ids("/call_data/{}/attached_data", method="POST", body=[{"key": "recording", "value": "file-1"}]),
    ),
    ("xivo", "POST", "/call_data/{call_id}/attached_data_by_uniqueId"): of_unique_ids(
        "/call_data/{}/attached_data_by_uniqueId", method="POST", body=PAIRS
    ),
    ("xivo", "POST", "/history"): both(
        *(get("/history?size=3", method="POST", body={"interface": f"SIP/{line}"}) for line in ("trunk", "1000", "1001"))
    ),
    ("xivo", "POST", "/history/agent"): both(*(get("/history/agent?days=40", method="POST", body={"agentNum": one}) for one in AGENTS)),
    ("v1", "GET", "/calls"): _v1_searches,
    ("v1", "GET", "/calls/{id}"): of_calls("/api/v1/calls/{}"),
    ("v1", "PUT", "/calls/{id}/attached_data/{key:path}"): of_calls("/api/v1/calls/{}/attached_data/k", method="PUT", body={"value": "v"}),
    ("v1", "DELETE", "/calls/{id}/attached_data/{key:path}"): of_calls("/api/v1/calls/{}/attached_data/case", method="DELETE"),
    ("v1", "GET", "/coverage"): each_value("/api/v1/coverage", "by", ("day", "queue", "agent", "pbx"), more="&since=2026-01-01T00:00:00Z"),
    ("v1", "GET", "/coverage/missing"): get("/api/v1/coverage/missing?limit=1", "/api/v1/coverage/missing?since=2026-01-01T00:00:00Z"),
    ("v1", "GET", "/calls.csv"): get("/api/v1/calls.csv", "/api/v1/calls.csv?agent=2001", "/api/v1/calls.csv?key=color&value=green"),
    ("v1", "POST", "/calls/{id}/notes"): both(
        of_calls("/api/v1/calls/{}/notes", method="POST", body={"text": "seen"}),
        of_calls("/api/v1/calls/{}/notes", method="POST", body={"text": "heard", "recording": "file-1", "at_s": 1}),
    ),
    ("v1", "GET", "/calls/{id}/notes"): of_calls("/api/v1/calls/{}/notes"),
    ("v1", "PUT", "/calls/{id}/notes/{note}"): _each_note("PUT", {"text": "changed"}),
    ("v1", "PUT", "/calls/{id}/review"): of_calls("/api/v1/calls/{}/review", method="PUT", body={"comment": "fine"}),
    ("v1", "GET", "/overview"): each_value("/api/v1/overview", "by", ("day", "queue", "agent"), more="&since=2026-03-01T00:00:00Z"),
    ("v1", "GET", "/suggestions"): _suggestions,
    ("v1", "DELETE", "/calls/{id}/notes/{note}"): _each_note("DELETE", None),
    ("v1", "DELETE", "/calls/{id}/review"): of_calls("/api/v1/calls/{}/review", method="DELETE"),
    ("v1", "PUT", "/searches/{search:path}"): get("/api/v1/searches/mine", method="PUT", body={"query": "agent=2001"}),
    ("v1", "GET", "/searches"): get("/api/v1/searches"),
    ("v1", "GET", "/searches/{search:path}"): get("/api/v1/searches/mine", "/api/v1/searches/none"),
    ("v1", "DELETE", "/searches/{search:path}"): get("/api/v1/searches/mine", method="DELETE"),
    ("v1", "GET", "/sources"): get("/api/v1/sources"),
    ("v1", "GET", "/unreadable"): get("/api/v1/unreadable"),
    ("v1", "POST", "/unreadable/retry"): get("/api/v1/unreadable/retry", method="POST"),
    ("v1", "POST", "/unreadable/{line}/retry"): get("/api/v1/unreadable/1/retry", method="POST"),
    ("v1", "DELETE", "/unreadable/{line}"): get("/api/v1/unreadable/1", method="DELETE"),
    ("v1", "GET", "/webhooks"): get("/api/v1/webhooks"),
    ("v1", "POST", "/webhooks"): get("/api/v1/webhooks", method="POST", body={}),
    ("v1", "DELETE", "/webhooks/{webhook}"): get("/api/v1/webhooks/1", method="DELETE"),
    ("v1", "GET", "/webhooks/{webhook}/deliveries"): get("/api/v1/webhooks/1/deliveries"),
    ("v1", "POST", "/webhooks/{webhook}/test"): get("/api/v1/webhooks/1/test", method="POST"),
    ("v1", "GET", "/recordings/{file_id}"): of_files("/api/v1/recordings/{}"),
    ("v1", "GET", "/recordings/{file_id}/audio"): of_files("/api/v1/recordings/{}/audio", headers=RANGES),
    ("v1", "PUT", "/recordings/{file_id}/audio"): of_files("/api/v1/recordings/{}/audio", method="PUT", body={}),
    ("v1", "GET", "/recordings/{file_id}/peaks"): of_files("/api/v1/recordings/{}/peaks"),
    ("v1", "POST", "/events"): get("/api/v1/events?source=telegraphone", method="POST"),
    **{("v1", "GET", f"/directory/{kind}"): get(f"/api/v1/directory/{kind}") for kind in DIRECTORY},
    **{
        ("v1", "PUT", f"/directory/{kind}"): get(f"/api/v1/directory/{kind}", method="PUT", body=[])
        for kind in ("agents", "queues", "users")
    },
    ("v1", "GET", "/users"): get("/api/v1/users"),
    ("v1", "POST", "/users"): get("/api/v1/users", method="POST", body={}),
    ("v1", "GET", "/users/{name}"): get("/api/v1/users/nobody"),
    ("v1", "PUT", "/users/{name}"): get("/api/v1/users/nobody", method="PUT", body={}),
    ("v1", "DELETE", "/users/{name}"): get("/api/v1/users/nobody", method="DELETE"),
    ("v1", "GET", "/keys"): get("/api/v1/keys"),
    ("v1", "POST", "/keys"): get("/api/v1/keys", method="POST", body={}),
    ("v1", "DELETE", "/keys/{id}"): get("/api/v1/keys/4711", method="DELETE"),
    ("v1", "POST", "/session"): get("/api/v1/session", method="POST", body={}),
    ("v1", "GET", "/session"): get("/api/v1/session"),
    ("v1", "GET", "/session/ways"): get("/api/v1/session/ways"),
    ("v1", "GET", "/session/openid"): get("/api/v1/session/openid"),
    ("v1", "GET", "/session/openid/callback"): get("/api/v1/session/openid/callback?code=x&state=y"),
    ("v1", "PUT", "/session/language"): get("/api/v1/session/language", method="PUT", body={}),
    ("v1", "PUT", "/session/password"): get("/api/v1/session/password", method="PUT", body={}),
    ("v1", "GET", "/access_log"): both(get("/api/v1/access_log"), of_calls("/api/v1/access_log?call={}")),
    ("v1", "GET", "/access_log.csv"): get("/api/v1/access_log.csv"),
    ("v1", "GET", "/healthz"): get("/api/v1/healthz"),
    ("docs", "GET", "/openapi.json"): get("/api/openapi.json"),
    ("docs", "GET", "/docs"): get("/api/docs"),
}
"""How each endpoint is asked: of each call and recording of the world, whoever may see it. HEAD goes with GET."""
TELL_NOTHING: dict[tuple[str, str, str], str] = {
    ("v1", "GET", "/readyz"): "tells administrators of folders, disks and sources, and of no call",
    ("v1", "GET", "/metrics"): "counts requests by route, not calls",
    ("v1", "DELETE", "/session"): "has no answer; see test_session.py",
    ("v1", "GET", "/changes"): "never ends; see test_changes.py",
}
"""Endpoints that need not be asked, and why."""
