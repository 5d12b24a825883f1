# ruff: noqa: E501
"""Who called whom, and what became of it: real rows, and the call that they must become."""

from datetime import timedelta

import msgspec
import pytest

from telegraphone.events import Event
from telegraphone.interpret import Site, interpret
from telegraphone.model import AnsweredBy, Forward, Party

from .corpus import site
from .tables import calls, cel_events

ANSWERED = """
eventtype    | eventtime    | cid_num | cid_name     | exten | context     | channame            | appname | appdata              | uniqueid | linkedid | extra
CHAN_START   | 10:43:08.704 | 1001    | Alice Martin | 1002  | from-phones | PJSIP/1001-00000000 |         |                      | 1.0      | 1.0      |
APP_START    | 10:43:08.705 |         |              | 1002  |             | PJSIP/1001-00000000 | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
CHAN_START   | 10:43:08.705 | 1002    | Bob Durand   | s     | from-phones | PJSIP/1002-00000001 |         |                      | 1.1      | 1.0      |
ANSWER       | 10:43:09.710 | 1002    |              |       |             | PJSIP/1002-00000001 | AppDial | (Outgoing Line)      | 1.1      | 1.0      |
ANSWER       | 10:43:09.711 | 1001    |              |       |             | PJSIP/1001-00000000 | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
BRIDGE_ENTER | 10:43:09.715 |         |              |       |             | PJSIP/1002-00000001 | AppDial | (Outgoing Line)      | 1.1      | 1.0      | bridge_id=b1
BRIDGE_ENTER | 10:43:09.715 |         |              |       |             | PJSIP/1001-00000000 | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | bridge_id=b1
BRIDGE_EXIT  | 10:43:13.717 |         |              |       |             | PJSIP/1001-00000000 |         |                      | 1.0      | 1.0      | bridge_id=b1
BRIDGE_EXIT  | 10:43:13.717 |         |              |       |             | PJSIP/1002-00000001 |         |                      | 1.1      | 1.0      | bridge_id=b1
HANGUP       | 10:43:13.718 |         |              |       |             | PJSIP/1001-00000000 |         |                      | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
HANGUP       | 10:43:13.720 |         |              |       |             | PJSIP/1002-00000001 | AppDial | (Outgoing Line)      | 1.1      | 1.0      | hangupcause=16
LINKEDID_END | 10:43:13.720 |         |              |       |             | PJSIP/1002-00000001 | AppDial | (Outgoing Line)      | 1.1      | 1.0      |
"""


def test_an_internal_call() -> None:
    (call,) = calls(ANSWERED, site=site())
    assert (call.linked_id, call.run, call.unique_ids) == ("1.0", 0, ("1.0", "1.1"))
    assert (call.direction, call.outcome, call.is_closed) == ("internal", "answered", True)
    assert (call.caller, call.dialled) == (Party("1001", "Alice Martin"), Party("1002"))
    assert call.answered_by == AnsweredBy("1002", "Bob Durand")
    assert (call.wait_s, call.talk_s, call.hold_s) == (1.011, 4.003, 0)
    assert [(leg.interface, leg.role) for leg in call.legs] == [("PJSIP/1001", "caller"), ("PJSIP/1002", "callee")]


def test_a_call_under_way_is_ongoing_until_it_cannot_be() -> None:
    table = "\n".join(ANSWERED.strip().splitlines()[:8])
    begun = max(event.at for event in cel_events(table))
    (call,) = calls(table, site=site())
    assert (call.outcome, call.is_closed, call.ended_at) == ("ongoing", False, None)
    assert call.answered_by == AnsweredBy("1002", "Bob Durand")
    (call,) = calls(table, site=site(), now=begun + timedelta(hours=4))
    assert (call.outcome, call.is_closed, call.ended_at, call.talk_s) == ("answered", True, None, None)
    assert "hours" in call.certainty["ended_at"]
    (call,) = calls(table, "1795517100|NONE|NONE|NONE|QUEUESTART|", site=site(), now=begun)
    assert (call.outcome, call.is_closed, call.ended_at) == ("answered", True, None)
    assert "started again" in call.certainty["ended_at"]


