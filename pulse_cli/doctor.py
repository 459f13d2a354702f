"""`pulse doctor`: can the bot run here, and can it be measured well?"""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["doctor"]


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    config: Annotated[Path | None, typer.Option(help="Settings file instead of pulse.toml.")] = None,
) -> None:
    """Look at this machine and its settings: what is well, what is not, and what to do."""
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it
    import os  # noqa: PLC0415 - same

    import msgspec  # noqa: PLC0415 - same

    from profiles.doctor.checkup import examine  # noqa: PLC0415 - same
    from pulse_cli.console import show  # noqa: PLC0415 - same
    from reports.doctor import document  # noqa: PLC0415 - same

    checkup = asyncio.run(examine(os.environ, config))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(checkup), indent=2).decode())
    else:
        show(document(checkup))
    raise typer.Exit(0 if checkup.ok else 1)
