"""One call as a person uses it: its timeline, what people know and say about it, links to a moment."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import Site

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def heard(site: Site) -> dict[str, Any]:
    """A call of more than half a minute that can be heard, taken by an agent."""
    found = json.loads(site.ask("/api/v1/calls?recorded=yes&outcome=answered&direction=incoming&min_duration=40&limit=100"))["items"]
    return next(call for call in found if call["recordings"][0]["state"] == "available" and call["agents"])  # type: ignore[no-any-return]


def test_a_call_opens_beside_the_list_and_closes_again(open_page: Open) -> None:
    page = open_page("/?q=outcome:answered")
    page.locator(".row").nth(2).click()
    expect(page).to_have_url(re.compile(r"call=\d+"))
    expect(page.locator(".lanes .bar.talk").first).to_be_visible()
    expect(page.locator(".list")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".row[aria-selected=true]")).to_have_attribute("data-index", "3")
    page.go_back()
    expect(page.locator(".side")).to_be_hidden()
    page.go_forward()
    expect(page.locator(".side")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".side")).to_be_hidden()


def test_the_timeline_tells_the_call(open_page: Open, heard: dict[str, Any]) -> None:
    page = open_page(f"/?call={heard['id']}")
    lanes = page.locator(".lanes")
    expect(lanes).to_contain_text(re.compile("queue", re.I))
    assert page.locator(".bar.talk").count() >= 2
    expect(page.locator(".facts")).to_contain_text("answered")
    box = page.locator(".sound").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.6, box["y"] + 30)
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".playhead")).to_be_visible()


def test_a_link_leads_to_a_moment(open_page: Open, heard: dict[str, Any]) -> None:
    page = open_page(f"/?call={heard['id']}&t=31")
    expect(page.locator(".what .time")).to_have_text(re.compile(r"^0:31 / "))
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator(".what .time")).to_have_text(re.compile(r"^0:3[2-9] / "))
    page.keyboard.press("c")
    expect(page.locator(".toast")).to_be_visible()


def test_notes_are_pinned_to_the_moment(open_page: Open, heard: dict[str, Any]) -> None:
    page = open_page(f"/?call={heard['id']}&t=12")
    expect(page.locator(".what .time")).to_have_text(re.compile("^0:12"))
    page.keyboard.press("n")
    page.keyboard.type("<b>he says yes</b>")
    page.keyboard.press("Enter")
    note = page.locator(".notes li").first
    expect(note).to_contain_text("<b>he says yes</b>")
    expect(note.locator(".time")).to_have_text("0:12")
    expect(page.locator(".pin")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".what .time"), "keys are the player's again").to_have_text(re.compile("^0:17"))
    page.keyboard.press("n")
    page.keyboard.type("half a")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".what .time")).to_have_text(re.compile("^0:22"))
    page.keyboard.press("n")
    page.keyboard.type(" note")
    expect(page.get_by_label("Write a note")).to_have_value("half a note")
    expect(page.locator(".write .at")).to_have_text("0:17")
    note.locator(".text").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("he says no")
    page.keyboard.press("Enter")
    expect(note).to_contain_text("he says no")
    page.reload()
    expect(page.locator(".notes li").first).to_contain_text("he says no")
    page.locator(".notes li").first.get_by_label("Remove").click()
    expect(page.locator(".notes .said")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".notes .said")).to_have_count(1)


def test_a_call_is_marked_as_reviewed(open_page: Open, heard: dict[str, Any]) -> None:
    page = open_page(f"/?call={heard['id']}")
    page.get_by_role("button", name="Mark as reviewed").click()
    expect(page.get_by_role("button", name="Reviewed by")).to_have_attribute("aria-pressed", "true")
    page.fill("#box", "reviewed:yes")
    expect(page.locator(".row:visible")).to_have_count(1)
    page.get_by_role("button", name="Reviewed by").click()
    expect(page.get_by_role("button", name="Mark as reviewed")).to_be_visible()


def test_attached_data_is_edited_in_place(open_page: Open, site: Site, heard: dict[str, Any]) -> None:
    page = open_page(f"/?call={heard['id']}")
    page.get_by_label("Key", exact=True).fill("verdict")
    page.get_by_label("Value", exact=True).fill("good")
    page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="verdict")
    expect(field).to_have_value("good")
    field.fill("<i>very</i> good")
    page.keyboard.press("Enter")
    expect(page.locator(".row[aria-selected=true], .row").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("textbox", name="verdict")).to_have_value("<i>very</i> good")
    page.locator(".data > div", has=page.get_by_role("textbox", name="verdict")).hover()
    page.get_by_role("button", name="Calls with the same verdict").click()
    expect(page.locator("#box")).to_have_value('key:"verdict=<i>very</i> good"')
    expect(page.locator(".row:visible")).to_have_count(1)
    page.locator(".row:visible").click()
    page.locator(".data > div", has=page.get_by_role("textbox", name="verdict")).hover()
    page.get_by_role("button", name="Remove verdict").click()
    expect(page.get_by_role("textbox", name="verdict")).to_have_count(0)
    assert "verdict" not in json.loads(site.ask(f"/api/v1/calls/{heard['id']}"))["attached_data"]


def test_other_calls_of_the_caller_stand_beside_it(open_page: Open, site: Site) -> None:
    calls = json.loads(site.ask("/api/v1/calls?direction=incoming&limit=300"))["items"]
    numbers = [call["caller"]["number"] for call in calls]
    call = next(call for call in calls if call["caller"]["number"] and numbers.count(call["caller"]["number"]) > 1)
    page = open_page(f"/?call={call['id']}")
    page.locator(".others a").first.click()
    expect(page).not_to_have_url(re.compile(f"call={call['id']}"))
    expect(page.locator(".call-head")).to_be_visible()
    page.get_by_text("What happened, step by step").click()
    expect(page.locator(".steps tr").first).to_contain_text("began")
    page.get_by_text("Ids and what was inferred").click()
    expect(page.locator("details[open] code").first).to_be_visible()


def test_a_call_that_is_not_there_is_said(open_page: Open) -> None:
    page = open_page("/?call=12345")
    expect(page.get_by_role("alert")).to_contain_text("not here, or not yours")
    page.get_by_label("Close", exact=True).first.click()
    expect(page.locator(".side")).to_be_hidden()


def test_a_new_server_says_what_to_do_next(open_page: Open, empty_site: Site) -> None:
    page = open_page(at=empty_site)
    expect(page.get_by_role("heading", name="No calls yet")).to_be_visible()
    pasted = page.locator("pre").all_inner_texts()
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    for line in re.findall(r"^(Master\.csv => .*|same => n,MixMonitor.*|apps = .*)$", readme, re.M):
        assert any(line in text for text in pasted), line
    assert any("TELEGRAPHONE_SOURCES=" in text for text in pasted)
