"""`pulse profile`: what takes the time, what holds the memory, what is never given back."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from profiles.profilers import Subject, Wish

__all__ = ["app", "cpu", "leaks", "memory"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_PAGES = Path(".pulse/reports")
_MOST_MINUTES = 10_080
_BESIDE = 2  # arms: of more, a table says more than pages

_Phase = Annotated[str | None, typer.Option(help="The phase to profile; the last one there is.")]
_Phases = Annotated[str | None, typer.Option(help="The phase to profile, or several as in 0..6, beside each other.")]
_With = Annotated[str, typer.Option("--with", help='Switches beside the phase, as in "+3.1 -1.3".')]
_Against = Annotated[str | None, typer.Option(help='Say what changed since this arm: "phase-0", or "+3.1 -1.3".')]
_Minutes = Annotated[float | None, typer.Option(help="All of the first so many minutes of the workload's traffic.")]
_Workload = Annotated[str, typer.Option(help="A workload's name, or a TOML file.")]
_Seed = Annotated[int, typer.Option(help="Another seed is another trace of the same workload.")]
_Pid = Annotated[int | None, typer.Option(help="Watch this running service instead, for --minutes (1).")]
_Open = Annotated[bool, typer.Option("--open", help="Open the pages in a browser.")]
_Json = Annotated[Path | None, typer.Option("--json", help="Write all figures to this file.")]


@app.command("cpu")
def cpu(  # noqa: PLR0917 - options of a command line, given by name
    phase: _Phase = None,
    changes: _With = "",
    against: _Against = None,
    minutes: _Minutes = None,
    workload: _Workload = "reference",
    seed: _Seed = 1,
    pid: _Pid = None,
    show_pages: _Open = False,  # noqa: FBT002 - a flag of the command line
    json_file: _Json = None,
) -> None:
    """What takes the time: processor time and waiting by command, function, line and roadmap item."""
    if pid is not None:
        _attach("cpu", pid, minutes, (phase, changes, against, json_file), show_pages=show_pages)
        return
    _profile("cpu", (phase, changes, against), (workload, seed, minutes), json_file, show_pages=show_pages)


@app.command("memory")
def memory(  # noqa: PLR0917 - same
    phase: _Phases = None,
    changes: _With = "",
    against: _Against = None,
    minutes: _Minutes = None,
    workload: _Workload = "reference",
    seed: _Seed = 1,
    pid: _Pid = None,
    show_pages: _Open = False,  # noqa: FBT002 - same
    json_file: _Json = None,
) -> None:
    """What holds the memory after some traffic: by package, allocating line and roadmap item."""
    if pid is not None:
        _attach("memory", pid, minutes, (phase, changes, against, json_file), show_pages=show_pages)
        return
    _profile("memory", (phase, changes, against), (workload, seed, minutes), json_file, show_pages=show_pages)


@app.command("leaks")
def leaks(  # noqa: PLR0917 - same
    phase: _Phase = None,
    changes: _With = "",
    against: _Against = None,
    minutes: _Minutes = None,
    workload: _Workload = "reference",
    seed: _Seed = 1,
    pid: _Pid = None,
    show_pages: _Open = False,  # noqa: FBT002 - same
    json_file: _Json = None,
) -> None:
    """What is never given back: memory over rounds of the same messages, and the lines that grow."""
    if pid is not None:
        _attach("leaks", pid, minutes, (phase, changes, against, json_file), show_pages=show_pages)
        return
    if against is not None:
        from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

        raise ConfigError("--against is for cpu and memory: a leak is judged by its own rounds")
    _profile("leaks", (phase, changes, None), (workload, seed, minutes), json_file, show_pages=show_pages)


def _profile(
    kind: str,
    arms: tuple[str | None, str, str | None],
    traffic: tuple[str, int, float | None],
    json_file: Path | None,
    *,
    show_pages: bool,
) -> None:
    from profiles.profilers import profiles, work_of  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.console import progress, show  # noqa: PLC0415 - same
    from reports.profile import dump  # noqa: PLC0415 - same
    from reports.profile_view import documents  # noqa: PLC0415 - same

    wish = _wish(kind, arms, traffic, json_file)
    names = " and ".join(subject.arm.name for subject in wish.subjects)
    typer.echo(f"{names}: {work_of(wish):,} messages, in passes of their own: this takes minutes", err=True)
    with progress(f"{kind} profile", work_of(wish)) as advance:
        report = profiles(wish, advance, advance.say)
    for document in documents(report):
        show(document)
        typer.echo("")
    if json_file is not None:
        dump(report, json_file)
        typer.echo(f"the figures are in {json_file}")
    if show_pages:
        _open(file for profile in report.profiles for file in profile.files.values())


def _wish(
    kind: str,
    arms: tuple[str | None, str, str | None],
    traffic: tuple[str, int, float | None],
    json_file: Path | None,
) -> "Wish":
    """Raises ConfigError for what can be known to be wrong before anything is measured."""
    from profiles.bench import drawn  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.profilers import Wish  # noqa: PLC0415 - same
    from profiles.workload import load_workload  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    workload, seed, minutes = traffic
    _check_minutes(minutes)
    if json_file is not None and not json_file.parent.is_dir():
        raise ConfigError(f"--json {json_file}: there is no directory {json_file.parent}")
    subjects = _subjects(*arms)
    if kind != "memory" and arms[2] is None and len(subjects) > 1:
        raise ConfigError(f"--phase {arms[0]}: only memory shows several phases; give {kind} one, or use --against")
    return Wish(
        kind=kind,
        subjects=subjects,
        trace=drawn(load_workload(workload), seed, minutes),
        pages=None if len(subjects) > _BESIDE else _PAGES,
        everything=minutes is not None,
        differs=arms[2] is not None,
    )


def _check_minutes(minutes: float | None) -> None:
    """Raises ConfigError."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    if minutes is not None and not 0 < minutes <= _MOST_MINUTES:
        raise ConfigError(f"--minutes must be more than 0 and at most {_MOST_MINUTES}, not {minutes:g}")


