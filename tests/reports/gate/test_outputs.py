"""What a reader, a pull request and a CI get to see."""

import json
import xml.etree.ElementTree as ET

import pytest

from reports.document import Document
from reports.gate.annotations import github, gitlab
from reports.gate.comment import MARKER, markdown
from reports.gate.junit import render
from reports.gate.model import (
    Calibration,
    Control,
    GateReport,
    Interval,
    Moved,
    Resolution,
    TargetState,
)
from reports.gate.view import document
from reports.gate.waivers import waive
from reports.model import Trace
from tests.reports.gate.kit import TODAY, finding, report, waiver

SLOWER = finding(head=104.0, change=0.04, outcome="worse", failed=True, why="+4.00 %, 1 % at most allowed")
OF_SEND = finding(
    command="send",
    head=130.0,
    change=0.3,
    outcome="worse",
    failed=True,
    why="+30.00 %",
    limits=("worse by 5 % at most",),
)
TIMED = finding(
    metric="cpu_ms_per_message",
    title="CPU per message",
    kind="timed",
    outcome="undecided",
    why="not decided",
    rounds=30,
    change=0.012,
    interval=Interval(-0.01, 0.034),
    alpha=0.01,
)
CALIBRATED = Calibration(
    comparisons=400,
    false_alarms=1,
    rate=Interval(0.00006, 0.0138),
    resolutions=(Resolution(metric="cpu_ms_per_message", smallest_change=0.03, rounds=40, minutes=2.0),),
)
MOVED = (Moved(kind="command", name="send", base=0.2, head=0.26, unit="ms"),)


def texts(shown: Document) -> list[str]:
    return [cell.text for grid in shown.grids for row in grid.rows for cell in row]


def suite(found: GateReport) -> ET.Element:
    (one,) = ET.fromstring(render(found))  # noqa: S314 - our own
    return one


def test_the_verdict_comes_first_and_says_why() -> None:
    shown = document(report(SLOWER))
    assert shown.title == "Performance gate failed: a regression"
    assert shown.lines[0] == "response_ms_mean: +4.00 %, 1 % at most allowed"
    assert shown.lines[1] == "the work tree (bbbbbbbbbbbb) against origin/main (aaaaaaaaaaaa)"


def test_the_traffic_and_the_budget_are_named() -> None:
    found = report(finding(), trace=Trace(digest="d", seed=1, messages=1_000, workload="reference"), budget="default")
    assert document(found).lines[1] == "budget default, 1,000 messages of workload reference, seed 1"


def test_every_metric_has_a_row_with_what_is_allowed() -> None:
    shown = document(report(finding(limits=("worse by 1 % at most",)), SLOWER))
    rows = [[cell.text for cell in row] for row in shown.grids[0].rows]
    assert rows[0] == ["Response time mean, ms", "100.0", "100.0", "same", "same", "worse by 1 % at most"]
    assert rows[1][3:5] == ["+4.00 %", "FAILED"]


def test_a_timed_metric_shows_its_interval() -> None:
    row = document(report(TIMED)).grids[0].rows[0]
    assert [cell.text for cell in row][3:6] == ["+1.20 %", "-1.0 % to +3.4 %", "undecided"]


def test_of_commands_only_those_that_changed_are_shown() -> None:
    shown = document(report(finding(), finding(command="price"), OF_SEND))
    assert "Response time mean of send, ms" in texts(shown)
    assert "Response time mean of price, ms" not in texts(shown)


def test_of_many_commands_the_worst_are_shown_and_the_rest_counted() -> None:
    many = [finding(command=f"c{place:02}", outcome="worse", change=place / 100) for place in range(20)]
    shown = document(report(*many))
    (grid,) = [one for one in shown.grids if one.title.startswith("Commands")]
    assert grid.rows[0][0].text == "Response time mean of c19, ms"
    assert (len(grid.rows), shown.notes[0]) == (12, "8 more figures of commands changed: the JSON has them all.")


def test_a_new_figure_is_called_new_and_a_harmless_one_not_worse() -> None:
    harmless = finding(kind="timed", outcome="undecided", is_harmless=True, rounds=3)
    said = texts(document(report(finding(base=None, outcome="undecided"), harmless)))
    assert "new" in said
    assert "not worse" in said


def test_the_rate_of_false_alarms_is_stated() -> None:
    notes = " ".join(document(report(TIMED, calibration=CALIBRATED)).notes)
    assert "at most 1.00%" in notes
    assert "1 false alarms in 400 comparisons of equal arms, a rate of 0.0% to 1.4% (95 %)" in notes
    assert "cpu_ms_per_message +3.0 % in 2.0 min" in notes


def test_a_calibration_stands_in_every_report() -> None:
    assert any("were calibrated" in note for note in document(report(finding(), calibration=CALIBRATED)).notes)


def test_a_machine_that_was_not_calibrated_is_said_to_be_so() -> None:
    assert any("pulse calibrate" in note for note in document(report(TIMED)).notes)


