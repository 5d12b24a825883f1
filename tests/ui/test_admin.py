"""The administration as a person uses it: all that the command line does, and what others changed meanwhile."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from telegraphone.events import Unreadable
from telegraphone.opening import db_of
from telegraphone.sql.pbx.sources import put_unreadable
from tests.ui.conftest import Site, site_of

Open = Callable[..., Page]
PATH = "/?view=administration&part="


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of these tests alone: they change who may do what."""
    with site_of(tmp_path_factory.mktemp("admin"), log="1795517001|1795517001.0|hotline|NONE|ENTERQUEUE||0612|1\n") as site:
        yield site


@pytest.fixture
def open_part(open_page: Open, own: Site) -> Callable[..., Page]:
    def open_(name: str, **options: Any) -> Page:
        return open_page(PATH + name, at=own, **options)

    return open_


def asked(own: Site, path: str) -> Any:
    return json.loads(own.ask(f"/api/v1{path}"))


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("row").filter(has_text=text)


def test_a_user_is_added_changed_and_let_in_no_more(open_part: Callable[..., Page], own: Site) -> None:
    page = open_part("users")
    page.get_by_role("button", name="Add a user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("Anna")
    dialog.get_by_label("Full name").fill("Anna <b>Roux</b>")
    dialog.get_by_label("Password").fill("short")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.locator(".field", has_text="Password").locator(".wrong")).not_to_be_empty()
    dialog.get_by_label("Password").fill("long enough now")
    dialog.get_by_label("every queue, every call").check()
    dialog.get_by_role("button", name="Add").click()
    expect(dialog).to_be_hidden()
    expect(row(page, "Anna <b>Roux</b>")).to_contain_text("supervisor")
    assert asked(own, "/users/anna")["scope"]["queues"] == ["*"]
    row(page, "anna").get_by_role("button", name="Change").click()
    dialog.get_by_label("Profile").select_option("agent")
    expect(dialog.get_by_role("group", name="Queues")).to_be_hidden()
    dialog.get_by_role("button", name="Save").click()
    expect(row(page, "anna")).to_contain_text("agent")
    row(page, "anna").get_by_role("button", name="Let in no more").click()
    dialog.get_by_role("button", name="Let in no more").click()
    expect(row(page, "anna")).to_contain_text("may not sign in")
    row(page, "anna").get_by_role("button", name="Let in again").click()
    expect(row(page, "anna")).not_to_contain_text("may not sign in")
    expect(row(page, "helene").get_by_role("button", name="Let in no more")).to_have_count(0)


def test_a_dialog_is_left_by_escape_and_the_focus_goes_back(open_part: Callable[..., Page]) -> None:
    page = open_part("users")
    button = page.get_by_role("button", name="Add a user")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(button).to_be_focused()


def test_a_key_is_shown_once_and_revoked(open_part: Callable[..., Page], own: Site) -> None:
    page = open_part("keys")
    page.get_by_role("button", name="Add a key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("crm")
    dialog.get_by_label("attach data and notes").check()
    dialog.get_by_role("button", name="Add").click()
    expect(dialog).to_contain_text("shown this once")
    assert len(dialog.locator("pre").inner_text()) > 20
    dialog.get_by_role("button", name="Close").click()
    expect(row(page, "crm")).to_contain_text("find calls, attach data and notes")
    (key,) = asked(own, "/keys")["items"]
    assert (key["rights"], key["scope"]) == (["read", "attach"], None)
    row(page, "crm").get_by_role("button", name="Revoke").click()
    dialog.get_by_role("button", name="Revoke").click()
    expect(row(page, "crm")).to_contain_text("revoked")


def test_the_directory_is_changed_without_undoing_what_others_changed(open_part: Callable[..., Page], own: Site) -> None:
    page, other = open_part("directory"), open_part("directory")
    dialog = page.get_by_role("dialog")
    for at, number in ((page, "2001"), (other, "2002")):
        at.get_by_role("button", name="Add", exact=True).click()
        at.get_by_role("dialog").get_by_label("Number").fill(number)
        at.get_by_role("dialog").get_by_label("Last name").fill(f"Noël {number}")
        at.get_by_role("dialog").get_by_role("button", name="Add").click()
        expect(at.get_by_role("dialog")).to_be_hidden()
    assert [agent["number"] for agent in asked(own, "/directory/agents")] == ["2001", "2002"]
    page.get_by_role("button", name="Add", exact=True).click()
    dialog.get_by_label("Number").fill("2002")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.locator(".wrong").first).to_have_text("is there already")
    page.keyboard.press("Escape")
    page.get_by_label("Filter").fill("2002")
    expect(page.get_by_role("rowheader")).to_have_text(["2002"])
    row(page, "2002").get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("None like this.")).to_be_visible()
    assert [agent["number"] for agent in asked(own, "/directory/agents")] == ["2001"]


