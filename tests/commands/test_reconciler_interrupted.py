"""The reconciler is killed at any point, and a second one goes on: nothing moves twice, and no word is false."""

from contextlib import suppress

import pytest

from service.core.payments import FAILED, Outcome, Payment, PaymentState, Rejected, Settled, Unknown
from tests.commands.fakes import NOW_S
from tests.commands.fuse import Fuse, Killed
from tests.commands.reconciler_kit import LONG_AGO, Bench, KeyedWallet, confirmed, left_behind

SETTLED, REJECTED, WITHDRAWN = PaymentState.SETTLED, PaymentState.REJECTED, PaymentState.WITHDRAWN
TOUCHES = 16  # eight calls at most: due, account, find, note, pay, forget, record, deliver
Scene = tuple[Payment, Outcome, bool, bool]
"""The payment, what Flash says to a second sending, whether the first one moved the money, whether there are keys."""

SCENES: dict[str, Scene] = {
    "it had moved": (left_behind(), Settled(), True, True),
    "it had moved, without a key": (left_behind(repeat_until_s=0.0), Settled(), True, False),
    "it moves with the second sending": (left_behind(), Settled(), False, True),
    "it is refused": (left_behind(**LONG_AGO), Rejected("INSUFFICIENT_BALANCE"), False, True),
    "it is refused too early": (left_behind(), Rejected("INSUFFICIENT_BALANCE"), False, True),
    "nobody answers": (left_behind(), Unknown("time-out"), False, True),
    "nobody answers, without a key": (left_behind(repeat_until_s=0.0), Unknown("time-out"), False, False),
    "it failed": (left_behind(reason=FAILED), Settled(), False, True),
    "the failure was a lie": (left_behind(reason=FAILED), Settled(), True, True),
    "it was being sent": (left_behind(state=PaymentState.INTENDED, reason=None), Settled(), False, True),
    "it was confirmed": (confirmed(), Settled(), False, True),
    "the day is over": (left_behind(intended_at_s=NOW_S - 86_400, repeat_until_s=0.0), Settled(), False, True),
}


def scene(name: str) -> tuple[Bench, KeyedWallet]:
    payment, outcome, has_moved, has_keys = SCENES[name]
    here = Bench(payment, wallet=KeyedWallet)
    wallet = here.wallet
    assert isinstance(wallet, KeyedWallet)
    wallet.outcome, wallet.repeats = outcome, has_keys
    if has_moved:
        wallet.moved[payment.id] = 1
        wallet.kept[payment.id] = Settled()
    return here, wallet


def go_on(here: Bench) -> None:
    """Rounds of a process that lives, each when the payment is due, until nothing is left to be found out."""
    for _ in range(100):
        check_at_s = here.now().check_at_s
        if check_at_s is None:
            return
        here.world.now_s = max(here.world.now_s, check_at_s)
        here.run()
    raise AssertionError("it never comes to an end")


@pytest.mark.parametrize("kill_at", range(1, TOUCHES + 1))
@pytest.mark.parametrize("name", SCENES)
def test_a_kill_at_any_point_moves_nothing_twice_and_makes_no_word_false(name: str, kill_at: int) -> None:
    here, wallet = scene(name)
    fuse = Fuse(kill_at)
    with suppress(BaseExceptionGroup, Killed):
        here.run(fuse.around)
    go_on(here)
    check(here, wallet)


@pytest.mark.no_cover  # what runs here others cover, and tracing it takes three times as long
@pytest.mark.parametrize("second", range(1, TOUCHES + 1, 5))
@pytest.mark.parametrize("first", range(1, TOUCHES + 1, 5))
@pytest.mark.parametrize("name", SCENES)
def test_two_kills_are_no_worse_than_one(name: str, first: int, second: int) -> None:
    here, wallet = scene(name)
    for kill_at in (first, second):
        with suppress(BaseExceptionGroup, Killed):
            here.run(Fuse(kill_at).around)
        here.world.now_s = max(here.world.now_s, here.now().check_at_s or 0.0)
    go_on(here)
    check(here, wallet)


def check(here: Bench, wallet: KeyedWallet) -> None:
    """What the books say is what is on record, and what was said."""
    payment = here.now()
    moved = wallet.moved[payment.id]
    assert moved <= 1
    assert payment.state in ({SETTLED} if moved else {REJECTED, WITHDRAWN, PaymentState.NEEDS_HUMAN})
    assert payment.alarm is None
    [said] = here.told
    assert ("Paid:" in said) is (moved == 1)
    assert ("*not paid*" in said) is (payment.state in {REJECTED, WITHDRAWN})
    assert len({item.id for item in here.payments.notices}) == 1
    assert set(here.delivered) <= set(here.payments.notices)


def test_without_keys_nothing_is_ever_sent_again() -> None:
    here, wallet = scene("nobody answers, without a key")
    go_on(here)
    assert wallet.paid == []


LONGEST = "it moves with the second sending"


def test_the_last_kill_of_the_sweep_was_in_the_last_call() -> None:
    fuse = Fuse(TOUCHES + 1)
    here, _ = scene(LONGEST)
    here.run(fuse.around)
    assert fuse.left == 1


@pytest.mark.parametrize("kill_at", range(1, TOUCHES + 1))
def test_every_kill_of_the_sweep_is_one(kill_at: int) -> None:
    here, _ = scene(LONGEST)
    with pytest.raises((Killed, BaseExceptionGroup)):
        here.run(Fuse(kill_at).around)
