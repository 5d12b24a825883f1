"""The directory's names are read when it has changed, and are never those of before."""

from collections.abc import Sequence
from typing import Any

import pytest

from telegraphone.access import SYSTEM
from telegraphone.db import Db, Tx
from telegraphone.errors import TelegraphoneError
from telegraphone.model import Agent, AgentTalk, Queue, QueuePassage
from telegraphone.sql.call_summaries import list_summaries
from telegraphone.sql.calls import CallFilter, StoredCall, get_rendered, list_calls, list_rendered
from telegraphone.sql.directory import add_seen, put_directory
from tests.sql.test_calls import DAY, plain, put


@pytest.fixture
def one(db: Db) -> Db:
    """A call of a queue and an agent, and a directory that knows neither."""
    put(db, [plain(1, queues=(QueuePassage("elsewhere", DAY, "answered"),), agents=(AgentTalk("77", DAY, name="as told"),))])
    return db


def put_names(db: Db, queues: Sequence[Queue], agents: Sequence[Agent]) -> None:
    with db.transaction() as tx:
        put_directory(tx, SYSTEM, "queues", queues)
        put_directory(tx, SYSTEM, "agents", agents)


def told(stored: StoredCall) -> Any:
    queue, agent = stored.call.queues[0], stored.call.agents[0]
    return queue.number, stored.names.queue(queue.name), agent.name


def tellings(tx: Tx) -> list[Any]:
    """What each way to a call says of its names."""
    [listed] = list_calls(tx, SYSTEM, CallFilter())
    [(id, rendered)] = list_rendered(tx, SYSTEM, CallFilter(), told)
    [summary] = list_summaries(tx, SYSTEM, CallFilter())
    return [told(listed), rendered, get_rendered(tx, SYSTEM, id, told), (summary.queues, summary.agents)]


def test_names_change_with_the_directory(one: Db) -> None:
    with one.transaction("read") as tx:
        assert tellings(tx) == [("", ("", "elsewhere"), "as told")] * 3 + [((("elsewhere", ""),), (("", "77"),))]
    for shown, name in (("Sales", "Ada"), ("New sales", "Grace")):
        put_names(one, [Queue(number="3000", name="elsewhere", display_name=shown)], [Agent(number="77", firstname=name)])
        with one.transaction("read") as tx:
            assert tellings(tx) == [("3000", ("3000", shown), name)] * 3 + [(((shown, "3000"),), ((name, "77"),))]


def test_they_are_read_once(one: Db) -> None:
    put_names(one, [Queue(number="3000", name="elsewhere")], [])
    with one.transaction("read") as tx:
        list_calls(tx, SYSTEM, CallFilter())
        list_calls(tx, SYSTEM, CallFilter())
        assert tx.statements == 3
    with one.transaction() as tx:
        add_seen(tx, "queues", [Queue(number="", name="heard of")])
    with one.transaction("read") as tx:
        list_calls(tx, SYSTEM, CallFilter())
        assert tx.statements == 1


def put_and_undo(db: Db) -> None:
    with db.transaction() as tx:
        put_directory(tx, SYSTEM, "agents", [Agent(number="77", firstname="Ada")])
        [inside] = list_calls(tx, SYSTEM, CallFilter())
        assert inside.call.agents[0].name == "Ada"
        put_directory(tx, SYSTEM, "agents", [Agent(number="")])


def test_what_was_undone_is_not_told(one: Db) -> None:
    with pytest.raises(TelegraphoneError):
        put_and_undo(one)
    with one.transaction("read") as tx:
        [after] = list_calls(tx, SYSTEM, CallFilter())
        assert after.call.agents[0].name == "as told"
