# ruff: noqa: E501
"""Calls that move: transfers, holds, parking, pickup. Real rows, and the calls that they must become."""

from datetime import UTC, datetime, timedelta

import pytest

from telegraphone.interpret import ties
from telegraphone.model import AnsweredBy

from .corpus import site
from .tables import calls, cel_events

HELD = """
eventtype     | eventtime    | cid_num    | cid_name        | exten      | context       | channame                            | appname         | appdata                   | uniqueid | linkedid | extra
CHAN_START    | 10:47:06.857 | 0612345678 | Customer One    | 0155503556 | from-trunk    | PJSIP/trunk-00000000                |                 |                           | 1.0      | 1.0      |
ANSWER        | 10:47:06.858 | 0612345678 |                 |            |               | PJSIP/trunk-00000000                | Answer          |                           | 1.0      | 1.0      |
ATTACHED_DATA | 10:47:06.859 |            |                 |            |               | PJSIP/trunk-00000000                | CELGenUserEvent | ATTACHED_DATA,customer=42 | 1.0      | 1.0      |
APP_START     | 10:47:06.861 |            |                 | 3556       |               | PJSIP/trunk-00000000                | Queue           | hotline,tTkKxX,,,20       | 1.0      | 1.0      |
STREAM_BEGIN  | 10:47:06.862 |            |                 |            |               | PJSIP/trunk-00000000                | Queue           | hotline,tTkKxX,,,20       | 1.0      | 1.0      |
CHAN_START    | 10:47:06.862 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-00000000;1 |                 |                           | 1.1      | 1.0      |
CHAN_START    | 10:47:06.862 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-00000000;2 |                 |                           | 1.2      | 1.0      |
APP_START     | 10:47:06.863 |            |                 | 2000       |               | Local/2000@agentcallback-00000000;2 | Dial            | PJSIP/1003,,tT            | 1.2      | 1.0      |
CHAN_START    | 10:47:06.863 | 1003       | Dino Falconetti | s          | from-phones   | PJSIP/1003-00000001                 |                 |                           | 1.3      | 1.0      |
ANSWER        | 10:47:07.867 | 1003       |                 |            |               | PJSIP/1003-00000001                 | AppDial         | (Outgoing Line)           | 1.3      | 1.0      |
ANSWER        | 10:47:07.867 | 0612345678 |                 |            |               | Local/2000@agentcallback-00000000;2 | Dial            | PJSIP/1003,,tT            | 1.2      | 1.0      |
ANSWER        | 10:47:07.868 | 1003       |                 |            |               | Local/2000@agentcallback-00000000;1 | AppQueue        | (Outgoing Line)           | 1.1      | 1.0      |
STREAM_END    | 10:47:07.868 |            |                 |            |               | PJSIP/trunk-00000000                |                 |                           | 1.0      | 1.0      |
BRIDGE_ENTER  | 10:47:07.868 |            |                 |            |               | PJSIP/1003-00000001                 | AppDial         | (Outgoing Line)           | 1.3      | 1.0      | bridge_id=b1
BRIDGE_ENTER  | 10:47:07.869 |            |                 |            |               | Local/2000@agentcallback-00000000;2 | Dial            | PJSIP/1003,,tT            | 1.2      | 1.0      | bridge_id=b1
BRIDGE_ENTER  | 10:47:07.869 |            |                 |            |               | Local/2000@agentcallback-00000000;1 | AppQueue        | (Outgoing Line)           | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER  | 10:47:07.869 |            |                 |            |               | PJSIP/trunk-00000000                | Queue           | hotline,tTkKxX,,,20       | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT   | 10:47:07.881 |            |                 |            |               | PJSIP/1003-00000001                 |                 |                           | 1.3      | 1.0      | bridge_id=b1
BRIDGE_EXIT   | 10:47:07.882 |            |                 |            |               | Local/2000@agentcallback-00000000;1 |                 |                           | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER  | 10:47:07.882 |            |                 |            |               | PJSIP/1003-00000001                 | AppDial         | (Outgoing Line)           | 1.3      | 1.0      | bridge_id=b2
BRIDGE_EXIT   | 10:47:07.882 |            |                 |            |               | Local/2000@agentcallback-00000000;2 |                 |                           | 1.2      | 1.0      | bridge_id=b1
HANGUP        | 10:47:07.883 |            |                 |            |               | Local/2000@agentcallback-00000000;2 |                 |                           | 1.2      | 1.0      | hangupcause=16 dialstatus=ANSWER
HANGUP        | 10:47:07.883 |            |                 |            |               | Local/2000@agentcallback-00000000;1 | AppQueue        | (Outgoing Line)           | 1.1      | 1.0      | hangupcause=16
STREAM_BEGIN  | 10:47:09.869 |            |                 |            |               | PJSIP/trunk-00000000                | Queue           | hotline,tTkKxX,,,20       | 1.0      | 1.0      |
STREAM_END    | 10:47:12.870 |            |                 |            |               | PJSIP/trunk-00000000                |                 |                           | 1.0      | 1.0      |
BRIDGE_EXIT   | 10:47:14.873 |            |                 |            |               | PJSIP/trunk-00000000                |                 |                           | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT   | 10:47:14.874 |            |                 |            |               | PJSIP/1003-00000001                 |                 |                           | 1.3      | 1.0      | bridge_id=b2
HANGUP        | 10:47:14.874 |            |                 |            |               | PJSIP/trunk-00000000                |                 |                           | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
HANGUP        | 10:47:14.875 |            |                 |            |               | PJSIP/1003-00000001                 | AppDial         | (Outgoing Line)           | 1.3      | 1.0      | hangupcause=16
LINKEDID_END  | 10:47:14.875 |            |                 |            |               | PJSIP/1003-00000001                 | AppDial         | (Outgoing Line)           | 1.3      | 1.0      |
"""


def test_music_in_mid_conversation_is_a_hold_by_the_other() -> None:
    (call,) = calls(HELD, site=site())
    assert [(hold.by, hold.to - hold.from_ if hold.to else None) for hold in call.holds] == [("1003", timedelta(seconds=3, milliseconds=1))]
    assert call.hold_s == 3.001


def test_a_hold_goes_on_to_the_end_of_the_call() -> None:
    (call,) = calls("\n".join(line for line in HELD.splitlines() if "10:47:12" not in line), site=site())
    assert [hold.to for hold in call.holds] == [call.ended_at and call.ended_at - timedelta(milliseconds=1)]


