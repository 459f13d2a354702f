"""Growth of memory over a load run, on series of which it is known."""

import math
import random
from collections.abc import Callable
from itertools import accumulate

import pytest

from reports.model import RunError
from reports.rss import Growth, Rss, SlopeLimit, growth_of, parse_slope_limit, unjudged
from service.core.trend import theil_sen

READINGS = 400
EVERY = 1_000  # messages between two readings


def series(level: Callable[[int], float], readings: int = READINGS, every: int = EVERY) -> Rss:
    numbers = range(readings + 1)
    return Rss(
        at_s=tuple(float(n) for n in numbers),
        messages=tuple(every * n for n in numbers),
        rss_mb=tuple(level(every * n) for n in numbers),
    )


def growth(level: Callable[[int], float]) -> Growth:
    found = growth_of(series(level))
    assert found is not None
    return found


def walk(seed: int) -> Rss:
    """A level that goes up and down, and nowhere on the whole."""
    dice = random.Random(seed)
    steps = list(accumulate((dice.gauss(0.0, 0.1) for _ in range(READINGS)), initial=80.0))
    return series(lambda messages: steps[messages // EVERY])


def test_a_line_is_found_to_the_digit() -> None:
    found = growth(lambda messages: 80 + 6e-6 * messages)
    assert (found.mb_per_million, found.low, found.high) == pytest.approx((6.0, 6.0, 6.0), abs=0.1)
    assert (found.grows, found.flattens, found.warm_up, found.messages) == (True, False, 100_000, 300_000)


def test_a_leak_in_steps_of_pages_is_growth() -> None:
    found = growth(lambda messages: 80 + 0.25 * (messages // 25_000))
    assert found.low < 10.0 < found.high
    assert found.grows


def test_a_single_jump_is_no_growth_however_high_it_is() -> None:
    assert not growth(lambda messages: 80.0 + 500 * (messages > 210_000)).grows


def test_a_peak_is_no_level() -> None:
    found = growth(lambda messages: 180.0 if messages % 50_000 == 0 else 80.0)
    assert (found.mb_per_million, found.low, found.high) == (0.0, 0.0, 0.0)


def test_what_came_before_the_warm_up_was_over_does_not_count() -> None:
    found = growth(lambda messages: 80 + min(50.0, messages / 1_000))
    assert (found.mb_per_million, found.grows) == (0.0, False)


def test_what_fills_up_grows_less_and_less() -> None:
    found = growth(lambda messages: 90 - 10 * math.exp(-messages / 100_000))
    assert (found.grows, found.flattens) == (True, True)


def test_a_random_walk_is_seldom_taken_for_growth_where_blocks_and_their_slope_often_are() -> None:
    """Nominally 5 %. The other interval is Sen's of twelve means of blocks, which takes them for independent."""
    walks = [walk(seed) for seed in range(150)]
    wrong = [found for rss in walks if (found := growth_of(rss)) is not None and (found.grows or found.high < 0)]
    assert len(wrong) <= 0.1 * len(walks)
    others = [theil_sen(list(range(12)), _means(rss.rss_mb[100:], 12), 0.95) for rss in walks]
    assert sum(one is not None and (one.low > 0 or one.high < 0) for one in others) >= 0.3 * len(walks)


def _means(values: tuple[float, ...], count: int) -> list[float]:
    size = len(values) // count
    return [sum(values[n * size : (n + 1) * size]) / size for n in range(count)]


@pytest.mark.parametrize(
    ("rss", "why"),
    [
        (Rss(at_s=(), messages=(), rss_mb=()), "0 messages are too few"),
        (series(lambda _: 80.0, readings=20), "20,000 messages are too few"),
        (series(lambda _: 80.0, readings=40, every=10_000), "31 readings after the warm-up"),
    ],
)
def test_too_little_is_not_judged_and_it_is_said_why(rss: Rss, why: str) -> None:
    assert why in unjudged(rss)
    assert growth_of(rss) is None


def test_gaps_without_readings_take_the_next_one() -> None:
    numbers = [*range(0, 150_000, 500), *range(350_000, 400_001, 500)]
    rss = Rss(
        at_s=tuple(map(float, numbers)),
        messages=tuple(numbers),
        rss_mb=tuple(80 + 5e-6 * n for n in numbers),
    )
    found = growth_of(rss)
    assert found is not None
    assert found.low <= 5.0 <= found.high


def test_a_reading_is_the_last_one_until_then() -> None:
    rss = series(float, readings=3, every=1)
    assert [rss.at(at_s) for at_s in (-0.1, 0.0, 1.5, 99.0)] == [None, 0.0, 1.0, 3.0]


def test_columns_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="equally long"):
        Rss(at_s=(1.0,), messages=(), rss_mb=(1.0,))


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(1.0, 4.9, "holds"), (5.1, 9.0, "crossed"), (4.0, 6.0, "undecided")]
)
def test_a_limit_is_decided_by_the_whole_interval(low: float, high: float, verdict: str) -> None:
    limit = parse_slope_limit("RSS_slope < 5mb/M")
    assert limit == SlopeLimit(text="RSS_slope < 5mb/M", mb_per_million=5.0)
    found = Growth(mb_per_million=5.0, low=low, high=high, halves=(5.0, 5.0), messages=1, warm_up=1)
    assert limit.verdict(found) == verdict
    assert limit.verdict(None) == "undecided"


@pytest.mark.parametrize("text", ["rss_slope<5MB", "rss_slope", "rss_slope<-1MB/M", "rss_slope>5MB/M"])
def test_a_limit_that_cannot_be_understood_is_shown_with_how_one_looks(text: str) -> None:
    with pytest.raises(RunError, match="rss_slope<5MB/M"):
        parse_slope_limit(text)


def test_other_limits_are_left_to_others() -> None:
    assert parse_slope_limit("p99<2s") is None
