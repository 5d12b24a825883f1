"""A log that is followed tells what it tells when it is read at once, whatever is done to its file between two looks."""

import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telegraphone.errors import Invalid, Unavailable
from telegraphone.events import Event, Unreadable, digest
from telegraphone.ingest import read_file
from telegraphone.ingest.follow_files import CHUNK, LogFile, Place
from telegraphone.ingest.follow_tables import WINDOW, LogTable, RowPlace
from tests.ingest.cel import UTC_ZONE

CORPUS = Path(__file__).parent.parent / "corpus" / "18-queue-answered-local-member"
LATER = 2e9
"""A moment long after anything that these tests write."""


class Reader:
    """Follows as a worker does; `again` is a worker that begins where the last one kept its place."""

    def __init__(self, path: Path, source: str = "asterisk-queue-log") -> None:
        self.log = LogFile(path, source, UTC_ZONE)
        self.place: Place | None = None
        self.items: list[Event | Unreadable] = []
        self.lost = 0
        self.truncated = 0

    def poll(self, now: float = LATER) -> list[Event | Unreadable]:
        found: list[Event | Unreadable] = []
        try:
            while step := self.log.read_on(self.place, now):
                assert self.place is None or step.place.position >= self.place.position
                found += step.items
                self.place, self.lost = step.place, self.lost + step.is_lost
        except Unavailable:
            pass
        self.items += found
        return found

    def again(self) -> None:
        if self.place is not None:
            self.place = self.log.place_of(self.place.kept())

    def digests(self) -> list[bytes]:
        return [digest(item) for item in self.items if isinstance(item, Event)]


def line(number: int, event: str = "ENTERQUEUE||0612|1") -> str:
    return f"{1795517000 + number}|{1795517000 + number}.0|hotline|NONE|{event}\n"


def write(path: Path, *lines: str, mode: str = "a") -> None:
    with path.open(mode, encoding="utf-8", newline="") as file:
        file.write("".join(lines))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "queue_log"


def legs(items: Sequence[Event | Unreadable]) -> list[int]:
    return [int(item.leg[:-2]) - 1795517000 for item in items if isinstance(item, Event)]


def test_only_what_is_new(path: Path) -> None:
    reader = Reader(path)
    write(path, line(1), line(2))
    assert legs(reader.poll()) == [1, 2]
    assert reader.poll() == []
    write(path, line(3))
    reader.again()
    assert legs(reader.poll()) == [3]


def test_a_half_line_waits(path: Path) -> None:
    reader = Reader(path)
    write(path, line(1), line(2)[:25])
    assert legs(reader.poll()) == [1]
    assert reader.poll() == []
    write(path, line(2)[25:])
    assert legs(reader.poll()) == [2]


def test_a_file_that_is_not_there_yet(path: Path) -> None:
    with pytest.raises(Unavailable, match="No such file"):
        LogFile(path, "asterisk-queue-log", UTC_ZONE).read_on(None, LATER)
    reader = Reader(path)
    assert reader.poll() == []
    write(path, line(1))
    assert legs(reader.poll()) == [1]


def test_rotated_by_renaming(path: Path) -> None:
    reader = Reader(path)
    write(path, line(1))
    reader.poll()
    write(path, line(2))
    path.rename(path.with_name("queue_log.1"))
    assert legs(reader.poll()) == [2], "nothing stands in its place yet"
    path.touch()
    write(path.with_name("queue_log.1"), line(3))
    assert legs(reader.poll()) == [3], "the PBX has not opened the new one yet"
    write(path.with_name("queue_log.1"), line(4))
    write(path, line(5))
    reader.again()
    assert legs(reader.poll()) == [4, 5]
    assert not reader.lost


def test_rotated_several_times_while_nobody_looked(path: Path) -> None:
    reader = Reader(path)
    write(path, line(1))
    reader.poll()
    write(path, line(2), line(3).rstrip("\n"))
    for number in (4, 5):
        if path.with_name("queue_log.1").exists():
            path.with_name("queue_log.1").rename(path.with_name("queue_log.2"))
        path.rename(path.with_name("queue_log.1"))
        write(path, line(number))
    reader.again()
    assert legs(reader.poll()) == [2, 3, 4, 5]


def test_rotated_by_date(path: Path) -> None:
    reader = Reader(path)
    write(path, line(1))
    write(path.with_name("queue_log-20261120"), line(99))
    reader.poll()
    path.rename(path.with_name("queue_log-20261124"))
    write(path, line(2))
    assert legs(reader.poll()) == [2]


