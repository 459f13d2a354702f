"""The decision table of undecided payments, row by row."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from service.core.payments import (
    FAILED,
    INTERRUPTED,
    Outcome,
    Payment,
    PaymentState,
    Rejected,
    Settled,
    Unknown,
)
from service.core.reconciliation import (
    AUDIT_SLACK_S,
    AUDITS,
    EMPTY_GRACE_S,
    GRACE_S,
    HUMAN_AFTER_S,
    Absent,
    Found,
    Likely,
    Sighting,
    Unclear,
    after_audit,
    after_lookup,
    after_sending_again,
    may_send_again,
    next_check_s,
    orphaned,
    sending_again,
)
from tests.core.kit import BEGUN_S, DECISIVE, again_after, undecided

SETTLED, REJECTED, UNKNOWN = PaymentState.SETTLED, PaymentState.REJECTED, PaymentState.UNKNOWN
NEEDS_HUMAN, WITHDRAWN = PaymentState.NEEDS_HUMAN, PaymentState.WITHDRAWN
HOUR_S, DAY_S = 3_600.0, 86_400.0
END_S = 23 * HOUR_S
"""WhatsApp takes a message for a day after the user's last one."""
FOUND, LIKELY, ABSENT, UNCLEAR = Found("tx1"), Likely(("tx1", "tx2"), BEGUN_S), Absent(), Unclear("time-out")


def settled(**changes: Any) -> Payment:
    return undecided(state=SETTLED, reason=None, check_at_s=BEGUN_S + HOUR_S, **changes)


def checks_of(payment: Payment) -> list[float]:
    """When a payment is looked up that nothing is found out about, in seconds after its intent."""
    times = []
    while payment.check_at_s is not None:
        times.append(payment.check_at_s - BEGUN_S)
        payment = after_lookup(payment, UNCLEAR, payment.check_at_s)
    assert payment.state is NEEDS_HUMAN
    return times


def test_checks_come_quickly_at_first_and_end_with_the_day() -> None:
    times = checks_of(undecided(check_at_s=BEGUN_S + 15))
    gaps = [after - before for before, after in pairwise([0.0, *times])]
    assert gaps[:8] == [15, 15, 30, 60, 120, 240, 480, 900]
    early = [gap for gap, at in zip(gaps[8:], times[7:], strict=False) if at < 4 * HOUR_S]
    assert set(early) == {900}
    late = [gap for gap, at in zip(gaps[1:], times, strict=False) if at >= 4 * HOUR_S]
    assert set(late[:-1]) == {HOUR_S}
    assert late[-1] <= HOUR_S
    assert times[-1] == END_S == HUMAN_AFTER_S


@pytest.mark.parametrize("checks", [0, 1, 5, 10, 11, 10_000])
def test_the_wait_is_bounded_however_often_it_was_looked_up(checks: int) -> None:
    now_s = BEGUN_S + 60
    assert next_check_s(undecided(checks=checks), now_s) == now_s + min(15 * 2**checks, 900)


@pytest.mark.parametrize(
    ("after_s", "wait_s"),
    [(0, 900), (4 * HOUR_S - 1, 900), (4 * HOUR_S, HOUR_S), (END_S - 60, 60), (END_S - 5, 15), (END_S, 15), (1e7, 15)],
)
def test_the_last_check_is_a_day_after_the_intent_and_never_in_the_past(after_s: float, wait_s: float) -> None:
    assert next_check_s(undecided(checks=9), BEGUN_S + after_s) == BEGUN_S + after_s + wait_s


def test_a_clock_that_was_set_back_looks_again_soon() -> None:
    now_s = BEGUN_S - 10 * DAY_S
    assert next_check_s(undecided(checks=9), now_s) == now_s + 900


@pytest.mark.parametrize("state", [state for state in PaymentState if state is not UNKNOWN])
def test_only_an_unknown_payment_is_sent_again(state: PaymentState) -> None:
    assert not may_send_again(undecided(state=state), ABSENT, BEGUN_S + 600)


@pytest.mark.parametrize(
    ("after_s", "allowed"), [(-1, False), (600, True), (23 * HOUR_S - 1, True), (23 * HOUR_S, False), (DAY_S, False)]
)
def test_it_is_sent_again_only_while_flash_keeps_its_key(*, after_s: float, allowed: bool) -> None:
    assert may_send_again(undecided(), ABSENT, BEGUN_S + after_s) is allowed


def test_what_flash_called_failed_is_not_sent_again() -> None:
    assert not may_send_again(undecided(reason=FAILED), ABSENT, BEGUN_S + 600)


def test_what_has_no_key_is_not_sent_again() -> None:
    assert not may_send_again(undecided(repeat_until_s=0.0), ABSENT, BEGUN_S + 600)


