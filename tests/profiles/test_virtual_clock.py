"""The Clock and Dice ports of a bench run."""

import asyncio

import pytest

from profiles.virtual_clock import DEFAULT_COSTS, CostTable, SeededDice, VirtualClock, run_virtual

START = 1_700_000_000.0
COSTS = CostTable({"hash": 2.0, "draw": 15.0})


def test_now_is_unix_time_and_monotonic_starts_at_zero() -> None:
    async def main(clock: VirtualClock) -> tuple[float, float, float]:
        before = clock.monotonic()
        await clock.sleep(90)
        return before, clock.monotonic(), clock.now()

    assert run_virtual(main, start_unix_s=START) == (0.0, 90.0, START + 90)


def test_a_charge_blocks_everybody_for_its_cost() -> None:
    async def main(clock: VirtualClock) -> list[float]:
        async def other() -> float:
            await clock.sleep(0.001)
            return clock.monotonic()

        late = asyncio.create_task(other())
        await asyncio.sleep(0)
        clock.charge("draw")
        return [clock.monotonic(), await late]

    assert run_virtual(main, start_unix_s=START, costs=COSTS) == [0.015, 0.015]


def test_charges_are_added_up_by_kind() -> None:
    async def main(clock: VirtualClock) -> tuple[dict[str, float], float]:
        for work in ("hash", "draw", "hash"):
            clock.charge(work)
        return dict(clock.charged_s), clock.charged_total_s

    assert run_virtual(main, start_unix_s=START, costs=COSTS) == ({"hash": 0.004, "draw": 0.015}, 0.019)


def test_work_that_has_no_cost_is_an_error() -> None:
    async def main(clock: VirtualClock) -> None:
        clock.charge("guess")

    with pytest.raises(KeyError, match="no cost for work 'guess'; known: draw, hash"):
        run_virtual(main, start_unix_s=START, costs=COSTS)


def test_a_negative_cost_is_an_error() -> None:
    with pytest.raises(ValueError, match="the cost of 'hash' is -1 ms"):
        CostTable({"hash": -1})


def test_a_table_can_be_extended_without_changing_it() -> None:
    extended = COSTS.with_costs({"hash": 1.0, "sign": 4.0})
    assert (extended.seconds("hash"), extended.seconds("sign"), COSTS.seconds("hash")) == (0.001, 0.004, 0.002)


def test_every_cost_of_the_default_table_counts() -> None:
    assert all(ms > 0 for ms in DEFAULT_COSTS.costs_ms.values())


def test_dice_give_these_numbers_on_every_machine_and_python() -> None:
    dice = SeededDice(1)
    assert (dice.token(4).hex(), dice.uniform()) == ("00f51eaa", 0.0241371361067666)


def test_dice_of_different_seeds_differ() -> None:
    assert SeededDice(1).token(16) != SeededDice(2).token(16)


def test_drawing_from_a_child_leaves_the_others_as_they_were() -> None:
    one, other = SeededDice(1), SeededDice(1)
    one.child("latency").uniform()
    assert (one.uniform(), one.child("chat").uniform()) == (other.uniform(), other.child("chat").uniform())
