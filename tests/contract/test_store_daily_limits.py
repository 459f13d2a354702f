"""The Payments port on the store: what an account may move in a day is counted in the step that confirms."""

import asyncio

import msgspec
import pytest

from service.core.errors import StoreUnavailable
from service.core.payment_steps import conclude, confirm, intend, withdraw
from service.core.payments import DailyLimits, Payment, PaymentState, Rejected, Unknown
from service.store.commands import Run
from service.store.payments import DAY_S, RedisPayments
from tests.store.kit import FakeDice, FakeMeter, Losing, Stage, proposal

NOW_S = 1_700_000_100.0
LIMITS = DailyLimits(cents=1_500, payments=4)  # three payments of five dollars
MOVED = "moved:account-u1"


def make(run: Run, seed: int = 1) -> RedisPayments:
    return RedisPayments(run, FakeDice(seed), FakeMeter())


def of(number: int, cents: int = 500, user: str = "u1") -> Payment:
    return msgspec.structs.replace(proposal(number, user), amount_cents=cents)


def confirmed(payment: Payment, now_s: float = NOW_S) -> Payment:
    return confirm(payment, by=f"wamid.{payment.id}", reply_to="1", now_s=now_s)


async def ask(run: Run, payment: Payment, limits: DailyLimits = LIMITS, *, seed: int | None = None) -> bool | str:
    """Proposes and confirms the payment; how that went, which the record bears out."""
    payments = make(run, len(payment.id) + payment.amount_cents if seed is None else seed)
    await payments.propose(payment)
    after = confirmed(payment)
    stored, verdict = await payments.confirm(payment, after, limits)
    assert stored == (after if verdict is True else payment)
    assert await payments.get(payment.id) == stored
    return verdict


async def fields(run: Run) -> int:
    [count] = await run([("HLEN", MOVED)])
    return int(count)


