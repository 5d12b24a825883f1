"""Events from pasted text: a CEL table with `|` between its columns, and lines of a queue_log.

A test shows the rows that an operator can paste (`select … from cel`), with the columns that matter, and the call that they must become.
`extra` is written `key=value key=value`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from telegraphone.events import Event, Kind
from telegraphone.interpret import Site, interpret
from telegraphone.model import Call

DAY = "2026-11-24"
"""Pasted times may leave out the day."""
KINDS: dict[str, Kind] = {
    "CHAN_START": "leg_started", "ANSWER": "leg_answered", "HANGUP": "leg_hung_up", "CHAN_END": "leg_ended",
    "LINKEDID_END": "linked_id_ended",
    "APP_START": "app_started", "APP_END": "app_ended", "BRIDGE_ENTER": "bridge_entered", "BRIDGE_EXIT": "bridge_left",
    "LOCAL_OPTIMIZE_BEGIN": "local_optimizing", "LOCAL_OPTIMIZE": "local_optimized", "BLINDTRANSFER": "transferred_blind",
    "ATTENDEDTRANSFER": "transferred_attended", "PICKUP": "picked_up", "FORWARD": "forwarded", "PARK_START": "park_started",
    "PARK_END": "park_ended", "STREAM_BEGIN": "stream_started", "STREAM_END": "stream_stopped", "DTMF": "dtmf",
    "MIXMONITOR_START": "recording_started", "MIXMONITOR_STOP": "recording_stopped", "ATTACHED_DATA": "attached",
}  # fmt: skip
FIELDS = {
    "cid_num": "number", "cid_name": "name", "cid_ani": "ani", "cid_rdnis": "rdnis", "cid_dnid": "dnid", "exten": "exten",
    "context": "context", "channame": "channel", "appname": "app", "appdata": "app_data", "uniqueid": "leg", "linkedid": "linked_id",
    "peer": "peer",
}  # fmt: skip
QUEUE: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "ENTERQUEUE": ("queue_entered", ("", "number", "position")), "CONNECT": ("queue_connected", ("hold_s", "leg", "ring_s")),
    "COMPLETECALLER": ("queue_completed", ("hold_s", "talk_s", "position")),
    "COMPLETEAGENT": ("queue_completed", ("hold_s", "talk_s", "position")),
    "ABANDON": ("queue_abandoned", ("position", "original_position", "wait_s")),
    "EXITWITHTIMEOUT": ("queue_timed_out", ("position", "original_position", "wait_s")),
    "EXITEMPTY": ("queue_emptied", ("position", "original_position", "wait_s")), "EXITWITHKEY": ("queue_key_pressed", ("key", "position")),
    "RINGNOANSWER": ("queue_not_answered", ("rang_ms",)), "RINGCANCELED": ("queue_not_answered", ("rang_ms",)),
    "BLINDTRANSFER": ("queue_transferred", ("to", "context")), "ATTENDEDTRANSFER": ("queue_transferred", ()),
}  # fmt: skip
REFUSALS = {
    "CLOSED": "closed", "FULL": "full", "JOINEMPTY": "joinempty",
    "DIVERT_CA_RATIO": "divert_ca_ratio", "DIVERT_HOLDTIME": "divert_waittime",
}  # fmt: skip


def calls(cel: str = "", queue_log: str = "", *, site: Site | None = None, now: datetime | None = None) -> tuple[Call, ...]:
    """The calls that pasted tables become."""
    events = [*cel_events(cel), *queue_events(queue_log)]
    return interpret(events, site or Site(), now or max(event.at for event in events))


def cel_events(table: str) -> Iterator[Event]:
    """Rows under a header line; an empty column may be left out of the table."""
    lines = [line for line in table.strip().splitlines() if line.strip()]
    names = [name.strip() for name in lines[0].split("|")] if lines else []
    for position, line in enumerate(lines[1:], 1):
        yield cel_event(dict(zip(names, (cell.strip() for cell in line.split("|")), strict=True)), position)


def cel_event(row: dict[str, str], position: int) -> Event:
    """One row of CEL."""
    verb = row["eventtype"]
    detail = dict(pair.split("=", 1) for pair in row.get("extra", "").split())
    if verb == "ATTACHED_DATA":
        key, _, value = row["appdata"].partition(",")[2].partition("=")
        detail = {"key": key, "value": value}
    elif verb in ("STREAM_BEGIN", "STREAM_END"):
        detail["verb"] = row.get("userdeftype") or f"MOH_{verb}"
    at = datetime.fromisoformat(row["eventtime"] if "-" in row["eventtime"] else f"{DAY} {row['eventtime']}")
    fields = {ours: row.get(theirs, "") for theirs, ours in FIELDS.items()}
    return Event(
        kind=KINDS.get(verb, "user_event"), at=at if at.tzinfo else at.replace(tzinfo=UTC), source="cel", position=position,
        detail=detail if verb in KINDS else {"verb": verb}, **fields,
    )  # fmt: skip


def queue_events(text: str) -> Iterator[Event]:
    """Lines of a queue_log, as Asterisk writes them."""
    for position, line in enumerate(text.strip().splitlines(), 1):
        epoch, leg, queue, member, verb, *data = line.strip().split("|")
        at, leg = datetime.fromtimestamp(int(epoch), UTC), "" if leg == "NONE" else leg
        kind, names = QUEUE.get(verb, ("queue_told", ()))
        detail = {"verb": verb, **{name: value for name, value in zip(names, data, strict=False) if name}}
        if verb in REFUSALS:
            kind, detail["reason"] = "queue_refused", REFUSALS[verb]
        elif kind == "queue_transferred":
            detail["kind"] = verb.removesuffix("TRANSFER").lower()
        elif verb == "QUEUESTART":
            kind = "pbx_started"
        member = "" if member == "NONE" else member
        yield Event(kind=kind, at=at, leg=leg, queue=queue, member=member, detail=detail, source="queue_log", position=position)
