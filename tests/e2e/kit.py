"""The bot as its users run it: a process of its own, spoken to over loopback."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import httpx

from service.running import Running, find_running
from service.sandbox.webhooks import SIGNATURE_HEADER

__all__ = ["Service", "environ", "eventually", "pulse", "serving"]

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0
NOTHING: Mapping[str, str] = MappingProxyType({})


def environ(place: Path, more: Mapping[str, str] = NOTHING) -> dict[str, str]:
    """Nothing set but where the data are, and what a test sets."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(place),
        "PYTHONPATH": str(ROOT),
        "PULSE_DATA_DIR": str(place / "data"),
        "NO_COLOR": "1",
        **more,
    }


def eventually(look: Callable[[], T | None], within_s: float = PATIENCE_S) -> T:
    """What there is to see as soon as there is. Fails when there is nothing in time."""
    deadline_s = time.monotonic() + within_s
    while (found := look()) is None:
        assert time.monotonic() < deadline_s, f"nothing came within {within_s:g} s"
        time.sleep(0.02)
    return found


def pulse(
    place: Path, *arguments: str, stdin: str = "", more: Mapping[str, str] = NOTHING
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "pulse_cli", *arguments],
        env=environ(place, more),
        cwd=place,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class Service:
    """A running service and its sandbox."""

    def __init__(self, process: "subprocess.Popen[bytes]", running: Running, place: Path) -> None:
        self.process = process
        self.running = running
        self.place = place
        self._bot = httpx.Client(base_url=running.url, timeout=PATIENCE_S, trust_env=False)
        self._sandbox = httpx.Client(base_url=running.sandbox_url or "", timeout=PATIENCE_S, trust_env=False)

    def get(self, path: str, **query: str) -> httpx.Response:
        return self._bot.get(path, params=query)

    def deliver(self, body: bytes, signature: str) -> int:
        """A webhook request; the status of the answer."""
        headers = {SIGNATURE_HEADER: signature, "content-type": "application/json"}
        return self._bot.post("/webhook/whatsapp", content=body, headers=headers).status_code

    def reply_to(self, message_id: str) -> dict[str, Any]:
        """The first message of the bot that answers this one."""

        def look() -> dict[str, Any] | None:
            bodies = [message["body"] for message in self._look("messages")["messages"]]
            return next((b for b in bodies if b.get("biz_opaque_callback_data") == message_id), None)

        return eventually(look)

    def told(self, who: str) -> list[dict[str, Any]]:
        """Everything that the bot has sent to a demo user, the oldest first."""
        wa_id = self.user(who)["wa_id"]
        return [message["body"] for message in self._look("messages")["messages"] if message["body"]["to"] == wa_id]

    def say(self, who: str, text: str) -> dict[str, Any]:
        """What the bot answers to a text of a demo user."""
        return self._wish({"from": who, "text": text})

    def tap(self, who: str, button: dict[str, str]) -> dict[str, Any]:
        """What the bot answers to a tap."""
        return self._wish({"from": who, "button_id": button["id"], "title": button["title"]})

    def user(self, name: str) -> dict[str, Any]:
        """A demo user as the sandbox shows it."""
        return next(user for user in self._look("users")["users"] if user["name"] == name)

    def ledger(self) -> dict[str, Any]:
        return self._look("ledger")

    def media(self, media_id: str) -> bytes:
        """A file that the bot has uploaded."""
        return self._sandbox.get(f"/sandbox/media/{media_id}").content

    def stop(self) -> int:
        """Asks the process to end, and gives its exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        self._bot.close()
        self._sandbox.close()

    def _look(self, what: str) -> dict[str, Any]:
        found: dict[str, Any] = self._sandbox.get(f"/sandbox/{what}").json()
        return found

    def _wish(self, wish: dict[str, str]) -> dict[str, Any]:
        said = self._sandbox.post("/sandbox/say", content=json.dumps(wish)).json()
        assert said["status"] == httpx.codes.OK
        return self.reply_to(said["message_id"])


@contextmanager
def serving(place: Path, *options: str, more: Mapping[str, str] = NOTHING) -> Iterator[Service]:
    """`pulse serve` in this directory, ended with the context; what it says is in serve.log."""
    with (place / "serve.log").open("ab") as log:
        command = [sys.executable, "-m", "pulse_cli", "serve", "--port", "0", *options]
        process = subprocess.Popen(command, env=environ(place, more), cwd=place, stdout=log, stderr=log)
    service = None
    try:
        service = Service(process, eventually(lambda: _up(process, place)), place)
        yield service
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if service is not None:
            service.close()


def _up(process: "subprocess.Popen[bytes]", place: Path) -> Running | None:
    assert process.poll() is None, (place / "serve.log").read_text()
    return find_running(place / "data")
