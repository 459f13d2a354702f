"""A generator and a bot as arithmetic: how long each answer takes is a function of when it was asked for."""

import asyncio
import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import itemgetter

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
        took = [self._takes(len(times) / times[-1], at_s) for at_s in times]
        ends_s = [_ended_s(at_s, ms) for at_s, ms in zip(times, took, strict=True)]
        end_s = times[-1] + orders.settle_s
        stopped_s = _followed(
            times, sorted(zip(ends_s, took, strict=True), key=itemgetter(0)), end_s, on_progress, stop
        )
        sent = bisect_right(times, stopped_s)
        unsent = len(times) - sent
        return Outcome(
            start_unix_s=0.0,
            late_ms=(self._late_ms,) * sent + (None,) * unsent,
            accepted_ms=(1.0,) * sent + (None,) * unsent,
            answered_ms=tuple(ms if end_s <= stopped_s else None for ms, end_s in zip(took, ends_s, strict=True)),
            statuses={"200": sent},
            waited_s=stopped_s,
            cpu_s=0.1,
            clock_step_ms=0.0,
            lost_replies=self._lost,
            stopped=stop is not None and stop.is_set(),
        )


def _ended_s(at_s: float, took_ms: float | None) -> float:
    return math.inf if took_ms is None else at_s + took_ms / 1e3


def _followed(
    times: Sequence[float],
    finished: Sequence[tuple[float, float | None]],
    end_s: float,
    on_progress: Callable[[Progress], None],
    stop: asyncio.Event | None,
) -> float:
    """Tells of every second, until the end or until it is stopped; gives when that was."""
    told_s, told = 0.0, 0
    while told_s < end_s and not (stop and stop.is_set()):
        told_s = min(told_s + 1.0, end_s)
        until, sent = bisect_right(finished, told_s, key=itemgetter(0)), bisect_right(times, told_s)
        on_progress(
            Progress(
                at_s=told_s,
                sent=sent,
                accepted=sent,
                answered=0,
                refused=0,
                late_ms=0.0,
                latencies_ms=tuple(ms for _, ms in finished[told:until] if ms is not None),
            )
        )
        told = until
    return told_s
