"""The README's five minutes with the page. `PICTURES=docs/img` takes its pictures on the way."""

import json
import os
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.ui.conftest import MORE_CALLS, ZONE, Site

Open = Callable[..., Page]
MOMENT_S = 124
NOTE = "Asks for the invoice of October again"


def keep(what: Page | Locator, name: str) -> None:
    """A picture for the README, if they are wanted."""
    if folder := os.environ.get("PICTURES"):
        what.screenshot(path=Path(folder) / f"{name}.png")


@pytest.fixture(scope="module")
def longest(site: Site) -> dict[str, Any]:
    """Yesterday's longest call that can be heard."""
    today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    days = f"pbx=demo&start={(today - timedelta(days=1)):%F}&end={today:%F}"
    found = json.loads(site.ask(f"/api/v1/calls?{days}&recorded=yes&outcome=answered&order=longest&limit=10"))["items"]
    return next(call for call in found if call["recordings"][0]["state"] == "available" and call["agents"])  # type: ignore[no-any-return]


def test_a_call_is_found_heard_shown_to_a_colleague_and_both_are_known(open_page: Open, site: Site, longest: dict[str, Any]) -> None:
    agent = longest["agents"][0]["number"]
    page = open_page(height=400, permissions=["clipboard-read", "clipboard-write"])
    find(page, agent, longest)
    page.set_viewport_size({"width": 1280, "height": 720})
    listen(page)
    page.keyboard.press("c")
    expect(page.locator(".toast")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    see_as_a_colleague(open_page(link.removeprefix(site.url), height=720, as_="agathe", color_scheme="dark"))
    page.reload()
    who_listened(page)
    note(page).get_by_label("Remove").click()  # the site is that of other tests, too
    expect(note(page)).to_have_count(0)


def note(page: Page) -> Locator:
    return page.locator(".notes li", has_text=NOTE)


def find(page: Page, agent: str, longest: dict[str, Any]) -> None:
    expect(page.locator(".row:visible").first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type(f"agent:{agent} yester")
    expect(page.locator("#offers")).to_contain_text("yesterday")
    keep(page, "find")
    page.keyboard.type(f"day longest{' pbx:demo' if MORE_CALLS else ''}")
    page.keyboard.press("Enter")
    expect(page.locator(".row:visible").first).to_contain_text(longest["caller"]["number"])


def listen(page: Page) -> None:
    page.locator(".grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".lanes .bar.talk").first).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause").first).to_be_visible()
    for speed in ("1.25", "1.5"):
        page.keyboard.press("]")
        expect(page.get_by_label("Speed", exact=True)).to_have_value(speed)
    click_at_minute_two(page)
    expect(page.locator(".what .time")).to_have_text(re.compile(r"^2:0\d / "))
    page.keyboard.press("n")
    page.keyboard.type(NOTE)
    page.keyboard.press("Enter")
    expect(note(page).locator(".time")).to_have_text(re.compile(r"^2:0\d$"))
    keep(page, "listen")


def click_at_minute_two(page: Page) -> None:
    wave = page.locator(".wave[role=slider]")
    box, seconds = wave.bounding_box(), float(wave.get_attribute("aria-valuemax") or 0)
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * MOMENT_S / seconds, box["y"] + box["height"] / 2)


def see_as_a_colleague(page: Page) -> None:
    expect(note(page)).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator(".what .time")).to_have_text(re.compile(r"^2:[01]\d / "))
    expect(page.get_by_role("button", name="Pause").first).to_be_visible()
    keep(page, "link")


def who_listened(page: Page) -> None:
    page.get_by_text("Who listened").click()
    for person, did in (("helene", "listened"), ("agathe", "listened"), ("helene", "wrote a note")):
        expect(page.locator(".side tr", has_text=person).filter(has_text=did).first).to_be_visible()
    page.locator(".side tr").last.scroll_into_view_if_needed()
    keep(page.locator(".side"), "who")


def test_it_works_on_a_telephone_in_french(open_page: Open, longest: dict[str, Any]) -> None:
    page = open_page("/?q=hier enregistré:oui pbx:demo", width=360, height=740, locale="fr-FR")
    row = page.locator(".row:visible", has_text=longest["caller"]["number"]).first
    row.locator(".row-play").click()
    expect(row).to_have_attribute("data-playing", "on")
    expect(page.locator(".what .time")).to_have_text(re.compile(r"^0:0[1-9] / "))
    keep(page, "small")
