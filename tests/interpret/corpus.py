"""The scenarios of tests/corpus: what a real PBX wrote, and what was done at its phones."""

import csv
import functools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from telegraphone.events import Event
from telegraphone.ingest import read_file
from telegraphone.interpret import Site

CORPUS = Path(__file__).parent.parent / "corpus"
SCENARIOS = sorted(path.parent.name for path in CORPUS.glob("*/truth.json"))
NOW = datetime(2027, 6, 1, tzinfo=UTC)
"""Long after all of them."""


@functools.cache
def site() -> Site:
    """What the directory and the configuration say of the corpus's PBX."""
    with (CORPUS / "directory.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return Site(
        trunk_contexts=("from-trunk",),
        trunk_endpoints=("PJSIP/trunk",),
        users={row["interface"]: row["number"] for row in rows if row["kind"] == "user"},
        queues={row["name"]: row["number"] for row in rows if row["kind"] == "queue"},
        agents=frozenset(row["number"] for row in rows if row["kind"] == "agent"),
    )


@functools.cache
def truth(scenario: str) -> dict[str, Any]:
    """What was done."""
    return dict(json.loads((CORPUS / scenario / "truth.json").read_text("utf-8")))


def calls_made(scenario: str) -> dict[str, dict[str, Any]]:
    """The calls of which the PBX left any event, by linked id."""
    return {call["linkedid"]: call for call in truth(scenario)["calls"] if call["linkedid"]}


LOGS = ("asterisk-cel", "asterisk-queue-log")


@functools.cache
def events(scenario: str, *sources: str) -> tuple[Event, ...]:
    """What the PBX wrote of it."""
    files = {"asterisk-cel": "cel.csv", "asterisk-queue-log": "queue_log", "asterisk-ami": "ami.log"}
    zone = ZoneInfo(truth(scenario).get("pbx_timezone", "UTC"))
    found = (item for source in sources or LOGS for item in read_file(CORPUS / scenario / files[source], source, zone))
    return tuple(event for event in found if isinstance(event, Event))
