"""What `pulse load` and `pulse capacity` measure: an arm that they start, or a bot that is running."""

import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import typer

from service.core.errors import ConfigError

if TYPE_CHECKING:
    from profiles.load.target import Target
    from profiles.trace import Trace
    from profiles.workload_model import Workload
    from reports.document import Document
    from reports.history import Kept
    from reports.rss import SlopeLimit
    from reports.slo import Limit

__all__ = ["Aim", "aim_of", "asking", "check_slope", "finish", "opened", "run_id", "thresholds", "write_json"]


class Aim(msgspec.Struct, frozen=True, kw_only=True):
    """The options that say what is measured."""

    phase: int
    changes: str = ""
    target: "Target | None" = None
    """A bot that is running; without one the arm is started."""


def aim_of(phase: int | None, changes: str, url: str | None, sandbox_url: str | None, *, far: bool) -> Aim:
    """What the options mean. Raises ConfigError for those that do not go together, or cannot be."""
    from profiles.arms import phase_arm  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.load.target import check_address  # noqa: PLC0415 - same
    from service.roadmap import LAST_PHASE  # noqa: PLC0415 - same

    number = LAST_PHASE if phase is None else phase
    if url is None:
        if sandbox_url is not None or far:
            raise ConfigError("--sandbox-url and --i-may-load-this-host belong to --url: an arm brings its own sandbox")
        phase_arm(number, changes)
        return Aim(phase=number, changes=changes)
    if phase is not None or changes:
        raise ConfigError("--url measures a bot as it runs; --phase and --with are for an arm that is started")
    for option, address in (("--url", url), ("--sandbox-url", sandbox_url)):
        if address is not None:
            check_address(option, address, far=far)
    return Aim(phase=number, target=_running(url, sandbox_url, far=far))


def _running(url: str, sandbox_url: str | None, *, far: bool) -> "Target":
    """The bot at the address; one with a sandbox says where that is, and uses its secrets where none are set."""
    import asyncio  # noqa: PLC0415 - `pulse --help` must not pay for it

    from profiles.load.target import check_address, sandbox_of, webhook_target  # noqa: PLC0415 - same
    from service.running import find_running  # noqa: PLC0415 - same
    from service.serving import SANDBOX_SECRETS  # noqa: PLC0415 - same
    from service.settings import load_settings  # noqa: PLC0415 - same

    settings = load_settings(os.environ)
    if sandbox_url is None:
        sandbox_url = asyncio.run(sandbox_of(url))
        if sandbox_url is not None:
            check_address("--sandbox-url", sandbox_url, far=far)
    usual = SANDBOX_SECRETS if sandbox_url else {}
    secret, number = (
        getattr(settings, name) or usual.get(name, "") for name in ("whatsapp_app_secret", "whatsapp_phone_number_id")
    )
    here = find_running(settings.pulse_data_dir)
    return webhook_target(url, secret, number, sandbox_url, here.pid if here and here.url == url.rstrip("/") else None)


@asynccontextmanager
async def opened(aim: Aim, workload: "Workload", trace: "Trace") -> AsyncIterator["Target"]:
    """The target, ready for the messages of the trace."""
    if aim.target is not None:
        yield aim.target
        return
    from profiles.arms import phase_arm  # noqa: PLC0415 - `pulse --help` must not pay for it
    from profiles.load.arm import arm_target  # noqa: PLC0415 - same

    arm = phase_arm(aim.phase, aim.changes)
    typer.echo(f"starting {arm.name}, and introducing {len(trace.population):,} people to it", err=True)
    async with arm_target(arm, workload, trace) as target:
        yield target


def asking(name: str, people: int) -> "Workload":
    """The workload, with so many people. Raises ConfigError."""
    from profiles.workload import load_workload  # noqa: PLC0415 - `pulse --help` must not pay for it

    workload = load_workload(name)
    return msgspec.structs.replace(workload, users=msgspec.structs.replace(workload.users, count=people))


def thresholds(texts: "Sequence[str]") -> "tuple[tuple[Limit, ...], SlopeLimit | None]":
    """Limits of what messages see, and that of the bot's memory. Raises RunError, SloError."""
    from reports.rss import slope_limit_of  # noqa: PLC0415 - `pulse --help` must not pay for it
    from reports.slo import parse_slo  # noqa: PLC0415 - same

    slope, others = slope_limit_of([part.strip() for text in texts for part in text.split(",")])
    return parse_slo(",".join(others)) if others else (), slope


def check_slope(limit: "SlopeLimit | None", aim: Aim, messages: float) -> None:
    """Raises ConfigError for a limit of growth that this run could not judge, before an hour was spent on it."""
    from reports.rss import LEAST_MESSAGES  # noqa: PLC0415 - `pulse --help` must not pay for it

    if limit is None:
        return
    if aim.target is not None and aim.target.pid is None:
        raise ConfigError(f"{limit.text}: the memory of {aim.target.name} cannot be seen from here; leave it out")
    if messages < LEAST_MESSAGES:
        raise ConfigError(
            f"{limit.text} needs {LEAST_MESSAGES:,} messages at the least, and this profile has about {messages:,.0f}; "
            "send more, as with soak:50/15m"
        )


def run_id() -> str:
    """What makes the ids of this run's messages new ones."""
    return os.urandom(4).hex().upper()


def finish(run: "Kept", page: "Document", *, keep: bool) -> None:
    """Keeps the run where that is wished, and shows it."""
    from pulse_cli.console import show  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.keeping import keep as keep_run  # noqa: PLC0415 - same

    told = f"\n{keep_run(run)}" if keep else ""  # before it is shown: whoever reads it may stop early, as `head` does
    show(page)
    if told:
        typer.echo(told)


@contextmanager
def write_json(path: Path | None) -> Iterator[Callable[[msgspec.Struct], None]]:
    """Gives the function that writes a result to the file; that it can be there is looked at before anything runs.

    What is infinite is null in it. Raises ConfigError.
    """
    if path is not None and not path.parent.is_dir():
        raise ConfigError(f"--json {path}: there is no directory {path.parent}")

    def write(result: msgspec.Struct) -> None:
        if path is not None:
            try:
                path.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
            except OSError as error:
                raise ConfigError(f"--json {path} cannot be written: {error.strerror}") from error
            typer.echo(f"\nthe result is in {path}")

    yield write
