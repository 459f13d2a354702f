"""send: from words to a proposal. Nothing moves here."""

import msgspec
import pytest

from service.core.commands import CommandType
from service.core.errors import UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.payment_steps import advance
from service.core.payments import Payment, PaymentState, Target, proposal_id
from service.core.queries import Balance, ReadingSource, Recipient
from service.core.results import Money, PaymentProposed, PaymentStatus, Problem, RecipientUnknown, Trouble
from service.core.sessions import Contact
from tests.commands.fakes import BOB, JMD, NOW_S, invoice
from tests.commands.kit import World

SEND = CommandType.SEND
TO_BOB = {"amount": "5", "username": "bob"}
HASH = "00" * 32


def proposed(world: World, args: dict[str, str], message_id: str | None = None) -> PaymentProposed:
    result = world.ask(SEND, args, message_id=message_id)
    assert isinstance(result, PaymentProposed)
    return result


def test_a_username_becomes_a_proposal() -> None:
    world = World()
    result = proposed(world, {**TO_BOB, "memo": "lunch"}, "wamid.A")
    assert result.money == Money(500)
    assert result.payment == Payment(
        id=proposal_id("wamid.A"),
        user="ann",
        account_id="acc_ann",
        wallet_id="wallet_ann",
        target=Target("wallet", "@bob", "wallet_bob"),
        amount_cents=500,
        memo="lunch",
        proposed_at_s=NOW_S,
        asked_at_s=int(NOW_S),
    )
    assert world.flash.asked == ["profile", "balance", "recipient:bob"]
    assert world.wallet.paid == []


def test_a_proposal_is_shown_in_the_payers_currency_too() -> None:
    world = World()
    world.flash.display("JMD")
    assert proposed(world, TO_BOB).money == Money(500, 78_750, JMD)


def test_the_case_of_a_username_does_not_matter() -> None:
    world = World()
    assert proposed(world, {**TO_BOB, "username": "BoB"}).payment.target == Target("wallet", "@BoB", "wallet_bob")


def test_an_unknown_username_is_not_proposed() -> None:
    world = World()
    assert world.ask(SEND, {**TO_BOB, "username": "nobody"}) == RecipientUnknown("@nobody", "username")
    assert world.payments.by_id == {}


def test_a_phone_number_is_one_of_a_linked_user() -> None:
    world = World()
    result = proposed(world, {"amount": "5", "phoneNumber": "876 555 0002"})
    assert result.payment.target == Target("wallet", "+18765550002", "wallet_bob")


def test_a_phone_number_without_a_country_code_is_one_of_the_services_region() -> None:
    world = World()
    world.phone_region = "GB"
    result = world.ask(SEND, {"amount": "5", "phoneNumber": "07400 123456"})
    assert result == RecipientUnknown("+447400123456", "phone")


def test_a_contact_stands_for_its_phone_number() -> None:
    world = World()
    world.contacts.saved["ann", "bobby"] = Contact("Bobby", "+18765550002")
    result = proposed(world, {"amount": "5", "recipient": "bobby"})
    assert result.payment.target == Target("wallet", "Bobby (+18765550002)", "wallet_bob")


def test_another_users_token_is_never_used() -> None:
    world = World()
    proposed(world, {"amount": "5", "phoneNumber": "+18765550002"})
    assert {query.account.token for query in world.flash.queries if query.account} == {"token_ann"}


def test_another_users_contacts_are_not_ones_own() -> None:
    world = World()
    world.contacts.saved["bob", "bobby"] = Contact("Bobby", "+18765550002")
    assert world.ask(SEND, {"amount": "5", "recipient": "bobby"}) == RecipientUnknown("bobby", "contact")
    assert world.upstream_calls == 0


def test_a_phone_that_is_not_linked_is_unknown() -> None:
    world = World()
    assert world.ask(SEND, {"amount": "5", "phoneNumber": "+18765550003"}) == RecipientUnknown("+18765550003", "phone")


def test_a_linked_user_without_a_username_cannot_be_paid_yet() -> None:
    world = World()
    world.sessions.by_user["bob"] = msgspec.structs.replace(BOB, username=None)
    assert world.ask(SEND, {"amount": "5", "phoneNumber": "+18765550002"}) == RecipientUnknown("+18765550002", "phone")


def test_ones_own_wallet_is_recognised_under_any_name() -> None:
    world = World()
    world.flash.values[Namespace.RECIPIENT, "alias"] = Recipient("wallet_ann")
    assert world.ask(SEND, {**TO_BOB, "username": "alias"}) == Problem("cant-pay-self")


def test_more_than_the_balance_is_not_proposed() -> None:
    world = World()
    facts = {"amount": "$50.01", "balance": "$50.00"}
    assert world.ask(SEND, {**TO_BOB, "amount": "50.01"}) == Problem("insufficient-balance", facts)
    assert world.payments.by_id == {}


def test_the_whole_balance_can_be_sent() -> None:
    assert proposed(World(), {**TO_BOB, "amount": "50"}).payment.amount_cents == 5_000


