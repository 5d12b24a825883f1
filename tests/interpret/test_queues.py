# ruff: noqa: E501
"""Passages through queues, from channels, from the log, and from both."""

from datetime import UTC, datetime

import pytest

from telegraphone.model import AnsweredBy

from .corpus import site
from .tables import calls

LOCAL = """
eventtype     | eventtime    | cid_num    | cid_name        | exten      | context       | channame                            | appname         | appdata                   | uniqueid | linkedid | extra
CHAN_START    | 10:44:26.467 | 0612345678 | Customer One    | 0155503556 | from-trunk    | PJSIP/trunk-00000000                |                 |                           | 1.0      | 1.0      |
ANSWER        | 10:44:26.469 | 0612345678 |                 |            |               | PJSIP/trunk-00000000                | Answer          |                           | 1.0      | 1.0      |
ATTACHED_DATA | 10:44:26.471 |            |                 |            |               | PJSIP/trunk-00000000                | CELGenUserEvent | ATTACHED_DATA,customer=42 | 1.0      | 1.0      |
APP_START     | 10:44:26.473 |            |                 | 3556       |               | PJSIP/trunk-00000000                | Queue           | hotline,tTkKxX,,,20       | 1.0      | 1.0      |
STREAM_BEGIN  | 10:44:26.474 |            |                 |            |               | PJSIP/trunk-00000000                | Queue           | hotline,tTkKxX,,,20       | 1.0      | 1.0      |
CHAN_START    | 10:44:26.474 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-00000000;1 |                 |                           | 1.1      | 1.0      |
CHAN_START    | 10:44:26.474 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-00000000;2 |                 |                           | 1.2      | 1.0      |
APP_START     | 10:44:26.478 |            |                 | 2000       |               | Local/2000@agentcallback-00000000;2 | Dial            | PJSIP/1003,,tT            | 1.2      | 1.0      |
CHAN_START    | 10:44:26.478 | 1003       | Dino Falconetti | s          | from-phones   | PJSIP/1003-00000001                 |                 |                           | 1.3      | 1.0      |
ANSWER        | 10:44:27.482 | 1003       |                 |            |               | PJSIP/1003-00000001                 | AppDial         | (Outgoing Line)           | 1.3      | 1.0      |
ANSWER        | 10:44:27.482 | 0612345678 |                 |            |               | Local/2000@agentcallback-00000000;2 | Dial            | PJSIP/1003,,tT            | 1.2      | 1.0      |
BRIDGE_ENTER  | 10:44:27.482 |            |                 |            |               | PJSIP/1003-00000001                 | AppDial         | (Outgoing Line)           | 1.3      | 1.0      | bridge_id=b1
BRIDGE_ENTER  | 10:44:27.482 |            |                 |            |               | Local/2000@agentcallback-00000000;2 | Dial            | PJSIP/1003,,tT            | 1.2      | 1.0      | bridge_id=b1
ANSWER        | 10:44:27.483 | 1003       |                 |            |               | Local/2000@agentcallback-00000000;1 | AppQueue        | (Outgoing Line)           | 1.1      | 1.0      |
STREAM_END    | 10:44:27.483 |            |                 |            |               | PJSIP/trunk-00000000                |                 |                           | 1.0      | 1.0      |
BRIDGE_ENTER  | 10:44:27.486 |            |                 |            |               | Local/2000@agentcallback-00000000;1 | AppQueue        | (Outgoing Line)           | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER  | 10:44:27.486 |            |                 |            |               | PJSIP/trunk-00000000                | Queue           | hotline,tTkKxX,,,20       | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT   | 10:44:27.492 |            |                 |            |               | PJSIP/1003-00000001                 |                 |                           | 1.3      | 1.0      | bridge_id=b1
BRIDGE_EXIT   | 10:44:27.492 |            |                 |            |               | Local/2000@agentcallback-00000000;1 |                 |                           | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER  | 10:44:27.492 |            |                 |            |               | PJSIP/1003-00000001                 | AppDial         | (Outgoing Line)           | 1.3      | 1.0      | bridge_id=b2
BRIDGE_EXIT   | 10:44:27.493 |            |                 |            |               | Local/2000@agentcallback-00000000;2 |                 |                           | 1.2      | 1.0      | bridge_id=b1
HANGUP        | 10:44:27.493 |            |                 |            |               | Local/2000@agentcallback-00000000;1 | AppQueue        | (Outgoing Line)           | 1.1      | 1.0      | hangupcause=16
HANGUP        | 10:44:27.494 |            |                 |            |               | Local/2000@agentcallback-00000000;2 |                 |                           | 1.2      | 1.0      | hangupcause=16 dialstatus=ANSWER
BRIDGE_EXIT   | 10:44:31.485 |            |                 |            |               | PJSIP/trunk-00000000                |                 |                           | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT   | 10:44:31.485 |            |                 |            |               | PJSIP/1003-00000001                 |                 |                           | 1.3      | 1.0      | bridge_id=b2
HANGUP        | 10:44:31.486 |            |                 |            |               | PJSIP/1003-00000001                 | AppDial         | (Outgoing Line)           | 1.3      | 1.0      | hangupcause=16
HANGUP        | 10:44:31.486 |            |                 |            |               | PJSIP/trunk-00000000                |                 |                           | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
LINKEDID_END  | 10:44:31.486 |            |                 |            |               | PJSIP/trunk-00000000                |                 |                           | 1.0      | 1.0      |
"""
LOCAL_LOG = """
1795517066|NONE|NONE|NONE|QUEUESTART|
1795517066|1.0|hotline|NONE|ENTERQUEUE||0612345678|1
1795517067|1.0|hotline|Agent/2000|CONNECT|1|1.1|1
1795517071|1.0|hotline|Agent/2000|COMPLETECALLER|1|4|1
"""