ATTENDED = """
eventtype        | eventtime    | cid_num    | cid_name        | exten      | context       | channame                            | appname  | appdata              | uniqueid | linkedid | extra
CHAN_START       | 10:47:53.922 | 0612345678 | Customer One    | 0155503556 | from-trunk    | PJSIP/trunk-00000000                |          |                      | 1.0      | 1.0      |
ANSWER           | 10:47:53.924 | 0612345678 |                 |            |               | PJSIP/trunk-00000000                | Answer   |                      | 1.0      | 1.0      |
APP_START        | 10:47:53.925 |            |                 | 3556       |               | PJSIP/trunk-00000000                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      |
STREAM_BEGIN     | 10:47:53.926 |            |                 |            |               | PJSIP/trunk-00000000                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      |
CHAN_START       | 10:47:53.926 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-00000000;1 |          |                      | 1.1      | 1.0      |
CHAN_START       | 10:47:53.927 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-00000000;2 |          |                      | 1.2      | 1.0      |
APP_START        | 10:47:53.927 |            |                 | 2000       |               | Local/2000@agentcallback-00000000;2 | Dial     | PJSIP/1003,,tT       | 1.2      | 1.0      |
CHAN_START       | 10:47:53.927 | 1003       | Dino Falconetti | s          | from-phones   | PJSIP/1003-00000001                 |          |                      | 1.3      | 1.0      |
ANSWER           | 10:47:54.931 | 1003       |                 |            |               | PJSIP/1003-00000001                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      |
ANSWER           | 10:47:54.931 | 0612345678 |                 |            |               | Local/2000@agentcallback-00000000;2 | Dial     | PJSIP/1003,,tT       | 1.2      | 1.0      |
BRIDGE_ENTER     | 10:47:54.932 |            |                 |            |               | PJSIP/1003-00000001                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | bridge_id=b1
ANSWER           | 10:47:54.932 | 1003       |                 |            |               | Local/2000@agentcallback-00000000;1 | AppQueue | (Outgoing Line)      | 1.1      | 1.0      |
STREAM_END       | 10:47:54.932 |            |                 |            |               | PJSIP/trunk-00000000                |          |                      | 1.0      | 1.0      |
BRIDGE_ENTER     | 10:47:54.933 |            |                 |            |               | Local/2000@agentcallback-00000000;2 | Dial     | PJSIP/1003,,tT       | 1.2      | 1.0      | bridge_id=b1
BRIDGE_ENTER     | 10:47:54.933 |            |                 |            |               | Local/2000@agentcallback-00000000;1 | AppQueue | (Outgoing Line)      | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER     | 10:47:54.933 |            |                 |            |               | PJSIP/trunk-00000000                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT      | 10:47:54.945 |            |                 |            |               | PJSIP/1003-00000001                 |          |                      | 1.3      | 1.0      | bridge_id=b1
BRIDGE_EXIT      | 10:47:54.945 |            |                 |            |               | Local/2000@agentcallback-00000000;1 |          |                      | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER     | 10:47:54.945 |            |                 |            |               | PJSIP/1003-00000001                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | bridge_id=b2
HANGUP           | 10:47:54.946 |            |                 |            |               | Local/2000@agentcallback-00000000;1 | AppQueue | (Outgoing Line)      | 1.1      | 1.0      | hangupcause=16
BRIDGE_EXIT      | 10:47:54.946 |            |                 |            |               | Local/2000@agentcallback-00000000;2 |          |                      | 1.2      | 1.0      | bridge_id=b1
HANGUP           | 10:47:54.946 |            |                 |            |               | Local/2000@agentcallback-00000000;2 |          |                      | 1.2      | 1.0      | hangupcause=16 dialstatus=ANSWER
STREAM_BEGIN     | 10:47:56.934 |            |                 |            |               | PJSIP/trunk-00000000                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      |
CHAN_START       | 10:47:56.935 | 1003       | Dino Falconetti | 1004       | from-phones   | PJSIP/1003-00000002                 |          |                      | 1.4      | 1.4      |
APP_START        | 10:47:56.937 |            |                 | 1004       |               | PJSIP/1003-00000002                 | Dial     | PJSIP/1004,20,tTkKxX | 1.4      | 1.4      |
CHAN_START       | 10:47:56.938 | 1004       | Emma Lefèvre    | s          | from-phones   | PJSIP/1004-00000003                 |          |                      | 1.5      | 1.4      |
ANSWER           | 10:47:57.940 | 1004       |                 |            |               | PJSIP/1004-00000003                 | AppDial  | (Outgoing Line)      | 1.5      | 1.4      |
ANSWER           | 10:47:57.941 | 1003       |                 |            |               | PJSIP/1003-00000002                 | Dial     | PJSIP/1004,20,tTkKxX | 1.4      | 1.4      |
BRIDGE_ENTER     | 10:47:57.942 |            |                 |            |               | PJSIP/1004-00000003                 | AppDial  | (Outgoing Line)      | 1.5      | 1.4      | bridge_id=b3
BRIDGE_ENTER     | 10:47:57.942 |            |                 |            |               | PJSIP/1003-00000002                 | Dial     | PJSIP/1004,20,tTkKxX | 1.4      | 1.4      | bridge_id=b3
STREAM_END       | 10:48:00.443 |            |                 |            |               | PJSIP/trunk-00000000                |          |                      | 1.0      | 1.0      |
BRIDGE_EXIT      | 10:48:00.444 |            |                 |            |               | PJSIP/1004-00000003                 |          |                      | 1.5      | 1.4      | bridge_id=b3
BRIDGE_EXIT      | 10:48:00.444 |            |                 |            |               | PJSIP/1003-00000001                 |          |                      | 1.3      | 1.0      | bridge_id=b2
BRIDGE_ENTER     | 10:48:00.444 |            |                 |            |               | PJSIP/1004-00000003                 | AppDial  | (Outgoing Line)      | 1.5      | 1.0      | bridge_id=b2
ATTENDEDTRANSFER | 10:48:00.444 |            |                 |            |               | PJSIP/1003-00000001                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | channel2_uniqueid=1.4 bridge2_id=b3 transferee_channel_uniqueid=1.0 transfer_target_channel_name=PJSIP/1004-00000003 transfer_target_channel_uniqueid=1.5
BRIDGE_EXIT      | 10:48:00.444 |            |                 |            |               | PJSIP/1003-00000002                 |          |                      | 1.4      | 1.4      | bridge_id=b3
HANGUP           | 10:48:00.445 |            |                 |            |               | PJSIP/1003-00000001                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | hangupcause=16
HANGUP           | 10:48:00.446 |            |                 |            |               | PJSIP/1003-00000002                 |          |                      | 1.4      | 1.4      | hangupcause=16 dialstatus=ANSWER
LINKEDID_END     | 10:48:00.446 |            |                 |            |               | PJSIP/1003-00000002                 |          |                      | 1.4      | 1.4      |
BRIDGE_EXIT      | 10:48:03.746 |            |                 |            |               | PJSIP/trunk-00000000                |          |                      | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT      | 10:48:03.747 |            |                 |            |               | PJSIP/1004-00000003                 |          |                      | 1.5      | 1.0      | bridge_id=b2
HANGUP           | 10:48:03.748 |            |                 |            |               | PJSIP/trunk-00000000                |          |                      | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
HANGUP           | 10:48:03.748 |            |                 |            |               | PJSIP/1004-00000003                 | AppDial  | (Outgoing Line)      | 1.5      | 1.0      | hangupcause=16
LINKEDID_END     | 10:48:03.748 |            |                 |            |               | PJSIP/1004-00000003                 | AppDial  | (Outgoing Line)      | 1.5      | 1.0      |
"""


def test_an_attended_transfer_and_its_consultation() -> None:
    main, consultation = calls(ATTENDED, site=site())
    assert [(t.kind, t.by, t.to) for t in main.transfers] == [("attended", "1003", "1004")]
    assert (main.unique_ids, main.consultation_of) == (("1.0", "1.1", "1.2", "1.3", "1.5"), None)
    assert (consultation.linked_id, consultation.consultation_of, consultation.unique_ids) == ("1.4", ("1.0", 0), ("1.4", "1.5"))
    assert (consultation.caller.number, consultation.dialled.number, consultation.talk_s) == ("1003", "1004", 2.504)
    assert [(leg.number, leg.role) for leg in main.legs] == [("0612345678", "caller"), ("1003", "agent"), ("1004", "transfer_target")]


def test_a_call_that_a_phone_begins_while_it_holds_another_is_a_consultation() -> None:
    main, consultation = calls("\n".join(line for line in ATTENDED.splitlines() if "ATTENDEDTRANSFER" not in line), site=site())
    assert (main.transfers, consultation.consultation_of) == ((), ("1.0", 0))
    assert "while it held" in consultation.certainty["consultation_of"]


