"""`pulse gate`: the work tree against a commit or a baseline, with a verdict that a merge can depend on."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulse_cli.tool_failures import tool_failures

if TYPE_CHECKING:
    from profiles.gating.checkouts import Checkout
    from profiles.gating.exact import Plan
    from profiles.gating.gate import Base, Timed, TimedFigures
    from profiles.gating.protocol import Traffic
    from reports.gate.model import Moved
    from reports.gate.rules import Budget

__all__ = ["gate"]

_PERCENT = 100
_DAY_MINUTES = 1_440


def gate(  # noqa: PLR0917 - options of a command line, given by name
    against: Annotated[str | None, typer.Option(help="Compare with where this branch left it, as origin/main.")] = None,
    tip: Annotated[bool, typer.Option("--tip", help="With --against: compare with that commit itself.")] = False,  # noqa: FBT002 - a flag of the command line
    baseline: Annotated[str | None, typer.Option(help="Or a baseline of `pulse baseline save`, or its file.")] = None,
    phase: Annotated[int | None, typer.Option(help="The phase to measure on both sides; the last one.")] = None,
    changes: Annotated[str | None, typer.Option("--with", help='Switches beside it, as in "+3.1 -1.3".')] = None,
    workload: Annotated[str | None, typer.Option(help="A workload's name, or a TOML file; reference.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed is another trace of the same workload; 1.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Only the first so many minutes of traffic.")] = None,
    budget: Annotated[Path | None, typer.Option(help="Limits and waivers; [tool.pulse.gate] of pyproject.")] = None,
    timed: Annotated[float | None, typer.Option(help="Judge real processes, too, for so many minutes at most.")] = None,
    profile: Annotated[bool, typer.Option("--profile", help="When it fails, profile both sides: minutes.")] = False,  # noqa: FBT002 - a flag of the command line
    slowdown: Annotated[float, typer.Option(help="Percent that the control is made slower by.")] = 5.0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report as JSON.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write it as Markdown, for a comment or a summary.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write it as JUnit XML.")] = None,
    annotations: Annotated[
        str | None, typer.Option(help='"github" prints workflow commands; a .json file gets GitLab Code Quality.')
    ] = None,
) -> None:
    """Stop a change that makes the bot slower, and nothing else.

    Exit codes: 0 pass, 1 regression, 2 usage, 3 undecided or withheld, 4 nothing measured or a tool failed.
    """
    from datetime import UTC, datetime  # noqa: PLC0415 - `pulse --help` must not pay for it

    from profiles.gating.budgeting import load_budget  # noqa: PLC0415 - same
    from profiles.gating.calibrating import kept as kept_calibration  # noqa: PLC0415 - same
    from profiles.gating.checkouts import project, work_tree  # noqa: PLC0415 - same
    from profiles.gating.gate import run_gate  # noqa: PLC0415 - same
    from pulse_cli.gate_history import history_watch  # noqa: PLC0415 - same
    from pulse_cli.gate_outputs import Outputs  # noqa: PLC0415 - same
    from pulse_cli.gate_sides import base_of, find_baseline, plan_of  # noqa: PLC0415 - same

    with tool_failures():
        _check(against, baseline, timed, slowdown, needs_commit=profile or tip)
        outputs = Outputs(json_file, markdown, junit, annotations)
        repository = project(Path.cwd())
        kept = None if baseline is None else find_baseline(repository, baseline)
        given = {"phase": phase, "changes": changes, "workload": workload, "seed": seed, "minutes": minutes}
        plan = plan_of(given | {"slowdown": slowdown / _PERCENT}, kept)
        limits = load_budget(repository.root, budget)
        head, today = work_tree(repository), datetime.now(UTC).date()
        with base_of(repository, against, kept, baseline or "", plan, tip=tip) as base:
            report = run_gate(
                base,
                head,
                plan,
                limits,
                today,
                timed=None if timed is None else _timed(base, head, plan, limits, timed),
                explain=partial(_profiled, base=base, head=head, plan=plan) if profile else None,
                calibration=kept_calibration(repository.place),
                history=history_watch(plan, limits, today),
                tell=_tell,
            )
        outputs.write(report)
    raise typer.Exit(report.exit_code)


def _tell(step: str) -> None:
    typer.echo(f"{step} ...", err=True)


def _timed(base: "Base", head: "Checkout", plan: "Plan", limits: "Budget", minutes: float) -> "Timed":
    """Rounds of real processes of both sides. Raises ConfigError where the budget limits none of their metrics."""
    from random import SystemRandom  # noqa: PLC0415 - `pulse --help` must not pay for it

    from profiles.gating.timed import TimedGate, planted_share, real_rounds  # noqa: PLC0415 - same

    planted, other = planted_share(limits, plan), base.checkout or head
    judge = TimedGate(limits, plan, planted=planted, most_s=60 * minutes, tell=_tell)

    def judged(traffic: "Traffic") -> "TimedFigures":
        with real_rounds(other, head, plan.arm, traffic, planted=planted, chance=SystemRandom()) as measure:
            return judge.run(measure)

    return judged


def _profiled(traffic: "Traffic", *, base: "Base", head: "Checkout", plan: "Plan") -> "tuple[Moved, ...]":
    """What moved by the profiles of both sides, on the same messages and those that would have come after them.

    A sampling profiler needs many, and the gate may have been content with few.
    """
    from profiles.gating.profiled import moved_by_profile  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.gating.protocol import traffic_of  # noqa: PLC0415 - same

    _tell("profiling both sides, which takes five minutes on a calm machine")
    longer = traffic if plan.minutes is None else traffic_of(plan.workload, plan.seed, None)
    return moved_by_profile(base.checkout or head, head, plan.arm, longer.trace)


def _check(
    against: str | None, baseline: str | None, timed: float | None, slowdown: float, *, needs_commit: bool
) -> None:
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    if (against is None) == (baseline is None):
        raise ConfigError("say what to compare with: --against REF, as in origin/main or HEAD^, or --baseline NAME")
    if (timed is not None or needs_commit) and baseline is not None:
        raise ConfigError("--timed, --profile and --tip need a commit, and a baseline is none: use --against")
    if timed is not None and not 0 < timed <= _DAY_MINUTES:
        raise ConfigError(f"--timed is a number of minutes above 0 and up to {_DAY_MINUTES}, not {timed:g}")
    if not 0 < slowdown <= _PERCENT:
        raise ConfigError(f"--slowdown is a percentage above 0 and up to 100, not {slowdown:g}")