def test_the_same_ids_in_another_run_of_the_pbx_are_another_call() -> None:
    first = list(cel_events(ANSWERED))
    again = [msgspec.structs.replace(event, at=event.at + timedelta(minutes=3)) for event in first]
    start = Event(kind="pbx_started", at=again[0].at - timedelta(seconds=1))
    one, other = interpret([*again, start, *first], site(), again[-1].at)
    assert (one.linked_id, one.run, other.linked_id, other.run) == ("1.0", 0, "1.0", 1)
    assert (one.unique_ids, one.talk_s, one.ended_at) == (
        other.unique_ids,
        other.talk_s,
        other.ended_at - timedelta(minutes=3) if other.ended_at else None,
    )
    one, other = interpret([*first[:8], *again], site(), again[-1].at)
    assert (one.outcome, one.is_closed, one.ended_at) == ("answered", True, None)
    assert (other.run, other.outcome, other.talk_s) == (1, "answered", 4.003)


DECLINED = """
eventtype    | eventtime    | cid_num | cid_name     | exten | context     | channame            | appname | appdata              | uniqueid | linkedid | extra
CHAN_START   | 13:33:40.950 | 1001    | Alice Martin | 1002  | from-phones | PJSIP/1001-00000008 |         |                      | 1.0      | 1.0      |
APP_START    | 13:33:40.953 |         |              | 1002  |             | PJSIP/1001-00000008 | Dial    | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
CHAN_START   | 13:33:40.953 | 1002    | Bob Durand   | s     | from-phones | PJSIP/1002-00000009 |         |                      | 1.1      | 1.0      |
HANGUP       | 13:33:41.956 |         |              |       |             | PJSIP/1002-00000009 | AppDial | (Outgoing Line)      | 1.1      | 1.0      | hangupcause=21
HANGUP       | 13:33:41.957 |         |              |       |             | PJSIP/1001-00000008 |         |                      | 1.0      | 1.0      | hangupcause=20 hangupsource=dialplan/builtin dialstatus=NOANSWER
LINKEDID_END | 13:33:41.957 |         |              |       |             | PJSIP/1001-00000008 |         |                      | 1.0      | 1.0      |
"""


def test_a_call_that_is_declined() -> None:
    (call,) = calls(DECLINED, site=site())
    assert (call.outcome, call.answered_by, call.answered_at, call.talk_s) == ("rejected", None, None, None)


@pytest.mark.parametrize(
    ("cause", "status", "outcome"),
    [
        ("17", "BUSY", "busy"),
        ("34", "CONGESTION", "failed"),
        ("0", "NOANSWER", "missed"),
        ("127", "CANCEL", "cancelled"),
        ("20", "CHANUNAVAIL", "unreachable"),
    ],
)
def test_what_became_of_a_call_that_nobody_answered(cause: str, status: str, outcome: str) -> None:
    table = DECLINED.replace("hangupcause=21", f"hangupcause={cause}").replace("dialstatus=NOANSWER", f"dialstatus={status}")
    (call,) = calls(table, site=site())
    assert call.outcome == outcome


def test_an_outside_caller_who_gives_up_was_missed() -> None:
    table = (
        DECLINED.replace("hangupcause=21", "hangupcause=127")
        .replace("dialstatus=NOANSWER", "dialstatus=CANCEL")
        .replace("PJSIP/1001-", "PJSIP/trunk-")
    )
    (call,) = calls(table, site=site())
    assert (call.direction, call.outcome) == ("incoming", "missed")


