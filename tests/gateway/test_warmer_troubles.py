import pytest

from service.core.errors import CircuitOpen, NotAuthenticated, StoreError, UpstreamRefused, UpstreamUnavailable
from service.core.queries import Account, Recipient
from service.gateway.warmer import WarmReport
from tests.gateway.fakes import (
    PRICE,
    PROFILE,
)
from tests.gateway.scenes import SEEDS, WarmerScene, with_warmer


def test_an_open_breaker_ends_the_round() -> None:
    async def act(scene: WarmerScene) -> None:
        scene.upstream.is_down = CircuitOpen("flash", 5.0)
        assert await scene.warmer.warm(3) == WarmReport(warmed=0, fresh_already=0, failed=3)
        assert len(scene.asked) == 1

    with_warmer(act)


def test_a_busy_upstream_ends_the_round() -> None:
    async def act(scene: WarmerScene) -> None:
        scene.upstream.is_down = UpstreamRefused("price", "TOO_MANY_REQUESTS", "")
        await scene.warmer.warm(3)
        assert len(scene.asked) == 1

    with_warmer(act)


def test_three_reads_without_an_answer_end_the_round() -> None:
    async def act(scene: WarmerScene) -> None:
        scene.usage.restore([(f"recipient:-:u{number}", 1.0) for number in range(20)])
        scene.upstream.is_down = UpstreamUnavailable("price", "HTTP 503")
        await scene.warmer.warm(20)
        assert len(scene.asked) == 3

    with_warmer(act)


@pytest.mark.parametrize("error", [NotAuthenticated("me"), UpstreamRefused("me", "NO_USD_WALLET", "")])
def test_a_key_that_is_refused_is_not_tried_again(error: Exception) -> None:
    async def act(scene: WarmerScene) -> None:
        scene.usage.restore([(PROFILE.key, 9.0)])
        await scene.warmer.warm(3)
        scene.upstream.script.append(error)
        await scene.warmer.warm(4)
        assert scene.usage.most_used(5) == []

    with_warmer(act)


def test_the_profile_of_somebody_who_left_is_dropped_without_a_call() -> None:
    async def act(scene: WarmerScene) -> None:
        scene.usage.restore([(PROFILE.key, 9.0)])
        scene.accounts.clear()
        await scene.warmer.warm(4)
        assert scene.asked == SEEDS
        assert scene.usage.most_used(5) == []

    with_warmer(act)


def test_a_name_that_nobody_has_is_not_warmed_again() -> None:
    async def act(scene: WarmerScene) -> None:
        scene.usage.restore([("recipient:-:bob", 9.0)])
        await scene.warmer.warm(3)
        scene.upstream.script.append(Recipient(None))
        await scene.warmer.warm(4)
        assert scene.usage.most_used(5) == []

    with_warmer(act)


def test_a_store_that_is_down_is_survived() -> None:
    async def act(scene: WarmerScene) -> None:
        scene.store.is_down = scene.cache.is_down = True
        async with scene.running():
            await scene.clock.sleep(120)
            assert not scene.asked
            scene.store.is_down = scene.cache.is_down = False
            for _ in range(2):
                await scene.manager(PRICE)
            await scene.clock.sleep(1_000)
        assert scene.asked.count(PRICE.key) == 2
        assert list(scene.store.weights) == [PRICE.key]

    with_warmer(act)


def test_a_round_that_cannot_read_the_cache_is_left_out() -> None:
    async def act(scene: WarmerScene) -> None:
        async with scene.running():
            await scene.clock.sleep(1)
            for _ in range(2):
                await scene.manager(PRICE)
            scene.cache.is_down = True
            await scene.clock.sleep(20)
            assert scene.asked == SEEDS
            assert scene.meter.counts["warm_errors:store"] == 1

    with_warmer(act)


def test_sessions_that_cannot_be_read_fail_one_key_only() -> None:
    async def act(scene: WarmerScene) -> None:
        async def unreadable(account_id: str) -> Account | None:
            raise StoreError(account_id)

        scene.usage.restore([(PROFILE.key, 9.0), ("recipient:-:bob", 8.0)])
        scene.warmer._account_for = unreadable
        assert await scene.warmer.warm(5) == WarmReport(warmed=4, fresh_already=0, failed=1)
        assert PROFILE.key in scene.usage.most_used(5)

    with_warmer(act)
