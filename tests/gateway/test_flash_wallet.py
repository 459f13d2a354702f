from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import msgspec
import pytest

from profiles.virtual_clock import VirtualClock
from service.core.errors import NotAuthenticated, UpstreamError, UpstreamRefused, UpstreamUnavailable
from service.core.payments import Outcome, Payment, Rejected, Settled, Target, Unknown, intent_id, memo_tag
from service.core.queries import InvoiceMade, Profile
from service.gateway.flash_wallet import FlashWallet
from service.gateway.graphql import GraphQL
from tests.gateway.fakes import ANA, BEN, Handler, Tally, client_of, sent, virtual

T = TypeVar("T")
HASH = "a" * 64
TO_WALLET = Payment("p1", "u1", ANA.id, "w-ana", Target("wallet", "@bob", "w-bob"), 500, "lunch", 0.0)
TO_INVOICE = msgspec.structs.replace(TO_WALLET, target=Target("invoice", "lnbc1", "lnbc1x", HASH), memo=None)
TO_OPEN_INVOICE = msgspec.structs.replace(TO_WALLET, target=Target("open-invoice", "lnbc1", "lnbc1y", HASH))


class Flash:
    """A server that gives one payload to every mutation, and remembers the requests."""

    def __init__(self, payload: Any = None, *, data: Any = None) -> None:
        self.requests: list[httpx.Request] = []
        self._payload = payload
        self._data = data

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        data = self._data or {sent(request)["operationName"]: self._payload}
        return httpx.Response(200, json={"data": data})

    @property
    def input(self) -> dict[str, Any]:
        """What the one request carried."""
        [request] = self.requests
        found = sent(request)["variables"]["input"]
        assert isinstance(found, dict)
        return found

    @property
    def operation(self) -> str:
        [request] = self.requests
        return str(sent(request)["operationName"])

    @property
    def authorization(self) -> str | None:
        [request] = self.requests
        return str(request.headers["authorization"]) if "authorization" in request.headers else None


def use(handler: Handler, act: Callable[[FlashWallet], Awaitable[T]], *, idempotency: bool = True) -> T:
    async def main(clock: VirtualClock) -> T:
        graphql = GraphQL(client_of(handler), "https://flash.test", clock, Tally())
        return await act(FlashWallet(graphql, service_token="service", idempotency=idempotency))

    return virtual(main)


def paid(status: str | None = "SUCCESS", *errors: dict[str, str]) -> Flash:
    return Flash({"status": status, "errors": list(errors)})


def pay(handler: Handler, payment: Payment = TO_WALLET, *, idempotency: bool = True) -> Outcome:
    return use(handler, lambda wallet: wallet.pay(ANA, payment), idempotency=idempotency)


def test_a_code_is_sent_over_whatsapp_in_the_bots_own_name() -> None:
    flash = Flash({"success": True, "errors": []})
    use(flash, lambda wallet: wallet.send_code("+18765550100"))
    assert flash.input == {"phone": "+18765550100", "channel": "WHATSAPP"}
    assert flash.authorization == "Bearer service"


@pytest.mark.parametrize(
    "payload", [{"success": None, "errors": []}, {"success": False, "errors": []}, None, {"errors": None}]
)
def test_a_code_that_was_not_said_to_be_sent_was_not(payload: Any) -> None:
    with pytest.raises(UpstreamUnavailable):
        use(Flash(payload), lambda wallet: wallet.send_code("+18765550100"))


def test_a_login_gives_the_token_and_carries_none() -> None:
    flash = Flash({"authToken": "new", "totpRequired": False, "errors": []})
    assert use(flash, lambda wallet: wallet.login("+18765550100", "123456")) == "new"
    assert flash.authorization is None


def test_a_login_that_needs_a_second_factor_is_refused() -> None:
    flash = Flash({"authToken": "half", "totpRequired": True, "errors": []})
    with pytest.raises(UpstreamRefused) as caught:
        use(flash, lambda wallet: wallet.login("+18765550100", "123456"))
    assert caught.value.code == "TOTP_REQUIRED"


def test_errors_inside_of_a_payload_are_refusals() -> None:
    flash = Flash({"authToken": None, "errors": [{"code": "PHONE_CODE_ERROR", "message": "wrong"}]})
    with pytest.raises(UpstreamRefused) as caught:
        use(flash, lambda wallet: wallet.login("+18765550100", "123456"))
    assert caught.value.code == "PHONE_CODE_ERROR"


def test_a_token_that_is_refused_inside_of_a_payload_is_not_authenticated() -> None:
    flash = Flash({"user": None, "errors": [{"code": "NOT_AUTHENTICATED", "message": "?"}]})
    with pytest.raises(NotAuthenticated):
        use(flash, lambda wallet: wallet.set_username(ANA, "ana"))


def test_identify_reads_the_profile_of_a_token() -> None:
    account = {"id": "acc-ana", "displayCurrency": "USD", "wallets": [{"id": "w", "walletCurrency": "USD"}]}
    flash = Flash(data={"me": {"id": "u", "phone": None, "username": "ana", "defaultAccount": account}})
    assert use(flash, lambda wallet: wallet.identify("new")) == Profile("acc-ana", "ana", None, "USD", "w")
    assert flash.authorization == "Bearer new"


@pytest.mark.parametrize("is_free", [True, False])
def test_whether_a_name_is_free(is_free: bool) -> None:
    assert use(Flash(is_free), lambda wallet: wallet.is_username_free("ana")) is is_free


def test_a_name_of_unknown_state_is_not_free() -> None:
    with pytest.raises(UpstreamUnavailable):
        use(Flash(None), lambda wallet: wallet.is_username_free("ana"))


