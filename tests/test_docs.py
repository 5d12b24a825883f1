"""What there is, is documented; what is documented, is there."""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import get_args

import click
import msgspec
import pytest

from telegraphone import events, model
from telegraphone.access import RIGHTS
from telegraphone.app import DIALECTS
from telegraphone.cli import main
from telegraphone.config import PREFIX
from telegraphone.config.settings import SETTINGS
from telegraphone.feed import RECORDINGS
from telegraphone.ingest import SOURCES
from telegraphone.ingest.asterisk_cel import SAMPLE

ROOT = Path(__file__).parents[1]
DOCS = {path.name: path.read_text("utf-8") for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]}
PAGES = ("architecture.md", "glossary.md", "adding.md", "configuration.md", "api.md", "operating.md", "decisions.md", "README.md")


def commands(group: click.Group = main, words: str = "telegraphone") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{words} {name}")
        else:
            yield f"{words} {name}"


def routes() -> Iterator[str]:
    """Each method and path once; HEAD goes with GET, and the XiVO dialect is documented bare."""
    for dialect in DIALECTS:
        for endpoint in dialect.endpoints:
            if endpoint.method != "HEAD":
                yield f"{endpoint.method} {dialect.prefixes[0]}{re.sub(r':[a-z]+}', '}', endpoint.path)}"


def words() -> set[str]:
    """The types of our nouns and events, and the tables."""
    types = {
        name
        for module in (model, events)
        for name, value in vars(module).items()
        if _is_struct(value) and value.__module__ == module.__name__
    }
    sql = "\n".join(path.read_text() for path in (files("telegraphone.sql") / "migrations").iterdir() if path.name.endswith(".sql"))
    return types | set(re.findall(r"create table (\w+)", sql)) | {"migrations"}


def _is_struct(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, msgspec.Struct)


def test_the_pages_are_there() -> None:
    assert DOCS.keys() >= set(PAGES)


@pytest.mark.parametrize("name", SETTINGS)
def test_setting(name: str) -> None:
    assert f"\n### {name.upper()}\n" in DOCS["configuration.md"]


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_command(command: str) -> None:
    assert f"\n### {command}\n" in DOCS["operating.md"]


@pytest.mark.parametrize("route", sorted(set(routes())))
def test_route(route: str) -> None:
    assert f"\n| `{route}` |" in DOCS["api.md"]


@pytest.mark.parametrize("source", [*SOURCES, RECORDINGS])
def test_source(source: str) -> None:
    assert f"\n| `{source}` |" in DOCS["adding.md"]
    assert re.search(rf"^ +{source} ", main.commands["ingest"].help or "", re.M)


@pytest.mark.parametrize("kind", get_args(events.Kind))
def test_kind_of_event(kind: str) -> None:
    assert re.search(rf"^\|[^|]*`{kind}`", DOCS["api.md"], re.M)


@pytest.mark.parametrize("right", RIGHTS)
def test_right(right: str) -> None:
    assert f"\n| `{right}` |" in DOCS["api.md"]


@pytest.mark.parametrize("word", sorted(words()))
def test_glossary_word(word: str) -> None:
    assert f"`{word}`" in DOCS["glossary.md"]


def test_nothing_is_documented_that_is_not_there() -> None:
    headings = set(re.findall(r"^### ([A-Z0-9_]+)$", DOCS["configuration.md"], re.M))
    assert headings == {name.upper() for name in SETTINGS}
    assert set(re.findall(r"^### (telegraphone .+)$", DOCS["operating.md"], re.M)) == set(commands())
    assert set(re.findall(r"^\| `((?:GET|POST|PUT|DELETE) [^`]+)` \|", DOCS["api.md"], re.M)) == set(routes())


@pytest.mark.parametrize("page", sorted(DOCS))
def test_names_in_pages_exist(page: str) -> None:
    text = DOCS[page]
    known = {PREFIX + name.upper() for name in SETTINGS} | {f"{PREFIX}{name.upper()}_FILE" for name in SETTINGS} | {f"{PREFIX}CONFIG"}
    assert set(re.findall(rf"\b{PREFIX}[A-Z0-9_]+[A-Z0-9]\b", text)) <= known
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:`|^)make ([a-z0-9-]+)", text, re.M)) <= targets
    for link in re.findall(r"\]\((?!https?:)([^)#]+)", text):
        assert ((ROOT if (ROOT / page).exists() else ROOT / "docs") / link).exists(), link


def test_main_requirements_are_those_of_the_package() -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    listed = [line for line in (ROOT / "requirements" / "main.in").read_text().splitlines() if line and not line.startswith("#")]
    assert listed == wanted


def test_locked_requirements_name_no_host_and_no_folder() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        for line in path.read_text().splitlines():
            assert re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?|# .*", line), (path.name, line)


def test_the_mapping_of_the_readme_is_the_one_that_needs_no_columns() -> None:
    mapping = re.search(r"^Master.csv => (.*)$", DOCS["README.md"], re.M)
    assert mapping
    written = [name.lower() for name in re.findall(r"CSV_QUOTE\(\$\{(?:CALLERID\(|CHANNEL\()?(\w+)\)?\}", mapping[1])]
    meant = {"bridgepeer": "peer", "eventextra": "extra"} | {name: f"cid_{name}" for name in ("name", "num", "ani", "rdnis", "dnid")}
    assert [meant.get(name, name) for name in written] == list(SAMPLE)


def test_the_pbx_of_the_end_to_end_tests_is_set_up_as_the_readme_says() -> None:
    mapping = re.search(r"^Master.csv => .*$", DOCS["README.md"], re.M)
    assert mapping
    assert mapping[0] in (ROOT / "tests" / "e2e" / "etc" / "cel_custom.conf").read_text().splitlines()
