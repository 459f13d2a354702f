import pytest

from reports.gate.controls import nothing_changed, slowed
from reports.gate.model import Finding
from tests.reports.gate.kit import finding

WORSE = finding(outcome="worse", failed=True)
OPEN = finding(outcome="undecided", kind="timed")


@pytest.mark.parametrize(
    ("findings", "passed"),
    [
        ([finding()], True),
        ([finding(), WORSE], False),
        ([finding(outcome="better")], False),
        ([finding(outcome="undecided")], False),
        ([OPEN], True),
        ([], False),
    ],
)
def test_equal_arms_have_to_be_found_equal(findings: list[Finding], passed: bool) -> None:
    assert nothing_changed("exact", findings).passed is passed


@pytest.mark.parametrize(
    ("findings", "passed"),
    [([WORSE], True), ([WORSE, finding()], False), ([OPEN], False), ([finding(outcome="worse")], False), ([], False)],
)
def test_a_slower_arm_has_to_fail(findings: list[Finding], passed: bool) -> None:
    assert slowed("timed", findings).passed is passed


def test_a_control_says_what_it_found() -> None:
    assert nothing_changed("exact", [WORSE]).found == "response_ms_mean worse"
