"""CEL tables as people read them, and the CSV that Asterisk would have written."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from telegraphone.events import Event, Unreadable
from telegraphone.ingest import asterisk_cel

UTC_ZONE, PARIS = ZoneInfo("UTC"), ZoneInfo("Europe/Paris")


def csv_of(table: str) -> list[str]:
    """Lines of CSV out of a pasted table: its first line names the columns."""
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [",".join(rows[0]) + "\n", *(quoted(row) for row in rows[1:])]


def quoted(row: Iterable[str]) -> str:
    """One line as cel_custom writes it with CSV_QUOTE."""
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n"


def read(lines: Iterable[str], zone: ZoneInfo = UTC_ZONE, columns: list[str] | None = None) -> list[Event | Unreadable]:
    return list(asterisk_cel.read(lines, zone=zone, columns=columns))


def events(table: str, zone: ZoneInfo = UTC_ZONE) -> list[Event]:
    """The events of a pasted table, all of which must be understood."""
    found = read(csv_of(table), zone)
    assert not [item for item in found if isinstance(item, Unreadable)]
    return [item for item in found if isinstance(item, Event)]
