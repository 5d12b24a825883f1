"""Writing calls: what was interpreted becomes rows, a batch at a time. A call that did not change is not written."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from itertools import chain

import msgspec

from ...db import Row, Tx, micros, moment
from ...model import AgentTalk, Attached, Call, CallId, Leg, Outcome
from ...numbers import canonical
from ..attached_data import put_told
from ..bodies import encode_call, plain
from ..history import same_interface
from ..recorded.put_announced import put_all_announced
from ..recorded.put_recordings import match_all_recordings
from ..recorded.recording_news import tell_flaws
from ..recorded.recording_rows import PATIENCE
from ..search.number_ends import put_numbers
from ..server.changes import Change, add_changes, is_news, kind_of

Identity = tuple[str, int]
"""Linked id and run: with the PBX, what a call is known by."""


class ToPut(msgspec.Struct, frozen=True):
    """The calls of one cluster, whole: calls of these clusters that are not among them are no calls any more."""

    cluster_id: int
    calls: tuple[Call, ...]


class Known(msgspec.Struct, frozen=True):
    id: CallId
    body: bytes
    cluster_id: int | None
    outcome: Outcome
    started_at: datetime
    ended_at: datetime | None


class Put(msgspec.Struct, frozen=True, gc=False):
    """One call to write, with its number; `before`: how it was known, if it was."""

    id: CallId
    cluster_id: int | None
    call: Call
    body: bytes
    before: Known | None


def put_calls(tx: Tx, pbx: str, clusters: Sequence[ToPut], country: str, now: datetime) -> set[CallId]:
    """Insert or bring up to date the calls of these clusters; the numbers of those that changed."""
    known = _known(tx, pbx, clusters)
    unknown = [call for cluster in clusters for call in cluster.calls if (call.linked_id, call.run) not in known]
    numbers = {identity: row.id for identity, row in known.items()} | new_numbers(tx, pbx, unknown)
    puts = [put for cluster in clusters for put in _changed(cluster, known, numbers)]
    _write(tx, pbx, puts, numbers, _moved_legs(clusters), country, now)
    gone = _absorb(tx, pbx, clusters, known, numbers, now)
    add_changes(tx, [change for put in puts for change in _changes(pbx, put, now)], now)
    put_all_announced(tx, pbx, {put.id: put.call.recordings for put in puts}, now)
    match_all_recordings(tx, pbx, {put.id: put.call.unique_ids for put in puts}, now)
    tell_flaws(tx, [put.id for put in puts if _is_over_of_late(put.call, now)], now)
    return {put.id for put in puts} | gone


def _known(tx: Tx, pbx: str, clusters: Sequence[ToPut]) -> dict[Identity, Known]:
    linked = tx.dialect.list_argument(sorted({call.linked_id for cluster in clusters for call in cluster.calls}))
    ids = tx.dialect.list_argument([cluster.cluster_id for cluster in clusters])
    columns = "id, linked_id, run, body, cluster_id, outcome, started_at, ended_at"
    rows = tx.all(
        f"select {columns} from calls where {tx.dialect.any_of('cluster_id', 'ids')}"
        f" union select {columns} from calls where pbx = :pbx and {tx.dialect.any_of('linked_id', 'linked')}",
        ids=ids, linked=linked, pbx=pbx,
    )  # fmt: skip
    return {(row["linked_id"], row["run"]): _known_of(row) for row in rows}


def _known_of(row: Row) -> Known:
    ended_at = None if row["ended_at"] is None else moment(row["ended_at"])
    return Known(CallId(row["id"]), bytes(row["body"]), row["cluster_id"], row["outcome"], moment(row["started_at"]), ended_at)


def _changed(cluster: ToPut, known: dict[Identity, Known], numbers: dict[Identity, CallId]) -> list[Put]:
    puts = []
    for call in cluster.calls:
        identity, body = (call.linked_id, call.run), encode_call(call)
        before = known.get(identity)
        if before is None or plain(before.body) != plain(body) or before.cluster_id != cluster.cluster_id:
            puts.append(Put(numbers[identity], cluster.cluster_id, call, body, before))
    return puts


def _changes(pbx: str, put: Put, now: datetime) -> list[Change]:
    """What is told of a call: something new that is not history. That it belongs to another cluster is nobody's business."""
    before, call = put.before, put.call
    if (before is not None and plain(before.body) == plain(put.body)) or not is_news(call.started_at, call.ended_at, now):
        return []
    return [Change(kind_of(before.outcome if before else None, call.outcome), pbx, put.id, {"outcome": call.outcome})]


def _is_over_of_late(call: Call, now: datetime) -> bool:
    return call.outcome != "ongoing" and is_news(call.started_at, call.ended_at, now, PATIENCE)


