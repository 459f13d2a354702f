"""Looks for a payment in the payer's own list of transactions at Flash.

The list says no more than direction, time and amount; the details of a transaction have its memo and its payment hash,
of which either proves that it is this payment. Where Flash keeps neither, amount and time are a likeness, not a proof.
"""

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from service.core.errors import UpstreamError
from service.core.payments import Payment, memo_tag
from service.core.queries import Account
from service.core.reconciliation import Absent, Found, Likely, Sighting, Unclear
from service.gateway import documents
from service.gateway.graphql import GraphQL
from service.gateway.shapes import dollars_to_cents, fit

__all__ = ["BOOKS_READ", "MAX_CANDIDATES", "FlashBooks"]

BOOKS_READ = 100
"""The latest transactions that are looked at."""

MAX_CANDIDATES = 20
"""Transactions of a fitting amount whose details are looked at."""

_TIMEOUT_S = 10.0
_CLOCKS_APART_S = 2 * 86_400.0  # ours may be wrong by a day, and Flash's list must still reach back to the intent
_SLACK_CENTS = 10
_USD = "USD"
_DONE = frozenset({"SUCCESS", "COMPLETED", "SETTLED", "PAID"})
_TAG = re.compile("#[0-9a-f]{8}$")  # what `memo_tag` makes
_SLACK_PART = 20  # an invoice's price in cents moves, and a fee comes on top: a twentieth either way


class _Node(msgspec.Struct, rename="camel"):
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    direction: Literal["SEND", "RECEIVE"]
    created_at: Annotated[int, msgspec.Meta(ge=0, le=2**40)]
    settlement_amount: Decimal
    settlement_currency: str


class _Edge(msgspec.Struct):
    node: _Node


class _Connection(msgspec.Struct):
    edges: Annotated[list[_Edge], msgspec.Meta(max_length=1_000)]


class _Holder(msgspec.Struct):
    id: str
    transactions: _Connection


class _User(msgspec.Struct, rename="camel"):
    default_account: _Holder


class _Books(msgspec.Struct):
    me: _User


class _Details(msgspec.Struct, rename="camel"):
    id: str
    memo: str | None = None
    payment_hash: str | None = None
    status: str | None = None


class _Payload(msgspec.Struct, rename="camel"):
    transaction_details: _Details | None = None


class _Entry(msgspec.Struct, rename="camel"):
    transaction_details: _Payload


class FlashBooks:
    """The Wallet port's `find`."""

    def __init__(self, graphql: GraphQL) -> None:
        self._graphql = graphql

    async def find(self, account: Account, payment: Payment) -> Sighting:
        """As Wallet."""
        if payment.account_id != account.id or payment.intended_at_s is None:
            return Unclear("not this account's payment, or never sent")
        try:
            return await self._look(account, payment)
        except UpstreamError as error:
            return Unclear(type(error).__name__)
        except Exception as error:  # noqa: BLE001 - what cannot be understood proves nothing, and must not stop the looking
            return Unclear(f"unforeseen {type(error).__name__}")

    async def _look(self, account: Account, payment: Payment) -> Sighting:
        nodes = await self._transactions(account, payment)
        begin_s = (payment.intended_at_s or 0.0) - _CLOCKS_APART_S
        candidates = [node for node in nodes if node.created_at >= begin_s and _fits(node, payment)]
        seen = await self._compare(account, payment, candidates[:MAX_CANDIDATES])
        if not isinstance(seen, Absent):
            return seen
        if len(candidates) > MAX_CANDIDATES:
            return Unclear("too many transactions of this amount")
        return seen if _is_complete(nodes, begin_s) else Unclear("the list of transactions is not complete")

    async def _compare(self, account: Account, payment: Payment, candidates: list[_Node]) -> Sighting:
        """What the details of these transactions say."""
        likely: list[_Node] = []
        for node in candidates:
            details = await self._details(account, node.id)
            is_this = None if details is None else _is_this(details, payment)
            if details is not None and is_this:
                return Found(node.id) if _is_done(details) else Unclear(f"under way: {details.status}")
            if is_this is None:
                likely.append(node)
        return _likeness(likely)

    async def _transactions(self, account: Account, payment: Payment) -> list[_Node]:
        variables = {"first": BOOKS_READ, "wallets": [payment.wallet_id]}
        data = await self._ask("books", documents.BOOKS, variables, account)
        holder = fit("books", data, _Books).me.default_account
        if holder.id != account.id:
            raise UpstreamError("the token speaks for another account")
        return [edge.node for edge in holder.transactions.edges]

    async def _details(self, account: Account, transaction_id: str) -> _Details | None:
        """None when Flash does not say."""
        variables = {"input": {"transactionId": transaction_id}}
        data = await self._ask("bookEntry", documents.BOOK_ENTRY, variables, account)
        return fit("bookEntry", data, _Entry).transaction_details.transaction_details

    async def _ask(self, operation: str, document: str, variables: dict[str, Any], account: Account) -> dict[str, Any]:
        return await self._graphql.execute(operation, document, variables, token=account.token, timeout_s=_TIMEOUT_S)


def _likeness(likely: list[_Node]) -> Sighting:
    """What there is to say when nothing is proved."""
    if not likely:
        return Absent()
    return Likely(tuple(node.id for node in likely), max(node.created_at for node in likely))


def _is_complete(nodes: list[_Node], begin_s: float) -> bool:
    """Whether the list has everything since then.

    Flash gives an empty list for one that it could not get: whoever can pay has received something. And what it lists
    in another currency cannot be compared.
    """
    if not nodes or any(node.settlement_currency != _USD and node.created_at >= begin_s for node in nodes):
        return False
    return len(nodes) < BOOKS_READ or min(node.created_at for node in nodes) <= begin_s


def _fits(node: _Node, payment: Payment) -> bool:
    """Whether it could be the payment, by direction, currency and amount."""
    if node.direction != "SEND" or node.settlement_currency != _USD:
        return False
    cents = abs(dollars_to_cents("books", node.settlement_amount))
    slack = 0 if payment.target.kind == "wallet" else payment.amount_cents // _SLACK_PART + _SLACK_CENTS
    return abs(cents - payment.amount_cents) <= slack


def _is_done(details: _Details) -> bool:
    """Whether the transaction is more than under way."""
    return details.status is None or details.status.upper() in _DONE


def _is_this(details: _Details, payment: Payment) -> bool | None:
    """Whether it is the payment; None where neither its hash nor its memo tells.

    A memo without a tag may be one that Flash wrote itself, or cut. What goes to a wallet of the house may have a
    payment hash of Flash's own, which says nothing.
    """
    if details.payment_hash and payment.target.payment_hash:
        return details.payment_hash == payment.target.payment_hash
    memo = details.memo or ""
    return memo.endswith(memo_tag(payment.id)) if _TAG.search(memo) else None
