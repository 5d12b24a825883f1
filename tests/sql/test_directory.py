import pytest

from telegraphone.access import SYSTEM, Actor
from telegraphone.db import Db
from telegraphone.errors import Forbidden, Invalid
from telegraphone.interpret import Settings
from telegraphone.model import Agent, Queue, User
from telegraphone.sql.directory import add_seen, list_directory, put_directory, read_site

SALES, HOTLINE = Queue("3557", name="sales", display_name="Sales"), Queue("3556", name="hotline")


def test_a_kind_is_replaced_whole(db: Db) -> None:
    with db.transaction() as tx:
        assert put_directory(tx, SYSTEM, "queues", [SALES, HOTLINE]) == 2
        assert list_directory(tx, SYSTEM, "queues") == [HOTLINE, SALES]
        put_directory(tx, SYSTEM, "queues", [SALES])
        assert list_directory(tx, SYSTEM, "queues") == [SALES]
        assert {row["name"] for row in tx.all("select name from queues")} == {"sales", "hotline"}
        put_directory(tx, SYSTEM, "queues", [HOTLINE])
        assert list_directory(tx, SYSTEM, "queues") == [HOTLINE]
        put_directory(tx, SYSTEM, "queues", [])
        assert list_directory(tx, SYSTEM, "queues") == []


def test_what_a_pbx_spoke_of_never_overwrites(db: Db) -> None:
    with db.transaction() as tx:
        put_directory(tx, SYSTEM, "users", [User("1001", "Alice Martin", interface="PJSIP/1001")])
        add_seen(tx, "users", [User("1001", "somebody"), User("1002", "Bob")])
        assert list_directory(tx, SYSTEM, "users") == [User("1001", "Alice Martin", interface="PJSIP/1001")]
        put_directory(tx, SYSTEM, "users", [User("1002", "Bob Durand")])
        assert list_directory(tx, SYSTEM, "users") == [User("1002", "Bob Durand")]


def test_the_site_is_the_configuration_and_the_directory(db: Db) -> None:
    with db.transaction() as tx:
        put_directory(tx, SYSTEM, "queues", [SALES])
        put_directory(tx, SYSTEM, "users", [User("1005", interface="PJSIP/q7r5te")])
        put_directory(tx, SYSTEM, "agents", [Agent("2000", interface="PJSIP/1003"), Agent("2001")])
        site = read_site(tx, Settings(trunk_contexts=("from-trunk",)))
    assert site.trunk_contexts == ("from-trunk",)
    assert (site.users, site.queues) == ({"PJSIP/q7r5te": "1005"}, {"sales": "3557"})
    assert (site.agents, site.agent_interfaces) == (frozenset({"2000", "2001"}), {"PJSIP/1003": "2000"})


def test_bad_entries_are_refused_whole(db: Db) -> None:
    with db.transaction() as tx:
        put_directory(tx, SYSTEM, "agents", [Agent("2000")])
    for entries in ([Agent("2001"), Agent("")], [Agent("2001"), Agent("2001")]):
        with pytest.raises(Invalid) as refused, db.transaction() as tx:
            put_directory(tx, SYSTEM, "agents", entries)
        assert refused.value.errors[0].field == "[1].number"
    with pytest.raises(Forbidden), db.transaction() as tx:
        put_directory(tx, Actor("x", frozenset({"read"})), "agents", [])
    with db.transaction("read") as tx:
        assert list_directory(tx, SYSTEM, "agents") == [Agent("2000")]