CLICK = """
eventtype    | eventtime    | cid_num | cid_name     | exten | context     | channame                          | appname  | appdata              | uniqueid | linkedid | extra
CHAN_START   | 13:38:48.394 |         |              | 1001  | from-phones | Local/1001@from-phones-00000018;1 |          |                      | 1.0      | 1.0      |
CHAN_START   | 13:38:48.394 |         |              | 1001  | from-phones | Local/1001@from-phones-00000018;2 |          |                      | 1.1      | 1.0      |
APP_START    | 13:38:48.396 |         |              | 1001  |             | Local/1001@from-phones-00000018;2 | Dial     | PJSIP/1001,20,tTkKxX | 1.1      | 1.0      |
CHAN_START   | 13:38:48.396 | 1001    | Alice Martin | s     | from-phones | PJSIP/1001-00000070               |          |                      | 1.2      | 1.0      |
ANSWER       | 13:38:49.200 | 1001    |              |       |             | PJSIP/1001-00000070               | AppDial  | (Outgoing Line)      | 1.2      | 1.0      |
ANSWER       | 13:38:49.201 |         |              |       |             | Local/1001@from-phones-00000018;2 | Dial     | PJSIP/1001,20,tTkKxX | 1.1      | 1.0      |
BRIDGE_ENTER | 13:38:49.201 |         |              |       |             | PJSIP/1001-00000070               | AppDial  | (Outgoing Line)      | 1.2      | 1.0      | bridge_id=b1
ANSWER       | 13:38:49.201 | 1001    |              |       |             | Local/1001@from-phones-00000018;1 | AppDial2 | (Outgoing Line)      | 1.0      | 1.0      |
APP_START    | 13:38:49.201 |         |              | 1002  |             | Local/1001@from-phones-00000018;1 | Dial     | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      |
BRIDGE_ENTER | 13:38:49.202 |         |              |       |             | Local/1001@from-phones-00000018;2 | Dial     | PJSIP/1001,20,tTkKxX | 1.1      | 1.0      | bridge_id=b1
CHAN_START   | 13:38:49.203 | 1002    | Bob Durand   | s     | from-phones | PJSIP/1002-00000071               |          |                      | 1.3      | 1.0      |
ANSWER       | 13:38:50.006 | 1002    |              |       |             | PJSIP/1002-00000071               | AppDial  | (Outgoing Line)      | 1.3      | 1.0      |
BRIDGE_ENTER | 13:38:50.007 |         |              |       |             | PJSIP/1002-00000071               | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | bridge_id=b2
BRIDGE_ENTER | 13:38:50.007 |         |              |       |             | Local/1001@from-phones-00000018;1 | Dial     | PJSIP/1002,20,tTkKxX | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT  | 13:38:52.008 |         |              |       |             | PJSIP/1001-00000070               |          |                      | 1.2      | 1.0      | bridge_id=b1
BRIDGE_EXIT  | 13:38:52.008 |         |              |       |             | Local/1001@from-phones-00000018;2 |          |                      | 1.1      | 1.0      | bridge_id=b1
HANGUP       | 13:38:52.008 |         |              |       |             | PJSIP/1001-00000070               | AppDial  | (Outgoing Line)      | 1.2      | 1.0      | hangupcause=16
HANGUP       | 13:38:52.009 |         |              |       |             | Local/1001@from-phones-00000018;2 |          |                      | 1.1      | 1.0      | hangupcause=16 dialstatus=ANSWER
BRIDGE_EXIT  | 13:38:52.009 |         |              |       |             | Local/1001@from-phones-00000018;1 |          |                      | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT  | 13:38:52.009 |         |              |       |             | PJSIP/1002-00000071               |          |                      | 1.3      | 1.0      | bridge_id=b2
HANGUP       | 13:38:52.009 |         |              |       |             | PJSIP/1002-00000071               | AppDial  | (Outgoing Line)      | 1.3      | 1.0      | hangupcause=16
HANGUP       | 13:38:52.009 |         |              |       |             | Local/1001@from-phones-00000018;1 | AppDial2 | (Outgoing Line)      | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
LINKEDID_END | 13:38:52.009 |         |              |       |             | Local/1001@from-phones-00000018;1 | AppDial2 | (Outgoing Line)      | 1.0      | 1.0      |
"""


def test_click_to_call_is_a_call_of_the_phone_that_rings_first() -> None:
    (call,) = calls(CLICK, site=site())
    assert (call.direction, call.caller, call.dialled.number) == ("internal", Party("1001", "Alice Martin"), "1002")
    assert call.answered_by == AnsweredBy("1002", "Bob Durand")
    assert (call.wait_s, call.talk_s) == (1.611, 2.001)


