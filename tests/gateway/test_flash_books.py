"""Looking for a payment in Flash's books: what proves it, what only looks like it, and when nobody can say."""

from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from profiles.virtual_clock import VirtualClock
from service.core.payments import Payment, PaymentState, Target, memo_tag
from service.core.queries import Account
from service.core.reconciliation import Absent, Found, Likely, Sighting, Unclear
from service.gateway.flash_books import BOOKS_READ, MAX_CANDIDATES, FlashBooks
from service.gateway.graphql import GraphQL
from tests.gateway.fakes import ANA, BEN, START_S, Tally, client_of, sent, virtual

HASH, OTHER_HASH = "a" * 64, "b" * 64
DAY_S = 86_400
TO_WALLET = Payment(
    "p1", "u1", ANA.id, "w-ana", Target("wallet", "@bob", "w-bob"), 500, "lunch", START_S, PaymentState.UNKNOWN
)
TO_WALLET = msgspec.structs.replace(TO_WALLET, intended_at_s=START_S + 3 * DAY_S)
TO_INVOICE = msgspec.structs.replace(TO_WALLET, target=Target("invoice", "lnbc1", "lnbc1x", HASH))
TO_OPEN_INVOICE = msgspec.structs.replace(TO_WALLET, target=Target("open-invoice", "lnbc1", "lnbc1y", HASH))
TAG = memo_tag("p1")
AT_S = int(TO_WALLET.intended_at_s or 0) + 2


def entry(memo: str | None = None, payment_hash: str | None = None, **node: Any) -> dict[str, Any]:
    """One movement in the books: what the list says of it, and what its details say."""
    listed = {
        "direction": "SEND",
        "createdAt": AT_S,
        "settlementAmount": -5.0,
        "settlementCurrency": "USD",
    }
    return {"node": listed | node, "details": {"memo": memo, "paymentHash": payment_hash}}


class Books:
    """A Flash with these movements, the newest first, in an account of Ana's; `asked` has the operations."""

    def __init__(self, *entries: dict[str, Any], account: str = ANA.id) -> None:
        self.asked: list[str] = []
        self.wallets: list[str] = []
        self.details: dict[str, Any] = {f"t{n}": {"id": f"t{n}"} | each["details"] for n, each in enumerate(entries)}
        edges = [{"node": {"id": f"t{n}"} | each["node"]} for n, each in enumerate(entries)]
        self.list: Any = {"me": {"defaultAccount": {"id": account, "transactions": {"edges": edges}}}}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = sent(request)
        self.asked.append(str(asked["operationName"]))
        if self.asked[-1] == "books":
            self.wallets += asked["variables"]["wallets"]
            return httpx.Response(200, json={"data": self.list})
        details = self.details[asked["variables"]["input"]["transactionId"]]
        return httpx.Response(200, json={"data": {"transactionDetails": {"transactionDetails": details}}})


def find(
    server: Callable[[httpx.Request], httpx.Response], payment: Payment = TO_WALLET, account: Account = ANA
) -> Sighting:
    async def main(clock: VirtualClock) -> Sighting:
        graphql = GraphQL(client_of(server), "https://flash.test", clock, Tally())
        return await FlashBooks(graphql).find(account, payment)

    return virtual(main)


@pytest.mark.parametrize("memo", [TAG, f"lunch {TAG}"])
def test_its_tag_proves_a_payment_to_a_wallet(memo: str) -> None:
    books = Books(entry(memo))
    assert find(books) == Found("t0")
    assert (books.asked, books.wallets) == (["books", "bookEntry"], ["w-ana"])


@pytest.mark.parametrize("payment", [TO_INVOICE, TO_OPEN_INVOICE])
@pytest.mark.parametrize("memo", [None, "coffee", f"lunch {TAG}", "#5"])
def test_its_payment_hash_proves_a_payment_of_an_invoice(payment: Payment, memo: str | None) -> None:
    assert find(Books(entry(memo, HASH)), payment) == Found("t0")


@pytest.mark.parametrize("payment", [TO_INVOICE, TO_OPEN_INVOICE])
def test_its_tag_proves_a_payment_of_an_invoice_whose_hash_flash_does_not_tell(payment: Payment) -> None:
    assert find(Books(entry(f"lunch {TAG}")), payment) == Found("t0")


@pytest.mark.parametrize("payment_hash", [None, "", OTHER_HASH])
def test_a_hash_of_flashs_own_says_nothing_of_a_payment_to_a_wallet(payment_hash: str | None) -> None:
    assert find(Books(entry(TAG, payment_hash))) == Found("t0")
    assert find(Books(entry("lunch", payment_hash))) == Likely(("t0",), AT_S)


