from decimal import Decimal
from typing import Any

import msgspec
import pytest

from service.sandbox.prices import CURRENCIES

ME = """{ me { id phone username language npub totpEnabled createdAt defaultAccount {
  id level displayCurrency defaultWalletId wallets { id accountId walletCurrency balance lnurlp }
  realtimePrice { denominatorCurrency usdCentPrice { base offset } } } } }"""
PRICE = """query($currency: DisplayCurrency!) { realtimePrice(currency: $currency) {
  id timestamp denominatorCurrency btcSatPrice { base offset } usdCentPrice { base offset } } }"""
WALLET = """query($username: Username!, $walletCurrency: WalletCurrency) {
  accountDefaultWallet(username: $username, walletCurrency: $walletCurrency) { id walletCurrency lnurlp } }"""
AVAILABLE = "query($username: Username!) { usernameAvailable(username: $username) }"
DETAILS = """query($input: TransactionDetailsInput!) { transactionDetails(input: $input) {
  transactionDetails { id accountId memo paymentHash invoice amount fee currency status type createdAt }
  errors { message } } }"""


def code(answer: dict[str, Any]) -> str:
    (error,) = answer["errors"]
    found: str = error["extensions"]["code"]
    return found


def test_me_says_who_asks_and_what_they_have(house: Any) -> None:
    bob = house.person("bob")
    me = house.data(ME, as_="bob")
    assert (me["phone"], me["username"], me["totpEnabled"]) == ("+18765550102", "bob", False)
    assert me["defaultAccount"]["defaultWalletId"] == bob.usd_wallet_id
    assert [(w["id"], w["walletCurrency"], w["balance"]) for w in me["defaultAccount"]["wallets"]] == [
        (bob.usd_wallet_id, "USD", 4_200),
        (bob.btc_wallet_id, "BTC", 15_000),
    ]


def test_me_gives_prices_in_the_account_s_own_currency(house: Any) -> None:
    price = house.data(ME, as_="dave")["defaultAccount"]["realtimePrice"]
    assert price["denominatorCurrency"] == "JMD"
    assert price == {key: house.data(PRICE, {"currency": "JMD"})[key] for key in price}


def test_the_bot_s_own_account_has_no_phone(house: Any) -> None:
    assert house.data(ME, as_="bot")["phone"] is None


@pytest.mark.parametrize("document", [ME, "{ me { username } }"])
def test_nobody_has_no_account(house: Any, document: str) -> None:
    answer = house.ask(document)
    assert (answer["data"], code(answer)) == ({"me": None}, "NOT_AUTHENTICATED")


@pytest.mark.parametrize("currency", CURRENCIES)
def test_anybody_can_ask_for_prices(house: Any, currency: str) -> None:
    price = house.data(PRICE, {"currency": currency})
    assert price["denominatorCurrency"] == currency
    assert (price["btcSatPrice"]["offset"], price["usdCentPrice"]["offset"]) == (12, 6)
    digits = CURRENCIES[currency].fraction_digits
    bitcoin = Decimal(price["btcSatPrice"]["base"]).scaleb(-12) * 10**8 / 10**digits
    dollar = Decimal(price["usdCentPrice"]["base"]).scaleb(-6) * 100 / 10**digits
    assert 90_000 < bitcoin / dollar < 100_000


def test_the_price_is_in_dollars_unless_asked_otherwise(house: Any) -> None:
    assert house.data("{ realtimePrice { id } }")["id"] == "USD"


def test_an_unknown_currency_is_refused(house: Any) -> None:
    assert code(house.ask(PRICE, {"currency": "XXX"})) == "INVALID_INPUT"


def test_prices_move_with_the_clock_unless_they_are_frozen(house: Any, make_house: Any) -> None:
    frozen = make_house(moving_prices=False)
    for each, moves in ((house, True), (frozen, False)):
        before = each.data(PRICE, {"currency": "USD"})["btcSatPrice"]
        each.clock.now_s += 600
        assert (before != each.data(PRICE, {"currency": "USD"})["btcSatPrice"]) is moves


def test_the_currency_list_has_the_digits(house: Any) -> None:
    currencies = house.data("{ currencyList { id symbol name flag fractionDigits } }")
    assert {c["id"]: c["fractionDigits"] for c in currencies}["JPY"] == 0
    assert len(currencies) == len(CURRENCIES)


@pytest.mark.parametrize(("asked", "given"), [(None, "USD"), ("USD", "USD"), ("BTC", "BTC")])
def test_a_username_leads_to_a_wallet(house: Any, asked: str | None, given: str) -> None:
    wallet = house.data(WALLET, {"username": "Bob", "walletCurrency": asked})
    bob = house.person("bob")
    assert wallet["walletCurrency"] == given
    assert wallet["id"] == (bob.usd_wallet_id if given == "USD" else bob.btc_wallet_id)


@pytest.mark.parametrize(
    ("username", "currency", "expected"),
    [("nobody", "USD", "NOT_FOUND"), ("bob", "USDT", "NOT_FOUND"), ("a b", "USD", "INVALID_INPUT")],
)
def test_an_unknown_recipient_is_an_error(house: Any, username: str, currency: str, expected: str) -> None:
    answer = house.ask(WALLET, {"username": username, "walletCurrency": currency})
    assert (answer["data"], code(answer)) == (None, expected)


def test_a_name_is_available_until_somebody_has_it(house: Any) -> None:
    assert house.data(AVAILABLE, {"username": "zoe"}) is True
    assert house.data(AVAILABLE, {"username": "ALICE"}) is False
    assert code(house.ask(AVAILABLE, {"username": "1x"})) == "INVALID_INPUT"


