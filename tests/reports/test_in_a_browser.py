"""The page in a real browser: nothing is requested, nothing complains, nothing sticks out."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from playwright.sync_api import Browser, Error, Page, Route, sync_playwright
from plotly.offline import get_plotlyjs

from reports.html.chart import Chart
from reports.html.contents import Section, sections
from reports.html.loads import of_capacity, of_load
from reports.html.page import render
from tests.reports.html_kit import HOSTILE, ablation, hostile_run, kept
from tests.reports.load_kit import capacity_found, load_run

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FOUND = os.environ.get("PULSE_TEST_BROWSER") or next(filter(None, map(shutil.which, NAMES)), None)
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
DESKTOP, PHONE = (1440, 900), (390, 844)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(FOUND is None, reason="no Chromium on the PATH, and PULSE_TEST_BROWSER names none"),
]


class Shown(NamedTuple):
    """A page that has been drawn, what it asked the network for, and what it complained of."""

    page: Page
    requests: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            started = playwright.chromium.launch(executable_path=FOUND, args=list(QUIET))
        except Error as error:
            pytest.skip(f"{FOUND} does not start: {error.message.splitlines()[0]}")
        yield started
        started.close()


def one_of_each_kind(section: Section) -> tuple[Chart, ...]:
    return tuple({chart.key.partition("-")[0]: chart for chart in section.charts}.values())


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with a chart of each kind, of a run whose every name is markup."""
    found = tmp_path_factory.mktemp("page") / "page.html"
    points = {"hit_rate": [msgspec.structs.replace(one, arm=HOSTILE, digest=HOSTILE) for one in kept(0.5, 0.7)]}
    loads = (of_load(load_run(HOSTILE)), of_capacity(capacity_found(HOSTILE)))
    whole = (*sections([hostile_run()], [ablation()], [points]), *loads)
    few = [msgspec.structs.replace(section, charts=one_of_each_kind(section)) for section in whole]
    page = render(few, get_plotlyjs(), title=HOSTILE, command=HOSTILE)
    found.write_text(page, "utf-8")
    return found


def show(browser: Browser, file: Path, size: tuple[int, int], scheme: str) -> Shown:
    """Opens the page where every request but that for the file itself is refused, and waits until all is drawn."""
    is_phone = size == PHONE
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        is_mobile=is_phone,
        has_touch=is_phone,
    )
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []

    def refuse(route: Route) -> None:
        if route.request.url == file.as_uri():
            route.continue_()
        else:
            requests.append(route.request.url)
            route.abort()

    page.route("**/*", refuse)
    page.on("request", lambda one: requests.append(one.url) if one.url != file.as_uri() else None)
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(file.as_uri())
    try:
        page.wait_for_selector("body[data-drawn]", state="attached", timeout=60_000)
    except Error as error:
        raise AssertionError(f"nothing was drawn: {complaints}") from error
    return Shown(page, requests, complaints)


@pytest.fixture(scope="module", params=[(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop-light", "phone-dark"])
def shown(browser: Browser, file: Path, request: pytest.FixtureRequest) -> Iterator[Shown]:
    found = show(browser, file, *request.param)
    yield found
    found.page.context.close()


def test_the_page_asks_the_network_for_nothing(shown: Shown) -> None:
    assert shown.requests == []


def test_nothing_complains(shown: Shown) -> None:
    assert shown.complaints == []


def test_every_chart_is_drawn(shown: Shown) -> None:
    drawn, charts = shown.page.evaluate(
        "[document.querySelectorAll('.plot .main-svg .plot, .plot .main-svg .waterfalllayer').length > 0,"
        " [...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('svg.main-svg'))]"
    )
    assert drawn
    assert charts


def test_nothing_sticks_out_to_the_side(shown: Shown) -> None:
    wide, room = shown.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= room


def test_every_chart_fits_into_its_frame(shown: Shown) -> None:
    out = shown.page.evaluate(
        "[...document.querySelectorAll('.plot')].filter((plot) => plot.querySelector('svg').getBoundingClientRect()"
        ".right > plot.closest('figure').getBoundingClientRect().right + 1).map((plot) => plot.dataset.figure)"
    )
    assert out == []


def test_the_table_of_a_chart_unfolds_by_keyboard(shown: Shown) -> None:
    summary = shown.page.locator("figure summary").first
    summary.focus()
    shown.page.keyboard.press("Enter")
    assert shown.page.locator("figure details").first.evaluate("(details) => details.open")


def test_markup_in_names_is_text_in_the_page_and_in_the_charts(shown: Shown) -> None:
    assert shown.page.evaluate("document.images.length") == 0
    assert shown.page.evaluate("document.querySelectorAll('svg a, main a').length") == 0
    names = shown.page.locator(".legendtext").all_text_contents()
    assert any("<img src=x onerror=alert(1)>" in name for name in names)


def test_a_theme_that_changes_colours_the_charts_anew(shown: Shown) -> None:
    ink = "getComputedStyle(document.querySelector('.plot .xtick text')).fill"
    is_dark = shown.page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    shown.page.emulate_media(color_scheme="light" if is_dark else "dark")
    wanted = "rgb(22, 25, 29)" if is_dark else "rgb(232, 235, 239)"
    found = shown.page.evaluate(ink)
    for _ in range(200):
        if found == wanted:
            break
        shown.page.wait_for_timeout(20)
        found = shown.page.evaluate(ink)
    assert found == wanted


@pytest.mark.parametrize("shown", [(PHONE, "dark")], indirect=True, ids=["phone-dark"])
def test_paper_is_white_and_everything_on_it_unfolded(shown: Shown) -> None:
    look = (
        "[document.querySelectorAll('details:not([open])').length,"
        " getComputedStyle(document.querySelector('.plot .xtick text')).fill]"
    )
    shown.page.emulate_media(color_scheme="dark")
    shown.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert shown.page.evaluate(look) == [0, "rgb(22, 25, 29)"]
    shown.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert shown.page.evaluate(look)[0] > 0
