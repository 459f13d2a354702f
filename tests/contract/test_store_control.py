"""The mailbox between an operator's command and a running service."""

import asyncio
from contextlib import suppress

import pytest

from service.core.errors import StoreError, StoreUnavailable
from service.store.commands import Run
from service.store.control import MAX_REQUESTS, ControlRequest, RedisControl
from tests.store.kit import FakeClock, Losing, Stage

WARM = ControlRequest("warm", "r1")


def make(run: Run, instance: str = "one") -> RedisControl:
    return RedisControl(run, FakeClock(), instance)


def test_a_request_is_taken_once(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await make(run).request(WARM)
        assert await make(run).take() == WARM
        assert await make(run, "two").take() is None

    stage.play(scenario)


@pytest.mark.parametrize("losses", [1, 2, 3])
def test_a_request_is_not_lost_with_a_reply(stage: Stage, losses: int) -> None:
    async def scenario(run: Run) -> None:
        await make(run).request(WARM)
        taker = make(Losing(run, losses))
        taken = []
        for _ in range(3):
            with suppress(StoreUnavailable):
                taken.append(await taker.take())
        assert taken[0] == WARM
        assert set(taken[1:]) <= {None}

    stage.play(scenario)


def test_a_request_whose_reply_is_lost_and_that_is_taken_meanwhile_is_not_asked_twice(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        with pytest.raises(StoreUnavailable):
            await make(Losing(run, 2)).request(WARM)
        assert await make(run).take() == WARM
        await make(run).request(WARM)
        assert await make(run, "two").take() is None

    stage.play(scenario)


def test_requests_are_taken_in_the_order_they_came(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        for name in ("r1", "r2"):
            await make(run).request(ControlRequest("warm", name))
        taker = make(run)
        taken = [await taker.take() for _ in range(2)]
        assert taken == [ControlRequest("warm", "r1"), ControlRequest("warm", "r2")]

    stage.play(scenario)


def test_an_answer_reaches_who_waits_for_it(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        waiting = asyncio.create_task(make(run).wait_answer("r1", timeout_s=1e9))
        await make(run).answer("r2", b"another one")
        await make(run).answer("r1", b'{"warmed": 3}')
        assert await waiting == b'{"warmed": 3}'

    stage.play(scenario)


def test_waiting_for_an_answer_ends(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await make(run).wait_answer("r1", timeout_s=1.0) is None

    stage.play(scenario)


def test_requests_are_bounded_and_forgotten(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        for number in range(MAX_REQUESTS + 5):
            await make(run).request(ControlRequest("warm", str(number)))
        await make(run).answer("r1", b"{}")
        length, *lives = await run(
            [("LLEN", "control:requests"), ("TTL", "control:requests"), ("TTL", "control:answer:r1")]
        )
        assert length == MAX_REQUESTS
        assert all(0 < life_s <= 60 for life_s in lives)

    stage.play(scenario)


def test_a_request_that_cannot_be_read_is_an_error_once(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await run([("LPUSH", "control:requests", b"{broken")])
        taker = make(run)
        with pytest.raises(StoreError, match="cannot be read"):
            await taker.take()
        assert await taker.take() is None

    stage.play(scenario)
