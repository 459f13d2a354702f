import datetime as dt
from typing import Any

import pytest

from reports.gate.model import Finding
from reports.gate.waivers import waive
from tests.reports.gate.kit import TODAY, finding, waiver

SLOWER = finding(head=104.0, change=0.04, outcome="worse", failed=True, why="+4.00 %")


def test_a_regression_below_the_ceiling_is_waived() -> None:
    (found,), (state,) = waive([SLOWER], [waiver(0.05)], TODAY)
    assert (found.failed, found.waived, state.state, state.failed) == (False, True, "used", False)
    assert "a safer way to pay" in found.why


@pytest.mark.parametrize(
    ("findings", "changes", "state"),
    [
        ([SLOWER], {"ceiling": 0.03}, "exceeded"),
        ([SLOWER], {"expires": dt.date(2026, 1, 4)}, "expired"),
        ([finding()], {}, "unused"),
        ([SLOWER], {"command": "sned"}, "unused"),
        ([finding(head=None, failed=True)], {}, "exceeded"),
    ],
)
def test_a_waiver_that_does_not_hold_fails_and_helps_nothing(
    findings: list[Finding], changes: dict[str, Any], state: str
) -> None:
    found, (one,) = waive(findings, [waiver(**changes)], TODAY)
    assert (one.state, one.failed) == (state, True)
    assert list(found) == findings


def test_it_holds_through_its_last_day() -> None:
    _, (state,) = waive([SLOWER], [waiver(expires=TODAY)], TODAY)
    assert state.state == "used"


@pytest.mark.parametrize("other", [{"metric": "cpu_ms_per_message"}, {"phase": 2}])
def test_one_whose_metric_or_phase_was_not_measured_does_nothing(other: dict[str, Any]) -> None:
    found, (state,) = waive([SLOWER], [waiver(**other)], TODAY)
    assert (state.state, state.failed, found) == ("not measured", False, (SLOWER,))


def test_it_is_for_its_command_alone() -> None:
    other = finding(command="send", head=104.0, outcome="worse", failed=True)
    found, _ = waive([SLOWER, other], [waiver(command="send")], TODAY)
    assert [one.failed for one in found] == [True, False]


@pytest.mark.parametrize(("head", "failed"), [(0.39, False), (0.37, True)])
def test_where_more_is_better_the_ceiling_is_a_floor(head: float, failed: bool) -> None:
    lower = finding(metric="hit_rate", better="higher", unit="%", base=0.4, head=head, outcome="worse", failed=True)
    (found,), _ = waive([lower], [waiver(metric="hit_rate")], TODAY)
    assert found.failed is failed
