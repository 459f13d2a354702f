"""`pulse`: the door to everything. Each command is parse -> call -> render, in a module of its own."""

import signal
import sys

import typer

from pulse_cli import (
    baseline,
    bench,
    bisect,
    cache,
    calibrate,
    capacity,
    chat,
    compare,
    doctor,
    experiment,
    flags,
    gate,
    load,
    parse,
    payments,
    profile,
    quality,
    report,
    roadmap,
    runs,
    serve,
    simulate,
    top,
)

__all__ = ["app", "main"]

_TERMINATED = 143

app = typer.Typer(
    name="pulse",
    help="A WhatsApp assistant for the Flash wallet, and the toolkit that measures it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.command("bench")(bench.bench)
app.command("load")(load.load)
app.command("capacity")(capacity.capacity)
app.command("gate")(gate.gate)
app.command("bisect")(bisect.bisect)
app.command("calibrate")(calibrate.calibrate)
app.command("compare")(compare.compare)
app.command("simulate")(simulate.simulate)
app.command("chat")(chat.chat)
app.command("parse", context_settings={"ignore_unknown_options": True})(parse.parse)  # "-5 to bob" is a text
app.command("top")(top.top)
app.command("quality")(quality.quality)
app.command("report")(report.report)
app.command("roadmap")(roadmap.roadmap)
app.add_typer(profile.app, name="profile", help="What takes the time, what holds the memory, what is never given back.")
app.add_typer(baseline.app, name="baseline", help="Runs that are kept for `pulse gate` to compare with.")
app.add_typer(runs.app, name="runs", help="The runs that were kept, and how their figures moved.")
app.add_typer(flags.app, name="flags", help="Switch roadmap items on and off in a running service.")
app.add_typer(experiment.app, name="experiment", help="Compare a switch on and off among live users.")
app.add_typer(payments.app, name="payments", help="Payments that wait for a person, and those still being looked up.")
app.add_typer(cache.app, name="cache", help="Look at, warm and clear the caches of a running service.")


def _terminate(*_: object) -> None:
    """Ends the command. Who asks twice is not heard again: what it has started would be left behind."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(_TERMINATED)


def main() -> None:
    """Runs the command line; what goes wrong on purpose is one line and exit code 2, never a traceback.

    A request to end (SIGTERM) is an exit like any other: what a command has started ends with it.
    """
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from pulse_cli.console import fail  # noqa: PLC0415 - only where something failed
        from reports.model import RunError  # noqa: PLC0415 - same
        from service.core.errors import PulseError  # noqa: PLC0415 - same

        expected = _all_of(error, (PulseError, RunError))
        if expected is not None:
            fail(str(expected))
        raise
    finally:
        if signal.getsignal(signal.SIGTERM) is _terminate:
            signal.signal(signal.SIGTERM, before)


def _all_of(error: Exception, kinds: tuple[type[Exception], ...]) -> Exception | None:
    """The error if it is one of these; of a group, which tasks raise, the first if all are."""
    if isinstance(error, ExceptionGroup):
        found = [_all_of(inner, kinds) for inner in error.exceptions]
        return None if None in found else found[0]
    return error if isinstance(error, kinds) else None