@pytest.mark.parametrize(("cel", "log"), [(LOCAL, LOCAL_LOG), (LOCAL, "")])
def test_an_agent_behind_a_local_channel(cel: str, log: str) -> None:
    (call,) = calls(cel, log, site=site())
    assert call.answered_by == AnsweredBy("1003", "Dino Falconetti", "2000")
    (passage,) = call.queues
    assert (passage.name, passage.number, passage.outcome, passage.agent, passage.rang) == (
        "hotline",
        "3556",
        "answered",
        "2000",
        ("2000",),
    )
    assert passage.wait_s == 1.013
    assert [(talk.number, talk.to) for talk in call.agents] == [("2000", call.ended_at)]


def test_a_log_alone() -> None:
    (call,) = calls("", LOCAL_LOG, site=site())
    assert (call.linked_id, call.unique_ids, call.caller.number) == ("1.0", ("1.0",), "0612345678")
    assert (call.outcome, call.is_closed, call.talk_s, call.dialled.number) == ("answered", True, 4.0, "")
    assert call.answered_by == AnsweredBy(agent="2000")
    assert [(passage.wait_s, passage.agent) for passage in call.queues] == [(1.0, "2000")]
    assert "log" in call.certainty["direction"]


@pytest.mark.parametrize(
    ("lines", "outcomes"),
    [
        ("100|1.0|q|NONE|CLOSED|", [("closed", 0.0)]),
        ("100|1.0|q|NONE|FULL|", [("full", 0.0)]),
        ("100|1.0|q|NONE|DIVERT_CA_RATIO|", [("divert_ca_ratio", 0.0)]),
        ("100|1.0|q|NONE|DIVERT_HOLDTIME|", [("divert_waittime", 0.0)]),
        ("100|1.0|q|NONE|ENTERQUEUE||1|1\n107|1.0|q|NONE|ABANDON|1|1|7", [("abandoned", 7.0)]),
        ("100|1.0|q|NONE|ENTERQUEUE||1|1\n105|1.0|q|NONE|EXITWITHTIMEOUT|1|1|5", [("timeout", 5.0)]),
        ("100|1.0|q|NONE|ENTERQUEUE||1|1\n104|1.0|q|NONE|EXITWITHKEY|1|1", [("abandoned", 4.0)]),
        ("100|1.0|q|NONE|ENTERQUEUE||1|1\n106|1.0|q|NONE|EXITEMPTY|1|1|6\n106|1.0|q|NONE|LEAVEEMPTY|", [("leaveempty", 6.0)]),
        ("100|1.0|q|NONE|ENTERQUEUE||1|1\n105|1.0|q|NONE|EXITWITHTIMEOUT|1|1|5\n105|1.0|p|NONE|FULL|", [("timeout", 5.0), ("full", 0.0)]),
        (
            "100|1.0|q|NONE|ENTERQUEUE||1|1\n105|1.0|p|NONE|ENTERQUEUE||1|1\n110|1.0|p|NONE|ABANDON|1|1|5",
            [("unknown", None), ("abandoned", 5.0)],
        ),
        ("105|1.0|q|Agent/1|CONNECT|5|1.1|2", [("answered", 5.0)]),
        ("125|1.0|q|Agent/1|COMPLETEAGENT|5|20|1", [("answered", 5.0)]),
    ],
)
def test_how_a_queue_was_left(lines: str, outcomes: list[tuple[str, float | None]]) -> None:
    (call,) = calls("", lines, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert [(passage.outcome, passage.wait_s) for passage in call.queues] == outcomes


def test_whoever_waits_when_the_pbx_dies_is_not_known() -> None:
    waiting = "100|1.0|q|NONE|ENTERQUEUE||1|1"
    (call,) = calls("", waiting, now=datetime(1970, 1, 1, 0, 2, tzinfo=UTC))
    assert (call.outcome, call.queues[0].outcome) == ("ongoing", "ongoing")
    (call,) = calls("", waiting + "\n130|NONE|NONE|NONE|QUEUESTART|", now=datetime(1970, 1, 1, 0, 3, tzinfo=UTC))
    assert (call.outcome, call.queues[0].outcome, call.queues[0].wait_s, call.ended_at) == ("missed", "unknown", None, None)


def test_members_that_are_no_calls() -> None:
    """Logging in and pausing are told by the same log."""
    assert calls("", "100|NONE|q|Agent/1|PAUSE|lunch\n100|MANAGER|q|PJSIP/1|ADDMEMBER|\n100|1.5|NONE|Agent/1|AGENTCALLBACKLOGIN|1") == ()


PICKED_UP = """
eventtype    | eventtime    | cid_num    | cid_name      | exten      | context     | channame              | appname  | appdata           | uniqueid | linkedid | extra
CHAN_START   | 13:36:46.643 | 0612345678 | Customer One  | 0155503557 | from-trunk  | PJSIP/trunk-0000004a  |          |                   | 1.0      | 1.0      |
ANSWER       | 13:36:46.643 | 0612345678 |               |            |             | PJSIP/trunk-0000004a  | Answer   |                   | 1.0      | 1.0      |
APP_START    | 13:36:46.645 |            |               | 3557       |             | PJSIP/trunk-0000004a  | Queue    | sales,tTkKxX,,,20 | 1.0      | 1.0      |
STREAM_BEGIN | 13:36:46.645 |            |               |            |             | PJSIP/trunk-0000004a  | Queue    | sales,tTkKxX,,,20 | 1.0      | 1.0      |
CHAN_START   | 13:36:46.645 | 1005       | François Noël | s          | from-phones | PJSIP/q7r5te-0000004b |          |                   | 1.1      | 1.0      |
CHAN_START   | 13:36:48.149 | 1002       | Bob Durand    | *8         | from-phones | PJSIP/1002-0000004c   |          |                   | 1.2      | 1.2      |
ANSWER       | 13:36:48.150 | 1002       |               |            |             | PJSIP/1002-0000004c   |          |                   | 1.2      | 1.2      |
PICKUP       | 13:36:48.150 |            |               |            |             | PJSIP/q7r5te-0000004b | AppQueue | (Outgoing Line)   | 1.1      | 1.0      | pickup_channel=PJSIP/1002-0000004c pickup_channel_uniqueid=1.2
STREAM_END   | 13:36:48.150 |            |               |            |             | PJSIP/trunk-0000004a  |          |                   | 1.0      | 1.0      |
HANGUP       | 13:36:48.151 |            |               |            |             | PJSIP/q7r5te-0000004b |          |                   | 1.1      | 1.0      | hangupcause=16
BRIDGE_ENTER | 13:36:48.151 |            |               |            |             | PJSIP/1002-0000004c   | AppQueue | (Outgoing Line)   | 1.2      | 1.2      | bridge_id=b1
LINKEDID_END | 13:36:48.151 |            |               |            |             | PJSIP/1002-0000004c   | AppQueue | (Outgoing Line)   | 1.2      | 1.2      |
BRIDGE_ENTER | 13:36:48.151 |            |               |            |             | PJSIP/trunk-0000004a  | Queue    | sales,tTkKxX,,,20 | 1.0      | 1.0      | bridge_id=b1
BRIDGE_EXIT  | 13:36:51.152 |            |               |            |             | PJSIP/trunk-0000004a  |          |                   | 1.0      | 1.0      | bridge_id=b1
BRIDGE_EXIT  | 13:36:51.152 |            |               |            |             | PJSIP/1002-0000004c   |          |                   | 1.2      | 1.0      | bridge_id=b1
HANGUP       | 13:36:51.152 |            |               |            |             | PJSIP/1002-0000004c   | AppQueue | (Outgoing Line)   | 1.2      | 1.0      | hangupcause=16
HANGUP       | 13:36:51.153 |            |               |            |             | PJSIP/trunk-0000004a  |          |                   | 1.0      | 1.0      | hangupcause=16
LINKEDID_END | 13:36:51.153 |            |               |            |             | PJSIP/trunk-0000004a  |          |                   | 1.0      | 1.0      |
"""
PICKED_UP_LOG = """
1795527406|1.0|sales|NONE|ENTERQUEUE||0612345678|1
1795527408|1.0|sales|Agent/2002|CONNECT|2|1.1|1
1795527411|1.0|sales|Agent/2002|COMPLETECALLER|2|3|1
"""


def test_a_queue_call_that_another_phone_picks_up() -> None:
    """The queue credits its member; he did not talk."""
    (call,) = calls(PICKED_UP, PICKED_UP_LOG, site=site())
    assert call.answered_by == AnsweredBy("1002", "Bob Durand")
    assert [(passage.outcome, passage.agent, passage.rang) for passage in call.queues] == [("answered", "2002", ("2002",))]
    assert call.agents == ()


MEMBER = """
eventtype    | eventtime    | cid_num    | cid_name     | exten      | context     | channame             | appname  | appdata             | uniqueid | linkedid | extra
CHAN_START   | 13:38:21.168 | 0612345678 | Customer One | 0155503558 | from-trunk  | PJSIP/trunk-00000068 |          |                     | 1.0      | 1.0      |
ANSWER       | 13:38:21.169 | 0612345678 |              |            |             | PJSIP/trunk-00000068 | Answer   |                     | 1.0      | 1.0      |
APP_START    | 13:38:21.170 |            |              | 3558       |             | PJSIP/trunk-00000068 | Queue    | support,tTkKxX,,,20 | 1.0      | 1.0      |
STREAM_BEGIN | 13:38:21.170 |            |              |            |             | PJSIP/trunk-00000068 | Queue    | support,tTkKxX,,,20 | 1.0      | 1.0      |
CHAN_START   | 13:38:21.171 | 1002       | Bob Durand   | s          | from-phones | PJSIP/1002-00000069  |          |                     | 1.1      | 1.0      |
ANSWER       | 13:38:22.174 | 1002       |              |            |             | PJSIP/1002-00000069  | AppQueue | (Outgoing Line)     | 1.1      | 1.0      |
STREAM_END   | 13:38:22.174 |            |              |            |             | PJSIP/trunk-00000068 |          |                     | 1.0      | 1.0      |
BRIDGE_ENTER | 13:38:22.174 |            |              |            |             | PJSIP/1002-00000069  | AppQueue | (Outgoing Line)     | 1.1      | 1.0      | bridge_id=b1
BRIDGE_ENTER | 13:38:22.174 |            |              |            |             | PJSIP/trunk-00000068 | Queue    | support,tTkKxX,,,20 | 1.0      | 1.0      | bridge_id=b1
BRIDGE_EXIT  | 13:38:24.176 |            |              |            |             | PJSIP/trunk-00000068 |          |                     | 1.0      | 1.0      | bridge_id=b1
BRIDGE_EXIT  | 13:38:24.176 |            |              |            |             | PJSIP/1002-00000069  |          |                     | 1.1      | 1.0      | bridge_id=b1
HANGUP       | 13:38:24.177 |            |              |            |             | PJSIP/1002-00000069  | AppQueue | (Outgoing Line)     | 1.1      | 1.0      | hangupcause=16
HANGUP       | 13:38:24.176 |            |              |            |             | PJSIP/trunk-00000068 |          |                     | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
LINKEDID_END | 13:38:24.176 |            |              |            |             | PJSIP/trunk-00000068 |          |                     | 1.0      | 1.0      |
"""
MEMBER_LOG = """
1795527501|1.0|support|NONE|ENTERQUEUE||0612345678|1
1795527502|1.0|support|Free Name|CONNECT|1|1.1|1
1795527504|1.0|support|Free Name|COMPLETECALLER|1|2|1
"""


def test_a_member_that_is_no_agent_stands_as_it_is_written() -> None:
    (call,) = calls(MEMBER, MEMBER_LOG, site=site())
    assert call.answered_by == AnsweredBy("1002", "Bob Durand")
    assert [talk.number for talk in call.agents] == ["Free Name"]
    (call,) = calls(MEMBER, "", site=site())
    assert [talk.number for talk in call.agents] == ["PJSIP/1002"]


CONSULTED = """
eventtype        | eventtime    | cid_num    | cid_name        | exten      | context       | channame                            | appname  | appdata             | uniqueid | linkedid | extra
CHAN_START       | 13:35:18.484 | 0612345678 | Customer One    | 0155503556 | from-trunk    | PJSIP/trunk-0000002f                |          |                     | 1.0      | 1.0      |
ANSWER           | 13:35:18.485 | 0612345678 |                 |            |               | PJSIP/trunk-0000002f                | Answer   |                     | 1.0      | 1.0      |
APP_START        | 13:35:18.486 |            |                 | 3556       |               | PJSIP/trunk-0000002f                | Queue    | hotline,tTkKxX,,,20 | 1.0      | 1.0      |
STREAM_BEGIN     | 13:35:18.487 |            |                 |            |               | PJSIP/trunk-0000002f                | Queue    | hotline,tTkKxX,,,20 | 1.0      | 1.0      |
CHAN_START       | 13:35:18.487 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-0000000c;1 |          |                     | 1.1      | 1.0      |
CHAN_START       | 13:35:18.487 |            |                 | 2000       | agentcallback | Local/2000@agentcallback-0000000c;2 |          |                     | 1.2      | 1.0      |
APP_START        | 13:35:18.487 |            |                 | 2000       |               | Local/2000@agentcallback-0000000c;2 | Dial     | PJSIP/1003,,tT      | 1.2      | 1.0      |
CHAN_START       | 13:35:18.488 | 1003       | Dino Falconetti | s          | from-phones   | PJSIP/1003-00000030                 |          |                     | 1.3      | 1.0      |
ANSWER           | 13:35:19.491 | 1003       |                 |            |               | PJSIP/1003-00000030                 | AppDial  | (Outgoing Line)     | 1.3      | 1.0      |
ANSWER           | 13:35:19.491 | 0612345678 |                 |            |               | Local/2000@agentcallback-0000000c;2 | Dial     | PJSIP/1003,,tT      | 1.2      | 1.0      |
BRIDGE_ENTER     | 13:35:19.491 |            |                 |            |               | PJSIP/1003-00000030                 | AppDial  | (Outgoing Line)     | 1.3      | 1.0      | bridge_id=b1
ANSWER           | 13:35:19.491 | 1003       |                 |            |               | Local/2000@agentcallback-0000000c;1 | AppQueue | (Outgoing Line)     | 1.1      | 1.0      |
STREAM_END       | 13:35:19.491 |            |                 |            |               | PJSIP/trunk-0000002f                |          |                     | 1.0      | 1.0      |
BRIDGE_ENTER     | 13:35:19.492 |            |                 |            |               | Local/2000@agentcallback-0000000c;2 | Dial     | PJSIP/1003,,tT      | 1.2      | 1.0      | bridge_id=b1
BRIDGE_ENTER     | 13:35:19.494 |            |                 |            |               | Local/2000@agentcallback-0000000c;1 | AppQueue | (Outgoing Line)     | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER     | 13:35:19.494 |            |                 |            |               | PJSIP/trunk-0000002f                | Queue    | hotline,tTkKxX,,,20 | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT      | 13:35:19.567 |            |                 |            |               | PJSIP/1003-00000030                 |          |                     | 1.3      | 1.0      | bridge_id=b1
BRIDGE_EXIT      | 13:35:19.567 |            |                 |            |               | Local/2000@agentcallback-0000000c;1 |          |                     | 1.1      | 1.0      | bridge_id=b2
BRIDGE_ENTER     | 13:35:19.567 |            |                 |            |               | PJSIP/1003-00000030                 | AppDial  | (Outgoing Line)     | 1.3      | 1.0      | bridge_id=b2
HANGUP           | 13:35:19.567 |            |                 |            |               | Local/2000@agentcallback-0000000c;1 | AppQueue | (Outgoing Line)     | 1.1      | 1.0      | hangupcause=16
BRIDGE_EXIT      | 13:35:19.567 |            |                 |            |               | Local/2000@agentcallback-0000000c;2 |          |                     | 1.2      | 1.0      | bridge_id=b1
HANGUP           | 13:35:19.567 |            |                 |            |               | Local/2000@agentcallback-0000000c;2 |          |                     | 1.2      | 1.0      | hangupcause=16 dialstatus=ANSWER
STREAM_BEGIN     | 13:35:20.993 |            |                 |            |               | PJSIP/trunk-0000002f                | Queue    | hotline,tTkKxX,,,20 | 1.0      | 1.0      |
CHAN_START       | 13:35:20.996 | 1003       | Dino Falconetti | 3557       | from-phones   | PJSIP/1003-00000031                 |          |                     | 1.4      | 1.4      |
ANSWER           | 13:35:20.997 | 1003       |                 |            |               | PJSIP/1003-00000031                 | Answer   |                     | 1.4      | 1.4      |
APP_START        | 13:35:20.999 |            |                 | 3557       |               | PJSIP/1003-00000031                 | Queue    | sales,tTkKxX,,,20   | 1.4      | 1.4      |
STREAM_BEGIN     | 13:35:21.000 |            |                 |            |               | PJSIP/1003-00000031                 | Queue    | sales,tTkKxX,,,20   | 1.4      | 1.4      |
CHAN_START       | 13:35:21.000 | 1006       | Grace O'Brien   | s          | from-phones   | PJSIP/w2x6pl-00000032               |          |                     | 1.5      | 1.4      |
HANGUP           | 13:35:26.002 |            |                 |            |               | PJSIP/w2x6pl-00000032               | AppQueue | (Outgoing Line)     | 1.5      | 1.4      | hangupcause=0
CHAN_START       | 13:35:27.003 | 1005       | François Noël   | s          | from-phones   | PJSIP/q7r5te-00000033               |          |                     | 1.6      | 1.4      |
ANSWER           | 13:35:28.010 | 1005       |                 |            |               | PJSIP/q7r5te-00000033               | AppQueue | (Outgoing Line)     | 1.6      | 1.4      |
STREAM_END       | 13:35:28.010 |            |                 |            |               | PJSIP/1003-00000031                 |          |                     | 1.4      | 1.4      |
BRIDGE_ENTER     | 13:35:28.011 |            |                 |            |               | PJSIP/q7r5te-00000033               | AppQueue | (Outgoing Line)     | 1.6      | 1.4      | bridge_id=b3
BRIDGE_ENTER     | 13:35:28.011 |            |                 |            |               | PJSIP/1003-00000031                 | Queue    | sales,tTkKxX,,,20   | 1.4      | 1.4      | bridge_id=b3
CHAN_START       | 13:35:30.012 |            |                 | _attended  | transfer      | Local/_attended@transfer-0000000d;1 |          |                     | 1.7      | 1.0      |
STREAM_END       | 13:35:30.012 |            |                 |            |               | PJSIP/trunk-0000002f                |          |                     | 1.0      | 1.0      |
CHAN_START       | 13:35:30.012 |            |                 | _attended  | transfer      | Local/_attended@transfer-0000000d;2 |          |                     | 1.8      | 1.0      |
ANSWER           | 13:35:30.012 |            |                 |            |               | Local/_attended@transfer-0000000d;2 |          |                     | 1.8      | 1.0      |
BRIDGE_EXIT      | 13:35:30.514 |            |                 |            |               | PJSIP/1003-00000031                 |          |                     | 1.4      | 1.4      | bridge_id=b3
BRIDGE_ENTER     | 13:35:30.514 |            |                 |            |               | Local/_attended@transfer-0000000d;2 |          |                     | 1.8      | 1.0      | bridge_id=b3
BRIDGE_EXIT      | 13:35:30.514 |            |                 |            |               | PJSIP/1003-00000030                 |          |                     | 1.3      | 1.0      | bridge_id=b2
BRIDGE_ENTER     | 13:35:30.514 |            |                 |            |               | Local/_attended@transfer-0000000d;1 |          |                     | 1.7      | 1.0      | bridge_id=b2
ANSWER           | 13:35:30.515 | 1005       |                 |            |               | Local/_attended@transfer-0000000d;1 |          |                     | 1.7      | 1.0      |
ATTENDEDTRANSFER | 13:35:30.516 |            |                 |            |               | PJSIP/1003-00000030                 | AppDial  | (Outgoing Line)     | 1.3      | 1.0      | channel2_uniqueid=1.4 bridge2_id=b3 transferee_channel_uniqueid=1.0 transfer_target_channel_name=PJSIP/q7r5te-00000033 transfer_target_channel_uniqueid=1.6
HANGUP           | 13:35:30.516 |            |                 |            |               | PJSIP/1003-00000030                 | AppDial  | (Outgoing Line)     | 1.3      | 1.0      | hangupcause=16
HANGUP           | 13:35:30.516 |            |                 |            |               | PJSIP/1003-00000031                 |          |                     | 1.4      | 1.4      | hangupcause=16 dialstatus=ANSWER
LINKEDID_END     | 13:35:30.516 |            |                 |            |               | PJSIP/1003-00000031                 |          |                     | 1.4      | 1.4      |
BRIDGE_EXIT      | 13:35:33.013 |            |                 |            |               | PJSIP/trunk-0000002f                |          |                     | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT      | 13:35:33.013 |            |                 |            |               | Local/_attended@transfer-0000000d;1 |          |                     | 1.7      | 1.0      | bridge_id=b2
HANGUP           | 13:35:33.013 |            |                 |            |               | Local/_attended@transfer-0000000d;1 |          |                     | 1.7      | 1.0      | hangupcause=16
BRIDGE_EXIT      | 13:35:33.014 |            |                 |            |               | Local/_attended@transfer-0000000d;2 |          |                     | 1.8      | 1.0      | bridge_id=b3
HANGUP           | 13:35:33.014 |            |                 |            |               | PJSIP/trunk-0000002f                |          |                     | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
HANGUP           | 13:35:33.014 |            |                 |            |               | Local/_attended@transfer-0000000d;2 |          |                     | 1.8      | 1.0      | hangupcause=16
BRIDGE_EXIT      | 13:35:33.014 |            |                 |            |               | PJSIP/q7r5te-00000033               |          |                     | 1.6      | 1.0      | bridge_id=b3
HANGUP           | 13:35:33.015 |            |                 |            |               | PJSIP/q7r5te-00000033               | AppQueue | (Outgoing Line)     | 1.6      | 1.0      | hangupcause=16
LINKEDID_END     | 13:35:33.015 |            |                 |            |               | PJSIP/q7r5te-00000033               | AppQueue | (Outgoing Line)     | 1.6      | 1.0      |
"""
CONSULTED_LOG = """
1795527184|1.0|hotline|NONE|ENTERQUEUE||0612345678|1
1795527185|1.0|hotline|Agent/2000|CONNECT|1|1.1|1
1795527186|1.4|sales|NONE|ENTERQUEUE||1003|1
1795527187|1.4|sales|Agent/2002|CONNECT|1|1.5|1
1795527190|1.4|sales|Agent/2002|COMPLETECALLER|1|3|1
1795527190|1.0|hotline|Agent/2000|ATTENDEDTRANSFER|LINK|Local/_attended@transfer-00000001;1|Local/_attended@transfer-00000001;2|1|5|1
"""


def test_a_consultation_through_a_queue() -> None:
    main, consultation = calls(CONSULTED, CONSULTED_LOG, site=site())
    assert [(t.kind, t.by, t.agent, t.to) for t in main.transfers] == [("attended", "1003", "2000", "3557")]
    assert [talk.number for talk in main.agents] == ["2000", "2002"]
    assert [passage.name for passage in main.queues] == ["hotline"]
    assert (consultation.consultation_of, [talk.number for talk in consultation.agents]) == (("1.0", 0), ["2002"])
    assert [(passage.name, passage.agent) for passage in consultation.queues] == [("sales", "2002")]
