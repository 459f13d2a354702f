"""`pulse experiment`: has a switch on for some users and off for others, and says what difference it makes."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from service.operating import Operations
    from service.running import Running

__all__ = ["app", "report", "start", "status", "stop"]

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_Config = Annotated[Path | None, typer.Option(help="Settings file instead of pulse.toml.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_Name = Annotated[str, typer.Argument(help="The experiment's name.")]


@app.command()
def start(
    name: _Name,
    switch: Annotated[str, typer.Argument(help="The item's key, e.g. 1.3")],
    *,
    on: Annotated[float, typer.Option(help="Share of users with the switch on, in percent.")] = 50.0,
    off: Annotated[float, typer.Option(help="Share of users with it off, in percent.")] = 50.0,
    salt: Annotated[str | None, typer.Option(help="What users are drawn by; the name unless given.")] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="response, slow, errors or upstream; once for each. All by default.")
    ] = None,
    max_slower: Annotated[float, typer.Option(help="Guardrail: percent of response time.")] = 10.0,
    max_slow: Annotated[float, typer.Option(help="Guardrail: percentage points of messages over a second.")] = 2.0,
    max_errors: Annotated[float, typer.Option(help="Guardrail: percentage points of failed messages.")] = 1.0,
    config: _Config = None,
) -> None:
    """Start an experiment: users are drawn once, and stay in their arm until it is stopped."""
    import getpass  # noqa: PLC0415 - `pulse --help` must not pay for it

    from pulse_cli.experiment_view import chosen_metrics, started  # noqa: PLC0415 - same
    from service.core.experiments import Experiment, check  # noqa: PLC0415 - same
    from service.roadmap import switch_keys  # noqa: PLC0415 - same

    plan = Experiment(
        name=name,
        switch=switch,
        on_percent=on,
        off_percent=off,
        salt=salt or name,
        metrics=chosen_metrics(metric),
        started_at_s=0.0,
        started_by=getpass.getuser(),
        max_slower_percent=max_slower,
        max_slow_percent=max_slow,
        max_errors_percent=max_errors,
    )
    check(plan, switch_keys())

    async def begin(store: "Operations", running: "Running | None") -> None:
        begun = await store.start_experiment(plan)
        for line in started(begun, await store.flags(), running.phase if running else None):
            typer.echo(line)

    _with_store(config, begin)


@app.command()
def status(*, as_json: _Json = False, config: _Config = None) -> None:
    """Show the experiments that run, and those that ended."""

    async def look(store: "Operations", _running: "Running | None") -> None:
        from pulse_cli.experiment_view import json_of, plans_document  # noqa: PLC0415 - `--help` must not pay for it

        plans = await store.experiments()
        if as_json:
            typer.echo(json_of(plans))
        elif plans:
            from pulse_cli.console import show  # noqa: PLC0415 - same

            show(plans_document(plans))
        else:
            typer.echo("no experiment was ever started here; `pulse experiment start NAME SWITCH` starts one")

    _with_store(config, look)


@app.command()
def stop(name: _Name, *, as_json: _Json = False, config: _Config = None) -> None:
    """Stop an experiment: everybody follows the flags again, and which way is yours to decide."""
    import getpass  # noqa: PLC0415 - `pulse --help` must not pay for it

    async def end(store: "Operations", _running: "Running | None") -> None:
        from pulse_cli.experiment_view import next_steps, show_report  # noqa: PLC0415 - `--help` must not pay for it

        shown = await store.stop_experiment(name, actor=getpass.getuser())
        show_report(shown, as_json=as_json)
        if not as_json:
            for line in next_steps(shown):
                typer.echo(line)

    _with_store(config, end)


@app.command()
def report(name: _Name, *, as_json: _Json = False, config: _Config = None) -> None:
    """Show what an experiment has shown so far; look as often as you like."""

    async def look(store: "Operations", _running: "Running | None") -> None:
        from pulse_cli.experiment_view import show_report  # noqa: PLC0415 - `--help` must not pay for it

        show_report(await store.experiment_report(name), as_json=as_json)

    _with_store(config, look)


def _with_store(config: Path | None, work: "Callable[[Operations, Running | None], Awaitable[None]]") -> None:
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it

    from pulse_cli.operator import deployment_store  # noqa: PLC0415 - same

    async def run() -> None:
        async with deployment_store(config) as (store, running):
            await work(store, running)

    asyncio.run(run())
