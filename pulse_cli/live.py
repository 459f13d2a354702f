"""`pulse bench --live` and `--both`: the bot in real time, alone or beside virtual time."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

if TYPE_CHECKING:
    from profiles.live.bench import LivePlan
    from reports.model import Run

__all__ = ["UNDECIDED", "Timing", "check", "measure"]

UNDECIDED = 3
"""The exit code of a run whose figures must not be judged."""

_RATE_PER_S, _SECONDS, _ROUNDS = 10.0, 30.0, 2
_MOST = {"--rate": 10_000.0, "--seconds": 86_400.0, "--rounds": 1_000.0}
_WARM_UP_SHARE, _WARM_UP_MOST_S = 0.2, 10.0


class Timing(NamedTuple):
    """What the command line says about real time: None where it says nothing."""

    live: bool
    both: bool
    rate_per_s: float | None
    seconds: float | None
    rounds: int | None

    @property
    def is_real(self) -> bool:
        return self.live or self.both

    @property
    def modes(self) -> dict[str, object]:
        """Which clock was asked for, by option."""
        return {"--live": self.live, "--both": self.both}

    @property
    def given(self) -> dict[str, float]:
        """What it says, by option."""
        figures = zip(_MOST, (self.rate_per_s, self.seconds, self.rounds), strict=True)
        return {name: value for name, value in figures if value is not None}

    def check_figures(self) -> None:
        """Raises ConfigError for one that is out of its range."""
        from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

        for name, value in self.given.items():
            if not 0 < value <= _MOST[name]:
                raise ConfigError(f"{name} must be more than 0 and at most {_MOST[name]:g}, not {value:g}")


def check(timing: Timing, of_virtual_time: dict[str, bool]) -> None:
    """Raises ConfigError for options that the chosen clock does not have, and for figures that make no round."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    if timing.live and timing.both:
        raise ConfigError("--live and --both exclude each other: --both has a live run in it")
    unfit = [name for name, is_given in of_virtual_time.items() if is_given] if timing.is_real else list(timing.given)
    if unfit:
        where = "not with --live or --both" if timing.is_real else "only with --live or --both"
        raise ConfigError(f"{', '.join(unfit)} {where}: it would change nothing")
    timing.check_figures()


def measure(
    timing: Timing,
    arms: tuple[tuple[int, str], ...],
    workload: str,
    seed: int,
    json_file: Path | None,
    *,
    keep: bool,
) -> None:
    """Measures the arms in real time and shows what came out; exit code 3 where the generator was late."""
    from pulse_cli.keeping import keep as keep_run  # noqa: PLC0415 - `pulse --help` must not pay for it
    from reports.model import dump  # noqa: PLC0415 - same

    run = _measured(timing, _plan(timing, arms, workload, seed))
    if json_file is not None:
        dump(run, json_file)
        typer.echo(f"\nthe run in real time is in {json_file}")
    if keep:
        typer.echo(f"\n{keep_run(run)}")
    if run.notes:
        raise SystemExit(UNDECIDED)


def _measured(timing: Timing, plan: "LivePlan") -> "Run":
    from profiles.live.bench import run_live  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.live.both import run_both  # noqa: PLC0415 - same
    from profiles.live.virtual import MOST_MESSAGES, in_virtual_time  # noqa: PLC0415 - same
    from pulse_cli.console import progress, show  # noqa: PLC0415 - same
    from reports.fidelity import fidelity_document  # noqa: PLC0415 - same
    from reports.live_view import live_document  # noqa: PLC0415 - same

    messages = len(plan.trace.arrivals)
    title = f"{plan.rounds} rounds of {messages:,} messages in real time, for each arm"
    with progress(title, len(plan.arms) * plan.rounds * messages) as advance:
        if not timing.both:
            run = run_live(plan, advance, in_virtual_time(plan) if messages <= MOST_MESSAGES else ())
            report = live_document(run)
        else:
            virtual, run = run_both(plan, advance)
            report = fidelity_document(virtual, run)
    show(report)
    return run


def _plan(timing: Timing, specs: tuple[tuple[int, str], ...], workload: str, seed: int) -> "LivePlan":
    from profiles.arms import phase_arm  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.live.bench import LivePlan, observed  # noqa: PLC0415 - same
    from profiles.live.traffic import live_trace  # noqa: PLC0415 - same
    from profiles.workload import load_workload  # noqa: PLC0415 - same

    arms = tuple(dict.fromkeys(phase_arm(*spec) for spec in specs))
    for arm in arms:
        observed(arm)
    model, seconds = load_workload(workload), timing.seconds or _SECONDS
    return LivePlan(
        arms=arms,
        workload=model,
        trace=live_trace(model, seed, timing.rate_per_s or _RATE_PER_S, seconds),
        serve=(sys.executable, "-m", "pulse_cli", "serve"),
        rounds=timing.rounds or _ROUNDS,
        warm_up_s=0.0 if timing.both else min(_WARM_UP_MOST_S, _WARM_UP_SHARE * seconds),
    )
