"""The house rules hold in the package, and each rule is shown to bite on a small tree that breaks it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import architecture
from tests.architecture import cycles, impure, sql_outside, strays, too_large, wrong_layers

PACKAGE = Path(__file__).parents[1] / "src" / "telegraphone"
RULES = (wrong_layers, cycles, impure, strays, sql_outside, too_large)


@pytest.mark.parametrize("rule", RULES)
def test_package_keeps_the_rules(rule: Callable[[Path], list[str]]) -> None:
    assert architecture.modules(PACKAGE), "nothing was looked at"
    assert rule(PACKAGE) == []


def plant(root: Path, **files: str) -> Path:
    """A package of these modules; `sql__calls` is sql/calls.py."""
    for name, text in files.items():
        path = root.joinpath(*name.split("__")).with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    for folder in {path.parent for path in root.rglob("*.py")} - {root}:
        (folder / "__init__.py").touch()
    return root


LONG = "x = 1\n"
PLANTED = [
    (wrong_layers, {"errors": "from .access import Actor", "access": ""}, "errors imports access: up, from words"),
    (wrong_layers, {"sql__calls": "from .. import record", "record": ""}, "sql.calls imports record: up, from sql"),
    (wrong_layers, {"web__who": "def f():\n    from ..api import v1", "api__v1__a": ""}, "web.who imports api.v1: up, from web"),
    (wrong_layers, {"media__s3": "from ..config import Config", "config": ""}, "media.s3 imports config: sideways, from edges"),
    (wrong_layers, {"db": "import telegraphone.migrate", "migrate": ""}, "db imports migrate: sideways, from edges"),
    (wrong_layers, {"api__v1__a": "from ..xivo import b", "api__xivo__b": ""}, "api.v1.a imports api.xivo.b: sideways, from doing"),
    (wrong_layers, {"feed": "from telegraphone.faults import x", "faults": ""}, "feed imports faults: sideways, from doing"),
    (wrong_layers, {"tricks": ""}, "tricks stands in no layer"),
    (cycles, {"sql__a": "from . import b", "sql__b": "from . import c", "sql__c": "from . import a"}, "sql.a → sql.b → sql.c → sql.a"),
    (impure, {"interpret__a": "import os"}, "interpret.a imports os"),
    (impure, {"access": "from datetime import datetime\nx = datetime.now()"}, "access looks at the clock, line 2"),
    (strays, {"api__v1__a": "def f():\n    import psycopg"}, "api.v1.a imports psycopg"),
    (strays, {"ingest__a": "from apsw import Connection"}, "ingest.a imports apsw"),
    (sql_outside, {"api__v1__a": "x = 'select 1 from calls'"}, "api.v1.a, line 1: 'select 1 from calls'"),
    (sql_outside, {"record": "n = 1\nx = f'''\n  DELETE from {n}'''"}, "record, line 2: 'DELETE from x'"),
    (sql_outside, {"ingest__tables__table": "x = 'update cel set y = 1'"}, "ingest.tables.table, line 1: 'update cel set y = 1'"),
    (too_large, {"model": LONG * 401}, "model has 401 lines"),
    (too_large, {"web__a": "def f():\n" + "    x = 1\n" * 50}, "web.a.f has 51 lines"),
    (too_large, {"sql__helpers": ""}, "sql.helpers is named helpers"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "files", "fault"), PLANTED)
def test_planted_fault_is_found(tmp_path: Path, rule: Callable[[Path], list[str]], files: dict[str, str], fault: str) -> None:
    assert rule(plant(tmp_path, **files)) == [fault]


ALLOWED = {
    "errors": "",
    "model": "from .errors import x",
    "interpret__a": "from ..model import x\nfrom .b import y",
    "interpret__b": "from .. import names",
    "names": "",
    "db": "import apsw",
    "migrate": "from .db import Db\nx = 'create table migrations (name text)'",
    "sql__calls": "'''select is a word.'''\nx = 'select 1 from calls'",
    "ingest__tables__drivers": "import psycopg",
    "ingest__tables__table": "x = 'select * from cel'",
    "api__v1__a": "from ...sql import calls\nfrom .b import x",
    "api__v1__b": "text = 'selected from what there is'",
    "cli": "import click\nfrom . import feed",
    "feed": "def f():\n" + "    x = 1\n" * 49,
}


@pytest.mark.parametrize("rule", RULES)
def test_what_is_allowed_is_no_fault(tmp_path: Path, rule: Callable[[Path], list[str]]) -> None:
    assert rule(plant(tmp_path, **ALLOWED)) == []
