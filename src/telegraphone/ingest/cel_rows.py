"""One row of Asterisk's channel event log → one event, whatever form the row came in."""

import json
import re
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from ..events import Event, Kind, Unreadable
from .rows import Repetitions, as_text, too_long, unreadable
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

STREAMS = ("stream_started", "stream_stopped")
STREAM_OF = {"class": "MOH", "sound": "FILE"}
"""What plays, where there is no column that tells."""
PLAIN = "text"
"""Where an `extra` is kept that is no JSON (old versions write what the dial plan gave)."""

_EXTRA = msgspec.json.Decoder(dict[str, Any])
_NAME = re.compile(r"[^\s,\"'{}|]{1,80}$")
_PAIR = re.compile(r'"((?:[^"\\]|\\.)*+)"\s*:\s*(?:"((?:[^"\\]|\\.)*+)(?:"|\\?$)|(-?\d+(?:\.\d+)?)(?=[,}]))', re.DOTALL)


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
        event = Event(
            kind=kind, at=at, leg=row.uniqueid, linked_id=row.linkedid, channel=row.channame, number=row.cid_num, name=row.cid_name,
            ani=row.cid_ani, rdnis=row.cid_rdnis, dnid=row.cid_dnid, exten=row.exten, context=row.context, app=row.appname,
            app_data=row.appdata, peer=row.peer, detail=detail, source=SOURCE, position=position, repetition=self._repetitions.count(said),
        )  # fmt: skip
        return unreadable(position, written, reason) if (reason := too_long(event)) else event


def _meaning(row: CelRow) -> tuple[Kind, dict[str, str]]:
    """The kind of event, and what only this kind has."""
    kind = KINDS.get(row.eventtype)
    detail, is_whole = _extra(row.extra) if row.extra else ({}, True)
    if kind is None or (row.userdeftype and row.userdeftype == row.eventtype):
        if row.eventtype in OTHERS and not row.userdeftype:
            kind, detail["verb"] = "other", row.eventtype
        else:
            kind, detail = _user_event(row, detail, is_whole)
    elif row.userdeftype:
        detail["verb"] = row.userdeftype
    elif kind in STREAMS and (stream := next((stream for name, stream in STREAM_OF.items() if name in detail), "")):
        detail["verb"] = f"{stream}_{row.eventtype}"
    if row.accountcode or row.peeraccount or row.userfield:
        told = (("accountcode", row.accountcode), ("peeraccount", row.peeraccount), ("userfield", row.userfield))
        detail |= {name: value for name, value in told if value}
    return kind, detail


def _user_event(row: CelRow, detail: dict[str, str], is_whole: bool) -> tuple[Kind, dict[str, str]]:
    """A user event has its own name for a type, or USER_DEFINED and its name beside it or before its data."""
    head, _, data = row.appdata.partition(",")
    name = row.userdeftype or (row.eventtype if row.eventtype != "USER_DEFINED" else head)
    told = detail.pop("extra", None) or detail.pop(PLAIN, "")
    payload = told if told and is_whole else max(told, data if head == name else "", key=len)
    if name.startswith("MIXMONITOR_") and name in KINDS:
        return KINDS[name], {**detail, "verb": name, **({"payload": payload} if payload else {})}
    if name != "ATTACHED_DATA":
        return "user_event", {**detail, "verb": name, "payload": payload}
    key, _, value = payload.partition("=")
    return "attached", {**detail, "key": key, "value": value}


def _extra(extra: str) -> tuple[dict[str, str], bool]:
    """Asterisk's JSON as texts, and whether it is whole; of JSON that was cut off, what can be saved; what was never JSON, as it stands."""
    try:
        told = _EXTRA.decode(extra)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        saved = {_unescaped(key): bare or _unescaped(text) for key, text, bare in _PAIR.findall(extra)}
        is_json = extra.startswith("{")
        return saved if is_json else {PLAIN: extra}, not is_json
    return {as_text(key): as_text(value) for key, value in told.items()}, True


def _unescaped(text: str) -> str:
    try:
        return as_text(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text
