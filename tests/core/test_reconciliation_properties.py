"""Whatever is seen, answered and when: what may never be said of a payment, and that it comes to an end."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from service.core.payment_steps import REPEAT_WITHIN_S, conclude, intend
from service.core.payments import FAILED, Outcome, Payment, PaymentState, Rejected, Settled, Unknown
from service.core.reconciliation import (
    HUMAN_AFTER_S,
    Absent,
    Found,
    Likely,
    Sighting,
    Unclear,
    after_lookup,
    after_sending_again,
    may_send_again,
    sending_again,
)
from tests.core.kit import BEGUN_S, DECISIVE, undecided

SETTLED, REJECTED, UNKNOWN = PaymentState.SETTLED, PaymentState.REJECTED, PaymentState.UNKNOWN

SIGHTINGS: st.SearchStrategy[Sighting] = st.sampled_from(
    [Absent(), Absent(), Likely(("t",), 0.0), Likely(("t",), BEGUN_S), Unclear("?"), Found("t")]
)
CODES = [*DECISIVE, "NOT_SENT", "NOT_AUTHENTICATED", "TOO_MANY_REQUESTS"]
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.sampled_from([Settled(), Settled(already=True), Unknown("time-out"), Unknown(FAILED)]),
    st.sampled_from(CODES).map(Rejected),
)
UNDECIDED_OUTCOMES = st.sampled_from([Unknown("time-out"), Unknown(FAILED), Unknown("PENDING")])


class Seen(msgspec.Struct, frozen=True):
    """One round of the reconciler: when, what the lookup saw, what a second sending gave if there was one."""

    before: Payment
    after: Payment
    at_s: float
    sighting: Sighting
    outcome: Outcome | None


def step(payment: Payment, sighting: Sighting, outcome: Outcome, at_s: float) -> Seen:
    """As the reconciler does it."""
    if not may_send_again(payment, sighting, at_s):
        return Seen(payment, after_lookup(payment, sighting, at_s), at_s, sighting, None)
    noted = sending_again(payment, at_s)
    return Seen(payment, after_sending_again(payment, noted, sighting, outcome, at_s), at_s, sighting, outcome)


def start(first: Unknown, *, can_repeat: bool) -> Payment:
    confirmed = undecided(state=PaymentState.CONFIRMED, intended_at_s=None, sends=0, sent_at_s=0.0, reason=None)
    return conclude(intend(confirmed, now_s=BEGUN_S, can_repeat=can_repeat), first, BEGUN_S)


@st.composite
def lives(draw: st.DrawFn, *, monotonic: bool) -> list[Seen]:
    """A payment from its first answer to its end, or to where nobody looked any more."""
    payment = start(draw(UNDECIDED_OUTCOMES), can_repeat=draw(st.booleans()))
    life: list[Seen] = []
    while payment.state is UNKNOWN and len(life) < 200:
        late_s = draw(st.floats(0.0 if monotonic else -90_000.0, 7_200.0)) if draw(st.booleans()) else 0.0
        at_s = (payment.check_at_s or 0.0) + late_s
        life.append(step(payment, draw(SIGHTINGS), draw(OUTCOMES), at_s))
        payment = life[-1].after
    return life


@given(lives(monotonic=False))
def test_settled_is_said_only_where_flash_or_its_books_said_so(life: list[Seen]) -> None:
    for seen in life:
        if seen.after.state is SETTLED:
            assert isinstance(seen.sighting, Found) or isinstance(seen.outcome, Settled)


@given(lives(monotonic=False))
def test_what_the_books_have_is_settled(life: list[Seen]) -> None:
    assert all(seen.after.state is SETTLED for seen in life if isinstance(seen.sighting, Found))


@given(lives(monotonic=False))
def test_rejected_is_said_only_after_a_decisive_refusal_or_a_failure_without_a_trace(life: list[Seen]) -> None:
    for seen in life:
        if seen.after.state is REJECTED:
            assert isinstance(seen.sighting, Absent)
            refused = isinstance(seen.outcome, Rejected) and seen.outcome.code in DECISIVE
            assert refused or (seen.outcome is None and seen.before.reason == FAILED)


@given(lives(monotonic=False))
def test_a_revision_is_never_used_twice(life: list[Seen]) -> None:
    assert all(seen.after.revision > seen.before.revision for seen in life)


@given(lives(monotonic=False))
def test_nothing_is_sent_outside_of_the_keys_time_or_without_a_key(life: list[Seen]) -> None:
    for seen in life:
        if seen.after.sends > seen.before.sends:
            assert BEGUN_S <= seen.at_s < BEGUN_S + REPEAT_WITHIN_S
            assert seen.before.repeat_until_s > 0


@given(lives(monotonic=False))
def test_a_clock_that_went_backwards_once_is_never_trusted_with_a_sending_again(life: list[Seen]) -> None:
    latest_s, went_back = BEGUN_S, False
    for seen in life:
        went_back = went_back or seen.at_s < latest_s
        latest_s = max(latest_s, seen.at_s)
        assert not (went_back and seen.after.sends > seen.before.sends)


@given(lives(monotonic=False))
def test_a_payment_that_is_still_open_is_looked_at_again(life: list[Seen]) -> None:
    for seen in life:
        assert (seen.after.state is UNKNOWN) <= (
            seen.after.check_at_s is not None and seen.after.check_at_s > seen.at_s
        )


@given(lives(monotonic=True))
def test_a_payment_comes_to_its_end_with_the_first_look_after_a_day(life: list[Seen]) -> None:
    assert life[-1].after.state in {SETTLED, REJECTED, PaymentState.NEEDS_HUMAN}
    assert all(seen.at_s < BEGUN_S + HUMAN_AFTER_S for seen in life[:-1])
    for seen in life[:-1]:
        assert (seen.after.check_at_s or 0.0) <= max(BEGUN_S + HUMAN_AFTER_S, seen.at_s + 15.0)