def test_copied_and_truncated(path: Path) -> None:
    reader = Reader(path)
    write(path, line(1))
    reader.poll()
    write(path, line(2))
    shutil.copy(path, path.with_name("queue_log.1"))
    os.truncate(path, 0)
    assert legs(reader.poll()) == [2]
    write(path, line(3), line(4), line(5))
    assert legs(reader.poll()) == [3, 4, 5]
    assert not reader.lost


def test_replaced_by_another(path: Path) -> None:
    reader = Reader(path)
    write(path, line(1), line(2))
    reader.poll()
    path.unlink()
    write(path, line(3), line(4), line(5))
    assert legs(reader.poll()) == [3, 4, 5]
    assert reader.lost == 1


def test_replaced_by_a_longer_copy(path: Path) -> None:
    reader = Reader(path)
    write(path, line(1), line(2))
    reader.poll()
    write(path.with_name("draft"), line(1), line(2), line(3))
    path.with_name("draft").replace(path)
    assert legs(reader.poll()) == [3]
    assert not reader.lost


def test_equal_lines_across_looks_and_files_stay_several(path: Path) -> None:
    reader = Reader(path)
    for _ in range(2):
        write(path, line(1), line(1))
        reader.poll()
        reader.again()
    path.rename(path.with_name("queue_log.1"))
    write(path, line(1))
    reader.poll()
    reader.again()
    write(path, line(1))
    reader.poll()
    assert len(set(reader.digests())) == 6


def test_a_long_file_is_read_in_steps_and_not_again(path: Path) -> None:
    reader = Reader(path)
    count = 3 * CHUNK // len(line(1))
    write(path, *map(line, range(count)))
    assert legs(reader.poll()) == list(range(count))
    write(path, line(count))
    assert legs(reader.poll()) == [count]


