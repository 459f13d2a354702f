"""`pulse load`: messages at the rates of a profile, whatever becomes of them, held against thresholds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from profiles.load.run import Plan
    from pulse_cli.load_target import Aim
    from reports.load import LoadRun
    from reports.load_view import Look

__all__ = ["load"]


def load(
    profile: Annotated[
        str,
        typer.Argument(
            help="constant:50/60s, ramp:10..200/60s, spike:20..300/90s, soak:50/2h, breakpoint:10..1000/10m, or "
            "several with commas between them: messages a second / time."
        ),
    ],
    *,
    phase: Annotated[int | None, typer.Option(help="The phase to measure; the last one there is.")] = None,
    changes: Annotated[str, typer.Option("--with", help='Switches beside the phase, as in "+3.1 -1.3".')] = "",
    url: Annotated[str | None, typer.Option(help="A bot that is running, instead of one that is started.")] = None,
    sandbox_url: Annotated[
        str | None, typer.Option(help="The sandbox that bot talks to; else replies are not seen.")
    ] = None,
    far: Annotated[bool, typer.Option("--i-may-load-this-host", help="Allow a --url on another machine.")] = False,
    threshold: Annotated[
        list[str] | None,
        typer.Option(
            help="A limit such as p99<2s, errors<0.1% or rss_slope<5MB/M; again for others. Exit code 1 when crossed."
        ),
    ] = None,
    abort: Annotated[bool, typer.Option("--abort/--no-abort", help="Stop once a limit is crossed for certain.")] = True,
    grace: Annotated[float, typer.Option(min=0.0, help="Seconds at the start in which it is not stopped.")] = 10.0,
    workload: Annotated[
        str, typer.Option(help="Whose questions are asked: a workload's name, or a TOML file.")
    ] = "load",
    people: Annotated[int, typer.Option(min=1, max=100_000, help="How many ask.")] = 500,
    seed: Annotated[int, typer.Option(help="Another seed is other questions at other times.")] = 1,
    cv: Annotated[
        float, typer.Option(min=0.0, max=20.0, help="Burstiness: 0 metronome, 1 independent people, more.")
    ] = 1.0,
    keep: Annotated[bool, typer.Option("--keep/--no-keep", help="Keep the run; see `pulse runs`.")] = True,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the run to this file.")] = None,
) -> None:
    """Put a bot under load: an arm that is started for it, or one that is running."""
    from profiles.load.rates import parse_profile  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.load.run import Plan  # noqa: PLC0415 - same
    from pulse_cli.load_target import aim_of, asking, check_slope, finish, run_id, thresholds, write_json  # noqa: PLC0415 - same
    from reports.load_view import document  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    limits, slope_limit = thresholds(threshold or ())
    plan = Plan(
        profile=parse_profile(profile),
        workload=asking(workload, people),
        seed=seed,
        run=run_id(),
        cv=cv,
        limits=limits,
        slope_limit=slope_limit,
        abort=abort,
        grace_s=grace,
    )
    if plan.profile.shape == "breakpoint" and not plan.limits:
        raise ConfigError('a breakpoint is where a threshold is crossed: give one, such as --threshold "p99<2s"')
    aim = aim_of(phase, changes, url, sandbox_url, far=far)
    check_slope(slope_limit, aim, sum(stage.messages for stage in plan.profile.stages))
    with write_json(json_file) as write:
        run = _run(plan, aim)
        finish(run, document(run), keep=keep and run.messages > 0)
        write(run)
    raise typer.Exit(run.code)


def _run(plan: "Plan", aim: "Aim") -> "LoadRun":
    """Runs it; Ctrl-C ends it with what there is."""
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it
    import signal  # noqa: PLC0415 - same

    from profiles.load.run import run_load, trace_of  # noqa: PLC0415 - same
    from pulse_cli.load_target import opened  # noqa: PLC0415 - same
    from service.clocks import SystemClock  # noqa: PLC0415 - same

    async def run() -> "LoadRun":
        trace, stop = trace_of(plan), asyncio.Event()
        async with opened(aim, plan.workload, trace) as target:
            with _shown() as tell:
                asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
                try:
                    return await run_load(plan, target, trace, SystemClock(), tell=tell, stop=stop)
                finally:
                    asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)

    return asyncio.run(run())


@contextmanager
def _shown() -> Iterator[Callable[["Look"], None]]:
    """Where the run is followed: on the terminal, or nowhere."""
    from pulse_cli.console import board, output_console  # noqa: PLC0415 - `pulse --help` must not pay for it
    from reports.load_view import live  # noqa: PLC0415 - same

    console = output_console()
    if not console.is_terminal:
        yield lambda _look: None
        return
    with board(console) as put:
        yield lambda look: put(live(look))
