"""Balances, prices, invoices and movements in words."""

from collections.abc import Sequence
from typing import assert_never

from service.core.money import format_usd
from service.core.queries import Transaction
from service.core.results import (
    BalanceShown,
    HistoryShown,
    InvoiceCreated,
    PriceShown,
    StatementPromised,
    TransactionShown,
)
from service.reply.figures import amount, duration, in_currency, moment, period_words, stale_note
from service.reply.markup import shown

__all__ = ["FigureResult", "figure_text"]

FigureResult = BalanceShown | PriceShown | InvoiceCreated | HistoryShown | TransactionShown | StatementPromised

_SHOWN_MOVEMENTS = 10
_ID_CHARS = 6
_MEMO_CHARS = 40


def figure_text(result: FigureResult) -> str:
    """What is said about figures that were asked for."""
    match result:
        case BalanceShown():
            return _balance(result)
        case PriceShown():
            return f"One bitcoin is *{in_currency(result.minor, result.currency)}*.{stale_note(result.age_s)}"
        case InvoiceCreated():
            return _invoice(result)
        case HistoryShown():
            return _history(result.transactions, result.now_s) + stale_note(result.age_s)
        case TransactionShown(transaction=movement):
            return _movement(movement, result.id)
        case StatementPromised(period=period):
            return f"I'm putting your payments together: {period_words(period)}. The file can take a minute."
        case _:
            assert_never(result)


def _balance(result: BalanceShown) -> str:
    fresh = " Asked just now." if result.refreshed and result.age_s is None else ""
    return f"Your balance is {amount(result.money)}.{fresh}{stale_note(result.age_s)}"


def _invoice(result: InvoiceCreated) -> str:
    lines = [f"Invoice for {amount(result.money)}" if result.money else "Invoice for any amount"]
    if result.memo:
        lines.append(f"Note: {shown(result.memo, 200)}")
    lines.append(f"Show the code or pass on the text below. It expires in {duration(result.expires_in_s)}.")
    return "\n".join(lines)


def _history(movements: Sequence[Transaction], now_s: float) -> str:
    if not movements:
        return "You have no payments yet."
    lines = [_line(movement, now_s) for movement in movements[:_SHOWN_MOVEMENTS]]
    return "\n".join(["*Your last payments*", *lines, "Send *history* and an id for more about one."])


def _line(movement: Transaction, now_s: float) -> str:
    ago = duration(now_s - movement.created_at_s)
    pending = "" if _is_done(movement) else f" ({shown(movement.status, 20).lower()})"
    return f"{_signed(movement)}{pending}, {ago} ago, id {shown(movement.id[-_ID_CHARS:])}"


def _movement(movement: Transaction | None, asked: str) -> str:
    if movement is None:
        return f"“{shown(asked, _MEMO_CHARS)}” isn't among your recent payments. Send *history* to see them."
    lines = [
        f"*{'Outgoing' if movement.sent else 'Incoming'}*: {_signed(movement)}",
        f"When: {moment(movement.created_at_s)}",
        f"Status: {shown(movement.status, 20).lower()}",
    ]
    if movement.memo:
        lines.append(f"Note: {shown(movement.memo, _MEMO_CHARS)}")
    return "\n".join([*lines, f"Id: {shown(movement.id)}"])


def _signed(movement: Transaction) -> str:
    sign = "-" if movement.sent else "+"
    dollars = f"{sign}{format_usd(abs(movement.amount_cents))}"
    if movement.display_currency == "USD":
        return dollars
    return f"{dollars} ({shown(movement.display_amount.lstrip('+-'), 20)} {shown(movement.display_currency, 8)})"


def _is_done(movement: Transaction) -> bool:
    return movement.status.casefold() == "success"
