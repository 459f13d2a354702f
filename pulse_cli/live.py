"""`pulse bench --live` and `--both`: the bot in real time, alone or beside virtual time."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

if TYPE_CHECKING:
    from profiles.live.bench import LivePlan

__all__ = ["UNDECIDED", "LiveOptions", "both", "live"]

UNDECIDED = 3
"""The exit code of a run whose figures must not be judged."""

_WARM_UP_SHARE, _WARM_UP_MOST_S = 0.2, 10.0


class LiveOptions(NamedTuple):
    """What the command line says about real time."""

    arms: tuple[tuple[int, str], ...]
    workload: str
    seed: int
    rate_per_s: float
    seconds: float
    rounds: int
    json_file: Path | None


def live(options: LiveOptions) -> None:
    """Measures the arms in real time and shows what came out; exit code 3 where the generator was late."""
    from profiles.live.bench import run_live  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.console import progress, show  # noqa: PLC0415 - same
    from reports.live_view import live_document  # noqa: PLC0415 - same
    from reports.model import dump  # noqa: PLC0415 - same

    plan = _plan(options, min(_WARM_UP_MOST_S, _WARM_UP_SHARE * options.seconds))
    with progress(_title(options, len(plan.trace.arrivals)), _work(plan)) as advance:
        run = run_live(plan, advance)
    show(live_document(run))
    if options.json_file is not None:
        dump(run, options.json_file)
        typer.echo(f"\nthe run is in {options.json_file}")
    if run.notes:
        raise SystemExit(UNDECIDED)


def both(options: LiveOptions) -> None:
    """The same trace on both clocks, and how far apart they are; exit code 3 where the generator was late."""
    from profiles.live.both import run_both  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.console import progress, show  # noqa: PLC0415 - same
    from reports.fidelity import fidelity_document  # noqa: PLC0415 - same
    from reports.model import dump  # noqa: PLC0415 - same

    plan = _plan(options, 0.0)
    with progress(_title(options, len(plan.trace.arrivals)), _work(plan)) as advance:
        virtual, real = run_both(plan, advance)
    show(fidelity_document(virtual, real))
    if options.json_file is not None:
        dump(real, options.json_file)
        typer.echo(f"\nthe run in real time is in {options.json_file}")
    if real.notes:
        raise SystemExit(UNDECIDED)


def _plan(options: LiveOptions, warm_up_s: float) -> "LivePlan":
    from profiles.arms import phase_arm  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.live.bench import LivePlan, observed  # noqa: PLC0415 - same
    from profiles.live.traffic import live_trace  # noqa: PLC0415 - same
    from profiles.workload import load_workload  # noqa: PLC0415 - same

    arms = tuple(dict.fromkeys(phase_arm(*spec) for spec in options.arms))
    for arm in arms:
        observed(arm)
    workload = load_workload(options.workload)
    return LivePlan(
        arms=arms,
        workload=workload,
        trace=live_trace(workload, options.seed, options.rate_per_s, options.seconds),
        serve=(sys.executable, "-m", "pulse_cli", "serve"),
        rounds=options.rounds,
        warm_up_s=warm_up_s,
    )


def _work(plan: "LivePlan") -> int:
    return len(plan.arms) * plan.rounds * len(plan.trace.arrivals)


def _title(options: LiveOptions, messages: int) -> str:
    return f"{options.rounds} rounds of {messages:,} messages in real time"
