"""Exit code 4: whoever depends on a verdict can tell a tool that broke from a regression."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import typer

__all__ = ["TOOL_FAILURE", "tool_failures"]

TOOL_FAILURE = 4
"""The exit code of a gate that could not measure."""


@contextmanager
def tool_failures() -> Iterator[None]:
    """Whatever breaks inside ends with exit code 4: a gate that cannot measure must look like no regression."""
    from profiles.gating.errors import CannotMeasure  # noqa: PLC0415 - `pulse --help` must not pay for it
    from pulse_cli.console import fail  # noqa: PLC0415 - same
    from reports.model import RunError  # noqa: PLC0415 - same
    from service.core.errors import PulseError  # noqa: PLC0415 - same

    try:
        yield
    except CannotMeasure as error:
        fail(str(error), code=TOOL_FAILURE)
    except (PulseError, RunError):
        raise
    except Exception:  # noqa: BLE001 - Python itself would end with 1, which says "regression"
        traceback.print_exc()
        raise typer.Exit(TOOL_FAILURE) from None
