"""balance, refresh, price, receive, history and contacts: what they read, and what they make of it."""

import pytest

from service.commands.contacts import MAX_CONTACTS
from service.core.commands import CommandType
from service.core.errors import UpstreamRefused
from service.core.freshness import Namespace
from service.core.queries import Balance, Currencies, Currency, Price, ReadingSource, Transactions
from service.core.results import (
    BalanceShown,
    ContactRemoved,
    ContactSaved,
    ContactsShown,
    HistoryShown,
    InvoiceCreated,
    Money,
    PriceShown,
    Problem,
    TransactionShown,
    Trouble,
)
from service.core.sessions import Contact
from tests.commands.fakes import JMD, NOW_S, invoice, movement
from tests.commands.kit import World

USD = Currency("USD", "$", "US Dollar", 2)
BALANCE, PRICE, RECEIVE = CommandType.BALANCE, CommandType.PRICE, CommandType.RECEIVE
HISTORY, CONTACTS = CommandType.HISTORY, CommandType.CONTACTS


def test_a_balance_in_dollars_takes_two_reads() -> None:
    world = World()
    assert world.ask(BALANCE) == BalanceShown(Money(5_000))
    assert world.flash.asked == ["profile", "balance"]


def test_a_balance_in_another_currency_is_converted() -> None:
    world = World()
    world.flash.display("JMD")
    assert world.ask(BALANCE) == BalanceShown(Money(5_000, 787_500, JMD))
    assert world.flash.asked == ["profile", "balance", "rate:JMD", "currencies"]


def test_every_account_read_is_made_for_its_account_and_no_other_is() -> None:
    world = World()
    world.flash.display("JMD")
    world.ask(BALANCE)
    assert [query.account.id if query.account else None for query in world.flash.queries] == [
        "acc_ann",
        "acc_ann",
        None,
        None,
    ]


def test_reads_say_which_command_asks() -> None:
    world = World()
    world.ask(BALANCE)
    assert {query.site for query in world.flash.queries} == {"balance"}


def test_a_currency_that_flash_does_not_list_is_left_out() -> None:
    world = World()
    world.flash.display("XXX")
    world.flash.values[Namespace.RATE, "XXX"] = Price(1, 0)
    assert world.ask(BALANCE) == BalanceShown(Money(5_000))


@pytest.mark.parametrize(
    ("source", "age_s"), [(ReadingSource.STALE, 90.0), (ReadingSource.CACHE, None), (ReadingSource.UPSTREAM, None)]
)
def test_only_a_stale_figure_says_how_old_it_is(source: ReadingSource, age_s: float | None) -> None:
    world = World()
    world.flash.source, world.flash.age_s = source, 90.0
    assert world.ask(BALANCE) == BalanceShown(Money(5_000), age_s=age_s)


def test_refresh_takes_no_cache_at_its_word() -> None:
    world = World()
    assert world.ask(CommandType.REFRESH) == BalanceShown(Money(5_000), refreshed=True)
    assert [(query.namespace, query.fresh) for query in world.flash.queries] == [
        (Namespace.PROFILE, False),
        (Namespace.BALANCE, True),
    ]


def test_a_read_of_the_wrong_kind_is_a_bug() -> None:
    world = World()
    world.flash.values[Namespace.BALANCE, ""] = Price(1, 0)
    with pytest.raises(TypeError, match="balance"):
        world.ask(BALANCE)


def test_the_price_for_strangers_is_in_dollars() -> None:
    world = World()
    assert world.ask(PRICE, user="stranger") == PriceShown(10_000_000, USD)
    assert world.flash.asked == ["price:USD"]


def test_the_price_for_users_is_in_their_currency() -> None:
    world = World()
    world.flash.display("JMD")
    assert world.ask(PRICE) == PriceShown(1_575_000_000, JMD)
    assert world.flash.asked == ["profile", "price:JMD", "currencies"]


def test_the_price_in_a_named_currency_needs_no_profile() -> None:
    world = World()
    assert world.ask(PRICE, {"currency": "jmd"}) == PriceShown(1_575_000_000, JMD)
    assert world.flash.asked == ["price:JMD", "currencies"]


def test_a_currency_that_flash_refuses_is_unknown() -> None:
    world = World()
    world.flash.error = UpstreamRefused("price", "INVALID_INPUT", "no such currency")
    assert world.ask(PRICE, {"currency": "QQQ"}) == Problem("currency-unknown", {"currency": "QQQ"})


