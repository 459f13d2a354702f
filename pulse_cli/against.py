"""`pulse bench --against REF`: the same phase of the work tree and of a commit, side by side, without a verdict."""

from pathlib import Path

import typer

from pulse_cli.tool_failures import tool_failures

__all__ = ["against"]


def against(  # noqa: PLR0917 - the options of `pulse bench`
    ref: str,
    phase: int,
    changes: str,
    workload: str,
    seed: int,
    minutes: float | None,
    json_file: Path | None,
    *,
    tip: bool,
    keep: bool,
) -> None:
    """Shows both; keeps and writes the run.

    Raises ConfigError and RunError; exit code 4 when a side cannot be measured.
    """
    from profiles.gating.checkouts import branched_from, project, work_tree  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.gating.exact import Plan, measure_pair, side_by_side  # noqa: PLC0415 - same
    from profiles.gating.protocol import traffic_of  # noqa: PLC0415 - same
    from pulse_cli.console import show  # noqa: PLC0415 - same
    from pulse_cli.keeping import keep as keep_run  # noqa: PLC0415 - same
    from reports.bench_view import document  # noqa: PLC0415 - same
    from reports.model import dump  # noqa: PLC0415 - same

    repository = project(Path.cwd())
    plan = Plan(phase=phase, changes=changes, workload=workload, seed=seed, minutes=minutes)
    head, traffic = work_tree(repository), traffic_of(workload, seed, minutes)
    with tool_failures(), branched_from(repository, ref, tip=tip) as base:
        typer.echo(f"{base.name}: {base.note} ...", err=True)
        run = side_by_side(base, *measure_pair(base, head, plan, traffic))
    told = [keep_run(run)] if keep else []  # before anything is shown: whoever reads it may stop early, as `head` does
    if json_file is not None:
        dump(run, json_file)
        told.append(f"the run is in {json_file}")
    show(document(run))
    typer.echo("\n".join(["", *told]))