FORWARDED = """
eventtype    | eventtime    | cid_num    | cid_name      | cid_rdnis | exten      | context     | channame                          | appname | appdata                | uniqueid | linkedid | extra
CHAN_START   | 10:49:29.570 | 0612345678 | Customer One  |           | 0155501002 | from-trunk  | PJSIP/trunk-00000000              |         |                        | 1.0      | 1.0      |
APP_START    | 10:49:29.571 |            |               |           | 1002       |             | PJSIP/trunk-00000000              | Dial    | PJSIP/1002,20,tTkKxX   | 1.0      | 1.0      |
CHAN_START   | 10:49:29.571 | 1002       | Bob Durand    |           | s          | from-phones | PJSIP/1002-00000001               |         |                        | 1.1      | 1.0      |
CHAN_START   | 10:49:29.774 |            |               |           | 1006       | from-phones | Local/1006@from-phones-00000000;1 |         |                        | 1.2      | 1.0      |
CHAN_START   | 10:49:29.774 |            |               |           | 1006       | from-phones | Local/1006@from-phones-00000000;2 |         |                        | 1.3      | 1.0      |
FORWARD      | 10:49:29.775 |            |               | 1002      |            |             | PJSIP/trunk-00000000              | Dial    | PJSIP/1002,20,tTkKxX   | 1.0      | 1.0      | forward=1006
APP_START    | 10:49:29.775 |            |               |           | 1006       |             | Local/1006@from-phones-00000000;2 | Dial    | PJSIP/w2x6pl,20,tTkKxX | 1.3      | 1.0      |
HANGUP       | 10:49:29.777 |            |               |           |            |             | PJSIP/1002-00000001               | AppDial | (Outgoing Line)        | 1.1      | 1.0      | hangupcause=23
CHAN_START   | 10:49:29.779 | 1006       | Grace O'Brien |           | s          | from-phones | PJSIP/w2x6pl-00000002             |         |                        | 1.4      | 1.0      |
ANSWER       | 10:49:30.785 | 1006       |               |           |            |             | PJSIP/w2x6pl-00000002             | AppDial | (Outgoing Line)        | 1.4      | 1.0      |
ANSWER       | 10:49:30.785 | 0612345678 |               |           |            |             | Local/1006@from-phones-00000000;2 | Dial    | PJSIP/w2x6pl,20,tTkKxX | 1.3      | 1.0      |
BRIDGE_ENTER | 10:49:30.786 |            |               |           |            |             | PJSIP/w2x6pl-00000002             | AppDial | (Outgoing Line)        | 1.4      | 1.0      | bridge_id=b1
BRIDGE_ENTER | 10:49:30.786 |            |               |           |            |             | Local/1006@from-phones-00000000;2 | Dial    | PJSIP/w2x6pl,20,tTkKxX | 1.3      | 1.0      | bridge_id=b1
ANSWER       | 10:49:30.786 | 1006       |               |           |            |             | Local/1006@from-phones-00000000;1 | AppDial | (Outgoing Line)        | 1.2      | 1.0      |
ANSWER       | 10:49:30.787 | 0612345678 |               |           |            |             | PJSIP/trunk-00000000              | Dial    | PJSIP/1002,20,tTkKxX   | 1.0      | 1.0      |
BRIDGE_ENTER | 10:49:30.788 |            |               |           |            |             | Local/1006@from-phones-00000000;1 | AppDial | (Outgoing Line)        | 1.2      | 1.0      | bridge_id=b2
BRIDGE_ENTER | 10:49:30.788 |            |               |           |            |             | PJSIP/trunk-00000000              | Dial    | PJSIP/1002,20,tTkKxX   | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT  | 10:49:30.789 |            |               |           |            |             | PJSIP/trunk-00000000              |         |                        | 1.0      | 1.0      | bridge_id=b2
BRIDGE_EXIT  | 10:49:30.789 |            |               |           |            |             | Local/1006@from-phones-00000000;2 |         |                        | 1.3      | 1.0      | bridge_id=b1
BRIDGE_ENTER | 10:49:30.789 |            |               |           |            |             | PJSIP/trunk-00000000              | Dial    | PJSIP/1002,20,tTkKxX   | 1.0      | 1.0      | bridge_id=b1
HANGUP       | 10:49:30.789 |            |               |           |            |             | Local/1006@from-phones-00000000;2 |         |                        | 1.3      | 1.0      | hangupcause=16 dialstatus=ANSWER
BRIDGE_EXIT  | 10:49:30.790 |            |               |           |            |             | Local/1006@from-phones-00000000;1 |         |                        | 1.2      | 1.0      | bridge_id=b2
HANGUP       | 10:49:30.790 |            |               |           |            |             | Local/1006@from-phones-00000000;1 | AppDial | (Outgoing Line)        | 1.2      | 1.0      | hangupcause=16
BRIDGE_EXIT  | 10:49:33.787 |            |               |           |            |             | PJSIP/trunk-00000000              |         |                        | 1.0      | 1.0      | bridge_id=b1
BRIDGE_EXIT  | 10:49:33.788 |            |               |           |            |             | PJSIP/w2x6pl-00000002             |         |                        | 1.4      | 1.0      | bridge_id=b1
HANGUP       | 10:49:33.789 |            |               |           |            |             | PJSIP/trunk-00000000              |         |                        | 1.0      | 1.0      | hangupcause=16 dialstatus=ANSWER
HANGUP       | 10:49:33.790 |            |               |           |            |             | PJSIP/w2x6pl-00000002             | AppDial | (Outgoing Line)        | 1.4      | 1.0      | hangupcause=16
LINKEDID_END | 10:49:33.790 |            |               |           |            |             | PJSIP/w2x6pl-00000002             | AppDial | (Outgoing Line)        | 1.4      | 1.0      |
"""


