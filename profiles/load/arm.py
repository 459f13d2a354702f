"""A bot of ours as a target: its own process, a real store, and a simulated Flash and WhatsApp that take their time."""

import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from profiles.arms import ArmSpec
from profiles.live.arena import arena, our_arm
from profiles.load.target import Target
from profiles.processes import SECRETS
from profiles.trace import Trace
from profiles.workload_model import Workload

__all__ = ["SERVE", "arm_target"]

SERVE = (sys.executable, "-m", "pulse_cli", "serve")


@asynccontextmanager
async def arm_target(arm: ArmSpec, workload: Workload, trace: Trace) -> AsyncIterator[Target]:
    """Starts the arm, to which the people of the trace are linked, and ends all that it started.

    Raises ProcessError, StoreUnavailable.
    """
    with tempfile.TemporaryDirectory(prefix="pulse-load-") as place:
        async with arena(our_arm(arm, SERVE), workload, trace, Path(place)) as running:
            yield Target(
                name=arm.name,
                webhook_url=running.webhook_url,
                secret=running.secret,
                phone_number_id=SECRETS["WHATSAPP_PHONE_NUMBER_ID"],
                sandbox_url=running.sandbox_url,
                pid=running.bot_pid,
                is_ours=True,
            )
