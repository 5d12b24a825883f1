"""A PBX's own tables, filled with what Asterisk itself put there: they tell the same events as its files."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import apsw
import psycopg
import pytest

from telegraphone.errors import Invalid
from telegraphone.events import Event, digest
from telegraphone.ingest import SOURCES, read_file, tables
from tests.ingest.cel import PARIS, UTC_ZONE
from tests.mariadb import Mariadb

CORPUS = Path(__file__).parent.parent / "corpus"
SCENARIOS = sorted(path.parent.name for path in CORPUS.glob("*/cel.copy"))
COLUMNS = {
    "cel": "id eventtype eventtime userdeftype cid_name cid_num cid_ani cid_rdnis cid_dnid exten context channame appname appdata amaflags"
    " accountcode peeraccount uniqueid linkedid userfield peer extra",
    "queue_log": "id time callid queuename agent event data1 data2 data3 data4 data5",
}
SCENARIO = "18-queue-answered-local-member"
FILES = [("asterisk-cel", "cel.csv", "cel"), ("asterisk-queue-log", "queue_log", "queue_log")]
ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


def copied(scenario: str, table: str) -> Iterator[tuple[int, dict[str, str | None]]]:
    """The rows of COPY text."""
    for line in (CORPUS / scenario / f"{table}.copy").read_bytes().decode().split("\n"):
        cells = line.split("\t")
        if len(cells) == len(COLUMNS[table].split()):
            row = dict(zip(COLUMNS[table].split(), map(unescaped, cells), strict=True))
            yield int(row["id"] or 0), row


def unescaped(cell: str) -> str | None:
    return None if cell == r"\N" else re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), cell)


def zone_of(scenario: str) -> ZoneInfo:
    return PARIS if "clock" in scenario else UTC_ZONE


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(("source", "file", "table"), FILES)
def test_file_and_table_tell_the_same(scenario, source, file, table):
    zone = zone_of(scenario)
    written = list(read_file(CORPUS / scenario / file, source, zone))
    kept = list(SOURCES[source].read_rows(copied(scenario, table), zone=zone))

    assert all(isinstance(item, Event) for item in written + kept)
    assert Counter(map(digest, written)) == Counter(map(digest, kept))
    assert len(set(map(digest, written))) == len(written)


def test_a_value_that_the_file_cut_off_is_whole_in_the_table():
    read = [read_file(CORPUS / "69-attached-data-long" / "cel.csv", "asterisk-cel", UTC_ZONE)]
    read.append(SOURCES["asterisk-cel"].read_rows(copied("69-attached-data-long", "cel"), zone=UTC_ZONE))

    cut, whole = ({event.detail["key"]: event.detail["value"] for event in events if event.kind == "attached"} for events in read)

    assert cut.keys() == whole.keys()
    assert cut == whole
    assert len(whole["comment"]) > 400


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def pbx(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a PBX's database with both of its tables, as it kept one scenario."""
    if request.param == "sqlite":
        return in_sqlite(tmp_path / "pbx.db", SCENARIO)
    if request.param == "mysql":
        database: str = request.getfixturevalue("empty_mariadb")
        return in_mariadb(request.getfixturevalue("mariadb"), database, SCENARIO)
    url: str = request.getfixturevalue("empty_postgres")
    in_postgres(url, SCENARIO)
    return url


def in_sqlite(path: Path, scenario: str) -> str:
    with apsw.Connection(str(path)) as connection:
        for table, columns in COLUMNS.items():
            names = columns.split()
            others = ", ".join(f'"{name}" text' for name in names[1:])
            connection.execute(f"create table {table} (id integer primary key, {others})")
            places = ", ".join("?" * len(names))
            connection.executemany(f"insert into {table} values ({places})", (tuple(row.values()) for _, row in copied(scenario, table)))
    return f"sqlite:///{path}"


def in_postgres(url: str, scenario: str) -> None:
    types = {"id": "integer primary key", "eventtime": "timestamp", "amaflags": "integer"}
    with psycopg.connect(url) as connection:
        for table, columns in COLUMNS.items():
            described = ", ".join(f'"{name}" {types.get(name, "varchar(512)")}' for name in columns.split())
            connection.execute(f"create table {table} ({described})")
            with connection.cursor().copy(f"copy {table} from stdin") as copy:
                copy.write((CORPUS / scenario / f"{table}.copy").read_bytes())


def in_mariadb(server: Mariadb, database: str, scenario: str, time: str = "datetime(6)") -> str:
    """As FreePBX has it; there, `time` is a datetime of whole seconds."""
    types = {"id": "int not null auto_increment primary key", "eventtime": time, "amaflags": "int", "extra": "varchar(2000)"}
    with closing(server.connect(database)) as connection, connection.cursor() as cursor:
        for table, columns in COLUMNS.items():
            described = ", ".join(f"`{name}` {types.get(name, 'varchar(512)')}" for name in columns.split())
            cursor.execute(f"create table {table} ({described}) default charset utf8mb4")
            marks = ", ".join(["%s"] * len(columns.split()))
            cursor.executemany(f"insert into {table} values ({marks})", [tuple(row.values()) for _, row in copied(scenario, table)])
    return server.url(database)