@pytest.mark.parametrize("latest", [{"checked_at_s": BEGUN_S + 900}, {"sent_at_s": BEGUN_S + 900}])
def test_it_is_not_sent_again_by_a_clock_that_went_backwards(latest: dict[str, float]) -> None:
    assert not may_send_again(undecided(**latest), ABSENT, BEGUN_S + 899)
    assert may_send_again(undecided(**latest), ABSENT, BEGUN_S + 900 + GRACE_S)


@pytest.mark.parametrize("sighting", [LIKELY, ABSENT, UNCLEAR])
def test_a_check_by_a_clock_that_went_backwards_ends_all_sending(sighting: Sighting) -> None:
    after = after_lookup(undecided(checked_at_s=BEGUN_S + 900), sighting, BEGUN_S + 899)
    assert after.repeat_until_s == 0.0
    assert not may_send_again(after, ABSENT, BEGUN_S + 2_000)


def test_sending_again_is_on_record_with_its_time_and_without_a_decision() -> None:
    before = undecided(checks=2)
    after = sending_again(before, BEGUN_S + 60)
    assert (after.state, after.sends, after.sent_at_s, after.checked_at_s) == (UNKNOWN, 2, BEGUN_S + 60, BEGUN_S + 60)
    assert (after.revision, after.repeat_until_s, after.intended_at_s) == (4, before.repeat_until_s, BEGUN_S)
    assert after.check_at_s == BEGUN_S + 60 + 90


def test_what_is_found_is_settled_and_audited_later() -> None:
    after = after_lookup(undecided(), FOUND, BEGUN_S + 60)
    assert (after.state, after.reason, after.check_at_s) == (SETTLED, None, BEGUN_S + 60 + HOUR_S)


def test_what_is_found_after_the_end_of_the_day_is_settled_all_the_same() -> None:
    assert after_lookup(undecided(), FOUND, BEGUN_S + 3 * DAY_S).state is SETTLED


@pytest.mark.parametrize(
    ("sighting", "reason"),
    [(LIKELY, "2 transactions could be it"), (ABSENT, "not in the books"), (UNCLEAR, "no lookup: time-out")],
)
def test_anything_but_a_proof_leaves_it_open_and_says_why(sighting: Sighting, reason: str) -> None:
    after = after_lookup(undecided(checks=1), sighting, BEGUN_S + 60)
    assert (after.state, after.reason, after.checks, after.checked_at_s) == (UNKNOWN, reason, 2, BEGUN_S + 60)
    assert after.check_at_s == BEGUN_S + 60 + 30


@pytest.mark.parametrize("sighting", [LIKELY, ABSENT, UNCLEAR])
@pytest.mark.parametrize(("after_s", "state"), [(END_S - 1, UNKNOWN), (END_S, NEEDS_HUMAN)])
def test_after_a_day_it_is_for_a_person(sighting: Sighting, after_s: float, state: PaymentState) -> None:
    after = after_lookup(undecided(), sighting, BEGUN_S + after_s)
    assert after.state is state
    assert (after.check_at_s is None) is (state is NEEDS_HUMAN)
    assert after.is_for_human is (state is NEEDS_HUMAN)


@pytest.mark.parametrize(
    ("sends", "after_s", "state"), [(1, 14, UNKNOWN), (1, 15, REJECTED), (2, 119, UNKNOWN), (2, 120, REJECTED)]
)
def test_a_failure_is_believed_once_nothing_can_be_under_way(sends: int, after_s: float, state: PaymentState) -> None:
    after = after_lookup(undecided(reason=FAILED, sends=sends), ABSENT, BEGUN_S + after_s)
    assert (after.state, after.reason) == (state, "FAILURE" if state is REJECTED else FAILED)


@pytest.mark.parametrize("sighting", [LIKELY, UNCLEAR])
def test_a_failure_is_not_believed_when_something_could_be_the_payment(sighting: Sighting) -> None:
    after = after_lookup(undecided(reason=FAILED), sighting, BEGUN_S + 600)
    assert (after.state, after.reason) == (UNKNOWN, FAILED)


def test_a_failure_that_was_a_lie_is_found_out() -> None:
    assert after_lookup(undecided(reason=FAILED), FOUND, BEGUN_S + 600).state is SETTLED


def again(outcome: Outcome, sighting: Sighting = ABSENT, after_s: float = 600.0) -> Payment:
    """After a second sending so long after the first."""
    before = undecided(checks=1)
    return again_after(before, outcome, sighting, BEGUN_S + after_s)


@pytest.mark.parametrize("sighting", [LIKELY, ABSENT])
@pytest.mark.parametrize(("already", "reason"), [(False, None), (True, "already")])
def test_a_second_sending_that_succeeds_settles(*, sighting: Sighting, already: bool, reason: str | None) -> None:
    after = again(Settled(already=already), sighting)
    assert (after.state, after.reason, after.sends) == (SETTLED, reason, 2)


