"""`pulse payments`: the payments that a person has to look at, and what that person decides."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.document import Grid
    from service.core.payments import Payment, Target
    from service.operating import Operations

__all__ = ["app", "list_payments", "resolve", "show_payment"]

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_Config = Annotated[Path | None, typer.Option(help="Settings file instead of pulse.toml.")]
_Id = Annotated[str, typer.Argument(help="The payment's id, as `pulse payments list` shows it.")]


@app.command("list")
def list_payments(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of each kind.")] = 100,
    config: _Config = None,
) -> None:
    """Show payments that wait for a person, or are being looked up."""
    _with_store(config, lambda store: _list(store, limit))


@app.command("show")
def show_payment(payment_id: _Id, config: _Config = None) -> None:
    """Show all that is known of one payment."""
    _with_store(config, lambda store: _show(store, payment_id))


@app.command()
def resolve(
    payment_id: _Id,
    outcome: Annotated[str, typer.Argument(help="settled (the money moved) or rejected (it did not).")],
    config: _Config = None,
) -> None:
    """Decide a payment that waits for a person, and let its user know."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    if outcome not in {"settled", "rejected"}:
        raise ConfigError(f"{outcome!r} is no outcome; say settled (the money moved) or rejected (it did not)")
    _with_store(config, lambda store: _resolve(store, payment_id, outcome))


async def _list(store: "Operations", limit: int) -> None:
    from pulse_cli.console import show  # noqa: PLC0415 - `pulse --help` must not pay for it
    from reports.document import Document  # noqa: PLC0415 - same

    for_human, undecided = await store.payments(limit)
    grids = []
    if for_human:
        grids.append(_grid("Waiting for a person", for_human))
    if undecided:
        grids.append(_grid("Still being looked up", undecided))
    if for_human:
        note = "`pulse payments show ID` says more, `pulse payments resolve ID settled|rejected` decides."
    elif undecided:
        note = "No payment waits for a person. `pulse payments show ID` says more."
    else:
        note = "No payment waits for anything."
    show(Document(title="Payments", grids=tuple(grids), notes=(note,)))


def _grid(title: str, payments: "Sequence[Payment]") -> "Grid":
    from reports.document import Cell, Column, Grid  # noqa: PLC0415 - `pulse --help` must not pay for it
    from service.core.money import format_usd  # noqa: PLC0415 - same

    whole = (Column("id", "figure"), Column("sent (UTC)", "figure"), Column("amount", "figure"))  # never cut off
    columns = (*whole, *(Column(name, "text") for name in ("to", "state", "why")))
    rows = tuple(
        (
            Cell(each.id),
            Cell(_time(each.intended_at_s).removesuffix(" UTC")),
            Cell(format_usd(each.amount_cents)),
            Cell(_whom(each.target)),
            Cell(each.state),
            Cell(each.alarm or each.reason or ""),
        )
        for each in payments
    )
    return Grid(title=title, columns=columns, rows=rows)


async def _show(store: "Operations", payment_id: str) -> None:
    from service.core.money import format_usd  # noqa: PLC0415 - `pulse --help` must not pay for it
    from service.core.payments import intent_id, memo_tag  # noqa: PLC0415 - same

    payment = await store.payment(payment_id)
    facts = {
        "payment": payment.id,
        "state": payment.state,
        "why": payment.reason,
        "alarm": payment.alarm,
        "amount": format_usd(payment.amount_cents),
        "to": _whom(payment.target),
        "from account": payment.account_id,
        "from wallet": payment.wallet_id,
        "to wallet": payment.target.address if payment.target.kind == "wallet" else None,
        "payment hash": payment.target.payment_hash,
        "proposed": _time(payment.proposed_at_s),
        "sent first": _time(payment.intended_at_s),
        "sent last": _time(payment.sent_at_s) if payment.sends > 1 else None,
        "sendings": payment.sends,
        "idempotency key": intent_id(payment.id),
        "memo ends in": memo_tag(payment.id),
        "lookups": payment.checks,
        "looked up last": _time(payment.checked_at_s),
        "looked up next": _time(payment.check_at_s),
        "decided by": payment.decided_by,
    }
    for name, value in facts.items():
        if value is not None and value != "":
            typer.echo(f"{name:16} {value}")


async def _resolve(store: "Operations", payment_id: str, outcome: str) -> None:
    import getpass  # noqa: PLC0415 - `pulse --help` must not pay for it

    from service.core.payments import PaymentState  # noqa: PLC0415 - same

    payment, is_news = await store.resolve(payment_id, PaymentState(outcome), actor=getpass.getuser())
    told = "there is nothing new to tell its user"
    if is_news:
        told = "a running service tells its user within a minute, if they wrote to it in the last 24 hours"
    typer.echo(f"payment {payment.id} is {payment.state}; {told}")


def _whom(target: "Target") -> str:
    """A username, as anybody may know it: not a number, a contact's name, or what an invoice says of itself."""
    return f"{target.label} ({target.kind})" if target.label.startswith("@") else target.kind


def _time(at_s: float | None) -> str:
    """UTC to the second; empty when there is none."""
    from datetime import UTC, datetime  # noqa: PLC0415 - `pulse --help` must not pay for it

    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if at_s else ""


def _with_store(config: Path | None, work: "Callable[[Operations], Awaitable[None]]") -> None:
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it

    from pulse_cli.operator import deployment_store  # noqa: PLC0415 - same

    async def run() -> None:
        async with deployment_store(config) as (store, _running):
            await work(store)

    asyncio.run(run())