@pytest.mark.parametrize("memo", [None, "", "lunch", "Payment to @bob", "rent #5", f"{TAG} and more", TAG[:-1]])
@pytest.mark.parametrize("payment", [TO_WALLET, TO_INVOICE, TO_OPEN_INVOICE])
def test_without_hash_and_tag_it_is_a_likeness(payment: Payment, memo: str | None) -> None:
    """Flash may have written, cut or lost the memo."""
    assert find(Books(entry(memo)), payment) == Likely(("t0",), AT_S)


def test_details_that_flash_does_not_give_are_a_likeness() -> None:
    books = Books(entry())
    books.details["t0"] = None
    assert find(books) == Likely(("t0",), AT_S)


def test_of_several_likenesses_the_latest_time_counts() -> None:
    assert find(Books(entry(createdAt=AT_S - 90), entry(), entry(createdAt=AT_S - 50))) == Likely(
        ("t0", "t1", "t2"), AT_S
    )


def test_a_proof_comes_before_likenesses() -> None:
    assert find(Books(entry(), entry("lunch"), entry(TAG), entry())) == Found("t2")


@pytest.mark.parametrize("other", ["p2", "p3"])
def test_another_payment_of_the_bot_of_the_same_amount_is_another(other: str) -> None:
    assert find(Books(entry(f"lunch {memo_tag(other)}"))) == Absent()
    assert find(Books(entry(memo_tag(other))), TO_INVOICE) == Absent()


@pytest.mark.parametrize("payment", [TO_INVOICE, TO_OPEN_INVOICE])
def test_the_payment_of_another_invoice_of_the_same_amount_is_another(payment: Payment) -> None:
    assert find(Books(entry("coffee", OTHER_HASH)), payment) == Absent()


def test_books_without_anything_like_it() -> None:
    assert find(Books(entry("lunch #00000000", settlementAmount=-1.0))) == Absent()


def test_books_without_anything_may_be_books_that_flash_could_not_get() -> None:
    assert isinstance(find(Books()), Unclear)


def test_movements_in_another_currency_cannot_be_compared() -> None:
    assert isinstance(find(Books(entry(TAG, settlementCurrency="USDT", settlementAmount=-500))), Unclear)


def test_a_transaction_that_is_under_way_proves_nothing_yet() -> None:
    under_way = entry(TAG)
    under_way["details"]["status"] = "PENDING"
    assert isinstance(find(Books(under_way)), Unclear)
    under_way["details"]["status"] = "completed"
    assert find(Books(under_way)) == Found("t0")


@pytest.mark.parametrize(
    "node",
    [
        {"direction": "RECEIVE", "settlementAmount": 5.0},
        {"settlementAmount": -4.99},
        {"settlementAmount": -5.01},
        {"createdAt": int(START_S)},
    ],
)
def test_what_is_not_of_its_kind_amount_or_time_is_not_even_looked_at(node: dict[str, Any]) -> None:
    books = Books(entry(TAG, **node))
    assert find(books) == Absent()
    assert books.asked == ["books"]


@pytest.mark.parametrize("amount", [-5.0, 5.0, -5, "-5.00"])
def test_an_amount_counts_without_its_sign(amount: float | str) -> None:
    assert find(Books(entry(TAG, settlementAmount=amount))) == Found("t0")


@pytest.mark.parametrize(("cents", "seen"), [(464, False), (465, True), (500, True), (535, True), (536, False)])
@pytest.mark.parametrize("payment", [TO_INVOICE, TO_OPEN_INVOICE])
def test_an_invoice_may_have_cost_a_little_more_or_less(payment: Payment, cents: int, *, seen: bool) -> None:
    found = find(Books(entry(None, HASH, settlementAmount=-cents / 100)), payment)
    assert found == (Found("t0") if seen else Absent())


def test_a_clock_of_ours_that_is_a_day_ahead_hides_nothing() -> None:
    assert find(Books(entry(TAG, createdAt=int(TO_WALLET.intended_at_s or 0) - DAY_S))) == Found("t0")


def filled(count: int, *, oldest_s: float) -> list[dict[str, Any]]:
    """So many movements of other amounts, the last of which is that old."""
    begun_s = int(TO_WALLET.intended_at_s or 0)
    return [entry(settlementAmount=-1.0, createdAt=begun_s) for _ in range(count - 1)] + [
        entry(settlementAmount=-1.0, createdAt=int(oldest_s))
    ]


