"""A store that the test owns: it can be killed, started on the same files again, and its file can be cut."""

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path
from random import Random
from typing import Any

import redis

from service.store import embedded_process
from tests.crash.history import MANY, sends_of

__all__ = ["Valkey"]

START_S = 20.0
_IN_FLIGHT = (
    b"*1\r\n$5\r\nMULTI\r\n"
    b"*4\r\n$4\r\nHSET\r\n$7\r\npayment\r\n$5\r\nstate\r\n$7\r\nsettled\r\n"
    b"*3\r\n$3\r\nSET\r\n$5\r\nclaim\r\n$4\r\nmine\r\n*1\r\n$4\r\nEXEC\r\n"
)
_UNDECIDED = {"confirmed", "intended", "unknown"}


class Valkey:
    """A server on a unix socket, with an append-only file that is synced before each answer."""

    def __init__(self, place: Path, data_dir: Path | None = None) -> None:
        self.socket = place / "valkey.sock"
        self.data_dir = data_dir or place / "valkey"
        self.log = place / "valkey.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.acknowledged_bytes = 0
        """How long the file was, at least, when it was synced before the last reply that anybody heard."""
        self._tail = self.data_dir

    async def start(self) -> None:
        """Starts it, and returns when it answers."""
        assert await self.try_start(), embedded_process.log_tail(self.log)

    async def try_start(self) -> bool:
        """As `start`, or False when it ends instead."""
        self.data_dir.mkdir(exist_ok=True)
        self.socket.unlink(missing_ok=True)
        arguments = embedded_process.server_arguments(self.data_dir, self.socket, durable=True)
        held = os.open(os.devnull, os.O_RDONLY)
        try:
            self.process = embedded_process.start(embedded_process.server_binary(), arguments, self.log, held)
        finally:
            os.close(held)
        deadline_s = time.monotonic() + START_S
        while not self._answers():
            if self.process.poll() is not None:
                return False
            assert time.monotonic() < deadline_s, embedded_process.log_tail(self.log)
            await asyncio.sleep(0.01)
        self._tail = self._find_tail()
        return True

    def kill(self) -> None:
        """SIGKILL, and it is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def client(self) -> "redis.Redis":
        """A client past the proxy, to look at what is stored."""
        return redis.Redis(unix_socket_path=str(self.socket), decode_responses=True)

    def payments(self) -> list[dict[str, Any]]:
        """State and body of every payment on record."""
        with self.client() as store:
            return [store.hgetall(key) for key in store.scan_iter("payment:*", count=1000)]

    def waiting(self) -> int:
        """Messages without an answer, and answers that WhatsApp has not taken."""
        with self.client() as store:
            return int(store.xlen("inbox")) + int(store.hlen("outbox"))

    def undecided(self) -> int:
        """Payments of which the bot does not know the end, and will in a few minutes.

        One that was sent again, and whose sender was killed then, too, is left alone for an hour.
        """
        return sum(record["state"] in _UNDECIDED and sends_of(record) < MANY for record in self.payments())

    def note_acknowledged(self) -> None:
        """Called before a reply is passed on."""
        self.acknowledged_bytes = self._tail.stat().st_size

    def cut_tail(self, dice: Random) -> int:
        """Cuts its file at a random byte after what was acknowledged, in the middle of a change that nobody heard of.

        How many bytes are gone. The server does not run.
        """
        whole = self._tail.read_bytes() + _IN_FLIGHT
        end = dice.randrange(max(self.acknowledged_bytes, 1), len(whole))
        self._tail.write_bytes(whole[:end])
        return len(whole) - end

    def _find_tail(self) -> Path:
        """The file that commands are appended to now: the manifest names it last, after the base it builds on."""
        [manifest] = (self.data_dir / "appendonlydir").glob("*.manifest")
        lines = [line.split() for line in manifest.read_text().splitlines() if line.endswith("type i")]
        return manifest.with_name(lines[-1][1])

    def _answers(self) -> bool:
        try:
            with self.client() as store:
                return bool(store.ping())
        except redis.RedisError:
            return False