def _subjects(phase: str | None, changes: str, against: str | None) -> "tuple[Subject, ...]":
    """The arm to compare with first, then the arms that are asked for. Raises ConfigError."""
    from profiles.arms import phase_arm  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.profilers import Subject, arm_named  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same
    from service.roadmap import LAST_PHASE  # noqa: PLC0415 - same

    phases = _phases(str(LAST_PHASE) if phase is None else phase)
    if against is None:
        return tuple(Subject(phase_arm(number, changes)) for number in phases)
    if len(phases) > 1:
        raise ConfigError("--against compares with one phase; leave it out, or give one --phase")
    arm, other = phase_arm(phases[0], changes), arm_named(against, phases[0])
    if arm == other:
        raise ConfigError(f"--against {against} is the arm itself: there is nothing to compare")
    return Subject(other), Subject(arm)


def _phases(text: str) -> range:
    """One phase, or all from the first to the last of a range. Raises ConfigError."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    first, dots, last = text.partition("..")
    ends = [first, last] if dots else [first, first]
    phases = range(int(ends[0]), int(ends[1]) + 1) if all(map(str.isdecimal, ends)) else range(0)
    if not phases:
        raise ConfigError(f"--phase {text} is no phase; write one, as in 6, or for memory a range, as in 0..6")
    return phases


def _attach(kind: str, pid: int, minutes: float | None, others: tuple[object, ...], *, show_pages: bool) -> None:
    from profiles.profilers.attach import attach  # noqa: PLC0415 - `pulse --help` must not pay for it
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    if any(others):
        raise ConfigError("--pid goes with --minutes and --open alone: the service that runs is what it is")
    _check_minutes(minutes)
    files = attach(kind, pid, 60 * (1.0 if minutes is None else minutes), _PAGES)
    for title, file in files.items():
        typer.echo(f"{title}: {file}")
    if show_pages:
        _open(files.values())


def _open(files: Iterable[str]) -> None:
    import webbrowser  # noqa: PLC0415 - `pulse --help` must not pay for it

    for file in files:
        if file.endswith(".html"):
            webbrowser.open(Path(file).resolve().as_uri())
