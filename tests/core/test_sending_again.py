"""When a payment that nobody heard the end of is sent again."""

from typing import Any

import pytest

from service.core.payments import Target, Unknown
from service.core.reconciliation import Absent, Found, Likely, Sighting, Unclear, may_send_again
from tests.core.kit import BEGUN_S, again_after, undecided

HOUR_S = 3_600.0
FOUND, LIKELY, ABSENT, UNCLEAR = Found("tx1"), Likely(("tx1", "tx2"), BEGUN_S), Absent(), Unclear("time-out")
INVOICE = Target("invoice", "lnbc1x", "lnbc1x", "00" * 32)


@pytest.mark.parametrize("sighting", [FOUND, LIKELY, ABSENT, UNCLEAR])
def test_what_goes_to_a_wallet_is_sent_again_only_if_it_is_in_no_books(sighting: Sighting) -> None:
    assert may_send_again(undecided(), sighting, BEGUN_S + 600) is (sighting == ABSENT)


@pytest.mark.parametrize("sighting", [FOUND, LIKELY, ABSENT, UNCLEAR])
def test_an_invoice_can_be_paid_once_so_a_likeness_does_not_matter(sighting: Sighting) -> None:
    assert may_send_again(undecided(target=INVOICE), sighting, BEGUN_S + 60) is (sighting in (LIKELY, ABSENT))


def test_what_goes_to_a_wallet_is_never_sent_again_after_an_answer() -> None:
    """Flash keeps no result where it was told of an error, and the error may hide a payment."""
    assert not may_send_again(undecided(answered=True), ABSENT, BEGUN_S + 600)
    assert may_send_again(undecided(answered=True, target=INVOICE), ABSENT, BEGUN_S + 600)


def test_an_answer_is_remembered_over_later_silences() -> None:
    asked = again_after(undecided(), Unknown("status PENDING", answered=True))
    assert asked.answered
    assert again_after(asked, Unknown("time-out")).answered


@pytest.mark.parametrize(
    ("facts", "after_s", "allowed"),
    [
        ({}, 119, False),
        ({}, 120, True),
        ({"target": INVOICE}, 14, False),
        ({"target": INVOICE}, 15, True),
        ({"sends": 2}, HOUR_S - 1, False),
        ({"sends": 2}, HOUR_S, True),
        ({"sends": 3}, 2 * HOUR_S, False),
    ],
)
def test_it_is_sent_again_late_and_at_most_three_times(*, facts: dict[str, Any], after_s: float, allowed: bool) -> None:
    assert may_send_again(undecided(**facts), ABSENT, BEGUN_S + after_s) is allowed
