"""An earlier system's calls from CSV, on both engines, beside a COPY of the very rows that result and their indexes:
`python -m tests.bench history [CALLS [ENGINE]]`.
"""

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import apsw
import psycopg

from telegraphone.access import SYSTEM
from telegraphone.db import open_db
from telegraphone.migrate import migrate
from telegraphone.model import Call
from telegraphone.sql import directory
from telegraphone.sql.pbx.import_calls import SECONDARY, TABLES, put_on_indexes, take_off_indexes
from tests.bench.made_calls import agents, made_calls, queues
from tests.servers import postgres_server

ONE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from telegraphone.db import open_db
from telegraphone.earlier import import_earlier
from telegraphone.interpret import Settings
from tests.bench.memory import peak_mib
db = open_db(sys.argv[1])
import_earlier(db, Path(sys.argv[2]), "pbx1", ZoneInfo("UTC"), Settings((), (), "FR"), datetime.now(UTC), lambda done: None)
db.close()
print(peak_mib())
"""

ENGINES = ("SQLite", "PostgreSQL")
PART = 1 << 20
"""Bytes of a file that are read and sent at a time."""


def main(calls: int = 200_000, *engines: str) -> None:
    """Print the table, of these engines if any are named."""
    if unknown := set(engines) - set(ENGINES):
        sys.exit(f"no such engine: {', '.join(unknown)}; there are {', '.join(ENGINES)}")
    with tempfile.TemporaryDirectory() as name, postgres_server() as server:
        folder = Path(name)
        file = folder / "calls.csv"
        _write(file, calls)
        print(f"\n{calls:,} calls\n\n| | seconds | calls/s | times the limit | memory, MiB |\n|---|---|---|---|---|")
        if "SQLite" in (engines or ENGINES):
            _table("SQLite", f"sqlite:///{folder}/ours.db", file, partial(_bare_sqlite, folder=folder))
        if "PostgreSQL" in (engines or ENGINES):
            for database in ("ours", "bare"):
                server.run(f"create database {database}")
            _table("PostgreSQL", server.url("ours"), file, partial(_bare_postgres, bare=server.url("bare"), folder=folder))


def _table(engine: str, url: str, file: Path, limit: Callable[[str], float]) -> None:
    _set_up(url)
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", ONE, url, str(file)], check=True, capture_output=True, text=True)
    took, calls = time.perf_counter() - began, _calls(url)
    least = limit(url)
    print(f"| telegraphone import, {engine} | {took:.1f} | {calls / took:,.0f} | {took / least:.2f} | {done.stdout.strip()} |")
    print(f"| the same rows and indexes, bare | {least:.1f} | {calls / least:,.0f} | 1 | |", flush=True)


def _calls(url: str) -> int:
    db = open_db(url, readers=1)
    with db.transaction("read") as tx:
        [row] = tx.all("select count(*) as calls from calls")
    db.close()
    return int(row["calls"])


def _set_up(url: str) -> None:
    db = open_db(url, readers=1)
    migrate(db)
    with db.transaction() as tx:
        directory.put_directory(tx, SYSTEM, "agents", agents())
        directory.put_directory(tx, SYSTEM, "queues", queues())
    db.close()


def _write(file: Path, calls: int) -> None:
    rows = map(_row, made_calls(calls))
    with file.open("w", newline="", encoding="utf-8") as out:
        first = next(rows)
        writer = csv.DictWriter(out, list(first))
        writer.writeheader()
        writer.writerow(first)
        writer.writerows(rows)


def _row(call: Call) -> dict[str, str]:
    by, agent = call.answered_by, call.agents[0].number if call.agents else ""
    queue, caller = call.queues[0] if call.queues else None, call.legs[0] if call.legs else None
    pairs = ",".join(f'"{pair.key}":"{pair.value}"' for pair in call.attached)
    return {
        "linked_id": call.linked_id, "unique_ids": " ".join(call.unique_ids[1:]), "started_at": call.started_at.isoformat(),
        "answered_at": call.answered_at.isoformat() if call.answered_at else "",
        "ended_at": call.ended_at.isoformat() if call.ended_at else "",
        "direction": call.direction, "outcome": call.outcome, "caller_number": call.caller.number, "dialled_number": call.dialled.number,
        "caller_interface": caller.interface if caller else "", "answered_by_number": by.number if by else "",
        "answered_by_interface": call.legs[-1].interface if by and len(call.legs) > 1 else "", "agent": agent,
        "queue": queue.name if queue else "", "queue_outcome": queue.outcome if queue else "",
        "recordings": " ".join(one.id for one in call.recordings), "attached_data": f"{{{pairs}}}",
    }  # fmt: skip


def _bare_sqlite(url: str, folder: Path) -> float:
    """Seconds for `insert … select` of every table into an equal file, and its indexes."""
    bare = folder / "bare.db"
    db = open_db(f"sqlite:///{bare}", readers=1)
    migrate(db)
    db.close()
    conn = apsw.Connection(str(bare))
    conn.execute("attach ? as ours", (url.removeprefix("sqlite:///"),))
    indexes = list(conn.execute(SECONDARY["sqlite"], {"tables": '["' + '","'.join(TABLES) + '"]'}))
    began = time.perf_counter()
    conn.execute("begin")
    for take_off, _ in indexes:
        conn.execute(take_off)
    for table in TABLES:
        conn.execute(f"delete from main.{table}")
        conn.execute(f"insert into main.{table} select * from ours.{table}")
    for _, put_on in indexes:
        conn.execute(put_on)
    conn.execute("commit")
    return time.perf_counter() - began


def _bare_postgres(url: str, bare: str, folder: Path) -> float:
    """Seconds for COPY of every table's rows, ready in files as PostgreSQL has them on the wire, and their indexes."""
    db = open_db(bare, readers=1)
    migrate(db)
    with psycopg.connect(url) as ours:
        ready = {table: _copied(ours, table, folder / table) for table in TABLES}
    began = time.perf_counter()
    with db.transaction() as tx:
        indexes = take_off_indexes(tx)
        for table, file in ready.items():
            with (
                tx.conn.cursor() as cursor,
                cursor.copy(f"copy {table} from stdin (format binary)".encode()) as copy,
                file.open("rb") as rows,
            ):
                while part := rows.read(PART):
                    copy.write(part)
        put_on_indexes(tx, indexes)
    took = time.perf_counter() - began
    db.close()
    return took


def _copied(ours: psycopg.Connection[tuple[object, ...]], table: str, file: Path) -> Path:
    with ours.cursor() as cursor, cursor.copy(f"copy {table} to stdout (format binary)".encode()) as copy, file.open("wb") as out:
        out.writelines(copy)
    return file
