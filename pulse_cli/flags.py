"""`pulse flags`: switches roadmap items on and off in a running service, for all users or for a share of them."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from service.operating import Operations
    from service.running import Running

__all__ = ["app", "disable", "enable", "history", "list_flags", "rollout"]

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_Config = Annotated[Path | None, typer.Option(help="Settings file instead of pulse.toml.")]
_Key = Annotated[str, typer.Argument(help="The item's key, e.g. 1.1")]


@app.command("list")
def list_flags(config: _Config = None) -> None:
    """Show every switch and the share of users it acts for."""
    _with_store(config, _show_flags)


@app.command()
def enable(key: _Key, config: _Config = None) -> None:
    """Switch an item on for everybody."""
    _set(key, 100.0, config)


@app.command()
def disable(key: _Key, config: _Config = None) -> None:
    """Switch an item off for everybody."""
    _set(key, 0.0, config)


@app.command()
def rollout(
    key: _Key,
    percent: Annotated[float, typer.Argument(help="Share of users, 0 to 100.")],
    config: _Config = None,
) -> None:
    """Switch an item on for a share of users; the same users stay in while the share grows."""
    _set(key, percent, config)


@app.command()
def history(
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many changes.")] = 20,
    config: _Config = None,
) -> None:
    """Show who changed which switch when, newest first."""
    _with_store(config, lambda store, _running: _show_history(store, limit))


def _set(key: str, percent: float, config: Path | None) -> None:
    import getpass  # noqa: PLC0415 - `pulse --help` must not pay for it

    from service.core.errors import ConfigError  # noqa: PLC0415 - same
    from service.roadmap import find  # noqa: PLC0415 - same

    item = find(key)
    if item.kind != "switch" or not item.built:
        why = "is a property of the code" if item.kind == "structure" else "is not built yet"
        raise ConfigError(f"{key} ({item.title}) {why} and cannot be switched")
    if not 0 <= percent <= 100:  # noqa: PLR2004 - percent; NaN fails too
        raise ConfigError(f"{percent:g} is not a share between 0 and 100 percent")

    async def change(store: "Operations", running: "Running | None") -> None:
        ended = await store.set_flag(key, percent, actor=getpass.getuser())
        when = "a running service acts by it within 5 s" if running else "no service runs here; the next one acts by it"
        typer.echo(f"{key} {item.title}: on for {percent:g} % of users ({when})")
        for name in ended:
            typer.echo(f"experiment {name} on {key} has ended by that; `pulse experiment report {name}` shows it")

    _with_store(config, change)


async def _show_flags(store: "Operations", running: "Running | None") -> None:
    from pulse_cli.console import show  # noqa: PLC0415 - `pulse --help` must not pay for it
    from reports.document import Cell, Column, Document, Grid  # noqa: PLC0415 - same
    from service.roadmap import find, phase_switches, switch_keys  # noqa: PLC0415 - same

    states = await store.flags()
    by_phase = phase_switches(running.phase) if running else frozenset()
    columns = (Column("key", "text"), Column("item", "text"), Column("state", "text"), Column("set by", "text"))
    rows = []
    for key in switch_keys():
        if key in states:
            cells = (Cell(f"on for {states[key].percent:g} % of users", "strong"), Cell("an operator"))
        elif running:
            cells = (Cell("on" if key in by_phase else "off"), Cell(f"phase {running.phase}", "muted"))
        else:
            cells = (Cell("-", "muted"), Cell("the phase of the next service", "muted"))
        rows.append((Cell(key), Cell(find(key).title), *cells))
    notes = () if running else ("No service runs on this data directory.",)
    show(Document(title="Switches", grids=(Grid(columns=columns, rows=tuple(rows)),), notes=notes))


async def _show_history(store: "Operations", limit: int) -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - `pulse --help` must not pay for it

    changes = await store.flag_history(limit)
    for change in changes:
        at = datetime.fromtimestamp(change.at_s, UTC).isoformat(timespec="seconds")
        typer.echo(f"{at}  {change.key}  {change.percent:g} %  by {change.actor}")
    if not changes:
        typer.echo("no switch was ever changed here")


def _with_store(config: Path | None, work: "Callable[[Operations, Running | None], Awaitable[None]]") -> None:
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it

    from pulse_cli.operator import deployment_store  # noqa: PLC0415 - same

    async def run() -> None:
        async with deployment_store(config) as (store, running):
            await work(store, running)

    asyncio.run(run())