def test_what_ties_a_consultation_to_its_main_call() -> None:
    """Before anything joins them there is only the hold."""
    rows = [event for event in cel_events(ATTENDED) if event.kind != "transferred_attended" and event.at < AT]
    main, consultation = (ties(event for event in rows if event.linked_id == linked_id) for linked_id in ("1.0", "1.4"))
    (held,) = [tie for tie in main if tie.key == "hold:PJSIP/1003"]
    (begun,) = [tie for tie in consultation if tie.key == "hold:PJSIP/1003"]
    assert held.from_ is not None
    assert begun.from_ is not None
    assert held.from_ <= begun.from_ == begun.to
    assert held.to is None
    assert {tie.key for tie in main & consultation} == set()


AT = datetime(2026, 11, 24, 10, 47, 58, tzinfo=UTC)

HALF_ATTENDED = """
eventtype        | eventtime    | cid_num    | cid_name        | exten      | context       | channame                            | appname  | appdata              | uniqueid | linkedid | extra
CHAN_START       | 13:35:09.338 | 0612345678 | Customer One    | 0155503556 | from-trunk    | PJSIP/trunk-0000002b                |          |                      | 1.0      | 1.0      |
ANSWER           | 13:35:09.338 | 0612345678 |                 |            |               | PJSIP/trunk-0000002b                | Answer   |                      | 1.0      | 1.0      |
APP_START        | 13:35:09.339 |            |                 | 3556       |               | PJSIP/trunk-0000002b                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      |
STREAM_BEGIN     | 13:35:09.339 |            |                 |            |               | PJSIP/trunk-0000002b                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      |
CHAN_START       | 13:35:09.339 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-0000000b;1 |          |                      | 1.1      | 1.0      |
CHAN_START       | 13:35:09.339 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-0000000b;2 |          |                      | 1.2      | 1.0      |
APP_START        | 13:35:09.339 |            |                 | 2000       |               | Local/2000@agentcallback-0000000b;2 | Dial     | PJSIP/1003,,tT       | 1.2      | 1.0      |
CHAN_START       | 13:35:09.340 | 1003       | Dino Falconetti | s          | from-phones   | PJSIP/1003-0000002c                 |          |                      | 1.3      | 1.0      |
ANSWER           | 13:35:10.344 | 1003       |                 |            |               | PJSIP/1003-0000002c                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      |
ANSWER           | 13:35:10.345 | 1003       |                 |            |               | Local/2000@agentcallback-0000000b;1 | AppQueue | (Outgoing Line)      | 1.1      | 1.0      |
STREAM_END       | 13:35:10.345 |            |                 |            |               | PJSIP/trunk-0000002b                |          |                      | 1.0      | 1.0      |
ANSWER           | 13:35:10.345 | 0612345678 |                 |            |               | Local/2000@agentcallback-0000000b;2 | Dial     | PJSIP/1003,,tT       | 1.2      | 1.0      |
BRIDGE_ENTER     | 13:35:10.345 |            |                 |            |               | Local/2000@agentcallback-0000000b;1 | AppQueue | (Outgoing Line)      | 1.1      | 1.0      | bridge_id=b1
BRIDGE_ENTER     | 13:35:10.345 |            |                 |            |               | PJSIP/trunk-0000002b                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      | bridge_id=b1
BRIDGE_ENTER     | 13:35:10.345 |            |                 |            |               | PJSIP/1003-0000002c                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | bridge_id=b2
BRIDGE_ENTER     | 13:35:10.346 |            |                 |            |               | Local/2000@agentcallback-0000000b;2 | Dial     | PJSIP/1003,,tT       | 1.2      | 1.0      | bridge_id=b2
BRIDGE_EXIT      | 13:35:10.366 |            |                 |            |               | PJSIP/1003-0000002c                 |          |                      | 1.3      | 1.0      | bridge_id=b2
BRIDGE_EXIT      | 13:35:10.366 |            |                 |            |               | Local/2000@agentcallback-0000000b;1 |          |                      | 1.1      | 1.0      | bridge_id=b1
BRIDGE_ENTER     | 13:35:10.366 |            |                 |            |               | PJSIP/1003-0000002c                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | bridge_id=b1
HANGUP           | 13:35:10.366 |            |                 |            |               | Local/2000@agentcallback-0000000b;1 | AppQueue | (Outgoing Line)      | 1.1      | 1.0      | hangupcause=16
BRIDGE_EXIT      | 13:35:10.366 |            |                 |            |               | Local/2000@agentcallback-0000000b;2 |          |                      | 1.2      | 1.0      | bridge_id=b2
HANGUP           | 13:35:10.366 |            |                 |            |               | Local/2000@agentcallback-0000000b;2 |          |                      | 1.2      | 1.0      | hangupcause=16 dialstatus=ANSWER
STREAM_BEGIN     | 13:35:11.845 |            |                 |            |               | PJSIP/trunk-0000002b                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      |
CHAN_START       | 13:35:11.851 | 1003       | Dino Falconetti | 1004       | from-phones   | PJSIP/1003-0000002d                 |          |                      | 1.4      | 1.4      |
APP_START        | 13:35:11.853 |            |                 | 1004       |               | PJSIP/1003-0000002d                 | Dial     | PJSIP/1004,20,tTkKxX | 1.4      | 1.4      |
CHAN_START       | 13:35:11.853 | 1004       | Emma Lefèvre    | s          | from-phones   | PJSIP/1004-0000002e                 |          |                      | 1.5      | 1.4      |
ATTENDEDTRANSFER | 13:35:13.356 |            |                 |            |               | PJSIP/1003-0000002c                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | channel2_uniqueid=1.4 app=Dial transferee_channel_uniqueid=1.0 transfer_target_channel_name=N/A transfer_target_channel_uniqueid=N/A
STREAM_END       | 13:35:13.356 |            |                 |            |               | PJSIP/trunk-0000002b                |          |                      | 1.0      | 1.0      |
BRIDGE_EXIT      | 13:35:13.356 |            |                 |            |               | PJSIP/1003-0000002c                 |          |                      | 1.3      | 1.0      | bridge_id=b1
HANGUP           | 13:35:13.357 |            |                 |            |               | PJSIP/1003-0000002c                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | hangupcause=16
BRIDGE_EXIT      | 13:35:13.357 |            |                 |            |               | PJSIP/trunk-0000002b                |          |                      | 1.0      | 1.0      | bridge_id=b1
APP_START        | 13:35:13.357 |            |                 | 1004       |               | PJSIP/trunk-0000002b                | Dial     | PJSIP/1004,20,tTkKxX | 1.0      | 1.0      |
APP_START        | 13:35:13.358 |            |                 | 3556       |               | PJSIP/1003-0000002d                 | Queue    | hotline,tTkKxX,,,20  | 1.4      | 1.4      |
HANGUP           | 13:35:13.358 |            |                 |            |               | PJSIP/1003-0000002d                 |          |                      | 1.4      | 1.4      | hangupcause=16
ANSWER           | 13:35:14.361 | 1004       |                 |            |               | PJSIP/1004-0000002e                 | AppDial  | (Outgoing Line)      | 1.5      | 1.4      |
BRIDGE_ENTER     | 13:35:14.361 |            |                 |            |               | PJSIP/1004-0000002e                 | AppDial  | (Outgoing Line)      | 1.5      | 1.4      | bridge_id=b3
LINKEDID_END     | 13:35:14.362 |            |                 |            |               | PJSIP/1004-0000002e                 | AppDial  | (Outgoing Line)      | 1.5      | 1.4      |
BRIDGE_ENTER     | 13:35:14.362 |            |                 |            |               | PJSIP/trunk-0000002b                | Dial     | PJSIP/1004,20,tTkKxX | 1.0      | 1.0      | bridge_id=b3
BRIDGE_EXIT      | 13:35:16.863 |            |                 |            |               | PJSIP/trunk-0000002b                |          |                      | 1.0      | 1.0      | bridge_id=b3
BRIDGE_EXIT      | 13:35:16.863 |            |                 |            |               | PJSIP/1004-0000002e                 |          |                      | 1.5      | 1.0      | bridge_id=b3
HANGUP           | 13:35:16.863 |            |                 |            |               | PJSIP/1004-0000002e                 | AppDial  | (Outgoing Line)      | 1.5      | 1.0      | hangupcause=16
HANGUP           | 13:35:16.864 |            |                 |            |               | PJSIP/trunk-0000002b                |          |                      | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
LINKEDID_END     | 13:35:16.864 |            |                 |            |               | PJSIP/trunk-0000002b                |          |                      | 1.0      | 1.0      |
"""