def test_a_currency_that_is_not_listed_is_unknown() -> None:
    world = World()
    world.flash.values[Namespace.PRICE, "QQQ"] = Price(1, 0)
    world.flash.values[Namespace.CURRENCIES, ""] = Currencies((USD,))
    assert world.ask(PRICE, {"currency": "QQQ"}) == Problem("currency-unknown", {"currency": "QQQ"})


def test_another_refusal_of_a_price_is_not_about_the_currency() -> None:
    world = World()
    world.flash.error = UpstreamRefused("price", "TOO_MANY_REQUESTS", "")
    assert world.ask(PRICE) == Trouble("flash-busy")


def test_an_invoice_says_when_it_expires() -> None:
    world = World()
    result = world.ask(RECEIVE, {"amount": "5", "memo": "lunch"})
    assert result == InvoiceCreated(world.wallet.invoice, Money(500), "lunch", 60)
    assert world.wallet.invoices == [("wallet_ann", 500, "lunch")]


def test_an_invoice_for_any_amount_needs_no_rate() -> None:
    world = World()
    world.flash.display("JMD")
    assert world.ask(RECEIVE) == InvoiceCreated(world.wallet.invoice, None, None, 60)
    assert world.flash.asked == ["profile"]


def test_an_invoice_is_shown_in_the_users_currency_too() -> None:
    world = World()
    world.flash.display("JMD")
    result = world.ask(RECEIVE, {"amount": "5"})
    assert isinstance(result, InvoiceCreated)
    assert result.money == Money(500, 78_750, JMD)


def test_an_invoice_that_cannot_be_read_is_no_answer() -> None:
    world = World()
    world.wallet.invoice = invoice(amount_msat=None)[:-3] + "qqq"
    assert world.ask(RECEIVE) == Trouble("flash-unavailable")


def test_history_shows_the_recent_movements() -> None:
    world = World()
    items = (movement("tx-aaaa1111"), movement("tx-bbbb2222", sent=False))
    world.flash.values[Namespace.TRANSACTIONS, ""] = Transactions(items)
    assert world.ask(HISTORY) == HistoryShown(items, NOW_S)
    assert world.flash.asked == ["transactions"]


@pytest.mark.parametrize("asked", ["tx-aaaa1111", "1111", "#aaaa1111", "AAAA1111"])
def test_one_movement_is_found_by_its_id_or_the_end_of_it(asked: str) -> None:
    world = World()
    items = (movement("tx-aaaa1111"), movement("tx-bbbb2222"))
    world.flash.values[Namespace.TRANSACTIONS, ""] = Transactions(items)
    assert world.ask(HISTORY, {"transactionId": asked}) == TransactionShown(items[0], asked)


@pytest.mark.parametrize("asked", ["111", "tx-", "zzzz", "0000"])
def test_an_unclear_id_finds_nothing(asked: str) -> None:
    world = World()
    items = (movement("tx-a1111"), movement("tx-b1110000"), movement("tx-c1110000"))
    world.flash.values[Namespace.TRANSACTIONS, ""] = Transactions(items)
    assert world.ask(HISTORY, {"transactionId": asked}) == TransactionShown(None, asked)


def test_contacts_are_saved_listed_and_removed() -> None:
    world = World()
    zoe = Contact("Zoe", "+18765550002")
    add = {"action": "add", "name": "Zoe", "phoneNumber": "876-555-0002"}
    assert world.ask(CONTACTS, add) == ContactSaved(zoe)
    world.ask(CONTACTS, {**add, "name": "al"})
    assert world.ask(CONTACTS) == ContactsShown((Contact("al", "+18765550002"), zoe))
    assert world.ask(CONTACTS, {"action": "remove", "name": "zoe"}) == ContactRemoved("zoe", existed=True)
    assert world.ask(CONTACTS, {"action": "remove", "name": "zoe"}) == ContactRemoved("zoe", existed=False)
    assert world.upstream_calls == 0


def test_contacts_are_bounded_but_can_be_changed() -> None:
    world = World()
    for n in range(MAX_CONTACTS):
        world.contacts.saved["ann", f"c{n}"] = Contact(f"c{n}", "+18765550002")
    add = {"action": "add", "name": "more", "phoneNumber": "+18765550003"}
    assert world.ask(CONTACTS, add) == Problem("contacts-full", {"limit": str(MAX_CONTACTS)})
    assert world.ask(CONTACTS, {**add, "name": "C7"}) == ContactSaved(Contact("C7", "+18765550003"))


def test_a_balance_of_nothing_is_a_balance() -> None:
    world = World()
    world.flash.values[Namespace.BALANCE, ""] = Balance(0)
    assert world.ask(BALANCE) == BalanceShown(Money(0))
