"""Processes of a gate, in the checkouts that they measure; none of them outlives the gate."""

import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress

from profiles.gating.checkouts import Checkout
from profiles.gating.errors import CannotMeasure

__all__ = ["Processes"]

_MOST_S = 3_600.0


class Processes:
    """Those that run now, each the head of a group of its own. Threads may share it."""

    def __init__(self, most_s: float = _MOST_S) -> None:
        self._most_s = most_s
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._is_over = False

    def run(self, checkout: Checkout, words: Sequence[str]) -> None:
        """Runs the checkout's interpreter until it ends. Raises CannotMeasure with the last that it said."""
        process = self._start(checkout, words)
        try:
            _, errors = process.communicate(timeout=self._most_s)
        except subprocess.TimeoutExpired:
            raise CannotMeasure(f"{checkout.name} was not measured within {self._most_s:g} s") from None
        finally:
            with self._lock:
                self._running.discard(process)
            _end(process)
        if process.returncode:
            said = (errors.strip() or f"nothing, and ended with code {process.returncode}").splitlines()[-1]
            raise CannotMeasure(f"{checkout.name} could not be measured; it said: {said}")

    def kill(self) -> None:
        """Ends all of them, and what they have started; no other starts."""
        with self._lock:
            self._is_over = True
            for process in self._running:
                _kill(process)

    def _start(self, checkout: Checkout, words: Sequence[str]) -> "subprocess.Popen[str]":
        with self._lock:
            if self._is_over:
                raise CannotMeasure(f"{checkout.name} was not measured: another part of the gate has failed")
            process = subprocess.Popen(  # noqa: S603 - an interpreter of ours and our own words
                [checkout.python, *words],
                cwd=checkout.folder,
                env=checkout.environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            self._running.add(process)
        return process


def _kill(process: "subprocess.Popen[str]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _end(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        _kill(process)
        process.communicate()