def test_a_phone_that_forwards() -> None:
    (call,) = calls(FORWARDED, site=site())
    assert call.forwarded == (Forward("1002", "1006"),)
    assert (call.dialled.number, call.answered_by) == ("0155501002", AnsweredBy("1006", "Grace O'Brien"))


CONFERENCE = """
eventtype     | eventtime    | cid_num    | cid_name     | exten      | context     | channame             | appname    | appdata              | uniqueid | linkedid | extra
CHAN_START    | 10:50:27.822 | 1001       | Alice Martin | 4000       | from-phones | PJSIP/1001-00000000  |            |                      | 1.0      | 1.0      |
ANSWER        | 10:50:27.827 | 1001       |              |            |             | PJSIP/1001-00000000  | Answer     |                      | 1.0      | 1.0      |
APP_START     | 10:50:27.832 |            |              | 4000       |             | PJSIP/1001-00000000  | ConfBridge | 4000                 | 1.0      | 1.0      |
BRIDGE_ENTER  | 10:50:27.834 |            |              |            |             | PJSIP/1001-00000000  | ConfBridge | 4000                 | 1.0      | 1.0      | bridge_id=b1 bridge_technology=softmix
CHAN_START    | 10:50:28.832 | 0612345678 | Customer One | 0155501002 | from-trunk  | PJSIP/trunk-00000001 |            |                      | 1.1      | 1.1      |
APP_START     | 10:50:28.835 |            |              | 1002       |             | PJSIP/trunk-00000001 | Dial       | PJSIP/1002,20,tTkKxX | 1.1      | 1.1      |
CHAN_START    | 10:50:28.836 | 1002       | Bob Durand   | s          | from-phones | PJSIP/1002-00000002  |            |                      | 1.2      | 1.1      |
ANSWER        | 10:50:29.839 | 1002       |              |            |             | PJSIP/1002-00000002  | AppDial    | (Outgoing Line)      | 1.2      | 1.1      |
ANSWER        | 10:50:29.840 | 0612345678 |              |            |             | PJSIP/trunk-00000001 | Dial       | PJSIP/1002,20,tTkKxX | 1.1      | 1.1      |
BRIDGE_ENTER  | 10:50:29.841 |            |              |            |             | PJSIP/1002-00000002  | AppDial    | (Outgoing Line)      | 1.2      | 1.1      | bridge_id=b2
BRIDGE_ENTER  | 10:50:29.841 |            |              |            |             | PJSIP/trunk-00000001 | Dial       | PJSIP/1002,20,tTkKxX | 1.1      | 1.1      | bridge_id=b2
BLINDTRANSFER | 10:50:31.341 |            |              |            |             | PJSIP/1002-00000002  | AppDial    | (Outgoing Line)      | 1.2      | 1.1      | extension=4000 transferee_channel_uniqueid=1.1
BRIDGE_EXIT   | 10:50:31.341 |            |              |            |             | PJSIP/1002-00000002  |            |                      | 1.2      | 1.1      | bridge_id=b2
BRIDGE_EXIT   | 10:50:31.341 |            |              |            |             | PJSIP/trunk-00000001 |            |                      | 1.1      | 1.1      | bridge_id=b2
HANGUP        | 10:50:31.341 |            |              |            |             | PJSIP/1002-00000002  | AppDial    | (Outgoing Line)      | 1.2      | 1.1      | hangupcause=16
APP_START     | 10:50:31.343 |            |              | 4000       |             | PJSIP/trunk-00000001 | ConfBridge | 4000                 | 1.1      | 1.1      |
BRIDGE_ENTER  | 10:50:31.343 |            |              |            |             | PJSIP/trunk-00000001 | ConfBridge | 4000                 | 1.1      | 1.1      | bridge_id=b1 bridge_technology=softmix
CHAN_START    | 10:50:31.644 | 1002       | Bob Durand   | 4000       | from-phones | PJSIP/1002-00000003  |            |                      | 1.3      | 1.3      |
ANSWER        | 10:50:31.645 | 1002       |              |            |             | PJSIP/1002-00000003  | Answer     |                      | 1.3      | 1.3      |
APP_START     | 10:50:31.647 |            |              | 4000       |             | PJSIP/1002-00000003  | ConfBridge | 4000                 | 1.3      | 1.3      |
BRIDGE_ENTER  | 10:50:31.648 |            |              |            |             | PJSIP/1002-00000003  | ConfBridge | 4000                 | 1.3      | 1.3      | bridge_id=b1 bridge_technology=softmix
BRIDGE_EXIT   | 10:50:35.649 |            |              |            |             | PJSIP/trunk-00000001 |            |                      | 1.1      | 1.1      | bridge_id=b1 bridge_technology=softmix
HANGUP        | 10:50:35.650 |            |              |            |             | PJSIP/trunk-00000001 |            |                      | 1.1      | 1.1      | hangupcause=16 dialstatus=ANSWER
LINKEDID_END  | 10:50:35.650 |            |              |            |             | PJSIP/trunk-00000001 |            |                      | 1.1      | 1.1      |
BRIDGE_EXIT   | 10:50:36.149 |            |              |            |             | PJSIP/1002-00000003  |            |                      | 1.3      | 1.3      | bridge_id=b1 bridge_technology=softmix
HANGUP        | 10:50:36.150 |            |              |            |             | PJSIP/1002-00000003  |            |                      | 1.3      | 1.3      | hangupcause=16
LINKEDID_END  | 10:50:36.150 |            |              |            |             | PJSIP/1002-00000003  |            |                      | 1.3      | 1.3      |
BRIDGE_EXIT   | 10:50:36.651 |            |              |            |             | PJSIP/1001-00000000  |            |                      | 1.0      | 1.0      | bridge_id=b1 bridge_technology=softmix
HANGUP        | 10:50:36.653 |            |              |            |             | PJSIP/1001-00000000  |            |                      | 1.0      | 1.0      | hangupcause=16
LINKEDID_END  | 10:50:36.653 |            |              |            |             | PJSIP/1001-00000000  |            |                      | 1.0      | 1.0      |
"""


