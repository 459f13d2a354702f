"""What a stretch of time cost: the bot's share of a core and its memory, and how busy the machine was."""

import psutil

from reports.load import Process
from reports.rss import Rss

__all__ = ["MOST_READINGS", "Meter"]

MOST_READINGS = 1_024
"""Readings of memory that are kept, however long it takes: every second one is dropped when they become more."""

_MB = 1_000_000


class _Readings:
    """Memory over time; of a long time every n-th reading."""

    def __init__(self) -> None:
        self._kept: list[tuple[float, int, float]] = []
        self._seen = 0
        self._every = 1

    def add(self, at_s: float, messages: int, rss_mb: float) -> None:
        if self._seen % self._every == 0:
            self._kept.append((at_s, messages, rss_mb))
        self._seen += 1
        if len(self._kept) > MOST_READINGS:
            self._kept, self._every = self._kept[::2], 2 * self._every

    def columns(self) -> Rss:
        at_s, messages, rss_mb = zip(*self._kept, strict=True) if self._kept else ((), (), ())
        return Rss(at_s=at_s, messages=messages, rss_mb=rss_mb)


class Meter:
    """Looks at the bot's memory when it is made and at each `look`, and at processors between its looks.

    The first look comes when messages are on their way: what starting a generator takes is not the bot's. `pid` is the
    bot's, where it is a process of this machine; `bot` and `machine` are None before there is anything to tell.
    """

    def __init__(self, pid: int | None) -> None:
        self._process = psutil.Process(pid) if pid is not None else None
        self._readings = _Readings()
        self._begin_mb = self._peak_mb = self._rss()
        self._begin: tuple[float, float, tuple[float, float]] | None = None
        self.bot: Process | None = None
        self.rss_mb: float | None = None
        """The last reading of the bot's memory."""
        self.machine: float | None = None
        """The share of all cores that were busy, with whatever."""

    @property
    def rss(self) -> Rss | None:
        """The bot's memory over time, where it is a process of this machine."""
        return self._readings.columns() if self._process else None

    def look(self, now_s: float, at_s: float = 0.0, messages: int = 0) -> None:
        """Brings the figures up to date; `at_s` is the time from the start, `messages` what was sent until then."""
        rss_mb = self._rss()
        if rss_mb:
            self.rss_mb = rss_mb
            self._readings.add(at_s, messages, rss_mb)
        self._peak_mb = max(self._peak_mb, rss_mb)
        used_s, (busy_s, all_s) = self._used_s(), _busy()
        if self._begin is None:
            self._begin = now_s, used_s, (busy_s, all_s)
            return
        begin_s, used_before_s, (busy_before_s, all_before_s) = self._begin
        if all_s > all_before_s:
            self.machine = (busy_s - busy_before_s) / (all_s - all_before_s)
        if self._process is not None and now_s > begin_s:
            self.bot = Process(
                cpu_share=max(0.0, used_s - used_before_s) / (now_s - begin_s),
                rss_mb_begin=self._begin_mb,
                rss_mb_peak=self._peak_mb,
                rss_mb_end=rss_mb,
            )

    def _used_s(self) -> float:
        try:
            times = self._process.cpu_times() if self._process else None
        except psutil.Error:
            return 0.0
        return float(times.user + times.system) if times else 0.0

    def _rss(self) -> float:
        try:
            return float(self._process.memory_info().rss / _MB) if self._process else 0.0
        except psutil.Error:
            return 0.0


def _busy() -> tuple[float, float]:
    """Seconds of all cores that were busy, and all their seconds, since the machine started."""
    times = psutil.cpu_times()
    total = (
        float(sum(times)) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
    )  # user has them already
    return total - float(times.idle) - getattr(times, "iowait", 0.0), total
