"""`pulse runs`: the runs that were kept, and how their figures moved."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["add", "app", "export", "list_runs", "remove", "show_run", "trend", "watch"]

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)

_Store = Annotated[Path | None, typer.Option("--store", help="The file of kept runs, if not the usual one.")]
_Ref = Annotated[str, typer.Argument(metavar="RUN", help="12, @last, @last-1, or a commit's beginning.")]
_Arm = Annotated[str | None, typer.Option("--arm", help="An arm's name; the last one of each run.")]
_Workload = Annotated[str | None, typer.Option(help="Only runs of this workload.")]


@app.command("list")
def list_runs(
    *,
    phase: Annotated[int | None, typer.Option(help="Only runs that measured this phase.")] = None,
    arm: Annotated[str | None, typer.Option(help='Only runs with this arm, as in "phase-6 -1.1".')] = None,
    workload: _Workload = None,
    commit: Annotated[str | None, typer.Option(help="Only runs of a commit that begins so.")] = None,
    metric: Annotated[list[str] | None, typer.Option(help="A figure to show; may be given several times.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many, the newest first.")] = 20,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the list as JSON; - prints it.")] = None,
    store: _Store = None,
) -> None:
    """Show what was kept, newest first."""
    from pulse_cli.console import show  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.keeping import opened  # noqa: PLC0415 - same
    from pulse_cli.outputs import is_printed, write_json  # noqa: PLC0415 - same
    from reports.runs_view import document  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    if phase is not None and arm is not None:
        raise ConfigError("--phase and --arm name the same thing; give one of them")
    if phase is not None:
        arm = f"phase-{phase}"
    with opened(store) as history:
        entries = history.entries(arm=arm, workload=workload, commit=commit, limit=limit)
    write_json(entries, json_file)
    if not is_printed(json_file):
        show(document(entries, metric or (), arm=arm))


@app.command("show")
def show_run(ref: _Ref = "@last", store: _Store = None) -> None:
    """Show the report of a run, as when it was measured."""
    import msgspec  # noqa: PLC0415 - `pulse --help` must not pay for it

    from pulse_cli.console import show  # noqa: PLC0415 - same
    from pulse_cli.keeping import kept_named  # noqa: PLC0415 - same
    from reports.runs_view import origin, shown  # noqa: PLC0415 - same

    name, run = kept_named(ref, store)
    page = shown(run)
    show(msgspec.structs.replace(page, lines=(f"{name}: {origin(run.conditions)}", *page.lines)))


@app.command("add")
def add(
    files: Annotated[list[Path], typer.Argument(help="Files that `pulse bench --json` wrote.")], store: _Store = None
) -> None:
    """Keep runs that were measured elsewhere."""
    from pulse_cli.keeping import opened  # noqa: PLC0415 - `pulse --help` must not pay for it
    from reports.model import load  # noqa: PLC0415 - same

    runs = [(file, load(file)) for file in files]
    with opened(store, make=True) as history:
        for file, run in runs:
            typer.echo(f"{file} is kept as run {history.add(run)}")


@app.command("rm")
def remove(
    refs: Annotated[list[str], typer.Argument(metavar="RUN...", help="As for `show`.")], store: _Store = None
) -> None:
    """Forget runs for good."""
    from pulse_cli.keeping import opened  # noqa: PLC0415 - `pulse --help` must not pay for it

    with opened(store) as history:
        for number in dict.fromkeys([history.number_of(ref) for ref in refs]):
            history.remove(number)
            typer.echo(f"removed run {number}")


@app.command()
def trend(
    metric: Annotated[
        str | None, typer.Argument(metavar="KEY", help="A figure's key, as in response_ms_p99; all of the metrics.")
    ] = None,
    *,
    arm: _Arm = None,
    workload: _Workload = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many runs at most, the last ones.")] = 200,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the trend to this file; - prints it.")] = None,
    store: _Store = None,
) -> None:
    """Show a figure over the kept runs and where it changed; without one, all metrics in a line each."""
    from pulse_cli.console import show  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.keeping import opened, trend_named, trends_of_metrics  # noqa: PLC0415 - same
    from pulse_cli.outputs import is_printed, write_json  # noqa: PLC0415 - same
    from reports.trend_view import document, overview  # noqa: PLC0415 - same

    with opened(store) as history:
        if metric is None:
            found = trends_of_metrics(history, arm, workload, limit)
        else:
            found = (trend_named(history, metric, arm, workload, limit),)
    write_json(found if metric is None else found[0], json_file)
    if not is_printed(json_file):
        show(overview(found) if metric is None else document(found[0]))


@app.command()
def watch(
    *,
    phase: Annotated[int | None, typer.Option(help="The phase whose kept runs are watched; the last one.")] = None,
    changes: Annotated[str, typer.Option("--with", help='Switches beside it, as in "+3.1 -1.3".')] = "",
    workload: _Workload = "reference",
    budget: Annotated[Path | None, typer.Option(help="Limits and waivers; [tool.pulse.gate] of pyproject.")] = None,
    limit: Annotated[int, typer.Option(min=2, max=1_000, help="How many runs at most, the last ones.")] = 200,
    store: _Store = None,
) -> None:
    """For a job that only watches: exit code 1 when a figure of the budget last got worse by more than it allows.

    Exit codes: 0 nothing got worse, 1 something did and is not waived, 2 usage, 4 no two runs can be compared.
    """
    from datetime import UTC, datetime  # noqa: PLC0415 - `pulse --help` must not pay for it

    from profiles.arms import phase_arm  # noqa: PLC0415 - same
    from profiles.gating.budgeting import load_budget  # noqa: PLC0415 - same
    from pulse_cli.console import show  # noqa: PLC0415 - same
    from pulse_cli.gate_history import watched  # noqa: PLC0415 - same
    from pulse_cli.tool_failures import TOOL_FAILURE, tool_failures  # noqa: PLC0415 - same
    from reports.gate.watch_view import document  # noqa: PLC0415 - same
    from service.roadmap import LAST_PHASE  # noqa: PLC0415 - same

    with tool_failures():
        spec = phase_arm(LAST_PHASE if phase is None else phase, changes)
        limits = load_budget(Path.cwd(), budget)
        found = watched(spec, limits, datetime.now(UTC).date(), workload=workload, limit=limit, store=store)
    show(document(found))
    if found.is_blind or found.is_alarm:
        raise typer.Exit(TOOL_FAILURE if found.is_blind else 1)


@app.command()
def export(
    ref: _Ref = "@last",
    *,
    to: Annotated[
        str, typer.Option("--format", help="json, csv, k6, pytest-benchmark, github-action-benchmark[-bigger], bmf.")
    ] = "json",
    arm: Annotated[str | None, typer.Option("--arm", help="Only this arm.")] = None,
    output: Annotated[Path, typer.Option("--output", help="A file; standard output.")] = Path("-"),
    store: _Store = None,
) -> None:
    """Write a run as another tool reads it."""
    from pulse_cli.keeping import kept_named  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.outputs import write  # noqa: PLC0415 - same
    from reports.interop import FORMATS, exported  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    if to not in FORMATS:
        raise ConfigError(f"no format {to!r}; there are {', '.join(FORMATS)}")
    _name, run = kept_named(ref, store)
    write(exported(run, to, arm), output)
