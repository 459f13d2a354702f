"""The invoices that the simulated Flash made, and the foreign ones that it paid."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

from service.core.money import MSAT_PER_SAT
from service.sandbox.invoices import encode_invoice, sandbox_signer

__all__ = ["InvoiceBook", "SandboxInvoice"]

_MAX_INVOICES = 20_000


@dataclass(slots=True)
class SandboxInvoice:
    """An invoice to a wallet; without amounts when the payer chooses. `in_transit` while a payment of it is PENDING."""

    payment_hash: str
    payment_secret: str
    payment_request: str
    wallet_id: str
    amount_cents: int | None
    amount_sats: int | None
    memo: str
    expires_at_s: float
    paid: bool = False
    in_transit: bool = False

    def status(self, now_s: float) -> Literal["PENDING", "PAID", "EXPIRED"]:
        if self.paid:
            return "PAID"
        return "EXPIRED" if now_s >= self.expires_at_s and not self.in_transit else "PENDING"


class InvoiceBook:
    """Makes and finds invoices. Hashes follow from seed, wallet and count, not from time or from other wallets."""

    def __init__(self, seed: int) -> None:
        self._key = f"pulse sandbox invoices {seed}".encode()
        self._signer = sandbox_signer()
        self._made: dict[str, int] = {}
        self._by_request: dict[str, SandboxInvoice] = {}
        self._paid_elsewhere: dict[str, None] = {}

    def create(
        self, wallet_id: str, *, amount_cents: int | None, sats: int | None, memo: str, now_s: float, ttl_s: int
    ) -> SandboxInvoice:
        """A new invoice, valid for `ttl_s` from now."""
        count = self._made[wallet_id] = self._made.get(wallet_id, 0) + 1
        preimage = hmac.digest(self._key, f"{wallet_id}:{count}".encode(), hashlib.sha256)
        payment_hash = hashlib.sha256(preimage).digest()
        secret = hashlib.sha256(b"secret" + preimage).digest()
        request = encode_invoice(
            self._signer,
            payment_hash=payment_hash,
            payment_secret=secret,
            amount_msat=None if sats is None else sats * MSAT_PER_SAT,
            description=memo,
            timestamp=int(now_s),
            expiry_s=ttl_s,
        )
        invoice = SandboxInvoice(
            payment_hash.hex(), secret.hex(), request, wallet_id, amount_cents, sats, memo, int(now_s) + ttl_s
        )
        self._remember(invoice)
        return invoice

    def find(self, payment_request: str) -> SandboxInvoice | None:
        """The invoice with this text, in either case."""
        return self._by_request.get(payment_request.strip().lower())

    def was_paid_elsewhere(self, payment_hash: str) -> bool:
        """Whether an invoice that is not ours was paid (or is being paid) from here."""
        return payment_hash in self._paid_elsewhere

    def pay_elsewhere(self, payment_hash: str) -> None:
        self._paid_elsewhere[payment_hash] = None
        if len(self._paid_elsewhere) > _MAX_INVOICES:
            del self._paid_elsewhere[next(iter(self._paid_elsewhere))]

    def _remember(self, invoice: SandboxInvoice) -> None:
        self._by_request[invoice.payment_request] = invoice
        if len(self._by_request) > _MAX_INVOICES:
            del self._by_request[next(iter(self._by_request))]
