"""Invoices of the simulated Flash: making them, and asking what one would cost."""

from service.sandbox.bills import read_bill
from service.sandbox.calls import Call, Fields, Refusal, checked_cents, checked_memo
from service.sandbox.invoice_book import SandboxInvoice

__all__ = ["create_no_amount_invoice", "create_usd_invoice", "probe_fee"]

_INVOICE_TTL_S = 60  # the real server cuts every wish down to this


def create_usd_invoice(call: Call, arguments: Fields) -> Fields:
    """An invoice over an amount in cents, to the account's dollar wallet.

    Refusals: NOT_AUTHENTICATED, INVALID_INPUT, TOO_MANY_REQUEST.
    """
    data, account = arguments["input"], call.user()
    if data["walletId"] != account.usd_wallet_id:
        raise Refusal("INVALID_INPUT", "Unsupported operation for wallet's currency.")
    cents = checked_cents(data["amount"])
    invoice = _create(call, data, cents, max(1, call.services.prices.sats(cents, call.now_s)))
    return {"invoice": {**_fields(invoice), "satoshis": invoice.amount_sats}}


def create_no_amount_invoice(call: Call, arguments: Fields) -> Fields:
    """An invoice whose payer chooses the amount.

    Like the real server it does not ask whose wallet it is, and breaks without `expiresIn`.
    Refusals: NOT_AUTHENTICATED, INVALID_INPUT, IBEX_ERROR, TOO_MANY_REQUEST.
    """
    call.user()
    if call.services.world.accounts.by_wallet(arguments["input"]["walletId"]) is None:
        raise Refusal("INVALID_INPUT", "Invalid walletId for account.")
    if arguments["input"].get("expiresIn") is None:
        raise Refusal("IBEX_ERROR", "An error occurred. Contact support if error persists.")
    return {"invoice": _fields(_create(call, arguments["input"], None, None))}


def probe_fee(call: Call, arguments: Fields) -> Fields:
    """What paying an invoice costs on top, and its amount, in cents. Refusals as for paying it."""
    data, account = arguments["input"], call.user()
    if data["walletId"] != account.usd_wallet_id:
        raise Refusal("INVALID_INPUT", "Unsupported operation for wallet's currency.")
    bill = read_bill(call, account, str(data["paymentRequest"]), None)
    return {"amount": bill.fee_cents, "invoiceAmount": bill.cents}


def _create(call: Call, data: Fields, cents: int | None, sats: int | None) -> SandboxInvoice:
    minutes = data.get("expiresIn")
    if minutes is not None and (not isinstance(minutes, int) or minutes < 1):
        raise Refusal("INVALID_INPUT", "Invalid value for Minutes")
    memo = checked_memo(data.get("memo")) or ""
    services = call.services
    if not services.invoice_limit.admit(call.user().id, call.now_s):
        raise Refusal("TOO_MANY_REQUEST", "Too many invoices creation, please wait for a while and try again.")
    return services.world.invoices.create(
        data["walletId"], amount_cents=cents, sats=sats, memo=memo, now_s=call.now_s, ttl_s=_INVOICE_TTL_S
    )


def _fields(invoice: SandboxInvoice) -> Fields:
    return {
        "paymentRequest": invoice.payment_request,
        "paymentHash": invoice.payment_hash,
        "paymentSecret": invoice.payment_secret,
    }
