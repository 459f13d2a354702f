"""`pulse bisect`: the first commit at which a metric got worse."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulse_cli.tool_failures import tool_failures

if TYPE_CHECKING:
    from profiles.gating.bisecting import Bisection, Step

__all__ = ["bisect"]

_UNDECIDED = 3
_SHORT = 12


def bisect(  # noqa: PLR0917 - options of a command line, given by name
    metric: Annotated[str, typer.Argument(help="As in hit_rate, or response_ms_mean:send for one command.")],
    good: Annotated[str, typer.Argument(help="A commit at which it was good.")],
    bad: Annotated[str, typer.Argument(help="A later one at which it is worse.")],
    phase: Annotated[int | None, typer.Option(help="The phase to measure; the last one there is.")] = None,
    changes: Annotated[str | None, typer.Option("--with", help='Switches beside it, as in "+3.1 -1.3".')] = None,
    workload: Annotated[str | None, typer.Option(help="A workload's name, or a TOML file; reference.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed is another trace of the same workload; 1.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Only the first so many minutes of traffic.")] = None,
    budget: Annotated[Path | None, typer.Option(help="Limits; [tool.pulse.gate] of pyproject.")] = None,
) -> None:
    """Find the first commit after GOOD at which METRIC is beyond its budget.

    Figures are exact, so n commits take log2(n) measurements; your work tree is left as it is. Exit codes: 0 found, 2
    usage, or BAD is no worse than GOOD, 3 several commits are left because some cannot be measured, 4 a tool failed.
    """
    from profiles.gating import bisecting  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.gating.budgeting import load_budget  # noqa: PLC0415 - same
    from profiles.gating.checkouts import project  # noqa: PLC0415 - same
    from pulse_cli.gate_sides import plan_of  # noqa: PLC0415 - same

    repository = project(Path.cwd())
    plan = plan_of({"phase": phase, "changes": changes, "workload": workload, "seed": seed, "minutes": minutes})
    limits = load_budget(repository.root, budget)
    with tool_failures():
        measure = bisecting.measured_arms(repository, plan)
        found = bisecting.bisect(
            repository, metric, good, bad, measure=measure, budget=limits, phase=plan.phase, tell=_tell
        )
    _show(found)
    raise typer.Exit(0 if found.first else _UNDECIDED)


def _tell(step: "Step") -> None:
    said = {True: "worse", False: "good", None: "skipped"}[step.is_worse]
    typer.echo(f"{step.commit[:_SHORT]} {said}: {step.why} ({step.subject})", err=True)


def _show(found: "Bisection") -> None:
    if found.first:
        typer.echo(f"{found.metric} got worse with {found.first.commit[:_SHORT]}: {found.first.subject}")
        typer.echo(f"{found.first.why}, as seen from {found.good.commit[:_SHORT]}")
        return
    typer.echo(f"{found.metric} got worse with one of these, which cannot be measured all:")
    for step in found.suspects:
        typer.echo(f"  {step.commit[:_SHORT]} {step.subject}")
