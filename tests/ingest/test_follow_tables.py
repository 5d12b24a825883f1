"""Tables without numbers are followed by their time; connections are kept, and made anew when they broke."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from telegraphone.errors import Invalid
from telegraphone.events import Event, digest
from telegraphone.ingest import SOURCES, tables
from telegraphone.ingest.follow_tables import DAY_COUNTED_EVERY_S, DAY_S, LONGEST_WAIT_S, PAGE, LogTable, RowPlace
from tests.ingest.cel import UTC_ZONE

COLUMNS = (
    "calldate clid src dst dcontext channel dstchannel lastapp lastdata duration billsec disposition amaflags accountcode uniqueid"
    " userfield did recordingfile cnum cnam outbound_cnum outbound_cnam dst_cnam linkedid peeraccount sequence"
).split()
"""Of FreePBX's `cdr`, which numbers nothing: `sequence` begins anew with each start of the PBX."""
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOW = 1795521600.0
"""An hour later."""


class Pbx:
    """A PBX's database with a `cdr` table."""

    def __init__(self, connection: Any, url: str) -> None:
        self.connection, self.url, self.number = connection, url, 0

    def run(self, statement: str, *values: Any) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)

    def insert(self, *starts: datetime, uniqueid: str = "") -> list[str]:
        """A row for each start of a call; their unique ids."""
        marks, rows = ", ".join(["%s"] * len(COLUMNS)), []
        for start in starts:
            self.number += 1
            given: dict[str, Any] = dict.fromkeys(COLUMNS, "") | {
                "calldate": f"{start:%Y-%m-%d %H:%M:%S}", "channel": "PJSIP/1001-00000001", "duration": 3, "billsec": 2, "amaflags": 3,
                "sequence": 1, "uniqueid": uniqueid or f"{1795517000 + self.number}.{self.number}", "disposition": "ANSWERED",
            }  # fmt: skip
            rows.append(tuple(given[name] for name in COLUMNS))
        with self.connection.cursor() as cursor:
            cursor.executemany(f"insert into cdr ({', '.join(COLUMNS)}) values ({marks})", rows)
        return [row[COLUMNS.index("uniqueid")] for row in rows]


@pytest.fixture(params=["mysql", "postgresql"])
def pbx(request: pytest.FixtureRequest) -> Iterator[Pbx]:
    types = {"calldate": "datetime" if request.param == "mysql" else "timestamp", "duration": "int", "billsec": "int", "amaflags": "int"}
    described = ", ".join(f"{name} {types.get(name, 'varchar(255)')} not null" for name in COLUMNS)
    if request.param == "mysql":
        server, database = request.getfixturevalue("mariadb"), request.getfixturevalue("empty_mariadb")
        url, opened = server.url(database), server.connect(database)
    else:
        url = request.getfixturevalue("empty_postgres")
        opened = psycopg.connect(url, autocommit=True)
    with closing(opened) as connection:
        one = Pbx(connection, url)
        one.run(f"create table cdr ({described})")
        one.run("create index cdr_calldate on cdr (calldate)")
        yield one


class Reader:
    """Follows as a worker does; `again` is a worker that begins where the last one kept its place."""

    def __init__(self, url: str, source: str = "asterisk-cdr") -> None:
        self.log, self.place = LogTable(url, source, UTC_ZONE), None
        self.place: RowPlace | None
        self.now = NOW

    def poll(self, seconds: float = DAY_COUNTED_EVERY_S) -> list[str]:
        """What there is so many seconds later."""
        found: list[str] = []
        self.now = now = self.now + seconds
        while step := self.log.read_on(self.place, now):
            assert self.place is None or step.place.position >= self.place.position
            found += [item.leg for item in step.items if isinstance(item, Event)]
            self.place = step.place
        return found

    def again(self) -> None:
        assert self.place is not None
        self.place = self.log.place_of(self.place.kept())


@pytest.fixture
def reader(pbx: Pbx) -> Iterator[Reader]:
    one = Reader(pbx.url)
    yield one
    one.log.close()


def test_rows_as_they_come(pbx: Pbx, reader: Reader) -> None:
    assert reader.poll() == []
    first = pbx.insert(NOON, NOON, NOON + timedelta(seconds=1))
    assert sorted(reader.poll()) == first
    assert reader.poll() == []
    later = pbx.insert(NOON + timedelta(minutes=30))
    assert reader.poll() == later
    assert reader.poll() == []


def test_a_call_that_lasted_for_hours_comes_late(pbx: Pbx, reader: Reader) -> None:
    pbx.insert(NOON - timedelta(hours=20), NOON)
    reader.poll()
    long, short = pbx.insert(NOON - timedelta(hours=23)), pbx.insert(NOON - timedelta(minutes=50))
    assert reader.poll(0.5) == short, "the whole day is looked through now and then"
    assert reader.poll() == long
    with_it = pbx.insert(NOON - timedelta(hours=20) + timedelta(seconds=5))
    assert set(with_it) < set(reader.poll()), "its ten minutes are read again, and known"
    assert reader.poll() == []


def test_a_restart_reads_the_last_day_again_and_no_more(pbx: Pbx, reader: Reader) -> None:
    pbx.insert(NOON - timedelta(days=3))
    day = pbx.insert(NOON - timedelta(hours=2), NOON)
    reader.poll()
    reader.again()
    new = pbx.insert(NOON + timedelta(minutes=1), NOON - timedelta(hours=3))
    assert sorted(reader.poll()) == sorted(day + new)
    assert reader.poll() == []


