"""`pulse baseline`: runs that are kept to compare with, where there is no commit to measure again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pulse_cli.tool_failures import tool_failures

if TYPE_CHECKING:
    from profiles.gating.baselines import Baselines

__all__ = ["app", "list_baselines", "remove", "save", "show_baseline"]

app = typer.Typer(no_args_is_help=True)


@app.command("save")
def save(  # noqa: PLR0917 - options of a command line, given by name
    name: Annotated[str, typer.Argument(help="What to call it; an older one of this name is replaced.")],
    phase: Annotated[int | None, typer.Option(help="The phase to measure; the last one there is.")] = None,
    changes: Annotated[str | None, typer.Option("--with", help='Switches beside it, as in "+3.1 -1.3".')] = None,
    workload: Annotated[str | None, typer.Option(help="A workload's name, or a TOML file; reference.")] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed is another trace of the same workload; 1.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Only the first so many minutes of traffic.")] = None,
) -> None:
    """Measure the work tree and keep the exact figures under NAME."""
    from profiles.gating.baselines import Baselines, measure_baseline  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.gating.checkouts import project, work_tree  # noqa: PLC0415 - same
    from pulse_cli.gate_sides import plan_of  # noqa: PLC0415 - same

    repository = project(Path.cwd())
    given = {"phase": phase, "changes": changes, "workload": workload, "seed": seed, "minutes": minutes}
    plan = plan_of(given)
    kept = Baselines(repository.place / "baselines")
    kept.check(name)
    with tool_failures():
        baseline = measure_baseline(work_tree(repository), plan)
    file = kept.save(name, baseline)
    typer.echo(f"baseline {name}: {baseline.run.arms[0].name} of {baseline.run.conditions.commit}, in {file}")


@app.command("list")
def list_baselines() -> None:
    """Show which baselines there are."""
    from pulse_cli.console import show  # noqa: PLC0415 - `pulse --help` must not pay for it
    from reports.document import Cell, Column, Document, Grid  # noqa: PLC0415 - same
    from reports.metrics import METRICS, figure, value_of  # noqa: PLC0415 - same

    kept = _kept()
    names = kept.names()
    rows = []
    for name in names:
        one = kept.load(name)
        arm, metric = one.run.arms[0], METRICS[0]
        texts = [name, arm.name, one.plan.workload, one.run.conditions.commit, one.run.conditions.started_at]
        rows.append(tuple(Cell(text) for text in (*texts, figure(metric, value_of(arm.metrics, metric)))))
    titles = ("name", "arm", "workload", "commit", "measured at")
    columns = (*(Column(title, "text") for title in titles), Column("mean ms"))
    notes = () if rows else ("There are none yet: pulse baseline save NAME",)
    show(Document(title="Baselines", grids=(Grid(columns=columns, rows=tuple(rows)),) if rows else (), notes=notes))


@app.command("show")
def show_baseline(name: Annotated[str, typer.Argument(help="Its name, or its file.")]) -> None:
    """Show what is kept under NAME, as `pulse bench` would."""
    from profiles.gating.checkouts import project  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.console import show  # noqa: PLC0415 - same
    from pulse_cli.gate_sides import find_baseline  # noqa: PLC0415 - same
    from reports.bench_view import document  # noqa: PLC0415 - same

    show(document(find_baseline(project(Path.cwd()), name).run))


@app.command("rm")
def remove(name: Annotated[str, typer.Argument(help="Its name.")]) -> None:
    """Remove the baseline NAME."""
    _kept().remove(name)
    typer.echo(f"baseline {name} is gone")


def _kept() -> "Baselines":
    from profiles.gating.baselines import Baselines  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.gating.checkouts import project  # noqa: PLC0415 - same

    return Baselines(project(Path.cwd()).place / "baselines")
