"""The directory as a CSV file: `kind,number,name,firstname,lastname,interface,display_name`, columns by name, any but kind may lack."""

import csv
from collections.abc import Iterable, Mapping
from typing import Literal

from ..errors import Invalid
from ..model import Agent, Queue, User

COLUMNS = ("kind", "number", "name", "firstname", "lastname", "interface", "display_name")
Kind = Literal["agents", "queues", "users"]
KINDS: Mapping[str, tuple[Kind, type[Agent]]] = {"agent": ("agents", Agent), "queue": ("queues", Queue), "user": ("users", User)}


def read_directory(lines: Iterable[str]) -> dict[Kind, list[Agent]]:
    """The entries by the plural of their kind, for the kinds that occur. Raises Invalid with the line of the first fault."""
    reader = csv.reader(lines, strict=True)
    entries: dict[Kind, list[Agent]] = {}
    try:
        columns = _columns(next(reader, []))
        for row in reader:
            if any(cell.strip() for cell in row):
                kind, entry = _entry(columns, row, reader.line_num)
                entries.setdefault(kind, []).append(entry)
    except (csv.Error, UnicodeDecodeError) as error:
        raise Invalid(f"line {reader.line_num}: {error}") from error
    return entries


def _columns(header: list[str]) -> list[str]:
    columns = [name.strip().lower() for name in header]
    if "kind" not in columns or len(set(columns)) < len(columns) or not set(columns) <= set(COLUMNS):
        raise Invalid(f"line 1: the header must name kind and others of {','.join(COLUMNS)}, each once")
    return columns


def _entry(columns: list[str], row: list[str], line: int) -> tuple[Kind, Agent]:
    if len(row) > len(columns):
        raise Invalid(f"line {line}: has {len(row)} cells, the header has {len(columns)}")
    values = dict(zip(columns, (cell.strip() for cell in row), strict=False))
    word = values.pop("kind").lower()
    if word not in KINDS:
        raise Invalid(f"line {line}: kind {word!r:.40} is none of {', '.join(KINDS)}")
    if any("\0" in value for value in values.values()):
        raise Invalid(f"line {line}: has a NUL")
    kind, entry = KINDS[word]
    return kind, entry(**{"number": "", **values})
