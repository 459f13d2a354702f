"""What changes something at Flash: linking, names, invoices and payments. Never cached, shared or retried."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from service.core.errors import UpstreamRefused, UpstreamUnavailable
from service.core.payments import Outcome, Payment, Rejected, Unknown, intent_id, memo_tag
from service.core.queries import Account, InvoiceMade, Profile
from service.core.reconciliation import Sighting
from service.gateway import documents
from service.gateway.answers import Fault, refusal
from service.gateway.classify import NOT_SENT, classify
from service.gateway.flash_books import FlashBooks
from service.gateway.flash_reads import READ_TIMEOUT_S, profile_of
from service.gateway.graphql import GraphQL
from service.gateway.shapes import fit

__all__ = ["CHANGE_TIMEOUT_S", "INVOICE_MINUTES", "PAYMENT_TIMEOUT_S", "FlashWallet"]

CHANGE_TIMEOUT_S = 15.0
PAYMENT_TIMEOUT_S = 30.0
INVOICE_MINUTES = 1
"""Flash clamps every invoice to this, and refuses to make one when it is left out."""

P = TypeVar("P", bound="_Payload")


class _Error(msgspec.Struct):
    message: str = ""
    code: str | None = None


class _Payload(msgspec.Struct, rename="camel", kw_only=True):
    errors: list[_Error] = []


class _Available(msgspec.Struct, rename="camel"):
    username_available: bool


class _Success(_Payload):
    success: bool | None = None


class _Login(_Payload):
    auth_token: str | None = None
    totp_required: bool | None = None


class _Named(_Payload):
    user: dict[str, Any] | None = None


class _Made(msgspec.Struct, rename="camel"):
    payment_request: str
    payment_hash: str


class _Invoice(_Payload):
    invoice: _Made | None = None


class _Order(NamedTuple):
    """A payment as one GraphQL request."""

    operation: str
    document: str
    input: dict[str, Any]


class FlashWallet:
    """The Wallet port over Flash's API.

    `service_token` is the bot's own: Flash sends codes only for an authenticated caller. `idempotency` says whether
    the server knows `idempotencyKey`; one that does not would refuse every payment that carries one.
    """

    def __init__(self, graphql: GraphQL, *, service_token: str, idempotency: bool) -> None:
        self._graphql = graphql
        self._service_token = service_token
        self._idempotency = idempotency
        self._books = FlashBooks(graphql)

    async def send_code(self, phone: str) -> None:
        sent = await self._change(
            "userPhoneRegistrationInitiate",
            documents.SEND_CODE,
            {"phone": phone, "channel": "WHATSAPP"},
            token=self._service_token,
            shape=_Success,
        )
        _present("userPhoneRegistrationInitiate", sent.success)

    async def login(self, phone: str, code: str) -> str:
        login = await self._change(
            "userLogin", documents.LOGIN, {"phone": phone, "code": code}, token=None, shape=_Login
        )
        if login.totp_required:
            raise UpstreamRefused("userLogin", "TOTP_REQUIRED", "the account asks for a second factor")
        return _present("userLogin", login.auth_token)

    async def identify(self, token: str) -> Profile:
        operation = "identify"
        data = await self._graphql.execute(operation, documents.IDENTIFY, {}, token=token, timeout_s=READ_TIMEOUT_S)
        return profile_of(operation, data)

    async def is_username_free(self, username: str) -> bool:
        operation = "usernameAvailable"
        data = await self._graphql.execute(
            operation, documents.USERNAME_AVAILABLE, {"username": username}, token=None, timeout_s=READ_TIMEOUT_S
        )
        return fit(operation, data, _Available).username_available

    async def set_username(self, account: Account, username: str) -> None:
        named = await self._change(
            "userUpdateUsername", documents.SET_USERNAME, {"username": username}, token=account.token, shape=_Named
        )
        _present("userUpdateUsername", named.user)

    async def create_invoice(
        self, account: Account, wallet_id: str, amount_cents: int | None, memo: str | None
    ) -> InvoiceMade:
        order = _invoice_order(wallet_id, amount_cents, memo)
        answer = await self._change(order.operation, order.document, order.input, token=account.token, shape=_Invoice)
        made = _present(order.operation, answer.invoice)
        return InvoiceMade(made.payment_request, made.payment_hash)

    def can_repeat(self, payment: Payment) -> bool:
        return self._idempotency and payment.target.kind != "open-invoice"  # which takes no key

    async def find(self, account: Account, payment: Payment) -> Sighting:
        return await self._books.find(account, payment)

    async def pay(self, account: Account, payment: Payment) -> Outcome:
        if payment.account_id != account.id:
            return Rejected(NOT_SENT, "the payment belongs to another account")
        order = _payment_order(payment, key=intent_id(payment.id) if self.can_repeat(payment) else None)
        try:
            heard = await self._graphql.ask(
                order.operation,
                order.document,
                {"input": order.input},
                token=account.token,
                timeout_s=PAYMENT_TIMEOUT_S,
            )
            return classify(order.operation, heard, payment.target)
        except Exception as error:  # noqa: BLE001 - the money may have moved: an unforeseen error proves nothing
            return Unknown(f"unforeseen {type(error).__name__}")

    async def _change(
        self, operation: str, document: str, fields: Mapping[str, Any], *, token: str | None, shape: type[P]
    ) -> P:
        """Carries out one mutation. Raises UpstreamError, also for errors inside of the payload."""
        data = await self._graphql.execute(
            operation, document, {"input": fields}, token=token, timeout_s=CHANGE_TIMEOUT_S
        )
        payload = fit(operation, data.get(operation), shape)
        for error in payload.errors:
            raise refusal(operation, Fault(error.code or "", error.message))
        return payload


T = TypeVar("T")


def _present(operation: str, value: T | None) -> T:
    """The value; neither a value nor an error is no answer."""
    if not value:
        raise UpstreamUnavailable(operation, "neither a result nor an error")
    return value


def _invoice_order(wallet_id: str, amount_cents: int | None, memo: str | None) -> _Order:
    fields = {"walletId": wallet_id, "memo": memo, "expiresIn": INVOICE_MINUTES}
    if amount_cents is None:
        return _Order("lnNoAmountInvoiceCreate", documents.CREATE_OPEN_INVOICE, fields)
    return _Order("lnUsdInvoiceCreate", documents.CREATE_INVOICE, {**fields, "amount": amount_cents})


def _payment_order(payment: Payment, key: str | None) -> _Order:
    """`key` is left out where there is none: older servers refuse fields they do not know."""
    memo = f"{payment.memo or ''} {memo_tag(payment.id)}".strip()
    fields: dict[str, Any] = {"walletId": payment.wallet_id, "memo": memo}
    if payment.target.kind == "open-invoice":
        invoice = {"paymentRequest": payment.target.address, "amount": payment.amount_cents}
        return _Order("lnNoAmountUsdInvoicePaymentSend", documents.PAY_OPEN_INVOICE, {**fields, **invoice})
    if key is not None:
        fields["idempotencyKey"] = key
    if payment.target.kind == "invoice":
        return _Order(
            "lnInvoicePaymentSend", documents.PAY_INVOICE, fields | {"paymentRequest": payment.target.address}
        )
    wallet = {"recipientWalletId": payment.target.address, "amount": payment.amount_cents}
    return _Order("intraLedgerUsdPaymentSend", documents.PAY_WALLET, {**fields, **wallet})
