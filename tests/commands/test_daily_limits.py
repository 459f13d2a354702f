"""A yes that would be too much for one day."""

import pytest

from service.core.commands import CommandType
from service.core.payments import PaymentState
from service.core.results import PaymentStatus
from service.reply.text import text_of
from tests.commands.kit import World, status, world_with

YES = CommandType.CONFIRM
WORDS = {
    "daily-sum": "*$5.00* to @bob was *not paid*: that's more than you can send in 24 hours.",
    "daily-count": "*$5.00* to @bob was *not paid*: that's more payments than you can make in 24 hours.",
}


def over(limit: str) -> World:
    world = world_with()
    world.payments.over_limit = limit
    return world


@pytest.mark.parametrize("limit", WORDS)
def test_a_yes_over_a_limit_sends_nothing_and_ends_the_proposal(limit: str) -> None:
    world = over(limit)
    result = status(world.ask(YES))
    assert result == PaymentStatus(world.latest, repeated=False)
    assert (world.latest.state, world.latest.reason, world.latest.confirmed_by) == (
        PaymentState.WITHDRAWN,
        limit,
        None,
    )
    assert world.journal == ["move withdrawn"]
    assert world.wallet.paid == []


@pytest.mark.parametrize(("limit", "words"), WORDS.items())
def test_a_yes_over_a_limit_is_told_which(limit: str, words: str) -> None:
    assert text_of(over(limit).ask(YES)) == words


@pytest.mark.parametrize("limit", WORDS)
def test_a_second_yes_gets_the_same_answer_even_when_there_would_be_room_by_then(limit: str) -> None:
    world = over(limit)
    first = world.ask(YES, message_id="wamid.Y")
    world.payments.over_limit = None
    assert text_of(world.ask(YES, message_id="wamid.Y")) == text_of(first)
    assert world.wallet.paid == []


def test_a_yes_that_was_overtaken_at_the_limit_is_told_how_the_payment_stands() -> None:
    """Another process confirmed it just before its limit was reached."""
    world = over("daily-sum")

    def interfere(before: object, after: object) -> None:
        world.payments.before_move = None
        world.payments.put(world_with(state=PaymentState.CONFIRMED, confirmed_by="other", revision=1).latest)

    world.payments.before_move = interfere
    result = status(world.ask(YES))
    assert (result.payment.state, result.repeated) == (PaymentState.CONFIRMED, True)
    assert world.wallet.paid == []
