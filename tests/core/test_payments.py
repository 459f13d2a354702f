import hashlib
from itertools import product
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.payment_steps import CONFIRM_WITHIN_S, TRANSITIONS, advance, is_expired
from service.core.payments import (
    Outcome,
    Payment,
    PaymentState,
    Rejected,
    Settled,
    Target,
    Unknown,
    intent_id,
    proposal_id,
)

PROPOSED, CONFIRMED, INTENDED = PaymentState.PROPOSED, PaymentState.CONFIRMED, PaymentState.INTENDED
SETTLED, REJECTED, UNKNOWN = PaymentState.SETTLED, PaymentState.REJECTED, PaymentState.UNKNOWN
WITHDRAWN, NEEDS_HUMAN = PaymentState.WITHDRAWN, PaymentState.NEEDS_HUMAN

ALLOWED = {
    PROPOSED: {CONFIRMED, WITHDRAWN},
    CONFIRMED: {INTENDED, WITHDRAWN},
    INTENDED: {SETTLED, REJECTED, UNKNOWN},
    UNKNOWN: {SETTLED, REJECTED, NEEDS_HUMAN},
    NEEDS_HUMAN: {SETTLED, REJECTED},
    SETTLED: {REJECTED},
    REJECTED: set(),
    WITHDRAWN: set(),
}
"""The state diagram, written down a second time."""


def payment(state: PaymentState = PROPOSED, proposed_at_s: float = 1_000.0) -> Payment:
    target = Target("wallet", "@bob", "wallet_bob")
    return Payment("pay1", "ann", "acc_ann", "wallet_ann", target, 500, "lunch", proposed_at_s, state)


@pytest.mark.parametrize(("before", "after"), list(product(PaymentState, PaymentState)), ids=str)
def test_only_the_arrows_of_the_diagram_can_be_walked(before: PaymentState, after: PaymentState) -> None:
    if after in ALLOWED[before]:
        assert advance(payment(before), after).state is after
    else:
        with pytest.raises(ValueError, match=f"pay1 cannot go from {before} to {after}"):
            advance(payment(before), after)


def reachable(state: PaymentState) -> set[PaymentState]:
    """Where a payment in this state may end up, itself included."""
    found, waiting = set(), {state}
    while waiting:
        here = waiting.pop()
        found.add(here)
        waiting |= {after for before, after in TRANSITIONS if before is here} - found
    return found


def test_an_intent_is_made_at_most_once_in_a_life() -> None:
    """INTENDED is written before the first POST; nothing that comes after it leads back to it."""
    after = set().union(*(reachable(state) for state in ALLOWED[INTENDED]))
    assert after == {SETTLED, REJECTED, UNKNOWN, NEEDS_HUMAN}


def test_what_may_have_been_sent_is_never_withdrawn() -> None:
    assert WITHDRAWN not in reachable(INTENDED)


def test_a_step_changes_what_it_says_and_nothing_else() -> None:
    before = payment()
    after = advance(before, CONFIRMED, confirmed_by="wamid.2")
    assert msgspec.structs.replace(after, state=PROPOSED, confirmed_by=None, revision=0) == before
    assert (after.state, after.confirmed_by, before.state, after.revision) == (CONFIRMED, "wamid.2", PROPOSED, 1)


def test_a_step_cannot_add_a_fact_that_there_is_not() -> None:
    with pytest.raises(TypeError):
        advance(payment(), CONFIRMED, colour="green")


def version_5(name: str) -> UUID:
    """RFC 9562, section 5.5, by hand."""
    namespace = UUID("7c1c8a52-5f0e-5d57-9a43-3f6f6f1b2d10").bytes
    digest = bytearray(hashlib.sha1(namespace + name.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    return UUID(bytes=bytes(digest))


def test_ids_are_the_same_in_every_process_and_version() -> None:
    """They are in the store and at Flash: a change of them would pay again."""
    assert proposal_id("wamid.1") == version_5("proposal:wamid.1").hex == "373af7650ca95451a48c0bd58136a309"
    assert intent_id("pay1") == str(version_5("intent:pay1"))


@given(st.lists(st.text(max_size=20), unique=True, min_size=2, max_size=20))
def test_different_messages_make_different_payments_and_intents(messages: list[str]) -> None:
    proposals = [proposal_id(message) for message in messages]
    assert len({*proposals, *map(intent_id, proposals)}) == 2 * len(messages)


def test_an_intent_is_a_uuid_as_idempotency_keys_have_to_be() -> None:
    assert UUID(intent_id(proposal_id("wamid.1"))).version == 5


@pytest.mark.parametrize(
    ("after_s", "expired"),
    [(-60.0, False), (0.0, False), (CONFIRM_WITHIN_S, False), (CONFIRM_WITHIN_S + 0.001, True), (1e9, True)],
)
def test_a_proposal_expires_after_five_minutes(*, after_s: float, expired: bool) -> None:
    assert is_expired(payment(), 1_000.0 + after_s) is expired


@pytest.mark.parametrize("outcome", [Settled(), Settled(already=True), Rejected("NO_FUNDS", "no"), Unknown("time-out")])
def test_outcomes_survive_storage_as_what_they_are(outcome: Outcome) -> None:
    assert msgspec.json.decode(msgspec.json.encode(outcome), type=Outcome) == outcome


@pytest.mark.parametrize("state", PaymentState)
def test_payments_survive_storage_as_what_they_are(state: PaymentState) -> None:
    assert msgspec.json.decode(msgspec.json.encode(payment(state)), type=Payment) == payment(state)
