"""The grammar of the search box, and the days and lengths in it: asked of the browser, without a server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route

from telegraphone.ui import pages
from tests.each import each

ADDRESS = "http://telegraphone.test/"
NOW = "2026-11-24T10:00:00Z"
"""A Tuesday."""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Paris")
    opened = context.new_page()

    def answer(route: Route) -> None:
        piece = pages.pieces().get(route.request.url.removeprefix(ADDRESS))
        if piece:
            route.fulfill(body=piece.body, content_type=piece.media_type)
        else:
            route.fulfill(body="<!doctype html><html lang=en><title>x</title>", content_type="text/html")

    opened.route("**/*", answer)
    opened.goto(ADDRESS)
    yield opened
    context.close()


@pytest.fixture(scope="module")
def ask(page: Page) -> Callable[..., Any]:
    """Call a function of the module `query.js` or `moments.js`."""

    def call(module: str, function: str, *values: Any) -> Any:
        return page.evaluate(
            "([module, name, values]) => import(`/calls/${module}.js`).then((found) => found[name](...values))",
            [module, function, list(values)],
        )

    return call


UNDERSTOOD: list[tuple[str, dict[str, object]]] = [
    ("", {}),
    ("agent:2001", {"agent": "2001"}),
    ("agent:2001 yesterday longest", {"agent": "2001", "when": "yesterday", "order": "longest"}),
    ("plus_longs", {"order": "longest"}),
    ('agent:"Camille Moreau" queue:hotline', {"agent": "Camille Moreau", "queue": "hotline"}),
    ("moreau", {"agent": "moreau"}),
    ('"Camille Moreau"', {"agent": "Camille Moreau"}),
    ("Camille Moreau yesterday", {"agent": "Camille Moreau", "when": "yesterday"}),
    ("from:0612 to:3556", {"caller": "0612", "callee": "3556"}),
    ("0612345678", {"number": "0612345678"}),
    ("06 12 34 56 78", {"number": "0612345678"}),
    ("+33 612345678", {"number": "+33612345678"}),
    ("2001 yesterday", {"number": "2001", "when": "yesterday"}),
    ("> 3min", {"min": 180}),
    (">3min <1h", {"min": 180, "max": 3600}),
    ("> 3 min yesterday", {"min": 180, "when": "yesterday"}),
    ("> 90", {"min": 90}),
    ("< 2:30", {"max": 150}),
    ("> 1h30", {"min": 5400}),
    ("this week incoming missed", {"when": "this week", "direction": "incoming", "outcome": "missed"}),
    ("last 7 days", {"when": "last 7 days"}),
    ("2026-11-02..2026-11-05", {"when": "2026-11-02..2026-11-05"}),
    ("2026-11-02", {"when": "2026-11-02"}),
    ("since:2026-11-02", {"when": "2026-11-02.."}),
    ("since:2026-11-02 before:2026-11-05", {"when": "2026-11-02..2026-11-05"}),
    ("key:color=green", {"key": "color", "value": "green"}),
    ('key:"order=A 1=2"', {"key": "order", "value": "A 1=2"}),
    ("key:color", {"key": "color"}),
    ("recorded:no outcome:answered direction:internal left:timeout", {
        "recorded": "no", "outcome": "answered", "direction": "internal", "left": "timeout"}),
    ("agent:2001 queue:hotline from:0612 to:3556 > 3min yesterday key:color=green", {
        "agent": "2001", "queue": "hotline", "caller": "0612", "callee": "3556", "min": 180, "when": "yesterday", "key": "color",
        "value": "green"}),
    ("file:ventes de:06 hier > 2min entrant manqué enregistré:non", {
        "queue": "ventes", "caller": "06", "when": "yesterday", "min": 120, "direction": "incoming", "outcome": "missed",
        "recorded": "no"}),
    ("reviewed:no", {"reviewed": "no"}),
    ("aujourd’hui", {"when": "today"}),
    ("7 derniers jours", {"when": "last 7 days"}),
    ("la semaine dernière", {"when": "last week"}),
    ("agent:2001 yester", {"agent": "2001"}),
    ("agent:2001 an", {"agent": "2001"}),
    ("mor", {"agent": "mor"}),
    ("agent:", {}),
    ("outcome:mis", {}),
    ('agent:"half', {"agent": "half"}),
    ("<script>alert(1)</script>", {}),
]  # fmt: skip


def test_what_is_understood(ask: Callable[..., Any]) -> None:
    for text, wanted in UNDERSTOOD:
        assert ask("query", "parse", text)["filters"] == wanted, text


@each(("text", "part", "why"), [
    ("> never", "never", "length"), (">", ">", "length"), ("outcome:lost", "outcome:lost", "outcome"),
    ("recorded:perhaps", "recorded:perhaps", "recorded"), ("since:monday", "since:monday", "date"),
    ("agent:2001 whatever", "whatever", "unknownWord"), ("since:2026-02-30", "since:2026-02-30", "date"),
])  # fmt: skip
def test_what_is_not_understood_is_said(ask: Callable[..., Any], text: str, part: str, why: str) -> None:
    assert [(one["text"], one["why"]) for one in ask("query", "parse", text)["problems"]] == [(part, why)]


def test_what_was_read_is_written_so_that_it_is_read_alike(ask: Callable[..., Any]) -> None:
    for text, _ in UNDERSTOOD:
        filters = ask("query", "parse", text)["filters"]
        for language in ("en", "fr"):
            written = ask("query", "format", filters, language)
            again = ask("query", "parse", written)
            assert again == {"filters": filters, "problems": []}, (text, written)


@each(("text", "wanted"), [
    ("from:0612", {"caller": "0612%"}), ("0612", {"number": "%0612%"}), ("from:*5678", {"caller": "%5678"}), ("06*78", {"number": "06%78"}),
    ("longest", {"order": "longest"}),
    ("yesterday", {"since": "2026-11-22T23:00:00.000Z", "before": "2026-11-23T23:00:00.000Z"}),
    ("today", {"since": "2026-11-23T23:00:00.000Z"}), ("this week", {"since": "2026-11-22T23:00:00.000Z"}),
    ("last 7 days", {"since": "2026-11-17T23:00:00.000Z"}),
    ("last month", {"since": "2026-09-30T22:00:00.000Z", "before": "2026-10-31T23:00:00.000Z"}),
    ("2026-10-25", {"since": "2026-10-24T22:00:00.000Z", "before": "2026-10-25T23:00:00.000Z"}),
    ("2026-11-02..2026-11-05", {"since": "2026-11-01T23:00:00.000Z", "before": "2026-11-05T23:00:00.000Z"}),
    ("2026-11-02T14:30..", {"since": "2026-11-02T13:30:00.000Z"}),
    ("left:timeout > 3min recorded:yes id:1.2", {
        "queueCallStatus": "timeout", "min_duration": 180, "recorded": "yes", "unique_id": "1.2"}),
])  # fmt: skip
def test_what_the_api_is_asked(page: Page, text: str, wanted: dict[str, object]) -> None:
    asked = page.evaluate(
        "([text, now]) => import('/calls/query.js').then((q) => q.parametersOf(q.parse(text).filters, new Date(now)))", [text, NOW]
    )
    assert {name: value for name, value in asked.items() if value is not None} == wanted