def test_a_conference_is_a_person_as_soon_as_another_is_in_it() -> None:
    alone = [event for event in cel_events(CONFERENCE) if event.linked_id == "1.0"]
    (call,) = interpret(alone, site(), alone[-1].at)
    assert (call.outcome, call.answered_at) == ("abandoned", None)
    first, _, _ = calls(CONFERENCE, site=site())
    assert (first.outcome, first.wait_s) == ("answered", 3.521)


def test_without_a_configured_trunk_the_direction_is_inferred_and_says_so() -> None:
    bare = Site(users=site().users)
    (call,) = calls(FORWARDED, site=bare)
    assert (call.direction, list(call.certainty)) == ("incoming", ["direction"])
    (call,) = calls(ANSWERED, site=bare)
    assert call.direction == "internal"
    assert [call.direction for table in (ANSWERED, FORWARDED) for call in calls(table, site=Site())] == ["internal", "incoming"]


def test_what_the_dial_plan_says_of_the_direction_is_no_guess() -> None:
    told = "\nXIVO_INCALL | 10:43:08.705 | | | | | PJSIP/1001-00000000 | | | 1.0 | 1.0 |"
    (call,) = calls(ANSWERED.rstrip() + told, site=Site())
    assert (call.direction, call.certainty) == ("incoming", {})
