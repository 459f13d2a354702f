"""`pulse calibrate`: how often the gate is wrong on this machine, and how small a change it sees."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulse_cli.tool_failures import tool_failures

if TYPE_CHECKING:
    from profiles.gating.calibrating import Calibrated
    from profiles.gating.exact import Plan
    from profiles.gating.repository import Repository
    from reports.gate.rules import Budget

__all__ = ["calibrate"]

_PERCENT = 100
_FALSE_ALARMS = 0.01
_CAUGHT = 0.95
_DAY_MINUTES = 1_440
_PLANTED_MINUTES = 10.0


def calibrate(
    minutes: Annotated[float, typer.Option(help="How long to measure real processes.")] = 10.0,
    phase: Annotated[int | None, typer.Option(help="The phase to measure; the last one there is.")] = None,
    workload: Annotated[str | None, typer.Option(help="A workload's name, or a TOML file; reference.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws other comparisons.")] = 1,
    self_test: Annotated[bool, typer.Option("--self-test", help="Put the whole gate on trial.")] = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Compare the work tree with itself, and state the gate's false-alarm rate and the smallest change it sees.

    The result is kept, and every gate prints it. Exit codes: 0, or with --self-test 1 when a promise is broken; 2
    usage, 4 a tool failed.
    """
    from profiles.gating.budgeting import load_budget  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.gating.checkouts import project  # noqa: PLC0415 - same
    from pulse_cli.gate_sides import plan_of  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    if not 0 < minutes <= _DAY_MINUTES:
        raise ConfigError(f"--minutes must be above 0 and at most {_DAY_MINUTES}, not {minutes:g}")
    repository = project(Path.cwd())
    plan = plan_of({"phase": phase, "workload": workload})
    limits = load_budget(repository.root)
    is_right = True
    with tool_failures():
        if self_test:
            is_right = all([_simulated(seed), _planted(repository, plan, limits)])
        found = _measured(repository, plan, limits, minutes, seed)
    if self_test:
        is_right = _promised(found) and is_right
    raise typer.Exit(0 if is_right else 1)


def _simulated(seed: int) -> bool:
    """Pairs of known noise, judged by the gate and by the rules of other tools."""
    from random import Random  # noqa: PLC0415 - `pulse --help` must not pay for it

    from pulse_cli.console import show  # noqa: PLC0415 - same
    from reports.gate import selftest, selftest_view  # noqa: PLC0415 - same

    plan = selftest.Plan()
    pairs = f"{plan.comparisons:,} pairs of equal arms, and as many of each of {len(plan.effects)} slow-downs"
    _tell(f"simulating {pairs}, for each way to make rounds")
    found = selftest.self_test(plan, Random(seed))
    show(selftest_view.document(found))
    return not found.failures


def _planted(repository: "Repository", plan: "Plan", limits: "Budget") -> bool:
    """Real runs in virtual time with planted changes."""
    from profiles.gating.checkouts import work_tree  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.gating.plants import document, trials  # noqa: PLC0415 - same
    from profiles.gating.protocol import traffic_of  # noqa: PLC0415 - same
    from pulse_cli.console import show  # noqa: PLC0415 - same

    traffic = traffic_of(plan.workload, plan.seed, _PLANTED_MINUTES)
    found = trials(work_tree(repository), repository, plan, limits, traffic, tell=_tell)
    typer.echo("")
    show(document(found))
    return all(one.is_right for one in found)


def _measured(repository: "Repository", plan: "Plan", limits: "Budget", minutes: float, seed: int) -> "Calibrated":
    """Real processes of equal arms and of a slower one."""
    from random import Random  # noqa: PLC0415 - `pulse --help` must not pay for it

    from profiles.gating import calibrating  # noqa: PLC0415 - same
    from profiles.gating.calibration_view import document  # noqa: PLC0415 - same
    from profiles.gating.checkouts import checkout_of, work_tree  # noqa: PLC0415 - same
    from profiles.gating.protocol import traffic_of  # noqa: PLC0415 - same
    from profiles.gating.timed import planted_share  # noqa: PLC0415 - same
    from pulse_cli.console import show  # noqa: PLC0415 - same

    chance, planted = Random(seed), planted_share(limits, plan)
    traffic = traffic_of(plan.workload, plan.seed, plan.minutes)
    with checkout_of(repository, "HEAD") as twin:
        tree = work_tree(repository)
        other = None if tree.is_changed else twin
        _tell("rounds of real processes, three equal ones and a slower one")
        equal = calibrating.equal_rounds(tree, plan.arm, traffic, planted=planted, chance=chance, twin=other)
        with equal as measure:
            rounds, took = calibrating.rounds_for(measure, 60 * minutes, _tell)
    found = calibrating.calibrated(rounds, took, limits, planted=planted, chance=chance)
    file = calibrating.keep(found.calibration, repository.place)
    typer.echo("")
    show(document(found))
    typer.echo(f"\nkept in {file}, and printed by every gate on this machine")
    return found


def _promised(found: "Calibrated") -> bool:
    """Whether the real rounds keep what the gate promises; says so where they do not."""
    total = found.calibration.comparisons
    broken = []
    if found.calibration.false_alarms > _FALSE_ALARMS * total:
        broken.append(f"more than {_FALSE_ALARMS:.0%} false alarms")
    if min(found.caught.values()) < _CAUGHT * total:
        broken.append(f"fewer than {_CAUGHT:.0%} of the slow-downs caught")
    if broken:
        advice = "a quieter machine or more --minutes may keep them"
        typer.echo(f"broken promises of the timed metrics: {', '.join(broken)}; {advice}", err=True)
    return not broken


def _tell(step: str) -> None:
    typer.echo(f"{step} ...", err=True)
