"""Reads from Flash, undecorated: one upstream operation for each query."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from service.core.errors import NotAuthenticated, UpstreamRefused
from service.core.freshness import Namespace
from service.core.queries import (
    Balance,
    Currencies,
    Currency,
    Price,
    Profile,
    Query,
    Reading,
    ReadingSource,
    Recipient,
    Transaction,
    Transactions,
    Value,
)
from service.gateway import documents, shapes
from service.gateway.answers import Heard, understand
from service.gateway.graphql import GraphQL
from service.gateway.merging import Part
from service.ports import Clock

__all__ = ["READ_TIMEOUT_S", "TRANSACTIONS_READ", "FlashReads", "movement_of", "part_of", "profile_of", "value_of"]

READ_TIMEOUT_S = 10.0
TRANSACTIONS_READ = 10
_USD = "USD"


class FlashReads:
    """The Fetch that all others decorate.

    `fetched_at_s` is the time at which the request was begun: the data are at least that new.
    Raises UpstreamUnavailable, UpstreamRefused, or NotAuthenticated, also for a token that speaks for another account
    than the one that is asked about.
    """

    def __init__(self, graphql: GraphQL, clock: Clock) -> None:
        self._graphql = graphql
        self._clock = clock

    async def __call__(self, query: Query) -> Reading:
        started_at_s = self._clock.now()
        operation, part = part_of(query)
        token = query.account.token if query.account else None
        heard = await self._graphql.ask(operation, part.document, part.variables, token=token, timeout_s=READ_TIMEOUT_S)
        return Reading(value_of(query, heard), started_at_s, ReadingSource.UPSTREAM)


class _Read(NamedTuple):
    operation: str
    document: str
    variables: Callable[[Query], Mapping[str, Any]]
    value: Callable[[Query, dict[str, Any]], Value]


def part_of(query: Query) -> tuple[str, Part]:
    """The operation that answers a read, by its name and as what to send."""
    read = _READS[query.namespace]
    return read.operation, Part(read.document, read.variables(query))


def value_of(query: Query, heard: Heard) -> Value:
    """What the answer to a read's own document says. Raises as FlashReads does."""
    read = _READS[query.namespace]
    try:
        data = understand(read.operation, heard)
    except UpstreamRefused as refused:
        if query.namespace is Namespace.RECIPIENT and refused.code == "NOT_FOUND":
            return Recipient(wallet_id=None)
        raise
    return read.value(query, data)


def profile_of(operation: str, data: dict[str, Any]) -> Profile:
    """Who answered to PROFILE. Raises UpstreamUnavailable, or UpstreamRefused for an account without dollars."""
    me = shapes.fit(operation, data, shapes.ProfileData).me
    return Profile(
        account_id=me.default_account.id,
        username=me.username,
        phone=me.phone,
        currency=me.default_account.display_currency,
        usd_wallet_id=_usd_wallet(operation, me.default_account.wallets).id,
    )


def _price(_: Query, data: dict[str, Any]) -> Price:
    node = shapes.fit("realtimePrice", data, shapes.PriceData).realtime_price.btc_sat_price
    return Price(node.base, node.offset)


def _rate(_: Query, data: dict[str, Any]) -> Price:
    node = shapes.fit("realtimePrice", data, shapes.RateData).realtime_price.usd_cent_price
    return Price(node.base, node.offset)


def _currencies(_: Query, data: dict[str, Any]) -> Currencies:
    nodes = shapes.fit("currencyList", data, shapes.CurrenciesData).currency_list
    return Currencies(tuple(Currency(node.id, node.symbol, node.name, node.fraction_digits) for node in nodes))


def _recipient(_: Query, data: dict[str, Any]) -> Recipient:
    return Recipient(shapes.fit("accountDefaultWallet", data, shapes.RecipientData).account_default_wallet.id)


def _profile(query: Query, data: dict[str, Any]) -> Profile:
    profile = profile_of("me", data)
    _check_owner(query, profile.account_id)
    return profile


def _balance(query: Query, data: dict[str, Any]) -> Balance:
    holder = shapes.fit("balance", data, shapes.BalanceData).me.default_account
    _check_owner(query, holder.id)
    return Balance(shapes.whole_cents("balance", _usd_wallet("balance", holder.wallets).balance))


def _transactions(query: Query, data: dict[str, Any]) -> Transactions:
    """Flash gives one list per wallet, one after the other; movements of wallets in other assets are left out."""
    holder = shapes.fit("transactions", data, shapes.TransactionsData).me.default_account
    _check_owner(query, holder.id)
    nodes = [edge.node for edge in holder.transactions.edges if edge.node.settlement_currency == _USD]
    nodes.sort(key=lambda node: node.created_at, reverse=True)
    return Transactions(tuple(movement_of(node) for node in nodes))


def movement_of(node: shapes.MovementNode) -> Transaction:
    """A movement in dollars. Raises UpstreamUnavailable for what is no amount."""
    return Transaction(
        id=node.id,
        sent=node.direction == "SEND",
        status=node.status,
        amount_cents=abs(shapes.dollars_to_cents("transactions", node.settlement_amount)),
        display_amount=node.settlement_display_amount.lstrip("+-"),
        display_currency=node.settlement_display_currency,
        created_at_s=node.created_at,
        memo=node.memo,
    )


def _usd_wallet(operation: str, wallets: list[shapes.Wallet]) -> shapes.Wallet:
    for wallet in wallets:
        if wallet.wallet_currency == _USD:
            return wallet
    raise UpstreamRefused(operation, "NO_USD_WALLET", "the account has no dollar wallet")


def _check_owner(query: Query, account_id: str) -> None:
    """One user's data must never be shown to another, whatever the upstream mixes up."""
    if query.account is None or query.account.id != account_id:
        raise NotAuthenticated("the token speaks for another account")


_READS: Mapping[Namespace, _Read] = MappingProxyType(
    {
        Namespace.PRICE: _Read("realtimePrice", documents.PRICE, lambda q: {"currency": q.argument}, _price),
        Namespace.RATE: _Read("realtimePrice", documents.RATE, lambda q: {"currency": q.argument}, _rate),
        Namespace.CURRENCIES: _Read("currencyList", documents.CURRENCIES, lambda _: {}, _currencies),
        Namespace.RECIPIENT: _Read(
            "accountDefaultWallet",
            documents.RECIPIENT,
            lambda q: {"username": q.argument, "walletCurrency": _USD},
            _recipient,
        ),
        Namespace.PROFILE: _Read("me", documents.PROFILE, lambda _: {}, _profile),
        Namespace.BALANCE: _Read("balance", documents.BALANCE, lambda _: {}, _balance),
        Namespace.TRANSACTIONS: _Read(
            "transactions", documents.TRANSACTIONS, lambda _: {"first": TRANSACTIONS_READ}, _transactions
        ),
    }
)