def test_a_transfer_to_a_phone_that_still_rings() -> None:
    main, consultation = calls(HALF_ATTENDED, site=site())
    assert [(t.kind, t.by, t.to) for t in main.transfers] == [("attended", "1003", "1004")]
    assert (consultation.outcome, consultation.queues, consultation.consultation_of) == ("cancelled", (), ("1.0", 0))
    assert [(passage.name, passage.outcome) for passage in main.queues] == [("hotline", "answered")]


BY_DTMF = """
eventtype        | eventtime    | cid_num    | cid_name        | exten      | context       | channame                            | appname  | appdata              | uniqueid | linkedid | extra
CHAN_START       | 13:36:15.993 | 0612345678 | Customer One    | 0155503556 | from-trunk    | PJSIP/trunk-0000003f                |          |                      | 1.0      | 1.0      |
ANSWER           | 13:36:15.995 | 0612345678 |                 |            |               | PJSIP/trunk-0000003f                | Answer   |                      | 1.0      | 1.0      |
APP_START        | 13:36:15.997 |            |                 | 3556       |               | PJSIP/trunk-0000003f                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      |
STREAM_BEGIN     | 13:36:15.997 |            |                 |            |               | PJSIP/trunk-0000003f                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      |
CHAN_START       | 13:36:15.997 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-00000011;1 |          |                      | 1.1      | 1.0      |
CHAN_START       | 13:36:15.997 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-00000011;2 |          |                      | 1.2      | 1.0      |
APP_START        | 13:36:15.998 |            |                 | 2000       |               | Local/2000@agentcallback-00000011;2 | Dial     | PJSIP/1003,,tT       | 1.2      | 1.0      |
CHAN_START       | 13:36:15.998 | 1003       | Dino Falconetti | s          | from-phones   | PJSIP/1003-00000040                 |          |                      | 1.3      | 1.0      |
ANSWER           | 13:36:17.002 | 1003       |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      |
ANSWER           | 13:36:17.002 | 0612345678 |                 |            |               | Local/2000@agentcallback-00000011;2 | Dial     | PJSIP/1003,,tT       | 1.2      | 1.0      |
ANSWER           | 13:36:17.002 | 1003       |                 |            |               | Local/2000@agentcallback-00000011;1 | AppQueue | (Outgoing Line)      | 1.1      | 1.0      |
BRIDGE_ENTER     | 13:36:17.003 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | bridge_id=b1
STREAM_END       | 13:36:17.003 |            |                 |            |               | PJSIP/trunk-0000003f                |          |                      | 1.0      | 1.0      |
BRIDGE_ENTER     | 13:36:17.003 |            |                 |            |               | Local/2000@agentcallback-00000011;2 | Dial     | PJSIP/1003,,tT       | 1.2      | 1.0      | bridge_id=b1
BRIDGE_ENTER     | 13:36:17.003 |            |                 |            |               | Local/2000@agentcallback-00000011;1 | AppQueue | (Outgoing Line)      | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER     | 13:36:17.004 |            |                 |            |               | PJSIP/trunk-0000003f                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT      | 13:36:17.016 |            |                 |            |               | PJSIP/1003-00000040                 |          |                      | 1.3      | 1.0      | bridge_id=b1
BRIDGE_EXIT      | 13:36:17.016 |            |                 |            |               | Local/2000@agentcallback-00000011;1 |          |                      | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER     | 13:36:17.016 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | bridge_id=b2
BRIDGE_EXIT      | 13:36:17.017 |            |                 |            |               | Local/2000@agentcallback-00000011;2 |          |                      | 1.2      | 1.0      | bridge_id=b1
HANGUP           | 13:36:17.017 |            |                 |            |               | Local/2000@agentcallback-00000011;2 |          |                      | 1.2      | 1.0      | hangupcause=16 dialstatus=ANSWER
HANGUP           | 13:36:17.017 |            |                 |            |               | Local/2000@agentcallback-00000011;1 | AppQueue | (Outgoing Line)      | 1.1      | 1.0      | hangupcause=16
DTMF             | 13:36:18.608 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | digit=*
DTMF             | 13:36:18.896 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | digit=2
STREAM_BEGIN     | 13:36:18.897 |            |                 |            |               | PJSIP/trunk-0000003f                | Queue    | hotline,tTkKxX,,,20  | 1.0      | 1.0      |
DTMF             | 13:36:20.485 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | digit=1
DTMF             | 13:36:20.774 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | digit=0
DTMF             | 13:36:21.063 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | digit=0
DTMF             | 13:36:21.353 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | digit=4
CHAN_START       | 13:36:21.354 |            |                 | 1004       | from-phones   | Local/1004@from-phones-00000012;1   |          |                      | 1.4      | 1.0      |
CHAN_START       | 13:36:21.354 |            |                 | 1004       | from-phones   | Local/1004@from-phones-00000012;2   |          |                      | 1.5      | 1.0      |
BRIDGE_ENTER     | 13:36:21.354 |            |                 |            |               | Local/1004@from-phones-00000012;1   |          |                      | 1.4      | 1.0      | bridge_id=b3
BRIDGE_EXIT      | 13:36:21.354 |            |                 |            |               | PJSIP/1003-00000040                 |          |                      | 1.3      | 1.0      | bridge_id=b2
BRIDGE_ENTER     | 13:36:21.354 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | bridge_id=b3
APP_START        | 13:36:21.355 |            |                 | 1004       |               | Local/1004@from-phones-00000012;2   | Dial     | PJSIP/1004,20,tTkKxX | 1.5      | 1.0      |
CHAN_START       | 13:36:21.355 | 1004       | Emma Lefèvre    | s          | from-phones   | PJSIP/1004-00000041                 |          |                      | 1.6      | 1.0      |
DTMF             | 13:36:21.375 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | digit=4
DTMF             | 13:36:21.399 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | digit=4
ANSWER           | 13:36:22.739 | 1004       |                 |            |               | PJSIP/1004-00000041                 | AppDial  | (Outgoing Line)      | 1.6      | 1.0      |
ANSWER           | 13:36:22.739 | 1003       |                 |            |               | Local/1004@from-phones-00000012;2   | Dial     | PJSIP/1004,20,tTkKxX | 1.5      | 1.0      |
ANSWER           | 13:36:22.739 | 1004       |                 |            |               | Local/1004@from-phones-00000012;1   |          |                      | 1.4      | 1.0      |
BRIDGE_ENTER     | 13:36:22.742 |            |                 |            |               | PJSIP/1004-00000041                 | AppDial  | (Outgoing Line)      | 1.6      | 1.0      | bridge_id=b4
BRIDGE_ENTER     | 13:36:22.743 |            |                 |            |               | Local/1004@from-phones-00000012;2   | Dial     | PJSIP/1004,20,tTkKxX | 1.5      | 1.0      | bridge_id=b4
BRIDGE_EXIT      | 13:36:24.740 |            |                 |            |               | PJSIP/1003-00000040                 |          |                      | 1.3      | 1.0      | bridge_id=b3
BRIDGE_EXIT      | 13:36:24.740 |            |                 |            |               | Local/1004@from-phones-00000012;1   |          |                      | 1.4      | 1.0      | bridge_id=b3
STREAM_END       | 13:36:24.740 |            |                 |            |               | PJSIP/trunk-0000003f                |          |                      | 1.0      | 1.0      |
BRIDGE_ENTER     | 13:36:24.740 |            |                 |            |               | Local/1004@from-phones-00000012;1   |          |                      | 1.4      | 1.0      | bridge_id=b2
ATTENDEDTRANSFER | 13:36:24.741 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | channel2_uniqueid=1.3 bridge2_id=b3 transferee_channel_uniqueid=1.0 transfer_target_channel_name=N/A transfer_target_channel_uniqueid=N/A
HANGUP           | 13:36:24.742 |            |                 |            |               | PJSIP/1003-00000040                 | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | hangupcause=16
BRIDGE_EXIT      | 13:36:24.977 |            |                 |            |               | PJSIP/1004-00000041                 |          |                      | 1.6      | 1.0      | bridge_id=b4
BRIDGE_EXIT      | 13:36:24.977 |            |                 |            |               | Local/1004@from-phones-00000012;1   |          |                      | 1.4      | 1.0      | bridge_id=b2
BRIDGE_ENTER     | 13:36:24.977 |            |                 |            |               | PJSIP/1004-00000041                 | AppDial  | (Outgoing Line)      | 1.6      | 1.0      | bridge_id=b2
BRIDGE_EXIT      | 13:36:24.977 |            |                 |            |               | Local/1004@from-phones-00000012;2   |          |                      | 1.5      | 1.0      | bridge_id=b4
HANGUP           | 13:36:24.977 |            |                 |            |               | Local/1004@from-phones-00000012;1   |          |                      | 1.4      | 1.0      | hangupcause=16
HANGUP           | 13:36:24.977 |            |                 |            |               | Local/1004@from-phones-00000012;2   |          |                      | 1.5      | 1.0      | hangupcause=16 dialstatus=ANSWER
BRIDGE_EXIT      | 13:36:27.741 |            |                 |            |               | PJSIP/trunk-0000003f                |          |                      | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT      | 13:36:27.741 |            |                 |            |               | PJSIP/1004-00000041                 |          |                      | 1.6      | 1.0      | bridge_id=b2
HANGUP           | 13:36:27.742 |            |                 |            |               | PJSIP/1004-00000041                 | AppDial  | (Outgoing Line)      | 1.6      | 1.0      | hangupcause=16
HANGUP           | 13:36:27.744 |            |                 |            |               | PJSIP/trunk-0000003f                |          |                      | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
LINKEDID_END     | 13:36:27.744 |            |                 |            |               | PJSIP/trunk-0000003f                |          |                      | 1.0      | 1.0      |
"""


