"""The reads of the simulated Flash."""

from decimal import Decimal
from typing import Any

from service.sandbox.accounts import Account, is_username
from service.sandbox.calls import Call, Fields, Refusal
from service.sandbox.ledger import Unit
from service.sandbox.prices import CENT_OFFSET, CURRENCIES, SAT_OFFSET
from service.sandbox.statements import Joined, Row

__all__ = [
    "account_default_wallet",
    "currency_list",
    "invoice_status",
    "me",
    "realtime_price",
    "transaction_details",
    "user_fields",
    "username_available",
]

_CREATED_AT_S = 1_767_225_600  # every account is as old as 2026
_PAGE = 50


def me(call: Call, _arguments: Fields) -> Fields:
    """Who asks, with wallets, prices and transactions. Refusal: NOT_AUTHENTICATED."""
    return user_fields(call, call.user())


def realtime_price(call: Call, arguments: Fields) -> Fields:
    """Prices in a display currency; anybody may ask. Refusal: INVALID_INPUT for an unknown currency."""
    return _price(call, arguments.get("currency") or "USD")


def currency_list(_call: Call, _arguments: Fields) -> list[Fields]:
    """All display currencies; anybody may ask."""
    return [
        {"id": c.id, "symbol": c.symbol, "name": c.name, "flag": c.flag, "fractionDigits": c.fraction_digits}
        for c in CURRENCIES.values()
    ]


def account_default_wallet(call: Call, arguments: Fields) -> Fields:
    """Where a username receives money; anybody may ask. Refusals: INVALID_INPUT, NOT_FOUND."""
    username = _username(arguments["username"])
    account = call.services.world.accounts.by_username(username)
    unit = arguments.get("walletCurrency") or "USD"
    if account is None or unit == "USDT":
        raise Refusal("NOT_FOUND", f"Account does not exist for username {username}")
    wallet_id = account.usd_wallet_id if unit == "USD" else account.btc_wallet_id
    return {"id": wallet_id, "walletCurrency": unit, "lnurlp": None}


def username_available(call: Call, arguments: Fields) -> bool:
    """Whether nobody has the name yet; anybody may ask. Refusal: INVALID_INPUT."""
    return call.services.world.accounts.by_username(_username(arguments["username"])) is None


def invoice_status(call: Call, arguments: Fields) -> Fields:
    """PENDING, PAID or EXPIRED; anybody may ask. Refusal: NOT_FOUND for an invoice made elsewhere."""
    invoice = call.services.world.invoices.find(str(arguments["input"]["paymentRequest"]))
    if invoice is None:
        raise Refusal("NOT_FOUND", "No such invoice")
    return {"status": invoice.status(call.now_s)}


def transaction_details(call: Call, arguments: Fields) -> Fields:
    """One transaction of the account, with what the list leaves out. Refusals: NOT_AUTHENTICATED, NOT_FOUND."""
    wanted, account = arguments["input"]["transactionId"], call.user()
    rows = _rows(call, account)
    place = rows.place_of(wanted)
    if place is None:
        raise Refusal("NOT_FOUND", f"No transaction {wanted}")
    return {"transactionDetails": _details(rows[place], account)}


def user_fields(call: Call, account: Account) -> Fields:
    """The User object of an account."""
    return {
        "id": account.id,
        "phone": account.phone,
        "username": account.username,
        "language": "en",
        "npub": None,
        "totpEnabled": account.totp,
        "createdAt": _CREATED_AT_S,
        "defaultAccount": {
            "__typename": "ConsumerAccount",
            "id": account.id,
            "level": "ONE",
            "displayCurrency": account.display_currency,
            "defaultWalletId": account.usd_wallet_id,
            "realtimePrice": lambda _info: _price(call, account.display_currency),
            "wallets": lambda _info: [_wallet(call, account, "USD"), _wallet(call, account, "BTC")],
            "transactions": lambda _info, **page: _page(call, _rows(call, account, page.get("walletIds")), page),
        },
    }


