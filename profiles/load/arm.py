"""A bot of ours as a target: its own process, its own store, and a simulated Flash and WhatsApp beside it."""

import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from profiles.arms import ArmSpec
from profiles.crowd import Crowd
from profiles.load.target import Target
from profiles.process_run import _SECRETS, _bot, _sandbox
from profiles.trace import Trace

__all__ = ["SERVE", "arm_target"]

SERVE = (sys.executable, "-m", "pulse_cli", "serve")
_TIMEOUT_S = 30.0


@asynccontextmanager
async def arm_target(arm: ArmSpec, trace: Trace, serve: Sequence[str] = SERVE) -> AsyncIterator[Target]:
    """Starts the arm by the command `serve`, links the people of the trace, and ends all that it started.

    Raises ProcessError, CrowdError.
    """
    with tempfile.TemporaryDirectory(prefix="pulse-load-") as place:
        async with _sandbox(trace, Path(place)) as sandbox_url, _bot(arm, serve, sandbox_url, Path(place)) as bot:
            target = Target(
                name=arm.name,
                webhook_url=f"{bot.url}/webhook/whatsapp",
                secret=_SECRETS["WHATSAPP_APP_SECRET"],
                phone_number_id=_SECRETS["WHATSAPP_PHONE_NUMBER_ID"],
                sandbox_url=sandbox_url,
                pid=bot.pid,
            )
            await _link(target, trace)
            yield target


async def _link(target: Target, trace: Trace) -> None:
    """Lets the people who will write link their accounts, as far as they are linked in the trace."""
    async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as http:
        crowd = Crowd(
            http,
            webhook_url=target.webhook_url,
            sandbox_url=target.sandbox_url or "",
            secret=target.secret,
            trace=trace,
        )
        await crowd.link({arrival.user for arrival in trace.arrivals})