def test_an_attended_transfer_by_dtmf_is_within_one_call_and_no_hold() -> None:
    (call,) = calls(BY_DTMF, site=site())
    assert [(t.kind, t.by, t.agent, t.to) for t in call.transfers] == [("attended", "1003", "2000", "1004")]
    assert (call.holds, call.consultation_of) == ((), None)
    assert call.unique_ids == ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6")


AWAY = """
eventtype        | eventtime    | cid_num | cid_name      | exten | context     | channame              | appname | appdata                | uniqueid | linkedid | extra
CHAN_START       | 13:39:00.047 | 1001    | Alice Martin  | 1002  | from-phones | PJSIP/1001-00000075   |         |                        | 1.0      | 1.0      |
APP_START        | 13:39:00.048 |         |               | 1002  |             | PJSIP/1001-00000075   | Dial    | PJSIP/1002,20,tTkKxX   | 1.0      | 1.0      |
CHAN_START       | 13:39:00.048 | 1002    | Bob Durand    | s     | from-phones | PJSIP/1002-00000076   |         |                        | 1.1      | 1.0      |
ANSWER           | 13:39:01.051 | 1002    |               |       |             | PJSIP/1002-00000076   | AppDial | (Outgoing Line)        | 1.1      | 1.0      |
ANSWER           | 13:39:01.051 | 1001    |               |       |             | PJSIP/1001-00000075   | Dial    | PJSIP/1002,20,tTkKxX   | 1.0      | 1.0      |
BRIDGE_ENTER     | 13:39:01.052 |         |               |       |             | PJSIP/1002-00000076   | AppDial | (Outgoing Line)        | 1.1      | 1.0      | bridge_id=b1
BRIDGE_ENTER     | 13:39:01.052 |         |               |       |             | PJSIP/1001-00000075   | Dial    | PJSIP/1002,20,tTkKxX   | 1.0      | 1.0      | bridge_id=b1
STREAM_BEGIN     | 13:39:02.553 |         |               |       |             | PJSIP/1002-00000076   | AppDial | (Outgoing Line)        | 1.1      | 1.0      |
CHAN_START       | 13:39:02.556 | 1001    | Alice Martin  | 1006  | from-phones | PJSIP/1001-00000077   |         |                        | 1.2      | 1.2      |
APP_START        | 13:39:02.557 |         |               | 1006  |             | PJSIP/1001-00000077   | Dial    | PJSIP/w2x6pl,20,tTkKxX | 1.2      | 1.2      |
CHAN_START       | 13:39:02.557 | 1006    | Grace O'Brien | s     | from-phones | PJSIP/w2x6pl-00000078 |         |                        | 1.3      | 1.2      |
ANSWER           | 13:39:03.560 | 1006    |               |       |             | PJSIP/w2x6pl-00000078 | AppDial | (Outgoing Line)        | 1.3      | 1.2      |
ANSWER           | 13:39:03.560 | 1001    |               |       |             | PJSIP/1001-00000077   | Dial    | PJSIP/w2x6pl,20,tTkKxX | 1.2      | 1.2      |
BRIDGE_ENTER     | 13:39:03.561 |         |               |       |             | PJSIP/w2x6pl-00000078 | AppDial | (Outgoing Line)        | 1.3      | 1.2      | bridge_id=b2
BRIDGE_ENTER     | 13:39:03.561 |         |               |       |             | PJSIP/1001-00000077   | Dial    | PJSIP/w2x6pl,20,tTkKxX | 1.2      | 1.2      | bridge_id=b2
STREAM_END       | 13:39:05.062 |         |               |       |             | PJSIP/1002-00000076   |         |                        | 1.1      | 1.0      |
BRIDGE_EXIT      | 13:39:05.062 |         |               |       |             | PJSIP/1002-00000076   |         |                        | 1.1      | 1.0      | bridge_id=b1
BRIDGE_EXIT      | 13:39:05.063 |         |               |       |             | PJSIP/1001-00000077   |         |                        | 1.2      | 1.2      | bridge_id=b2
BRIDGE_ENTER     | 13:39:05.063 |         |               |       |             | PJSIP/1002-00000076   | AppDial | (Outgoing Line)        | 1.1      | 1.0      | bridge_id=b2
ATTENDEDTRANSFER | 13:39:05.063 |         |               |       |             | PJSIP/1001-00000075   | Dial    | PJSIP/1002,20,tTkKxX   | 1.0      | 1.0      | channel2_uniqueid=1.2 bridge2_id=b2 transferee_channel_uniqueid=1.1 transfer_target_channel_name=PJSIP/w2x6pl-00000078 transfer_target_channel_uniqueid=1.3
BRIDGE_EXIT      | 13:39:05.063 |         |               |       |             | PJSIP/1001-00000075   |         |                        | 1.0      | 1.0      | bridge_id=b1
HANGUP           | 13:39:05.064 |         |               |       |             | PJSIP/1001-00000077   |         |                        | 1.2      | 1.2      | hangupcause=16 dialstatus=ANSWER
LINKEDID_END     | 13:39:05.064 |         |               |       |             | PJSIP/1001-00000077   |         |                        | 1.2      | 1.2      |
HANGUP           | 13:39:05.064 |         |               |       |             | PJSIP/1001-00000075   |         |                        | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
BRIDGE_EXIT      | 13:39:07.563 |         |               |       |             | PJSIP/w2x6pl-00000078 |         |                        | 1.3      | 1.0      | bridge_id=b2
BRIDGE_EXIT      | 13:39:07.563 |         |               |       |             | PJSIP/1002-00000076   |         |                        | 1.1      | 1.0      | bridge_id=b2
HANGUP           | 13:39:07.564 |         |               |       |             | PJSIP/1002-00000076   | AppDial | (Outgoing Line)        | 1.1      | 1.0      | hangupcause=16
HANGUP           | 13:39:07.564 |         |               |       |             | PJSIP/w2x6pl-00000078 | AppDial | (Outgoing Line)        | 1.3      | 1.0      | hangupcause=16
LINKEDID_END     | 13:39:07.564 |         |               |       |             | PJSIP/w2x6pl-00000078 | AppDial | (Outgoing Line)        | 1.3      | 1.0      |
"""


