"""The bot: `pulse serve` as its operators run it, with credentials and a store of its own."""

import asyncio
import base64
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from service.running import find_running
from service.sandbox.config import SandboxConfig
from tests.e2e.kit import environ

__all__ = ["SECRETS", "Bot"]

START_S = 30.0

SECRETS = SandboxConfig(
    app_secret="crash-app-secret",
    verify_token="crash-verify-token",
    access_token="crash-access-token",
    phone_number_id="15550000000",
    api_key="crash-flash-key",
)


class Bot:
    """One data directory, and one process after the other on it; what they say is in serve.log."""

    def __init__(self, place: Path, *, store: Path, outside_url: str, phase: int = 3) -> None:
        self.place = place
        self.log = place / "serve.log"
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None
        self._env = environ(place) | {
            "WHATSAPP_APP_SECRET": SECRETS.app_secret,
            "WHATSAPP_VERIFY_TOKEN": SECRETS.verify_token,
            "WHATSAPP_ACCESS_TOKEN": SECRETS.access_token,
            "WHATSAPP_PHONE_NUMBER_ID": SECRETS.phone_number_id,
            "FLASH_API_KEY": SECRETS.api_key,
            "PULSE_ENCRYPTION_KEY": base64.b64encode(b"crash-test-key-of-thirty-two-by.").decode(),
            "FLASH_API_URL": f"{outside_url}/graphql",
            "WHATSAPP_API_URL": outside_url,
            "REDIS_URL": f"unix://{store}",
            "PULSE_PHASE": str(phase),
            "PULSE_DAILY_LIMIT_CENTS": "1000000000",
            "PULSE_DAILY_PAYMENTS": "10000",
        }

    async def start(self) -> None:
        """Returns when it takes messages."""
        assert await self.try_start(), self.log.read_text()[-4000:]

    async def try_start(self) -> bool:
        """As `start`, or False when it ends instead."""
        self.process = self._begin()
        deadline_s = time.monotonic() + START_S
        while self.process.poll() is None:
            running = find_running(self.place / "data")
            if running is not None and running.pid == self.process.pid:
                self.url = running.url
                return True
            assert time.monotonic() < deadline_s, self.log.read_text()[-4000:]
            await asyncio.sleep(0.01)
        return False

    def kill(self) -> None:
        """SIGKILL, and it is gone."""
        self._signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    async def killed(self) -> bool:
        """The same as an action of a trap: what it was about to say does not pass."""
        self.kill()
        return False

    async def stop(self, within_s: float) -> int:
        """SIGTERM, then the exit code. Raises AssertionError when it is still there after that time."""
        self._signal(signal.SIGTERM)
        return await self.ended(within_s)

    async def ended(self, within_s: float = START_S) -> int:
        """The exit code, once there is one."""
        assert self.process is not None
        deadline_s = time.monotonic() + within_s
        while (code := self.process.poll()) is None:
            assert time.monotonic() < deadline_s, f"it still runs after {within_s:g} s"
            await asyncio.sleep(0.01)
        return code

    def _begin(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "pulse_cli", "serve", "--port", "0"]
            return subprocess.Popen(command, env=self._env, cwd=self.place, stdout=log, stderr=log)

    def _signal(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            os.kill(self.process.pid, number)
