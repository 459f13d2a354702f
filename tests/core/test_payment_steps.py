"""What each step of a payment puts on record."""

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from service.core.payment_steps import (
    AUDIT_AFTER_S,
    FIRST_CHECK_S,
    REPEAT_WITHIN_S,
    conclude,
    confirm,
    intend,
    note,
    resolve,
    withdraw,
)
from service.core.payments import Outcome, Payment, PaymentState, Rejected, Settled, Unknown, memo_tag
from tests.core.kit import BEGUN_S, undecided

NOW_S = BEGUN_S + 100.0
SETTLED, REJECTED, UNKNOWN = PaymentState.SETTLED, PaymentState.REJECTED, PaymentState.UNKNOWN
ALARM = "no trace of it in Flash's books"


@dataclass(frozen=True)
class Step:
    """A step, and the facts it adds."""

    before: Payment
    after: Payment

    def changes(self) -> dict[str, Any]:
        """What is new, but for the revision, which has grown by one."""
        assert self.after.revision == self.before.revision + 1
        old, new = msgspec.structs.asdict(self.before), msgspec.structs.asdict(self.after)
        return {name: new[name] for name in new if new[name] != old[name] and name != "revision"}


def fresh(state: PaymentState = PaymentState.PROPOSED) -> Payment:
    """Nothing was sent of it."""
    nothing: dict[str, Any] = {"confirmed_by": None, "intended_at_s": None, "reason": None, "check_at_s": None}
    return undecided(state=state, revision=0, sent_at_s=0.0, sends=0, repeat_until_s=0.0, **nothing)


def test_a_yes_is_taken_back_after_a_quarter_of_an_hour_that_nobody_goes_on_with_it() -> None:
    before = fresh()
    assert Step(before, confirm(before, by="wamid.Y", reply_to="18765550001", now_s=NOW_S)).changes() == {
        "state": PaymentState.CONFIRMED,
        "confirmed_by": "wamid.Y",
        "reply_to": "18765550001",
        "check_at_s": NOW_S + 900,
    }


@pytest.mark.parametrize(("can_repeat", "until_s"), [(True, NOW_S + REPEAT_WITHIN_S), (False, 0.0)])
def test_an_intent_says_when_it_is_sent_and_until_when_it_may_be_again(*, can_repeat: bool, until_s: float) -> None:
    before = fresh(PaymentState.CONFIRMED)
    after = intend(before, now_s=NOW_S, can_repeat=can_repeat)
    assert Step(before, after).changes() == {
        "state": PaymentState.INTENDED,
        "intended_at_s": NOW_S,
        "sent_at_s": NOW_S,
        "sends": 1,
        "check_at_s": NOW_S + 90,
        **({"repeat_until_s": until_s} if can_repeat else {}),
    }
    assert after.repeat_until_s == until_s


@pytest.mark.parametrize(
    ("outcome", "state", "reason", "check_at_s"),
    [
        (Settled(), SETTLED, None, NOW_S + AUDIT_AFTER_S),
        (Settled(already=True), SETTLED, "already", None),
        (Rejected("NOT_FOUND", "no"), REJECTED, "NOT_FOUND", None),
        (Unknown("PENDING"), UNKNOWN, "PENDING", NOW_S + FIRST_CHECK_S),
    ],
)
def test_an_outcome_says_when_to_look_again(
    outcome: Outcome, state: PaymentState, reason: str | None, check_at_s: float | None
) -> None:
    after = conclude(undecided(state=PaymentState.INTENDED), outcome, NOW_S)
    assert (after.state, after.reason, after.check_at_s) == (state, reason, check_at_s)


@pytest.mark.parametrize("state", [PaymentState.PROPOSED, PaymentState.CONFIRMED])
@pytest.mark.parametrize("reason", [None, "declined"])
def test_a_withdrawn_payment_is_never_looked_at_again(state: PaymentState, reason: str | None) -> None:
    after = withdraw(msgspec.structs.replace(fresh(state), check_at_s=NOW_S), reason)
    assert (after.state, after.reason, after.check_at_s) == (PaymentState.WITHDRAWN, reason, None)


@pytest.mark.parametrize("state", PaymentState)
def test_something_is_noted_of_what_is_looked_after_and_of_nothing_else(state: PaymentState) -> None:
    before = undecided(state=state)
    if state in {UNKNOWN, SETTLED}:
        assert Step(before, note(before, checks=7)).changes() == {"checks": 7}
    else:
        with pytest.raises(ValueError, match=f"nothing is noted of payment p1, which is {state}"):
            note(before, checks=7)


def for_human() -> Payment:
    return undecided(state=PaymentState.NEEDS_HUMAN, check_at_s=None)


def alarmed() -> Payment:
    return undecided(state=SETTLED, reason=None, check_at_s=None, alarm=ALARM)


@pytest.mark.parametrize("to", [SETTLED, REJECTED])
def test_a_person_decides_what_waits_for_one(to: PaymentState) -> None:
    after = resolve(for_human(), to, by="kim", now_s=NOW_S)
    expected = {"state": to, "reason": "resolved", "decided_by": "kim", "checked_at_s": NOW_S}
    assert Step(for_human(), after).changes() == expected
    assert not after.is_for_human


def test_a_person_says_that_the_alarm_was_none() -> None:
    after = resolve(alarmed(), SETTLED, by="kim", now_s=NOW_S)
    assert Step(alarmed(), after).changes() == {"alarm": None, "decided_by": "kim", "checked_at_s": NOW_S}


def test_a_person_says_that_flash_was_mistaken() -> None:
    after = resolve(alarmed(), REJECTED, by="kim", now_s=NOW_S)
    assert (after.state, after.reason, after.alarm, after.is_for_human) == (REJECTED, "resolved", None, False)


@pytest.mark.parametrize("state", [state for state in PaymentState if state is not PaymentState.NEEDS_HUMAN])
@pytest.mark.parametrize("to", [SETTLED, REJECTED])
def test_nobody_decides_what_the_machine_still_works_on_or_has_decided(state: PaymentState, to: PaymentState) -> None:
    with pytest.raises(ValueError, match=f"payment p1 is {state} and waits for nobody"):
        resolve(undecided(state=state), to, by="kim", now_s=NOW_S)


@pytest.mark.parametrize("to", [UNKNOWN, PaymentState.PROPOSED, PaymentState.WITHDRAWN, PaymentState.INTENDED])
@pytest.mark.parametrize("before", [for_human(), alarmed()], ids=["for-human", "alarmed"])
def test_a_person_says_settled_or_rejected_and_nothing_else(before: Payment, to: PaymentState) -> None:
    with pytest.raises(ValueError, match="cannot go from"):
        resolve(before, to, by="kim", now_s=NOW_S)


def test_the_tag_in_a_memo_is_the_same_in_every_process_and_version() -> None:
    """It is in Flash's books: a change of it would make payments that are there look absent."""
    assert memo_tag("pay1") == "#78669f4f"
    assert memo_tag("pay2") != memo_tag("pay1")
