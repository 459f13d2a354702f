"""`pulse quality`: the code beside the roadmap's limits."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["quality"]

_USUAL = Path(".coverage.json")


def quality(
    coverage: Annotated[
        Path | None, typer.Option(help="A JSON report of coverage; .coverage.json, where `nox -s tests` leaves it.")
    ] = None,
) -> None:
    """Hold a checkout against the roadmap's limits: complexity, file sizes, import cycles, test coverage."""
    from profiles.quality import QualityError, check_all  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.console import show, warn  # noqa: PLC0415 - same
    from reports.quality_view import document  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same

    root = Path.cwd()
    if not (root / "service" / "roadmap.py").is_file():
        raise ConfigError(f"{root} is no checkout of pulse; change to one, as it is the source that is measured")
    report = coverage or (_USUAL if _USUAL.is_file() else None)
    try:
        checks = check_all(root, report)
    except QualityError as error:
        raise ConfigError(str(error)) from error
    show(document(checks))
    if report is None:
        warn("test coverage was not measured: `nox -s tests` writes .coverage.json")
    raise typer.Exit(0 if all(check.passed for check in checks) else 1)
