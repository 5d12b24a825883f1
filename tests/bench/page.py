"""The page in Chromium over a large store, as a person uses it: `python -m tests.bench page [CALLS]`. It needs Debian's chromium."""

import statistics
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from telegraphone.access import SYSTEM
from telegraphone.credentials import hash_password
from telegraphone.db import open_db
from telegraphone.sql.people.accounts import Wanted, add_account
from tests import sounds
from tests.api.telling import feed, queue_call
from tests.bench.answering import TOKEN, answering
from tests.bench.multiplied import build
from tests.bench.over_http import machine
from tests.programs import find_program, how_to_install

NAME, PASSWORD, HOUR_S = "desk", "a password of the bench", 3600
TRIES, ROWS, STEP_PX = 10, 5000, 96
TYPED = ("agent:2001 incoming > 1min", "queue:hotline answered", "0612", "key:case=C0000000001", "moreau last 30 days")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--no-first-run", "--autoplay-policy=no-user-gesture-required"]
WATCHED = """(() => {
    window.moved = 0;
    new PerformanceObserver((list) => { for (const one of list.getEntries()) if (!one.hadRecentInput) moved += one.value; })
        .observe({type: 'layout-shift', buffered: true});
    window.Audio = class extends Audio { constructor(...given) { super(...given); window.heard = this; } };
    for (const kind of ['keydown', 'click', 'pointerup']) addEventListener(kind, (event) => { window.since = event.timeStamp; }, true);
})()"""
PAINTED = """() => [performance.getEntriesByName('first-paint')[0].startTime, performance.now(),
    [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]
        .reduce((sum, one) => sum + one.transferSize, 0)]"""
ANSWERED = """() => new Promise((done) => {
    const text = document.getElementById('box').value.trim(), desk = document.querySelector('.desk');
    const look = () => ((desk.dataset.q || '').trim() === text && desk.dataset.state === 'ready'
        ? requestAnimationFrame(() => done(performance.now() - since)) : requestAnimationFrame(look));
    look();
})"""
SCROLLED = """([rows, step]) => new Promise((done) => {
    const grid = document.querySelector('.grid'), frames = [];
    let before = performance.now();
    const move = (now) => {
        frames.push(now - before);
        before = now;
        grid.scrollTop += step;
        if (grid.scrollTop / 32 < rows && frames.length < 4000) requestAnimationFrame(move);
        else done(frames.slice(1));
    };
    requestAnimationFrame(move);
})"""
UNTIL = "(kind) => ({found: new Promise((done) => heard.addEventListener(kind, () => done(performance.now()), {once: true}))})"
TOOK = "async ({found}) => await found - since"
PLAYED_ON = "() => new Promise((done) => { const at = heard.currentTime; setTimeout(() => done(heard.currentTime - at), 2000); })"


class Line(NamedTuple):
    """One line of the table."""

    what: str
    target: str
    values: list[float]
    unit: str = "ms"


def main(calls: int = 1_000_000) -> None:
    """Build the store, look at it, print the table."""
    chromium = find_program("chromium", "chromium")
    if chromium is None:
        print(f"\nthis needs Chromium, which is not here. Run: {how_to_install('chromium')}")
        return
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        build(url, calls)
        _add(url)
        with answering(url, Path(folder) / "data", timezone="Europe/Paris") as port, sync_playwright() as playwright:
            site = f"http://127.0.0.1:{port}"
            _upload(site)
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            print(f"\n{calls:,} calls; {machine()}\n\n| | target | median | worst | tries |\n|---|---|---|---|---|", flush=True)
            for line in _lines(browser, site):
                _print(line)
            browser.close()


def _print(line: Line) -> None:
    show: Callable[[float], str] = (lambda n: f"{n:,.0f} {line.unit}") if line.unit != "" else (lambda n: f"{n:.3g}")
    print(
        f"| {line.what} | {line.target} | {show(statistics.median(line.values))} | {show(max(line.values))} | {len(line.values)} |",
        flush=True,
    )


def _add(url: str) -> None:
    """Somebody who signs in, and a call of an hour."""
    db, now = open_db(url, readers=1), datetime.now(UTC)
    with db.transaction() as tx:
        add_account(tx, SYSTEM, NAME, Wanted(profile="administrator"), hash_password(PASSWORD), now)
    began = now - timedelta(seconds=HOUR_S + 600)
    feed(db, queue_call(f"{began.timestamp():.0f}.1", started_at=began, caller="0699999999", talk_s=HOUR_S, recording="hour"))
    db.close()


