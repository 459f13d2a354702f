import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.sandbox.ledger import Entry, InsufficientFunds, Ledger

NAMES = ["a", "b", "held", "lightning"]


def ledger() -> Ledger:
    book = Ledger()
    book.open_wallet("a", "USD", 100)
    book.open_wallet("b", "USD", 50)
    return book


def entry(debit: str, credit: str, amount: int) -> Entry:
    return Entry(0.0, debit, credit, "USD", amount, "test")


def test_a_movement_takes_and_gives_the_same() -> None:
    book = ledger()
    book.move(entry("a", "b", 30))
    assert (book.balance("a"), book.balance("b"), book.total("USD")) == (70, 80, 0)
    assert [e.amount for e in book.journal] == [30]


def test_a_wallet_cannot_be_overdrawn() -> None:
    book = ledger()
    with pytest.raises(InsufficientFunds):
        book.move(entry("a", "b", 101))
    assert (book.balance("a"), book.balance("b")) == (100, 50)


@pytest.mark.parametrize("amount", [0, -1])
def test_only_positive_amounts_move(amount: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        ledger().move(entry("a", "b", amount))


def test_a_wallet_is_opened_once() -> None:
    with pytest.raises(ValueError, match="cannot open"):
        ledger().open_wallet("a", "USD", 1)


def test_currencies_are_kept_apart() -> None:
    book = ledger()
    book.open_wallet("a", "BTC", 7)
    assert (book.balance("a", "USD"), book.balance("a", "BTC"), book.balance("nobody")) == (100, 7, 0)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 80))))
def test_money_is_neither_made_nor_lost(moves: list[tuple[str, str, int]]) -> None:
    book = ledger()
    for debit, credit, amount in moves:
        try:
            book.move(entry(debit, credit, amount))
        except InsufficientFunds:
            continue
    assert book.total("USD") == 0
    assert min(book.balance("a"), book.balance("b")) >= 0
