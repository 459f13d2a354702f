"""What an invoice asks of its payer."""

import msgspec

from service.core.bolt11 import Bolt11Error, decode
from service.sandbox.accounts import Account
from service.sandbox.calls import Call, Refusal
from service.sandbox.invoice_book import SandboxInvoice

__all__ = ["Bill", "read_bill"]

_FOREIGN_FEE_DIVISOR = 200  # half a percent, and at least a cent, for leaving the house


class Bill(msgspec.Struct, frozen=True):
    """A payable invoice. `to_wallet` is None when it leads out of the sandbox; `is_paid`: nothing to do."""

    to_wallet: str | None
    payment_hash: str
    cents: int
    fee_cents: int = 0
    is_paid: bool = False


def read_bill(call: Call, payer: Account, payment_request: str, cents: int | None) -> Bill:
    """The bill of an invoice; `cents` is the payer's amount for an invoice without one, None for one that has.

    Refusals: INVOICE_DECODE_ERROR, INVALID_INPUT (the amount is missing or too many, or a payment is under way),
    LIGHTNING_PAYMENT_ERROR (expired), CANT_PAY_SELF.
    """
    invoice = call.services.world.invoices.find(payment_request)
    if invoice is None:
        return _foreign(call, payment_request, cents)
    return _own(call, payer, invoice, cents)


def _own(call: Call, payer: Account, invoice: SandboxInvoice, cents: int | None) -> Bill:
    amount = _amount(invoice.amount_cents, cents)
    bill = Bill(invoice.wallet_id, invoice.payment_hash, amount, is_paid=invoice.paid)
    if invoice.paid:
        return bill
    if invoice.wallet_id in (payer.usd_wallet_id, payer.btc_wallet_id):
        raise Refusal("CANT_PAY_SELF", "User tried to pay themselves")
    if invoice.in_transit:
        raise Refusal("INVALID_INPUT", "There is a pending payment for this invoice")
    _check_expiry(call, invoice.expires_at_s)
    return bill


def _foreign(call: Call, payment_request: str, cents: int | None) -> Bill:
    try:
        decoded = decode(payment_request)
    except Bolt11Error as error:
        raise Refusal("INVOICE_DECODE_ERROR", f"Unable to decode invoice: {error}") from error
    if decoded.network != "bc":
        raise Refusal("INVOICE_DECODE_ERROR", "Unable to decode invoice: it is of another network")
    msat = decoded.amount_msat
    amount = _amount(None if msat is None else call.services.prices.cents(msat, call.now_s), cents)
    is_paid = call.services.world.invoices.was_paid_elsewhere(decoded.payment_hash)
    if not is_paid:
        _check_expiry(call, decoded.expires_at)
    return Bill(None, decoded.payment_hash, amount, max(1, amount // _FOREIGN_FEE_DIVISOR), is_paid)


def _amount(asked: int | None, offered: int | None) -> int:
    """Exactly one of the two must be there."""
    if asked is not None and offered is not None:
        raise Refusal("INVALID_INPUT", "Invoice must be a zero-amount invoice")
    amount = asked if asked is not None else offered
    if amount is None:
        raise Refusal("INVALID_INPUT", "Invoice does not have a valid amount to pay")
    return amount


def _check_expiry(call: Call, expires_at_s: float) -> None:
    if call.now_s >= expires_at_s:
        raise Refusal("LIGHTNING_PAYMENT_ERROR", "Invoice already expired, or has bad payment hash")
