import pytest

from reports.gate.sequence import Sequence
from reports.gate.timed import finding, sequences
from tests.reports.gate.kit import budget, limit

RULES = budget(limit("cpu_ms_per_message", "2 %"), limit("rss_mb_peak", "3 %"), limit("rss_mb_settled", 4.0))


def judged(head: float, rounds: int, *, at_most: float | None = None) -> tuple[str, bool, str]:
    sequence = Sequence(alpha=0.005, margin=0.02)
    for _ in range(rounds):
        sequence.add(1.0, head)
    rules = budget(limit("cpu_ms_per_message", "2 %", at_most=at_most))
    found = finding("cpu_ms_per_message", sequence, rules)
    return found.outcome, found.failed, found.why


def test_the_chance_of_a_false_alarm_is_shared_out() -> None:
    found = sequences(["cpu_ms_per_message", "rss_mb_peak"], RULES)
    assert {name: (one.alpha, one.margin) for name, one in found.items()} == {
        "cpu_ms_per_message": (0.005, 0.02),
        "rss_mb_peak": (0.005, 0.03),
    }


@pytest.mark.parametrize("metric", ["redis_operation_ms", "rss_mb_settled"])
def test_a_metric_without_a_margin_in_percent_has_no_sequence(metric: str) -> None:
    assert sequences([metric], RULES) == {}


def test_a_sequence_knows_the_good_direction() -> None:
    rules = budget(limit("goodput_per_s", "2 %"))
    assert sequences(["goodput_per_s"], rules)["goodput_per_s"].better == "higher"


def test_a_proven_slow_down_fails() -> None:
    assert judged(1.05, 20) == ("worse", True, "worse by more than 2.0 % after 20 rounds (+5.0 % to +5.0 %)")


def test_what_is_proven_the_same_passes() -> None:
    outcome, failed, why = judged(1.0, 20)
    assert (outcome, failed) == ("same", False)
    assert why.startswith("the same within 2.0 % after 20 rounds")


def test_a_few_rounds_prove_nothing() -> None:
    assert judged(1.05, 5) == ("undecided", False, "not decided whether it is within 2.0 % after 5 rounds")


def test_nothing_measured_is_said() -> None:
    assert judged(1.0, 0) == ("undecided", False, "nothing was measured")


def test_an_absolute_limit_holds_for_the_mean_of_rounds() -> None:
    outcome, failed, why = judged(1.0, 20, at_most=0.9)
    assert (outcome, failed) == ("same", True)
    assert why.startswith("1.000 ms, more than 0.900 ms; the same within")


@pytest.mark.parametrize(("step", "failed"), [(0.0001, False), (0.01, True)])
def test_a_crossing_counts_only_where_the_arms_are_proven_to_differ(step: float, failed: bool) -> None:
    sequence = Sequence(alpha=0.005, margin=0.02)
    for number in range(40):
        noise = 0.002 if number % 2 else -0.002
        sequence.add(0.9999, 0.9999 * (1 + step + noise))
    rules = budget(limit("cpu_ms_per_message", "2 %", at_most=0.99995, enforced="crossing"))
    found = finding("cpu_ms_per_message", sequence, rules)
    assert found.head is not None
    assert (found.outcome, found.failed, found.head > 0.99995) == ("same", failed, True)
