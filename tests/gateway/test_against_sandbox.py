"""The client against the simulated Flash, which executes its documents: the two must mean the same."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from service.core.errors import NotAuthenticated, UpstreamRefused
from service.core.freshness import Namespace
from service.core.payments import Outcome, Rejected, Settled, Target, Unknown
from service.core.queries import Account, Balance, Currencies, Price, Profile, Query, Recipient, Transactions, Value
from service.sandbox.accounts import otp_code
from service.sandbox.behaviour import Behaviour, Fate
from tests.gateway.house import House, within

ERIN_PHONE = "+18765550105"


@pytest.mark.parametrize(
    ("namespace", "argument", "kind"),
    [
        (Namespace.PRICE, "USD", Price),
        (Namespace.RATE, "JMD", Price),
        (Namespace.CURRENCIES, "", Currencies),
        (Namespace.RECIPIENT, "bob", Recipient),
        (Namespace.PROFILE, "", Profile),
        (Namespace.BALANCE, "", Balance),
        (Namespace.TRANSACTIONS, "", Transactions),
    ],
)
def test_every_read_is_answered(namespace: Namespace, argument: str, kind: type[Value]) -> None:
    async def act(house: House) -> None:
        is_own = namespace in {Namespace.PROFILE, Namespace.BALANCE, Namespace.TRANSACTIONS}
        query = Query(namespace, argument, house.account("alice") if is_own else None)
        assert isinstance((await house.reads(query)).value, kind)

    within(act)


def test_figures_are_those_of_the_ledger() -> None:
    async def act(house: House) -> None:
        alice, bob = house.account("alice"), house.usd_wallet("bob")
        assert (await house.reads(Query(Namespace.BALANCE, account=alice))).value == Balance(25_000)
        assert (await house.reads(Query(Namespace.RECIPIENT, "bob"))).value == Recipient(bob)
        assert (await house.reads(Query(Namespace.RECIPIENT, "nobody_at_all"))).value == Recipient(None)

    within(act)


def test_a_payment_is_the_newest_transaction_of_both() -> None:
    async def act(house: House) -> None:
        assert await house.wallet.pay(house.account("alice"), house.to_bob(1_234)) == Settled()
        for name, is_sent in (("alice", True), ("bob", False)):
            value = (await house.reads(Query(Namespace.TRANSACTIONS, account=house.account(name)))).value
            assert isinstance(value, Transactions)
            assert (value.items[0].sent, value.items[0].amount_cents) == (is_sent, 1_234)

    within(act)


def test_linking_from_the_code_to_a_name() -> None:
    async def act(house: House) -> None:
        await house.wallet.send_code(ERIN_PHONE)
        token = await house.wallet.login(ERIN_PHONE, otp_code(ERIN_PHONE))
        profile = await house.wallet.identify(token)
        assert (profile.username, profile.phone) == (None, ERIN_PHONE)
        assert not await house.wallet.is_username_free("alice")
        await house.wallet.set_username(Account(profile.account_id, token), "erin_k")
        assert (await house.wallet.identify(token)).username == "erin_k"

    within(act)


@pytest.mark.parametrize(("phone", "code"), [("+18765550107", "TOTP_REQUIRED"), (ERIN_PHONE, "PHONE_CODE_ERROR")])
def test_a_login_that_does_not_work_says_why(phone: str, code: str) -> None:
    async def act(house: House) -> None:
        await house.wallet.send_code(phone)
        with pytest.raises(UpstreamRefused) as caught:
            await house.wallet.login(phone, otp_code(phone) if code == "TOTP_REQUIRED" else "000000")
        assert caught.value.code == code

    within(act)


def test_a_token_that_is_not_one_is_not_authenticated() -> None:
    async def act(house: House) -> None:
        with pytest.raises(NotAuthenticated):
            await house.reads(Query(Namespace.BALANCE, account=Account(house.account("alice").id, "stolen")))

    within(act)


@pytest.mark.parametrize("amount_cents", [500, None])
def test_an_invoice_that_was_made_can_be_paid_once(amount_cents: int | None) -> None:
    async def act(house: House) -> None:
        made = await house.wallet.create_invoice(house.account("bob"), house.usd_wallet("bob"), amount_cents, "tea")
        kind: Any = "invoice" if amount_cents else "open-invoice"
        payment = house.payment(Target(kind, "lnbc1", made.payment_request, made.payment_hash))
        assert await house.wallet.pay(house.account("alice"), payment) == Settled()
        again = msgspec.structs.replace(payment, id="p2")
        assert await house.wallet.pay(house.account("alice"), again) == Settled(already=True)
        assert house.cents("bob") == 4_200 + 500

    within(act)


def test_the_same_payment_twice_moves_the_money_once() -> None:
    async def act(house: House) -> None:
        for _ in range(2):
            assert await house.wallet.pay(house.account("alice"), house.to_bob()) == Settled()
        assert house.cents("bob") == 4_200 + 500

    within(act)


@pytest.mark.parametrize(("cents", "code"), [(99_999_999, "INSUFFICIENT_BALANCE"), (0, "INVALID_INPUT")])
def test_a_refused_payment_is_rejected_with_its_code(cents: int, code: str) -> None:
    async def act(house: House) -> None:
        outcome = await house.wallet.pay(house.account("alice"), house.to_bob(cents))
        assert isinstance(outcome, Rejected)
        assert outcome.code == code

    within(act)


FATES: Mapping[Fate, type[Outcome]] = dict.fromkeys(Fate, Unknown) | dict.fromkeys(
    (Fate.SUCCESS, Fate.SLOW, Fate.FALSE_SUCCESS), Settled
)


@pytest.mark.parametrize("fate", list(Fate))
def test_whatever_happens_to_a_payment_its_outcome_is_never_a_wrong_one(fate: Fate) -> None:
    async def act(house: House) -> None:
        outcome = await house.wallet.pay(house.account("alice"), house.to_bob())
        assert isinstance(outcome, FATES[fate])
        if isinstance(outcome, Settled) and fate is not Fate.FALSE_SUCCESS:  # only its books tell that it lied
            assert house.cents("bob") == 4_200 + 500

    within(act, behaviour=Behaviour(script=(fate,)))


def test_an_older_server_refuses_the_key_and_nothing_moves() -> None:
    async def act(house: House) -> None:
        outcome = await house.wallet.pay(house.account("alice"), house.to_bob())
        assert isinstance(outcome, Rejected)
        assert house.cents("bob") == 4_200

    within(act, idempotency=False)