def test_payments_up_to_the_sum_are_confirmed_and_no_more(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert [await ask(run, of(n)) for n in (1, 2, 3)] == [True] * 3
        assert await ask(run, of(4, cents=1)) == "daily-sum"
        assert await fields(run) == 3
        assert await run([("ZCARD", "payments:due")]) == [3]

    stage.play(scenario)


def test_payments_up_to_the_count_are_confirmed_and_no_more(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert [await ask(run, of(n, cents=1)) for n in (1, 2, 3, 4)] == [True] * 4
        assert await ask(run, of(5, cents=1)) == "daily-count"
        assert await ask(run, of(6, cents=0)) == "daily-count"

    stage.play(scenario)


@pytest.mark.parametrize(("cents", "verdict"), [(1_500, True), (1_501, "daily-sum")])
def test_a_single_payment_may_be_all_of_it(stage: Stage, cents: int, verdict: bool | str) -> None:
    async def scenario(run: Run) -> None:
        assert await ask(run, of(1, cents)) == verdict

    stage.play(scenario)


def test_a_payment_over_the_limit_can_be_withdrawn_or_confirmed_when_there_is_room(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        assert await ask(run, of(1, 1_501)) == "daily-sum"
        withdrawn = withdraw(of(1, 1_501), "daily-sum")
        assert await make(run).move(of(1, 1_501), withdrawn) == (withdrawn, True)
        assert await ask(run, of(2, 1_600)) == "daily-sum"
        assert await ask(run, of(2, 1_600), DailyLimits(1_600, 1)) is True

    stage.play(scenario)


async def fill(run: Run) -> tuple[Payment, Payment]:
    """There is no room left; the last payment, confirmed and intended."""
    for number in (1, 2, 3):
        await ask(run, of(number), seed=number)
    last = confirmed(of(3))
    return last, intend(last, now_s=NOW_S, can_repeat=True)


def test_what_did_not_move_makes_room(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        last, intended = await fill(run)
        await make(run, 11).move(last, intended)
        assert await ask(run, of(4)) == "daily-sum"
        await make(run, 12).move(intended, conclude(intended, Rejected("NOT_FOUND"), NOW_S))
        assert await ask(run, of(4)) is True
        assert await ask(run, of(5)) == "daily-sum"

    stage.play(scenario)


def test_what_was_withdrawn_after_its_yes_makes_room(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        last, _ = await fill(run)
        await make(run, 11).move(last, withdraw(last, "interrupted"))
        assert await ask(run, of(4)) is True

    stage.play(scenario)


def test_what_may_have_moved_makes_no_room(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        last, intended = await fill(run)
        await make(run, 11).move(last, intended)
        await make(run, 12).move(intended, conclude(intended, Unknown("time-out"), NOW_S))
        assert await ask(run, of(4)) == "daily-sum"

    stage.play(scenario)


async def age(run: Run, by_s: int) -> None:
    """All that has moved did so earlier, by the server's clock."""
    [flat] = await run([("HGETALL", MOVED)])
    for field, value in zip(flat[::2], flat[1::2], strict=True):
        cents, at_s = value.split()
        await run([("HSET", MOVED, field, b"%s %d" % (cents, int(at_s) - by_s))])


@pytest.mark.parametrize(
    ("after_s", "verdict", "left"), [(DAY_S - 30, "daily-sum", 3), (DAY_S, True, 1), (2 * DAY_S, True, 1)]
)
def test_a_day_later_there_is_room_again_and_what_moved_is_forgotten(
    stage: Stage, after_s: int, verdict: bool | str, left: int
) -> None:
    async def scenario(run: Run) -> None:
        await fill(run)
        await age(run, after_s)
        assert await ask(run, of(4)) == verdict
        assert await fields(run) == left

    stage.play(scenario)


def test_accounts_have_limits_of_their_own(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        await fill(run)
        assert await ask(run, of(4, user="u2")) is True
        assert await ask(run, of(5)) == "daily-sum"

    stage.play(scenario)


@pytest.mark.parametrize("losses", [1, 2])
def test_a_yes_whose_reply_is_lost_counts_once(stage: Stage, losses: int) -> None:
    async def scenario(run: Run) -> None:
        one = of(1, 1_500)
        await make(run).propose(one)
        losing = make(Losing(run, losses))
        if losses == 1:
            assert await losing.confirm(one, confirmed(one), LIMITS) == (confirmed(one), True)
        else:
            with pytest.raises(StoreUnavailable):
                await losing.confirm(one, confirmed(one), LIMITS)
        assert await make(run, 2).confirm(one, confirmed(one), LIMITS) == (confirmed(one), False)
        [[field, value]] = await run([("HGETALL", MOVED)])
        assert (field, value.split()[0]) == (one.id.encode(), b"1500")

    stage.play(scenario)


@pytest.mark.parametrize("losses", [1, 2])
def test_a_refusal_whose_reply_is_lost_changes_nothing(stage: Stage, losses: int) -> None:
    async def scenario(run: Run) -> None:
        one = of(1, 1_501)
        await make(run).propose(one)
        losing = make(Losing(run, losses))
        if losses == 1:
            assert await losing.confirm(one, confirmed(one), LIMITS) == (one, "daily-sum")
        else:
            with pytest.raises(StoreUnavailable):
                await losing.confirm(one, confirmed(one), LIMITS)
        assert await make(run).get(one.id) == one
        assert await run([("EXISTS", MOVED, "payments:due")]) == [0]

    stage.play(scenario)


def test_of_two_yeses_at_once_of_which_one_has_room_one_is_confirmed(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        verdicts = await asyncio.gather(*(ask(run, of(number, 1_000), seed=number) for number in range(10)))
        assert sorted(map(str, verdicts)) == ["True"] + ["daily-sum"] * 9
        assert await fields(run) == 1

    stage.play(scenario)


def test_a_second_yes_to_the_same_payment_is_no_second_payment(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        one = of(1)
        await make(run).propose(one)
        yeses = (make(run, seed).confirm(one, confirmed(one), LIMITS) for seed in range(20))
        assert sum(verdict is True for _, verdict in await asyncio.gather(*yeses)) == 1
        assert await fields(run) == 1

    stage.play(scenario)


def test_a_yes_to_a_proposal_that_has_expired_counts_for_nothing(stage: Stage) -> None:
    async def scenario(run: Run) -> None:
        stored, verdict = await make(run).confirm(of(1), confirmed(of(1)), LIMITS)
        assert (stored.state, verdict) == (PaymentState.WITHDRAWN, False)
        assert await run([("EXISTS", MOVED)]) == [0]

    stage.play(scenario)