def test_a_directory_is_loaded_from_a_file(open_part: Callable[..., Page], own: Site, tmp_path: Path) -> None:
    page = open_part("directory&kind=queues")
    for text, told in (
        ("colour\nred\n", "the first line must name kind"), ("kind,name\ntrunk,x\n", "line 2: trunk is none of"),
        ('\ufeffkind,name,number,display_name\r\nqueue,hotline,3556,"Hot, ""line"""\r\nqueue,cars,,\r\n', "Queues: 2"),
    ):  # fmt: skip
        (tmp_path / "people.csv").write_bytes(text.encode())
        page.get_by_role("button", name="Load a file").click()
        page.get_by_role("dialog").get_by_label("File").set_input_files(tmp_path / "people.csv")
        page.get_by_role("button", name="Replace by the file").click()
        expect(page.get_by_role("dialog")).to_contain_text(told)
        page.keyboard.press("Escape")
    expect(row(page, "hotline")).to_contain_text('Hot, "line"')
    assert [queue["name"] for queue in asked(own, "/directory/queues")] == ["cars", "hotline"]


def test_how_far_each_source_was_read(open_part: Callable[..., Page]) -> None:
    page = open_part("sources")
    expect(row(page, "queue_log")).to_contain_text("followed", timeout=15_000)
    expect(row(page, "queue_log")).to_contain_text("nothing")


def test_unreadable_lines_are_tried_again_and_removed(open_part: Callable[..., Page], own: Site) -> None:
    db = db_of(own.config)
    good = "1795517009|1795517009.0|hotline|NONE|ENTERQUEUE||0612|1"
    with db.transaction() as tx:
        lines = [Unreadable(1, "<i>what?</i>", "?"), Unreadable(2, good, "?"), Unreadable(3, "and this?", "?")]
        put_unreadable(tx, "pbx1", "asterisk-queue-log", "/log", lines, datetime.now(UTC))
    db.close()
    page = open_part("unreadable")
    expect(row(page, "<i>what?</i>")).to_be_visible()
    row(page, "and this?").get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status").filter(has_text="still not understood")).to_be_visible()
    page.get_by_role("button", name="Try all again").click()
    expect(page.get_by_role("status").filter(has_text="1 of 3")).to_be_visible()
    expect(row(page, "ENTERQUEUE")).to_have_count(0)
    row(page, "and this?").get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(row(page, "and this?")).to_have_count(0)
    assert [line["text"] for line in asked(own, "/unreadable")["items"]] == ["<i>what?</i>"]


def test_a_webhook_is_added_tried_and_removed(open_part: Callable[..., Page]) -> None:
    page = open_part("webhooks")
    page.get_by_role("button", name="Add a webhook").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Address").fill("ftp://crm")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.locator(".field").first.locator(".wrong")).not_to_be_empty()
    dialog.get_by_label("Address").fill("http://127.0.0.1:9/calls")
    dialog.get_by_label("source.gap").uncheck()
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.locator("pre")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    row(page, "127.0.0.1:9").get_by_role("button", name="Send a test").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("webhook.test")
    row(page, "127.0.0.1:9").get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_the_access_log_is_filtered_and_exported(open_part: Callable[..., Page], own: Site) -> None:
    own.ask("/api/v1/calls.csv?agent=2001")
    page = open_part("log")
    expect(row(page, "agent=2001")).to_contain_text("exported")
    page.get_by_label("What", exact=True).select_option("sign_in")
    expect(page).to_have_url(re.compile("action=sign_in"))
    expect(row(page, "agent=2001")).to_have_count(0)
    expect(row(page, "signed in").first).to_contain_text("helene")
    page.reload()
    expect(page.get_by_label("What", exact=True)).to_have_value("sign_in")
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Export as CSV").click()
    lines = Path(downloading.value.path()).read_text().splitlines()
    assert len(lines) > 1
    assert all(",sign_in," in line for line in lines[1:])
    page.get_by_label("Who", exact=True).fill("nobody like this")
    expect(page.get_by_text("Nothing like this was done.")).to_be_visible()


def test_it_is_for_administrators(open_page: Open, site: Site) -> None:
    page = open_page(f"{PATH}users", at=site, as_="bruno")
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    expect(page.get_by_role("alert")).to_contain_text("You may not do this.")


@pytest.mark.parametrize("part", ["users", "keys", "directory", "sources", "unreadable", "webhooks", "log"])
def test_it_fits_a_telephone(open_part: Callable[..., Page], part: str) -> None:
    page = open_part(part, width=360, color_scheme="dark", locale="fr-FR")
    expect(page.locator(".part-body h2").first).to_be_visible()
    expect(page.locator(".parts [aria-current]")).to_be_in_viewport()
    assert page.locator("main").evaluate("main => main.scrollWidth <= main.clientWidth")
