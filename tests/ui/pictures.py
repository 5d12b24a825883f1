"""Pictures of the page at each width, light and dark: `python -m tests.ui.pictures FOLDER [VIEW…]`.

One each of `IN_DOCS` goes to docs/img, all of `KEPT` to docs/img/views.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from telegraphone.config import load_config
from tests.programs import find_program
from tests.ui.conftest import ARGUMENTS, Site, _fill, _serving, _settings, site_of

WIDTHS = {360: 740, 1024: 700, 1920: 1000}
SCHEMES = ("light", "dark")
IN_DOCS = {"overview": (1024, "light"), "administration": (1024, "dark"), "player": (360, "dark"), "first-run": (1024, "light")}
"""Of these views one picture stands in docs/img."""
KEPT = ("search", "call", "overview", "administration")
DOCS = Path(__file__).parents[2] / "docs" / "img"
View = Callable[[Page, Site], None]


def show_search(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?q=incoming answered")
    page.locator(".row").first.wait_for()


def show_offers(page: Page, site: Site) -> None:
    show_search(page, site)
    page.locator("#box").fill("yesterday agent:")
    page.locator("#box").press("End")
    page.locator("#box").press_sequentially("2")
    page.locator("#offers li").first.wait_for()


def show_call(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?call={_heard(site)['id']}&t=31")
    page.locator(".lanes .bar.talk").first.wait_for()
    page.locator(".what .time").first.wait_for()


def show_player(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?q=recorded:yes")
    page.locator(".row-play:visible").first.click()
    page.get_by_label("Speed", exact=True).select_option("1.5")
    page.keyboard.press("Escape")


def show_overview(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?view=overview")
    page.locator(".plot svg .mark").first.wait_for()


def show_administration(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?view=administration&part=log")
    page.locator(".part-body table").wait_for()


def show_users(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?view=administration&part=users")
    page.locator(".part-body table").wait_for()


def show_sign_in(page: Page, site: Site) -> None:
    page.context.clear_cookies()
    page.goto(site.url)
    page.get_by_role("button", name="Sign in").wait_for()


def show_first_run(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.locator(".first-run").wait_for()


VIEWS: dict[str, View] = {
    "search": show_search, "offers": show_offers, "call": show_call, "player": show_player, "overview": show_overview,
    "administration": show_administration, "users": show_users, "sign-in": show_sign_in, "first-run": show_first_run,
}  # fmt: skip


def _heard(site: Site) -> dict[str, Any]:
    found = json.loads(site.ask("/api/v1/calls?recorded=yes&outcome=answered&direction=incoming&min_duration=40&limit=100"))["items"]
    return next(call for call in found if call["recordings"][0]["state"] == "available" and call["agents"])  # type: ignore[no-any-return]


def take(browser: Browser, site: Site, name: str, view: View, folder: Path) -> None:
    """The view at each width, light and dark: `NAME-WIDTH-SCHEME.png`."""
    cookie = {"name": "telegraphone_session", "value": site.sign_in("helene"), "url": site.url}
    for width, height in WIDTHS.items():
        for scheme in SCHEMES:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                locale="en-GB",
                timezone_id="Europe/Paris",  # type: ignore[arg-type]
            )
            context.add_cookies([cookie])  # type: ignore[list-item]
            page = context.new_page()
            view(page, site)
            page.wait_for_timeout(500)
            page.screenshot(path=folder / f"{name}-{width}-{scheme}.png")
            context.close()


@contextmanager
def _sites(folder: Path) -> Iterator[tuple[Site, Site]]:
    """The demonstration's calls, and a server that was just installed."""
    config = load_config(_settings(_made(folder / "calls")))
    _fill(config)
    with _serving(config) as site, site_of(_made(folder / "empty")) as empty:
        yield site, empty


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def main(folder: Path, names: Sequence[str]) -> None:
    """These views, or all."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = names or list(VIEWS)
    with tempfile.TemporaryDirectory() as data, _sites(Path(data)) as (site, empty), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_program("chromium", "chromium"), args=ARGUMENTS)
        for name in wanted:
            take(browser, empty if name == "first-run" else site, name, VIEWS[name], folder)
        browser.close()
    for name in set(wanted) & set(IN_DOCS):
        width, scheme = IN_DOCS[name]
        shutil.copy(folder / f"{name}-{width}-{scheme}.png", DOCS / f"{name}.png")
    for name in set(wanted) & set(KEPT):
        for picture in folder.glob(f"{name}-*.png"):
            shutil.copy(picture, DOCS / "views")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
