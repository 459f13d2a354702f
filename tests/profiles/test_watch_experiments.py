"""The experiments behind the claims of items 6.2 and 6.3, in small."""

import pytest

from profiles.experiments import ab, leak
from service.core.leaks import FEWEST_READINGS


def test_a_switch_that_does_nothing_is_left_undecided_and_one_that_saves_a_fifth_is_found() -> None:
    figures = ab.experiment(8)
    assert figures["false_alarm_rate"] == 0
    assert figures["false_guardrail_rate"] == 0
    assert figures["power_at_20_percent_faster"] == 1
    assert figures["wrong_verdicts_at_20_percent_faster"] == 0
    assert figures["guardrail_power_at_40_percent_slower"] == 1


def test_the_same_seed_gives_the_same_experiment() -> None:
    assert ab.one_experiment(5, faster_percent=10.0) == ab.one_experiment(5, faster_percent=10.0)
    assert ab.one_experiment(5, faster_percent=10.0) != ab.one_experiment(6, faster_percent=10.0)


@pytest.mark.timeout(300)  # seconds of CPU, on a machine that may be busy
@pytest.mark.no_cover
def test_sixteen_bytes_a_message_are_reported_with_their_line_and_a_clean_run_is_not() -> None:
    """Warmed up until the bot's table of finished messages is full; the real watch waits twice as long."""
    leaky, clean = (leak.watched_run(25_000, leak=is_leaky, warm_up=11_000) for is_leaky in (True, False))
    assert clean.alarms == {}
    assert clean.looks >= FEWEST_READINGS
    assert leaky.alarms["blocks"] <= 25_000
    assert 0.9 < leaky.per_message["blocks"]["low"] < 1.1
    assert any("profiles/experiments/leak.py" in site["place"] for site in leaky.sites[:3])