@pytest.mark.parametrize(
    ("count", "age_s", "expected"),
    [
        (BOOKS_READ, 2 * DAY_S, Absent()),
        (BOOKS_READ, 2 * DAY_S - 1, Unclear("the list of transactions is not complete")),
        (BOOKS_READ - 1, 0, Absent()),
    ],
)
def test_a_list_has_to_reach_back_to_the_payment(count: int, age_s: int, expected: Sighting) -> None:
    assert find(Books(*filled(count, oldest_s=(TO_WALLET.intended_at_s or 0) - age_s))) == expected


def test_a_full_list_in_which_it_is_proves_it_however_far_it_reaches() -> None:
    assert find(Books(entry(TAG), *filled(BOOKS_READ - 1, oldest_s=TO_WALLET.intended_at_s or 0))) == Found("t0")


def test_too_many_of_its_amount_are_not_all_looked_at() -> None:
    others = [entry(f"x {memo_tag(f'q{n}')}") for n in range(MAX_CANDIDATES)]
    assert find(Books(*others)) == Absent()
    books = Books(*others, entry(TAG))
    assert find(books) == Unclear("too many transactions of this amount")
    assert len(books.asked) == 1 + MAX_CANDIDATES


def test_the_books_of_another_account_prove_nothing() -> None:
    assert find(Books(entry(TAG), account=BEN.id)) == Unclear("UpstreamError")


@pytest.mark.parametrize(
    ("payment", "account"), [(TO_WALLET, BEN), (msgspec.structs.replace(TO_WALLET, intended_at_s=None), ANA)]
)
def test_what_is_not_theirs_or_was_never_sent_is_not_asked_about(payment: Payment, account: Account) -> None:
    books = Books(entry(TAG))
    assert find(books, payment, account) == Unclear("not this account's payment, or never sent")
    assert books.asked == []


GARBLED: list[Any] = [
    None,
    {},
    {"me": None},
    {"me": {"defaultAccount": {"id": ANA.id, "transactions": None}}},
    {"me": {"defaultAccount": {"id": ANA.id, "transactions": {"edges": None}}}},
    *(
        {"me": {"defaultAccount": {"id": ANA.id, "transactions": {"edges": [{"node": {"id": "t0"} | node}]}}}}
        for node in (
            entry(direction="SIDEWAYS")["node"],
            entry(createdAt="yesterday")["node"],
            entry(createdAt=-1)["node"],
            entry(settlementAmount=None)["node"],
            entry(settlementAmount="1e999999999")["node"],
            entry(settlementAmount="NaN")["node"],
        )
    ),
]


@pytest.mark.parametrize("data", GARBLED)
def test_a_list_that_cannot_be_understood_proves_nothing(data: Any) -> None:
    books = Books()
    books.list = data
    assert isinstance(find(books), Unclear)


@pytest.mark.parametrize("details", [{}, {"id": 5}, {"id": "t0", "memo": 5}, {"id": "t0", "paymentHash": []}, "t0"])
def test_details_that_cannot_be_understood_prove_nothing(details: Any) -> None:
    books = Books(entry(TAG))
    books.details["t0"] = details
    assert isinstance(find(books), Unclear)


@pytest.mark.parametrize("error", [httpx.ReadTimeout("slow"), httpx.ConnectError("down"), ZeroDivisionError("a bug")])
@pytest.mark.parametrize("at", ["books", "bookEntry"])
def test_whatever_breaks_on_the_way_proves_nothing_and_is_no_error(error: Exception, at: str) -> None:
    books = Books(entry(TAG))

    def server(request: httpx.Request) -> httpx.Response:
        if sent(request)["operationName"] == at:
            raise error
        return books(request)

    assert isinstance(find(server), Unclear)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_refusal_proves_nothing(status: int) -> None:
    assert isinstance(find(lambda _: httpx.Response(status, json={})), Unclear)


def test_a_flash_that_hangs_is_given_up_on() -> None:
    async def main(clock: VirtualClock) -> tuple[Sighting, float]:
        class Hanging(httpx.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                await clock.sleep(1e6)
                raise AssertionError("somebody waited for days")

        books = FlashBooks(GraphQL(Hanging(), "https://flash.test", clock, Tally()))
        began_s = clock.monotonic()
        return await books.find(ANA, TO_WALLET), clock.monotonic() - began_s

    seen, took_s = virtual(main)
    assert seen == Unclear("UpstreamUnavailable")
    assert 10.0 <= took_s < 11.0
