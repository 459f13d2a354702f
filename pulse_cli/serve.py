"""`pulse serve`: runs the bot."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from service.serving import Plan, Serving

__all__ = ["serve"]


def serve(  # noqa: PLR0917 - options of the command line are passed by name
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Simulate Flash and WhatsApp, whatever is set.")] = False,  # noqa: FBT002 - a flag of the command line
    phase: Annotated[int | None, typer.Option(help="Switches of roadmap phases 1 to N on, 0 for none.")] = None,
    switches: Annotated[str | None, typer.Option(help='Single items beside the phase, as in "+3.1 -1.3".')] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on, 0 for any.")] = 8080,
    sandbox_port: Annotated[int, typer.Option(min=0, max=65535, help="The sandbox's port, 0 for any.")] = 0,
    config: Annotated[Path | None, typer.Option(help="Settings file instead of pulse.toml.")] = None,
) -> None:
    """Run the bot; without any credentials it talks to a sandbox."""
    import os  # noqa: PLC0415 - `pulse --help` must not pay for it

    import msgspec  # noqa: PLC0415 - same
    import uvloop  # noqa: PLC0415 - same

    from pulse_cli.lean import without  # noqa: PLC0415 - same

    with without():
        from service import serving  # noqa: PLC0415 - same
        from service.observe.logs import configure_logs  # noqa: PLC0415 - same
    from service.roadmap import changed_switches  # noqa: PLC0415 - same
    from service.settings import CREDENTIALS, load_settings  # noqa: PLC0415 - same

    settings = load_settings(os.environ, config)
    if phase is not None:
        settings = msgspec.structs.replace(settings, pulse_phase=phase)
    if switches is not None:
        settings = msgspec.structs.replace(settings, pulse_switches=switches)
    changed_switches(
        settings.pulse_phase, settings.pulse_switches
    )  # what there is not is refused before anything starts
    plan = serving.make_plan(settings, host=host, port=port, sandbox=sandbox, sandbox_port=sandbox_port)
    secrets = [getattr(plan.settings, name.lower()) for name in CREDENTIALS]
    configure_logs(settings.pulse_log_level, [*secrets, settings.pulse_metrics_token])
    uvloop.run(serving.serve_until_signalled(plan, lambda up: _announced(plan, up)))


@contextmanager
def _announced(plan: "Plan", up: "Serving") -> Iterator[None]:
    """Tells the user where the bot is, and the other commands too."""
    import os  # noqa: PLC0415 - `pulse --help` must not pay for it

    from service.running import Running, announced  # noqa: PLC0415 - same
    from service.serving import SANDBOX_SECRETS  # noqa: PLC0415 - same

    settings = plan.settings
    settings.pulse_data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    if up.sandbox_url:
        from pulse_cli.console import warn  # noqa: PLC0415 - 3 MB that a bot without a sandbox does not need

        warn("SANDBOX: Flash and WhatsApp are simulated, no money is real")
    typer.echo(f"pulse serves {up.url}/webhook/whatsapp  (phase {settings.pulse_phase}, store: {up.store})")
    if up.sandbox_url:
        ours = SANDBOX_SECRETS["whatsapp_app_secret"]
        secret = ours if settings.whatsapp_app_secret == ours else "the one that is set"
        typer.echo(f"sandbox at {up.sandbox_url}/sandbox/users  (app secret: {secret})")
        typer.echo("talk to it from another terminal: pulse chat")
    facts = Running(os.getpid(), up.url, up.store_url, settings.pulse_phase, up.sandbox_url)
    with announced(settings.pulse_data_dir, facts):
        yield