def test_a_caller_who_transfers_himself_away() -> None:
    """The call goes on between the others, until the last two part."""
    main, consultation = calls(AWAY, site=site())
    assert [(t.kind, t.by, t.to) for t in main.transfers] == [("attended", "1001", "1006")]
    assert (main.talk_s, consultation.talk_s) == (6.512, 1.503)


BLIND = """
eventtype     | eventtime    | cid_num    | cid_name        | exten      | context       | channame                            | appname  | appdata             | uniqueid | linkedid | extra
CHAN_START    | 13:34:54.763 | 0612345678 | Customer One    | 0155503556 | from-trunk    | PJSIP/trunk-00000025                |          |                     | 1.0      | 1.0      |
ANSWER        | 13:34:54.768 | 0612345678 |                 |            |               | PJSIP/trunk-00000025                | Answer   |                     | 1.0      | 1.0      |
APP_START     | 13:34:54.769 |            |                 | 3556       |               | PJSIP/trunk-00000025                | Queue    | hotline,tTkKxX,,,20 | 1.0      | 1.0      |
STREAM_BEGIN  | 13:34:54.770 |            |                 |            |               | PJSIP/trunk-00000025                | Queue    | hotline,tTkKxX,,,20 | 1.0      | 1.0      |
CHAN_START    | 13:34:54.770 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-00000009;1 |          |                     | 1.1      | 1.0      |
CHAN_START    | 13:34:54.770 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-00000009;2 |          |                     | 1.2      | 1.0      |
APP_START     | 13:34:54.770 |            |                 | 2000       |               | Local/2000@agentcallback-00000009;2 | Dial     | PJSIP/1003,,tT      | 1.2      | 1.0      |
CHAN_START    | 13:34:54.770 | 1003       | Dino Falconetti | s          | from-phones   | PJSIP/1003-00000026                 |          |                     | 1.3      | 1.0      |
ANSWER        | 13:34:55.774 | 1003       |                 |            |               | PJSIP/1003-00000026                 | AppDial  | (Outgoing Line)     | 1.3      | 1.0      |
ANSWER        | 13:34:55.774 | 1003       |                 |            |               | Local/2000@agentcallback-00000009;1 | AppQueue | (Outgoing Line)     | 1.1      | 1.0      |
STREAM_END    | 13:34:55.774 |            |                 |            |               | PJSIP/trunk-00000025                |          |                     | 1.0      | 1.0      |
ANSWER        | 13:34:55.774 | 0612345678 |                 |            |               | Local/2000@agentcallback-00000009;2 | Dial     | PJSIP/1003,,tT      | 1.2      | 1.0      |
BRIDGE_ENTER  | 13:34:55.775 |            |                 |            |               | PJSIP/1003-00000026                 | AppDial  | (Outgoing Line)     | 1.3      | 1.0      | bridge_id=b1
BRIDGE_ENTER  | 13:34:55.775 |            |                 |            |               | Local/2000@agentcallback-00000009;2 | Dial     | PJSIP/1003,,tT      | 1.2      | 1.0      | bridge_id=b1
BRIDGE_ENTER  | 13:34:55.775 |            |                 |            |               | Local/2000@agentcallback-00000009;1 | AppQueue | (Outgoing Line)     | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER  | 13:34:55.775 |            |                 |            |               | PJSIP/trunk-00000025                | Queue    | hotline,tTkKxX,,,20 | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT   | 13:34:55.775 |            |                 |            |               | PJSIP/1003-00000026                 |          |                     | 1.3      | 1.0      | bridge_id=b1
BRIDGE_EXIT   | 13:34:55.775 |            |                 |            |               | Local/2000@agentcallback-00000009;1 |          |                     | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER  | 13:34:55.775 |            |                 |            |               | PJSIP/1003-00000026                 | AppDial  | (Outgoing Line)     | 1.3      | 1.0      | bridge_id=b2
HANGUP        | 13:34:55.776 |            |                 |            |               | Local/2000@agentcallback-00000009;1 | AppQueue | (Outgoing Line)     | 1.1      | 1.0      | hangupcause=16
BRIDGE_EXIT   | 13:34:55.776 |            |                 |            |               | Local/2000@agentcallback-00000009;2 |          |                     | 1.2      | 1.0      | bridge_id=b1
HANGUP        | 13:34:55.776 |            |                 |            |               | Local/2000@agentcallback-00000009;2 |          |                     | 1.2      | 1.0      | hangupcause=16 dialstatus=ANSWER
BLINDTRANSFER | 13:34:57.776 |            |                 |            |               | PJSIP/1003-00000026                 | AppDial  | (Outgoing Line)     | 1.3      | 1.0      | extension=1002 transferee_channel_uniqueid=1.0
BRIDGE_EXIT   | 13:34:57.776 |            |                 |            |               | PJSIP/1003-00000026                 |          |                     | 1.3      | 1.0      | bridge_id=b2
BRIDGE_EXIT   | 13:34:57.776 |            |                 |            |               | PJSIP/trunk-00000025                |          |                     | 1.0      | 1.0      | bridge_id=b2
HANGUP        | 13:34:57.776 |            |                 |            |               | PJSIP/1003-00000026                 | AppDial  | (Outgoing Line)     | 1.3      | 1.0      | hangupcause=16
APP_START     | 13:34:57.777 |            |                 | 1002       |               | PJSIP/trunk-00000025                | Dial     | PJSIP/1002,4,tTkKxX | 1.0      | 1.0      |
CHAN_START    | 13:34:57.777 | 1002       | Bob Durand      | s          | from-phones   | PJSIP/1002-00000027                 |          |                     | 1.4      | 1.0      |
HANGUP        | 13:35:01.782 |            |                 |            |               | PJSIP/1002-00000027                 | AppDial  | (Outgoing Line)     | 1.4      | 1.0      | hangupcause=0
HANGUP        | 13:35:01.782 |            |                 |            |               | PJSIP/trunk-00000025                |          |                     | 1.0      | 1.0      | hangupcause=16 hangupsource=dialplan/builtin dialstatus=ANSWER
LINKEDID_END  | 13:35:01.782 |            |                 |            |               | PJSIP/trunk-00000025                |          |                     | 1.0      | 1.0      |
"""


