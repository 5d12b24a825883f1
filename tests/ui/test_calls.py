"""The list of calls as a person uses it: sign in, search, listen."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.ui.conftest import PASSWORD, Seen, Site, watch

Open = Callable[..., Page]


FITTING = "Math.ceil(document.querySelector('.grid').clientHeight / 32)"
IN_SIGHT = """() => {
    const {bottom} = document.querySelector('.grid').getBoundingClientRect();
    const seen = [...document.querySelectorAll('.row')].filter((row) => !row.hidden && row.getBoundingClientRect().top < bottom);
    return seen.map((row) => row.innerText);
}"""


def rows(page: Page) -> list[str]:
    """Those in sight; a moment later some more are ready below."""
    expect(page.locator(".desk")).to_have_attribute("data-state", "ready")
    return [text.replace("\n", " ") for text in page.evaluate(IN_SIGHT)]


def search(page: Page, text: str) -> list[str]:
    page.fill("#box", text)
    expect(page).to_have_url(re.compile(re.escape(urlencode({"q": text.strip()})) + "$"))
    return rows(page)


def heard(page: Page, least: str) -> None:
    """Wait until so much was heard: `least` is a pattern of the player's time."""
    expect(page.locator(".what .time")).to_have_text(re.compile(f"^{least}"))


