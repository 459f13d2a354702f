"""A generator and a bot as arithmetic: how long each answer takes is a function of when it was asked for."""

import asyncio
import math
from bisect import bisect_right
from collections.abc import Callable

from profiles.live.orders import Orders, Outcome, Progress
from profiles.load.target import Target

__all__ = ["TARGET", "Bot", "SteadyClock"]

TARGET = Target(
    name="a bot", webhook_url="http://127.0.0.1:1/w", secret="s", phone_number_id="1", sandbox_url="http://127.0.0.1:2"
)


class SteadyClock:
    """A clock that goes on by a second at each look."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def now(self) -> float:
        return self.now_s

    def monotonic(self) -> float:
        self.now_s += 1.0
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds

    def charge(self, work: str) -> None:
        pass


class Bot:
    """Implements Send. `takes` gives the response time in ms by rate and time, None for no answer at all."""

    def __init__(self, takes: Callable[[float, float], float | None], *, late_ms: float = 0.0, lost: int = 0) -> None:
        self._takes = takes
        self._late_ms = late_ms
        self._lost = lost
        self.orders: list[Orders] = []

    async def __call__(
        self, orders: Orders, on_progress: Callable[[Progress], None], *, stop: asyncio.Event | None = None
    ) -> Outcome:
        self.orders.append(orders)
        times = [letter.at_s for letter in orders.letters]
        rate = len(times) / times[-1]
        took = [self._takes(rate, at_s) for at_s in times]
        finished = sorted((at_s + ms / 1e3, ms) for at_s, ms in zip(times, took, strict=True) if ms is not None)
        end_s, told = times[-1] + orders.settle_s, 0.0
        for second in range(1, int(end_s) + 2):
            now_s = min(float(second), end_s)
            done = finished[bisect_right(finished, (told, math.inf)) : bisect_right(finished, (now_s, math.inf))]
            sent = bisect_right(times, now_s)
            on_progress(
                Progress(
                    at_s=now_s,
                    sent=sent,
                    accepted=sent,
                    answered=0,
                    refused=0,
                    late_ms=0.0,
                    latencies_ms=tuple(ms for _, ms in done),
                )
            )
            told = now_s
            if stop is not None and stop.is_set():
                break
        sent_at_all = [at_s <= told for at_s in times]
        return Outcome(
            start_unix_s=0.0,
            late_ms=tuple(self._late_ms if was else None for was in sent_at_all),
            accepted_ms=tuple(1.0 if was else None for was in sent_at_all),
            answered_ms=tuple(
                ms if ms is not None and at_s + ms / 1e3 <= told else None for at_s, ms in zip(times, took, strict=True)
            ),
            statuses={"200": sum(sent_at_all)},
            waited_s=told,
            cpu_s=0.1,
            clock_step_ms=0.0,
            lost_replies=self._lost,
            stopped=stop is not None and stop.is_set(),
        )