def test_a_blind_transfer_that_nobody_answers_is_one() -> None:
    (call,) = calls(BLIND, site=site())
    assert [(t.kind, t.by, t.agent, t.to) for t in call.transfers] == [("blind", "1003", "2000", "1002")]
    assert (call.outcome, call.talk_s) == ("answered", 6.007)
    assert [(leg.number, leg.role, leg.joined_at is not None) for leg in call.legs][-1] == ("1002", "transfer_target", False)


PARKED = """
eventtype     | eventtime    | cid_num    | cid_name      | exten      | context     | channame              | appname    | appdata              | uniqueid | linkedid | extra
CHAN_START    | 10:55:49.856 | 0612345678 | Customer One  | 0155501002 | from-trunk  | PJSIP/trunk-00000000  |            |                      | 1.0      | 1.0      |
APP_START     | 10:55:49.858 |            |               | 1002       |             | PJSIP/trunk-00000000  | Dial       | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
CHAN_START    | 10:55:49.858 | 1002       | Bob Durand    | s          | from-phones | PJSIP/1002-00000001   |            |                      | 1.1      | 1.0      |
ANSWER        | 10:55:50.861 | 1002       |               |            |             | PJSIP/1002-00000001   | AppDial    | (Outgoing Line)      | 1.1      | 1.0      |
ANSWER        | 10:55:50.862 | 0612345678 |               |            |             | PJSIP/trunk-00000000  | Dial       | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
BRIDGE_ENTER  | 10:55:50.862 |            |               |            |             | PJSIP/1002-00000001   | AppDial    | (Outgoing Line)      | 1.1      | 1.0      | bridge_id=b1
BRIDGE_ENTER  | 10:55:50.862 |            |               |            |             | PJSIP/trunk-00000000  | Dial       | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | bridge_id=b1
BLINDTRANSFER | 10:55:52.863 |            |               |            |             | PJSIP/1002-00000001   | AppDial    | (Outgoing Line)      | 1.1      | 1.0      | extension=700 transferee_channel_uniqueid=1.0
BRIDGE_EXIT   | 10:55:52.864 |            |               |            |             | PJSIP/trunk-00000000  |            |                      | 1.0      | 1.0      | bridge_id=b1
PARK_START    | 10:55:52.864 |            |               |            |             | PJSIP/trunk-00000000  | Dial       | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | parker_dial_string=PJSIP/1002
BRIDGE_ENTER  | 10:55:52.864 |            |               |            |             | PJSIP/trunk-00000000  | Dial       | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | bridge_id=b2 bridge_technology=holding_bridge
STREAM_BEGIN  | 10:55:52.865 |            |               |            |             | PJSIP/trunk-00000000  | Dial       | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
BRIDGE_EXIT   | 10:55:53.364 |            |               |            |             | PJSIP/1002-00000001   |            |                      | 1.1      | 1.0      | bridge_id=b1
HANGUP        | 10:55:53.365 |            |               |            |             | PJSIP/1002-00000001   | AppDial    | (Outgoing Line)      | 1.1      | 1.0      | hangupcause=16
CHAN_START    | 10:55:55.867 | 1006       | Grace O'Brien | 701        | from-phones | PJSIP/w2x6pl-00000002 |            |                      | 1.2      | 1.2      |
APP_START     | 10:55:55.867 |            |               | 701        |             | PJSIP/w2x6pl-00000002 | ParkedCall | default,701          | 1.2      | 1.2      |
ANSWER        | 10:55:55.867 | 1006       |               |            |             | PJSIP/w2x6pl-00000002 | ParkedCall | default,701          | 1.2      | 1.2      |
STREAM_END    | 10:55:55.868 |            |               |            |             | PJSIP/trunk-00000000  |            |                      | 1.0      | 1.0      |
PARK_END      | 10:55:55.868 |            |               |            |             | PJSIP/trunk-00000000  | Dial       | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | reason=ParkedCallUnparked retriever=PJSIP/w2x6pl-00000002
BRIDGE_EXIT   | 10:55:55.869 |            |               |            |             | PJSIP/trunk-00000000  |            |                      | 1.0      | 1.0      | bridge_id=b2 bridge_technology=holding_bridge
BRIDGE_ENTER  | 10:55:55.869 |            |               |            |             | PJSIP/trunk-00000000  | Dial       | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | bridge_id=b3
LINKEDID_END  | 10:55:56.068 |            |               |            |             | PJSIP/w2x6pl-00000002 | ParkedCall | default,701          | 1.2      | 1.2      |
BRIDGE_ENTER  | 10:55:56.068 |            |               |            |             | PJSIP/w2x6pl-00000002 | ParkedCall | default,701          | 1.2      | 1.0      | bridge_id=b3
BRIDGE_EXIT   | 10:55:58.870 |            |               |            |             | PJSIP/trunk-00000000  |            |                      | 1.0      | 1.0      | bridge_id=b3
BRIDGE_EXIT   | 10:55:58.870 |            |               |            |             | PJSIP/w2x6pl-00000002 |            |                      | 1.2      | 1.0      | bridge_id=b3
HANGUP        | 10:55:58.871 |            |               |            |             | PJSIP/trunk-00000000  |            |                      | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
HANGUP        | 10:55:58.871 |            |               |            |             | PJSIP/w2x6pl-00000002 |            |                      | 1.2      | 1.0      | hangupcause=16
LINKEDID_END  | 10:55:58.871 |            |               |            |             | PJSIP/w2x6pl-00000002 |            |                      | 1.2      | 1.0      |
"""


def test_parking_is_no_transfer_and_no_hold() -> None:
    (call,) = calls(PARKED, site=site())
    (parking,) = call.parked
    assert (parking.by, parking.slot, parking.retrieved_by) == ("1002", "701", "1006")
    assert (call.transfers, call.holds, call.unique_ids) == ((), (), ("1.0", "1.1", "1.2"))


