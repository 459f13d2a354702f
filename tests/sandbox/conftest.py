"""A sandbox with a clock that stands still, and short ways to ask it."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from service.sandbox.accounts import Account, otp_code
from service.sandbox.asgi import build_sandbox
from service.sandbox.config import SandboxConfig
from service.sandbox.replies import Reply
from service.sandbox.world import World

START_S = 1_800_000_000.0

PAY = """mutation($input: IntraLedgerUsdPaymentSendInput!) {
  intraLedgerUsdPaymentSend(input: $input) { status errors { code message } } }"""
PAY_INVOICE = """mutation($input: LnInvoicePaymentInput!) {
  lnInvoicePaymentSend(input: $input) { status errors { code message } } }"""
PAY_OPEN = """mutation($input: LnNoAmountUsdInvoicePaymentInput!) {
  lnNoAmountUsdInvoicePaymentSend(input: $input) { status errors { code message } } }"""
INVOICE = """mutation($input: LnUsdInvoiceCreateInput!) {
  lnUsdInvoiceCreate(input: $input) {
    invoice { paymentRequest paymentHash paymentSecret satoshis } errors { code message } } }"""
OPEN_INVOICE = """mutation($input: LnNoAmountInvoiceCreateInput!) {
  lnNoAmountInvoiceCreate(input: $input) { invoice { paymentRequest paymentHash } errors { code message } } }"""
STATUS = """query($input: LnInvoicePaymentStatusInput!) {
  lnInvoicePaymentStatus(input: $input) { status errors { code message } } }"""
TRANSACTIONS = """query($first: Int, $last: Int) { me { defaultAccount { transactions(first: $first, last: $last) {
  pageInfo { hasNextPage } edges { cursor node { id direction status createdAt memo settlementAmount settlementCurrency
    settlementFee settlementDisplayAmount settlementDisplayCurrency settlementDisplayFee } } } } } }"""


class StillClock:
    """Time that moves only by hand; sleeping moves it too."""

    def __init__(self) -> None:
        self.now_s = START_S

    def now(self) -> float:
        return self.now_s

    def monotonic(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def charge(self, work: str) -> None:
        raise AssertionError("the sandbox is another machine: it charges the bot nothing")


class House:
    """A sandbox, asked without HTTP."""

    def __init__(self, world: World | None = None, **config: Any) -> None:
        self.clock = StillClock()
        self.world = world or World.demo()
        self.config = SandboxConfig("s3cret", "verify", "wa-token", phone_number_id="42", api_key="bot-key", **config)
        self.sandbox = build_sandbox(self.config, self.world, self.clock)

    def person(self, name: str) -> Account:
        return self.world.names[name]

    def cents(self, name: str) -> int:
        return self.world.ledger.balance(self.person(name).usd_wallet_id)

    def reply(self, document: str, variables: dict[str, Any] | None = None, as_: str | None = None) -> Reply:
        """What comes back from /graphql; `as_` is a name, "bot" for the bot's own key, or nobody."""
        token = "bot-key" if as_ == "bot" else self.world.token(self.person(as_)) if as_ else None
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = msgspec.json.encode({"query": document, "variables": variables or {}})
        return self.sandbox.flash.answer(headers, body)

    def ask(self, document: str, variables: dict[str, Any] | None = None, as_: str | None = None) -> dict[str, Any]:
        """The JSON of the answer."""
        answer: dict[str, Any] = msgspec.json.decode(self.reply(document, variables, as_).body)
        return answer

    def data(self, document: str, variables: dict[str, Any] | None = None, as_: str | None = None) -> Any:
        """The one root field of an answer without errors."""
        answer = self.ask(document, variables, as_)
        assert "errors" not in answer, answer
        (root,) = answer["data"].values()
        return root

    def change(self, document: str, as_: str | None, /, **fields: Any) -> Any:
        """The payload of a mutation or query with one `input`."""
        return self.data(document, {"input": fields}, as_)

    def code(self, document: str, as_: str | None, /, **fields: Any) -> str:
        """The code of the one error in a payload."""
        (error,) = self.change(document, as_, **fields)["errors"]
        code: str = error["code"]
        return code

    def payment(self, as_: str, to: str, amount: object, **more: Any) -> dict[str, Any]:
        """The variables of a payment from one person's dollars to another's."""
        sender, recipient = self.person(as_).usd_wallet_id, self.person(to).usd_wallet_id
        return {"walletId": sender, "recipientWalletId": recipient, "amount": amount, **more}

    def pay(self, as_: str, to: str, amount: object, **more: Any) -> Any:
        return self.change(PAY, as_, **self.payment(as_, to, amount, **more))

    def invoice(self, to: str, amount: int | None = None, memo: str | None = None) -> dict[str, Any]:
        fields: dict[str, Any] = {"walletId": self.person(to).usd_wallet_id, "memo": memo, "expiresIn": 1}
        if amount is not None:
            fields["amount"] = amount
        made = self.change(OPEN_INVOICE if amount is None else INVOICE, to, **fields)
        assert made["errors"] == []
        invoice: dict[str, Any] = made["invoice"]
        return invoice

    def otp(self, name: str) -> str:
        return otp_code(self.person(name).phone or "")

    def is_balanced(self) -> bool:
        return self.world.ledger.total("USD") == 0 == self.world.ledger.total("BTC")


@pytest.fixture
def house() -> House:
    """The demo world, as it is."""
    return House()


@pytest.fixture(scope="session")
def make_house() -> Callable[..., House]:
    """Builds a sandbox with a configuration."""
    return House


@pytest.fixture(scope="session")
def documents() -> dict[str, str]:
    """GraphQL documents by name."""
    return {
        "pay": PAY,
        "pay_invoice": PAY_INVOICE,
        "pay_open": PAY_OPEN,
        "invoice": INVOICE,
        "open_invoice": OPEN_INVOICE,
        "status": STATUS,
        "transactions": TRANSACTIONS,
    }
