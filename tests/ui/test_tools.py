"""What one has at hand all day: saved searches, columns, the table for others, the ways of listening, and who listened."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.ui.conftest import Site
from tests.ui.test_calls import heard, rows, search

Open = Callable[..., Page]
KEEP_THE_SOUND = "window.Audio = class extends Audio { constructor(...given) { super(...given); window.heard = this; } };"
COMES_BY_ITSELF = """(kind) => new Promise((done, failed) => {
    heard.addEventListener(kind, () => done(heard.currentTime), {once: true});
    setTimeout(() => failed(new Error(`no ${kind}`)), 20000);
})"""


def test_a_search_is_saved_found_again_and_removed(open_page: Open) -> None:
    page = open_page()
    rows(page)
    found = search(page, "agent:2001 incoming")
    menu = page.get_by_label("Saved searches")
    menu.click()
    page.get_by_label("Name of this search").fill("Julien <b>in</b>")
    page.keyboard.press("Enter")
    expect(page.locator(".saved li")).to_contain_text("Julien <b>in</b>")
    page.keyboard.press("Escape")
    assert search(page, "outgoing") != found
    menu.click()
    page.locator(".saved button").filter(has_text="Julien").press("Enter")
    expect(page.locator("#box")).to_have_value("agent:2001 incoming")
    expect(page.locator(".total")).to_have_text(re.compile(str(len(found)) if len(found) < 20 else "calls"))
    page.reload()
    rows(page)
    menu.click()
    page.get_by_label("Remove Julien <b>in</b>").click()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_columns_are_chosen_and_stay(open_page: Open) -> None:
    page = open_page(width=1920)
    rows(page)
    expect(page.get_by_role("columnheader", name="Dialled")).to_be_visible()
    page.get_by_label("Columns").click()
    page.get_by_role("checkbox", name="Dialled").uncheck()
    page.get_by_role("checkbox", name="PBX").press("Space")
    for _ in range(2):
        expect(page.get_by_role("columnheader", name="PBX")).to_be_visible()
        expect(page.get_by_role("columnheader", name="Dialled")).to_have_count(0)
        expect(page.locator(".row:visible").first).to_contain_text("demo")
        page.reload()


def test_what_was_found_is_exported_as_a_table(open_page: Open, site: Site) -> None:
    page = open_page()
    rows(page)
    search(page, "queue:sales answered longest")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Export as CSV").click()
    with Path(downloading.value.path()).open(encoding="utf-8-sig", newline="") as lines:
        table = list(csv.DictReader(lines))
    count = json.loads(site.ask("/api/v1/calls?queue=sales&outcome=answered&count=true"))["count"]
    assert re.fullmatch(r"calls-\d{4}-\d\d-\d\d\.csv", downloading.value.suggested_filename)
    assert (len(table), {row["outcome"] for row in table}) == (count, {"answered"})


def with_a_silence(route: Route) -> None:
    """As if nobody spoke from the third to the eighth second."""
    peaks = route.fetch().json()
    first, last = (int(second / peaks["step_s"]) for second in (3, 8))
    quiet = [[0 if first <= place < last else value for place, value in enumerate(channel)] for channel in peaks["channels"]]
    route.fulfill(json={**peaks, "channels": quiet})


@pytest.mark.parametrize("width", [360, 1280])
def test_the_mouse_is_enough_to_listen(open_page: Open, width: int) -> None:
    page = open_page("/?q=recorded:yes > 30s", width=width)
    page.add_init_script(KEEP_THE_SOUND)
    page.route("**/peaks", with_a_silence)
    page.reload()
    rows(page)
    page.locator(".row-play:visible").first.click()
    heard(page, "0:0[1-9]")
    for name in ("Speed", "Leave out silence", "Next call"):
        expect(page.get_by_label(name, exact=True)).to_be_in_viewport(ratio=1)
    page.get_by_label("Speed", exact=True).select_option("2")
    assert page.evaluate("[heard.playbackRate, heard.preservesPitch]") == [2, True]
    page.get_by_role("button", name="Only the caller’s channel").click()
    expect(page.get_by_role("button", name="Only the caller’s channel")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Both channels")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Both channels").click()
    box = page.locator(".wave").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 3, box["y"] + 20)
    page.get_by_label("Leave out silence").click()
    assert 7.5 < page.evaluate(COMES_BY_ITSELF, "seeking") < 8, "the silence was left out"
    page.get_by_label("Leave out silence").click()
    page.locator(".b-loop").click()
    expect(page.locator(".b-loop")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(COMES_BY_ITSELF, "seeking") < 40, "the span is heard again"
    page.locator(".b-loop").click()
    title = page.locator(".title").inner_text()
    page.mouse.click(box["x"] + box["width"] - 2, box["y"] + 20)
    expect(page.locator(".title")).not_to_have_text(title)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_label("Close the player").click()
    expect(page.locator("#player")).to_be_hidden()


def test_who_listened_is_told_to_administrators(open_page: Open) -> None:
    page = open_page("/?q=recorded:yes > 30s")
    rows(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    heard(page, "0:0[1-9]")
    page.get_by_text("Who listened").click()
    expect(page.get_by_role("row").filter(has_text="listened").filter(has_text="helene").first).to_be_visible()
    address = page.url.partition("/?")[2]
    other = open_page(f"/?{address}", as_="bruno")
    expect(other.get_by_role("button", name="Close", exact=True)).to_be_visible()
    expect(other.get_by_text("Who listened")).to_have_count(0)