@pytest.mark.parametrize(("source", "file", "table"), FILES)
def test_a_table_is_read_by_its_url(pbx, source, file, table):
    written = list(read_file(CORPUS / SCENARIO / file, source, UTC_ZONE))

    kept = list(SOURCES[source].read_rows(tables.rows_of(pbx, table), zone=UTC_ZONE))

    assert [digest(event) for event in kept] == [digest(event) for event in written]
    assert [event.position for event in kept] == list(range(1, len(kept) + 1))


def test_reading_goes_on_after_a_row_and_in_pages(pbx):
    rows = len(list(copied(SCENARIO, "cel")))

    assert [id for id, _ in tables.rows_of(pbx, "cel", after=20)] == list(range(21, rows + 1))
    assert len(list(tables.rows_of(pbx, "cel", page=7))) == rows


def test_another_table_is_named_in_the_url(pbx):
    mark = "&" if "?" in pbx else "?"

    assert len(list(tables.rows_of(f"{pbx}{mark}table=queue_log", "cel"))) == len(list(copied(SCENARIO, "queue_log")))


@pytest.mark.parametrize("name", ["nothing_there", "cel;drop table cel", "cel--", "", "a.b.c", '"cel"'])
def test_no_such_table(pbx, name):
    mark = "&" if "?" in pbx else "?"

    with pytest.raises(Invalid):
        list(tables.rows_of(f"{pbx}{mark}table={name}", "cel"))


def test_a_table_without_numbers(tmp_path, empty_postgres):
    with apsw.Connection(str(tmp_path / "pbx.db")) as connection:
        connection.execute("create table cel (AcctId integer primary key, eventtype text, eventtime text, uniqueid text)")
        connection.execute("insert into cel values (5, 'ANSWER', '2026-01-01 00:00:00', '1.1')")
    with psycopg.connect(empty_postgres) as connection:
        connection.execute("create table cel (eventtype text)")
        connection.execute("create table other (AcctId serial primary key, eventtype text, eventtime timestamp, uniqueid text)")
        connection.execute("insert into other values (5, 'ANSWER', '2026-01-01 00:00:00', '1.1')")

    for url, name in ((f"sqlite:///{tmp_path}/pbx.db", "cel"), (empty_postgres, "other")):
        (event,) = SOURCES["asterisk-cel"].read_rows(tables.rows_of(url, name), zone=UTC_ZONE)
        assert (event.kind, event.position) == ("leg_answered", 5)
    with pytest.raises(Invalid, match="id"):
        list(tables.rows_of(empty_postgres, "cel"))


def test_what_cannot_be_opened_says_so(tmp_path):
    (tmp_path / "text.db").write_text("no database " * 1000)

    urls = [f"sqlite:///{tmp_path}/none.db", f"sqlite:///{tmp_path}/text.db", "postgresql://u:secret@127.0.0.1:1/none"]
    urls += ["mysql://u:secret@127.0.0.1:1/none", "mysql://u:secret@127.0.0.1:port/none", "mysql://u:secret@127.0.0.1/none?other=1"]
    urls += [f"mysql://u:secret@127.0.0.1:1/none?ssl_ca={tmp_path}/none.pem"]
    for url in urls:
        with pytest.raises(Invalid) as told:
            list(tables.rows_of(url, "cel"))
        assert "secret" not in str(told.value)


def test_who_may_not_read_is_told(mariadb, empty_mariadb):
    url = mariadb.url(empty_mariadb)
    for refused in (url.replace("se%3Acr", "other"), url.replace(empty_mariadb, "nothing_there")):
        with pytest.raises(Invalid, match=r"Access denied|Unknown database") as told:
            list(tables.rows_of(refused, "cel"))
        assert "cr%40et" not in str(told.value)


def test_a_url_is_told_without_its_password():
    assert (
        tables.shown("postgresql://asterisk:se:cr@et@127.0.0.1/asterisk?table=cel") == "postgresql://asterisk@127.0.0.1/asterisk?table=cel"
    )
    assert tables.shown("postgresql://127.0.0.1/asterisk?user=a&password=secret") == "postgresql://127.0.0.1/asterisk?user=a"
    assert tables.shown("sqlite:////var/lib/asterisk/master.db") == "sqlite:////var/lib/asterisk/master.db"
    assert tables.is_table("sqlite:///x.db")
    assert not tables.is_table("/var/log/asterisk/cel-custom/Master.csv")
