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
        from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

        self._json, self._markdown, self._junit, self._annotations = json, markdown, junit, annotations
        is_file = annotations is not None and annotations != _GITHUB
        if annotations is not None and is_file and not annotations.endswith(".json"):
            raise ConfigError(f'--annotations is "github" or a .json file for GitLab, not {annotations!r}')
        quality = Path(annotations) if annotations is not None and is_file else None
        files = {"--json": json, "--markdown": markdown, "--junit": junit, "--annotations": quality}
        for option, file in files.items():
            if file is not None and not file.parent.is_dir():
                raise ConfigError(f"{option} {file}: there is no directory {file.parent}")

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
        if self._annotations == _GITHUB:
            typer.echo(annotations.github(report))
        elif self._annotations is not None:
            _put(Path(self._annotations), annotations.gitlab(report))


def _put(file: Path | None, content: bytes) -> None:
    from reports.model import RunError  # noqa: PLC0415 - `pulse --help` must not pay for it

    if file is None:
        return
    try:
        file.write_bytes(content)
    except OSError as error:
        raise RunError(f"cannot write {file}", str(error.strerror), "choose another file") from error