def test_controls_waivers_targets_and_leads_have_their_tables() -> None:
    findings, states = waive([SLOWER], [waiver()], TODAY)
    target = TargetState(
        metric="response_ms_mean",
        title="Response time mean",
        text="< 200 ms",
        base=308.9,
        head=None,
        base_meets=False,
        head_meets=None,
    )
    said = texts(document(report(*findings, waivers=states, targets=(target,), explanation=MOVED)))
    assert {"A/A", "passed", "used", "308.9 ms, missed", "-", "send", "0.26 ms"} <= set(said)


def test_the_comment_begins_with_its_marker_and_folds_all_but_the_verdict() -> None:
    text = markdown(report(SLOWER, OF_SEND))
    assert text.startswith(f"{MARKER}\n## ❌ Performance gate failed: a regression\n")
    assert text.index("| Response time mean, ms |") < text.index("<details>") < text.index("of send, ms |")
    assert text.count("<details>") == text.count("</details>") == 3


def test_the_comment_shows_text_of_others_and_runs_none_of_it() -> None:
    text = markdown(report(finding(), failure="<img src=x> @everyone & more"))
    assert "&lt;img src=x&gt; @\u200beveryone &amp; more" in text


def test_a_comment_is_never_too_long() -> None:
    text = markdown(report(*[finding(title="x" * 400) for _ in range(500)]))
    assert len(text) < 65_536
    assert text.endswith("the job's log has it.\n")


def test_junit_tells_regressions_from_what_could_not_be_judged() -> None:
    doubted = Control(name="A/A", kind="timed", wanted="nothing", found="cpu", passed=False)
    found = suite(report(finding(), SLOWER, TIMED, finding(waived=True), controls=(doubted,)))
    assert {key: found.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "1",
        "errors": "2",
        "skipped": "1",
    }


def test_junit_names_the_figure_and_says_what_is_wrong() -> None:
    failure = suite(report(OF_SEND)).find("testcase/failure")
    assert failure is not None
    assert (failure.get("message"), failure.text) == ("+30.00 %", "+30.00 %")
    assert suite(report(OF_SEND))[0].get("name") == "response_ms_mean:send"


def test_junit_of_a_gate_that_failed_itself_is_an_error() -> None:
    case = suite(report(failure="no such ref"))[0]
    error = case.find("error")
    assert error is not None
    assert (case.get("name"), error.text) == ("failed", "no such ref")


def test_junit_holds_any_text() -> None:
    message = suite(report(finding(failed=True, why='a < b & "c"\x00'))).find("testcase/failure")
    assert message is not None
    assert message.get("message") == 'a < b & "c"\ufffd'


def test_github_gets_an_error_for_each_failure_and_the_verdict() -> None:
    assert github(report(finding(), OF_SEND)).splitlines() == [
        "::error title=Response time mean of send::+30.00 %25",
        "::notice title=Performance gate failed%3A a regression::the work tree against origin/main",
    ]


def test_githubs_syntax_is_escaped() -> None:
    awkward = finding(title="a:b,c%d", failed=True, why="one\ntwo\r::error::three")
    assert github(report(awkward)).splitlines()[0] == "::error title=a%3Ab%2Cc%25d::one%0Atwo%0D::error::three"


def test_of_more_than_github_shows_the_last_counts_the_rest() -> None:
    lines = github(report(*[SLOWER] * 25)).splitlines()
    errors = [line for line in lines if line.startswith("::error")]
    assert len(errors) == 10
    assert errors[-1].endswith("::and 16 more: see the report")


def test_what_is_withheld_is_a_warning_and_a_tool_that_failed_an_error() -> None:
    assert github(report(finding(), controls=())).startswith("::warning title=Performance gate withheld%3A")
    assert github(report(failure="no such ref")).startswith("::error title=Performance gate could not be carried out::")


def test_gitlab_gets_an_entry_for_each_failure_with_a_fingerprint_of_its_own() -> None:
    entries = json.loads(gitlab(report(SLOWER, OF_SEND)))
    assert [(one["severity"], one["check_name"]) for one in entries] == [("major", "pulse-gate")] * 2
    assert len({one["fingerprint"] for one in entries}) == 2
    assert entries[0]["location"] == {"path": "pyproject.toml", "lines": {"begin": 1}}


def test_a_fingerprint_stays_when_the_figure_moves() -> None:
    again = finding(outcome="worse", failed=True, why="+4.10 %")
    one, two = (json.loads(gitlab(report(found)))[0] for found in (SLOWER, again))
    assert one["fingerprint"] == two["fingerprint"]


def test_gitlab_gets_an_empty_list_when_nothing_is_wrong() -> None:
    assert json.loads(gitlab(report(finding()))) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0518114997, "1.052"), (230.742, "230.7"), (12_345.6, "12,346"), (3.0, "3"), (0.0, "0"), (0.04567, "0.04567")],
)
def test_what_moved_is_shown_with_digits_that_say_something(value: float, text: str) -> None:
    moved = Moved(kind="function", name="parse", base=None, head=value)
    assert text in texts(document(report(finding(failed=True, outcome="worse"), explanation=(moved,))))
