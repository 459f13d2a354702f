"""`pulse bench`: measures what the roadmap's phases do to the bot."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["bench"]


def bench(  # noqa: PLR0917 - options of a command line, given by name
    phase: Annotated[int, typer.Option(help="The phase to measure.")] = 3,
    baseline: Annotated[int, typer.Option(help="The phase to compare it with.")] = 0,
    workload: Annotated[str, typer.Option(help="A workload's name, or a TOML file.")] = "reference",
    seed: Annotated[int, typer.Option(help="Another seed is another trace of the same workload.")] = 1,
    minutes: Annotated[float | None, typer.Option(help="Only the first so many minutes of traffic.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the run to this file.")] = None,
    memory: Annotated[bool, typer.Option("--memory/--no-memory", help="Measure memory and CPU too.")] = True,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Measure a phase against another one: response time, cache hit rate, memory."""
    import sys  # noqa: PLC0415 - `pulse --help` must not pay for it

    from profiles.arms import phase_arm  # noqa: PLC0415 - same
    from profiles.bench import Plan, run_bench, trace_of, work_of  # noqa: PLC0415 - same
    from profiles.workload import load_workload  # noqa: PLC0415 - same
    from pulse_cli.console import progress, show, warn  # noqa: PLC0415 - same
    from reports.bench_view import document  # noqa: PLC0415 - same
    from reports.model import dump  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    if minutes is not None and not 0 < minutes <= 10_080:  # noqa: PLR2004 - a week
        raise ConfigError(f"--minutes must be more than 0 and at most 10080, not {minutes:g}")
    if json_file is not None and not json_file.parent.is_dir():
        raise ConfigError(f"--json {json_file}: there is no directory {json_file.parent}")
    phases = dict.fromkeys((baseline, phase))
    plan = Plan(
        arms=tuple(phase_arm(number) for number in phases),
        workload=load_workload(workload),
        seed=seed,
        minutes=minutes,
        serve=(sys.executable, "-m", "pulse_cli", "serve") if memory else None,
    )
    trace = trace_of(plan)
    if len(phases) == 1:
        warn(f"phase {phase} is its own baseline: there is nothing to compare")
    with progress(f"{len(trace.arrivals):,} messages for each arm", work_of(plan, trace)) as advance:
        run = run_bench(plan, trace, advance)
    show(document(run))
    if json_file is not None:
        dump(run, json_file)
        typer.echo(f"\nthe run is in {json_file}")
