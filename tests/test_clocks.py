import asyncio
import time

from service.clocks import SystemClock, SystemDice


def test_the_clock_is_the_machines() -> None:
    clock = SystemClock()
    before, now, after = time.time(), clock.now(), time.time()
    assert before <= now <= after
    assert clock.monotonic() <= clock.monotonic()


def test_sleep_lets_others_run() -> None:
    seen: list[str] = []

    async def main() -> None:
        asyncio.get_running_loop().call_soon(seen.append, "other")
        await SystemClock().sleep(0)
        seen.append("slept")

    asyncio.run(main())
    assert seen == ["other", "slept"]


def test_a_charge_takes_any_kind_of_work() -> None:
    SystemClock().charge("anything")


def test_dice_give_as_many_bytes_as_asked_for_and_not_the_same_twice() -> None:
    dice = SystemDice()
    tokens = {dice.token(16) for _ in range(100)}
    assert (len(tokens), {len(token) for token in tokens}) == (100, {16})


def test_dice_are_uniform_below_one() -> None:
    dice = SystemDice()
    drawn = [dice.uniform() for _ in range(10_000)]
    assert 0 <= min(drawn) < 0.01
    assert 0.99 < max(drawn) < 1
    assert 0.47 < sum(drawn) / len(drawn) < 0.53
