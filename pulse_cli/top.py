"""`pulse top`: what a running service does, as it does it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from reports.top import Frame

__all__ = ["top"]


def top(  # noqa: PLR0917 - options of a command line, given by name
    url: Annotated[str | None, typer.Option(help="The service, e.g. http://127.0.0.1:8080; else the one here.")] = None,
    interval: Annotated[float, typer.Option(help="Seconds between two looks.")] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Show one interval, and end.")] = False,  # noqa: FBT002 - a flag of the command line
    since_start: Annotated[bool, typer.Option("--since-start", help="Begin with all since its start.")] = False,  # noqa: FBT002 - same
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,  # noqa: FBT002 - same
    config: Annotated[Path | None, typer.Option(help="Settings file instead of pulse.toml.")] = None,
) -> None:
    """Show live figures of a running service: response times, hit rates, queue, memory."""
    import itertools  # noqa: PLC0415 - `pulse --help` must not pay for it
    import os  # noqa: PLC0415 - same

    import msgspec  # noqa: PLC0415 - same

    from pulse_cli.console import watch  # noqa: PLC0415 - same
    from reports.top_view import document  # noqa: PLC0415 - same
    from service.core.errors import ConfigError  # noqa: PLC0415 - same
    from service.settings import load_settings  # noqa: PLC0415 - same

    if not 0.1 <= interval <= 3_600:  # noqa: PLR2004 - an hour
        raise ConfigError(f"--interval must be between 0.1 and 3600 seconds, not {interval:g}")
    settings = load_settings(os.environ, config)
    frames = _frames(url or _found(settings.pulse_data_dir), settings.pulse_metrics_token, interval, since_start)
    if once:
        frames = itertools.islice(frames, 1)
    if as_json:
        for frame in frames:
            typer.echo(msgspec.json.encode(frame).decode())
    else:
        watch(document(frame) for frame in frames)


def _found(data_dir: Path) -> str:
    """Where the service of this data directory listens. Raises ConfigError."""
    from service.core.errors import ConfigError  # noqa: PLC0415 - `pulse --help` must not pay for it
    from service.running import find_running  # noqa: PLC0415 - same

    running = find_running(data_dir)
    if running is None:
        raise ConfigError("no service runs on this data directory; start one with: pulse serve, or name one with --url")
    return running.url


def _frames(url: str, token: str, interval_s: float, since_start: bool) -> Iterator["Frame"]:  # noqa: FBT001 - an option of the command line
    """One look after another, for as long as somebody looks. Raises PulseError, RunError."""
    import time  # noqa: PLC0415 - `pulse --help` must not pay for it

    from pulse_cli.scraping import look  # noqa: PLC0415 - same
    from reports.scrape import Scrape  # noqa: PLC0415 - same
    from reports.top import frame_of  # noqa: PLC0415 - same

    before, at_s = look(url, token), time.monotonic()
    if since_start:
        yield frame_of(Scrape(), before, time.time() - before.value("pulse_start_time_seconds"))
    while True:
        time.sleep(interval_s)
        now, now_s = look(url, token), time.monotonic()
        yield frame_of(before, now, now_s - at_s)
        before, at_s = now, now_s
