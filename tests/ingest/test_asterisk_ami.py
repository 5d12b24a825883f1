"""The manager's stream as Asterisk sends it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from telegraphone.events import AMI, Event, Unreadable
from telegraphone.ingest import asterisk_ami, events_from_objects
from tests.ingest.cel import PARIS, UTC_ZONE

CEL = """
Event: CEL
Privilege: call,all
Timestamp: 1795517066.471841
EventName: USER_DEFINED
AccountCode: 
CallerIDnum: 0612345678
CallerIDname: Customer One
CallerIDani: 0612345678
CallerIDrdnis: 
CallerIDdnid: 0155503556
Exten: s
Context: sub-data
Channel: PJSIP/trunk-00000000
Application: CELGenUserEvent
AppData: ATTACHED_DATA,customer=42
EventTime: 2026-11-24 10:44:26
AMAFlags: DOCUMENTATION
UniqueID: 1795517066.0
LinkedID: 1795517066.0
Userfield: 
Peer: 
PeerAccount: 
UserDefType: ATTACHED_DATA
Extra: {"extra":"customer=42"}
"""  # noqa: W291
CONNECT = """
Event: AgentConnect
Privilege: agent,all
Timestamp: 1795517067.485938
Channel: PJSIP/trunk-00000000
Uniqueid: 1795517066.0
Linkedid: 1795517066.0
DestChannel: Local/2000@agentcallback-00000000;1
DestUniqueid: 1795517066.1
Queue: hotline
Interface: Local/2000@agentcallback
MemberName: Agent/2000
HoldTime: 1
RingTime: 1
"""
AT = datetime(2026, 11, 24, 10, 44, 26, tzinfo=UTC)


def read(*packets: str, zone: ZoneInfo = UTC_ZONE) -> list[Event | Unreadable]:
    text = "\r\n\r\n".join(packet.strip().replace("\n", "\r\n") for packet in packets) + "\r\n\r\n"
    return list(asterisk_ami.read(text.splitlines(keepends=True), zone=zone))


def one(packet: str, zone: ZoneInfo = UTC_ZONE) -> Event:
    (item,) = read(packet, zone=zone)
    assert isinstance(item, Event), item
    return item


def test_a_cel_packet() -> None:
    assert one(CEL) == Event(
        kind="attached", at=AT + timedelta(microseconds=471_841), leg="1795517066.0", linked_id="1795517066.0",
        channel="PJSIP/trunk-00000000",
        number="0612345678", name="Customer One", ani="0612345678", dnid="0155503556", exten="s", context="sub-data", app="CELGenUserEvent",
        app_data="ATTACHED_DATA,customer=42", detail={"key": "customer", "value": "42"}, source=AMI, position=1,
    )  # fmt: skip


GREETING = """
Asterisk Call Manager/11.0.0
Response: Success
ActionID: 1
Challenge: 505377771

Response: Success
ActionID: 2
Message: Authentication accepted

Event: FullyBooted
Privilege: system,all
Uptime: 4
LastReload: 4
Status: Fully Booted