def new_numbers(tx: Tx, pbx: str, calls: Sequence[Call]) -> dict[Identity, CallId]:
    """Numbers for calls that have none; one that is taken is passed over."""
    numbers: dict[Identity, CallId] = {}
    waiting = [(call, 0) for call in calls]
    while waiting:
        wanted = [(call, step, _number(pbx, call, step)) for call, step in waiting]
        ids = tx.dialect.list_argument([number for _, _, number in wanted])
        taken = {row["id"] for row in tx.all(f"select id from calls where {tx.dialect.any_of('id', 'ids')}", ids=ids)}
        taken |= set(numbers.values())
        waiting = []
        for call, step, number in wanted:
            if number in taken:
                waiting.append((call, step + 1))
            else:
                numbers[call.linked_id, call.run] = number
                taken.add(number)
    return numbers


def _number(pbx: str, call: Call, step: int) -> CallId:
    """Milliseconds × 1024, and a tie-break that two PBXs would hardly choose alike; a full millisecond runs over into the next."""
    spread = int.from_bytes(blake2b(f"{pbx} {call.linked_id} {call.run}".encode(), digest_size=2).digest())
    return CallId(micros(call.started_at) // 1000 * 1024 + spread % 1024 + step)


_CALL_COLUMNS = (
    "id", "pbx", "linked_id", "run", "cluster_id", "started_at", "answered_at", "ended_at", "direction", "outcome", "status",
    "caller_number", "dialled_number", "talk_ms", "consultation_of", "body", "updated_at",
)  # fmt: skip
_PUT_CALL = (
    f"insert into calls ({', '.join(_CALL_COLUMNS)}) values ({', '.join(f':{c}' for c in _CALL_COLUMNS)}) on conflict (id) do update set "
    + ", ".join(f"{c} = excluded.{c}" for c in _CALL_COLUMNS if c != "id")
)


def _write(
    tx: Tx, pbx: str, puts: Sequence[Put], numbers: dict[Identity, CallId], moved: dict[tuple[str, str], bool], country: str, now: datetime
) -> None:
    tx.run_many(_PUT_CALL, [call_row(pbx, put, numbers, now) for put in puts])
    put_numbers(tx, numbers_of(puts))
    renewed = [put.id for put in puts if put.before is not None]
    if renewed:
        ids = tx.dialect.list_argument(renewed)
        for table in ("call_legs", "call_agents", "call_queues"):
            tx.run(f"delete from {table} where {tx.dialect.any_of('call_id', 'ids')}", ids=ids)
    tx.run_many(
        "insert into call_legs (call_id, position, unique_id, interface, seen_as, is_last)"
        " values (:call_id, :position, :unique_id, :interface, :seen_as, :is_last)",
        [row for put in puts for row in leg_rows(put, moved)],
    )
    tx.run_many(
        "insert into call_agents (call_id, position, agent, talked_at, seen_as, caller_key, talk_ms)"
        " values (:call_id, :position, :agent, :talked_at, :seen_as, :caller_key, :talk_ms)",
        [row for put in puts for row in agent_rows(put, canonical(put.call.caller.number, country))],
    )
    tx.run_many(
        "insert into call_queues (call_id, position, queue, outcome, wait_ms) values (:call_id, :position, :queue, :outcome, :wait_ms)",
        [row for put in puts for row in queue_rows(put)],
    )
    put_told(tx, {put.id: tuple(map(_storable, put.call.attached)) for put in puts}, renewed)


def numbers_of(puts: Sequence[Put]) -> list[tuple[str, CallId]]:
    """Who called and who was called, each with the call."""
    return [(number, put.id) for put in puts for number in (put.call.caller.number, put.call.dialled.number)]


def _storable(pair: Attached) -> Attached:
    """PostgreSQL's text holds no U+0000."""
    return msgspec.structs.replace(pair, key=pair.key.replace("\0", "\ufffd"), value=pair.value.replace("\0", "\ufffd"))


def call_row(pbx: str, put: Put, numbers: dict[Identity, CallId], now: datetime) -> Row:
    """What is asked of a call itself, and the whole of it."""
    call = put.call
    return {
        "id": put.id, "pbx": pbx, "linked_id": call.linked_id, "run": call.run, "cluster_id": put.cluster_id,
        "started_at": micros(call.started_at),
        "answered_at": micros(call.answered_at) if call.answered_at else None,
        "ended_at": micros(call.ended_at) if call.ended_at else None,
        "direction": call.direction, "outcome": call.outcome, "status": call.queue_status,
        "caller_number": call.caller.number, "dialled_number": call.dialled.number,
        "talk_ms": round(call.talk_s * 1000) if call.talk_s is not None else None,
        "consultation_of": numbers.get(call.consultation_of) if call.consultation_of else None,
        "body": put.body, "updated_at": micros(now),
    }  # fmt: skip


def _moved_legs(clusters: Sequence[ToPut]) -> dict[tuple[str, str], bool]:
    """Channels that stand in a main call and in its consultation: they count for the main call, in which they ended (api.md)."""
    moved: dict[tuple[str, str], bool] = {}
    for cluster in clusters:
        ids = {call.linked_id: set(call.unique_ids) for call in cluster.calls}
        for call in cluster.calls:
            if call.consultation_of:
                moved |= {(call.linked_id, id): False for id in ids[call.linked_id] & ids.get(call.consultation_of[0], set())}
    return moved


def leg_rows(put: Put, moved: dict[tuple[str, str], bool]) -> list[Row]:
    """Every unique id of the call, and each telephone once with what it saw of it."""
    call = put.call
    seen = _seen(call)
    by_id = {leg.unique_id: leg for leg in call.legs}
    ids = dict.fromkeys((*call.unique_ids, *by_id, call.linked_id))
    rows: list[Row] = []
    for place, unique_id in enumerate(ids):
        leg = by_id.get(unique_id)
        rows.append({
            "call_id": put.id, "position": place, "unique_id": unique_id,
            "interface": same_interface(leg.interface) if leg else "",
            "seen_as": seen.pop(same_interface(leg.interface), "") if leg else "",
            "is_last": int(moved.get((call.linked_id, unique_id), True)),
        })  # fmt: skip
    return rows


_RANK = ("emitted", "answered", "ongoing", "missed")


def _seen(call: Call) -> dict[str, str]:
    """How each phone saw the call: one word for each, the strongest of its legs."""
    seen: dict[str, str] = {}
    for leg in call.legs:
        phone, word = same_interface(leg.interface), _seen_as(call, leg)
        if phone and (phone not in seen or _RANK.index(word) < _RANK.index(seen[phone])):
            seen[phone] = word
    return seen


def _seen_as(call: Call, leg: Leg) -> str:
    if call.outcome == "ongoing":
        return "ongoing"
    if leg.role == "caller":
        return "emitted"
    return "answered" if leg.joined_at else "missed"


def agent_rows(put: Put, caller_key: str) -> list[Row]:
    """Those who talked, in order; then those who only rang. `caller_key`: the caller's number in international form."""
    call = put.call
    talked = [(talk.number, micros(talk.from_), _talk_ms(call, talk)) for talk in call.agents]
    numbers = {number for number, _, _ in talked}
    rang = dict.fromkeys(chain.from_iterable(passage.rang for passage in call.queues))
    all_: list[tuple[str, int | None, int | None]] = [*talked, *((number, None, None) for number in rang if number not in numbers)]
    seen: set[str] = set()
    rows: list[Row] = []
    for place, (agent, at, talk_ms) in enumerate(all_):
        word = "ongoing" if call.outcome == "ongoing" else "missed" if at is None else "answered"
        rows.append({
            "call_id": put.id, "position": place, "agent": agent, "talked_at": at,
            "seen_as": "" if agent in seen else word, "caller_key": caller_key, "talk_ms": talk_ms,
        })  # fmt: skip
        seen.add(agent)
    return rows


def _talk_ms(call: Call, talk: AgentTalk) -> int | None:
    """How long he talked; null while nobody knows."""
    until = talk.to or call.ended_at
    return None if until is None else max(0, (micros(until) - micros(talk.from_)) // 1000)


def queue_rows(put: Put) -> list[Row]:
    """Its passages through queues, in order."""
    return [
        {
            "call_id": put.id, "position": place, "queue": passage.name, "outcome": passage.outcome,
            "wait_ms": None if passage.wait_s is None else round(passage.wait_s * 1000),
        }
        for place, passage in enumerate(put.call.queues)
    ]  # fmt: skip


def _absorb(
    tx: Tx, pbx: str, clusters: Sequence[ToPut], known: dict[Identity, Known], numbers: dict[Identity, CallId], now: datetime
) -> set[CallId]:
    """Calls that turned out to be part of another one: what people attached and wrote, and their recordings, go there."""
    told = {(call.linked_id, call.run) for cluster in clusters for call in cluster.calls}
    ids = {cluster.cluster_id for cluster in clusters}
    gone = {identity: row for identity, row in known.items() if identity not in told and row.cluster_id in ids}
    for (linked_id, _), row in gone.items():
        heir = next((c for cluster in clusters for c in cluster.calls if linked_id in c.unique_ids), None)
        heir_id = None if heir is None else numbers[heir.linked_id, heir.run]
        if heir_id is not None:
            args = {"heir": heir_id, "id": row.id}
            tx.run("update attached_data set call_id = :heir where call_id = :id and actor is not null", **args)
            tx.run("update recordings set call_id = :heir where call_id = :id", **args)
            tx.run("update call_notes set call_id = :heir where call_id = :id", **args)
            taken = "not exists (select 1 from call_reviews v where v.call_id = :heir)"
            tx.run(f"update call_reviews set call_id = :heir where call_id = :id and {taken}", **args)
            tx.run("update calls set is_recorded = 1 where id = :heir and id in (select call_id from recordings)", heir=heir_id)
        tx.run("delete from calls where id = :id", id=row.id)
        if is_news(row.started_at, row.ended_at, now):
            add_changes(tx, [Change("call.changed", pbx, heir_id or row.id, {"gone": row.id})], now)
    return {row.id for row in gone.values()}
