"""The words of the page: each in both languages, each that is asked for there, and none that nobody asks for."""

import re
from pathlib import Path

from telegraphone.ui import pages
from tests.each import each

STATIC = Path(pages.__file__).parent / "static"
TEXTS = {path.name: path.read_text("utf-8") for path in (STATIC / "texts").iterdir()}
CODE = "\n".join(path.read_text("utf-8") for path in sorted(STATIC.rglob("*.js")) if path.parent.name != "texts")


def keys(name: str) -> tuple[list[str], list[str]]:
    """Those of English and of French, in their order."""
    english, _, french = TEXTS[name].partition("\n  fr: {")
    return _keys(english[english.index("en: {") :]), _keys(french)


def _keys(text: str) -> list[str]:
    return [bare or quoted for bare, quoted in re.findall(r"(?:(?<=[{,\s])(\w+)|'([\w. ]+)'): '", text)]


KNOWN = {key for name in TEXTS for key in keys(name)[0]}


@each("name", sorted(TEXTS))
def test_every_text_is_there_in_each_language(name: str) -> None:
    english, french = keys(name)
    assert len(english) > 10
    assert sorted(english) == sorted(french)
    assert len(set(english)) == len(english)


@each("name", sorted(TEXTS))
def test_what_is_put_into_a_text_is_the_same_in_each_language(name: str) -> None:
    english, _, french = TEXTS[name].partition("\n  fr: {")
    values = [dict(re.findall(r"'?([\w. ]+)'?: '([^'\n]*)'", text)) for text in (english, french)]
    for key in values[0]:
        assert {*re.findall(r"{\w+}", values[0][key])} == {*re.findall(r"{\w+}", values[1].get(key, ""))}, key


def test_every_text_that_is_asked_for_is_there() -> None:
    asked = set(re.findall(r"\b(?:t|plural)\('([^']+)'", CODE))
    assert len(asked) > 100
    assert {key for key in asked if key not in KNOWN and f"{key}.one" not in KNOWN} == set()


def test_no_text_is_there_for_nothing() -> None:
    """A key stands in the code as it is, or it has one of the beginnings or ends that code puts together."""
    words = {*re.findall(r"'([^'\n]*)'", CODE), *re.findall(r"\b(\w+):", CODE)}
    beginnings = tuple(one for one in re.findall(r"`([\w.]+\.)\$\{", CODE))
    ends = tuple(re.findall(r"\$\{\w+\}(\w+)`", CODE))
    plain = {key: re.sub(r"\.(one|other|many)$", "", key) for key in KNOWN}
    unused = {key for key, base in plain.items() if not {key, base} & words and not key.startswith(beginnings) and not key.endswith(ends)}
    assert unused == set()