Event: CEL
Privilege: call,all
Timestamp: 1795543433.187265
EventName: ANSWER
AccountCode: 
CallerIDnum: 
CallerIDname: 
CallerIDani: 
CallerIDrdnis: 
CallerIDdnid: 
Exten: q
Context: phones
Channel: Local/q@phones-00000000;1
Application: AppDial2
AppData: (Outgoing Line)
EventTime: 2026-11-24 18:03:53
AMAFlags: DOCUMENTATION
UniqueID: 1795543433.0
LinkedID: 1795543433.0
Userfield: 
Peer: 
PeerAccount: 
Extra: 
"""  # noqa: W291


def test_how_asterisk_22_begins() -> None:
    """What it sent to a login by a challenge, and the first event."""
    assert one(GREETING) == Event(
        kind="leg_answered", at=datetime(2026, 11, 24, 18, 3, 53, 187_265, tzinfo=UTC), leg="1795543433.0", linked_id="1795543433.0",
        channel="Local/q@phones-00000000;1", exten="q", context="phones", app="AppDial2", app_data="(Outgoing Line)",
        source=AMI, position=16,
    )  # fmt: skip


def test_a_name_that_is_not_shown_is_taken_from_the_data() -> None:
    """Without show_user_defined=yes."""
    assert one(CEL.replace("UserDefType: ATTACHED_DATA\n", "")).detail == {"key": "customer", "value": "42"}


@pytest.mark.parametrize(
    ("sent", "written", "at"),
    [
        ("1795517066.471841", "2026-11-24 10:44:26", timedelta(microseconds=471_841)),
        ("1795517067.000300", "2026-11-24 10:44:26", timedelta(microseconds=999_999)),
        ("1795517069.500000", "2026-11-24 10:44:26", timedelta(microseconds=999_999)),
        ("1795517100.000001", "2026-11-24 10:44:59", timedelta(seconds=33, microseconds=999_999)),
        ("1795517066", "2026-11-24 10:44:26", timedelta()),
    ],
)
def test_the_moment_is_within_the_second_that_is_written(sent: str, written: str, at: timedelta) -> None:
    """Whatever the zone of the time that is written: only its second of a minute counts."""
    packet = CEL.replace("1795517066.471841", sent).replace("2026-11-24 10:44:26", written)
    assert one(packet).at == one(packet.replace(" 10:44:", " 11:44:"), zone=PARIS).at == AT + at


def test_without_a_timestamp_the_time_is_local() -> None:
    """Without timestampevents=yes."""
    packet = CEL.replace("Timestamp: 1795517066.471841\n", "")
    assert one(packet).at == AT
    assert one(packet.replace(" 10:44:", " 11:44:"), zone=PARIS).at == AT


def test_a_queue_tells_what_its_log_has() -> None:
    assert one(CONNECT) == Event(
        kind="queue_connected", at=AT + timedelta(0, 1, 485_938), leg="1795517066.0", queue="hotline", member="Agent/2000",
        detail={"verb": "CONNECT", "hold_s": "1", "leg": "1795517066.1", "ring_s": "1"}, source=AMI, position=1,
    )  # fmt: skip
    joined = one(CONNECT.replace("AgentConnect", "QueueCallerJoin").replace("MemberName: Agent/2000", "CallerIDNum: 0612\nPosition: 1"))
    assert (joined.kind, joined.member, joined.detail) == ("queue_entered", "", {"verb": "ENTERQUEUE", "number": "0612", "position": "1"})
    assert "number" not in one(CONNECT.replace("AgentConnect", "QueueCallerJoin") + "CallerIDNum: <unknown>\n").detail
    done = one(CONNECT.replace("AgentConnect", "AgentComplete") + "TalkTime: 4\nReason: caller\n")
    assert (done.kind, done.detail) == ("queue_completed", {"verb": "COMPLETECALLER", "by": "caller", "hold_s": "1", "talk_s": "4"})
    assert read(CONNECT.replace("AgentConnect", "AgentComplete") + "Reason: transfer\n") == []


def test_holds_silence_and_starts() -> None:
    about = "Timestamp: 1795517229.868525\nChannel: PJSIP/1003-00000001\nUniqueid: 1.3\nLinkedid: 1.0"
    told = read(f"Event: Hold\n{about}", f"Event: Unhold\n{about}", *(f"Event: MixMonitorMute\n{about}\nState: {n}" for n in (1, 0)))
    assert [item.kind for item in told if isinstance(item, Event)] == ["held", "unheld", "muted", "unmuted"]
    assert all(isinstance(item, Event) and (item.leg, item.linked_id) == ("1.3", "1.0") for item in told)
    booted = one(
        "Event: FullyBooted\nPrivilege: system,all\nTimestamp: 1795517066.465384\nStatus: Fully Booted\nUptime: 60\nLastReload: 60"
    )
    assert (booted.kind, booted.at) == ("pbx_started", AT - timedelta(seconds=60) + timedelta(microseconds=465_384))
    assert read("Event: FullyBooted\nUptime: 60") == [], "the answer to a login, in a recorded stream"


def test_the_end_of_music_has_the_name_of_its_beginning() -> None:
    begin = (
        CEL.replace("USER_DEFINED", "STREAM_BEGIN")
        .replace("UserDefType: ATTACHED_DATA\n", "")
        .replace('{"extra":"customer=42"}', '{"class":"default"}')
    )
    end = begin.replace("STREAM_BEGIN", "STREAM_END").replace('{"class":"default"}', "")
    verbs = [item.detail.get("verb") for item in read(begin, end, end) if isinstance(item, Event)]
    assert verbs == ["MOH_STREAM_BEGIN", "MOH_STREAM_END", None]


def test_a_value_of_several_lines() -> None:
    """Asterisk puts a dial plan's data into a packet as they are; they must not pass for other keys."""
    data = "ATTACHED_DATA,note=one\nLinkedID: 6.6\nUniqueID: 6.6\ntwo"
    event = one(CEL.replace("ATTACHED_DATA,customer=42", data).replace('{"extra":"customer=42"}', r'{"extra":"note=one\ntwo"}'))
    assert (event.leg, event.linked_id, event.detail["value"]) == ("1795517066.0", "1795517066.0", "one\ntwo")


@pytest.mark.parametrize(
    "packet",
    [
        CEL.replace("USER_DEFINED", ""), CEL.replace("1795517066.0", ""), CEL.replace("1795517066.0", "1" * 300),
        CEL.replace("2026-11-24 10:44:26", "").replace("1795517066.471841", ""), CONNECT.replace("1795517067.485938", "soon"),
        "Event: Hold\nUniqueid: 1.1\nTimestamp: never", "Event: FullyBooted\nTimestamp: 1795517066\nUptime: long",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_kept(packet: str) -> None:
    (item,) = read(packet)
    assert isinstance(item, Unreadable)


def test_the_rest_is_nothing_to_us() -> None:
    assert (
        read("Asterisk Call Manager/9.0.0\nResponse: Success\nActionID: 1", "Event: Newchannel\nUniqueid: 1.1", "", "no packet", ": x")
        == []
    )


def test_as_objects() -> None:
    packet = dict(line.split(": ", 1) for line in CEL.strip().splitlines())
    (event,) = events_from_objects([(7, packet)], "asterisk-ami", UTC_ZONE)
    assert isinstance(event, Event) and (event.kind, event.position) == ("attached", 7)
