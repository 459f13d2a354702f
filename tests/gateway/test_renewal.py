"""After a payment, its user's figures are fetched before they ask, and no payment ever hears of it."""

from service.core.freshness import MOVED_BY_PAYING, Namespace
from service.core.queries import Account, Query, ReadingSource
from service.gateway.companions import Companions
from service.gateway.renewal import MAX_RENEWALS, Renewal
from tests.gateway.fakes import ANA, BALANCE, DOWN, refuse_to_spawn
from tests.gateway.scenes import ManagerScene, with_manager

HISTORY = Query(Namespace.TRANSACTIONS, account=ANA)


def renewal(scene: ManagerScene) -> Renewal:
    manager = scene.reads = scene.manager(scene.tasks, beside=Companions(scene.clock, scene.ttls.__getitem__))
    return Renewal(manager, scene.tasks, scene.meter)


def test_balance_and_history_are_hits_after_a_payment() -> None:
    async def act(scene: ManagerScene) -> None:
        renew = renewal(scene)
        await scene.reads.forget(ANA.id, MOVED_BY_PAYING)
        renew(ANA)
        await scene.clock.sleep(1)
        assert await scene.source(BALANCE) is ReadingSource.CACHE
        assert await scene.source(HISTORY) is ReadingSource.CACHE

    with_manager(act)


def test_two_payments_at_once_are_one_renewal() -> None:
    async def act(scene: ManagerScene) -> None:
        renew = renewal(scene)
        renew(ANA)
        renew(ANA)
        await scene.clock.sleep(1)
        assert scene.meter.counts["renewals:started"] == 1
        renew(ANA)
        assert scene.meter.counts["renewals:started"] == 2

    with_manager(act)


def test_what_a_second_payment_made_old_meanwhile_is_not_kept() -> None:
    async def act(scene: ManagerScene) -> None:
        renewal(scene)(ANA)
        await scene.clock.sleep(0.05)
        await scene.reads.forget(ANA.id, MOVED_BY_PAYING)
        await scene.clock.sleep(1)
        assert await scene.source(BALANCE) is ReadingSource.UPSTREAM

    with_manager(act)


def test_a_renewal_that_fails_is_counted_and_no_more() -> None:
    async def act(scene: ManagerScene) -> None:
        scene.upstream.is_down = DOWN
        renewal(scene)(ANA)
        await scene.tasks.settle()
        assert scene.meter.counts["renewals:failed"] == 1

    with_manager(act)


def test_there_are_only_so_many_at_once() -> None:
    async def act(scene: ManagerScene) -> None:
        renew = renewal(scene)
        for number in range(MAX_RENEWALS + 3):
            renew(Account(f"acc-{number}", "token"))
        assert scene.meter.counts["renewals:started"] == MAX_RENEWALS
        assert scene.meter.counts["renewals:left"] == 3

    with_manager(act)


def test_a_service_that_stops_starts_none_and_says_nothing() -> None:
    async def act(scene: ManagerScene) -> None:
        renew = Renewal(scene.reads, refuse_to_spawn, scene.meter)
        renew(ANA)
        renew(ANA)
        assert scene.meter.counts["renewals:left"] == 2

    with_manager(act)