def _upload(site: str) -> None:
    tone = sounds.tone(HOUR_S)
    request = urllib.request.Request(
        f"{site}/api/v1/recordings/hour/audio", sounds.wav(tone, tone), {"X-Auth-Token": TOKEN, "Content-Type": "audio/wav"}, method="PUT"
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=600).close()


def _lines(browser: Browser, site: str) -> Iterator[Line]:
    with _context(browser) as context:
        context.request.post(f"{site}/api/v1/session", data={"name": NAME, "password": PASSWORD}, headers={"Origin": site})
        state = context.storage_state()
    painted = [_painted(browser, site, state) for _ in range(TRIES)]
    yield Line("first paint, nothing cached", "300 ms", [paint for paint, _, _ in painted])
    yield Line("the same of a page of one word, without a server", "", [_bare(browser, site) for _ in range(TRIES)])
    yield Line("first calls seen", "", [rows for _, rows, _ in painted])
    yield Line("bytes of the first view, calls and heads included", "150 KB", [sent / 1000 for _, _, sent in painted], "KB")
    with _opened(browser, site, state) as page:
        for text in TYPED:
            yield Line(f"each key of `{text}`", "100 ms", _typed(page, text))
        page.fill("#box", "")
        page.evaluate("() => { window.since = performance.now(); }")
        page.evaluate(ANSWERED)
        thread = page.context.new_cdp_session(page)
        thread.send("Performance.enable", {"timeDomain": "threadTicks"})
        before, frames = _worked_ms(thread), page.evaluate(SCROLLED, [ROWS, STEP_PX])
        work = (_worked_ms(thread) - before) / len(frames)
        yield Line(f"a frame while {ROWS:,} calls are scrolled, three rows a frame", "17 ms", frames)
        yield Line("of these, the page's own work", "16 ms", [work])
        yield Line("of these, longer than 20 ms", "0 %", [100 * sum(frame > 20 for frame in frames) / len(frames)], "%")
        yield Line("layout shift of all this", "0", [page.evaluate("() => moved")], "")
    yield from _heard(browser, site, state)


def _worked_ms(thread: CDPSession) -> float:
    """What the page's thread has used of a processor, whatever else the machine does."""
    return 1000 * sum(float(one["value"]) for one in thread.send("Performance.getMetrics")["metrics"] if one["name"] == "TaskDuration")


def _painted(browser: Browser, site: str, state: Any) -> list[float]:
    with _opened(browser, site, state) as page:
        return list(page.evaluate(PAINTED))


def _bare(browser: Browser, site: str) -> float:
    """What the browser and the machine take for a first paint of anything."""
    with _context(browser) as context:
        page = context.new_page()
        page.route("**/*", lambda route: route.fulfill(body="<!doctype html><p>word", content_type="text/html"))
        page.goto(site)
        page.wait_for_timeout(500)
        return float(page.evaluate(PAINTED)[0])


def _typed(page: Page, text: str) -> list[float]:
    page.fill("#box", "")
    page.wait_for_timeout(300)
    took = []
    for key in text:
        page.keyboard.press(key)
        took.append(page.evaluate(ANSWERED))
        page.wait_for_timeout(120)
    return took


def _heard(browser: Browser, site: str, state: Any) -> Iterator[Line]:
    starts, places, speeds = [], [], []
    for _ in range(TRIES):
        with _opened(browser, site, state, "/?q=0699999999") as page:
            began = page.evaluate_handle(UNTIL, "playing")
            page.locator(".row-play:visible").first.click()
            starts.append(page.evaluate(TOOK, began))
            page.keyboard.press("]")
            page.keyboard.press("]")
            box = page.locator(".wave").bounding_box() or {}
            place = page.evaluate_handle(UNTIL, "seeked")
            page.mouse.click(box["x"] + box["width"] / 30, box["y"] + 10)
            places.append(page.evaluate(TOOK, place))
            speeds.append(page.evaluate(PLAYED_ON) / 2)
    yield Line("an hour's wav (115 MB): from the click to its sound", "300 ms", starts)
    yield Line("from a click at minute two to its sound", "300 ms", places)
    yield Line("seconds heard in a second at 1.5×", "1.5", speeds, "")


@contextmanager
def _context(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="Europe/Paris", **options)
    yield context
    context.close()


@contextmanager
def _opened(browser: Browser, site: str, state: Any, address: str = "/") -> Iterator[Page]:
    """A page in a browser that knows nothing yet, with its first calls."""
    with _context(browser, storage_state=state) as context:
        page = context.new_page()
        page.add_init_script(WATCHED)
        page.goto(site + address)
        page.locator(".desk[data-state=ready] .row").first.wait_for()
        yield page