def test_a_step_tells_whether_there_is_more(path: Path) -> None:
    """What is not full is not read on at once: a PBX writes line by line."""
    write(path, line(0))
    log = LogFile(path, "asterisk-queue-log", UTC_ZONE)
    first = log.read_on(None, LATER)
    assert first is not None and not first.is_more
    write(path, *map(line, range(1, CHUNK // len(line(1)) + 20)))
    full = log.read_on(first.place, LATER)
    assert full is not None and full.is_more
    rest = log.read_on(full.place, LATER)
    assert rest is not None and not rest.is_more
    path.rename(path.with_name("queue_log.1"))
    write(path, line(1_000_000))
    following = log.read_on(rest.place, LATER)
    assert following is not None and following.is_more and not following.items


def test_a_line_without_end_stops_nothing(path: Path) -> None:
    reader = Reader(path)
    write(path, line(1), "x" * (3 * CHUNK), "\n", line(2))
    assert legs(reader.poll()) == [1, 2]
    assert reader.poll() == []


@pytest.mark.parametrize(("source", "file"), [("asterisk-cel", "cel.csv"), ("asterisk-queue-log", "queue_log")])
@pytest.mark.parametrize("size", [1, 100, 1000])
def test_byte_by_byte(tmp_path: Path, source: str, file: str, size: int) -> None:
    """Of CEL too, whose first line names the columns."""
    text = (CORPUS / file).read_bytes()
    path = tmp_path / file
    reader = Reader(path, source)
    for start in range(0, len(text), size if size > 1 else 37):
        with path.open("ab") as log:
            log.write(text[start : start + (size if size > 1 else 37)])
        reader.poll()
        reader.again()
    whole = [digest(item) for item in read_file(CORPUS / file, source, UTC_ZONE) if isinstance(item, Event)]
    assert reader.digests() == whole
    positions = [item.position for item in reader.items]
    assert positions == sorted(set(positions)), "they order events of one moment"


def test_a_value_that_goes_on_in_the_next_line(tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    rows = (CORPUS / "cel.csv").read_text().splitlines(keepends=True)
    reader = Reader(path, "asterisk-cel")
    head, tail = rows[1].replace("from-trunk", "from\ntrunk", 1).split("\n", 1)
    write(path, rows[0], head + "\n")
    now = path.stat().st_mtime
    assert reader.poll(now + 0.2) == []
    write(path, tail)
    found = reader.poll(now + 0.4)
    assert [item.context for item in found if isinstance(item, Event)] == ["from\ntrunk"]


def test_a_row_that_was_cut_off_waits_a_second(tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    rows = (CORPUS / "cel.csv").read_text().splitlines(keepends=True)
    reader = Reader(path, "asterisk-cel")
    write(path, rows[0], rows[1][:-2] + "\n")
    assert reader.poll(path.stat().st_mtime + 0.2) == []
    assert len(reader.poll(path.stat().st_mtime + 1.5)) == 1
    write(path, rows[2])
    assert len(reader.poll()) == 1


Moves = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 6)), st.tuples(st.just("half"), st.integers(0, 6)),
        st.sampled_from([("poll", 0), ("again", 0), ("rename", 0), ("create", 0), ("copytruncate", 0)]),
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(Moves)
def test_any_order_of_writing_rotating_and_looking(moves: list[tuple[str, int]]) -> None:
    """Equal to one file that was read at once, equal lines and all. (What is written between a copy and its truncation is lost by that.)"""
    with TemporaryDirectory() as folder:
        path, whole = Path(folder) / "queue_log", Path(folder) / "whole"
        reader = Reader(path)
        for move, number in moves:
            _do(move, number, path, whole, reader)
        for target in (path, whole):
            write(target, line(5000))
        reader.poll()
        expected = [digest(item) for item in read_file(whole, "asterisk-queue-log", UTC_ZONE) if isinstance(item, Event)]
        assert Counter(reader.digests()) == Counter(expected)


def _do(move: str, number: int, path: Path, whole: Path, reader: Reader) -> None:
    number += 10 * reader.truncated  # time goes on: a file that begins with the same words as before is the same file
    if move == "write":
        _both(path, whole, line(number))
    elif move == "half":
        _both(path, whole, line(number)[:30])
        reader.poll()
        _both(path, whole, line(number)[30:])
    elif move == "poll":
        reader.poll()
    elif move == "again":
        reader.again()
    elif move == "create":
        path.touch()
    elif path.exists():
        if reader.place is None or (move == "copytruncate" and not reader.place.offset):
            reader.poll()  # of a file that was never seen with something in it, nobody knows that it was another
        _age(path)
        if move == "rename":
            path.rename(path.with_name("queue_log.1"))
        else:
            shutil.copy(path, path.with_name("queue_log.1"))
            os.truncate(path, 0)
            reader.truncated += 1


def _both(path: Path, whole: Path, text: str) -> None:
    write(path, text)
    write(whole, text)


def _age(path: Path) -> None:
    for number in range(60, 0, -1):
        if (old := path.with_name(f"queue_log.{number}")).exists():
            old.rename(path.with_name(f"queue_log.{number + 1}"))


@pytest.fixture
def table(tmp_path: Path) -> Iterator[apsw.Connection]:
    connection = apsw.Connection(str(tmp_path / "pbx.db"))
    names = "time, callid, queuename, agent, event, data1, data2, data3, data4, data5"
    connection.execute(f"create table queue_log (id integer primary key, {names})")
    yield connection
    connection.close()


def insert(table: apsw.Connection, *numbers: int) -> None:
    rows = [(number, 1795517000 + number, f"{1795517000 + number}.0") for number in numbers]
    table.executemany("insert into queue_log (id, time, callid, queuename, agent, event) values (?, ?, ?, 'q', 'NONE', 'ENTERQUEUE')", rows)


class TableReader:
    def __init__(self, path: Path, source: str = "asterisk-queue-log") -> None:
        self.log = LogTable(f"sqlite:///{path}", source, UTC_ZONE)
        self.place: RowPlace | None = None
        self.more: list[bool] = []

    def poll(self) -> list[int]:
        found: list[Event | Unreadable] = []
        while step := self.log.read_on(self.place, LATER):
            found += step.items
            self.place = step.place
            self.more.append(step.is_more)
        return legs(found)


def test_rows_that_come_late(table: apsw.Connection, tmp_path: Path) -> None:
    reader = TableReader(tmp_path / "pbx.db")
    assert reader.poll() == []
    insert(table, 1, 2, 5)
    assert reader.poll() == [1, 2, 5]
    insert(table, 3, 6)
    assert reader.poll() == [3, 6]
    assert reader.poll() == []
    assert reader.place
    reader.place = reader.log.place_of(reader.place.kept())
    insert(table, 4)
    assert 4 in reader.poll(), "after a restart the last rows are read again"
    assert reader.poll() == []


def test_a_long_table_and_one_that_begins_anew(table: apsw.Connection, tmp_path: Path) -> None:
    reader = TableReader(tmp_path / "pbx.db")
    insert(table, *range(1, 6001))
    assert reader.poll() == list(range(1, 6001))
    assert reader.place is not None and len(reader.place.seen) == WINDOW
    assert reader.more[0] and not reader.more[-1]
    table.execute("delete from queue_log")
    insert(table, 1)
    assert reader.poll() == [1]
    assert reader.poll() == []
    table.execute("delete from queue_log")
    assert reader.poll() == []


def test_what_has_no_table(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="from files alone"):
        LogTable("sqlite:///x", "telegraphone", UTC_ZONE).read_on(None, LATER)
    with pytest.raises(Invalid):
        TableReader(tmp_path / "none.db").poll()


ROTATIONS = 60


def rotate_all_the_time(path: Path) -> None:
    """Writes and rotates as logrotate does, each kept file to the next number, with no regard for who reads."""
    for number in range(ROTATIONS):
        with path.open("a") as file:
            file.write("".join(line(number * 10 + one) for one in range(10)))
        for older in range(number, 0, -1):
            path.with_name(f"queue_log.{older}").rename(path.with_name(f"queue_log.{older + 1}"))
        path.rename(path.with_name("queue_log.1"))
        time.sleep(0.005)


def test_rotated_in_the_middle_of_a_look(tmp_path: Path) -> None:
    """Names lead to other files from one moment to the next; nothing is left out, and no place is lost."""
    reader, path = Reader(tmp_path / "queue_log"), tmp_path / "queue_log"
    path.write_text(line(5_000))
    reader.poll()
    writing = threading.Thread(target=rotate_all_the_time, args=(path,))
    writing.start()
    while writing.is_alive():
        reader.poll()
    writing.join()
    path.write_text(line(6_000))
    reader.poll()
    numbers = [event.leg for event in reader.items if isinstance(event, Event)]
    assert reader.lost == 0
    assert numbers == [f"{1795517000 + number}.0" for number in (5_000, *range(ROTATIONS * 10), 6_000)]


def copy_and_truncate(path: Path) -> None:
    for number in range(9, 0, -1):
        if (older := path.with_name(f"{path.name}.{number}")).exists():
            older.rename(path.with_name(f"{path.name}.{number + 1}"))
    shutil.copy2(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)


@pytest.mark.parametrize("rotations", [1, 3])
def test_truncated_again_when_only_the_names_of_columns_were_read(tmp_path: Path, rotations: int) -> None:
    """The file looks as it did: its first line is there, and it is the same file. What it held meanwhile is in a copy."""
    header, *rows = (CORPUS / "cel.csv").read_text("utf-8").splitlines(keepends=True)
    reader, path = Reader(tmp_path / "cel.csv", "asterisk-cel"), tmp_path / "cel.csv"
    path.write_text(header + "".join(rows[:3]))
    reader.poll()
    copy_and_truncate(path)
    with path.open("a") as file:
        file.write(header)
    reader.poll()
    for number in range(rotations):
        with path.open("a") as file:
            file.write("".join(rows[3 + number * 5 : 8 + number * 5]))
        copy_and_truncate(path)
        with path.open("a") as file:
            file.write(header)
    reader.again()
    reader.poll()
    with path.open("a") as file:
        file.write("".join(rows[3 + rotations * 5 :]))
    reader.poll()
    assert reader.digests() == [
        digest(event) for event in read_file(CORPUS / "cel.csv", "asterisk-cel", UTC_ZONE) if isinstance(event, Event)
    ]
    assert reader.lost == 0


def test_truncated_again_before_anything_of_it_was_read(tmp_path: Path) -> None:
    reader, path = Reader(tmp_path / "queue_log"), tmp_path / "queue_log"
    path.write_text(line(1))
    reader.poll()
    copy_and_truncate(path)
    path.write_text(line(2))
    step = reader.log.read_on(reader.place, LATER)
    assert step is not None and not step.items, "it goes over to the file, and then dies"
    reader.place = step.place
    copy_and_truncate(path)
    with path.open("a") as file:
        file.write(line(3))
    reader.again()
    reader.poll()
    assert [event.leg for event in reader.items if isinstance(event, Event)] == [f"{1795517000 + number}.0" for number in (1, 2, 3)]