@pytest.mark.parametrize("source", [ReadingSource.CACHE, ReadingSource.STALE, ReadingSource.COALESCED])
def test_nobody_is_refused_on_an_old_balance(source: ReadingSource) -> None:
    world = World()
    world.flash.source = source
    world.ask(SEND, {**TO_BOB, "amount": "60"})
    assert [query.fresh for query in world.flash.queries if query.namespace is Namespace.BALANCE] == [False, True]


def test_a_balance_that_was_just_asked_for_is_not_asked_for_again() -> None:
    world = World()
    world.ask(SEND, {**TO_BOB, "amount": "60"})
    assert world.flash.asked.count("balance") == 1


def test_a_new_proposal_takes_the_place_of_the_open_one() -> None:
    world = World()
    first = proposed(world, TO_BOB).payment
    second = proposed(world, {**TO_BOB, "amount": "6"}).payment
    assert world.payments.by_id[first.id].state is PaymentState.WITHDRAWN
    assert world.latest == second


def test_a_message_that_is_delivered_again_meets_its_own_proposal() -> None:
    world = World()
    first = proposed(world, TO_BOB, "wamid.A")
    assert proposed(world, TO_BOB, "wamid.A") == first
    assert world.journal.count("propose") == 1


def test_a_message_whose_payment_was_decided_says_how_it_stands() -> None:
    world = World()
    payment = proposed(world, TO_BOB, "wamid.A").payment
    declined = world.payments.put(advance(payment, PaymentState.WITHDRAWN, reason="declined"))
    assert world.ask(SEND, TO_BOB, message_id="wamid.A") == PaymentStatus(declined, repeated=True)


def test_a_proposal_met_again_is_shown_with_its_own_amount() -> None:
    world = World()
    world.flash.display("JMD")
    payment = proposed(world, TO_BOB, "wamid.A").payment
    world.payments.put(msgspec.structs.replace(payment, amount_cents=400))
    assert proposed(world, TO_BOB, "wamid.A").money == Money(400, 63_000, JMD)


def test_what_fails_upstream_leaves_nothing_to_confirm() -> None:
    world = World()
    world.flash.error = UpstreamUnavailable("balance", "time-out")
    assert world.ask(SEND, TO_BOB) == Trouble("flash-unavailable")
    assert world.payments.by_id == {}


def test_an_invoice_decides_its_amount() -> None:
    world = World()
    text = invoice(amount_msat=50_000_000)  # 50,000 sats at a tenth of a cent each
    payment = proposed(world, {"paymentRequest": text}).payment
    assert payment.target == Target("invoice", "a Lightning invoice (coffee)", text, HASH)
    assert payment.amount_cents == 5_000
    assert world.flash.asked == ["profile", "balance", "price:USD"]


def test_a_started_sat_is_a_whole_one() -> None:
    world = World()
    assert proposed(world, {"paymentRequest": invoice(amount_msat=14_001)}).payment.amount_cents == 2  # 15 sats: 1.5


def test_an_invoice_for_less_than_a_cent_can_be_paid() -> None:
    world = World()
    assert proposed(world, {"paymentRequest": invoice(amount_msat=1_000)}).payment.amount_cents == 0


def test_the_label_of_an_invoice_never_looks_like_a_name() -> None:
    world = World()
    text = invoice(amount_msat=1_000_000, description="@bob" + "b" * 100)
    label = proposed(world, {"paymentRequest": text}).payment.target.label
    assert label.startswith("a Lightning invoice (@bob")
    assert len(label) < 100


def test_an_invoice_without_a_description_has_a_label_too() -> None:
    world = World()
    text = invoice(amount_msat=1_000_000, description="")
    assert proposed(world, {"paymentRequest": text}).payment.target.label == "a Lightning invoice"


def test_an_open_invoice_takes_the_typed_amount() -> None:
    world = World()
    text = invoice(amount_msat=None)
    payment = proposed(world, {"paymentRequest": text, "amount": "7"}).payment
    assert payment.target == Target("open-invoice", "a Lightning invoice (coffee)", text, HASH)
    assert payment.amount_cents == 700
    assert world.flash.asked == ["profile", "balance"]


def test_a_typed_amount_must_not_differ_from_the_invoices() -> None:
    world = World()
    text = invoice(amount_msat=1_000_000)
    assert world.ask(SEND, {"paymentRequest": text, "amount": "2"}) == Problem(
        "invoice-has-amount", {"amount": "$1.00"}
    )
    assert proposed(world, {"paymentRequest": text, "amount": "1"}).payment.amount_cents == 100


def test_an_invoice_above_the_limit_is_not_proposed() -> None:
    world = World()
    world.flash.values[Namespace.BALANCE, ""] = Balance(10**9)
    text = invoice(amount_msat=10_000_001_000_000)
    result = world.ask(SEND, {"paymentRequest": text})
    assert isinstance(result, Problem)
    assert result.rule == "amount-too-large"
