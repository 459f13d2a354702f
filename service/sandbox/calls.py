"""What every operation of the simulated Flash works with."""

from dataclasses import dataclass
from typing import Any

from service.sandbox.accounts import Account
from service.sandbox.behaviour import Behaviour, Fate, Fates
from service.sandbox.idempotency import Idempotency
from service.sandbox.limits import Codes, RateLimit
from service.sandbox.payments import Payments
from service.sandbox.prices import Prices
from service.sandbox.world import World

__all__ = ["Call", "Fields", "Refusal", "Services", "checked_cents", "checked_memo", "outside_invoice"]

Fields = dict[str, Any]
"""A GraphQL object: values by field name, or callables for what is computed only when it is selected."""

_MAX_CENTS = 100_000_000_000
_MAX_MEMO_BYTES = 639


class Refusal(Exception):
    """An error with Flash's code: in the payload of a mutation, at the top level of a query."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.extensions = {"code": code}  # graphql-core copies them into the answer


@dataclass(slots=True, frozen=True)
class Services:
    """The parts of one sandbox's Flash."""

    world: World
    prices: Prices
    payments: Payments
    fates: Fates
    behaviour: Behaviour
    codes: Codes
    idempotency: Idempotency
    invoice_limit: RateLimit
    cursors: bool = True


@dataclass(slots=True)
class Call:
    """One request: who asks, when it came in, and how long its answer will be on its way.

    A payment leaves its `fate` here, for the answer to be disturbed as that fate wants.
    """

    services: Services
    account: Account | None
    now_s: float
    delay_s: float
    fate: Fate | None = None

    @property
    def answer_at_s(self) -> float:
        return self.now_s + self.delay_s

    def user(self) -> Account:
        """The account that asks. Raises Refusal NOT_AUTHENTICATED when nobody has proved who they are."""
        if self.account is None:
            raise Refusal("NOT_AUTHENTICATED", "Not authenticated")
        return self.account


def checked_cents(value: object) -> int:
    """A positive whole number of cents. Raises Refusal INVALID_INPUT for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise Refusal("INVALID_INPUT", "A valid usd amount is required")
    if not 0 < value <= _MAX_CENTS:
        raise Refusal("INVALID_INPUT", "A valid usd amount is required")
    return int(value)


def checked_memo(value: object) -> str | None:
    """A memo of at most 639 bytes, or none. Raises Refusal INVALID_INPUT."""
    if value is None:
        return None
    if not isinstance(value, str) or len(value.encode()) > _MAX_MEMO_BYTES:
        raise Refusal("INVALID_INPUT", "Invalid value for Memo")
    return value


def outside_invoice(services: Services, account: Account, cents: int | None, now_s: float, ttl_s: int = 60) -> str:
    """A BOLT11 invoice of somebody who does not use the bot to make it; without `cents` its payer says how much."""
    sats = None if cents is None else max(1, services.prices.sats(cents, now_s))
    made = services.world.invoices.create(
        account.usd_wallet_id, amount_cents=cents, sats=sats, memo="", now_s=now_s, ttl_s=ttl_s
    )
    return made.payment_request
