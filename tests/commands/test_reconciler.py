"""The reconciler: what it does, in which order, and what it says about it."""

import asyncio
from typing import Any

import pytest

from service.core.errors import StoreError, StoreUnavailable
from service.core.payments import FAILED, INTERRUPTED, Outcome, Payment, PaymentState, Rejected, Settled, Unknown
from service.core.queries import Account
from service.core.reconciliation import AUDITS, Absent, Found, Likely, Sighting, Unclear
from tests.commands.fakes import NOW_S
from tests.commands.kit import MOVED
from tests.commands.reconciler_kit import LONG_AGO, Bench, confirmed, left_behind

SETTLED, REJECTED, UNKNOWN = PaymentState.SETTLED, PaymentState.REJECTED, PaymentState.UNKNOWN
FORGET = "forget balance transactions"


def bench(payment: Payment, *sightings: Sighting, outcome: Outcome | None = None) -> Bench:
    """What the lookups see, one after the other, and what Flash says when the payment is sent again."""
    made = Bench(payment)
    made.wallet.sightings = list(sightings)
    made.wallet.outcome = outcome or Unknown("time-out")
    return made


def test_what_is_found_is_told_after_old_figures_are_forgotten_and_in_the_step_that_records_it() -> None:
    here = bench(left_behind(), Found("tx1"))
    here.run()
    assert here.journal == ["find acc_ann unknown", FORGET, "move settled", "deliver"]
    assert here.world.forgotten == [("acc_ann", MOVED)]
    assert here.now().state is SETTLED
    assert here.told == ["Paid: *$5.00* to @bob."]
    assert here.delivered == here.payments.notices
    assert here.meter.counts["reconciled", "settled"] == 1


def test_word_of_an_outcome_goes_to_who_said_yes_and_answers_that_message() -> None:
    here = bench(left_behind(), Found("tx1"))
    here.run()
    [item] = here.delivered
    assert (item.id, item.to, item.about) == ("p1:4", "18765550001", "wamid.Y")


def test_sending_again_is_on_record_before_it_happens_and_so_is_what_comes_of_it() -> None:
    here = bench(left_behind(), Absent(), outcome=Settled())
    here.run()
    assert here.journal == [
        "find acc_ann unknown",
        "move unknown",
        "pay acc_ann unknown",
        FORGET,
        "move settled",
        "deliver",
    ]
    [paid] = here.wallet.paid
    assert (paid.sends, paid.sent_at_s, paid.id) == (2, NOW_S, "p1")


def test_what_stays_open_is_looked_up_again_later_and_nobody_is_told() -> None:
    here = bench(left_behind(), Likely(("a", "b"), NOW_S))
    here.run()
    assert here.now().state is UNKNOWN
    assert here.now().check_at_s == NOW_S + 15
    assert (here.payments.notices, here.delivered, here.world.forgotten) == ([], [], [])
    assert here.meter.counts == {}
    here.run()
    assert here.journal.count("find acc_ann unknown") == 1


def test_a_refusal_long_after_the_first_sending_is_told() -> None:
    here = bench(left_behind(**LONG_AGO), Absent(), outcome=Rejected("INSUFFICIENT_BALANCE"))
    here.run()
    assert here.now().state is REJECTED
    assert here.told == ["*$5.00* to @bob was *not paid*: your balance isn't enough."]
    assert here.world.forgotten == []


def test_a_failure_without_a_trace_is_told_and_not_sent_again() -> None:
    here = bench(left_behind(reason=FAILED), Absent())
    here.run()
    assert (here.now().state, here.wallet.paid) == (REJECTED, [])
    assert here.told == ["*$5.00* to @bob was *not paid*: Flash couldn't carry it out."]


@pytest.mark.parametrize("sighting", [Absent(), Likely(("a",), NOW_S), Unclear("time-out")])
def test_after_a_day_a_person_has_to_look_and_the_user_is_told_so(sighting: Sighting) -> None:
    here = bench(left_behind(intended_at_s=NOW_S - 86_400), sighting)
    here.run()
    assert here.now().state is PaymentState.NEEDS_HUMAN
    [said] = here.told
    assert "a *person is looking into it*" in said
    assert here.meter.counts["reconciled", "needs-human"] == 1
    assert asyncio.run(here.payments.for_human(10)) == [here.now()]


