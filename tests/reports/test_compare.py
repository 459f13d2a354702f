import msgspec
import pytest

from reports.compare import Change, Row, change, compare
from reports.metrics import METRICS, figure
from reports.model import Arm, Metrics
from reports.targets import TARGETS, is_met, target_of

METRIC = {metric.key: metric for metric in METRICS}


def row(key: str, baseline: Arm, candidate: Arm) -> Row:
    return next(row for row in compare(baseline, candidate) if row.metric.key == key)


def test_the_catalogue_has_every_metric_of_a_run_in_its_order() -> None:
    assert [metric.key for metric in METRICS] == list(Metrics.__struct_fields__)


def test_every_metric_has_a_row_in_the_same_order(baseline: Arm, candidate: Arm) -> None:
    assert tuple(row.metric for row in compare(baseline, candidate)) == METRICS


@pytest.mark.parametrize(
    ("key", "before", "after", "expected"),
    [
        ("response_ms_mean", 500.0, 250.0, Change(absolute=-250.0, relative=-0.5, direction="better")),
        ("response_ms_p99", 100.0, 110.0, Change(absolute=10.0, relative=0.1, direction="worse")),
        ("hit_rate", 0.5, 0.75, Change(absolute=0.25, relative=0.5, direction="better")),
        ("hit_rate", 0.5, 0.25, Change(absolute=-0.25, relative=-0.5, direction="worse")),
        ("response_ms_p50", 0.1, 0.1, Change(absolute=0.0, relative=0.0, direction="same")),
        ("upstream_calls_per_message", 0.0, 1.0, Change(absolute=1.0, relative=None, direction="worse")),
        ("rss_mb_peak", None, 1.0, None),
        ("rss_mb_peak", 1.0, None, None),
    ],
)
def test_a_change_is_exact_and_knows_its_direction(
    key: str, before: float | None, after: float | None, expected: Change | None
) -> None:
    assert change(METRIC[key], before, after) == expected


def test_the_smallest_difference_is_not_the_same() -> None:
    found = change(METRIC["response_ms_mean"], 500.0, 500.00000000000006)
    assert found is not None
    assert found.direction == "worse"


def test_targets_are_held_against_the_candidate(baseline: Arm, candidate: Arm) -> None:
    met = {row.metric.key: row.target_met for row in compare(baseline, candidate) if row.target}
    assert met == {"response_ms_mean": False, "hit_rate": False, "rss_mb_settled": True}


def test_a_target_of_what_was_not_measured_is_open(baseline: Arm, candidate: Arm) -> None:
    unmeasured = msgspec.structs.replace(candidate.metrics, rss_mb_settled=None)
    found = row("rss_mb_settled", baseline, msgspec.structs.replace(candidate, metrics=unmeasured))
    assert (found.target, found.target_met, found.change) == (target_of("rss_mb_settled"), None, None)


@pytest.mark.parametrize(
    ("key", "bound", "over"),
    [("response_ms_mean", 200.0, 199.9), ("hit_rate", 0.8, 0.801), ("rss_mb_settled", 200.0, 199.9)],
)
def test_a_value_on_the_bound_does_not_meet_a_target(key: str, bound: float, over: float) -> None:
    target = target_of(key)
    assert target is not None
    assert (is_met(target, bound), is_met(target, over)) == (False, True)


def test_no_target_is_met_by_its_own_baseline() -> None:
    assert [is_met(target, target.baseline) for target in TARGETS] == [False, False, False]


def test_the_candidate_is_shown_as_a_multiple_of_its_limit(baseline: Arm, candidate: Arm) -> None:
    ratios = {row.metric.key: (row.limit, row.limit_ratio) for row in compare(baseline, candidate) if row.limit}
    assert ratios == {
        "response_ms_mean": (125.0, 2.0),
        "hit_rate": (0.9, pytest.approx(0.8)),
        "upstream_calls_per_message": (0.64, 1.25),
    }


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("hit_rate", 0.4012, "40.1"),
        ("response_ms_p99", 2045.67, "2,045.7"),
        ("cpu_ms_per_message", None, "-"),
        ("upstream_calls_per_message", 0.81349, "0.813"),
    ],
)
def test_a_figure_is_shown_in_its_unit(key: str, value: float | None, text: str) -> None:
    assert figure(METRIC[key], value) == text