COMEBACK = """
eventtype     | eventtime    | cid_num    | cid_name     | exten      | context     | channame             | appname | appdata              | uniqueid | linkedid | extra
CHAN_START    | 13:37:05.825 | 0612345678 | Customer One | 0155501002 | from-trunk  | PJSIP/trunk-00000054 |         |                      | 1.0      | 1.0      |
APP_START     | 13:37:05.826 |            |              | 1002       |             | PJSIP/trunk-00000054 | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
CHAN_START    | 13:37:05.826 | 1002       | Bob Durand   | s          | from-phones | PJSIP/1002-00000055  |         |                      | 1.1      | 1.0      |
ANSWER        | 13:37:06.830 | 1002       |              |            |             | PJSIP/1002-00000055  | AppDial | (Outgoing Line)      | 1.1      | 1.0      |
ANSWER        | 13:37:06.830 | 0612345678 |              |            |             | PJSIP/trunk-00000054 | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
BRIDGE_ENTER  | 13:37:06.830 |            |              |            |             | PJSIP/1002-00000055  | AppDial | (Outgoing Line)      | 1.1      | 1.0      | bridge_id=b1
BRIDGE_ENTER  | 13:37:06.831 |            |              |            |             | PJSIP/trunk-00000054 | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | bridge_id=b1
BLINDTRANSFER | 13:37:08.331 |            |              |            |             | PJSIP/1002-00000055  | AppDial | (Outgoing Line)      | 1.1      | 1.0      | extension=700 transferee_channel_uniqueid=1.0
BRIDGE_EXIT   | 13:37:08.331 |            |              |            |             | PJSIP/trunk-00000054 |         |                      | 1.0      | 1.0      | bridge_id=b1
PARK_START    | 13:37:08.331 |            |              |            |             | PJSIP/trunk-00000054 | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | parker_dial_string=PJSIP/1002
BRIDGE_ENTER  | 13:37:08.331 |            |              |            |             | PJSIP/trunk-00000054 | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | bridge_id=b2 bridge_technology=holding_bridge
STREAM_BEGIN  | 13:37:08.331 |            |              |            |             | PJSIP/trunk-00000054 | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
BRIDGE_EXIT   | 13:37:09.533 |            |              |            |             | PJSIP/1002-00000055  |         |                      | 1.1      | 1.0      | bridge_id=b1
HANGUP        | 13:37:09.533 |            |              |            |             | PJSIP/1002-00000055  | AppDial | (Outgoing Line)      | 1.1      | 1.0      | hangupcause=16
STREAM_END    | 13:37:16.331 |            |              |            |             | PJSIP/trunk-00000054 |         |                      | 1.0      | 1.0      |
PARK_END      | 13:37:16.331 |            |              |            |             | PJSIP/trunk-00000054 | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | reason=ParkedCallTimeOut
BRIDGE_EXIT   | 13:37:16.331 |            |              |            |             | PJSIP/trunk-00000054 |         |                      | 1.0      | 1.0      | bridge_id=b2 bridge_technology=holding_bridge
CHAN_START    | 13:37:16.332 | 1002       | Bob Durand   | s          | from-phones | PJSIP/1002-00000056  |         |                      | 1.2      | 1.0      |
ANSWER        | 13:37:17.335 | 1002       |              |            |             | PJSIP/1002-00000056  | AppDial | (Outgoing Line)      | 1.2      | 1.0      |
BRIDGE_ENTER  | 13:37:17.335 |            |              |            |             | PJSIP/1002-00000056  | AppDial | (Outgoing Line)      | 1.2      | 1.0      | bridge_id=b3
BRIDGE_ENTER  | 13:37:17.335 |            |              |            |             | PJSIP/trunk-00000054 | Dial    | PJSIP/1002,5         | 1.0      | 1.0      | bridge_id=b3
BRIDGE_EXIT   | 13:37:19.337 |            |              |            |             | PJSIP/trunk-00000054 |         |                      | 1.0      | 1.0      | bridge_id=b3
BRIDGE_EXIT   | 13:37:19.337 |            |              |            |             | PJSIP/1002-00000056  |         |                      | 1.2      | 1.0      | bridge_id=b3
HANGUP        | 13:37:19.337 |            |              |            |             | PJSIP/1002-00000056  | AppDial | (Outgoing Line)      | 1.2      | 1.0      | hangupcause=16
HANGUP        | 13:37:19.337 |            |              |            |             | PJSIP/trunk-00000054 |         |                      | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
LINKEDID_END  | 13:37:19.337 |            |              |            |             | PJSIP/trunk-00000054 |         |                      | 1.0      | 1.0      |
"""


def test_a_parked_call_that_comes_back() -> None:
    (call,) = calls(COMEBACK, site=site())
    (parking,) = call.parked
    assert parking.retrieved_at is not None
    assert (parking.by, parking.retrieved_by, parking.retrieved_at - parking.at) == ("1002", "1002", timedelta(seconds=9, milliseconds=4))
    assert (call.transfers, call.holds) == ((), ())


PICKUP = """
eventtype    | eventtime    | cid_num    | cid_name      | exten      | context     | channame              | appname | appdata              | uniqueid | linkedid | extra
CHAN_START   | 10:55:36.914 | 0612345678 | Customer One  | 0155501002 | from-trunk  | PJSIP/trunk-00000000  |         |                      | 1.0      | 1.0      |
APP_START    | 10:55:36.915 |            |               | 1002       |             | PJSIP/trunk-00000000  | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
CHAN_START   | 10:55:36.915 | 1002       | Bob Durand    | s          | from-phones | PJSIP/1002-00000001   |         |                      | 1.1      | 1.0      |
CHAN_START   | 10:55:38.420 | 1006       | Grace O'Brien | *81002     | from-phones | PJSIP/w2x6pl-00000002 |         |                      | 1.2      | 1.2      |
APP_START    | 10:55:38.422 |            |               | *81002     |             | PJSIP/w2x6pl-00000002 | Pickup  | 1002@from-phones     | 1.2      | 1.2      |
ANSWER       | 10:55:38.422 | 1006       |               |            |             | PJSIP/w2x6pl-00000002 | Pickup  | 1002@from-phones     | 1.2      | 1.2      |
PICKUP       | 10:55:38.423 |            |               |            |             | PJSIP/1002-00000001   | AppDial | (Outgoing Line)      | 1.1      | 1.0      | pickup_channel=PJSIP/w2x6pl-00000002 pickup_channel_uniqueid=1.2
ANSWER       | 10:55:38.423 | 0612345678 |               |            |             | PJSIP/trunk-00000000  | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
HANGUP       | 10:55:38.423 |            |               |            |             | PJSIP/1002-00000001   |         |                      | 1.1      | 1.0      | hangupcause=26
BRIDGE_ENTER | 10:55:38.424 |            |               |            |             | PJSIP/w2x6pl-00000002 | AppDial | (Outgoing Line)      | 1.2      | 1.2      | bridge_id=b1
LINKEDID_END | 10:55:38.424 |            |               |            |             | PJSIP/w2x6pl-00000002 | AppDial | (Outgoing Line)      | 1.2      | 1.2      |
BRIDGE_ENTER | 10:55:38.424 |            |               |            |             | PJSIP/trunk-00000000  | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | bridge_id=b1
BRIDGE_EXIT  | 10:55:41.425 |            |               |            |             | PJSIP/trunk-00000000  |         |                      | 1.0      | 1.0      | bridge_id=b1
BRIDGE_EXIT  | 10:55:41.425 |            |               |            |             | PJSIP/w2x6pl-00000002 |         |                      | 1.2      | 1.0      | bridge_id=b1
HANGUP       | 10:55:41.426 |            |               |            |             | PJSIP/w2x6pl-00000002 | AppDial | (Outgoing Line)      | 1.2      | 1.0      | hangupcause=16
HANGUP       | 10:55:41.426 |            |               |            |             | PJSIP/trunk-00000000  |         |                      | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
LINKEDID_END | 10:55:41.426 |            |               |            |             | PJSIP/trunk-00000000  |         |                      | 1.0      | 1.0      |
"""


@pytest.mark.parametrize("lost", ["PICKUP ", "APP_START    | 10:55:38.422", "LINKEDID_END | 10:55:38.424"])
def test_whoever_picks_up_is_no_call_of_his_own(lost: str) -> None:
    (call,) = calls("\n".join(line for line in PICKUP.splitlines() if not line.startswith(lost)), site=site())
    assert call.answered_by == AnsweredBy("1006", "Grace O'Brien")
    assert call.unique_ids == ("1.0", "1.1", "1.2")
    assert [leg.role for leg in call.legs] == ["caller", "callee", "pickup"]