def test_a_long_table_is_read_in_steps(pbx: Pbx, reader: Reader) -> None:
    crowd = pbx.insert(*[NOON - timedelta(days=9)] * (PAGE + 10))
    others = pbx.insert(*(NOON - timedelta(days=8) + timedelta(minutes=number) for number in range(PAGE)))
    assert Counter(reader.poll()) == Counter(crowd + others)
    assert reader.place and reader.place.since == "2026-11-16 21:10:00" and len(reader.place.counts) < 150
    assert reader.poll() == []
    assert Counter(event.leg for event in _events(pbx.url)) == Counter(crowd + others)


def _events(url: str) -> list[Event]:
    rows = tables.rows_of(url, "cdr", page=700)
    return [item for item in SOURCES["asterisk-cdr"].read_rows(rows, zone=UTC_ZONE) if isinstance(item, Event)]


def test_equal_rows_are_the_same_however_they_are_read(pbx: Pbx, reader: Reader) -> None:
    pbx.insert(*[NOON] * 3, uniqueid="1.1")
    steps = [reader.log.read_on(None, NOW)]
    assert steps[0]
    reader.place = steps[0].place
    pbx.insert(NOON, uniqueid="1.1")
    again = reader.log.read_on(reader.place, NOW)
    assert again
    once, twice = ({digest(item) for item in step.items if isinstance(item, Event)} for step in (steps[0], again))
    assert len(once) == 3 and len(twice) == 4 and once < twice
    assert {digest(event) for event in _events(pbx.url)} == twice


def test_a_row_of_the_year_2099_hides_nothing(pbx: Pbx, reader: Reader) -> None:
    pbx.insert(datetime(2099, 1, 1, tzinfo=UTC), NOON)
    reader.poll()
    assert reader.poll() == []
    assert reader.poll() == [] and pbx.insert(NOON + timedelta(hours=1)) == reader.poll()
    assert reader.place and reader.place.since == "2026-11-23 13:00:00"


def test_an_emptied_table_goes_on(pbx: Pbx, reader: Reader) -> None:
    pbx.insert(NOON)
    reader.poll()
    pbx.run("delete from cdr")
    assert reader.poll() == []
    assert pbx.insert(NOON + timedelta(hours=3)) == reader.poll()


def test_any_order_of_inserting_and_looking(pbx: Pbx, reader: Reader) -> None:
    chance, wanted, found = random.Random(4), set(), set()
    for _ in range(60):
        begin = NOON + timedelta(seconds=chance.randrange(-DAY_S // 2, DAY_S // 2))
        wanted |= set(pbx.insert(*(begin + timedelta(seconds=chance.randrange(900)) for _ in range(chance.randrange(5)))))
        if chance.random() < 0.4:
            found |= set(reader.poll())
        if chance.random() < 0.1 and reader.place:
            reader.again()
    assert found | set(reader.poll()) == wanted


@pytest.mark.parametrize("form", ["varchar(32)", "bigint"])
def test_a_time_that_is_a_number_of_seconds(mariadb: Any, empty_mariadb: str, form: str) -> None:
    """A `queue_log` as older guides describe it, without a number."""
    columns = f"`time` {form}, callid varchar(40), queuename varchar(40), agent varchar(40), event varchar(40), data varchar(255)"
    mariadb.run(f"create table queue_log ({columns})", database=empty_mariadb)
    reader = Reader(mariadb.url(empty_mariadb), "asterisk-queue-log")
    for number, second in enumerate((0, 0, 700, DAY_S - 900, 5)):
        row = f"({1795517000 + second}, '{number}.0', 'hotline', 'NONE', 'ENTERQUEUE', '|0612|1')"
        mariadb.run(f"insert into queue_log values {row}", database=empty_mariadb)
        assert f"{number}.0" in reader.poll()
    assert reader.poll() == []
    reader.log.close()


def test_one_connection_is_kept_and_a_broken_one_replaced(mariadb: Any, empty_mariadb: str) -> None:
    mariadb.run("create table cel (id int auto_increment primary key, eventtype varchar(30))", database=empty_mariadb)
    reader = Reader(mariadb.url(empty_mariadb), "asterisk-cel")
    seen = [_connections(mariadb, reader) for _ in range(4)]
    assert len(set(seen)) == 1 and len(seen[0]) == 1
    mariadb.run(f"kill {seen[0][0]}")
    again = _connections(mariadb, reader)
    assert len(again) == 1 and again != seen[0], "that a connection was cut is no trouble"
    reader.log.close()


def _connections(mariadb: Any, reader: Reader) -> tuple[int, ...]:
    reader.poll()
    with closing(mariadb.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("select id from information_schema.processlist where user = 'pbx' order by id")
        return tuple(row[0] for row in cursor.fetchall())


def test_a_database_that_is_away_is_asked_now_and_then() -> None:
    log, now, asked = LogTable("mysql://pbx:secret@127.0.0.1:1/asteriskcdrdb", "asterisk-cdr", UTC_ZONE), NOW, 0
    last: Invalid | None = None
    for _ in range(600):
        with pytest.raises(Invalid) as told:
            log.read_on(None, now)
        asked, last, now = asked + (told.value is not last), told.value, now + 0.5
    assert 10 <= asked <= 2 * 300 / LONGEST_WAIT_S
    with pytest.raises(Invalid) as told:
        log.read_on(None, now - 7200)
    assert told.value is not last, "a clock that was set back does not make it wait"