@pytest.mark.parametrize("repeats", [False, True])
def test_a_payment_without_a_key_is_never_sent_again(*, repeats: bool) -> None:
    """Made without one, or to a server that has no keys any more."""
    here = bench(left_behind(repeat_until_s=0.0 if repeats else NOW_S + 3_600), *[Absent()] * 3, outcome=Settled())
    here.wallet.repeats = repeats
    here.run()
    assert (here.wallet.paid, here.now().state, here.now().sends) == ([], UNKNOWN, 1)


def test_an_account_that_is_not_linked_any_more_cannot_be_looked_up() -> None:
    here = bench(left_behind())
    here.world.sessions.by_user.clear()
    here.run()
    assert here.journal == ["move unknown"]
    assert here.now().reason == "no lookup: the account is not linked any more"


def test_the_start_takes_over_what_was_being_sent_and_nothing_else() -> None:
    intended = left_behind(id="p2", state=PaymentState.INTENDED, reason=None)
    waiting = left_behind(id="p3", check_at_s=NOW_S + 60)
    here = Bench(confirmed(id="p1"), intended, waiting, left_behind(id="p4"))
    here.begin()
    assert here.journal == ["move unknown"]
    assert (here.now("p2").state, here.now("p2").reason, here.now("p2").check_at_s) == (
        UNKNOWN,
        INTERRUPTED,
        NOW_S + 15,
    )
    assert (here.payments.notices, here.delivered) == ([], [])  # the message that said yes is answered by its own desk


def test_the_start_takes_over_what_is_not_due_yet() -> None:
    here = Bench(left_behind(state=PaymentState.INTENDED, check_at_s=NOW_S + 60))
    here.begin()
    assert here.now().state is UNKNOWN


def test_a_yes_that_nobody_goes_on_with_is_taken_back_and_told() -> None:
    here = Bench(confirmed())
    here.run()
    assert here.journal == ["move withdrawn", "deliver"]
    assert (here.now().state, here.now().reason) == (PaymentState.WITHDRAWN, INTERRUPTED)
    [said] = here.told
    assert "*not paid*: I was interrupted before I could send it" in said


def test_a_yes_that_is_still_being_worked_on_is_left_alone() -> None:
    here = Bench(
        confirmed(check_at_s=NOW_S + 1), left_behind(id="p2", state=PaymentState.INTENDED, check_at_s=NOW_S + 1)
    )
    here.run()
    assert here.journal == []


def test_a_payment_of_nobody_who_could_be_told_is_decided_all_the_same() -> None:
    here = bench(left_behind(reply_to=""), Found("tx1"))
    here.run()
    assert (here.now().state, here.payments.notices, here.delivered) == (SETTLED, [], [])


@pytest.mark.parametrize("error", [StoreError("no"), StoreUnavailable("gone"), ZeroDivisionError("a bug")])
def test_the_trouble_of_one_payment_is_no_others(error: Exception) -> None:
    here = Bench(*(left_behind(id=f"p{n}") for n in range(5)))
    here.wallet.sightings = [Found("tx")] * 5

    def fail(before: Payment, after: Payment) -> None:
        if before.id == "p2":
            raise error

    here.payments.before_move = fail
    here.run()
    assert {each.id: each.state for each in here.payments.by_id.values() if each.state is not SETTLED} == {
        "p2": UNKNOWN
    }
    assert len(here.told) == 4
    assert here.meter.counts["background_errors", "reconciler"] == isinstance(error, ZeroDivisionError)
    here.payments.before_move = None
    here.wallet.sightings = [Found("tx")]
    here.run()
    assert here.now("p2").state is SETTLED


