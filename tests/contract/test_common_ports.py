"""Clock, Dice and Meter: what every stage may be given, in every make."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from profiles.simulate.clocks import TrueClock, WrongClock
from profiles.simulate.crashing_loop import run_crashing
from profiles.virtual_clock import SeededDice, VirtualClock, run_virtual
from service.clocks import SystemClock, SystemDice
from service.observe.meter import MemoryMeter
from service.ports import Clock, Dice, Meter

Scenario = Callable[[Clock], Awaitable[Any]]


def system(scenario: Scenario) -> None:
    """SystemClock."""

    async def main() -> None:
        await scenario(SystemClock())

    asyncio.run(main())


def virtual(scenario: Scenario) -> None:
    """VirtualClock."""

    async def main(clock: VirtualClock) -> None:
        await scenario(clock)

    run_virtual(main, start_unix_s=1_750_000_000.0)


def true(scenario: Scenario) -> None:
    """TrueClock."""

    async def main(loop: Any) -> None:
        await scenario(TrueClock(loop))

    run_crashing(main)


def wrong(scenario: Scenario) -> None:
    """WrongClock."""

    async def main(loop: Any) -> None:
        await scenario(WrongClock(loop))

    run_crashing(main)


clocks = pytest.mark.parametrize("play", [system, virtual, true, wrong])
dices = pytest.mark.parametrize("dice", [SystemDice(), SeededDice("seed")], ids=["system", "seeded"])


@clocks
def test_a_clock_gives_unix_time_and_seconds_that_never_go_back(play: Callable[[Scenario], None]) -> None:
    async def scenario(clock: Clock) -> None:
        assert clock.now() > 1_500_000_000.0
        seen = [clock.monotonic() for _ in range(3)]
        await clock.sleep(0.001)
        seen.append(clock.monotonic())
        assert seen == sorted(seen)
        assert seen[-1] > seen[0]

    play(scenario)


@clocks
def test_whoever_sleeps_lets_others_run_and_may_be_cancelled(play: Callable[[Scenario], None]) -> None:
    async def scenario(clock: Clock) -> None:
        order: list[str] = []

        async def other() -> None:
            order.append("other")
            await clock.sleep(3_600.0)

        task = asyncio.get_running_loop().create_task(other(), name="other")
        await clock.sleep(0.001)
        order.append("slept")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert order == ["other", "slept"]

    play(scenario)


@clocks
def test_any_work_may_be_charged(play: Callable[[Scenario], None]) -> None:
    async def scenario(clock: Clock) -> None:
        before_s = clock.monotonic()
        clock.charge("message")
        clock.charge("http")
        assert clock.monotonic() >= before_s

    play(scenario)


@dices
def test_dice_give_tokens_of_the_asked_length_and_not_the_same_twice(dice: Dice) -> None:
    assert [len(dice.token(size)) for size in (1, 8, 32)] == [1, 8, 32]
    assert dice.token(16) != dice.token(16)


@dices
def test_dice_give_fractions_below_one(dice: Dice) -> None:
    drawn = [dice.uniform() for _ in range(1_000)]
    assert all(0.0 <= each < 1.0 for each in drawn)
    assert len(set(drawn)) > 990


def test_a_meter_takes_whatever_it_is_told() -> None:
    meter: Meter = MemoryMeter()
    meter.count("messages")
    meter.count("messages", "late", 3)
    meter.observe("message_s", 0.5, "balance")
    assert isinstance(meter, MemoryMeter)
    assert meter.by_label("messages") == {"": 1, "late": 3}
