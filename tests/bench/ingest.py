"""From a CEL file to calls, on both engines, beside a bare COPY of the same rows: `python -m tests.bench ingest [ROWS]`."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psycopg

from tests.bench.logs import write_cel
from tests.bench.memory import peak_mib
from tests.servers import Postgres, postgres_server

ONE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from telegraphone.db import open_db
from telegraphone.feed import Tally, feed_events
from telegraphone.ingest import read_file
from telegraphone.interpret import Settings
from telegraphone.migrate import migrate
from telegraphone.record import Log
from tests.bench.memory import peak_mib
db = open_db(sys.argv[1])
migrate(db)
items = read_file(Path(sys.argv[2]), "asterisk-cel", ZoneInfo("UTC"))
settings = Settings(("from-trunk",), ("PJSIP/trunk",), "FR")
feed_events(db, items, Log("pbx1", "asterisk-cel", "bench"), settings, Tally(), lambda tally: None)
with db.transaction("read") as tx:
    calls = tx.one("select count(*) as n from calls")["n"]
db.close()
print(calls, peak_mib())
"""
"""A process of its own, so that its memory is its own."""


class Line(NamedTuple):
    what: str
    seconds: float
    calls: str
    memory: str


def main(rows: int = 100_000) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as server:
        file = Path(folder) / "cel.csv"
        count = write_cel(file, rows)
        lines = [_ours(f"sqlite:///{folder}/bench.db", file, "SQLite"), _ours(_fresh(server, "ours"), file, "PostgreSQL")]
        kept, all_ = _sizes(server.url("ours"))
        lines.append(_copy(_fresh(server, "bare"), file))
        size = sum(f.stat().st_size for f in Path(folder).glob("bench.db*"))
    print(f"\n{count:,} CEL rows\n\n| | seconds | events/s | calls | memory, MiB |\n|---|---|---|---|---|")
    for line in lines:
        print(f"| {line.what} | {line.seconds:.1f} | {count / line.seconds:,.0f} | {line.calls} | {line.memory} |")
    calls = max(1, int(lines[0].calls))
    print(f"\nBytes a call, {count / calls:.0f} events each: SQLite {size / calls:,.0f}; PostgreSQL {all_ / calls:,.0f}", end="")
    print(f", of which {kept / calls:,.0f} are the events and what ties them")


def _sizes(url: str) -> tuple[int, int]:
    """Bytes with all indexes: of what keeps events, and of everything."""
    with psycopg.connect(url) as conn:
        rows = conn.execute(
            "select relname in ('clusters', 'events', 'ties'), sum(pg_total_relation_size(oid))::bigint from pg_class"
            " where relkind = 'r' and relnamespace = 'public'::regnamespace group by 1"
        ).fetchall()
    sizes: dict[bool, int] = dict(rows)
    return sizes.get(True, 0), sum(sizes.values())


def _fresh(server: Postgres, name: str) -> str:
    server.run(f"create database {name}")
    return server.url(name)


def _ours(url: str, file: Path, what: str) -> Line:
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", ONE, url, str(file)], check=True, capture_output=True, text=True)
    calls, memory = done.stdout.split()
    return Line(f"telegraphone ingest, {what}", time.perf_counter() - began, calls, memory)


def _copy(url: str, file: Path) -> Line:
    """The same rows, as text, into a table without an index."""
    names = file.open(encoding="utf-8").readline().strip().split(",")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"create table cel ({', '.join(f'{name} text' for name in names)})".encode())
        began = time.perf_counter()
        with conn.cursor() as cursor, cursor.copy("copy cel from stdin (format csv, header)") as copy, file.open("rb") as source:
            while chunk := source.read(1 << 16):
                copy.write(chunk)
        return Line("bare COPY, PostgreSQL", time.perf_counter() - began, "", str(peak_mib()))
