"""The overview as a person uses it: figures, plots read by pointing, keys and tables, what lacks its recording, what goes on now."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, expect

from telegraphone.events import Event
from tests.api.telling import direct_call, queue_call
from tests.ui.conftest import TOKEN, Site, site_of

Open = Callable[..., Page]


def overview(site: Site, query: str = "") -> dict[str, Any]:
    """The same figures as the page asks for, from the API."""
    today = datetime.now(UTC).date()
    since = f"{today - timedelta(days=30)}T22:00:00Z"  # more than the page's thirty days, whatever the hour: compared as bounds
    found: dict[str, Any] = json.loads(site.ask(f"/api/v1/overview?since={since}&timezone=Europe/Paris{query}"))
    return found


def tile(page: Page, name: str) -> int:
    text = page.locator(".tile", has=page.get_by_text(name, exact=True)).locator("b").inner_text()
    return int(re.sub(r"\D", "", text))


def test_the_figures_are_those_of_the_server(open_page: Open, site: Site) -> None:
    page = open_page("/?view=overview")
    expect(page.locator(".tile")).to_have_count(6)
    total = overview(site)["total"]
    assert 0 < tile(page, "Calls") <= total["calls"]
    expect(page.locator(".plot")).to_have_count(3)
    expect(page.locator(".plot svg .mark.steel").first).to_be_visible()


def test_a_plot_is_read_by_keys_and_as_a_table(open_page: Open) -> None:
    page = open_page("/?view=overview")
    calls = page.get_by_role("group", name=re.compile("^Calls"))
    calls.focus()
    page.keyboard.press("ArrowLeft")
    readout = page.locator(".plot", has=calls).locator(".readout")
    expect(readout).to_contain_text(re.compile(r"not answered *\d"))
    last = readout.inner_text()
    page.keyboard.press("ArrowLeft")
    expect(readout).not_to_have_text(last)
    page.keyboard.press("Home")
    expect(readout).to_contain_text("answered")
    figure = page.locator(".plot", has=calls)
    figure.get_by_text("As a table").click()
    expect(figure.locator("tbody tr")).to_have_count(30)


def test_a_day_leads_to_its_calls(open_page: Open) -> None:
    page = open_page("/?view=overview&direction=incoming")
    page.get_by_role("group", name=re.compile("^Calls")).focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"q=direction%3Aincoming"))
    expect(page.locator("#box")).to_have_value(re.compile(r"^direction:incoming \d{4}-\d\d-\d\d$"))


def test_what_is_chosen_stands_in_the_address(open_page: Open, site: Site) -> None:
    page = open_page("/?view=overview")
    expect(page.locator(".tile")).to_have_count(6)
    before = tile(page, "Calls")
    page.get_by_label("Queue", exact=True).select_option("hotline")
    expect(page).to_have_url(re.compile("queue=hotline"))
    expect(page.locator(".tile b").first).not_to_have_text(str(before))
    assert tile(page, "Calls") <= overview(site, "&queue=hotline")["total"]["calls"]
    page.get_by_label("When").select_option("7")
    expect(page).to_have_url(re.compile("days=7"))
    page.go_back()
    page.go_back()
    expect(page.locator(".tile b").first).to_have_text(str(before))
    page.reload()
    expect(page.locator(".tile b").first).to_have_text(str(before))


def test_a_queue_and_an_agent_lead_to_their_calls(open_page: Open) -> None:
    page = open_page("/?view=overview")
    page.get_by_role("region", name="Queues").get_by_role("link", name="Hotline").click()
    expect(page.locator("#box")).to_have_value(re.compile(r"^queue:hotline \d{4}-\d\d-\d\d\.\.$"))
    expect(page.locator(".row:visible").first).to_be_visible()


def test_what_lacks_its_recording_is_listed_with_the_reason(open_page: Open, site: Site) -> None:
    found = json.loads(site.ask("/api/v1/coverage/missing"))["items"]
    page = open_page("/?view=overview")
    rows = page.get_by_role("region", name="Calls without").locator("tbody tr")
    expect(rows.first).to_contain_text("announced, never came" if found[0]["reason"] == "missing" else " ")
    rows.first.get_by_role("link").click()
    expect(page).to_have_url(re.compile(rf"call={found[0]['id']}"))


@pytest.mark.parametrize("width", [360, 1024, 1920])
def test_it_fits_whatever_the_width(open_page: Open, width: int) -> None:
    page = open_page("/?view=overview", width=width, color_scheme="dark", locale="fr-FR")
    expect(page.get_by_role("heading", name="Vue d’ensemble")).to_be_visible()
    expect(page.locator(".plot")).to_have_count(3)
    assert page.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")


@pytest.fixture(scope="module")
def live_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of its own, to which calls come while one looks."""
    with site_of(tmp_path_factory.mktemp("live")) as site:
        yield site


def tell(site: Site, events: list[Event]) -> None:
    """Send them as a PBX's agent does."""
    lines = b"\n".join(
        msgspec.json.encode({"kind": e.kind, "at": e.at, **{name: getattr(e, name) for name in FIELDS if getattr(e, name)}}) for e in events
    )
    headers = {"X-Auth-Token": TOKEN, "Content-Type": "application/jsonl"}
    request = urllib.request.Request(f"{site.url}/api/v1/events?source=telegraphone", lines, headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
        assert json.loads(answer.read())["unreadable"] == []


FIELDS = ("leg", "linked_id", "channel", "number", "exten", "context", "app", "app_data", "dnid", "queue", "member", "detail")


def test_what_goes_on_now_comes_and_goes(open_page: Open, live_site: Site) -> None:
    began = datetime.now(UTC) - timedelta(seconds=95)
    page = open_page("/?view=overview", at=live_site)
    now = page.get_by_role("region", name="Now").first
    expect(now).to_contain_text("No call is going on.")
    talk = direct_call(f"{began.timestamp():.0f}.1", started_at=began, is_over=False)
    tell(live_site, talk)
    row = now.locator("tbody tr")
    expect(row).to_have_count(1, timeout=15_000)
    expect(row).to_contain_text("1001")
    expect(now.locator(".tally").nth(1)).to_contain_text("1 talking")
    expect(row.locator("td.n")).to_have_text(re.compile(r"^[12]:\d\d$"))
    waiting = queue_call(f"{began.timestamp():.0f}.9", started_at=datetime.now(UTC), caller="<b>0612</b>", agent=None, wait_s=500)
    tell(live_site, [event for event in waiting if event.at < datetime.now(UTC) + timedelta(seconds=60)])
    expect(now.locator(".tally").nth(0)).to_contain_text("1 waiting", timeout=15_000)
    expect(now.locator("tr[data-state=waiting]")).to_contain_text("<b>0612</b>")
    over = direct_call(f"{began.timestamp():.0f}.1", started_at=began, talk_s=91)
    tell(live_site, over[len(talk) :])
    expect(now.locator(".tally").nth(1)).to_contain_text("0 talking", timeout=15_000)
