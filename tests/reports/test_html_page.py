"""The page: whole in itself, and every text of a run is data."""

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from itertools import pairwise

from reports.html.contents import Section, sections
from reports.html.page import render
from tests.reports.html_kit import HOSTILE, ablation, full_run, hostile_run

LIBRARY = "window.Plotly = {react() {}};"


class Elements(HTMLParser):
    """Every element with its attributes, and the texts of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.texts: list[str] = []
        self._in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._in_script = tag == "script"

    def handle_data(self, data: str) -> None:
        (self.scripts if self._in_script else self.texts).append(data)
        self._in_script = False

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def page_of(*, hostile: bool = False) -> str:
    run = hostile_run() if hostile else full_run()
    return render(
        sections([run], [ablation()]), LIBRARY, title=HOSTILE if hostile else "A title", command="pulse report"
    )


def test_a_name_that_is_markup_makes_no_element() -> None:
    page = Elements(page_of(hostile=True))
    assert page.named("img") == []
    assert "onerror" not in {name for _, attributes in page.found for name in attributes}
    assert len(page.named("script")) == len(page.scripts)
    assert any("<img src=x onerror=alert(1)>" in text for text in page.texts)


def test_the_figures_of_a_hostile_run_are_still_json() -> None:
    page = Elements(page_of(hostile=True))
    figures = [text for text in page.scripts if text.startswith("{")]
    assert figures
    assert all("data" in json.loads(text) for text in figures)


def test_the_page_refers_to_nothing_outside() -> None:
    page = Elements(page_of())
    links = [value for _, attributes in page.found for name, value in attributes.items() if name in {"src", "href"}]
    assert links
    assert all(value is not None and value.startswith(("#", "data:,")) for value in links)


def test_the_policy_allows_two_scripts_and_no_network() -> None:
    page = Elements(page_of())
    policy = next(meta["content"] for meta in page.named("meta") if meta.get("http-equiv")) or ""
    hashes = re.findall(r"'sha256-([^']+)'", policy)
    ours = page.scripts[-1]
    assert hashes == [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (ours, LIBRARY)]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")


def test_the_library_is_in_the_page_once_and_packed() -> None:
    packed = [text for text in Elements(page_of()).scripts if text.startswith("H4sI")]
    assert [gzip.decompress(base64.b64decode(text)).decode() for text in packed] == [LIBRARY]


def test_a_page_without_charts_has_no_library() -> None:
    page = Elements(render([Section(title="t", kicker="k")], LIBRARY, title="t"))
    assert page.scripts == []


def test_the_same_runs_make_the_same_page() -> None:
    assert page_of() == page_of()


def test_every_chart_has_its_words_and_its_table() -> None:
    page = Elements(page_of())
    plots = [attributes for attributes in page.named("div") if attributes.get("role") == "img"]
    identifiers = {attributes.get("id") for _, attributes in page.found}
    assert len(plots) == len(page.named("figure")) > 10
    assert all(plot["aria-describedby"] in identifiers and plot["data-figure"] in identifiers for plot in plots)
    assert len(page.named("caption")) == len(page.named("table")) > len(plots)


def test_no_two_elements_have_one_name() -> None:
    names = [attributes["id"] for _, attributes in Elements(page_of()).found if "id" in attributes]
    assert len(names) == len(set(names))


def test_headings_leave_no_level_out() -> None:
    levels = [int(tag[1]) for tag, _ in Elements(page_of()).found if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_figures_stay_on_one_line_with_their_units() -> None:
    assert "the roadmap&#39;s &lt;\N{NO-BREAK SPACE}200\N{NO-BREAK SPACE}ms is missed by" in page_of()


def test_commands_are_shown_as_code() -> None:
    run = full_run()
    page = render(sections([run]), LIBRARY, title="t")
    assert "give the file of <code>pulse bench --ablate --json FILE</code>, too." in page


def test_an_ablation_that_is_not_trusted_says_so_first() -> None:
    page = render(sections([], [ablation(trusted=False)]), LIBRARY, title="t")
    assert page.index("NO VERDICT COUNTS") < page.index("<table")
