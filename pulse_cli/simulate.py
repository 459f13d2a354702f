"""`pulse simulate`: whole worlds from seeds, in which everything goes wrong that can, and judges of what came of it."""

from typing import Annotated

import typer

__all__ = ["simulate"]

_DEFAULT_SEEDS = 200
_MOST_SEEDS = 10_000_000


def simulate(
    seeds: Annotated[int | None, typer.Option(help="How many worlds; 200, or 1 with --seed.")] = None,
    seed: Annotated[int | None, typer.Option(help="The seed of the first world.")] = None,
    faults: Annotated[str, typer.Option(help="Only these faults: names or groups, with commas; or none.")] = "all",
    trace: Annotated[bool, typer.Option("--trace", help="Print everything that happens in the first world.")] = False,  # noqa: FBT002 - a flag of the command line
    jobs: Annotated[int | None, typer.Option(help="Processes; as many as there are cores.")] = None,
) -> None:
    """Run the real bot through seeded worlds of faults, and judge what happened."""
    import os  # noqa: PLC0415 - `pulse --help` must not pay for it

    import msgspec  # noqa: PLC0415 - same

    from profiles.simulate.campaign import run_campaign  # noqa: PLC0415 - same
    from profiles.simulate.faults import parse_kinds  # noqa: PLC0415 - same
    from profiles.simulate.tracing import lines  # noqa: PLC0415 - same
    from profiles.simulate.world import run_world  # noqa: PLC0415 - same
    from pulse_cli.console import progress, show  # noqa: PLC0415 - same
    from reports.simulation_view import document  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    count = seeds if seeds is not None else _DEFAULT_SEEDS if seed is None else 1
    first, kinds, processes = seed or 0, parse_kinds(faults), (os.cpu_count() or 1) if jobs is None else jobs
    if not 0 < count <= _MOST_SEEDS:
        raise ConfigError(f"--seeds must be more than 0 and at most {_MOST_SEEDS}, not {count}")
    if first < 0:
        raise ConfigError(f"--seed must not be negative, and is {first}")
    if not 0 < processes <= 256:  # noqa: PLR2004 - more than any machine this runs on
        raise ConfigError(f"--jobs must be more than 0 and at most 256, not {processes}")
    if trace:
        for line in lines(run_world(first, kinds).history.events):
            typer.echo(line)
        typer.echo()
    with progress(f"{count:,} worlds", count) as advance:
        run = run_campaign(range(first, first + count), kinds, jobs=processes, tick=advance)
    show(document(msgspec.structs.replace(run, faults=faults)))
    if not run.is_clean:
        raise typer.Exit(1)
