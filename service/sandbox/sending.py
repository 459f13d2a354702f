"""The payments of the simulated Flash."""

from collections.abc import Callable

from service.sandbox.accounts import Account
from service.sandbox.behaviour import Fate
from service.sandbox.bills import read_bill
from service.sandbox.calls import Call, Fields, Refusal, checked_cents, checked_memo
from service.sandbox.idempotency import Kept, PaymentStatus
from service.sandbox.payments import Order

__all__ = ["send_intraledger", "send_to_invoice", "send_to_no_amount_invoice"]

_MAX_KEY_LENGTH = 256
_NOT_CARRIED_OUT = frozenset({Fate.REFUSED, Fate.TIMEOUT_BEFORE, Fate.ERROR_BEFORE, Fate.CONFLICT})


def send_intraledger(call: Call, arguments: Fields) -> Fields:
    """Pays another wallet of the house, in cents.

    Refusals: NOT_AUTHENTICATED, INVALID_INPUT, NOT_FOUND, CANT_PAY_SELF, TRANSACTION_RESTRICTED,
    INSUFFICIENT_BALANCE, IBEX_ERROR.
    """
    data = arguments["input"]
    payer, cents = _payer(call, data), checked_cents(data["amount"])
    recipient, memo = data["recipientWalletId"], checked_memo(data.get("memo"))

    def execute(key: str) -> PaymentStatus:
        if call.services.world.accounts.by_wallet(recipient) is None:
            raise Refusal("NOT_FOUND", f"User does not exist for wallet-id {recipient}")
        if recipient in (payer.usd_wallet_id, payer.btc_wallet_id):
            raise Refusal("CANT_PAY_SELF", "User tried to pay themselves")
        return _carry_out(call, payer, Order(payer.usd_wallet_id, recipient, cents, memo=memo), key)

    return {"status": _once(call, payer, data.get("idempotencyKey"), f"{recipient}|{cents}", execute)}


def send_to_invoice(call: Call, arguments: Fields) -> Fields:
    """Pays an invoice that has an amount. Refusals as for wallets, and those of `read_bill`."""
    data = arguments["input"]
    payer = _payer(call, data)
    request = str(data["paymentRequest"])
    key, memo = data.get("idempotencyKey"), checked_memo(data.get("memo"))

    def execute(key: str) -> PaymentStatus:
        return _pay_bill(call, payer, request, None, memo, key=key)

    return {"status": _once(call, payer, key, request, execute)}


def send_to_no_amount_invoice(call: Call, arguments: Fields) -> Fields:
    """Pays an invoice without an amount, in cents; this operation has no idempotency key."""
    data = arguments["input"]
    payer, cents = _payer(call, data), checked_cents(data["amount"])
    return {"status": _pay_bill(call, payer, str(data["paymentRequest"]), cents, checked_memo(data.get("memo")))}


def _payer(call: Call, data: Fields) -> Account:
    account = call.user()
    if data["walletId"] == account.btc_wallet_id:
        raise Refusal("INVALID_INPUT", "Unsupported operation for wallet's currency.")
    if data["walletId"] != account.usd_wallet_id:
        raise Refusal("INVALID_INPUT", "Invalid walletId for account.")
    return account


def _pay_bill(
    call: Call, payer: Account, request: str, cents: int | None, memo: str | None, *, key: str = ""
) -> PaymentStatus:
    bill = read_bill(call, payer, request, cents)
    if bill.is_paid:
        return "ALREADY_PAID"
    order = Order(
        payer.usd_wallet_id,
        bill.to_wallet,
        bill.cents,
        bill.fee_cents,
        memo=memo,
        payment_hash=bill.payment_hash,
        payment_request=request.strip().lower(),
    )
    return _carry_out(call, payer, order, key)


def _once(
    call: Call, payer: Account, key: str | None, fingerprint: str, execute: Callable[[str], PaymentStatus]
) -> PaymentStatus:
    """The result kept under the key, or a new one; a refusal is not kept."""
    key = (key or "").strip()
    if not key:
        return execute("")
    if len(key) > _MAX_KEY_LENGTH:
        raise Refusal("INVALID_INPUT", "Invalid idempotency key: at most 256 characters")
    kept = call.services.idempotency.find(payer.usd_wallet_id, key, call.now_s)
    if kept is None:
        status = execute(key)
        kept = Kept(fingerprint, status, call.now_s, call.answer_at_s)
        call.services.idempotency.keep(payer.usd_wallet_id, key, kept)
        return status
    if call.now_s < kept.ready_at_s:
        raise Refusal("UNEXPECTED_CLIENT_ERROR", "Unexpected error occurred (code: ResourceAttemptsLockServiceError)")
    if kept.fingerprint != fingerprint:
        raise Refusal(
            "INVALID_INPUT", "IdempotencyKeyReuse: this idempotency key was already used for a different payment"
        )
    return kept.status


def _carry_out(call: Call, payer: Account, order: Order, key: str) -> PaymentStatus:
    """Moves the money as the call's fate wants it."""
    services = call.services
    _check_payer(call, payer, order)
    who = f"{order.from_wallet}>{order.payment_hash or order.to_wallet}"
    fate = call.fate = services.fates.next(who, order.cents, key)
    if fate is Fate.SLOW:
        call.delay_s += services.behaviour.slow_s
    if fate in _NOT_CARRIED_OUT:
        raise Refusal("IBEX_ERROR", "An error occurred. Contact support if error persists.")
    if fate is Fate.FAILURE:
        return "FAILURE"
    if fate in (Fate.PENDING, Fate.PENDING_FOREVER):
        settles_at_s = call.now_s + services.behaviour.settle_s if fate is Fate.PENDING else None
        services.payments.pay_later(order, call.now_s, settles_at_s)
        return "PENDING"
    if fate is Fate.FALSE_SUCCESS:
        return "SUCCESS"
    services.payments.pay(order, call.now_s)
    return _told(fate)


def _told(fate: Fate) -> PaymentStatus:
    """What is said of a payment that was made; an error is not kept under the key, whatever it hides."""
    if fate is Fate.FALSE_REFUSAL:
        raise Refusal("IBEX_ERROR", "An error occurred. Contact support if error persists.")
    return "FAILURE" if fate is Fate.FALSE_FAILURE else "SUCCESS"


def _check_payer(call: Call, payer: Account, order: Order) -> None:
    if payer.restricted:
        raise Refusal("TRANSACTION_RESTRICTED", "This account may not send payments")
    if call.services.world.ledger.balance(order.from_wallet) < order.cents + order.fee_cents:
        raise Refusal("INSUFFICIENT_BALANCE", "balance is too low")
