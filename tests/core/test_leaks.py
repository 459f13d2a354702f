"""The rule that tells leaks from what a healthy process does, on simulated series."""

import math
import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from service.core.leaks import (
    FEWEST_READINGS,
    MAX_READINGS,
    MAX_STRIDE,
    History,
    Leak,
    MemoryReading,
    find_leaks,
)

PER_LOOK = 200  # messages between two readings
SHAPES: dict[str, Callable[[float], float]] = {
    "flat": lambda _: 0.0,
    "a cache that fills": lambda n: 30_000 * (1 - math.exp(-n / 3_000)),
    "a large cache that fills in no time": lambda n: 200_000 * (1 - math.exp(-n / 1_000)),
    "a table that is full": lambda n: min(n, 5_000),
    "ever rarer newcomers": lambda n: 400 * math.log1p(n / 100),
    "days and nights": lambda n: 2_000 * math.sin(n / 8_000),
}


def reading(number: int, blocks: float, **changes: int) -> MemoryReading:
    figures = {"rss_bytes": 100_000_000, "tasks": 20, "fds": 30} | changes
    return MemoryReading(at_s=60.0 * number, messages=PER_LOOK * number, blocks=round(blocks), **figures)


def noise(dice: random.Random) -> float:
    """What is under way at a reading: always something, seldom much."""
    return dice.expovariate(1 / 300) + (dice.random() < 0.05) * dice.uniform(0, 20_000)


def first_alarm(shape: Callable[[float], float], seed: int, looks: int) -> tuple[int, list[Leak]] | None:
    """At how many messages the rule says something first; it is asked after every reading."""
    dice, history = random.Random(seed), History()
    for number in range(looks):
        history.add(reading(number, 300_000 + shape(number * PER_LOOK) + noise(dice)))
        if leaks := find_leaks(history.readings):
            return number * PER_LOOK, leaks
    return None


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
@pytest.mark.parametrize("name", SHAPES)
def test_a_healthy_process_never_alarms_however_often_it_is_looked_at(name: str) -> None:
    alarms = [first_alarm(SHAPES[name], seed, 400) for seed in range(6)]
    assert alarms == [None] * 6


@pytest.mark.parametrize("name", SHAPES)
def test_an_object_of_16_bytes_a_message_is_found_on_top_of_all_that(name: str) -> None:
    for seed in range(3):
        alarm = first_alarm(lambda n: SHAPES[name](n) + n, seed, 400)
        assert alarm is not None
        messages, [leak] = alarm
        assert messages <= 60_000
        assert leak.series == "blocks"
        assert leak.per_message is not None
        assert 0.25 < leak.per_message.low <= leak.per_message.estimate <= leak.per_message.high


def test_half_an_object_a_message_is_found_too_and_a_tenth_is_not() -> None:
    assert first_alarm(lambda n: 0.5 * n, 1, 200) is not None
    assert first_alarm(lambda n: 0.1 * n, 1, 200) is None


def test_nothing_is_said_of_too_few_readings() -> None:
    assert find_leaks([reading(n, 10_000 * n) for n in range(FEWEST_READINGS - 1)]) == []
    assert find_leaks([reading(n, 10_000 * n) for n in range(FEWEST_READINGS)]) != []


@pytest.mark.parametrize(
    ("series", "per_look"), [("rss_bytes", 2_000_000), ("tasks", 5), ("fds", 3), ("traced_bytes", 100_000)]
)
def test_every_series_is_judged(series: str, per_look: int) -> None:
    leaks = find_leaks([reading(n, 0, **{series: 1_000_000 + per_look * n}) for n in range(60)])
    assert [leak.series for leak in leaks] == [series]


def test_tasks_leak_by_time_without_any_message() -> None:
    idle = [MemoryReading(60.0 * n, 5_000, 0, 0, tasks=5 * n, fds=30) for n in range(60)]
    [leak] = find_leaks(idle)
    assert (leak.series, leak.per_message) == ("tasks", None)
    assert leak.per_hour is not None
    assert leak.per_hour.estimate == pytest.approx(300)


def test_the_history_is_bounded_and_remembers_the_lowest() -> None:
    history = History()
    for number in range(3 * MAX_READINGS * MAX_STRIDE):
        history.add(reading(number, 1_000 + 500 * (number % 2)))
    assert MAX_READINGS // 2 <= len(history.readings) <= MAX_READINGS
    assert {each.blocks for each in history.readings[:-1]} == {1_000}
    spans = {later.messages - earlier.messages for earlier, later in pairwise(history.readings)}
    assert spans == {PER_LOOK * MAX_STRIDE}


def test_a_leak_that_begins_after_weeks_is_found() -> None:
    start = 4 * MAX_READINGS * MAX_STRIDE
    history = History()
    for number in range(start + 3_000):
        history.add(reading(number, 300_000 + PER_LOOK * max(0, number - start)))
    assert find_leaks(history.readings) != []
