"""Where the report of a gate goes: the terminal always, and what a CI reads."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from reports.gate.model import GateReport

__all__ = ["Outputs"]

_GITHUB = "github"


class Outputs:
    """The files of a command line. Raises ConfigError at once for one that could not be written in the end."""

    def __init__(self, json: Path | None, markdown: Path | None, junit: Path | None, annotations: str | None) -> None:
        self._json, self._markdown, self._junit = json, markdown, junit
        self._is_for_github = annotations == _GITHUB
        self._quality = None if annotations is None or self._is_for_github else _quality_file(annotations)
        files = {"--json": json, "--markdown": markdown, "--junit": junit, "--annotations": self._quality}
        for option, file in files.items():
            _check_folder(option, file)

    def write(self, report: "GateReport") -> None:
        """Shows the report and writes all files. Raises RunError where one cannot be written."""
        from pulse_cli.console import show  # noqa: PLC0415 - `pulse --help` must not pay for it
        from reports.gate import annotations, junit  # noqa: PLC0415 - same
        from reports.gate.comment import markdown  # noqa: PLC0415 - same
        from reports.gate.model import encode  # noqa: PLC0415 - same
        from reports.gate.view import document  # noqa: PLC0415 - same

        show(document(report))
        _put(self._json, encode(report))
        _put(self._markdown, markdown(report).encode())
        _put(self._junit, junit.render(report).encode())
        _put(self._quality, annotations.gitlab(report))
        if self._is_for_github:
            typer.echo(annotations.github(report))


def _quality_file(annotations: str) -> Path:
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    if not annotations.endswith(".json"):
        raise ConfigError(f'--annotations is "github" or a .json file for GitLab, not {annotations!r}')
    return Path(annotations)


def _check_folder(option: str, file: Path | None) -> None:
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    if file is not None and not file.parent.is_dir():
        raise ConfigError(f"{option} {file}: there is no directory {file.parent}")


def _put(file: Path | None, content: bytes) -> None:
    from reports.model import RunError  # noqa: PLC0415 - `pulse --help` must not pay for it

    if file is None:
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise RunError(f"cannot write {file}", str(error.strerror), "choose another file") from error
