from decimal import Decimal
from typing import Any

import httpx
import pytest

from profiles.virtual_clock import VirtualClock
from service.core.errors import NotAuthenticated, UpstreamError, UpstreamRefused, UpstreamUnavailable
from service.core.freshness import Namespace
from service.core.queries import (
    Balance,
    Currencies,
    Currency,
    Price,
    Profile,
    Query,
    Reading,
    ReadingSource,
    Recipient,
    Transactions,
)
from service.gateway.flash_reads import FlashReads
from service.gateway.graphql import GraphQL
from service.gateway.shapes import dollars_to_cents, whole_cents
from tests.gateway.fakes import ANA, BALANCE, PRICE, START_S, Handler, Tally, answering, client_of, sent, virtual

RECIPIENT = Query(Namespace.RECIPIENT, "bob")
PROFILE = Query(Namespace.PROFILE, account=ANA)
TRANSACTIONS = Query(Namespace.TRANSACTIONS, account=ANA)


def read(query: Query, handler: Handler) -> Reading:
    async def main(clock: VirtualClock) -> Reading:
        return await FlashReads(GraphQL(client_of(handler), "https://flash.test", clock, Tally()), clock)(query)

    return virtual(main)


def me(account: dict[str, Any], **user: Any) -> dict[str, Any]:
    return {"me": {"defaultAccount": {"id": "acc-ana"} | account, **user}}


def wallets(balance: Any = None) -> dict[str, Any]:
    dollars = {"id": "w-usd", "walletCurrency": "USD", "balance": balance}
    return {"wallets": [{"id": "w-btc", "walletCurrency": "BTC", "balance": 7}, dollars]}


def movement(**changes: Any) -> dict[str, Any]:
    node = {
        "id": "t1",
        "direction": "SEND",
        "status": "SUCCESS",
        "createdAt": 1_700_000_000,
        "memo": None,
        "settlementAmount": -12.34,
        "settlementCurrency": "USD",
        "settlementDisplayAmount": "-1930.5",
        "settlementDisplayCurrency": "JMD",
    }
    return {"node": node | changes}


def test_a_price_is_that_of_one_satoshi() -> None:
    reading = read(PRICE, answering({"realtimePrice": {"btcSatPrice": {"base": 60_000_000_000, "offset": 12}}}))
    assert reading == Reading(Price(60_000_000_000, 12), START_S, ReadingSource.UPSTREAM)


def test_a_rate_is_that_of_one_cent() -> None:
    data = {"realtimePrice": {"usdCentPrice": {"base": 156_000_000, "offset": 6}}}
    assert read(Query(Namespace.RATE, "JMD"), answering(data)).value == Price(156_000_000, 6)


def test_currencies_keep_their_fraction_digits() -> None:
    data = {"currencyList": [{"id": "JPY", "symbol": "\u00a5", "name": "Yen", "fractionDigits": 0}]}
    assert read(Query(Namespace.CURRENCIES), answering(data)).value == Currencies(
        (Currency("JPY", "\u00a5", "Yen", 0),)
    )


def test_a_recipient_is_asked_for_by_name_and_in_dollars() -> None:
    asked: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(sent(request)["variables"])
        return httpx.Response(200, json={"data": {"accountDefaultWallet": {"id": "w-bob", "walletCurrency": "USD"}}})

    assert read(RECIPIENT, handler).value == Recipient("w-bob")
    assert asked == [{"username": "bob", "walletCurrency": "USD"}]


def test_a_name_that_nobody_has_is_an_answer() -> None:
    handler = answering(errors=[{"message": "?", "extensions": {"code": "NOT_FOUND"}}])
    assert read(RECIPIENT, handler).value == Recipient(wallet_id=None)


def test_not_found_elsewhere_is_a_refusal() -> None:
    with pytest.raises(UpstreamRefused):
        read(PRICE, answering(errors=[{"message": "?", "extensions": {"code": "NOT_FOUND"}}]))


def test_a_profile_names_the_dollar_wallet() -> None:
    data = me({"displayCurrency": "JMD", **wallets()}, phone="+18765550100", username="ana")
    assert read(PROFILE, answering(data)).value == Profile("acc-ana", "ana", "+18765550100", "JMD", "w-usd")


def test_an_account_without_dollars_is_refused() -> None:
    with pytest.raises(UpstreamRefused, match="NO_USD_WALLET"):
        read(PROFILE, answering(me({"displayCurrency": "JMD", "wallets": []}, phone=None, username=None)))


@pytest.mark.parametrize(("given", "cents"), [(5025, 5025), (5025.9, 5025), (0, 0), (-1.5, -2)])
def test_a_balance_is_in_whole_cents_rounded_down(given: float, cents: int) -> None:
    assert read(BALANCE, answering(me(wallets(given)))).value == Balance(cents)