def test_one_signs_in_and_out(browser: Browser, site: Site, seen: Seen) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    watch(page, site, seen)
    page.goto(site.url + "/?q=incoming")
    expect(page.get_by_label("Name")).to_be_focused()
    page.get_by_label("Name").fill("helene")
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(re.compile("belong together"))
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    assert all("incoming" in row for row in rows(page))
    page.locator(".you summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert seen == []
    context.close()


def test_where_another_server_knows_the_people_a_link_leads_there_and_back(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.route("**/api/v1/session/ways", lambda route: route.fulfill(json={"password": True, "openid": "/api/v1/session/openid"}))
    page.goto(site.url + "/?q=incoming")
    link = page.get_by_role("link", name="Sign in with your organisation")
    expect(link).to_have_attribute("href", "/api/v1/session/openid?next=%2F%3Fq%3Dincoming")
    expect(page.get_by_label("Name")).to_be_focused()
    context.close()


def test_a_refusal_elsewhere_is_told_in_the_readers_language(browser: Browser, site: Site) -> None:
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    page.goto(site.url + "/?refused=nothing&q=incoming")
    expect(page.get_by_role("alert").filter(has_text="rien ne vous est attribué")).to_be_visible()
    expect(page).to_have_url(site.url + "/?q=incoming")
    context.close()


def test_the_language_goes_along_to_another_browser(open_page: Open) -> None:
    page = open_page(as_="bruno")
    page.locator(".you summary").click()
    with page.expect_response(lambda answer: answer.url.endswith("/session/language")):
        page.get_by_label("Français").check()
    expect(page.get_by_role("link", name="Appels")).to_be_visible()
    other = open_page(as_="bruno")
    expect(other.get_by_role("link", name="Appels")).to_be_visible()
    other.locator(".you summary").click()
    with other.expect_response(lambda answer: answer.url.endswith("/session/language")):
        other.get_by_label("English").check()
    expect(other.get_by_role("link", name="Calls")).to_be_visible()


def test_who_is_given_some_calls_sees_those(open_page: Open, site: Site) -> None:
    page = open_page(as_="bruno")
    rows(page)
    count = json.loads(site.ask("/api/v1/calls?queue=sales&count=true"))["count"]
    expect(page.locator(".total")).to_have_text(f"{count} calls")
    assert page.get_by_role("link", name="Administration").count() == 0


def test_a_session_that_ends_is_said_and_one_goes_on_where_one_was(open_page: Open) -> None:
    page = open_page("/?q=incoming")
    rows(page)
    expect(page.locator(".row:visible")).to_have_count(page.evaluate(FITTING) + 8)  # nothing more is asked for by itself
    page.context.clear_cookies()
    page.fill("#box", "incoming answered")
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    page.get_by_label("Name").fill("helene")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    assert rows(page)
    expect(page.locator("#box")).to_have_value("incoming answered")


def test_results_come_as_one_types_and_stay_in_the_address(open_page: Open) -> None:
    page = open_page()
    everything = rows(page)
    found = search(page, "agent:2001 incoming")
    assert found and found != everything
    page.reload()
    assert rows(page) == found
    assert page.locator("#box").input_value() == "agent:2001 incoming"
    expect(page.locator(".f-direction select")).to_have_value("incoming")
    expect(page.locator(".f-agent input")).to_have_value("2001")


def test_the_address_follows_when_who_types_pauses(open_page: Open) -> None:
    page = open_page("/?q=incoming")
    before = rows(page)
    addresses: list[str] = []
    page.on("framenavigated", lambda frame: addresses.append(frame.url))
    page.locator("#box").fill("")
    page.locator("#box").press_sequentially("agent:2001 answered")
    expect(page).to_have_url(re.compile(r"q=agent%3A2001\+answered$"))
    assert len(addresses) < 10, "not at each key"
    page.locator(".row").first.click()
    expect(page).to_have_url(re.compile("call="))
    page.go_back()
    expect(page.locator(".side")).to_be_hidden()
    expect(page.locator("#box")).to_have_value("agent:2001 answered")
    assert rows(page) != before


COUNTS_TOLD = """() => {
    const total = document.querySelector('.total');
    window.told = [];
    new MutationObserver(() => told.push(total.textContent)).observe(total, {childList: true, characterData: true, subtree: true});
}"""


def test_a_key_asks_for_as_many_calls_as_fit(open_page: Open) -> None:
    page = open_page("/?q=pbx:demo")
    rows(page)
    asked: list[int] = []
    page.on("request", lambda one: asked.extend(map(int, re.findall(r"/calls\?.*direction=incoming.*limit=(\d+)", one.url))))
    fitting = page.evaluate(FITTING)
    page.evaluate(COUNTS_TOLD)
    search(page, "incoming")
    assert asked[0] == fitting + 8
    assert f"{fitting + 8}+ calls" in page.evaluate("told"), "so many are known before they are counted"
    expect(page.locator(".row:visible")).to_have_count(fitting + 8)  # what is scrolled to is ready


def test_no_page_of_other_results_is_asked_for_while_one_waits(open_page: Open) -> None:
    page = open_page("/?q=pbx:demo")
    rows(page)
    expect(page.locator(".row:visible")).to_have_count(page.evaluate(FITTING) + 8)  # they are looked at, and more may be asked for
    held: list[Route] = []
    incoming = re.compile("/api/v1/calls\\?.*direction=incoming")

    def hold(route: Route) -> None:
        held.append(route)

    page.route(incoming, hold)
    with page.expect_request(incoming):
        page.fill("#box", "pbx:demo incoming")
    page.set_viewport_size({"width": 1280, "height": 3000})
    page.wait_for_timeout(400)
    assert ["cursor" in one.request.url for one in held] == [False]
    held[0].continue_()
    assert rows(page)


def test_filters_and_box_stay_in_step(open_page: Open) -> None:
    page = open_page()
    rows(page)
    page.locator(".f-outcome select").select_option("missed")
    page.locator(".f-min input").fill("3min")
    page.locator(".f-when select").select_option("last 7 days")
    expect(page.locator("#box")).to_have_value("missed > 3min last 7 days")
    search(page, "queue:hotline")
    expect(page.locator(".f-outcome select")).to_have_value("")
    expect(page.locator(".f-queue input")).to_have_value("hotline")


def test_the_list_is_endless_and_does_not_jump(open_page: Open) -> None:
    page = open_page("/?q=pbx:demo")
    rows(page)
    page.locator(".grid").focus()
    for _ in range(1000):  # what is not there yet is asked for when the end comes into sight
        page.evaluate("document.querySelector('.grid').scrollTop += 900")
        page.wait_for_timeout(15)
        if page.locator(".grid").get_attribute("aria-rowcount") != "-1":
            break
    expect(page.locator(".grid")).not_to_have_attribute("aria-rowcount", "-1")
    assert page.locator(".row").count() < 60, "rows are used again"
    total = int(re.sub(r"\D", "", page.locator(".total").inner_text()))
    assert page.locator(".grid").get_attribute("aria-rowcount") == str(total + 1)


def test_the_longest_call_of_an_agent_is_found_by_word_and_by_header(open_page: Open, site: Site) -> None:
    calls = json.loads(site.ask("/api/v1/calls?agent=2001&order=longest&limit=1000"))
    page = open_page()
    rows(page)
    newest = search(page, "agent:2001")
    assert search(page, "agent:2001 longest") != newest
    expect(page.locator(".total")).to_have_text(f"longest of {calls['compared']['calls']:,}")
    expect(page.locator("[role=columnheader][aria-sort=descending]")).to_have_text("Talk")
    page.locator(".grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"call={calls['items'][0]['id']}"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="When").click()
    expect(page.locator("#box")).to_have_value("agent:2001")
    assert rows(page)[:10] == newest[:10]
    page.get_by_role("button", name="Talk", exact=True).press("Enter")
    expect(page.locator("#box")).to_have_value("agent:2001 longest")


def test_where_not_all_were_compared_it_is_said(open_page: Open) -> None:
    page = open_page()
    rows(page)

    def answer(route: Route) -> None:
        found = route.fetch().json()
        route.fulfill(json={**found, "compared": {"calls": 20_000, "since": "2026-11-12T08:00:00Z"}})

    page.route(re.compile("order=longest"), answer)
    search(page, "longest")
    expect(page.locator("#box-note")).to_contain_text("The newest 20,000 calls were compared")
    expect(page.locator("#box-note")).to_contain_text("12 November 2026")


def test_nothing_found_says_which_condition_to_leave_out(open_page: Open) -> None:
    page = open_page()
    rows(page)
    assert search(page, "agent:nobody incoming") == []
    page.get_by_role("button", name="agent:nobody").click()
    expect(page.locator("#box")).to_have_value("incoming")
    assert rows(page)


def test_an_operator_and_a_name_are_offered(open_page: Open) -> None:
    page = open_page()
    rows(page)
    page.locator("#box").press_sequentially("age")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#box")).to_have_value("agent:")
    page.locator("#box").press_sequentially("mor")
    expect(page.get_by_role("option", name="Camille Moreau")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(page.locator("#box")).to_have_value("agent:2000 ")
    expect(page).to_have_url(re.compile("agent%3A2000$"))
    assert any("Camille Moreau" in row for row in rows(page))


def test_words_and_people_are_offered_by_their_beginnings(open_page: Open) -> None:
    page = open_page()
    rows(page)
    page.locator("#box").press_sequentially("in")
    expect(page.locator("#offers li").first).to_have_text("incoming")
    page.fill("#box", "")
    page.locator("#box").press_sequentially("mo")
    expect(page.locator("#offers li").first).to_have_text(re.compile("Moreau"))
    page = open_page(locale="fr-FR")
    page.locator("#box").press_sequentially("ma")
    expect(page.locator("#offers").get_by_text("manqué")).to_be_visible()


CUT_OFF = """() => [...document.querySelectorAll('.row .c-when')].filter((cell) => cell.lastChild.getBoundingClientRect().right
    > cell.getBoundingClientRect().right + 0.5).length"""


@pytest.mark.parametrize(("width", "locale"), [(360, "en-GB"), (1280, "en-US"), (1280, "fr-FR")])
def test_the_hour_of_a_call_of_another_year_is_seen(open_page: Open, width: int, locale: str) -> None:
    page = open_page(width=width, locale=locale)
    page.clock.set_fixed_time(datetime(2131, 1, 1, tzinfo=UTC))
    page.reload()
    assert any(re.search(r"\b20\d\d\b", text) for text in rows(page))
    assert page.evaluate(CUT_OFF) == 0


@pytest.mark.parametrize("width", [360, 1280])
def test_a_row_plays_and_playing_goes_on_while_one_searches(open_page: Open, width: int) -> None:
    page = open_page("/?q=recorded:yes", width=width)
    rows(page)
    page.locator(".row-play:visible").first.click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    heard(page, "0:0[1-9]")
    search(page, "outgoing")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_the_keyboard_is_enough_to_listen(open_page: Open) -> None:
    page = open_page("/?q=recorded:yes > 1min")
    rows(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    first = page.locator(".title").inner_text()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    heard(page, "(0:3[5-9]|0:[45]|1:)")
    page.keyboard.press("]")
    expect(page.get_by_label("Speed", exact=True)).to_have_value("1.25")
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Leave out silence")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("1")
    expect(page.get_by_role("button", name="Only the caller’s channel")).to_have_attribute("aria-pressed", "true")
    for _ in range(9):
        page.keyboard.press("ArrowDown")
        if page.locator(".title").inner_text() != first:
            break
    assert page.locator(".title").inner_text() != first, "the next call plays on"
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("#box")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#box")).to_have_value("recorded:yes > 1min")
    expect(page.locator("#box")).not_to_be_focused()


def test_a_drag_repeats_a_span(open_page: Open) -> None:
    page = open_page("/?q=recorded:yes")
    rows(page)
    page.locator(".row-play:visible").first.click()
    heard(page, "0:0[1-9]")
    box = page.locator(".wave").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.52, box["y"] + 20, steps=4)
    page.mouse.up()
    expect(page.locator(".b-loop")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".b-loop")).to_have_attribute("aria-pressed", "false")


def test_calls_come_while_one_looks(open_page: Open, site: Site) -> None:
    page = open_page("/?q=number:0199000077")
    rows(page)
    at = datetime.now(UTC) - timedelta(seconds=30)
    events = [
        {"kind": kind, "at": at.isoformat(), "leg": "77.1", "linked_id": "77.1", "channel": "PJSIP/trunk-1", "number": "0199000077"}
        for kind in ("leg_started", "leg_hung_up")
    ]  # fmt: skip
    with page.expect_response(lambda answer: "/api/v1/changes" in answer.url):
        page.reload()
    rows(page)
    site.send("/api/v1/events?source=telegraphone&pbx=demo", "\n".join(map(json.dumps, events)).encode())
    expect(page.locator(".row:visible")).to_have_count(1, timeout=15_000)
