"""`pulse capacity`: the highest rate of messages at which an SLO holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from profiles.load.capacity import CapacityPlan
    from pulse_cli.load_target import Aim
    from reports.capacity import Capacity, Trial

__all__ = ["capacity"]

_VIRTUAL = "overload"
_OF_REAL_TIME = ("url", "people", "seconds", "warm_up", "repeats", "steps")


def capacity(
    context: typer.Context,
    *,
    slo: Annotated[str, typer.Option(help="What has to hold.")] = "p99<2s,errors<0.1%",
    phase: Annotated[int | None, typer.Option(help="The phase to measure; the last one there is.")] = None,
    changes: Annotated[str, typer.Option("--with", help='Switches beside the phase, as in "+3.1 -1.3".')] = "",
    virtual: Annotated[bool, typer.Option("--virtual", help="In virtual time, on a simulated core: exact.")] = False,
    url: Annotated[str | None, typer.Option(help="A bot that is running, instead of one that is started.")] = None,
    sandbox_url: Annotated[
        str | None, typer.Option(help="The sandbox that bot talks to; else replies are not seen.")
    ] = None,
    far: Annotated[bool, typer.Option("--i-may-load-this-host", help="Allow a --url on another machine.")] = False,
    first: Annotated[
        float, typer.Option(min=0.1, max=10_000, help="The rate to begin with, in messages a second.")
    ] = 10.0,
    seconds: Annotated[float, typer.Option(min=1.0, max=3_600, help="How long each rate is tried.")] = 20.0,
    warm_up: Annotated[float, typer.Option(min=0.0, max=600, help="Seconds before that which do not count.")] = 5.0,
    repeats: Annotated[int, typer.Option(min=1, max=15, help="Trials of each edge; an odd number.")] = 3,
    steps: Annotated[int, typer.Option(min=0, max=8, help="How often the gap is halved.")] = 3,
    workload: Annotated[
        str | None,
        typer.Option(help="Whose questions: a workload's name, or a TOML file; load, or overload with --virtual."),
    ] = None,
    people: Annotated[int, typer.Option(min=1, max=100_000, help="How many ask.")] = 500,
    seed: Annotated[int, typer.Option(help="Another seed is other questions at other times.")] = 1,
    keep: Annotated[bool, typer.Option("--keep/--no-keep", help="Keep the run; see `pulse runs`.")] = True,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the result to this file.")] = None,
) -> None:
    """Find the highest rate of messages at which the SLO holds: doubling, bisection, and the edges again."""
    from profiles.load.capacity import CapacityPlan  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.load_target import aim_of, asking, finish, run_id, write_json  # noqa: PLC0415 - same
    from reports.capacity import document  # noqa: PLC0415 - same
    from reports.slo import parse_slo  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    plan = CapacityPlan(
        limits=parse_slo(slo),
        workload=asking(workload or "load", people),
        seed=seed,
        run=run_id(),
        first=first,
        seconds=seconds,
        warm_up_s=warm_up,
        halvings=steps,
        repeats=repeats,
    )
    if repeats % 2 == 0:
        raise ConfigError(f"--repeats {repeats} may end in a draw; take an odd number, such as {repeats + 1}")
    if virtual:
        _check_virtual(context)
    aim = aim_of(phase, changes, url, sandbox_url, far=far)
    with write_json(json_file) as write:
        found = _virtual(plan, aim, workload or _VIRTUAL) if virtual else _real(plan, aim)
        finish(found, document(found), keep=keep and bool(found.trials))
        write(found)
    raise typer.Exit(found.code)


def _check_virtual(context: typer.Context) -> None:
    """Raises ConfigError for an option of real time: it would be left unnoticed."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    sources = {name: context.get_parameter_source(name) for name in _OF_REAL_TIME}
    given = [
        f"--{name.replace('_', '-')}" for name, source in sources.items() if source and source.name == "COMMANDLINE"
    ]
    if given:
        raise ConfigError(f"{', '.join(given)} not with --virtual: it simulates an arm, and would not look at it")


def _virtual(plan: "CapacityPlan", aim: "Aim", workload: str) -> "Capacity":
    from profiles.arms import phase_arm  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.load.virtual_capacity import virtual_capacity  # noqa: PLC0415 - same

    arm = phase_arm(aim.phase, aim.changes)
    return virtual_capacity(arm, plan.limits, seed=plan.seed, first=plan.first, workload_name=workload, told=_told)


def _real(plan: "CapacityPlan", aim: "Aim") -> "Capacity":
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it

    from profiles.load.capacity import find_capacity, people_of  # noqa: PLC0415 - same
    from pulse_cli.load_target import opened  # noqa: PLC0415 - same
    from service.clocks import SystemClock  # noqa: PLC0415 - same

    async def run() -> "Capacity":
        async with opened(aim, plan.workload, people_of(plan)) as target:
            return await find_capacity(plan, target, SystemClock(), _told)

    return asyncio.run(run())


def _told(trial: "Trial") -> None:
    """A line on standard error for each trial: a search takes minutes."""
    from reports.slo import shown  # noqa: PLC0415 - `pulse --help` must not pay for it

    values = ", ".join(f"{one.limit.text}: {shown(one.limit, one.value)}" for one in trial.outcome.judged)
    verdict = "not judged" if trial.refused else "holds" if trial.outcome.held else "fails"
    typer.echo(f"{trial.rate:,.1f} messages/s {verdict} ({values})", err=True)