def test_both_sides_see_a_payment_in_dollars_and_in_their_own_currency(house: Any, documents: Any) -> None:
    house.pay("alice", "dave", 1_250, memo="lunch")
    seen = {
        name: house.data(documents["transactions"], {"first": 1}, name)["defaultAccount"]["transactions"]["edges"][0]
        for name in ("alice", "dave")
    }
    sent, received = seen["alice"]["node"], seen["dave"]["node"]
    assert (sent["direction"], sent["settlementAmount"], sent["settlementDisplayAmount"]) == ("SEND", -12.5, "-12.50")
    assert (received["direction"], received["settlementAmount"]) == ("RECEIVE", 12.5)
    assert received["settlementDisplayCurrency"] == "JMD"
    assert 1_980 < Decimal(received["settlementDisplayAmount"]) < 2_020
    assert {n["createdAt"] for n in (sent, received)} == {1_800_000_000}
    assert {(n["memo"], n["status"]) for n in (sent, received)} == {(None, "SUCCESS")}


def test_history_reaches_back_before_the_sandbox(house: Any, documents: Any) -> None:
    rows = [
        edge["node"]
        for name in ("alice", "bob", "carol", "dave", "erin", "frank")
        for edge in house.data(documents["transactions"], {"first": 20}, name)["defaultAccount"]["transactions"][
            "edges"
        ]
    ]
    assert len(rows) > 6
    assert all(row["createdAt"] < 1_800_000_000 for row in rows)


def test_history_is_newest_first_and_cut_from_either_end(house: Any, documents: Any) -> None:
    for cents in (1, 2, 3, 4):
        house.clock.now_s += 60
        house.pay("alice", "bob", cents)

    def amounts(**page: int) -> list[float]:
        connection = house.data(documents["transactions"], page, "alice")["defaultAccount"]["transactions"]
        return [edge["node"]["settlementAmount"] for edge in connection["edges"]]

    everything = amounts()
    assert everything[:4] == [-0.04, -0.03, -0.02, -0.01]
    assert (amounts(first=2), amounts(last=1), amounts(first=0)) == (everything[:2], everything[-1:], [])


@pytest.mark.parametrize(("page", "expected"), [({"first": 1}, True), ({"first": 200}, False), ({"last": 1}, False)])
def test_a_page_says_whether_there_is_more(house: Any, documents: Any, page: dict[str, int], expected: bool) -> None:
    for cents in (1, 2):
        house.pay("alice", "bob", cents)
    connection = house.data(documents["transactions"], page, "alice")["defaultAccount"]["transactions"]
    assert connection["pageInfo"]["hasNextPage"] is expected


def test_a_negative_page_is_refused(house: Any, documents: Any) -> None:
    assert code(house.ask(documents["transactions"], {"first": -1}, "alice")) == "INVALID_INPUT"


def test_wallets_lists_are_not_merged(house: Any, documents: Any) -> None:
    """A later dollar payment is listed before an earlier one in sats: sorting is the client's business."""
    bob = house.person("bob")
    house.change(
        documents["pay"], "alice", **(house.payment("alice", "bob", 100) | {"recipientWalletId": bob.btc_wallet_id})
    )
    house.clock.now_s += 60
    house.pay("alice", "bob", 200)
    edges = house.data(documents["transactions"], {}, "bob")["defaultAccount"]["transactions"]["edges"]
    units = [edge["node"]["settlementCurrency"] for edge in edges]
    assert units == sorted(units, reverse=True)
    assert edges[-1]["node"]["settlementAmount"] > 900  # sats, not dollars


def test_one_wallet_s_list_can_be_asked_for(house: Any) -> None:
    house.pay("alice", "bob", 100)
    document = """query($ids: [WalletId]) { me { defaultAccount {
      transactions(walletIds: $ids) { edges { node { id } } }
      wallets { transactions(first: 1) { edges { node { settlementAmount } } } } } } }"""
    bob = house.person("bob")
    account = house.data(document, {"ids": [bob.btc_wallet_id]}, "bob")["defaultAccount"]
    assert account["transactions"]["edges"] == []
    assert account["wallets"][0]["transactions"]["edges"][0]["node"]["settlementAmount"] == 1


def test_details_have_what_the_list_leaves_out(house: Any, documents: Any) -> None:
    house.pay("alice", "bob", 100, memo="for the bus")
    edges = house.data(documents["transactions"], {"first": 1}, "alice")["defaultAccount"]["transactions"]["edges"]
    found = house.change(DETAILS, "alice", transactionId=edges[0]["node"]["id"])
    assert found["transactionDetails"]["memo"] == "for the bus"
    assert found["transactionDetails"]["amount"] == 1.0


def test_details_of_somebody_else_s_transaction_are_not_shown(house: Any, documents: Any) -> None:
    house.pay("alice", "bob", 100)
    edges = house.data(documents["transactions"], {"first": 1}, "alice")["defaultAccount"]["transactions"]["edges"]
    found = house.change(DETAILS, "carol", transactionId=edges[0]["node"]["id"])
    assert found["transactionDetails"] is None
    assert len(found["errors"]) == 1


def test_fragments_and_aliases_work(house: Any) -> None:
    document = """{ who: me { ...names defaultAccount { ... on ConsumerAccount { level } } } }
      fragment names on User { username }"""
    assert house.ask(document, as_="bob")["data"] == {"who": {"username": "bob", "defaultAccount": {"level": "ONE"}}}


def test_amounts_are_numbers_on_the_wire(house: Any, documents: Any) -> None:
    house.pay("alice", "bob", 110)
    body = house.reply(documents["transactions"], {"first": 1}, "bob").body
    assert b'"settlementAmount":1.10' in body
    assert msgspec.json.decode(body)
