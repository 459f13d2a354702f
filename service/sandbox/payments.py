"""Moves the simulated money: from the payer to hold, and from there to whom it is for, at once or later."""

import heapq
from collections.abc import Callable

import msgspec

from service.sandbox.accounts import stable_id
from service.sandbox.invoice_book import SandboxInvoice
from service.sandbox.ledger import Entry, Unit
from service.sandbox.prices import Prices
from service.sandbox.statements import Row
from service.sandbox.world import World

__all__ = ["Order", "Payments"]


class Order(msgspec.Struct, frozen=True):
    """One payment out of a dollar wallet. `to_wallet` is None when it leaves for a foreign Lightning node."""

    from_wallet: str
    to_wallet: str | None
    cents: int
    fee_cents: int = 0
    memo: str | None = None
    payment_hash: str | None = None
    payment_request: str | None = None


class Payments:
    """Carries orders out. `advance` must be called before anything is read, so that what is due is settled by then.

    `on_order` is told of every order at the moment at which its money is taken from the payer.
    """

    def __init__(self, world: World, prices: Prices, on_order: Callable[[Order, float], None] | None = None) -> None:
        self._world = world
        self._on_order = on_order
        self._prices = prices
        self._due: list[tuple[float, int, Order]] = []
        self._scheduled = 0
        self._made: dict[str, int] = {}

    def advance(self, now_s: float) -> None:
        """Settles the pending payments whose time has come."""
        while self._due and self._due[0][0] <= now_s:
            at_s, _, order = heapq.heappop(self._due)
            self._settle(order, at_s)

    def pay(self, order: Order, now_s: float) -> None:
        """Moves the money now. Raises InsufficientFunds."""
        self._hold(order, now_s)
        self._settle(order, now_s)

    def pay_later(self, order: Order, now_s: float, settles_at_s: float | None) -> None:
        """Takes the money now and hands it over at a time, or never. Raises InsufficientFunds."""
        self._hold(order, now_s)
        invoice = self._invoice(order)
        if invoice is not None:
            invoice.in_transit = True
        if settles_at_s is not None:
            self._scheduled += 1
            heapq.heappush(self._due, (settles_at_s, self._scheduled, order))

    def receive(self, invoice: SandboxInvoice, cents: int, now_s: float) -> None:
        """Somebody out there pays an invoice of ours."""
        self._move("lightning", "held", cents, now_s, "incoming")
        order = Order("lightning", invoice.wallet_id, cents, memo=invoice.memo, payment_request=invoice.payment_request)
        self._settle(msgspec.structs.replace(order, payment_hash=invoice.payment_hash), now_s)

    def _hold(self, order: Order, now_s: float) -> None:
        self._move(order.from_wallet, "held", order.cents + order.fee_cents, now_s, "payment")
        if order.to_wallet is None and order.payment_hash is not None:
            self._world.invoices.pay_elsewhere(order.payment_hash)
        if self._on_order is not None:
            self._on_order(order, now_s)

    def _settle(self, order: Order, now_s: float) -> None:
        payment_id = self._next_id(order.from_wallet)
        if order.fee_cents:
            self._move("held", "fees", order.fee_cents, now_s, "fee")
        if order.to_wallet is None:
            self._move("held", "lightning", order.cents, now_s, "outgoing")
        else:
            self._credit(order, order.to_wallet, f"{payment_id}:in", now_s)
        if self._world.accounts.by_wallet(order.from_wallet) is not None:
            sent = -(order.cents + order.fee_cents)
            key = f"{payment_id}:out"
            self._add_row(order, key, order.from_wallet, unit="USD", amount=sent, cents=sent, now_s=now_s)
        invoice = self._invoice(order)
        if invoice is not None:
            invoice.paid, invoice.in_transit = True, False

    def _credit(self, order: Order, wallet_id: str, key: str, now_s: float) -> None:
        """Into a dollar wallet as it is; into a bitcoin wallet through the exchange, at the price of the moment."""
        account = self._world.accounts.by_wallet(wallet_id)
        if account is None or wallet_id == account.usd_wallet_id:
            self._move("held", wallet_id, order.cents, now_s, "payment")
            self._add_row(order, key, wallet_id, unit="USD", amount=order.cents, cents=order.cents, now_s=now_s)
            return
        sats = max(1, self._prices.sats(order.cents, now_s))
        self._move("held", "exchange", order.cents, now_s, "exchange")
        self._move("exchange", wallet_id, sats, now_s, "payment", unit="BTC")
        self._add_row(order, key, wallet_id, unit="BTC", amount=sats, cents=order.cents, now_s=now_s)

    def _add_row(
        self, order: Order, row_key: str, wallet_id: str, *, unit: Unit, amount: int, cents: int, now_s: float
    ) -> None:
        account = self._world.accounts.by_wallet(wallet_id)
        currency = account.display_currency if account else "USD"
        fee = order.fee_cents if amount < 0 else 0
        self._world.statements.add(
            Row(
                id=stable_id(row_key),
                wallet_id=wallet_id,
                unit=unit,
                amount=amount,
                fee=fee,
                created_at_s=int(now_s),
                display_amount=self._prices.display_amount(cents, currency, now_s),
                display_fee=self._prices.display_amount(fee, currency, now_s),
                display_currency=currency,
                memo=order.memo,
                payment_hash=order.payment_hash,
                payment_request=order.payment_request,
            )
        )

    def _move(self, debit: str, credit: str, amount: int, now_s: float, reason: str, *, unit: Unit = "USD") -> None:
        self._world.ledger.move(Entry(now_s, debit, credit, unit, amount, reason))

    def _invoice(self, order: Order) -> SandboxInvoice | None:
        return None if order.payment_request is None else self._world.invoices.find(order.payment_request)

    def _next_id(self, wallet_id: str) -> str:
        """The payer's k-th payment: another payer's do not change it."""
        count = self._made[wallet_id] = self._made.get(wallet_id, 0) + 1
        return f"payment:{wallet_id}:{count}"
