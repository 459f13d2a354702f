"""`pulse bench`: measures what the roadmap's phases, or single items of it, do to the bot."""

from pathlib import Path
from typing import Annotated

import typer

from pulse_cli import live as clocks

__all__ = ["bench"]

_WEEK_MINUTES = 10_080


def bench(  # noqa: PLR0917 - options of a command line, given by name
    phase: Annotated[int | None, typer.Option(help="The phase to measure; the last one there is.")] = None,
    baseline: Annotated[int | None, typer.Option(help="The phase to compare it with; 0.")] = None,
    changes: Annotated[str, typer.Option("--with", help='Switches beside the phase, as in "+3.1 -1.3".')] = "",
    baseline_changes: Annotated[str, typer.Option("--baseline-with", help="The same for the baseline.")] = "",
    workload: Annotated[str | None, typer.Option(help="A workload's name, or a TOML file; reference.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another trace of the same workload.")] = 1,
    minutes: Annotated[float | None, typer.Option(help="Only the first so many minutes of traffic.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the run to this file.")] = None,
    memory: Annotated[bool, typer.Option("--memory/--no-memory", help="Measure memory and CPU too.")] = True,  # noqa: FBT002 - a flag of the command line
    against: Annotated[str | None, typer.Option(help="The baseline is this phase where the branch left a ref.")] = None,
    tip: Annotated[bool, typer.Option("--tip", help="With --against: that commit itself is the baseline.")] = False,  # noqa: FBT002 - a flag of the command line
    keep: Annotated[bool, typer.Option("--keep/--no-keep", help="Keep the run; see `pulse runs`.")] = True,  # noqa: FBT002 - same
    live: Annotated[bool, typer.Option("--live", help="In real time: processes, sockets, a real store.")] = False,  # noqa: FBT002 - same
    both: Annotated[bool, typer.Option("--both", help="The same trace on both clocks, and how far apart.")] = False,  # noqa: FBT002 - same
    rate: Annotated[float | None, typer.Option(help="In real time: messages per second; 10.")] = None,
    seconds: Annotated[float | None, typer.Option(help="In real time: how long each round takes; 30.")] = None,
    rounds: Annotated[int | None, typer.Option(help="In real time: how often each arm is measured; 2.")] = None,
    ablate: Annotated[bool, typer.Option("--ablate", help="Each item of phases 1 to N against its claim.")] = False,  # noqa: FBT002 - same
    items: Annotated[str | None, typer.Option(help="With --ablate: only these, as in 1.1,3.4.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="With --ablate: write the report as Markdown.")] = None,
) -> None:
    """Measure a phase against another one: response time, cache hit rate, memory."""
    from service.roadmap import LAST_PHASE  # noqa: PLC0415 - `pulse --help` must not pay for it

    _check(minutes, json_file, markdown)
    _check_mode(
        {"--items": items is not None, "--markdown": markdown is not None},
        {
            "--baseline": baseline is not None,
            "--with": bool(changes),
            "--baseline-with": bool(baseline_changes),
            "--no-memory": not memory,
            "--no-keep": not keep,
        },
        ablate=ablate,
    )
    _check_tip(against, tip=tip)
    timing = clocks.Timing(live=live, both=both, rate_per_s=rate, seconds=seconds, rounds=rounds)
    clocks.check(timing, {"--minutes": minutes is not None, "--no-memory": not memory, "--ablate": ablate})
    phase = LAST_PHASE if phase is None else phase
    arms = ((baseline or 0, baseline_changes), (phase, changes))
    if against is not None:
        from pulse_cli.against import against as beside  # noqa: PLC0415 - same

        _check_against({"--baseline": baseline, "--baseline-with": baseline_changes, "--ablate": ablate} | timing.modes)
        beside(against, phase, changes, workload or "reference", seed, minutes, json_file, tip=tip, keep=keep)
    elif timing.is_real:
        clocks.measure(timing, arms, workload or "reference", seed, json_file, keep=keep)
    elif ablate:
        from profiles.ablation.run import Plan  # noqa: PLC0415 - same
        from pulse_cli import ablate as ablation  # noqa: PLC0415 - same

        plan = Plan(phase, seed, ablation.keys_in(items), workload, minutes)
        ablation.ablate(plan, json_file, markdown)
    else:
        _compare(arms, workload or "reference", seed, minutes, json_file, memory=memory, keep=keep)


def _check(minutes: float | None, *files: Path | None) -> None:
    """Raises ConfigError for what can be known to be wrong before anything is measured."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    if minutes is not None and not 0 < minutes <= _WEEK_MINUTES:
        raise ConfigError(f"--minutes must be more than 0 and at most {_WEEK_MINUTES}, not {minutes:g}")
    for option, file in zip(("--json", "--markdown"), files, strict=True):
        if file is not None and not file.parent.is_dir():
            raise ConfigError(f"{option} {file}: there is no directory {file.parent}")


def _check_mode(of_ablation: dict[str, bool], of_comparison: dict[str, bool], *, ablate: bool) -> None:
    """Raises ConfigError for an option of the other kind of bench: it would be left unnoticed."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    strangers = [name for name, is_given in (of_comparison if ablate else of_ablation).items() if is_given]
    if strangers:
        where = "not with --ablate" if ablate else "only with --ablate"
        raise ConfigError(f"{', '.join(strangers)} {where}: it would change nothing")


def _check_tip(against: str | None, *, tip: bool) -> None:
    """Raises ConfigError where there is no commit whose tip could be meant."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    if tip and against is None:
        raise ConfigError("--tip only with --against: it would change nothing")


def _check_against(others: dict[str, object]) -> None:
    """Raises ConfigError for what has no meaning beside a commit: its arm is that of the work tree."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    strangers = [name for name, given in others.items() if given]
    if strangers:
        raise ConfigError(f"{', '.join(strangers)} not with --against: the same arm is measured at the commit")


def _compare(
    specs: tuple[tuple[int, str], ...],
    workload: str,
    seed: int,
    minutes: float | None,
    json_file: Path | None,
    *,
    memory: bool,
    keep: bool,
) -> None:
    """Every arm on the same trace, the first as the baseline."""
    import sys  # noqa: PLC0415 - `pulse --help` must not pay for it

    from profiles.arms import phase_arm  # noqa: PLC0415 - same
    from profiles.bench import Plan, run_bench, trace_of, work_of  # noqa: PLC0415 - same
    from profiles.workload import load_workload  # noqa: PLC0415 - same
    from pulse_cli.console import progress, show, warn  # noqa: PLC0415 - same
    from pulse_cli.keeping import keep as keep_run  # noqa: PLC0415 - same
    from reports.bench_view import document  # noqa: PLC0415 - same
    from reports.model import dump  # noqa: PLC0415 - same

    arms = tuple(dict.fromkeys(phase_arm(*spec) for spec in specs))
    plan = Plan(
        arms=arms,
        workload=load_workload(workload),
        seed=seed,
        minutes=minutes,
        serve=(sys.executable, "-m", "pulse_cli", "serve") if memory else None,
    )
    trace = trace_of(plan)
    if len(arms) == 1:
        warn(f"{arms[0].name.replace('-', ' ', 1)} is its own baseline: there is nothing to compare")
    with progress(f"{len(trace.arrivals):,} messages for each arm", work_of(plan, trace)) as advance:
        run = run_bench(plan, trace, advance)
    told = [keep_run(run)] if keep else []  # before anything is shown: whoever reads it may stop early, as `head` does
    if json_file is not None:
        dump(run, json_file)
        told.append(f"the run is in {json_file}")
    show(document(run))
    typer.echo("\n".join(["", *told]))
