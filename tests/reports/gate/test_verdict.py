from typing import Any

import pytest

from reports.gate.model import Control, Finding, decode, encode
from reports.gate.verdict import targets
from reports.gate.waivers import waive
from reports.model import Arm, RunError, Trace
from tests.reports.gate.kit import PASSED, TODAY, finding, report, waiver

WORSE = finding(outcome="worse", failed=True, why="+4.00 %, 1 % at most allowed")
OPEN = finding(metric="cpu_ms_per_message", kind="timed", outcome="undecided", rounds=9, why="not decided")
HARMLESS = finding(metric="cpu_ms_per_message", kind="timed", outcome="undecided", is_harmless=True)
DOUBTED = (PASSED[0], Control(name="A/A", kind="timed", wanted="nothing differs", found="cpu worse", passed=False))
ALL_DOUBTED = (Control(name="A/A", kind="exact", wanted="nothing differs", found="hit_rate", passed=False), DOUBTED[1])


@pytest.mark.parametrize(
    ("findings", "more", "verdict", "exit_code"),
    [
        ([finding()], {}, "pass", 0),
        ([finding(), HARMLESS], {}, "pass", 0),
        ([WORSE], {}, "regression", 1),
        ([WORSE, OPEN], {}, "regression", 1),
        ([finding(), OPEN], {}, "undecided", 3),
        ([finding(), HARMLESS], {"controls": DOUBTED}, "withheld", 3),
        ([WORSE, HARMLESS], {"controls": DOUBTED}, "regression", 1),
        ([WORSE, HARMLESS], {"controls": ALL_DOUBTED}, "withheld", 3),
        ([finding()], {"controls": ()}, "withheld", 3),
        ([WORSE], {"controls": ()}, "withheld", 3),
        ([], {}, "nothing measured", 4),
        ([finding(head=None)], {}, "nothing measured", 4),
        ([finding()], {"trace": Trace(digest="d", seed=1, messages=199)}, "nothing measured", 4),
        ([WORSE], {"trace": Trace(digest="d", seed=1, messages=1)}, "nothing measured", 4),
        ([finding()], {"trace": Trace(digest="d", seed=1, messages=200)}, "pass", 0),
        ([finding(base=None)], {}, "nothing measured", 4),
        ([finding()], {"failure": "git: no such ref"}, "failed", 4),
        ([], {"failure": "git: no such ref"}, "failed", 4),
    ],
)
def test_the_first_thing_that_is_wrong_decides(
    findings: list[Finding], more: dict[str, Any], verdict: str, exit_code: int
) -> None:
    found = report(*findings, **more)
    assert (found.verdict, found.exit_code) == (verdict, exit_code)
    assert bool(found.why) is (verdict != "pass")


def test_a_timed_metric_without_a_round_is_not_passed_over() -> None:
    empty = finding(kind="timed", outcome="undecided", base=None, head=None, rounds=0)
    assert report(finding(), empty).verdict == "undecided"


def test_a_waived_regression_passes() -> None:
    slower = finding(head=104.0, outcome="worse", failed=True)
    found, states = waive([slower], [waiver()], TODAY)
    assert report(*found, waivers=states).verdict == "pass"


def test_an_unused_waiver_fails() -> None:
    found, states = waive([finding()], [waiver()], TODAY)
    refused = report(*found, waivers=states)
    assert (refused.verdict, refused.why) == (
        "regression",
        ("waiver of response_ms_mean unused: nothing needs it any more: remove it",),
    )


def test_targets_say_where_both_arms_stand(baseline: Arm, candidate: Arm) -> None:
    found = {one.metric: (one.base_meets, one.head_meets) for one in targets(baseline, candidate)}
    assert found == {"response_ms_mean": (False, False), "hit_rate": (False, False), "rss_mb_settled": (True, True)}


def test_a_report_survives_its_json() -> None:
    found = report(WORSE, OPEN, notes=("one",))
    assert decode(encode(found)) == found


@pytest.mark.parametrize(
    ("data", "said"), [(b"{", "truncated"), (b"{}", "schema"), (b'{"schema": 9}', "this version reads 1")]
)
def test_what_is_no_report_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(RunError, match=said):
        decode(data, "gate.json")