@pytest.mark.parametrize("code", [code for code in DECISIVE if code != "INSUFFICIENT_BALANCE"])
@pytest.mark.parametrize(("after_s", "state"), [(GRACE_S - 0.5, UNKNOWN), (GRACE_S, REJECTED)])
def test_a_refusal_of_a_second_sending_counts_once_the_first_cannot_arrive(
    code: str, after_s: float, state: PaymentState
) -> None:
    after = again(Rejected(code), after_s=after_s)
    assert (after.state, after.reason) == (state, code if state is REJECTED else f"refused again: {code}")


@pytest.mark.parametrize(("after_s", "state"), [(EMPTY_GRACE_S - 0.5, UNKNOWN), (EMPTY_GRACE_S, REJECTED)])
def test_a_balance_that_is_too_low_counts_once_the_first_sending_cannot_hold_the_money(
    after_s: float, state: PaymentState
) -> None:
    assert again(Rejected("INSUFFICIENT_BALANCE"), after_s=after_s).state is state


@pytest.mark.parametrize("code", DECISIVE)
def test_a_refusal_does_not_count_beside_something_that_could_be_the_payment(code: str) -> None:
    assert (again(Rejected(code), LIKELY).state, again(Rejected(code), LIKELY).checks) == (UNKNOWN, 2)


@pytest.mark.parametrize("code", ["NOT_SENT", "NOT_AUTHENTICATED", "TOO_MANY_REQUESTS", "", "A_NEW_ONE"])
def test_a_refusal_that_came_before_the_key_was_looked_at_proves_nothing(code: str) -> None:
    after = again(Rejected(code))
    assert (after.state, after.reason) == (UNKNOWN, f"refused again: {code}")


def test_a_second_sending_that_nobody_answered_leaves_it_open() -> None:
    after = again(Unknown("time-out"))
    assert (after.state, after.reason, after.checks) == (UNKNOWN, "time-out", 2)


def test_a_second_sending_that_flash_calls_failed_is_looked_up_and_not_sent_a_third_time() -> None:
    after = again(Unknown(FAILED))
    assert after.reason == FAILED
    assert not may_send_again(after, ABSENT, after.check_at_s or 0.0)


@pytest.mark.parametrize("sighting", [FOUND, LIKELY])
def test_an_audit_that_finds_something_is_the_last(sighting: Sighting) -> None:
    after = after_audit(settled(), sighting, BEGUN_S + HOUR_S)
    assert (after.state, after.check_at_s, after.alarm, after.checks) == (SETTLED, None, None, 1)


def audits(payment: Payment, sightings: Sequence[Sighting]) -> Payment:
    for sighting in sightings:
        assert payment.check_at_s is not None
        payment = after_audit(payment, sighting, payment.check_at_s)
    return payment


def test_audits_are_an_hour_apart_and_the_last_of_them_raises_the_alarm() -> None:
    assert AUDITS == 4
    waiting = audits(settled(), [ABSENT] * 3)
    assert (waiting.alarm, waiting.check_at_s) == (None, BEGUN_S + 4 * HOUR_S)
    alarmed = audits(waiting, [ABSENT])
    assert alarmed.alarm == "no trace of it in Flash's books"
    assert (alarmed.state, alarmed.check_at_s, alarmed.is_for_human) == (SETTLED, None, True)


def test_what_left_the_wallet_before_the_payment_is_no_trace_of_it() -> None:
    """Ten minutes before its intent and longer; clocks are that far apart at the most."""
    assert AUDIT_SLACK_S == 600
    earlier, late_enough = (Likely(("tx1",), BEGUN_S - before_s) for before_s in (601.0, 600.0))
    assert audits(settled(), [earlier] * AUDITS).alarm == "no trace of it in Flash's books"
    assert audits(settled(), [earlier] * 3 + [late_enough]).alarm is None
    assert audits(settled(), [late_enough]).check_at_s is None


def test_books_that_cannot_be_read_raise_no_alarm() -> None:
    after = audits(settled(), [ABSENT] * 3 + [UNCLEAR])
    assert (after.alarm, after.check_at_s) == (None, None)


def test_audits_are_counted_from_the_settling_however_long_it_took_to_find_out() -> None:
    """Seven lookups of an unknown payment are no audits of the settled one."""
    before = undecided(checks=7)
    noted = sending_again(before, BEGUN_S + 600)
    after = after_sending_again(before, noted, ABSENT, Settled(), BEGUN_S + 601)
    assert audits(after, [ABSENT] * 3).alarm is None
    assert audits(after, [ABSENT] * 4).alarm is not None


@pytest.mark.parametrize("state", PaymentState)
def test_who_is_half_way_is_taken_back_or_looked_up_and_nobody_else(state: PaymentState) -> None:
    after = orphaned(undecided(state=state), BEGUN_S + 90)
    expected = {
        PaymentState.CONFIRMED: (WITHDRAWN, INTERRUPTED, None),
        PaymentState.INTENDED: (UNKNOWN, INTERRUPTED, BEGUN_S + 90 + 15),
    }
    found = None if after is None else (after.state, after.reason, after.check_at_s)
    assert found == expected.get(state)
