"""`pulse cache`: a look at the caches of a running service, and the two things one can do with them."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app", "clear", "stats", "warm"]

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_Config = Annotated[Path | None, typer.Option(help="Settings file instead of pulse.toml.")]


@app.command()
def warm(config: _Config = None) -> None:
    """Let the running service fetch its most used reads ahead."""
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it

    from pulse_cli.operator import deployment_store  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    async def ask() -> dict[str, int]:
        async with deployment_store(config) as (store, running):
            if not running:
                raise ConfigError("no service runs on this data directory; start one with: pulse serve")
            return await store.warm()

    report = asyncio.run(ask())
    typer.echo(f"fetched {report['warmed']}, fresh already {report['fresh_already']}, failed {report['failed']}")


@app.command()
def stats(config: _Config = None) -> None:
    """Show hits and misses by namespace, since the start of each running instance."""
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it

    from pulse_cli.console import show  # noqa: PLC0415 - same
    from pulse_cli.operator import deployment_store  # noqa: PLC0415 - same
    from reports.document import Cell, Column, Document, Grid  # noqa: PLC0415 - same

    async def read() -> dict[str, dict[str, float]]:
        async with deployment_store(config) as (store, _running):
            return await store.cache_stats()

    whats = ("asked", "hit", "stale", "coalesced", "miss", "error")
    rows = []
    for instance, figures in asyncio.run(read()).items():
        for namespace in sorted({name.partition(":")[0] for name in figures}):
            counts = [int(figures.get(f"{namespace}:{what}", 0)) for what in whats]
            rate = f"{100 * counts[1] / counts[0]:.1f} %" if counts[0] else "-"
            rows.append((Cell(instance), Cell(namespace), *(Cell(str(n)) for n in counts), Cell(rate)))
    if not rows:
        typer.echo("no instance has published figures in the last hour; they come within seconds of the first reads")
        return
    columns = (
        Column("instance", "text"),
        Column("namespace", "text"),
        *(Column(what) for what in whats),
        Column("hits"),
    )
    show(Document(title="Cache", grids=(Grid(columns=columns, rows=tuple(rows)),)))


@app.command()
def clear(config: _Config = None) -> None:
    """Delete everything that caches hold; sessions, contacts and payments are no caches."""
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it

    from pulse_cli.operator import deployment_store  # noqa: PLC0415 - same

    async def delete() -> int:
        async with deployment_store(config) as (store, _running):
            return await store.clear_caches()

    typer.echo(f"deleted {asyncio.run(delete())} entries")