def test_transactions_are_cents_without_sign_newest_first() -> None:
    edges = [
        movement(),
        movement(id="t3", direction="RECEIVE", settlementAmount=0.1, createdAt=1_700_000_200),
        movement(id="t2", createdAt=1_700_000_100),
    ]
    value = read(TRANSACTIONS, answering(me({"transactions": {"edges": edges}}))).value
    assert isinstance(value, Transactions)
    assert [(item.id, item.sent, item.amount_cents) for item in value.items] == [
        ("t3", False, 10),
        ("t2", True, 1234),
        ("t1", True, 1234),
    ]
    assert (value.items[2].display_amount, value.items[2].display_currency) == ("1930.5", "JMD")


def test_movements_of_other_wallets_are_left_out() -> None:
    edges = [movement(settlementCurrency="BTC", settlementAmount=21)]
    assert read(TRANSACTIONS, answering(me({"transactions": {"edges": edges}}))).value == Transactions(())


@pytest.mark.parametrize(
    ("query", "account"),
    [
        (BALANCE, wallets(5)),
        (PROFILE, {"displayCurrency": "USD", **wallets()}),
        (TRANSACTIONS, {"transactions": {"edges": []}}),
    ],
)
def test_an_answer_about_another_account_is_never_shown(query: Query, account: dict[str, Any]) -> None:
    with pytest.raises(NotAuthenticated):
        read(query, answering(me(account | {"id": "acc-ben"})))


@pytest.mark.parametrize(
    ("query", "data"),
    [
        (PRICE, {}),
        (PRICE, {"realtimePrice": None}),
        (PRICE, {"realtimePrice": {"btcSatPrice": {"base": "1", "offset": 12}}}),
        (PRICE, {"realtimePrice": {"btcSatPrice": {"base": 0, "offset": 12}}}),
        (PRICE, {"realtimePrice": {"btcSatPrice": {"base": 1, "offset": 1_000_000_000}}}),
        (Query(Namespace.CURRENCIES), {"currencyList": []}),
        (Query(Namespace.CURRENCIES), {"currencyList": [{"id": "X", "symbol": "", "name": "", "fractionDigits": -1}]}),
        (RECIPIENT, {"accountDefaultWallet": {"id": "w", "walletCurrency": "BTC"}}),
        (RECIPIENT, {"accountDefaultWallet": {"id": "", "walletCurrency": "USD"}}),
        (PROFILE, {"me": None}),
        (BALANCE, {"me": {"defaultAccount": None}}),
        (BALANCE, me(wallets(None))),
        (BALANCE, me(wallets("1e999"))),
        (BALANCE, me(wallets("NaN"))),
        (BALANCE, me(wallets("1e99999999999999999999"))),
        (BALANCE, me(wallets("-1e999999999"))),
        (BALANCE, me(wallets(True))),
        (TRANSACTIONS, me({"transactions": None})),
        (TRANSACTIONS, me({"transactions": {"edges": None}})),
        (TRANSACTIONS, me({"transactions": {"edges": [movement(direction="SIDEWAYS")]}})),
        (TRANSACTIONS, me({"transactions": {"edges": [movement(settlementAmount="1e999999999")]}})),
        (TRANSACTIONS, me({"transactions": {"edges": [movement(createdAt=-1)]}})),
    ],
)
def test_what_does_not_fit_is_no_answer(query: Query, data: dict[str, Any]) -> None:
    with pytest.raises(UpstreamUnavailable):
        read(query, answering(data))


def test_data_are_as_old_as_the_beginning_of_the_request() -> None:
    async def main(clock: VirtualClock) -> float:
        async def slow(_: httpx.Request) -> httpx.Response:
            await clock.sleep(2)
            return httpx.Response(200, json={"data": me(wallets(5))})

        graphql = GraphQL(httpx.MockTransport(slow), "https://flash.test", clock, Tally())
        return (await FlashReads(graphql, clock)(BALANCE)).fetched_at_s

    assert virtual(main) == START_S


def test_errors_do_not_show_the_token() -> None:
    with pytest.raises(UpstreamError) as caught:
        read(BALANCE, answering({"me": {"defaultAccount": ANA.token}}))
    assert ANA.token not in str(caught.value)


@pytest.mark.parametrize(("dollars", "cents"), [("0.005", 0), ("0.015", 2), ("-7.5", -750), ("12", 1200)])
def test_dollars_are_rounded_to_the_nearest_cent_half_to_even(dollars: str, cents: int) -> None:
    assert dollars_to_cents("transactions", Decimal(dollars)) == cents


def test_whole_cents_never_show_more_than_there_is() -> None:
    assert whole_cents("balance", Decimal("99.99")) == 99