def test_more_payments_than_are_looked_after_at_once_are_all_looked_after() -> None:
    here = Bench(*(left_behind(id=f"p{n}") for n in range(50)))
    here.wallet.sightings = [Found("tx")] * 50
    here.run()
    assert {each.state for each in here.payments.by_id.values()} == {SETTLED}


def test_payments_that_cannot_be_had_are_an_error_for_whoever_asked() -> None:
    here = Bench()

    async def due(now_s: float, limit: int) -> list[Payment]:
        raise StoreUnavailable("gone")

    here.payments.due = due  # type: ignore[method-assign]  # the store is down for this one question
    with pytest.raises(StoreUnavailable):
        here.run()


def somebody_is_faster(here: Bench, at: PaymentState, **changes: Any) -> None:
    """Another process decides the payment just before this one would."""

    def interfere(before: Payment, after: Payment) -> None:
        if after.state is at:
            here.payments.before_move = None
            here.payments.put(left_behind(revision=before.revision + 1, **changes))

    here.payments.before_move = interfere


@pytest.mark.parametrize(
    ("payment", "at"),
    [
        (left_behind(), SETTLED),
        (left_behind(reason=FAILED), REJECTED),
        (confirmed(), PaymentState.WITHDRAWN),
        (left_behind(intended_at_s=NOW_S - 86_400, reason=FAILED), PaymentState.NEEDS_HUMAN),
    ],
)
def test_who_comes_second_says_nothing(payment: Payment, at: PaymentState) -> None:
    sightings: dict[PaymentState, Sighting] = {SETTLED: Found("tx"), REJECTED: Absent()}
    here = bench(payment, sightings.get(at, Unclear("time-out")))
    somebody_is_faster(here, at, state=SETTLED, reason=None, check_at_s=None)
    here.run()
    assert (here.payments.notices, here.delivered) == ([], [])
    assert here.meter.counts == {}
    assert here.now().state is SETTLED


def test_who_comes_second_does_not_send_again() -> None:
    here = bench(left_behind(), Absent(), outcome=Settled())
    somebody_is_faster(here, UNKNOWN, sends=2)
    here.run()
    assert here.wallet.paid == []


def test_while_one_process_sends_again_no_other_looks_after_the_payment() -> None:
    here = bench(left_behind(), Absent(), outcome=Settled())

    async def pay(account: Account, payment: Payment) -> Outcome:
        here.wallet.paid.append(payment)
        assert len(here.wallet.paid) == 1
        await here.reconciler().run()
        return here.wallet.outcome

    here.wallet.pay = pay  # type: ignore[method-assign]  # the round of another process comes in between
    here.run()
    assert here.journal.count("find acc_ann unknown") == 1
    assert (here.now().state, here.now().sends) == (SETTLED, 2)


def test_a_sending_again_that_was_cut_short_is_looked_up_when_it_must_have_ended() -> None:
    here = bench(left_behind(), Absent(), Found("tx1"), outcome=Settled())
    here.wallet.raises["pay"] = ZeroDivisionError("a bug")
    here.run()
    assert (here.now().state, here.now().check_at_s) == (UNKNOWN, NOW_S + 90)
    here.world.now_s += 90
    here.run()
    assert here.now().state is SETTLED


def test_an_audit_without_a_trace_raises_the_alarm_and_tells_the_operators_alone() -> None:
    here = bench(left_behind(state=SETTLED, reason=None), *[Absent()] * AUDITS, outcome=Settled())
    for _ in range(AUDITS):
        here.world.now_s = here.now().check_at_s or 0.0
        here.run()
    assert (here.now().state, here.now().is_for_human, here.now().check_at_s) == (SETTLED, True, None)
    assert here.meter.counts == {("payment_alarms", ""): 1}
    assert (here.payments.notices, here.wallet.paid) == ([], [])


def test_an_audit_that_finds_the_payment_is_quiet() -> None:
    here = bench(left_behind(state=SETTLED, reason=None), Found("tx1"))
    here.run()
    assert here.journal == ["find acc_ann settled", "move settled"]
    assert (here.now().check_at_s, here.now().alarm, here.meter.counts) == (None, None, {})