def test_a_name_is_set_for_the_account() -> None:
    flash = Flash({"user": {"username": "ana"}, "errors": []})
    use(flash, lambda wallet: wallet.set_username(ANA, "ana"))
    assert (flash.input, flash.authorization) == ({"username": "ana"}, "Bearer token-ana")


MADE = {"invoice": {"paymentRequest": "lnbc1", "paymentHash": HASH}, "errors": []}


def test_an_invoice_of_an_amount_lives_for_a_minute() -> None:
    flash = Flash(MADE)
    assert use(flash, lambda wallet: wallet.create_invoice(ANA, "w", 500, "tea")) == InvoiceMade("lnbc1", HASH)
    assert flash.operation == "lnUsdInvoiceCreate"
    assert flash.input == {"walletId": "w", "amount": 500, "memo": "tea", "expiresIn": 1}


def test_an_invoice_without_amount_lives_for_a_minute_too() -> None:
    flash = Flash(MADE)
    use(flash, lambda wallet: wallet.create_invoice(ANA, "w", None, None))
    assert flash.operation == "lnNoAmountInvoiceCreate"
    assert flash.input == {"walletId": "w", "memo": None, "expiresIn": 1}


def test_an_invoice_with_an_error_is_refused_with_its_code() -> None:
    flash = Flash({"invoice": None, "errors": [{"code": "IBEX_ERROR", "message": "memo"}]})
    with pytest.raises(UpstreamRefused) as caught:
        use(flash, lambda wallet: wallet.create_invoice(ANA, "w", 500, "tea"))
    assert caught.value.code == "IBEX_ERROR"


TAG = memo_tag("p1")


def test_a_payment_to_a_user_carries_cents_and_its_intents_key() -> None:
    flash = paid()
    assert pay(flash) == Settled()
    assert flash.operation == "intraLedgerUsdPaymentSend"
    assert flash.authorization == "Bearer token-ana"
    assert flash.input == {
        "walletId": "w-ana",
        "recipientWalletId": "w-bob",
        "amount": 500,
        "memo": f"lunch {TAG}",
        "idempotencyKey": intent_id("p1"),
    }


def test_an_invoice_is_paid_as_it_is() -> None:
    flash = paid()
    assert pay(flash, TO_INVOICE) == Settled()
    assert flash.operation == "lnInvoicePaymentSend"
    key = intent_id("p1")
    assert flash.input == {"walletId": "w-ana", "paymentRequest": "lnbc1x", "memo": TAG, "idempotencyKey": key}


def test_an_open_invoice_is_paid_in_cents_and_without_a_key() -> None:
    flash = paid()
    assert pay(flash, TO_OPEN_INVOICE) == Settled()
    assert flash.operation == "lnNoAmountUsdInvoicePaymentSend"
    assert flash.input == {"walletId": "w-ana", "paymentRequest": "lnbc1y", "amount": 500, "memo": f"lunch {TAG}"}


@pytest.mark.parametrize("payment", [TO_WALLET, TO_INVOICE])
def test_a_server_without_keys_is_sent_none(payment: Payment) -> None:
    flash = paid()
    pay(flash, payment, idempotency=False)
    assert "idempotencyKey" not in flash.input


def test_a_payment_of_another_account_never_leaves() -> None:
    flash = paid()
    outcome = use(flash, lambda wallet: wallet.pay(BEN, TO_WALLET))
    assert isinstance(outcome, Rejected)
    assert outcome.code == "NOT_SENT"
    assert not flash.requests


def test_an_invoice_that_was_paid_before_is_settled() -> None:
    assert pay(paid("ALREADY_PAID"), TO_INVOICE) == Settled(already=True)


def test_an_explicit_refusal_is_rejected() -> None:
    flash = paid("FAILURE", {"code": "INSUFFICIENT_BALANCE", "message": "low"})
    assert pay(flash) == Rejected("INSUFFICIENT_BALANCE", "low")


def raising(error: Exception) -> Handler:
    def handler(_: httpx.Request) -> httpx.Response:
        raise error

    return handler


@pytest.mark.parametrize(
    "error",
    [httpx.ReadTimeout("late"), httpx.ReadError("reset"), RuntimeError("a bug"), OSError(5, "io")],
)
def test_a_payment_without_an_answer_is_unknown(error: Exception) -> None:
    assert isinstance(pay(raising(error)), Unknown)


@pytest.mark.parametrize("status", [409, 500, 502, 503, 504, 302, 404])
def test_a_payment_answered_with_trouble_is_unknown(status: int) -> None:
    assert isinstance(pay(lambda _: httpx.Response(status, json={"data": None})), Unknown)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"<html>", b'{"data": {"intraLedgerUsdPaymentSend": {"status": 1}}}']
)
def test_a_payment_with_a_garbled_answer_is_unknown(body: bytes) -> None:
    assert isinstance(pay(lambda _: httpx.Response(200, content=body)), Unknown)


def test_a_payment_that_found_no_connection_was_not_sent() -> None:
    assert pay(raising(httpx.ConnectError("refused"))) == Rejected("NOT_SENT", "ConnectError")


def test_no_payment_is_sent_twice() -> None:
    calls: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        calls.append(request)
        return httpx.Response(503)

    pay(handler)
    assert len(calls) == 1


def test_any_other_call_raises_for_the_same_troubles() -> None:
    with pytest.raises(UpstreamError):
        use(raising(httpx.ReadError("reset")), lambda wallet: wallet.set_username(ANA, "ana"))
