"""What everybody needs of the page: read by a screen reader, quick, still while it loads, and showing text as text."""

import json
import re
import subprocess
import tarfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.ui.conftest import Site

Open = Callable[..., Page]
AXE = "axe-core@4.14.1"


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The checker's text, from the npm registry."""
    cache = Path.home() / ".cache" / "telegraphone-tests"
    cache.mkdir(parents=True, exist_ok=True)
    kept = cache / f"{AXE}.js"
    if not kept.exists():
        folder = tmp_path_factory.mktemp("axe")
        try:
            packed = subprocess.run(["npm", "pack", AXE, "--silent"], cwd=folder, capture_output=True, check=True, timeout=120, text=True)
        except (OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"{AXE} is not to be had from npm: {error}")
        with tarfile.open(folder / packed.stdout.strip().splitlines()[-1]) as archive:
            text = archive.extractfile("package/axe.min.js")
            assert text is not None
            kept.write_bytes(text.read())
    return kept.read_text("utf-8")


def faults(page: Page, axe: str) -> list[str]:
    """What hinders somebody seriously, with the place."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found["violations"] if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:5]
    ]  # fmt: skip


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_hinders_anybody_seriously(open_page: Open, site: Site, axe: str, scheme: str) -> None:
    call = json.loads(site.ask("/api/v1/calls?recorded=yes&outcome=answered&min_duration=40"))["items"][0]
    for address, width in ((f"/?call={call['id']}&t=3", 1280), ("/?q=agent:nobody", 1280), ("/?q=incoming&call=1", 360)):
        page = open_page(address, width=width, color_scheme=scheme)
        expect(page.locator(".desk")).to_have_attribute("data-state", "ready")
        if "t=3" in address:
            expect(page.locator(".lanes .bar").first).to_be_visible()
            page.get_by_text("Ids and what was inferred").click()
            page.locator(".you summary").click()
        assert faults(page, axe) == []
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.get_by_role("dialog")).to_be_visible()
        assert faults(page, axe) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_neither_does_the_overview_nor_the_administration(open_page: Open, axe: str, scheme: str) -> None:
    page = open_page("/?view=overview", width=1280, color_scheme=scheme)
    expect(page.locator(".plot")).to_have_count(3)
    page.get_by_text("As a table").first.click()
    assert faults(page, axe) == []
    for part in ("users", "directory", "log"):
        page.goto(f"{page.url.partition('?')[0]}?view=administration&part={part}")
        expect(page.locator(".part-body table")).to_be_visible()
        assert faults(page, axe) == [], part
        if part != "log":
            page.get_by_role("button", name=re.compile("^Add")).first.click()
            expect(page.get_by_role("dialog")).to_be_visible()
            assert faults(page, axe) == [], part
            page.keyboard.press("Escape")


def test_the_sign_in_form_hinders_nobody(open_page: Open, axe: str) -> None:
    page = open_page()
    page.context.clear_cookies()
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert faults(page, axe) == []


def _fulfill(answer: Any, route: Route) -> None:
    route.fulfill(json=answer)


OVERLAPS = """() => {
    const parts = [...document.querySelectorAll('.brand, #top nav, .box, .total, .tools, .you')]
        .map((one) => one.getBoundingClientRect().toJSON()).filter((one) => one.width > 1 && one.height > 1);
    const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    return parts.flatMap((a, n) => parts.slice(n + 1).filter((b) => meet(a, b)).map((b) => [a, b]));
}"""


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_nothing_at_the_top_covers_anything_else(open_page: Open, locale: str) -> None:
    page = open_page("/?q=incoming", locale=locale)
    expect(page.locator(".desk")).to_have_attribute("data-state", "ready")
    for width in (360, 480, 640, 761, 768, 820, 912, 981, 1024, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(OVERLAPS) == [], width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


HOSTILE = '"><img src=x onerror=alert(1)><script>alert(1)</script>'


def test_script_is_shown_as_text_everywhere(open_page: Open, site: Site) -> None:
    call = json.loads(site.ask("/api/v1/calls?recorded=yes&outcome=answered&min_duration=40"))["items"][0]
    told = json.loads(site.ask(f"/api/v1/calls/{call['id']}"))
    wicked = {
        **call, "caller": {"number": HOSTILE, "name": HOSTILE}, "dialled": {"number": HOSTILE, "name": HOSTILE}, "pbx": HOSTILE,
        "agents": [{**one, "name": HOSTILE} for one in call["agents"]], "attached_data": {HOSTILE: HOSTILE},
        "queues": [{**one, "name": HOSTILE} for one in call["queues"]],
        "recordings": [{**one, "id": HOSTILE, "flaws": [HOSTILE]} for one in call["recordings"]], "certainty": {HOSTILE: HOSTILE},
    }  # fmt: skip
    whole = {
        **wicked, "transfers": [{"kind": "blind", "by": HOSTILE, "agent": None, "to": HOSTILE, "at": call["answered_at"]}], "holds": [],
        "legs": [{**leg, "number": HOSTILE, "name": HOSTILE, "interface": HOSTILE} for leg in told["legs"]],
        "timeline": [{"at": call["started_at"], "kind": "started", "who": HOSTILE, "detail": HOSTILE}],
    }  # fmt: skip
    at = call["started_at"]
    note = {"id": 1, "text": HOSTILE, "author": HOSTILE, "recording": None, "at_s": 1.0, "written_at": at, "updated_at": at}
    answers: dict[str, Any] = {
        r"/calls\?": {"items": [wicked], "next": None, "count": 1, "count_is_exact": True},
        rf"/calls/{call['id']}$": whole,
        r"/notes": {"items": [note], "next": None},
        r"/suggestions": {"items": [{"value": HOSTILE, "name": HOSTILE}], "next": None},
        r"/searches": {"items": [{"name": HOSTILE, "query": "q=" + HOSTILE}], "next": None},
        r"/directory/agents": [{"number": HOSTILE, "name": HOSTILE}],
    }
    page = open_page("/?q=agent:nobody")
    dialogs = list[str]()
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    for pattern, answer in answers.items():
        page.route(re.compile(r"/api/v1" + pattern), partial(_fulfill, answer))
    page.goto(f"{site.url}/?q={HOSTILE}&call={call['id']}")
    expect(page.locator(".call-title")).to_contain_text(HOSTILE)
    for part in (".row", ".facts", ".lanes", ".notes", ".data"):
        expect(page.locator(part).first).to_be_visible()
    for folded in ("What happened, step by step", "Ids and what was inferred"):
        page.get_by_text(folded).click()
    page.get_by_label("Saved searches").click()
    page.locator("#box").press_sequentially(" agent:x")
    page.locator(".row").first.click()
    assert page.locator("img, script:not([src]), [onerror]").count() == 0
    assert dialogs == []


def test_the_page_is_painted_at_once_and_nothing_moves(open_page: Open) -> None:
    """Counted by the browser itself; the bounds are those of a busy machine."""
    page = open_page("/?q=incoming")
    page.evaluate("""() => { window.moved = 0; new PerformanceObserver((list) => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) window.moved += one.value;
    }).observe({type: 'layout-shift', buffered: true}); }""")
    expect(page.locator(".desk")).to_have_attribute("data-state", "ready")
    page.fill("#box", "answered")
    expect(page.locator(".desk")).to_have_attribute("data-state", "ready")
    page.wait_for_timeout(300)
    assert page.evaluate("window.moved") < 0.02
    sent = page.evaluate("""[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]
        .reduce((sum, one) => sum + one.transferSize, 0)""")
    assert 10_000 < sent < 150_000, "everything that was fetched, calls and heads of answers included"
