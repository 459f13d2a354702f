"""`pulse compare`: two runs, or two files of pytest-benchmark, against each other."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["compare"]

_Side = Annotated[str, typer.Argument(help="A file, or a kept run: 12, @last, @last-1, or a commit's beginning.")]


def compare(
    before: _Side,
    after: _Side,
    *,
    arm: Annotated[str | None, typer.Option(help="Only this arm, as in phase-6; all that both have.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also runs of different traffic or clocks.")] = False,
    markdown: Annotated[Path | None, typer.Option(help="Write the report as Markdown; - prints it.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures as JSON; - prints them.")] = None,
    store: Annotated[Path | None, typer.Option(help="The file of kept runs, if not the usual one.")] = None,
) -> None:
    """Compare two runs, or two files of pytest-benchmark; the exit code is 0 whatever the difference."""
    from pulse_cli import outputs  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.console import show  # noqa: PLC0415 - same
    from pulse_cli.keeping import benchmarks_named, run_named  # noqa: PLC0415 - same
    from reports import benchmarks, benchmarks_view, comparison, comparison_view  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    old, new = benchmarks_named(before), benchmarks_named(after)
    if (old is None) != (new is None):
        raise ConfigError(
            f"{before if old else after} is of pytest-benchmark, and the other one is not: compare like with like"
        )
    if old and new:
        found = benchmarks.compare_benchmarks((before, old), (after, new))
        facts: object = found
        page = benchmarks_view.document(found)
    else:
        runs = comparison.compare_runs(run_named(before, store), run_named(after, store), arm=arm, force=force)
        facts = comparison_view.facts(runs)
        page = comparison_view.document(runs)
    outputs.write_json(facts, json_file)
    outputs.write_markdown(page, markdown)
    if not outputs.is_printed(json_file, markdown):
        show(page)