def _wallet(call: Call, account: Account, unit: Unit) -> Fields:
    wallet_id = account.usd_wallet_id if unit == "USD" else account.btc_wallet_id
    return {
        "__typename": "UsdWallet" if unit == "USD" else "BTCWallet",
        "id": wallet_id,
        "accountId": account.id,
        "balance": call.services.world.ledger.balance(wallet_id, unit),
        "walletCurrency": unit,
        "transactions": lambda _info, **page: _page(call, _rows(call, account, [wallet_id]), page),
    }


def _price(call: Call, currency: str) -> Fields:
    if currency not in CURRENCIES:
        raise Refusal("INVALID_INPUT", "Invalid currency.")
    quote = call.services.prices.quote(currency, call.now_s)
    return {
        "id": currency,
        "btcSatPrice": {"base": quote.sat_base, "offset": SAT_OFFSET},
        "usdCentPrice": {"base": quote.cent_base, "offset": CENT_OFFSET},
        "denominatorCurrency": currency,
        "timestamp": quote.at_s,
    }


def _rows(call: Call, account: Account, wallet_ids: list[str] | None = None) -> Joined:
    """The wallets' lists one after the other, each newest first: the real server does not merge them either."""
    own = (account.usd_wallet_id, account.btc_wallet_id)
    wanted = [wallet for wallet in own if wallet_ids is None or wallet in wallet_ids]
    return call.services.world.statements.newest_first(wanted)


def _page(call: Call, rows: Joined, page: dict[str, Any]) -> Fields:
    """The first or last rows, after a cursor where there is one.

    A server without cursors, as the real one has been, ignores it. Refusal: INVALID_INPUT for an unknown cursor.
    """
    begin = _place_after(rows, page.get("after")) if call.services.cursors else 0
    first, last = _cut(len(rows), begin, page.get("first"), page.get("last") or 0)
    edges = [{"cursor": row.id, "node": _transaction(row)} for row in rows[first:last]]
    return {
        "edges": edges,
        "pageInfo": {
            "hasNextPage": last < len(rows),
            "hasPreviousPage": False,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }


def _place_after(rows: Joined, cursor: str | None) -> int:
    if cursor is None:
        return 0
    place = rows.place_of(cursor)
    if place is None:
        raise Refusal("INVALID_INPUT", "Invalid cursor")
    return place + 1


def _cut(length: int, begin: int, first: int | None, last: int) -> tuple[int, int]:
    """From which row to before which: the first or last so many. Refusal: INVALID_INPUT when that is negative."""
    if min(first or 0, last) < 0:
        raise Refusal("INVALID_INPUT", "Invalid pagination arguments")
    if last:
        return max(begin, length - last), length
    return begin, min(length, begin + (_PAGE if first is None else first))


def _transaction(row: Row) -> Fields:
    """As the real list shows it: dollars (not cents) for a dollar wallet, no memo, and always successful."""
    return {
        "id": row.id,
        "direction": row.direction,
        "status": "SUCCESS",
        "createdAt": row.created_at_s,
        "memo": None,
        "settlementAmount": _major(row.amount, row.unit),
        "settlementCurrency": row.unit,
        "settlementFee": _major(row.fee, row.unit),
        "settlementDisplayAmount": row.display_amount,
        "settlementDisplayCurrency": row.display_currency,
        "settlementDisplayFee": row.display_fee,
    }


def _details(row: Row, account: Account) -> Fields:
    return {
        "id": row.id,
        "accountId": account.id,
        "amount": _major(abs(row.amount), row.unit),
        "currency": row.unit,
        "fee": _major(row.fee, row.unit),
        "memo": row.memo,
        "invoice": row.payment_request,
        "paymentHash": row.payment_hash,
        "status": "SUCCESS",
        "type": row.direction,
        "createdAt": str(row.created_at_s),
    }


def _major(amount: int, unit: Unit) -> Decimal | int:
    """Dollars for cents; sats stay sats."""
    return Decimal(amount).scaleb(-2) if unit == "USD" else amount


def _username(value: object) -> str:
    if not isinstance(value, str) or not is_username(value):
        raise Refusal("INVALID_INPUT", "Invalid value for Username")
    return value
