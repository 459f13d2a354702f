"""Looking for payments in the books of the simulated Flash: what is seen is what moved."""

from typing import Any

import msgspec
import pytest

from service.core.payments import Payment, Target, Unknown
from service.core.reconciliation import Absent, Found, Likely, Sighting
from service.gateway import documents
from service.sandbox.behaviour import Behaviour, Fate
from service.sandbox.invoices import encode_invoice, sandbox_signer
from tests.gateway.house import House, within

MOVES_NOTHING = frozenset(
    {Fate.FAILURE, Fate.REFUSED, Fate.TIMEOUT_BEFORE, Fate.ERROR_BEFORE, Fate.CONFLICT, Fate.FALSE_SUCCESS}
)
PENDING = frozenset({Fate.PENDING, Fate.PENDING_FOREVER})
BOB_HAS = 4_200


def intended(house: House, payment: Payment) -> Payment:
    return msgspec.structs.replace(payment, intended_at_s=house.clock.now())


async def invoice_of(house: House, kind: Any, cents: int = 500) -> Payment:
    """Bob's invoice, which Alice is about to pay."""
    amount = cents if kind == "invoice" else None
    made = await house.wallet.create_invoice(house.account("bob"), house.usd_wallet("bob"), amount, "tea #5")
    return intended(house, house.payment(Target(kind, "lnbc1", made.payment_request, made.payment_hash), cents))


async def make(house: House, kind: str) -> Payment:
    return intended(house, house.to_bob()) if kind == "wallet" else await invoice_of(house, kind)


def foreign_invoice(house: House) -> Payment:
    """An invoice of somebody who is not with Flash."""
    now_s, msat, payment_hash = house.clock.now(), 9_000_000, bytes(range(32))
    request = encode_invoice(
        sandbox_signer(),
        payment_hash=payment_hash,
        payment_secret=bytes(32),
        amount_msat=msat,
        description="coffee",
        timestamp=int(now_s),
        expiry_s=600,
    )
    cents = house.sandbox._services.prices.cents(msat, now_s)
    return intended(house, house.payment(Target("invoice", "lnbc1", request, payment_hash.hex()), cents))


async def look(house: House, payment: Payment) -> Sighting:
    return await house.wallet.find(house.account("alice"), payment)


@pytest.mark.parametrize("kind", ["wallet", "invoice", "open-invoice"])
@pytest.mark.parametrize("fate", list(Fate))
def test_the_books_have_what_moved_and_nothing_else_whatever_flash_has_said(fate: Fate, kind: str) -> None:
    async def act(house: House) -> None:
        payment = await make(house, kind)
        assert await look(house, payment) == Absent()
        await house.wallet.pay(house.account("alice"), payment)
        has_moved = fate not in MOVES_NOTHING | PENDING
        assert house.cents("bob") == BOB_HAS + 500 * has_moved
        assert isinstance(await look(house, payment), Found if has_moved else Absent)

    within(act, behaviour=Behaviour(script=(fate,)))


@pytest.mark.parametrize(("fate", "settles"), [(Fate.PENDING, True), (Fate.PENDING_FOREVER, False)])
@pytest.mark.parametrize("kind", ["wallet", "invoice", "open-invoice"])
def test_what_is_on_its_way_is_absent_until_it_arrives(fate: Fate, kind: str, *, settles: bool) -> None:
    """Why absence is no proof."""

    async def act(house: House) -> None:
        payment = await make(house, kind)
        assert await house.wallet.pay(house.account("alice"), payment) == Unknown("status PENDING", answered=True)
        assert await look(house, payment) == Absent()
        await house.clock.sleep(60.0)
        assert isinstance(await look(house, payment), Found if settles else Absent)
        assert house.cents("bob") == BOB_HAS + 500 * settles

    within(act, behaviour=Behaviour(script=(fate,)))


def test_each_of_two_payments_of_the_same_amount_to_the_same_wallet_is_found_as_itself() -> None:
    async def act(house: House) -> None:
        first = intended(house, house.to_bob())
        second, third = (msgspec.structs.replace(first, id=payment_id) for payment_id in ("p2", "p3"))
        for payment in (first, second):
            await house.wallet.pay(house.account("alice"), payment)
        found = [await look(house, payment) for payment in (first, second)]
        assert len(set(map(str, found))) == 2
        assert all(isinstance(seen, Found) for seen in found)
        assert await look(house, third) == Absent()

    within(act)


def test_a_payment_made_past_the_bot_is_a_likeness() -> None:
    """Alice sends Bob the same amount with Flash's own app."""

    async def act(house: House) -> None:
        payment = intended(house, house.to_bob())
        order = {"walletId": payment.wallet_id, "recipientWalletId": payment.target.address, "amount": 500}
        token = house.account("alice").token
        await house.graphql.execute(
            "intraLedgerUsdPaymentSend", documents.PAY_WALLET, {"input": order}, token=token, timeout_s=10.0
        )
        assert isinstance(await look(house, payment), Likely)

    within(act)


def test_a_foreign_invoice_is_found_by_its_hash_although_a_fee_came_on_top() -> None:
    async def act(house: House) -> None:
        payment = foreign_invoice(house)
        await house.wallet.pay(house.account("alice"), payment)
        assert isinstance(await look(house, payment), Found)
        assert house.cents("alice") < 25_000 - payment.amount_cents

    within(act)


def test_who_was_paid_does_not_find_it_as_sent() -> None:
    async def act(house: House) -> None:
        payment = intended(house, house.to_bob())
        await house.wallet.pay(house.account("alice"), payment)
        mirrored = msgspec.structs.replace(
            payment, account_id=house.account("bob").id, wallet_id=house.usd_wallet("bob")
        )
        assert await house.wallet.find(house.account("bob"), mirrored) == Absent()

    within(act)
