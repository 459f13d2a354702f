from service.core.errors import UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.queries import Query
from service.gateway.warmer import WarmReport
from tests.gateway.fakes import (
    BALANCE,
    PRICE,
    PROFILE,
)
from tests.gateway.scenes import SEEDS, WarmerScene, with_warmer


def test_at_start_the_seeds_come_first_then_the_most_used() -> None:
    async def act(scene: WarmerScene) -> None:
        scene.store.weights = {"recipient:-:bob": 2.0, PROFILE.key: 3.0, "price:-:JMD": 1.0}
        async with scene.running():
            await scene.clock.sleep(10)
        assert scene.asked == [*SEEDS, "price:-:JMD", "rate:-:JMD", PROFILE.key, "recipient:-:bob"]

    with_warmer(act)


def test_what_was_warmed_is_a_hit_for_users() -> None:
    async def act(scene: WarmerScene) -> None:
        await scene.warmer.warm(3)
        await scene.manager(PRICE)
        assert scene.asked == SEEDS
        assert scene.cache.keys == [f"cache:{key}" for key in SEEDS]

    with_warmer(act)


def test_it_makes_at_most_so_many_calls_a_second() -> None:
    async def act(scene: WarmerScene) -> None:
        scene.upstream.delay_s = 0.0
        scene.store.weights = {f"recipient:-:u{number}": float(number) for number in range(150)}
        async with scene.running():
            await scene.clock.sleep(9.99)
        assert len(scene.asked) == 50

    with_warmer(act)


def test_while_the_switch_is_off_it_does_nothing() -> None:
    async def act(scene: WarmerScene) -> None:
        scene.is_on = False
        scene.manager._usage.note(PRICE)
        async with scene.running():
            await scene.clock.sleep(600)
            assert not scene.asked
            assert not scene.store.saves
            scene.is_on = True
            await scene.clock.sleep(30)
            assert scene.asked == SEEDS

    with_warmer(act)


def test_it_stops_in_the_middle_when_the_switch_goes_off() -> None:
    async def act(scene: WarmerScene) -> None:
        async with scene.running():
            await scene.clock.sleep(0.3)
            scene.is_on = False
            await scene.clock.sleep(60)
        assert scene.asked == SEEDS[:2]

    with_warmer(act)


def test_a_key_that_is_read_again_and_again_is_always_a_hit() -> None:
    async def act(scene: WarmerScene) -> None:
        async with scene.running():
            await scene.clock.sleep(5)
            for _ in range(20):
                await scene.clock.sleep(400)  # twice within the 900 s of a price, and never near their end alone
                assert (await scene.manager(PRICE)).source.value == "hit"

    with_warmer(act)


def test_what_nobody_reads_twice_is_not_fetched_again() -> None:
    async def act(scene: WarmerScene) -> None:
        async with scene.running():
            await scene.clock.sleep(5)
            await scene.manager(PRICE)
            await scene.clock.sleep(7_200)
        assert scene.asked == SEEDS

    with_warmer(act)


def test_on_schedule_it_fetches_what_expires_before_the_next_round_and_nothing_else() -> None:
    async def act(scene: WarmerScene) -> None:
        async with scene.running():
            await scene.clock.sleep(1)
            for _ in range(2):
                await scene.manager(PRICE)
            await scene.clock.sleep(850)
            assert scene.asked == SEEDS
            await scene.clock.sleep(60)
        assert scene.asked == [*SEEDS, PRICE.key]

    with_warmer(act)


def test_entries_that_are_fresh_are_not_looked_at_every_round() -> None:
    async def act(scene: WarmerScene) -> None:
        async with scene.running():
            await scene.clock.sleep(1)
            for _ in range(2):
                await scene.manager(PRICE)
            before = len(scene.cache.gets)
            await scene.clock.sleep(600)
            assert len(scene.cache.gets) == before + 1

    with_warmer(act)


def test_balances_are_never_warmed() -> None:
    async def act(scene: WarmerScene) -> None:
        async with scene.running():
            await scene.clock.sleep(5)
            for _ in range(3):
                await scene.manager(BALANCE)
            await scene.clock.sleep(120)
        assert scene.asked.count(BALANCE.key) == 1

    with_warmer(act)


def test_usage_is_saved_every_minute_as_it_is() -> None:
    async def act(scene: WarmerScene) -> None:
        async with scene.running():
            await scene.clock.sleep(1)
            await scene.manager(PRICE)
            await scene.clock.sleep(90)
            weights = scene.store.weights
            assert list(weights) == [PRICE.key]
            await scene.clock.sleep(600)
        assert scene.store.weights == weights
        assert [save for save in scene.store.saves if save] == [weights]

    with_warmer(act)


def test_a_restart_begins_with_what_was_used_most() -> None:
    async def act(scene: WarmerScene) -> None:
        async with scene.running():
            await scene.clock.sleep(1)
            await scene.manager(Query(Namespace.RECIPIENT, "bob"))
            await scene.clock.sleep(90)
        second = WarmerScene(scene.clock)
        second.store = scene.store
        second.warmer._usage_store = scene.store
        async with second.running():
            await scene.clock.sleep(5)
        assert second.asked == [*SEEDS, "recipient:-:bob"]

    with_warmer(act)


def test_a_report_says_what_was_done() -> None:
    async def act(scene: WarmerScene) -> None:
        await scene.manager(PRICE)
        scene.usage.restore([("recipient:-:bob", 9.0)])
        scene.upstream.script.extend([UpstreamUnavailable("currencyList", "HTTP 503")])
        assert await scene.warmer.warm(4) == WarmReport(warmed=2, fresh_already=1, failed=1)
        assert scene.meter.counts["warm_calls:currencies"] == 1

    with_warmer(act)
