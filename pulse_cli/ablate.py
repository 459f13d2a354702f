"""`pulse bench --ablate`: every item of the roadmap against its claim."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from profiles.ablation.run import Plan

__all__ = ["ablate", "keys_in"]

_UNTRUSTED = 4


def keys_in(text: str | None) -> tuple[str, ...]:
    """Keys of items, as in "1.1,3.4" or "1.1 3.4"; none of None. Raises ConfigError for a text without a key."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it

    keys = tuple(dict.fromkeys((text or "").replace(",", " ").split()))
    if text is not None and not keys:
        raise ConfigError('--items "" names no item; write --items 1.1,3.4, or leave it out for all of them')
    return keys


def ablate(plan: "Plan", json_file: Path | None, markdown_file: Path | None) -> None:
    """Measures, shows and writes. Raises ConfigError and RunError; exit code 4 when a control fails."""
    import msgspec  # noqa: PLC0415 - `pulse --help` must not pay for it

    from profiles.ablation.run import jobs_of, run_ablation  # noqa: PLC0415 - same
    from pulse_cli.console import progress, show  # noqa: PLC0415 - same
    from reports.ablation import dump, encode  # noqa: PLC0415 - same
    from reports.ablation_view import document, page  # noqa: PLC0415 - same
    from reports.markdown import render  # noqa: PLC0415 - same

    work = sum(job.repeats for job in jobs_of(plan))
    with progress(f"{work} measurements", work) as advance:
        ablation = run_ablation(plan, advance)
    if markdown_file is not None:
        command = f"{plan.command()} --markdown {markdown_file}"
        ablation = msgspec.structs.replace(ablation, command=command)
        dump(page(render(document(ablation)), command).encode(), markdown_file)
    if json_file is not None:
        dump(encode(ablation), json_file)
    show(document(ablation))
    for file in filter(None, (json_file, markdown_file)):
        typer.echo(f"\nthe report is in {file}")
    if not ablation.is_trusted:
        raise typer.Exit(_UNTRUSTED)
