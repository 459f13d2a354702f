"""`pulse report`: runs as one page of HTML that needs no network, or as Markdown for a pull request."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.gathering import Gathered

__all__ = ["report"]


def report(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[RUN...]", help="Files of `pulse bench --json`, or kept runs as 12 or @last-1; @last."),
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the page here; under .pulse/reports.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write Markdown instead, or too; - is standard output.")] = None,
    opened: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,  # noqa: FBT002 - a flag of the command line
) -> None:
    """Make a page of runs that people want to read: what changed, by how much, beside which limit."""
    import os  # noqa: PLC0415 - `pulse --help` must not pay for it

    from reports.gathering import gather  # noqa: PLC0415 - same
    from reports.history.place import location  # noqa: PLC0415 - same

    kept = location(os.environ, Path.cwd())
    gathered = gather(runs or ["@last"], kept)
    if markdown is not None:
        _write_markdown(gathered, markdown)
    if html is not None or markdown is None or opened:
        _write_page(gathered, html or kept.parent / "reports" / f"{gathered.name}.html", runs or [], opened=opened)


def _write_markdown(gathered: "Gathered", file: Path) -> None:
    from reports.ablation import dump  # noqa: PLC0415 - `pulse --help` must not pay for it
    from reports.comment import render  # noqa: PLC0415 - same

    text = render(gathered.sections)
    if str(file) == "-":
        typer.echo(text)
        return
    dump(text.encode(), file)
    typer.echo(f"the report is in {file}")


def _write_page(gathered: "Gathered", file: Path, runs: "Sequence[str]", *, opened: bool) -> None:
    """Raises RunError when the file cannot be written, or what draws it is not installed."""
    import shlex  # noqa: PLC0415 - `pulse --help` must not pay for it

    from reports.ablation import dump  # noqa: PLC0415 - same
    from reports.model import RunError  # noqa: PLC0415 - same

    try:
        from plotly.offline import get_plotlyjs  # noqa: PLC0415 - an extra

        from reports.html.page import render  # noqa: PLC0415 - same
    except ModuleNotFoundError as error:
        what = f"cannot draw the page without {error.name}"
        raise RunError(what, "it comes with an extra", "pip install 'pulse-bot[report]', or use --markdown") from error
    command = shlex.join(["pulse", "report", *runs])
    page = render(gathered.sections, get_plotlyjs(), title=gathered.sections[0].title, command=command)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"cannot write {file}", str(error.strerror), "choose another file with --html") from error
    dump(page.encode(), file)
    typer.echo(f"the report is in {file}")
    if opened:
        typer.launch(file.resolve().as_uri())
