"""The report for a pull request."""

from reports.comment import render
from reports.html.contents import sections
from tests.reports.html_kit import ablation, full_run, hostile_run


def test_the_headline_and_the_table_come_first_and_the_rest_is_folded() -> None:
    text = render(sections([full_run()], [ablation()]))
    assert text.startswith(
        "## Phase 6 takes 50.0 % less time to answer than phase 0\n\n- Response time mean: 1,002.5 ms"
    )
    assert text.index("| Response time mean, ms |") < text.index("<details>")
    assert text.count("<details><summary>") == text.count("\n\n</details>\n")
    assert "<details><summary>Response time by command</summary>\n\n| command | count |" in text


def test_the_verdicts_stand_beside_the_claims() -> None:
    text = render(sections([], [ablation()]))
    assert "| 1.1 Title of 1.1 | 20 % faster | confirmed |" in text


def test_a_failed_control_is_said_in_bold() -> None:
    assert "**NO VERDICT COUNTS" in render(sections([], [ablation(trusted=False)]))


def test_a_name_that_is_markup_is_text() -> None:
    text = render(sections([hostile_run()]))
    assert "<img" not in text
    assert "</script" not in text
    assert "&lt;img src=x onerror=alert(1)>" in text
