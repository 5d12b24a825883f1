"""One row of Asterisk's channel event log → one event, whatever form the row came in."""

import json
import re
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from ..events import Event, Kind, Unreadable
from .rows import Repetitions, as_text, unreadable
from .times import Clock

SOURCE = "asterisk-cel"


class CelRow(NamedTuple):
    """The columns that say something of a call, by their usual names."""

    eventtype: str
    eventtime: str
    userdeftype: str
    cid_name: str
    cid_num: str
    cid_ani: str
    cid_rdnis: str
    cid_dnid: str
    exten: str
    context: str
    channame: str
    appname: str
    appdata: str
    uniqueid: str
    linkedid: str
    peer: str
    extra: str
    accountcode: str
    peeraccount: str
    userfield: str


COLUMNS = CelRow._fields
NAMES = {name.replace("_", ""): name for name in COLUMNS} | {
    "event": "eventtype", "time": "eventtime", "channel": "channame", "channelname": "channame", "application": "appname",
    "applicationdata": "appdata", "eventextra": "extra", "bridgepeer": "peer", "peername": "peer",
    "calleridname": "cid_name", "calleridnum": "cid_num", "calleridani": "cid_ani", "calleridrdnis": "cid_rdnis",
    "calleriddnid": "cid_dnid", "extension": "exten",
}  # fmt: skip
"""What a column may be called, without underscores, and its usual name: cel_odbc, cel_sqlite3_custom and the manager's events differ."""
HEADINGS = frozenset(NAMES) | frozenset(COLUMNS)

KINDS: dict[str, Kind] = {
    "CHAN_START": "leg_started", "ANSWER": "leg_answered", "HANGUP": "leg_hung_up", "CHAN_END": "leg_ended",
    "LINKEDID_END": "linked_id_ended", "APP_START": "app_started", "APP_END": "app_ended",
    "BRIDGE_ENTER": "bridge_entered", "BRIDGE_EXIT": "bridge_left",
    "LOCAL_OPTIMIZE_BEGIN": "local_optimizing", "LOCAL_OPTIMIZE": "local_optimized", "BLINDTRANSFER": "transferred_blind",
    "ATTENDEDTRANSFER": "transferred_attended", "PICKUP": "picked_up", "FORWARD": "forwarded", "PARK_START": "park_started",
    "PARK_END": "park_ended", "STREAM_BEGIN": "stream_started", "STREAM_END": "stream_stopped", "DTMF": "dtmf",
    "MIXMONITOR_START": "recording_started", "MIXMONITOR_STOP": "recording_stopped", "MIXMONITOR_END": "recording_stopped",
}  # fmt: skip
OTHERS = frozenset({
    "BRIDGE_START", "BRIDGE_END", "BRIDGE_UPDATE", "BRIDGE_TO_CONF", "CONF_START", "CONF_END", "CONF_ENTER", "CONF_EXIT",
    "3WAY_START", "3WAY_END", "TRANSFER", "HOOKFLASH",
})  # fmt: skip
"""Asterisk's own events for which we have no word; whatever else stands there is the name of a user event."""

_EXTRA = msgspec.json.Decoder(dict[str, Any])
_NAME = re.compile(r"[^\s,\"'{}|]{1,80}$")
_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:\s*(?:"((?:[^"\\]|\\.)*)(\\?)(?:"|$)|(-?\d+(?:\.\d+)?|true|false|null)(?=[,}]))', re.DOTALL)


class Reader:
    """Reads the rows of one log, from the first to the last: what one means may depend on those before (equal rows, a clock set back)."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._clock, self._repetitions = Clock(zone), Repetitions()

    def event(self, position: int, row: CelRow, written: object, told: object = None) -> Event | Unreadable:
        """What one row tells. `written` is the row as it stood, `told` its time where a table has more than text."""
        if _NAME.match(row.eventtype) is None:
            return unreadable(position, written, "there is no event type")
        if not row.uniqueid and not row.linkedid:
            return unreadable(position, written, "there is no unique id")
        kind, detail = _meaning(row)
        try:
            at = self._clock.moment(row.eventtime if told is None else told, row.uniqueid, kind == "leg_started")
        except (ValueError, OverflowError) as error:
            return unreadable(position, written, f"the event time is not understood: {error}")
        said = (at, kind, row.uniqueid, row.appname, row.appdata[:100], detail.get("bridge_id", ""), detail.get("verb", ""))
        return Event(
            kind=kind, at=at, leg=row.uniqueid, linked_id=row.linkedid, channel=row.channame, number=row.cid_num, name=row.cid_name,
            ani=row.cid_ani, rdnis=row.cid_rdnis, dnid=row.cid_dnid, exten=row.exten, context=row.context, app=row.appname,
            app_data=row.appdata, peer=row.peer, detail=detail, source=SOURCE, position=position, repetition=self._repetitions.count(said),
        )  # fmt: skip


def _meaning(row: CelRow) -> tuple[Kind, dict[str, str]]:
    """The kind of event, and what only this kind has."""
    kind = KINDS.get(row.eventtype)
    detail = _extra(row.extra) if row.extra else {}
    if kind is None:
        kind, detail = ("other", {"verb": row.eventtype, **detail}) if row.eventtype in OTHERS else _user_event(row, detail)
    elif row.userdeftype:
        detail["verb"] = row.userdeftype
    elif kind in ("stream_started", "stream_stopped", "dtmf"):
        detail["verb"] = ""
    if row.accountcode or row.peeraccount or row.userfield:
        told = (("accountcode", row.accountcode), ("peeraccount", row.peeraccount), ("userfield", row.userfield))
        detail |= {name: value for name, value in told if value}
    return kind, detail


def _user_event(row: CelRow, detail: dict[str, str]) -> tuple[Kind, dict[str, str]]:
    """A user event has its own name for a type, or USER_DEFINED and its name beside it or before its data."""
    head, _, rest = row.appdata.partition(",")
    name = row.userdeftype or (row.eventtype if row.eventtype != "USER_DEFINED" else head)
    payload = detail.pop("extra", None)
    if payload is None or row.extra[-1:] != "}":
        # The JSON was cut off, or there is none: the longer of what was left.
        payload = max(payload or "", rest if head == name else "", key=len)
    if recording := KINDS.get(name):
        return recording, {"verb": name, "payload": payload, **detail} if payload else {"verb": name, **detail}
    if name != "ATTACHED_DATA":
        return "user_event", {"verb": name, "payload": payload, **detail}
    key, _, value = payload.partition("=")
    return "attached", {"key": key, "value": value, **detail}


def _extra(extra: str) -> dict[str, str]:
    """Asterisk's JSON as texts; of JSON that was cut off, what can be saved."""
    try:
        told = _EXTRA.decode(extra)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _saved(extra)
    return {as_text(key): as_text(value) for key, value in told.items()}


def _saved(extra: str) -> dict[str, str]:
    """Whole pairs, and the beginning of a last value; nothing of it: the text as it stood."""
    saved = {_unescaped(key): _unescaped(text) if text or not bare else bare for key, text, _, bare in _PAIR.findall(extra)}
    return saved or {"extra_text": extra}


def _unescaped(text: str) -> str:
    try:
        return as_text(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text
